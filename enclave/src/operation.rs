//! What a request asks for, and doing it: every item gets its own output or its own error.
//!
//! The crate `vouchsafe-pii` does the work; here a request becomes a job with checked parameters,
//! and each output is held against the policy before it leaves: an output whose class turned out
//! stricter than promised (a mask that hid nothing) needs a grant for that class too.
//!
//! Holds no socket, clock or log. Next: `transform.rs`, `vouchsafe_pii::operation`.

mod transform;
mod verify;

use std::time::Instant;

use serde::Deserialize;
use serde_bytes::ByteBuf;
use vouchsafe_common::{
    Epoch, Secret, UnixMillis,
    bundle::{Class, EntityContext},
    limits::{MAX_INLINE_TEXT_BYTES, MAX_SEALED_REPLY_BYTES},
    message::{
        CREATE_ROOT_PARAMETERS, Finding, Input, Item, ItemError, ItemResult, Outcome, Parameters,
        ParametersError, RESEAL_PARAMETERS, Refusal, Reply, Request,
    },
    record::{self, DataKey},
};
use vouchsafe_pii::{
    DetectError, Engine, ParameterError,
    detect::{Checksum, DetectParameters},
    mask::{MaskError, MaskParameters},
    offsets,
    tokenize::{self, DetokenizeParameters, Place, Token, TokenError, TokenParameters},
    validate::ValidateParameters,
    verify::VerifyParameters,
};
use zeroize::Zeroizing;

use crate::{
    keys::{JobSecret, Opened, TokenKeys},
    policy::{Asked, Detail, Grants},
    questions::Questions,
};

use transform::Transform;

/// Outputs of one reply together, bytes; the rest of the limit is for references and padding.
const MAX_OUTPUT_BYTES: usize = MAX_SEALED_REPLY_BYTES / 2;

/// An operation with parameters that were checked.
#[derive(Debug)]
pub enum Operation {
    /// One of the engine's.
    Pii(vouchsafe_pii::Operation),
    /// A new root for the tenant, as a KMS ciphertext for the policy bundle to name.
    CreateRoot {
        /// The version that it will have.
        version: u32,
    },
    /// The record sealed again in its place, under a new data key.
    Reseal {
        /// Of the new data key.
        epoch: Epoch,
    },
}

/// What a request asks for.
#[derive(Debug)]
pub struct Job {
    operation: Operation,
    asked: Asked,
}

/// What a job is done with.
#[derive(Debug)]
pub struct Work<'a> {
    /// The engine.
    pub engine: &'a Engine,
    /// What the policy grants.
    pub grants: &'a Grants<'a>,
    /// The enclave's time.
    pub now: UnixMillis,
    /// When to stop.
    pub deadline: Instant,
    /// What the operation needs besides its items.
    pub secret: &'a JobSecret,
    /// What may still be asked of each record.
    pub questions: &'a Questions,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreateRootParameters {
    version: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResealParameters {
    epoch: Epoch,
}

