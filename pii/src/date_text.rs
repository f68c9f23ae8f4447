//! Dates as people write them, read so that another date can be written in the same form.
//!
//! Year in four digits; day and month in one or two, in the order that the caller names, parted by
//! `-`, `/`, `.` or nothing. A time of day may follow (ISO 8601). Whatever else stands in the value
//! makes it no date: a rest that nobody looked at would leave with the result. Next:
//! [`crate::shift_date`].

use core::fmt::Write;

use serde::{Deserialize, Serialize};
use time::{Date, Month};
use zeroize::Zeroizing;

/// In which order a date is written.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// Year, month, day.
    #[default]
    Ymd,
    /// Day, month, year.
    Dmy,
    /// Month, day, year.
    Mdy,
}

/// A date and how it was written.
pub(crate) struct DateText<'a> {
    pub(crate) date: Date,
    /// The hour of the time of day that follows.
    pub(crate) hour: Option<u8>,
    order: DateOrder,
    separator: Option<char>,
    /// Whether day and month were written in two digits.
    padded: (bool, bool),
    rest: &'a str,
}

impl<'a> DateText<'a> {
    /// Reads a date; `None` when the value is none.
    pub(crate) fn parse(value: &'a str, order: DateOrder) -> Option<Self> {
        let is_separator = |it: char| matches!(it, '-' | '/' | '.');
        let first_bytes = value.bytes().take_while(u8::is_ascii_digit).count();
        let (parts, separator, rest) = if first_bytes == 8 {
            let cuts = if order == DateOrder::Ymd {
                [4, 6]
            } else {
                [2, 4]
            };
            let parts = [
                value.get(..cuts[0])?,
                value.get(cuts[0]..cuts[1])?,
                value.get(cuts[1]..8)?,
            ];
            (parts, None, value.get(8..)?)
        } else {
            let separator = value[first_bytes..]
                .chars()
                .next()
                .filter(|it| is_separator(*it))?;
            let (first, rest) = value.split_once(separator)?;
            let (second, rest) = rest.split_once(separator)?;
            let third = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (third, rest) = rest.split_at_checked(third)?;
            ([first, second, third], Some(separator), rest)
        };
        let [year, month, day] = match order {
            DateOrder::Ymd => parts,
            DateOrder::Dmy => [parts[2], parts[1], parts[0]],
            DateOrder::Mdy => [parts[2], parts[0], parts[1]],
        };
        let number = |text: &str, lengths: core::ops::RangeInclusive<usize>| {
            let is_number =
                lengths.contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit());
            is_number.then(|| text.parse::<u16>().ok()).flatten()
        };
        let month_number = u8::try_from(number(month, 1..=2)?).ok()?;
        let date = Date::from_calendar_date(
            number(year, 4..=4).filter(|year| *year > 0)?.into(),
            Month::try_from(month_number).ok()?,
            u8::try_from(number(day, 1..=2)?).ok()?,
        );
        Some(Self {
            date: date.ok()?,
            hour: hour(rest)?,
            order,
            separator,
            padded: (day.len() == 2, month.len() == 2),
            rest,
        })
    }

    /// Another date in the form of this one, the time of day as it was.
    pub(crate) fn write(&self, date: Date) -> Zeroizing<String> {
        let part = |number: u8, padded: bool| {
            if padded {
                format!("{number:02}")
            } else {
                number.to_string()
            }
        };
        let year = format!("{:04}", date.year());
        let month = part(date.month().into(), self.padded.1);
        let day = part(date.day(), self.padded.0);
        let parts = match self.order {
            DateOrder::Ymd => [year, month, day],
            DateOrder::Dmy => [day, month, year],
            DateOrder::Mdy => [month, day, year],
        };
        let separator = self.separator.map(String::from).unwrap_or_default();
        let mut text = Zeroizing::new(String::with_capacity(16 + self.rest.len()));
        let [first, second, third] = parts;
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "{first}{separator}{second}{separator}{third}{}",
            self.rest
        );
        text
    }
}

