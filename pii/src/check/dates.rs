//! Dates inside identifiers: which places spell one, and whether it is a day of the calendar.
//!
//! Without a century a date is accepted when it can stand in some century. Next:
//! `check/digits.rs`, which knows the calendar.

use super::Fault;
use super::digits::{date, day_month, number};

/// Year of the century, month and day from this place on.
pub(crate) fn yymmdd(digits: &[u8], at: usize) -> Result<(), Fault> {
    let [year, month, day] = pairs(digits, at);
    possible(day_month(day, month, year))
}

/// Day, month and year of the century from this place on.
pub(crate) fn ddmmyy(digits: &[u8], at: usize) -> Result<(), Fault> {
    let [day, month, year] = pairs(digits, at);
    possible(day_month(day, month, year))
}

/// Year of four digits, month and day from this place on; nobody with a number was born before
/// 1850.
pub(crate) fn yyyymmdd(digits: &[u8], at: usize) -> Result<(), Fault> {
    let year = number(digits, at, at + 4).filter(|year| (1850..2100).contains(year));
    let month = number(digits, at + 4, at + 6);
    let day = number(digits, at + 6, at + 8);
    possible(date(year, month, day))
}

/// As [`yymmdd`], in a number that adds something to the month or day of some holders.
pub(crate) fn yymmdd_with_offset(
    digits: &[u8],
    at: usize,
    month_offset: u32,
    day_offset: u32,
) -> Result<(), Fault> {
    let [year, month, day] = pairs(digits, at);
    possible(day_month(
        without(day, day_offset),
        without(month, month_offset),
        year,
    ))
}

/// A part without the offset that it may carry.
pub(crate) fn without(part: Option<u32>, offset: u32) -> Option<u32> {
    part.map(|part| {
        if offset > 0 && part > offset {
            part - offset
        } else {
            part
        }
    })
}

/// `Ok` when `holds`, else [`Fault::Date`].
pub(crate) const fn possible(holds: bool) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(Fault::Date) }
}

fn pairs(digits: &[u8], at: usize) -> [Option<u32>; 3] {
    [
        number(digits, at, at + 2),
        number(digits, at + 2, at + 4),
        number(digits, at + 4, at + 6),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_order_of_the_parts_finds_the_same_day() {
        assert_eq!(yymmdd(b"x000229", 1), Ok(()));
        assert_eq!(ddmmyy(b"290200", 0), Ok(()));
        assert_eq!(yyyymmdd(b"20000229", 0), Ok(()));
        assert_eq!(yymmdd(b"010229", 0), Err(Fault::Date));
        assert_eq!(ddmmyy(b"002900", 0), Err(Fault::Date));
        assert_eq!(yyyymmdd(b"18490101", 0), Err(Fault::Date));
        assert_eq!(yymmdd(b"0001", 0), Err(Fault::Date));
    }

    #[test]
    fn an_offset_is_taken_off_where_it_was_added() {
        assert_eq!(yymmdd_with_offset(b"005229", 0, 50, 0), Ok(()));
        assert_eq!(yymmdd_with_offset(b"000269", 0, 0, 40), Ok(()));
        assert_eq!(yymmdd_with_offset(b"005029", 0, 50, 0), Err(Fault::Date));
    }
}
