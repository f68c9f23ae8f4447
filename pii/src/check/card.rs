//! Payment card numbers: issuer prefix, length, Luhn. ISO/IEC 7812-1, and the ranges that the
//! schemes publish in their merchant guides.
//!
//! The prefix table is a plausibility test, not a directory of banks: it keeps out numbers that no
//! scheme issues (order numbers, timestamps), at the width at which schemes announce their ranges.
//! It errs on the side of accepting. Next: [`super::luhn`].

use super::{Fault, luhn, number, only_digits};

/// Prefixes from `low` to `high`, all of `width` digits, and the lengths issued under them.
struct Range {
    width: usize,
    low: u32,
    high: u32,
    lengths: core::ops::RangeInclusive<usize>,
}

const fn range(width: usize, low: u32, high: u32, shortest: usize, longest: usize) -> Range {
    Range {
        width,
        low,
        high,
        lengths: shortest..=longest,
    }
}

/// Narrow ranges before the wide ones that hold them; the first that fits in prefix decides.
static RANGES: &[Range] = &[
    range(1, 1, 1, 15, 15),       // UATP
    range(4, 2200, 2205, 16, 19), // Mir, Humo
    range(4, 2221, 2720, 16, 16), // Mastercard, second range
    range(3, 300, 305, 14, 19),   // Diners Club
    range(4, 3095, 3095, 14, 19), // Diners Club
    range(2, 34, 34, 15, 15),     // American Express
    range(2, 37, 37, 15, 15),     // American Express
    range(4, 3528, 3589, 16, 19), // JCB
    range(2, 36, 36, 14, 19),     // Diners Club
    range(2, 38, 39, 14, 19),     // Diners Club
    range(1, 4, 4, 13, 19),       // Visa: 13, 16 and 19; debit ranges between
    range(2, 50, 50, 12, 19),     // Maestro, Dankort, Verve, RuPay 508
    range(2, 51, 55, 16, 16),     // Mastercard
    range(2, 56, 59, 12, 19),     // Maestro
    range(1, 6, 6, 12, 19),       // Maestro, Discover, UnionPay, RuPay, InstaPayment, Hipercard
    range(2, 81, 82, 16, 19),     // UnionPay, RuPay
    range(4, 9792, 9792, 16, 16), // Troy
    range(4, 8600, 8600, 16, 16), // Uzcard
];

/// The shortest number that any scheme issues.
pub const MIN_DIGITS: usize = 12;
/// The longest number that ISO/IEC 7812-1 allows.
pub const MAX_DIGITS: usize = 19;

/// Checks a card number given as ASCII digits.
///
/// # Errors
///
/// The first rule broken, in this order: [`Fault::Alphabet`], [`Fault::Length`] (for any issuer),
/// [`Fault::Issuer`], [`Fault::Length`] (for this issuer), [`Fault::Checksum`].
pub fn check(digits: &[u8]) -> Result<(), Fault> {
    only_digits(digits)?;
    if !(MIN_DIGITS..=MAX_DIGITS).contains(&digits.len()) {
        return Err(Fault::Length);
    }
    let issuer = RANGES
        .iter()
        .find(|range| (range.low..=range.high).contains(&number(&digits[..range.width])))
        .ok_or(Fault::Issuer)?;
    if !issuer.lengths.contains(&digits.len()) {
        return Err(Fault::Length);
    }
    if luhn::passes(digits) {
        Ok(())
    } else {
        Err(Fault::Checksum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_numbers_that_schemes_and_processors_publish_pass() {
        for card in [
            "4111111111111111",
            "4222222222222",
            "4012888888881881",
            "5555555555554444",
            "2223003122003222",
            "378282246310005",
            "371449635398431",
            "6011111111111117",
            "30569309025904",
            "38520000023237",
            "3530111333300000",
            "6200000000000005",
            "6759649826438453",
            "5019717010103742",
            "122000000000003",
        ] {
            assert_eq!(check(card.as_bytes()), Ok(()), "{card}");
        }
    }

    #[test]
    fn each_broken_rule_is_named() {
        for (card, fault) in [
            ("4111 1111 1111 1111", Fault::Alphabet),
            ("41111111111", Fault::Length),
            ("41111111111111111111", Fault::Length),
            ("0000000000000000", Fault::Issuer),
            ("9999999999999995", Fault::Issuer),
            ("3782822463100050", Fault::Length),
            ("4111111111111112", Fault::Checksum),
        ] {
            assert_eq!(check(card.as_bytes()), Err(fault), "{card}");
        }
    }
}
