//! Predicates over a value: only yes or no leaves.
//!
//! Equality, membership and prefixes are compared in constant time for values of one length; that
//! lengths differ can be seen in the time. Today's date is an argument: this crate has no clock. Any
//! predicate answered often enough searches a value out, so who may ask and how often is policy
//! ([`crate::budget`]). An error names what was wrong with a value and never holds it.

mod date;
mod issued;
mod parameters;
mod similar;

use subtle::{Choice, ConstantTimeEq};
use time::Date;

pub use date::{age_at_least, date_of_unix_ms};
pub use parameters::VerifyParameters;
pub use similar::{MAX_BYTES as MAX_SIMILAR_BYTES, equals_fuzzy, same_person};

use crate::ValueError;
use crate::operation::{Normalise, ParameterError};

/// Why a predicate has no answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum VerifyError {
    /// A parameter makes no sense.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// The predicate compares, and there is nothing to compare with.
    #[error("there is nothing to compare the value with")]
    NothingToCompare,
    /// The value is no date in the order that was asked for.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// The date of birth lies after today.
    #[error("the date lies in the future")]
    FutureDate,
    /// The value is no well-formed identifier of the type.
    #[error("the value is no identifier of this type")]
    NotAnIdentifier,
    /// What the value is compared with is longer than [`VerifyParameters::MAX_EXPECTED_BYTES`], or one
    /// of both than [`MAX_SIMILAR_BYTES`] where likeness is asked for.
    #[error("the value is too long to be compared")]
    TooLong,
}

impl VerifyError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Parameter(error) => error.code(),
            Self::NothingToCompare => "nothing_to_compare",
            Self::Value(error) => error.code(),
            Self::FutureDate => "future_date",
            Self::NotAnIdentifier => "not_an_identifier",
            Self::TooLong => "text_too_long",
        }
    }
}

/// Answers the predicate for `value`. What it is compared with is `other`, or else what the
/// parameters expect. `today` is the date in UTC; see [`date_of_unix_ms`].
///
/// # Errors
///
/// [`VerifyError`].
pub fn verify(
    value: &str,
    other: Option<&str>,
    parameters: &VerifyParameters,
    today: Date,
) -> Result<bool, VerifyError> {
    parameters.check()?;
    let compared = || {
        let expected = parameters.expected().flatten();
        let compared = other
            .or(expected.map(|hidden| hidden.0.as_str()))
            .ok_or(VerifyError::NothingToCompare)?;
        let is_short = compared.len() <= VerifyParameters::MAX_EXPECTED_BYTES;
        is_short.then_some(compared).ok_or(VerifyError::TooLong)
    };
    let bound = |text: &str| date::bound(text).ok_or(ParameterError::Date);
    Ok(match parameters {
        VerifyParameters::Equals { normalise, .. } => equals(value, compared()?, *normalise),
        VerifyParameters::EqualsFuzzy { percent, .. } => {
            equals_fuzzy(value, compared()?, *percent)?
        }
        VerifyParameters::SamePerson { .. } => same_person(value, compared()?)?,
        VerifyParameters::AgeAtLeast { years, order } => {
            age_at_least(value, *order, *years, today)?
        }
        VerifyParameters::Before { date, order } => date::read(value, *order)? < bound(date)?,
        VerifyParameters::After { date, order } => date::read(value, *order)? > bound(date)?,
        VerifyParameters::InSet { values, normalise } => in_set(value, &values.0, *normalise),
        VerifyParameters::Prefix { prefix, normalise } => begins(value, &prefix.0, *normalise),
        VerifyParameters::IssuedIn { entity, region } => issued::issued_in(value, entity, region)?,
    })
}

/// Whether two values are equal after `normalise`, in time that depends on their lengths only.
pub fn equals(value: &str, expected: &str, normalise: Normalise) -> bool {
    let (value, expected) = (normalise.apply(value), normalise.apply(expected));
    value.as_bytes().ct_eq(expected.as_bytes()).into()
}

/// Whether a value is one of these, all of which are looked at.
fn in_set(value: &str, values: &[String], normalise: Normalise) -> bool {
    let value = normalise.apply(value);
    let is = |one: &String| value.as_bytes().ct_eq(normalise.apply(one).as_bytes());
    values
        .iter()
        .fold(Choice::from(0), |found, one| found | is(one))
        .into()
}