impl Job {
    /// Reads what a request asks for.
    ///
    /// # Errors
    ///
    /// [`Refusal::UnknownOperation`], [`Refusal::UnknownParameter`],
    /// [`Refusal::InvalidParameter`] or [`Refusal::ContextRequired`].
    pub fn read(request: &Request, engine: &Engine) -> Result<Self, Refusal> {
        let name = request.operation.as_str();
        let given = &request.parameters;
        let resealed = |operation, detail| Self {
            operation,
            asked: Asked {
                class: Class::Resealed,
                deterministic: false,
                detail,
            },
        };
        match name {
            "create_root" => {
                let CreateRootParameters { version } = read(given, CREATE_ROOT_PARAMETERS)?;
                return Ok(resealed(Operation::CreateRoot { version }, Detail::None));
            }
            "reseal" => {
                let ResealParameters { epoch } = read(given, RESEAL_PARAMETERS)?;
                return Ok(resealed(Operation::Reseal { epoch }, Detail::Epoch(epoch)));
            }
            _ => {}
        }
        let names = vouchsafe_pii::Operation::parameters(name).ok_or(Refusal::UnknownOperation)?;
        let invalid = |_| Refusal::InvalidParameter;
        let operation = match name {
            "detect" => {
                let parameters: DetectParameters = read(given, names)?;
                check_options(&parameters.options(), engine)?;
                vouchsafe_pii::Operation::Detect(parameters)
            }
            "redact" => {
                let options = read(given, names)?;
                check_options(&options, engine)?;
                vouchsafe_pii::Operation::Redact(options)
            }
            "mask" => {
                let parameters: MaskParameters = read(given, names)?;
                // As above: an empty text tells what is wrong with counts and entities alike.
                vouchsafe_pii::mask::mask(engine, "", &parameters)
                    .map(drop)
                    .map_err(|_| Refusal::InvalidParameter)?;
                vouchsafe_pii::Operation::Mask(parameters)
            }
            "verify" => {
                let parameters: VerifyParameters = read(given, names)?;
                verify::check(&parameters, &request.items)?;
                vouchsafe_pii::Operation::Verify(parameters)
            }
            "validate" => {
                let parameters: ValidateParameters = read(given, names)?;
                parameters.check().map_err(invalid)?;
                vouchsafe_pii::Operation::Validate(parameters)
            }
            "tokenize" => {
                let parameters: TokenParameters = read(given, names)?;
                parameters.check_new().map_err(|error| match error {
                    ParameterError::ContextRequired => Refusal::ContextRequired,
                    _ => Refusal::InvalidParameter,
                })?;
                vouchsafe_pii::Operation::Tokenize(parameters)
            }
            "detokenize" => {
                let parameters: DetokenizeParameters = read(given, names)?;
                parameters.check().map_err(invalid)?;
                // What stands around a token comes back too, and of a record that would be revealed.
                let is_record = |item: &Item| matches!(item.input, Input::Record { .. });
                if parameters.inline && request.items.iter().any(is_record) {
                    return Err(Refusal::InvalidParameter);
                }
                vouchsafe_pii::Operation::Detokenize(parameters)
            }
            "retokenize" => {
                let parameters: TokenParameters = read(given, names)?;
                parameters.check().map_err(invalid)?;
                vouchsafe_pii::Operation::Retokenize(parameters)
            }
            "reveal" => {
                let Nothing {} = read(given, names)?;
                vouchsafe_pii::Operation::Reveal
            }
            _ => {
                let action = transform::read(name, given, names, &request.items)?;
                vouchsafe_pii::Operation::Transform(action)
            }
        };
        let asked = Asked {
            class: class(vouchsafe_pii::class_of(&operation)),
            deterministic: match &operation {
                vouchsafe_pii::Operation::Verify(_) | vouchsafe_pii::Operation::Tokenize(_) => true,
                vouchsafe_pii::Operation::Transform(action) => {
                    transform::is_deterministic(action, &request.items)
                }
                _ => false,
            },
            detail: detail(&operation)?,
        };
        Ok(Self {
            operation: Operation::Pii(operation),
            asked,
        })
    }

    /// What the policy is asked.
    pub const fn asked(&self) -> &Asked {
        &self.asked
    }

    /// What is to be done.
    pub const fn operation(&self) -> &Operation {
        &self.operation
    }
}

