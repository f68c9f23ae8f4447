//! An action with its keys derived, for many values.
//!
//! The output is appended to a buffer that the caller reuses and wipes; a failing action may leave part
//! of its output there, so the caller cuts the buffer back. Trusts no value. Next: [`crate::transform`].

use zeroize::Zeroizing;

use super::{Action, ActionError, TextParameters};
use crate::Transformed;
use crate::blind_index::{self, BlindIndexParameters};
use crate::bucket::{self, BucketParameters};
use crate::format::FormatCipher;
use crate::generalize::{self, GeneralizeParameters};
use crate::keys::Keys;
use crate::mask::{self, MaskParameters};
use crate::operation::{Class, ParameterError};
use crate::placeholder::{PlaceholderParameters, Placeholders};
use crate::pseudonymize::{self, PseudonymizeParameters};
use crate::replace::ReplaceParameters;
use crate::shift_date::{self, ShiftDateParameters};
use crate::time_part::{self, TimePartParameters};
use crate::tokenize::{self, DetokenizeParameters, KEY_BYTES, Place, Token, TokenError, Tokenizer};
use crate::transform::{self, Find, SpanError};

/// A value and what is known of it.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The value.
    pub value: &'a str,
    /// Whom it is about; empty when nobody is known.
    pub subject: &'a str,
    /// The type of the finding that it is, within a text.
    pub entity: Option<&'a str>,
    /// What the field is called that it stands in, which tells `redact` and `text` what it may be; empty
    /// when that is not known.
    pub name: &'a str,
}

impl<'a> Input<'a> {
    /// A value of which nothing is known.
    pub const fn new(value: &'a str) -> Self {
        Self {
            value,
            subject: "",
            entity: None,
            name: "",
        }
    }
}

/// What actions share while they run.
pub struct Run<'a> {
    /// Searches texts, for `redact` and `text`.
    pub find: Option<&'a dyn Find>,
    /// The labels given so far.
    pub placeholders: &'a mut Placeholders,
}

/// What became of a value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// The output was appended, and lets out this.
    Written(Class),
    /// The value is left out.
    Dropped,
}

/// An action with its keys.
pub struct Prepared<'a> {
    step: Step<'a>,
}

type Key = Zeroizing<[u8; 32]>;

