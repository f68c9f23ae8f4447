//! What is done to one value: one enum over all transformations, as recipes and text rules name them.
//!
//! `{"action":"mask","keep_last":4}`: the tag and the parameters of the operation beside it. An
//! [`Action`] is checked when it is read; [`Prepared`] derives its keys once, for many values. There is
//! no action by default: what has none is the caller's to drop or to refuse. Next:
//! `action/prepared.rs`, [`crate::transform`], [`crate::recipe`].

mod error;
mod prepared;
mod read;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::blind_index::BlindIndexParameters;
use crate::bucket::BucketParameters;
use crate::custom;
use crate::format::FormatParameters;
use crate::generalize::GeneralizeParameters;
use crate::mask::MaskParameters;
use crate::operation::{Class, ParameterError};
use crate::placeholder::PlaceholderParameters;
use crate::pseudonymize::PseudonymizeParameters;
use crate::replace::ReplaceParameters;
use crate::shift_date::ShiftDateParameters;
use crate::time_part::TimePartParameters;
use crate::tokenize::{DetokenizeParameters, TokenParameters};

pub use error::ActionError;
pub(crate) use prepared::PreparedText;
pub use prepared::{Input, Outcome, Prepared, Run};
#[cfg(feature = "recipes")]
pub(crate) use read::Checked;

/// What is done to a value.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// It stays as it is.
    Keep(Nothing),
    /// It is left out, and in a record the field with it.
    Drop(Nothing),
    /// What is found in it is replaced by its type. Within a text, the finding is.
    Redact(Nothing),
    /// What is found in it is treated by its type.
    Text(TextParameters),
    /// See [`crate::mask`]; `entities` is for texts alone and refused here.
    Mask(MaskParameters),
    /// See [`crate::replace`].
    Replace(ReplaceParameters),
    /// See [`crate::placeholder`].
    Placeholder(PlaceholderParameters),
    /// See [`crate::tokenize`].
    Tokenize(TokenParameters),
    /// The value of a token, or a text with the values of its tokens.
    Detokenize(DetokenizeParameters),
    /// See [`crate::pseudonymize`].
    Pseudonymize(PseudonymizeParameters),
    /// See [`crate::blind_index`].
    BlindIndex(BlindIndexParameters),
    /// See [`crate::format`].
    EncryptFormat(FormatParameters),
    /// The value of such a token.
    DecryptFormat(FormatParameters),
    /// See [`crate::generalize`].
    Generalize(GeneralizeParameters),
    /// See [`crate::bucket`].
    Bucket(BucketParameters),
    /// See [`crate::shift_date`].
    ShiftDate(ShiftDateParameters),
    /// See [`crate::time_part`].
    TimePart(TimePartParameters),
}

/// No parameters; unlike a bare name, it refuses those that are there.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// What `text` takes.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TextParameters {
    /// What is done to findings whose type is not named. Where it lets them out, as `keep` does, every
    /// text counts as plaintext.
    #[serde(
        default = "TextParameters::default_action",
        deserialize_with = "read::boxed"
    )]
    pub default: Box<Action>,
    /// What is done to findings of these types.
    #[serde(default, deserialize_with = "read::by_type")]
    pub entities: BTreeMap<String, Action>,
}

impl TextParameters {
    #[allow(
        clippy::unnecessary_box_returns,
        reason = "a default is of the type of its field"
    )]
    fn default_action() -> Box<Action> {
        Box::new(Action::Redact(Nothing {}))
    }

    fn all(&self) -> impl Iterator<Item = &Action> {
        core::iter::once(&*self.default).chain(self.entities.values())
    }
}

impl Action {
    /// Checks what the types do not.
    ///
    /// # Errors
    ///
    /// The error of the action's own parameters.
    pub fn check(&self) -> Result<(), ActionError> {
        match self {
            Self::Placeholder(PlaceholderParameters { label: None, .. }) => {
                Err(ParameterError::Label.into())
            }
            action => action.check_within_text(),
        }
    }