/// What a grant must name for this operation besides its class.
fn detail(operation: &vouchsafe_pii::Operation) -> Result<Detail, Refusal> {
    Ok(match operation {
        vouchsafe_pii::Operation::Redact(_) => Detail::FreeText { first: 0, last: 0 },
        vouchsafe_pii::Operation::Mask(parameters) => {
            // A negative count keeps all but so many: as plaintext it needs a grant of that class.
            let first = u32::try_from(parameters.keep_first).unwrap_or(0);
            let last = u32::try_from(parameters.keep_last).unwrap_or(0);
            if parameters.entities.is_some() {
                Detail::FreeText { first, last }
            } else {
                Detail::Keep { first, last }
            }
        }
        vouchsafe_pii::Operation::Verify(parameters) => verify::detail(parameters),
        vouchsafe_pii::Operation::Validate(parameters) => {
            Detail::Identifier(parameters.entity.clone())
        }
        vouchsafe_pii::Operation::Transform(action) => transform::detail(action)?,
        vouchsafe_pii::Operation::Tokenize(TokenParameters { entity, context })
        | vouchsafe_pii::Operation::Retokenize(TokenParameters { entity, context })
        | vouchsafe_pii::Operation::Detokenize(DetokenizeParameters {
            entity, context, ..
        }) => Detail::Token(EntityContext {
            entity: entity.clone(),
            context: context.clone(),
        }),
        vouchsafe_pii::Operation::Detect(_) | vouchsafe_pii::Operation::Reveal => Detail::None,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

fn read<T: serde::de::DeserializeOwned>(given: &Parameters, names: &[&str]) -> Result<T, Refusal> {
    given.read(names).map_err(|error| match error {
        ParametersError::UnknownName => Refusal::UnknownParameter,
        ParametersError::NotAnObject | ParametersError::Invalid => Refusal::InvalidParameter,
    })
}

fn check_options(options: &vouchsafe_pii::DetectOptions, engine: &Engine) -> Result<(), Refusal> {
    // An empty text is scanned in no time and refuses whatever is wrong with the options.
    engine
        .detect("", options)
        .map(drop)
        .map_err(|_| Refusal::InvalidParameter)
}

/// Does a job on every item of its request.
pub fn run(
    job: &Job,
    request: Request,
    inputs: Vec<Result<Opened, ItemError>>,
    work: &Work<'_>,
) -> Reply {
    let mut left = MAX_OUTPUT_BYTES;
    let mut transform = match &job.operation {
        Operation::Pii(vouchsafe_pii::Operation::Transform(action)) => {
            Some(Transform::new(action, work.secret))
        }
        _ => None,
    };
    let (tenant, dataset) = (request.tenant, request.dataset);
    let scope = Scope {
        tenant: &tenant,
        dataset: &dataset,
    };
    let items = request
        .items
        .into_iter()
        .zip(inputs)
        .map(|(item, opened)| {
            let outcome = opened
                .and_then(|opened| one(job, &scope, &item, &opened, work, &mut transform))
                .and_then(|(outcome, class)| {
                    guard(&dataset, &item, outcome, class, work, &mut left)
                })
                .unwrap_or_else(Outcome::Error);
            ItemResult {
                reference: item.reference,
                outcome,
            }
        })
        .collect();
    Reply::Done { items }
}

/// Lets an output leave only in a class that is granted, and only while the reply has room.
fn guard(
    dataset: &str,
    item: &Item,
    outcome: Outcome,
    class: Class,
    work: &Work<'_>,
    left: &mut usize,
) -> Result<Outcome, ItemError> {
    if !work.grants.permit_output(dataset, &item.input, class) {
        return Err(ItemError::NotPermitted);
    }
    let size = match &outcome {
        Outcome::Text(text) | Outcome::Versioned { text, .. } => text.expose_secret().len(),
        Outcome::Findings { findings, .. } => findings.len() * 128,
        Outcome::Blob(blob) => blob.len(),
        Outcome::Record {
            tenant,
            dataset,
            field,
            record_id,
            record,
        } => tenant.len() + dataset.len() + field.len() + record_id.len() + record.len(),
        Outcome::Boolean(_) | Outcome::Validity { .. } | Outcome::Error(_) => 1,
    };
    *left = left.checked_sub(size).ok_or(ItemError::ReplyTooLarge)?;
    Ok(outcome)
}

/// One item: its output and the class of that.
fn one(
    job: &Job,
    scope: &Scope<'_>,
    item: &Item,
    opened: &Opened,
    work: &Work<'_>,
    transform: &mut Option<Result<Transform<'_>, ItemError>>,
) -> Result<(Outcome, Class), ItemError> {
    if Instant::now() >= work.deadline {
        return Err(ItemError::Deadline);
    }
    let value = opened.text(&item.input).ok_or(ItemError::RecordMalformed)?;
    if value.len() > MAX_INLINE_TEXT_BYTES {
        return Err(ItemError::TextTooLong);
    }
    let promised = job.asked.class;
    let text = |text: &str| Outcome::Text(Secret::new(text.to_owned()));
    match (&job.operation, work.secret) {
        (_, JobSecret::Missing(error)) => Err(*error),
        (Operation::CreateRoot { .. }, JobSecret::NewRoot(blob)) => {
            Ok((Outcome::Blob(ByteBuf::from(blob.clone())), promised))
        }
        (Operation::Pii(operation), secret) => match (operation, secret) {
            (vouchsafe_pii::Operation::Detect(parameters), _) => {
                Ok((detect(value, parameters, work.engine)?, promised))
            }
            (vouchsafe_pii::Operation::Redact(options), _) => {
                let made = vouchsafe_pii::redact::redact(work.engine, value, options);
                let made = made.map_err(not_detected)?;
                Ok((text(&made.text), class(made.class)))
            }
            (vouchsafe_pii::Operation::Mask(parameters), _) => {
                let made = vouchsafe_pii::mask::mask(work.engine, value, parameters);
                let made = made.map_err(not_masked)?;
                Ok((text(&made.text), class(made.class)))
            }
            (vouchsafe_pii::Operation::Verify(parameters), _) => {
                let answer =
                    verify::answer(value, item, scope, parameters, work.questions, work.now)?;
                Ok((Outcome::Boolean(answer), promised))
            }
            (vouchsafe_pii::Operation::Validate(parameters), _) => {
                Ok((validate(value, parameters, work.engine)?, promised))
            }
            (vouchsafe_pii::Operation::Transform(_), _) => match transform {
                Some(Ok(transform)) => transform.apply(item, value),
                Some(Err(error)) => Err(*error),
                None => Err(ItemError::InvalidValue),
            },
            (vouchsafe_pii::Operation::Tokenize(parameters), JobSecret::Tokens(keys)) => {
                let place = token_place(scope, &parameters.entity, &parameters.context);
                Ok((tokenize(keys, &place, value)?, promised))
            }
            (vouchsafe_pii::Operation::Detokenize(parameters), JobSecret::Tokens(keys)) => {
                let place = token_place(scope, &parameters.entity, &parameters.context);
                let made = if parameters.inline {
                    let open = |token: &Token<'_>| open(keys, &place, token);
                    tokenize::open_all(value, place.entity, open)?
                } else {
                    detokenize(keys, &place, value)?
                };
                Ok((text(&made), promised))
            }
            (vouchsafe_pii::Operation::Retokenize(parameters), JobSecret::Tokens(keys)) => {
                let place = token_place(scope, &parameters.entity, &parameters.context);
                let inside = detokenize(keys, &place, value)?;
                Ok((tokenize(keys, &place, &inside)?, promised))
            }
            (vouchsafe_pii::Operation::Reveal, _) => Ok((text(value), promised)),
            (
                vouchsafe_pii::Operation::Tokenize(_)
                | vouchsafe_pii::Operation::Detokenize(_)
                | vouchsafe_pii::Operation::Retokenize(_),
                _,
            ) => Err(ItemError::RootMissing),
        },
        (Operation::Reseal { .. }, JobSecret::DataKey(key)) => {
            Ok((reseal(scope, item, value, key)?, promised))
        }
        (Operation::CreateRoot { .. } | Operation::Reseal { .. }, _) => {
            Err(ItemError::KeyNotTrusted)
        }
    }
}

/// Whose data a request is about.
struct Scope<'a> {
    tenant: &'a str,
    dataset: &'a str,
}

const fn token_place<'a>(scope: &Scope<'a>, entity: &'a str, context: &'a str) -> Place<'a> {
    Place {
        tenant: scope.tenant,
        entity,
        context,
    }
}