enum Step<'a> {
    Keep,
    Drop,
    Redact,
    Text(Box<PreparedText<'a>>),
    Mask(&'a MaskParameters),
    Replace(&'a str),
    Placeholder(&'a PlaceholderParameters),
    Tokenize(Box<Tokenizer<'a>>),
    Detokenize(&'a dyn Keys, &'a DetokenizeParameters),
    Pseudonymize(Key, u32, &'a PseudonymizeParameters),
    BlindIndex(Key, u32, &'a BlindIndexParameters),
    EncryptFormat(Box<FormatCipher>),
    DecryptFormat(Box<FormatCipher>),
    Generalize(&'a GeneralizeParameters),
    Bucket(&'a BucketParameters),
    ShiftDate(Key, &'a ShiftDateParameters),
    TimePart(&'a TimePartParameters),
}

/// The actions of a text with their keys.
pub(crate) struct PreparedText<'a> {
    default: Prepared<'a>,
    entities: Vec<(&'a str, Prepared<'a>)>,
    class: Class,
}

impl<'a> PreparedText<'a> {
    /// Derives the keys of all of them.
    pub(crate) fn new(
        parameters: &'a TextParameters,
        keys: &'a dyn Keys,
    ) -> Result<Self, ActionError> {
        let entities = parameters.entities.iter();
        let class = match parameters.default.class() {
            Class::Plaintext => Class::Plaintext,
            _ => Class::Masked,
        };
        Ok(Self {
            class,
            default: Prepared::new(&parameters.default, keys)?,
            entities: entities
                .map(|(name, action)| Ok((name.as_str(), Prepared::new(action, keys)?)))
                .collect::<Result<_, ActionError>>()?,
        })
    }

    /// What a text lets out in which nothing is found. Where types that are not named are let out,
    /// nothing is hidden but what is named, so the text is plaintext whatever it holds.
    pub(crate) const fn class(&self) -> Class {
        self.class
    }

    /// What is done to findings of this type.
    pub(crate) fn of(&mut self, entity: &str) -> &mut Prepared<'a> {
        match self
            .entities
            .binary_search_by(|(name, _)| (*name).cmp(entity))
        {
            Ok(at) => &mut self.entities[at].1,
            Err(_) => &mut self.default,
        }
    }
}

impl<'a> Prepared<'a> {
    /// Derives the keys of a checked action.
    ///
    /// # Errors
    ///
    /// [`ActionError::Key`], or those of [`Action::check`].
    pub fn new(action: &'a Action, keys: &'a dyn Keys) -> Result<Self, ActionError> {
        let key = |purpose: &str, entity: &str, context: &str, version| {
            let mut key = Key::default();
            let version = keys.derive(purpose, entity, context, version, &mut *key)?;
            Ok::<_, ActionError>((key, version))
        };
        let step = match action {
            Action::Keep(_) => Step::Keep,
            Action::Drop(_) => Step::Drop,
            Action::Redact(_) => Step::Redact,
            Action::Text(parameters) => Step::Text(Box::new(PreparedText::new(parameters, keys)?)),
            Action::Mask(parameters) => {
                parameters.check()?;
                Step::Mask(parameters)
            }
            Action::Replace(parameters) => Step::Replace(&parameters.with),
            Action::Placeholder(parameters) => Step::Placeholder(parameters),
            Action::Tokenize(it) => {
                it.check_new()?;
                let mut key = Zeroizing::new([0; KEY_BYTES]);
                let version = keys.derive("tokenize", &it.entity, &it.context, None, &mut *key)?;
                let place = place(keys, &it.entity, &it.context);
                Step::Tokenize(Box::new(Tokenizer::new(&key, version, &place)?))
            }
            Action::Detokenize(it) => Step::Detokenize(keys, it),
            Action::Pseudonymize(it) => {
                let (key, version) = key("pseudonymize", &it.entity, &it.context, it.version)?;
                Step::Pseudonymize(key, version, it)
            }
            Action::BlindIndex(it) => {
                let (key, version) = key("blind_index", &it.entity, &it.context, it.version)?;
                Step::BlindIndex(key, version, it)
            }
            Action::EncryptFormat(it) | Action::DecryptFormat(it) => {
                let (key, version) = key("encrypt_format", &it.entity, &it.context, it.version)?;
                let cipher = Box::new(FormatCipher::new(&key, version, keys.tenant(), it)?);
                match action {
                    Action::EncryptFormat(_) => Step::EncryptFormat(cipher),
                    _ => Step::DecryptFormat(cipher),
                }
            }
            Action::Generalize(parameters) => Step::Generalize(parameters),
            Action::Bucket(parameters) => Step::Bucket(parameters),
            Action::ShiftDate(it) => {
                let entity = ShiftDateParameters::ENTITY;
                let (key, _) = key("shift_date", entity, &it.context, it.version)?;
                Step::ShiftDate(key, it)
            }
            Action::TimePart(parameters) => Step::TimePart(parameters),
        };
        Ok(Self { step })
    }

    /// Whether values stay as they are, so that they need not be looked at.
    #[cfg(feature = "recipes")]
    pub(crate) const fn keeps(&self) -> bool {
        matches!(self.step, Step::Keep)
    }

    /// Whether values are left out.
    #[cfg(feature = "recipes")]
    pub(crate) const fn drops(&self) -> bool {
        matches!(self.step, Step::Drop)
    }

    /// Appends what becomes of the value to `output`.
    ///
    /// # Errors
    ///
    /// [`ActionError`]; part of the output may then have been appended.
    pub fn apply(
        &mut self,
        input: Input<'_>,
        run: &mut Run<'_>,
        output: &mut String,
    ) -> Result<Outcome, ActionError> {
        let value = input.value;
        let made = match &mut self.step {
            Step::Drop => return Ok(Outcome::Dropped),
            Step::Keep => {
                output.push_str(value);
                return Ok(Outcome::Written(Class::Plaintext));
            }
            Step::Redact => {
                let class = redact(input, run, output)?;
                return Ok(Outcome::Written(class));
            }
            Step::Text(text) => {
                let find = run.find.ok_or(SpanError::NoFinder)?;
                let found = transform::find_named(find, input.name, value)?;
                let (class, _) = transform::append(text, input, &found.spans, run, output)?;
                return Ok(Outcome::Written(transform::stricter(class, found.class)));
            }
            Step::Mask(parameters) => {
                let class = mask::append_value(output, value, parameters);
                return Ok(Outcome::Written(class));
            }
            Step::Replace(with) => ((*with).to_owned().into(), ReplaceParameters::CLASS),
            Step::Placeholder(parameters) => {
                let label = parameters.label.as_deref().or(input.entity);
                let label = label.ok_or(ParameterError::Label)?;
                let label = run.placeholders.label(label, parameters.normalise, value)?;
                (label.into(), PlaceholderParameters::CLASS)
            }
            Step::Tokenize(tokenizer) => {
                tokenizer.append(value, output)?;
                return Ok(Outcome::Written(Class::Token));
            }
            Step::Detokenize(keys, parameters) => {
                (detokenize(*keys, parameters, value)?, Class::Plaintext)
            }
            Step::Pseudonymize(key, version, parameters) => {
                let made = pseudonymize::pseudonymize(key, *version, value, parameters)?;
                (made.into(), Class::Pseudonym)
            }
            Step::BlindIndex(key, version, parameters) => {
                let made = blind_index::blind_index(key, *version, value, parameters)?;
                (made.into(), Class::Pseudonym)
            }
            Step::EncryptFormat(cipher) => (cipher.encrypt(value)?, Class::Token),
            Step::DecryptFormat(cipher) => (cipher.decrypt(value)?, Class::Plaintext),
            Step::Generalize(parameters) => parts(generalize::generalize(value, parameters)?),
            Step::Bucket(parameters) => parts(bucket::bucket(value, parameters)?),
            Step::ShiftDate(key, parameters) => parts(shift_date::shift_date(
                key,
                input.subject,
                value,
                parameters,
            )?),
            Step::TimePart(parameters) => parts(time_part::time_part(value, parameters)?),
        };
        output.push_str(&made.0);
        Ok(Outcome::Written(made.1))
    }
}

impl Action {
    /// What becomes of one value; `None` when it is left out. For many, see [`Prepared`].
    ///
    /// # Errors
    ///
    /// [`ActionError`].
    pub fn apply(
        &self,
        input: Input<'_>,
        keys: &dyn Keys,
        run: &mut Run<'_>,
    ) -> Result<Option<(Zeroizing<String>, Class)>, ActionError> {
        self.check()?;
        let mut output = Zeroizing::new(String::new());
        let outcome = Prepared::new(self, keys)?.apply(input, run, &mut output)?;
        Ok(match outcome {
            Outcome::Written(class) => Some((output, class)),
            Outcome::Dropped => None,
        })
    }
}

/// A finding becomes its type; a value becomes itself with its findings so treated.
fn redact(input: Input<'_>, run: &Run<'_>, output: &mut String) -> Result<Class, ActionError> {
    let mut push = |entity: &str| output.extend(["<", entity, ">"]);
    if let Some(entity) = input.entity {
        push(entity);
        return Ok(Class::Masked);
    }
    let find = run.find.ok_or(SpanError::NoFinder)?;
    let found = transform::find_named(find, input.name, input.value)?;
    transform::redact(input.value, &found.spans, output)?;
    Ok(found.class)
}

fn parts(made: Transformed) -> (Zeroizing<String>, Class) {
    (made.text, made.class)
}

fn place<'a>(keys: &'a dyn Keys, entity: &'a str, context: &'a str) -> Place<'a> {
    Place {
        tenant: keys.tenant(),
        entity,
        context,
    }
}

fn detokenize(
    keys: &dyn Keys,
    parameters: &DetokenizeParameters,
    value: &str,
) -> Result<Zeroizing<String>, ActionError> {
    if parameters.inline {
        let open = |token: &Token<'_>| open(keys, parameters, token);
        return Ok(tokenize::open_all(value, &parameters.entity, open)?);
    }
    Ok(open(keys, parameters, &Token::parse(value)?)?)
}

fn open(
    keys: &dyn Keys,
    parameters: &DetokenizeParameters,
    token: &Token<'_>,
) -> Result<Zeroizing<String>, TokenError> {
    let (entity, context) = (&parameters.entity, &parameters.context);
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    let version = Some(token.version());
    // A version that is not there is told from a false token by nobody.
    keys.derive("tokenize", entity, context, version, &mut *key)
        .map_err(|_| TokenError::NotAuthentic)?;
    tokenize::detokenize(&key, &place(keys, entity, context), token)
}
