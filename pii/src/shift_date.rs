//! Dates moved by a number of days that is secret and the same for all dates of one subject.
//!
//! Intervals within a subject stay true, the dates themselves do not. The shift is an HMAC-SHA-256 of
//! the subject, reduced to -days..=days without zero, so that no date stays where it was. It is no
//! encryption: who knows one true date of a subject knows them all. The form of the date and the time
//! of day stay. Holds no key and makes none. Next: `date_text.rs`.

use serde::{Deserialize, Serialize};
use time::Duration;

use crate::date_text::{DateOrder, DateText};
use crate::operation::{Class, ParameterError};
use crate::pseudonymize::{PseudonymizeParameters, digest};
use crate::{Transformed, ValueError};

/// What `shift_date` takes. The key is the enclave's; the subject comes with each value.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ShiftDateParameters {
    /// How many days at most, either way.
    pub days: u16,
    /// The order in which dates are written.
    #[serde(default)]
    pub order: DateOrder,
    /// What the shift is for. The shifts of a subject differ between contexts.
    #[serde(default)]
    pub context: String,
    /// The version of the root; the newest when absent. Another version is another shift.
    #[serde(default)]
    pub version: Option<u32>,
}

impl ShiftDateParameters {
    /// The keys of `shift_date`.
    pub const PARAMETERS: &[&str] = &["days", "order", "context", "version"];
    /// Ten years.
    pub const MAX_DAYS: u16 = 3650;
    /// What it lets out.
    pub const CLASS: Class = Class::Masked;
    /// The entity that its key is derived for.
    pub const ENTITY: &str = "DATE_TIME";

    /// Checks what the types do not.
    ///
    /// # Errors
    ///
    /// [`ParameterError::Days`] or [`ParameterError::Context`].
    pub fn check(&self) -> Result<(), ParameterError> {
        if !(1..=Self::MAX_DAYS).contains(&self.days) {
            return Err(ParameterError::Days);
        }
        if self.context.len() > PseudonymizeParameters::MAX_CONTEXT_BYTES {
            return Err(ParameterError::Context);
        }
        Ok(())
    }
}

/// Shifts `value` by the days of `subject`.
///
/// `key` is derived for the purpose `shift_date`, the entity [`ShiftDateParameters::ENTITY`] and the
/// context.
///
/// # Errors
///
/// [`ValueError::Subject`] when it is empty, [`ValueError::Date`], or [`ValueError::Range`].
pub fn shift_date(
    key: &[u8; 32],
    subject: &str,
    value: &str,
    parameters: &ShiftDateParameters,
) -> Result<Transformed, ValueError> {
    if subject.is_empty() {
        return Err(ValueError::Subject);
    }
    let text = DateText::parse(value, parameters.order).ok_or(ValueError::Date)?;
    let days = Duration::days(shift(key, subject, parameters.days));
    let date = text.date.checked_add(days).ok_or(ValueError::Range)?;
    if !(1..=9999).contains(&date.year()) {
        return Err(ValueError::Range);
    }
    Ok(Transformed {
        text: text.write(date),
        class: ShiftDateParameters::CLASS,
        hidden: 1,
    })
}

/// The days of a subject: -days to days, never zero. That 2^64 is no multiple of their number moves
/// no chance by more than 2^-51.
fn shift(key: &[u8; 32], subject: &str, days: u16) -> i64 {
    let days = i64::from(days.max(1));
    let digest = digest(key, &["vd1", subject]);
    let number = digest
        .as_ref()
        .iter()
        .take(8)
        .fold(0, |sum, byte| (sum << 8) | u64::from(*byte));
    let place = number % (2 * days.unsigned_abs());
    match i64::try_from(place).unwrap_or_default() {
        place if place < days => -(place + 1),
        place => place - days + 1,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;

    fn parameters(days: u16) -> ShiftDateParameters {
        serde_json::from_str(&format!("{{\"days\":{days}}}")).unwrap()
    }

    fn shifted(subject: &str, value: &str, days: u16) -> Result<String, ValueError> {
        let made = shift_date(&[7; 32], subject, value, &parameters(days))?;
        assert_eq!(made.class, Class::Masked);
        Ok(made.text.to_string())
    }

    #[test]
    fn a_shift_never_changes_between_versions_of_this_crate() {
        // Computed with another implementation of HMAC (Python's) over the same bytes.
        assert_eq!(shift(&[7; 32], "patient-7", 30), 8);
        assert_eq!(shift(&[7; 32], "patient-7", 365), -268);
        let moved = shifted("patient-7", "2021-02-03T04:05", 365);
        assert_eq!(moved, Ok("2020-05-11T04:05".to_owned()));
    }

    #[test]
    fn dates_of_a_subject_keep_their_distance_and_others_move_otherwise() {
        let one = shifted("a", "2021-03-01", 100).unwrap();
        let two = shifted("a", "2021-03-31", 100).unwrap();
        let date = |text: &str| DateText::parse(text, DateOrder::Ymd).unwrap().date;
        assert_eq!((date(&two) - date(&one)).whole_days(), 30);
        let other: Vec<String> = ["b", "c", "d"]
            .map(|subject| shifted(subject, "2021-03-01", 100).unwrap())
            .into();
        assert!(other.iter().any(|other| *other != one));
    }

    #[test]
    fn every_shift_within_the_bounds_happens_and_none_is_zero() {
        let mut seen: Vec<i64> = (0..500)
            .map(|subject| shift(&[7; 32], &subject.to_string(), 3))
            .collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, [-3, -2, -1, 1, 2, 3]);
    }

    #[test]
    fn what_cannot_be_shifted_is_refused() {
        assert_eq!(shifted("", "2021-03-01", 9), Err(ValueError::Subject));
        assert_eq!(shifted("a", "yesterday", 9), Err(ValueError::Date));
        let edges = [("0001-01-01"), ("9999-12-31")];
        let subjects = || (0..40).map(|it| it.to_string());
        for edge in edges {
            assert!(subjects().any(|it| shifted(&it, edge, 1) == Err(ValueError::Range)));
        }
    }

    #[test]
    fn parameters_that_make_no_sense_are_refused() {
        assert_eq!(parameters(0).check(), Err(ParameterError::Days));
        assert_eq!(parameters(3651).check(), Err(ParameterError::Days));
        assert_eq!(parameters(3650).check(), Ok(()));
        let context = "x".repeat(257);
        let long = ShiftDateParameters {
            context,
            ..parameters(1)
        };
        assert_eq!(long.check(), Err(ParameterError::Context));
    }
}
