//! One part of a date: the year, the month, the weekday.
//!
//! The rest of the date is gone; who combines several parts of one date has the date again, so policy
//! grants parts, not the operation. Next: `date_text.rs`.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::date_text::{DateOrder, DateText};
use crate::operation::Class;
use crate::{Transformed, ValueError};

/// A part of a date, written as a number.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The year.
    Year,
    /// 1 to 4.
    Quarter,
    /// 1 to 12.
    Month,
    /// The week of ISO 8601, 1 to 53.
    Week,
    /// Of the month, 1 to 31.
    Day,
    /// Of ISO 8601: Monday is 1, Sunday 7.
    Weekday,
    /// 0 to 23, as written: no time zone is applied.
    Hour,
}

/// What `time_part` takes.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TimePartParameters {
    /// Which part.
    pub part: Part,
    /// The order in which dates are written.
    #[serde(default)]
    pub order: DateOrder,
}

impl TimePartParameters {
    /// The keys of `time_part`.
    pub const PARAMETERS: &[&str] = &["part", "order"];
    /// What it lets out.
    pub const CLASS: Class = Class::Masked;
}

/// The part of `value`.
///
/// # Errors
///
/// [`ValueError::Date`], or [`ValueError::Time`] when the hour of a mere date is asked for.
pub fn time_part(value: &str, parameters: &TimePartParameters) -> Result<Transformed, ValueError> {
    let text = DateText::parse(value, parameters.order).ok_or(ValueError::Date)?;
    let month = u8::from(text.date.month());
    let part: i32 = match parameters.part {
        Part::Year => text.date.year(),
        Part::Quarter => month.div_ceil(3).into(),
        Part::Month => month.into(),
        Part::Week => text.date.iso_week().into(),
        Part::Day => text.date.day().into(),
        Part::Weekday => text.date.weekday().number_from_monday().into(),
        Part::Hour => text.hour.ok_or(ValueError::Time)?.into(),
    };
    Ok(Transformed {
        text: Zeroizing::new(part.to_string()),
        class: TimePartParameters::CLASS,
        hidden: 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_is_that_of_the_calendar() {
        // 2021-01-03 was a Sunday of the last week of 2020.
        for (part, expected) in [
            (Part::Year, Ok("2021")),
            (Part::Quarter, Ok("1")),
            (Part::Month, Ok("1")),
            (Part::Week, Ok("53")),
            (Part::Day, Ok("3")),
            (Part::Weekday, Ok("7")),
            (Part::Hour, Ok("9")),
        ] {
            let parameters = TimePartParameters {
                part,
                order: DateOrder::Ymd,
            };
            let made = time_part("2021-01-03T09:59Z", &parameters);
            let made = made.as_ref().map(|made| (made.text.as_str(), made.class));
            assert_eq!(made, expected.as_ref().map(|text| (*text, Class::Masked)));
        }
        let last = TimePartParameters {
            part: Part::Quarter,
            order: DateOrder::Dmy,
        };
        assert_eq!(
            time_part("31.12.2021", &last).map(|it| it.text.to_string()),
            Ok("4".to_owned())
        );
    }

    #[test]
    fn what_has_no_such_part_is_refused() {
        let hour = TimePartParameters {
            part: Part::Hour,
            order: DateOrder::Ymd,
        };
        assert_eq!(time_part("2021-01-03", &hour), Err(ValueError::Time));
        assert_eq!(time_part("03.01.2021", &hour), Err(ValueError::Date));
    }
}
