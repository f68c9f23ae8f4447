//! Numbers put into buckets: of one width, or between bounds.
//!
//! A bucket holds two whole numbers at least, so none names a value. Bounds that a caller may choose
//! freely search a value out; policy fixes them. Next: [`crate::generalize`].

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::operation::{Class, ParameterError};
use crate::{Transformed, ValueError};

/// What `bucket` takes: a width or bounds.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BucketParameters {
    /// The width of every bucket: 37 of width 10 becomes `30`.
    #[serde(default)]
    pub width: Option<u64>,
    /// Where buckets begin: with 18 and 65, 37 becomes `18-64`, 7 `<18` and 65 `65+`.
    #[serde(default)]
    pub bounds: Vec<i64>,
}

impl BucketParameters {
    /// The keys of `bucket`.
    pub const PARAMETERS: &[&str] = &["width", "bounds"];
    /// The most bounds.
    pub const MAX_BOUNDS: usize = 1024;
    /// What it lets out.
    pub const CLASS: Class = Class::Masked;

    /// Checks what the types do not.
    ///
    /// # Errors
    ///
    /// [`ParameterError::Width`] or [`ParameterError::Bounds`].
    pub fn check(&self) -> Result<(), ParameterError> {
        if let Some(width) = self.width {
            return check_width(width)
                .filter(|()| self.bounds.is_empty())
                .ok_or(ParameterError::Width);
        }
        let rises = |pair: &[i64]| matches!(pair, [low, high] if high.checked_sub(2) >= Some(*low));
        let is_fit = (1..=Self::MAX_BOUNDS).contains(&self.bounds.len())
            && self.bounds.windows(2).all(rises);
        if is_fit {
            Ok(())
        } else {
            Err(ParameterError::Bounds)
        }
    }
}

/// Two at least, and small enough that bounds of any number can be computed.
pub(crate) fn check_width(width: u64) -> Option<()> {
    (2..=1_000_000_000_000_000).contains(&width).then_some(())
}

/// The bucket of `value`.
///
/// # Errors
///
/// [`ValueError::Number`], or [`ValueError::Range`].
pub fn bucket(value: &str, parameters: &BucketParameters) -> Result<Transformed, ValueError> {
    let number = floor(value)?;
    let text = match parameters.width {
        Some(width) => start(number, width)?.to_string(),
        None => between(number, &parameters.bounds),
    };
    Ok(Transformed {
        text: Zeroizing::new(text),
        class: BucketParameters::CLASS,
        hidden: 1,
    })
}

fn between(number: i64, bounds: &[i64]) -> String {
    let above = bounds.partition_point(|bound| *bound <= number);
    let low = above.checked_sub(1).and_then(|at| bounds.get(at));
    match (low, bounds.get(above)) {
        (Some(low), Some(high)) => range(*low, high.saturating_sub(1)),
        (Some(low), None) => format!("{low}+"),
        (None, Some(high)) => format!("<{high}"),
        (None, None) => String::new(),
    }
}

/// `30-39`, and `(-10)-(-1)` below zero.
pub(crate) fn range(low: i64, high: i64) -> String {
    let shown = |number: i64| {
        if number < 0 {
            format!("({number})")
        } else {
            number.to_string()
        }
    };
    format!("{}-{}", shown(low), shown(high))
}

/// Where the bucket of this width begins that holds `number`.
pub(crate) fn start(number: i64, width: u64) -> Result<i64, ValueError> {
    let width = i64::try_from(width).map_err(|_| ValueError::Range)?;
    let place = number.checked_div_euclid(width).ok_or(ValueError::Range)?;
    place.checked_mul(width).ok_or(ValueError::Range)
}

/// The whole number at or below a decimal number: sign, at most 18 digits, a point and more digits.
pub(crate) fn floor(value: &str) -> Result<i64, ValueError> {
    let (is_negative, digits) = match value.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, value.strip_prefix('+').unwrap_or(value)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) || whole.len() > 18 {
        return Err(ValueError::Number);
    }
    let number: i64 = whole.parse().map_err(|_| ValueError::Number)?;
    let has_more = fraction.bytes().any(|digit| digit != b'0');
    Ok(match (is_negative, has_more) {
        (false, _) => number,
        (true, false) => -number,
        (true, true) => -number - 1,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;

    fn of(value: &str, parameters: &BucketParameters) -> String {
        let made = bucket(value, parameters).unwrap();
        assert_eq!(made.class, Class::Masked);
        made.text.to_string()
    }

    fn width(width: u64) -> BucketParameters {
        BucketParameters {
            width: Some(width),
            bounds: Vec::new(),
        }
    }

    fn bounds(bounds: &[i64]) -> BucketParameters {
        BucketParameters {
            width: None,
            bounds: bounds.to_vec(),
        }
    }

    #[test]
    fn a_bucket_of_a_width_is_named_by_where_it_begins() {
        for (value, name) in [
            ("37", "30"),
            ("30", "30"),
            ("39.99", "30"),
            ("40", "40"),
            ("0", "0"),
            ("-1", "-10"),
            ("-0.5", "-10"),
            ("-10", "-10"),
            ("-10.0", "-10"),
            ("-10.1", "-20"),
            ("+7", "0"),
            ("007", "0"),
        ] {
            assert_eq!(of(value, &width(10)), name, "{value}");
        }
    }

    #[test]
    fn a_bucket_between_bounds_names_both() {
        let ages = bounds(&[-5, 0, 18, 65]);
        for (value, name) in [
            ("-6", "<-5"),
            ("-5", "(-5)-(-1)"),
            ("-0.1", "(-5)-(-1)"),
            ("0", "0-17"),
            ("17.9", "0-17"),
            ("18", "18-64"),
            ("65", "65+"),
            ("999999999999999999", "65+"),
        ] {
            assert_eq!(of(value, &ages), name, "{value}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for value in [
            "",
            "-",
            "+",
            ".",
            "1.",
            ".5",
            "1e3",
            "1,000",
            " 1",
            "0x1",
            "1.2.3",
            "--1",
            "\u{663}",
            "1234567890123456789",
        ] {
            assert_eq!(
                bucket(value, &width(10)),
                Err(ValueError::Number),
                "{value}"
            );
        }
    }

    #[test]
    fn a_bucket_of_one_number_is_refused_and_so_are_both_or_neither() {
        for wide in [0, 1, 1_000_000_000_000_001] {
            assert_eq!(width(wide).check(), Err(ParameterError::Width));
        }
        assert_eq!(width(2).check(), Ok(()));
        let both = BucketParameters {
            width: Some(2),
            bounds: vec![1],
        };
        assert_eq!(both.check(), Err(ParameterError::Width));
        for wrong in [
            &[][..],
            &[1, 2],
            &[3, 1],
            &[1, 1],
            &[i64::MIN, i64::MIN + 1],
            &[0; 1025],
        ] {
            assert_eq!(
                bounds(wrong).check(),
                Err(ParameterError::Bounds),
                "{wrong:?}"
            );
        }
        assert_eq!(bounds(&[18]).check(), Ok(()));
        assert_eq!(bounds(&[i64::MIN, 0, i64::MAX]).check(), Ok(()));
    }
}
