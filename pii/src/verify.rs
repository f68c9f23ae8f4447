//! Predicates over a value: only yes or no leaves.
//!
//! Equality is compared in constant time for values of one length; that lengths differ can be seen
//! in the time. Today's date is an argument: this crate has no clock. Any predicate answered often
//! enough searches a value out, so who may ask and how often is policy. An error names what was wrong
//! with a value and never holds it.

use subtle::ConstantTimeEq;
use time::{Date, Month, OffsetDateTime};

use crate::operation::{Normalise, ParameterError, Predicate, VerifyParameters};

/// Why a predicate has no answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum VerifyError {
    /// A parameter makes no sense.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// The value is no date of the form `2001-02-28`.
    #[error("the value is no date of the form YYYY-MM-DD")]
    InvalidDate,
    /// The date of birth lies after today.
    #[error("the date lies in the future")]
    FutureDate,
}

impl VerifyError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Parameter(error) => error.code(),
            Self::InvalidDate => "invalid_date",
            Self::FutureDate => "future_date",
        }
    }
}

/// Answers the predicate for `value`. `today` is the date in UTC; see [`date_of_unix_ms`].
///
/// # Errors
///
/// [`VerifyError`].
pub fn verify(
    value: &str,
    parameters: &VerifyParameters,
    today: Date,
) -> Result<bool, VerifyError> {
    parameters.check()?;
    match (parameters.predicate, &parameters.expected, parameters.years) {
        (Predicate::Equals, Some(expected), _) => Ok(equals(
            value,
            &expected.0,
            parameters.normalise.unwrap_or_default(),
        )),
        (Predicate::AgeAtLeast, _, Some(years)) => age_at_least(value, years, today),
        (Predicate::Equals, None, _) => Err(ParameterError::Expected.into()),
        (Predicate::AgeAtLeast, _, None) => Err(ParameterError::Years.into()),
    }
}

/// Whether two values are equal after `normalise`, in time that depends on their lengths only.
pub fn equals(value: &str, expected: &str, normalise: Normalise) -> bool {
    let (value, expected) = (normalise.apply(value), normalise.apply(expected));
    value.as_bytes().ct_eq(expected.as_bytes()).into()
}

/// Whether someone born on `born` (`YYYY-MM-DD`) is at least `years` old on `today`.
///
/// An age is reached at the beginning of the birthday. Someone born on 29 February reaches it on
/// 1 March in a year without that day.
///
/// # Errors
///
/// [`VerifyError::InvalidDate`], [`VerifyError::FutureDate`].
pub fn age_at_least(born: &str, years: u16, today: Date) -> Result<bool, VerifyError> {
    let born = parse_date(born).ok_or(VerifyError::InvalidDate)?;
    if born > today {
        return Err(VerifyError::FutureDate);
    }
    let birthday_to_come =
        (u8::from(today.month()), today.day()) < (u8::from(born.month()), born.day());
    let age = today.year() - born.year() - i32::from(birthday_to_come);
    Ok(age >= i32::from(years))
}

/// The date in UTC at a time in milliseconds since 1970, or `None` after the year 9999.
pub fn date_of_unix_ms(unix_ms: u64) -> Option<Date> {
    let seconds = i64::try_from(unix_ms / 1_000).ok()?;
    OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .map(OffsetDateTime::date)
}

/// ISO 8601 calendar date, extended form, four digits of the year, nothing around it.
fn parse_date(value: &str) -> Option<Date> {
    let bytes: &[u8; 10] = value.as_bytes().try_into().ok()?;
    let right = bytes.iter().enumerate().all(|(place, byte)| match place {
        4 | 7 => *byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    if !right {
        return None;
    }
    let year = value[..4].parse().ok()?;
    let month = Month::try_from(value[5..7].parse::<u8>().ok()?).ok()?;
    Date::from_calendar_date(year, month, value[8..].parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;
    use crate::operation::Hidden;

    fn day(value: &str) -> Date {
        parse_date(value).unwrap()
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
    fn an_age_is_reached_on_the_birthday() {
        let at = |today| age_at_least("2000-06-15", 18, day(today)).unwrap();
        assert!(!at("2018-06-14"));
        assert!(at("2018-06-15"));
        assert!(at("2019-01-01"));
        assert!(age_at_least("2018-06-15", 0, day("2018-06-15")).unwrap());
    }

    #[test]
    fn someone_born_on_29_february_waits_for_1_march() {
        let at = |today| age_at_least("2004-02-29", 18, day(today)).unwrap();
        assert!(!at("2022-02-28"));
        assert!(at("2022-03-01"));
        assert!(age_at_least("2004-02-29", 20, day("2024-02-29")).unwrap());
        assert!(!age_at_least("2004-02-29", 20, day("2024-02-28")).unwrap());
    }

    #[test]
    fn what_is_no_date_is_an_error_without_the_value() {
        for value in [
            "",
            "2001-02-29",
            "2001-13-01",
            "2001-00-10",
            "2001-1-1",
            "20010101",
            "01/02/2001",
            " 2001-01-01",
            "2001-01-01T",
            "+001-01-01",
            "2001-01-0\u{661}",
            "２001-01",
        ] {
            let error = age_at_least(value, 1, day("2020-01-01")).unwrap_err();
            assert_eq!(error, VerifyError::InvalidDate, "{value}");
            assert_eq!(error.code(), "invalid_date");
        }
        let error = age_at_least("2020-01-02", 1, day("2020-01-01")).unwrap_err();
        assert_eq!(error, VerifyError::FutureDate);
        assert_eq!(error.code(), "future_date");
    }

    #[test]
    fn parameters_choose_the_predicate() {
        let equals = VerifyParameters {
            predicate: Predicate::Equals,
            expected: Some(Hidden("ANN".to_owned())),
            normalise: Some(Normalise::TrimCase),
            years: None,
        };
        let today = day("2024-05-05");
        assert_eq!(verify("ann", &equals, today), Ok(true));
        assert_eq!(verify("bob", &equals, today), Ok(false));
        let adult = VerifyParameters {
            predicate: Predicate::AgeAtLeast,
            expected: None,
            normalise: None,
            years: Some(18),
        };
        assert_eq!(verify("2006-05-05", &adult, today), Ok(true));
        assert_eq!(verify("2006-05-06", &adult, today), Ok(false));
        let neither = VerifyParameters {
            years: None,
            ..adult
        };
        let error = verify("2006-05-06", &neither, today).unwrap_err();
        assert_eq!(error, VerifyError::Parameter(ParameterError::Years));
        assert_eq!(error.code(), "invalid_parameter");
    }

    #[test]
    fn a_time_becomes_the_date_in_utc() {
        assert_eq!(date_of_unix_ms(0), Some(day("1970-01-01")));
        assert_eq!(date_of_unix_ms(951_782_399_999), Some(day("2000-02-28")));
        assert_eq!(date_of_unix_ms(951_782_400_000), Some(day("2000-02-29")));
        assert_eq!(date_of_unix_ms(u64::MAX), None);
    }
}
