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
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::Entity;
use crate::action::Action;
use crate::blind_index::BlindIndexParameters;
use crate::bucket::BucketParameters;
use crate::detect::{DetectOptions, percent};
use crate::format::FormatParameters;
use crate::generalize::GeneralizeParameters;
use crate::offsets::OffsetUnit;
use crate::placeholder::PlaceholderParameters;
use crate::replace::ReplaceParameters;
use crate::shift_date::ShiftDateParameters;
use crate::time_part::TimePartParameters;
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
    /// The value of a token.
    Detokenize(TokenParameters),
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
            "tokenize" | "detokenize" | "retokenize" => Some(TokenParameters::PARAMETERS),
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

impl DetectOptions {
    /// The keys of `redact`.
    pub const PARAMETERS: &[&str] = &[
        "language",
        "entities",
        "threshold",
        "thresholds",
        "regions",
        "names",
        "looks_like",
        "allow",
        "deny",
    ];
}

/// What `detect` takes: [`DetectOptions`] and the unit of the offsets.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct DetectParameters {
    /// See [`DetectOptions::language`]; `en` when absent.
    pub language: Option<String>,
    /// See [`DetectOptions::entities`].
    pub entities: Option<Vec<String>>,
    /// See [`DetectOptions::threshold`]; the default one when absent.
    pub threshold: Option<f32>,
    /// See [`DetectOptions::thresholds`].
    pub thresholds: BTreeMap<String, f32>,
    /// See [`DetectOptions::regions`].
    pub regions: Option<Vec<String>>,
    /// See [`DetectOptions::names`]; looked for when absent.
    pub names: Option<bool>,
    /// See [`DetectOptions::looks_like`].
    pub looks_like: bool,
    /// See [`DetectOptions::allow`].
    pub allow: Hidden<Vec<String>>,
    /// See [`DetectOptions::deny`].
    pub deny: Hidden<Vec<String>>,
    /// What `start` and `end` of the findings count.
    pub offsets: OffsetUnit,
}

impl DetectParameters {
    /// The keys of `detect`.
    pub const PARAMETERS: &[&str] = &[
        "language",
        "entities",
        "threshold",
        "thresholds",
        "regions",
        "names",
        "looks_like",
        "allow",
        "deny",
        "offsets",
    ];