/// A token of the newest key.
fn tokenize(keys: &TokenKeys, place: &Place<'_>, value: &str) -> Result<Outcome, ItemError> {
    let version = keys.newest();
    let key = keys.of(version)?.expose_secret();
    let token = tokenize::tokenize(key, version, place, value).map_err(not_token)?;
    Ok(Outcome::Text(Secret::new(token)))
}

/// The value of a token of whatever key counts.
fn detokenize(
    keys: &TokenKeys,
    place: &Place<'_>,
    value: &str,
) -> Result<Zeroizing<String>, ItemError> {
    let token = Token::parse(value).map_err(not_token)?;
    open(keys, place, &token)
}

fn open(
    keys: &TokenKeys,
    place: &Place<'_>,
    token: &Token<'_>,
) -> Result<Zeroizing<String>, ItemError> {
    let key = keys.of(token.version())?.expose_secret();
    tokenize::detokenize(key, place, token).map_err(not_token)
}

const fn not_token(error: TokenError) -> ItemError {
    match error {
        TokenError::TooLong => ItemError::TextTooLong,
        TokenError::Malformed => ItemError::TokenMalformed,
        TokenError::NotAuthentic => ItemError::TokenNotAuthentic,
    }
}

/// The value of a record in a new record of the same place.
fn reseal(
    scope: &Scope<'_>,
    item: &Item,
    value: &str,
    key: &DataKey,
) -> Result<Outcome, ItemError> {
    let Input::Record {
        field, record_id, ..
    } = &item.input
    else {
        return Err(ItemError::InvalidValue);
    };
    let (tenant, dataset) = (scope.tenant, scope.dataset);
    let place = record::Place {
        tenant,
        dataset,
        field,
        record_id,
    };
    let sealed = key.seal(&place, value.as_bytes());
    Ok(Outcome::Record {
        tenant: tenant.to_owned(),
        dataset: dataset.to_owned(),
        field: field.clone(),
        record_id: record_id.clone(),
        record: sealed.map_err(|_| ItemError::TextTooLong)?.into(),
    })
}

