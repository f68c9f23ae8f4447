//! Predicates over dates. Dates are compared as numbers: their time tells nothing of equality that
//! the answer does not, but it is not promised to be constant.

use time::{Date, OffsetDateTime};

use super::VerifyError;
use crate::ValueError;
use crate::date_text::{DateOrder, DateText};

/// Whether someone born on `born` is at least `years` old on `today`.
///
/// An age is reached at the beginning of the birthday. Someone born on 29 February reaches it on
/// 1 March in a year without that day.
///
/// # Errors
///
/// [`ValueError::Date`], [`VerifyError::FutureDate`].
pub fn age_at_least(
    born: &str,
    order: DateOrder,
    years: u16,
    today: Date,
) -> Result<bool, VerifyError> {
    let born = read(born, order)?;
    if born > today {
        return Err(VerifyError::FutureDate);
    }
    let birthday_to_come =
        (u8::from(today.month()), today.day()) < (u8::from(born.month()), born.day());
    let age = today.year() - born.year() - i32::from(birthday_to_come);
    Ok(age >= i32::from(years))
}

/// The date of a value.
pub(super) fn read(value: &str, order: DateOrder) -> Result<Date, VerifyError> {
    DateText::parse(value, order)
        .map(|text| text.date)
        .ok_or(VerifyError::Value(ValueError::Date))
}

/// The date in UTC at a time in milliseconds since 1970, or `None` after the year 9999.
pub fn date_of_unix_ms(unix_ms: u64) -> Option<Date> {
    let seconds = i64::try_from(unix_ms / 1_000).ok()?;
    OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .map(OffsetDateTime::date)
}

/// A bound: ISO 8601 calendar date, extended form, four digits of the year, nothing around it, so
/// that a policy and a request write one date in one way.
pub(super) fn bound(value: &str) -> Option<Date> {
    let text = DateText::parse(value, DateOrder::Ymd).filter(|_| value.len() == 10)?;
    (value.as_bytes()[4] == b'-').then_some(text.date)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;

    fn age(born: &str, years: u16, today: &str) -> Result<bool, VerifyError> {
        age_at_least(born, DateOrder::Ymd, years, bound(today).unwrap())
    }

    #[test]
    fn an_age_is_reached_on_the_birthday() {
        let at = |today| age("2000-06-15", 18, today).unwrap();
        assert!(!at("2018-06-14"));
        assert!(at("2018-06-15"));
        assert!(at("2019-01-01"));
        assert_eq!(age("2018-06-15", 0, "2018-06-15"), Ok(true));
    }

    #[test]
    fn someone_born_on_29_february_waits_for_1_march() {
        let at = |today| age("2004-02-29", 18, today).unwrap();
        assert!(!at("2022-02-28"));
        assert!(at("2022-03-01"));
        assert_eq!(age("2004-02-29", 20, "2024-02-29"), Ok(true));
        assert_eq!(age("2004-02-29", 20, "2024-02-28"), Ok(false));
    }

    #[test]
    fn what_is_no_date_is_an_error_without_the_value() {
        for value in [
            "",
            "2001-02-29",
            "2001-13-01",
            "2001-00-10",
            "01/02/2001",
            " 2001-01-01",
            "2001-01-01T",
            "+001-01-01",
            "2001-01-0\u{661}",
            "２001-01",
        ] {
            let error = age(value, 1, "2020-01-01").unwrap_err();
            assert_eq!(error, VerifyError::Value(ValueError::Date), "{value}");
            assert_eq!(error.code(), "not_a_date");
        }
        let error = age("2020-01-02", 1, "2020-01-01").unwrap_err();
        assert_eq!(error, VerifyError::FutureDate);
        assert_eq!(error.code(), "future_date");
    }

    #[test]
    fn a_bound_is_written_in_one_way() {
        assert!(bound("2001-02-28").is_some());
        for other in [
            "2001/02/28",
            "2001-2-1T1",
            "20010228 1",
            "2001-2-28",
            "20010228",
            "28.02.2001",
            "2001-02-29",
            "2001-02-28T10:00",
            " 2001-02-28",
        ] {
            assert_eq!(bound(other), None, "{other}");
        }
    }

    #[test]
    fn a_time_becomes_the_date_in_utc() {
        assert_eq!(date_of_unix_ms(0), bound("1970-01-01"));
        assert_eq!(date_of_unix_ms(951_782_399_999), bound("2000-02-28"));
        assert_eq!(date_of_unix_ms(951_782_400_000), bound("2000-02-29"));
        assert_eq!(date_of_unix_ms(u64::MAX), None);
    }
}
