//! Whether a value is a well-formed identifier, and if not, which of its rules it breaks.
//!
//! The value is normalised like any text, so that digits of another script or a no-break space break
//! no rule. Types with forms are held against them and their check; the others against their own
//! standard, or must be found, whole, by their recogniser. Nothing of the value is in the answer.
//! Well-formed is all that is told: whether the number was ever given to anybody is not known here.

use serde::{Deserialize, Serialize};

use crate::check::{Fault, iban, phone};
use crate::identifier;
use crate::names::Kind;
use crate::operation::ParameterError;
use crate::{DetectOptions, Engine, Entity, normalise};

/// The longest value, in bytes.
pub const MAX_VALUE_BYTES: usize = 16 * 1024;

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
    /// [`ParameterError::Entity`], when there is no such type, or it is one of names, which have no form.
    pub fn check(&self) -> Result<(), ParameterError> {
        let has_form = Kind::ALL.iter().all(|kind| kind.name() != self.entity);
        Entity::place(&self.entity)
            .filter(|_| has_form)
            .map(drop)
            .ok_or(ParameterError::Entity)
    }
}

/// Why a value was not judged.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ValidateError {
    /// There is no type of this name.
    #[error("the entity is unknown")]
    UnknownEntity,
    /// The value is longer than [`MAX_VALUE_BYTES`].
    #[error("value is over {MAX_VALUE_BYTES} bytes")]
    TooLong,
}

impl ValidateError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownEntity => "unknown_entity",
            Self::TooLong => "text_too_long",
        }
    }
}

/// The first rule that a value breaks; `None` when it is well-formed.
///
/// White space around the value is no part of it.
///
/// # Errors
///
/// [`ValidateError`].
pub fn validate(
    engine: &Engine,
    entity: &str,
    value: &str,
) -> Result<Option<Fault>, ValidateError> {
    let place = Entity::place(entity).ok_or(ValidateError::UnknownEntity)?;
    if value.len() > MAX_VALUE_BYTES {
        return Err(ValidateError::TooLong);
    }
    let normalised = zeroize::Zeroizing::new(normalise::whole(value));
    let value = normalised.trim();
    let identifier = identifier::ALL[place];
    let verdict = match entity {
        "IBAN_CODE" => iban(value),
        "PHONE_NUMBER" if value.starts_with('+') => international(value),
        _ if identifier.forms.is_empty() => found_whole(engine, entity, value),
        _ => identifier.validate(value),
    };
    Ok(verdict.err())
}

pub(crate) fn iban(value: &str) -> Result<(), Fault> {
    let mut electronic = [0; iban::MAX_CHARACTERS];
    let mut length = 0;
    for byte in value.bytes().filter(|byte| !matches!(byte, b' ' | b'-')) {
        *electronic.get_mut(length).ok_or(Fault::Length)? = byte.to_ascii_uppercase();
        length += 1;
    }
    iban::check(&electronic[..length])
}

pub(crate) fn international(value: &str) -> Result<(), Fault> {
    let mut digits = [0; phone::MAX_DIGITS + 1];
    let mut length = 0;
    let between = |byte: &u8| matches!(byte, b' ' | b'-' | b'.' | b'/' | b'(' | b')');
    for byte in value.bytes().skip(1).filter(|byte| !between(byte)) {
        *digits.get_mut(length).ok_or(Fault::Length)? = byte;
        length += 1;
    }
    phone::check_international(&digits[..length])
}

fn found_whole(engine: &Engine, entity: &str, value: &str) -> Result<(), Fault> {
    let options = DetectOptions {
        entities: Some(vec![entity.to_owned()]),
        threshold: 0.0,
        ..DetectOptions::default()
    };
    let findings = engine.detect(value, &options).unwrap_or_default();
    match findings[..] {
        [finding] if finding.start == 0 && finding.end == value.len() => Ok(()),
        _ => Err(Fault::Structure),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;

    #[test]
    fn each_kind_of_type_is_judged_by_its_own_rule() {
        let engine = Engine::new();
        for (entity, value, fault) in [
            ("CREDIT_CARD", "4111 1111 1111 1111", None),
            (
                "CREDIT_CARD",
                " ４１１１\u{a0}1111\u{a0}1111\u{a0}1111\n",
                None,
            ),
            ("CREDIT_CARD", "4111 1111 1111 1112", Some(Fault::Checksum)),
            ("CREDIT_CARD", "4111", Some(Fault::Length)),
            ("US_SSN", "000-12-3456", Some(Fault::Area)),
            ("IBAN_CODE", "de89 3704 0044 0532 0130 00", None),
            ("IBAN_CODE", "DE89370400440532013001", Some(Fault::Checksum)),
            ("IBAN_CODE", "DE8937040044053201300", Some(Fault::Length)),
            ("PHONE_NUMBER", "+44 20 7946 0958", None),
            ("PHONE_NUMBER", "+999 1234567", Some(Fault::Country)),
            ("PHONE_NUMBER", "(415) 555-0132", None),
            ("EMAIL_ADDRESS", "jo@example.com", None),
            ("EMAIL_ADDRESS", "jo@example", Some(Fault::Structure)),
            (
                "EMAIL_ADDRESS",
                "write to jo@example.com",
                Some(Fault::Structure),
            ),
            ("IP_ADDRESS", "2001:db8::1", None),
            ("DATE_TIME", "2023-02-29", Some(Fault::Date)),
        ] {
            assert_eq!(
                validate(&engine, entity, value),
                Ok(fault),
                "{entity} {value:?}"
            );
        }
    }

    #[test]
    fn what_is_not_judged_is_an_error_with_a_code() {
        let engine = Engine::new();
        let unknown = validate(&engine, "NO_SUCH_TYPE", "1").unwrap_err();
        assert_eq!(
            (unknown, unknown.code()),
            (ValidateError::UnknownEntity, "unknown_entity")
        );
        let long = validate(&engine, "US_SSN", &"1".repeat(MAX_VALUE_BYTES + 1)).unwrap_err();
        assert_eq!(
            (long, long.code()),
            (ValidateError::TooLong, "text_too_long")
        );
    }
}
