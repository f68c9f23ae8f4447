//! What can be asked of the engine, and what class of output each request lets out.
//!
//! Policy grants classes, so a class must never be milder than what leaves. It is decided twice:
//! here from the parameters, before anything runs ([`class_of`]), and by the operation for the very
//! output ([`crate::Transformed::class`]), because whether "keep the last four" keeps everything
//! depends on the value. The stricter counts; [`Class::Plaintext`] is the strictest.
//!
//! Each set of parameters lists its keys, so that a key that does not exist can be told from a value
//! that makes no sense. Next: the modules of the operations.

use core::fmt;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::action::Action;
use crate::blind_index::BlindIndexParameters;
use crate::bucket::BucketParameters;
use crate::detect::{DetectOptions, DetectParameters};
use crate::format::FormatParameters;
use crate::generalize::GeneralizeParameters;
use crate::mask::MaskParameters;
use crate::placeholder::PlaceholderParameters;
use crate::pseudonymize::PseudonymizeParameters;
use crate::replace::ReplaceParameters;
use crate::shift_date::ShiftDateParameters;
use crate::time_part::TimePartParameters;
use crate::tokenize::{DetokenizeParameters, TokenParameters};
use crate::validate::ValidateParameters;
use crate::verify::VerifyParameters;

/// What an output lets out.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Yes or no.
    Boolean,
    /// A value or text of which something is hidden.
    Masked,
    /// A token that the enclave can turn back.
    Token,
    /// A keyed digest: equal values are seen to be equal.
    Pseudonym,
    /// A number over many records.
    Aggregate,
    /// Where personal data stands and of what type, without the values.
    Findings,
    /// Sealed again: under a new data key, or a new root.
    Resealed,
    /// The value itself, or what may be the value itself.
    Plaintext,
}

/// An operation with its parameters.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// Findings in a text.
    Detect(DetectParameters),
    /// A text with its findings replaced.
    Redact(DetectOptions),
    /// A value, or the findings in a text, with characters replaced.
    Mask(MaskParameters),
    /// A predicate over a value.
    Verify(VerifyParameters),
    /// Whether a value is a well-formed identifier.
    Validate(ValidateParameters),
    /// An action on a whole value: what recipes do to a field can be asked for alone.
    Transform(Action),
    /// A token of a value.
    Tokenize(TokenParameters),
    /// The value of a token, or of each token in a text.
    Detokenize(DetokenizeParameters),
    /// A token of the newest key for a token of an older one; the value stays inside.
    Retokenize(TokenParameters),
    /// The value itself.
    Reveal,
}

impl Operation {
    /// The names of all operations.
    pub const NAMES: &[&str] = &[
        "detect",
        "redact",
        "replace",
        "mask",
        "placeholder",
        "verify",
        "validate",
        "pseudonymize",
        "blind_index",
        "tokenize",
        "detokenize",
        "retokenize",
        "encrypt_format",
        "decrypt_format",
        "generalize",
        "bucket",
        "shift_date",
        "time_part",
        "reveal",
    ];

    /// The parameters that the operation of this name takes; `None` when there is none of that name.
    pub fn parameters(name: &str) -> Option<&'static [&'static str]> {
        match name {
            "detect" => Some(DetectParameters::PARAMETERS),
            "redact" => Some(DetectOptions::PARAMETERS),
            "replace" => Some(ReplaceParameters::PARAMETERS),
            "placeholder" => Some(PlaceholderParameters::PARAMETERS),
            "mask" => Some(MaskParameters::PARAMETERS),
            "verify" => Some(VerifyParameters::PARAMETERS),
            "validate" => Some(ValidateParameters::PARAMETERS),
            "blind_index" => Some(BlindIndexParameters::PARAMETERS),
            "encrypt_format" | "decrypt_format" => Some(FormatParameters::PARAMETERS),
            "generalize" => Some(GeneralizeParameters::PARAMETERS),
            "bucket" => Some(BucketParameters::PARAMETERS),
            "shift_date" => Some(ShiftDateParameters::PARAMETERS),
            "time_part" => Some(TimePartParameters::PARAMETERS),
            "pseudonymize" => Some(PseudonymizeParameters::PARAMETERS),
            "tokenize" | "retokenize" => Some(TokenParameters::PARAMETERS),
            "detokenize" => Some(DetokenizeParameters::PARAMETERS),
            "reveal" => Some(&[]),
            _ => None,
        }
    }
}

/// The class of what `operation` lets out, as far as its parameters tell.
///
/// - `allow` and `deny` lists make `detect` and `redact` plaintext: with them a caller can ask for
///   the position of any value it can think of, and so search a text out.
/// - A mask with a negative count is plaintext: what it keeps grows with the value. One that keeps
///   fixed counts is masked, and its output is plaintext for each value in which nothing is hidden.
/// - A redaction or a mask of findings that looks for less than the default does is masked, and its
///   output is plaintext for each text in which it leaves what the default finds.
/// - A range, a bucket or a part of a date is masked, also where its text is that of the value:
///   `30` stands for all that begins there, and to refuse it for 30 alone would tell 30 apart. What
///   several of them tell together is not in a class: policy names the bounds that may be asked for.
pub fn class_of(operation: &Operation) -> Class {
    match operation {
        Operation::Detect(parameters) => searched(&parameters.options()).unwrap_or(Class::Findings),
        Operation::Redact(options) => searched(options).unwrap_or(Class::Masked),
        Operation::Mask(parameters) if parameters.keeps_all_but() => Class::Plaintext,
        Operation::Mask(_) => Class::Masked,
        Operation::Verify(_) | Operation::Validate(_) => Class::Boolean,
        Operation::Transform(action) => action.class(),
        Operation::Tokenize(_) | Operation::Retokenize(_) => Class::Token,
        Operation::Detokenize(_) | Operation::Reveal => Class::Plaintext,
    }
}