/// The hour of what follows a date, `Some(None)` when nothing does, `None` when it is no time of day.
#[allow(
    clippy::option_option,
    reason = "no time and a wrong time are not the same"
)]
fn hour(rest: &str) -> Option<Option<u8>> {
    let Some(time) = rest.strip_prefix(['T', 't', ' ']) else {
        return rest.is_empty().then_some(None);
    };
    let (hour, time) = two(time, 23)?;
    let (_, mut time) = two(time.strip_prefix(':')?, 59)?;
    if let Some(seconds) = time.strip_prefix(':') {
        // 60 is a leap second.
        (_, time) = two(seconds, 60)?;
        if let Some(fraction) = time.strip_prefix(['.', ',']) {
            let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
            if !(1..=9).contains(&digits) {
                return None;
            }
            time = &fraction[digits..];
        }
    }
    if matches!(time, "" | "Z" | "z") {
        return Some(Some(hour));
    }
    let (_, minutes) = two(time.strip_prefix(['+', '-'])?, 23)?;
    let minutes = minutes.strip_prefix(':').unwrap_or(minutes);
    let is_offset = minutes.is_empty() || two(minutes, 59)?.1.is_empty();
    is_offset.then_some(Some(hour))
}

/// Two digits and what follows them.
fn two(text: &str, most: u8) -> Option<(u8, &str)> {
    let (digits, rest) = text.split_at_checked(2)?;
    let is_number = digits.bytes().all(|it| it.is_ascii_digit());
    let number = is_number.then(|| digits.parse().ok()).flatten()?;
    (number <= most).then_some((number, rest))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;

    #[test]
    fn a_date_is_read_in_its_order_and_written_in_its_form() {
        use DateOrder::{Dmy, Mdy, Ymd};
        for (value, order, written) in [
            ("2021-02-03", Ymd, "1999-12-05"),
            ("2021/2/3", Ymd, "1999/12/5"),
            ("20210203", Ymd, "19991205"),
            ("03.02.2021", Dmy, "05.12.1999"),
            ("3.2.2021", Dmy, "5.12.1999"),
            ("03022021", Dmy, "05121999"),
            ("02/03/2021", Mdy, "12/05/1999"),
            ("2/3/2021", Mdy, "12/5/1999"),
            ("2021-02-03T04:05", Ymd, "1999-12-05T04:05"),
            ("2021-02-03 23:59:60.123Z", Ymd, "1999-12-05 23:59:60.123Z"),
            (
                "2021-02-03T04:05:06+05:30",
                Ymd,
                "1999-12-05T04:05:06+05:30",
            ),
            ("2021-02-03T04:05:06-0530", Ymd, "1999-12-05T04:05:06-0530"),
        ] {
            let text = DateText::parse(value, order).unwrap();
            assert_eq!(text.date, date!(2021 - 02 - 03), "{value}");
            assert_eq!(*text.write(date!(1999 - 12 - 05)), written);
        }
    }

    #[test]
    fn what_is_no_date_or_has_a_rest_is_refused() {
        for value in [
            "",
            "x",
            "2021",
            "2021-02",
            "2021-02-30",
            "2021-13-01",
            "0000-01-01",
            "21-02-03",
            "2021-02/03",
            "2021-02-03 ",
            "2021-02-03 Jo Doe",
            "2021-02-03T",
            "2021-02-03T4:05",
            "2021-02-03T24:05",
            "2021-02-03T04:60",
            "2021-02-03T04:05:06.",
            "2021-02-03T04:05+",
            "2021-02-03T04:05+05:3",
            "2021-02-03T04:05 Jo",
            "2021\u{2011}02-03",
            "202102031",
            "2021-+2-03",
            "2021-02-\u{663}",
            "2021-02-003",
        ] {
            assert!(DateText::parse(value, DateOrder::Ymd).is_none(), "{value}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(value in "\\PC{0,24}", digits in "[0-9T:+./-]{0,24}") {
            for order in [DateOrder::Ymd, DateOrder::Dmy, DateOrder::Mdy] {
                for value in [&value, &digits] {
                    if let Some(text) = DateText::parse(value, order) {
                        prop_assert_eq!(&*text.write(text.date), value);
                    }
                }
            }
        }
    }
}