/// Whether a value begins like this.
fn begins(value: &str, prefix: &str, normalise: Normalise) -> bool {
    let (value, prefix) = (normalise.apply(value), normalise.apply(prefix));
    let beginning = value.as_bytes().get(..prefix.len());
    beginning.is_some_and(|beginning| beginning.ct_eq(prefix.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use serde_json::{Value, json};
    use time::macros::date;

    use super::*;

    fn ask(value: &str, other: Option<&str>, parameters: Value) -> Result<bool, VerifyError> {
        let parameters = serde_json::from_value(parameters).unwrap();
        verify(value, other, &parameters, date!(2024 - 05 - 05))
    }

    #[test]
    fn equality_is_byte_for_byte_unless_asked_otherwise() {
        assert!(equals("Ann", "Ann", Normalise::None));
        assert!(!equals("Ann", "ann", Normalise::None));
        assert!(!equals("Ann ", "Ann", Normalise::None));
        assert!(equals(" Ann\u{a0}", "aNN", Normalise::TrimCase));
        assert!(equals("\u{c9}VA", "\u{e9}va", Normalise::TrimCase));
        assert!(!equals("a b", "ab", Normalise::TrimCase));
        assert!(!equals("stra\u{df}e", "STRASSE", Normalise::TrimCase));
        assert!(!equals("\u{e9}", "e\u{301}", Normalise::TrimCase));
    }

    #[test]
    fn each_predicate_answers_its_own_question() {
        for (parameters, yes, no) in [
            (
                json!({"predicate": "equals", "expected": "ANN", "normalise": "trim_case"}),
                "ann",
                "bob",
            ),
            (
                json!({"predicate": "equals_fuzzy", "expected": "Jonathan"}),
                "Johnathan",
                "Martha",
            ),
            (
                json!({"predicate": "same_person", "expected": "Ann Lee"}),
                "Lee, Ann",
                "Lee, Bob",
            ),
            (
                json!({"predicate": "age_at_least", "years": 18}),
                "2006-05-05",
                "2006-05-06",
            ),
            (
                json!({"predicate": "age_at_least", "years": 18, "order": "dmy"}),
                "05.05.2006",
                "06.05.2006",
            ),
            (
                json!({"predicate": "before", "date": "2000-01-01"}),
                "1999-12-31",
                "2000-01-01",
            ),
            (
                json!({"predicate": "after", "date": "2000-01-01", "order": "mdy"}),
                "1/2/2000",
                "1/1/2000",
            ),
            (
                json!({"predicate": "in_set", "values": ["AT", "DE"]}),
                "DE",
                "de",
            ),
            (
                json!({"predicate": "in_set", "values": ["AT"], "normalise": "trim_case"}),
                " at",
                "a t",
            ),
            (
                json!({"predicate": "prefix", "prefix": "SW1"}),
                "SW1A 1AA",
                "SW",
            ),
            (
                json!({"predicate": "prefix", "prefix": "sw", "normalise": "trim_case"}),
                " SW1A",
                "S W1",
            ),
            (
                json!({"predicate": "issued_in", "entity": "IBAN_CODE", "region": "DE"}),
                "DE89370400440532013000",
                "GB82WEST12345698765432",
            ),
        ] {
            assert_eq!(ask(yes, None, parameters.clone()), Ok(true), "{parameters}");
            assert_eq!(ask(no, None, parameters.clone()), Ok(false), "{parameters}");
        }
    }

    #[test]
    fn an_items_own_value_comes_before_the_one_for_all_and_one_is_needed() {
        let all = json!({"predicate": "equals", "expected": "ann"});
        assert_eq!(ask("bob", Some("bob"), all), Ok(true));
        for predicate in ["equals", "equals_fuzzy", "same_person"] {
            let none = json!({"predicate": predicate});
            assert_eq!(ask("Ann Lee", Some("Ann Lee"), none.clone()), Ok(true));
            let error = ask("Ann Lee", None, none).unwrap_err();
            assert_eq!(error, VerifyError::NothingToCompare);
            assert_eq!(error.code(), "nothing_to_compare");
        }
    }

    #[test]
    fn a_value_that_the_predicate_is_not_about_is_an_error_with_a_code() {
        for (parameters, value, error, code) in [
            (
                json!({"predicate": "before", "date": "2000-01-01"}),
                "31.12.1999",
                VerifyError::Value(ValueError::Date),
                "not_a_date",
            ),
            (
                json!({"predicate": "issued_in", "entity": "ISIN", "region": "US"}),
                "US0378331006",
                VerifyError::NotAnIdentifier,
                "not_an_identifier",
            ),
            (
                json!({"predicate": "before", "date": "1.1.2000"}),
                "1999-12-31",
                VerifyError::Parameter(ParameterError::Date),
                "invalid_parameter",
            ),
        ] {
            let found = ask(value, None, parameters).unwrap_err();
            assert_eq!((found, found.code()), (error, code));
        }
    }
}