pub(crate) fn searched(options: &DetectOptions) -> Option<Class> {
    (!options.allow.is_empty() || !options.deny.is_empty()).then_some(Class::Plaintext)
}

/// A parameter whose value makes no sense.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ParameterError {
    /// `with` is not one character as a user sees it, or above [`MaskParameters::MAX_WITH_BYTES`].
    #[error("with is not one character")]
    With,
    /// `skip` holds letters or digits, or is above [`MaskParameters::MAX_SKIP_BYTES`].
    #[error("skip holds letters or digits, or is too long")]
    Skip,
    /// `threshold` is no number from 0 to 1, or is there without `entities`.
    #[error("threshold is not between 0 and 1, or has no entities to go with")]
    Threshold,
    /// `percent` is below [`VerifyParameters::MIN_PERCENT`] or above 100.
    #[error("percent is not from 85 to 100")]
    Percent,
    /// `years` is above [`VerifyParameters::MAX_YEARS`].
    #[error("years is more than anyone lives")]
    Years,
    /// A bound is no date of the form `2001-02-28`.
    #[error("date is no date of the form YYYY-MM-DD")]
    Date,
    /// `values` or `prefix` is empty, has too much, or holds something too long.
    #[error("values or prefix is empty or too long")]
    Values,
    /// `region` is not two capital letters.
    #[error("region is not two capital letters")]
    Region,
    /// `entity` is not a name of capital letters, digits and underscores.
    #[error("entity is not a name")]
    Entity,
    /// A type of `entities` that neither the engine nor a recogniser knows.
    #[error("entities names a type that is not known")]
    UnknownEntity,
    /// `context` is above [`PseudonymizeParameters::MAX_CONTEXT_BYTES`].
    #[error("context is too long")]
    Context,
    /// `entity` has so few values that equal tokens give them away, and no `context` is bound.
    #[error("an entity of few values needs a context")]
    ContextRequired,
    /// `bytes` is neither 20 nor 32.
    #[error("bytes is neither 20 nor 32")]
    Bytes,
    /// `bits` is not from 8 to 256.
    #[error("bits is not from 8 to 256")]
    Bits,
    /// `width` is below 2 or too large, or stands beside `bounds`.
    #[error("width is not a width")]
    Width,
    /// `bounds` do not rise by 2 at least, or are none or too many.
    #[error("bounds do not rise by two at least")]
    Bounds,
    /// A prefix keeps nothing or more than it may.
    #[error("the prefix is out of bounds")]
    Prefix,
    /// `days` is not from 1 to 3650.
    #[error("days is not from 1 to 3650")]
    Days,
    /// A fixed text is too long.
    #[error("the text is too long")]
    Text,
    /// `label` is not a name of capital letters, digits and underscores.
    #[error("label is not a name")]
    Label,
    /// An action stands where it makes no sense, such as a text within a text.
    #[error("the action does not belong here")]
    Action,
}

impl ParameterError {
    /// The stable code: one for all parameters, except where the remedy is another.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ContextRequired => "context_required",
            _ => "invalid_parameter",
        }
    }
}

/// A parameter that may hold personal data: `Debug` does not show it and it is wiped on drop.
#[derive(Clone, Default, Deserialize, PartialEq, Serialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct Hidden<T: Zeroize>(pub T);

impl<T: Zeroize> fmt::Debug for Hidden<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Hidden(..)")
    }
}

/// What makes two values equal.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalise {
    /// Byte for byte.
    #[default]
    None,
    /// White space (Unicode `White_Space`) at both ends is dropped and the rest is put in lower case
    /// (Unicode default mapping, not case folding: `ß` is not `ss`). Nothing inside is dropped and
    /// composed and decomposed letters stay different.
    TrimCase,
}

impl Normalise {
    /// The value in the form that is compared or digested.
    pub fn apply(self, value: &str) -> Zeroizing<String> {
        Zeroizing::new(match self {
            Self::None => value.to_owned(),
            Self::TrimCase => value.trim().to_lowercase(),
        })
    }
}

/// An entity is a name that can stand between the dots of a token; a context is bounded.
pub(crate) fn check_place(entity: &str, context: &str) -> Result<(), ParameterError> {
    if !is_entity(entity) {
        Err(ParameterError::Entity)
    } else if context.len() > PseudonymizeParameters::MAX_CONTEXT_BYTES {
        Err(ParameterError::Context)
    } else {
        Ok(())
    }
}

/// Whether this is a name of capital letters, digits and underscores.
pub(crate) fn is_entity(name: &str) -> bool {
    let is_name = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=PseudonymizeParameters::MAX_ENTITY_BYTES).contains(&name.len())
        && name.bytes().all(is_name)
}

#[cfg(test)]
mod tests;
