//! The birth number (rodné číslo) of Czechia and Slovakia.
//!
//! Zákon 133/2000 Sb. § 13, zákon 301/1995 Z. z. § 2: year, month, day and a serial; fifty is added
//! to the month of a woman and twenty where the serials of a day ran out. Since 1954 a tenth digit
//! makes the whole divisible by eleven; until 1985 it was 0 where the remainder was ten.

use crate::check::{
    Fault,
    digits::{agree, complement, date, digit, number, remainder, require},
};

/// Checks nine digits (of those born before 1954, without a check digit) or ten.
pub(super) fn check(digits: &[u8]) -> Result<(), Fault> {
    let short = digits.len() == 9;
    let month = number(digits, 2, 4).map(|month| month % 50 % 20);
    let year = number(digits, 0, 2).map(|year| match (short, year) {
        (true, 80..) => year + 1800,
        (false, 0..54) => year + 2000,
        _ => year + 1900,
    });
    require(!short || year < Some(1954), Fault::Date)?;
    require(date(year, month, number(digits, 4, 6)), Fault::Date)?;
    if short {
        return Ok(());
    }
    let computed = remainder(&digits[..9], 11).map(|rest| rest % 10);
    agree(computed, digit(digits, 9))
}

/// Checks the eight digits of an organisation (IČO): weights 8 to 2 modulo 11.
pub(super) fn organisation(digits: &[u8]) -> Result<(), Fault> {
    let computed = complement(digits, &[8, 7, 6, 5, 4, 3, 2], 11);
    let computed = computed.map(|digit| if digit == 0 { 1 } else { digit % 10 });
    agree(computed, digit(digits, 7))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_remainders_are_told_from_others() {
        assert_eq!(check(b"7103192745"), Ok(()));
        assert_eq!(check(b"991231123"), Ok(()));
        assert_eq!(check(b"541231123"), Err(Fault::Date));
        assert_eq!(check(b"7103192746"), Err(Fault::Checksum));
        assert_eq!(check(b"1103492745"), Err(Fault::Date));
        assert_eq!(check(b"355431123"), Err(Fault::Date));
        assert_eq!(check(b"355430123"), Ok(()));
    }

    #[test]
    fn a_published_number_of_an_organisation_passes() {
        assert_eq!(organisation(b"25123891"), Ok(()));
        assert_eq!(organisation(b"25123892"), Err(Fault::Checksum));
    }
}