fn detect(
    value: &str,
    parameters: &DetectParameters,
    engine: &Engine,
) -> Result<Outcome, ItemError> {
    let found = engine
        .detect(value, &parameters.options())
        .map_err(not_detected)?;
    let spans =
        offsets::convert(value, &found, parameters.offsets).map_err(|_| ItemError::InvalidValue)?;
    let findings = found
        .iter()
        .zip(spans)
        .map(|(finding, span)| Finding {
            entity: finding.entity.name().to_owned(),
            start: span.start as u64,
            end: span.end as u64,
            confidence_percent: finding.confidence_percent,
            pattern: finding.reason.pattern.to_owned(),
            checksum: finding.reason.checksum.map(|it| it == Checksum::Passed),
            context: finding.reason.context,
        })
        .collect();
    let offsets = match parameters.offsets {
        offsets::OffsetUnit::Byte => "byte",
        offsets::OffsetUnit::Codepoint => "codepoint",
        offsets::OffsetUnit::Utf16 => "utf16",
    };
    Ok(Outcome::Findings {
        offsets: offsets.to_owned(),
        findings,
    })
}

fn validate(
    value: &str,
    parameters: &ValidateParameters,
    engine: &Engine,
) -> Result<Outcome, ItemError> {
    let fault = vouchsafe_pii::validate::validate(engine, &parameters.entity, value);
    // The entity was checked with the job, so only the length can be at fault.
    let fault = fault.map_err(|_| ItemError::TextTooLong)?;
    Ok(Outcome::Validity {
        rule: fault.map(|fault| fault.code().to_owned()),
    })
}

/// Parameters were checked with the job, so only the text can be at fault.
const fn not_masked(error: MaskError) -> ItemError {
    match error {
        MaskError::Detect(error) => not_detected(error),
        MaskError::Parameter(_) => ItemError::InvalidValue,
    }
}

/// Options were checked with the job, so only the text can be at fault; it is not too long either.
const fn not_detected(error: DetectError) -> ItemError {
    match error {
        DetectError::TooManyFindings => ItemError::ReplyTooLarge,
        _ => ItemError::InvalidValue,
    }
}

/// The engine's class as the policy names it.
const fn class(class: vouchsafe_pii::Class) -> Class {
    match class {
        vouchsafe_pii::Class::Boolean => Class::Boolean,
        vouchsafe_pii::Class::Masked => Class::Masked,
        vouchsafe_pii::Class::Token => Class::Token,
        vouchsafe_pii::Class::Pseudonym => Class::Pseudonym,
        vouchsafe_pii::Class::Aggregate => Class::Aggregate,
        vouchsafe_pii::Class::Findings => Class::Findings,
        vouchsafe_pii::Class::Resealed => Class::Resealed,
        vouchsafe_pii::Class::Plaintext => Class::Plaintext,
    }
}

#[cfg(test)]
mod tests;