    fn check_within_text(&self) -> Result<(), ActionError> {
        match self {
            Self::Keep(_) | Self::Drop(_) | Self::Redact(_) | Self::TimePart(_) => Ok(()),
            Self::Text(parameters) => {
                // One that is misspelt would be treated as all others are.
                if !parameters
                    .entities
                    .keys()
                    .all(|name| custom::is_known(name))
                {
                    return Err(ParameterError::UnknownEntity.into());
                }
                parameters.all().try_for_each(|action| match action {
                    Self::Text(_) => Err(ParameterError::Action.into()),
                    action => action.check_within_text(),
                })
            }
            Self::Mask(parameters) if parameters.entities.is_some() => {
                Err(ParameterError::Action.into())
            }
            Self::Mask(parameters) => Ok(parameters.check()?),
            Self::Replace(parameters) => Ok(parameters.check()?),
            Self::Placeholder(parameters) => Ok(parameters.check()?),
            Self::Tokenize(parameters) => Ok(parameters.check_new()?),
            Self::Detokenize(parameters) => Ok(parameters.check()?),
            Self::Pseudonymize(parameters) => Ok(parameters.check()?),
            Self::BlindIndex(parameters) => Ok(parameters.check()?),
            Self::EncryptFormat(parameters) | Self::DecryptFormat(parameters) => {
                Ok(parameters.check()?)
            }
            Self::Generalize(parameters) => Ok(parameters.check()?),
            Self::Bucket(parameters) => Ok(parameters.check()?),
            Self::ShiftDate(parameters) => Ok(parameters.check()?),
        }
    }

    /// The class of what it lets out, as far as the parameters tell; the output of a value may be
    /// stricter, as [`crate::class_of`] says. A text lets out the strictest of its actions.
    pub fn class(&self) -> Class {
        match self {
            Self::Keep(_) | Self::Detokenize(_) | Self::DecryptFormat(_) => Class::Plaintext,
            Self::Mask(parameters) if parameters.keeps_all_but() => Class::Plaintext,
            Self::Drop(_) | Self::Redact(_) | Self::Mask(_) => Class::Masked,
            Self::Text(parameters) => parameters
                .all()
                .map(Self::class)
                .max_by_key(|class| strictness(*class))
                .unwrap_or(Class::Masked),
            Self::Replace(_) => ReplaceParameters::CLASS,
            Self::Placeholder(_) => PlaceholderParameters::CLASS,
            Self::Tokenize(_) => Class::Token,
            Self::Pseudonymize(_) => Class::Pseudonym,
            Self::BlindIndex(_) => BlindIndexParameters::CLASS,
            Self::EncryptFormat(_) => FormatParameters::CLASS,
            Self::Generalize(_) => GeneralizeParameters::CLASS,
            Self::Bucket(_) => BucketParameters::CLASS,
            Self::ShiftDate(_) => ShiftDateParameters::CLASS,
            Self::TimePart(_) => TimePartParameters::CLASS,
        }
    }

    /// Whether it needs to know whom a value is about.
    pub fn needs_subject(&self) -> bool {
        match self {
            Self::ShiftDate(_) => true,
            Self::Text(parameters) => parameters.all().any(Self::needs_subject),
            _ => false,
        }
    }

    /// Whether a number becomes a number by it, and not a text.
    #[cfg(feature = "recipes")]
    pub(crate) const fn keeps_numbers(&self) -> bool {
        matches!(self, Self::TimePart(_))
            || matches!(self, Self::Bucket(parameters) if parameters.width.is_some())
    }
}

/// The order of the classes that actions let out, the mildest first.
pub(crate) const fn strictness(class: Class) -> u8 {
    match class {
        Class::Boolean | Class::Findings | Class::Aggregate | Class::Resealed => 0,
        Class::Masked => 1,
        Class::Pseudonym => 2,
        Class::Token => 3,
        Class::Plaintext => 4,
    }
}

#[cfg(test)]
mod tests;
