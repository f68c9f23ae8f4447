//! United States social security numbers: what was never issued.
//!
//! Social Security Administration, "Social Security Number Randomization" (2011) and POMS
//! RM 10201.035: no number has area 000, 666 or 900–999, group 00 or serial 0000. Numbers printed as
//! examples are void: 078-05-1120 (a wallet insert of 1938) and 219-09-9999 (an SSA pamphlet of
//! 1940); 987-65-4320 to 4329, kept for advertisements, already fall under the area rule. There is
//! no check digit, so a number that passes is possible, not proven.

use super::{Fault, number, only_digits};

/// Void because they were printed as examples.
const PUBLISHED: [&[u8]; 2] = [b"078051120", b"219099999"];

/// Checks a number given as nine ASCII digits.
///
/// # Errors
///
/// The first rule broken: [`Fault::Alphabet`], [`Fault::Length`], [`Fault::Area`],
/// [`Fault::Group`], [`Fault::Serial`], [`Fault::NeverIssued`].
pub fn check(digits: &[u8]) -> Result<(), Fault> {
    only_digits(digits)?;
    if digits.len() != 9 {
        return Err(Fault::Length);
    }
    match number(&digits[..3]) {
        0 | 666 | 900..=999 => return Err(Fault::Area),
        _ => {}
    }
    if number(&digits[3..5]) == 0 {
        return Err(Fault::Group);
    }
    if number(&digits[5..]) == 0 {
        return Err(Fault::Serial);
    }
    if PUBLISHED.contains(&digits) {
        return Err(Fault::NeverIssued);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn possible_numbers_pass() {
        for ssn in [
            "078051123",
            "001010001",
            "665999999",
            "667010001",
            "899999999",
        ] {
            assert_eq!(check(ssn.as_bytes()), Ok(()), "{ssn}");
        }
    }

    #[test]
    fn each_broken_rule_is_named() {
        for (ssn, fault) in [
            ("07805112A", Fault::Alphabet),
            ("07805112", Fault::Length),
            ("0780511230", Fault::Length),
            ("000123456", Fault::Area),
            ("666123456", Fault::Area),
            ("900123456", Fault::Area),
            ("987654321", Fault::Area),
            ("078001123", Fault::Group),
            ("078050000", Fault::Serial),
            ("078051120", Fault::NeverIssued),
            ("219099999", Fault::NeverIssued),
        ] {
            assert_eq!(check(ssn.as_bytes()), Err(fault), "{ssn}");
        }
    }
}