    /// The part that says how to look.
    pub fn options(&self) -> DetectOptions {
        let default = DetectOptions::default();
        DetectOptions {
            language: self.language.clone().unwrap_or(default.language),
            entities: self.entities.clone(),
            threshold: self.threshold.unwrap_or(default.threshold),
            thresholds: self.thresholds.clone(),
            regions: self.regions.clone(),
            names: self.names.unwrap_or(default.names),
            looks_like: self.looks_like,
            allow: self.allow.0.clone(),
            deny: self.deny.0.clone(),
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

/// What `mask` takes. Counts are in grapheme clusters, characters as a user sees them.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct MaskParameters {
    /// The character put in place of each hidden one.
    pub with: String,
    /// How many to keep at the beginning; negative: all but so many.
    pub keep_first: i32,
    /// How many to keep at the end; negative: all but so many.
    pub keep_last: i32,
    /// Separators: kept as they are and not counted.
    pub skip: String,
    /// When given, the item is a text and only findings of these types in it are masked.
    pub entities: Option<Vec<String>>,
    /// The least confidence of such findings; the default one when absent.
    pub threshold: Option<f32>,
}

impl Default for MaskParameters {
    fn default() -> Self {
        Self {
            with: "*".to_owned(),
            keep_first: 0,
            keep_last: 0,
            skip: String::new(),
            entities: None,
            threshold: None,
        }
    }
}

impl MaskParameters {
    /// The keys of `mask`.
    pub const PARAMETERS: &[&str] = &[
        "with",
        "keep_first",
        "keep_last",
        "skip",
        "entities",
        "threshold",
    ];
    /// The longest replacement, in bytes: an output grows by this factor at most.
    pub const MAX_WITH_BYTES: usize = 8;
    /// The longest list of separators, in bytes.
    pub const MAX_SKIP_BYTES: usize = 64;

    /// Whether a count is negative, so that more is kept the longer the value is.
    pub(crate) const fn keeps_all_but(&self) -> bool {
        self.keep_first < 0 || self.keep_last < 0
    }

    /// Checks what the types do not.
    ///
    /// # Errors
    ///
    /// [`ParameterError::With`], [`ParameterError::Skip`] or [`ParameterError::Threshold`].
    pub fn check(&self) -> Result<(), ParameterError> {
        if self.with.len() > Self::MAX_WITH_BYTES || self.with.graphemes(true).count() != 1 {
            return Err(ParameterError::With);
        }
        if self.skip.len() > Self::MAX_SKIP_BYTES || self.skip.contains(char::is_alphanumeric) {
            return Err(ParameterError::Skip);
        }
        match self.threshold {
            Some(threshold) if percent(threshold) > 100 || self.entities.is_none() => {
                Err(ParameterError::Threshold)
            }
            _ => Ok(()),
        }
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

/// What `validate` takes.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ValidateParameters {
    /// What the value should be: a type of the engine's.
    pub entity: String,
}

impl ValidateParameters {
    /// The keys of `validate`.
    pub const PARAMETERS: &[&str] = &["entity"];

    /// Checks what the types do not.
    ///
    /// # Errors
    ///
    /// [`ParameterError::Entity`], when there is no such type.
    pub fn check(&self) -> Result<(), ParameterError> {
        Entity::place(&self.entity)
            .map(drop)
            .ok_or(ParameterError::Entity)
    }
}

/// What `pseudonymize` takes. The key is the enclave's.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PseudonymizeParameters {
    /// What the value is: `US_SSN`, `CUSTOMER_ID`. Equal values of different entities differ.
    pub entity: String,
    /// What the pseudonym is for. Equal values of different contexts differ.
    #[serde(default)]
    pub context: String,
    /// What makes values equal.
    #[serde(default)]
    pub normalise: Normalise,
    /// How many bytes of the digest: 20 or 32.
    #[serde(default = "PseudonymizeParameters::default_bytes")]
    pub bytes: u8,
    /// The version of the root; the newest when absent. An older one serves while both are joined.
    #[serde(default)]
    pub version: Option<u32>,
}

impl PseudonymizeParameters {
    /// The keys of `pseudonymize`.
    pub const PARAMETERS: &[&str] = &["entity", "context", "normalise", "bytes", "version"];
    /// The longest name of an entity, in bytes.
    pub const MAX_ENTITY_BYTES: usize = 64;
    /// The longest context, in bytes.
    pub const MAX_CONTEXT_BYTES: usize = 256;

    const fn default_bytes() -> u8 {
        32
    }

    /// Checks what the types do not.
    ///
    /// # Errors
    ///
    /// [`ParameterError::Entity`], [`ParameterError::Context`] or [`ParameterError::Bytes`].
    pub fn check(&self) -> Result<(), ParameterError> {
        check_place(&self.entity, &self.context)?;
        if matches!(self.bytes, 20 | 32) {
            Ok(())
        } else {
            Err(ParameterError::Bytes)
        }
    }
}

/// What `tokenize`, `detokenize` and `retokenize` take. Keys and versions are the enclave's.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TokenParameters {
    /// What the value is. A token of one entity does not open as another's.
    pub entity: String,
    /// What the token is for. A token of one context does not open in another.
    #[serde(default)]
    pub context: String,
}

impl TokenParameters {
    /// The keys of the three operations.
    pub const PARAMETERS: &[&str] = &["entity", "context"];
    /// Entities with so few values that whoever sees many tokens reads them off by their
    /// frequency. A context at least keeps those of different uses apart.
    pub const FEW_VALUES: &[&str] = &["AGE", "BOOLEAN", "GENDER", "SEX", "YEAR", "YES_NO"];

    /// Checks what the types do not.
    ///
    /// # Errors
    ///
    /// [`ParameterError::Entity`] or [`ParameterError::Context`].
    pub fn check(&self) -> Result<(), ParameterError> {
        check_place(&self.entity, &self.context)
    }

    /// Checks what a new token needs besides.
    ///
    /// # Errors
    ///
    /// Those of [`Self::check`], or [`ParameterError::ContextRequired`].
    pub fn check_new(&self) -> Result<(), ParameterError> {
        self.check()?;
        if self.context.is_empty() && Self::FEW_VALUES.contains(&self.entity.as_str()) {
            return Err(ParameterError::ContextRequired);
        }
        Ok(())
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
