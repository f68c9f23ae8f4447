//! Check digits by a weighted sum, as most tax and identity numbers have them.
//!
//! Each caller's table cites where its weights are published. A place that is missing or no digit
//! fails the check. Next: `check/digits.rs` for the systems of ISO/IEC 7064.

use super::digits::{checksum, digit, weighted};
use super::{Fault, luhn};

/// Luhn, the last digit included.
pub(crate) fn luhn(digits: &[u8]) -> Result<(), Fault> {
    checksum(luhn::passes(digits))
}

/// The weighted sum is a multiple of the modulus; the weights reach the check digit.
pub(crate) fn multiple(digits: &[u8], weights: &[u32], modulus: u32) -> Result<(), Fault> {
    checksum(weighted(digits, weights).is_some_and(|sum| sum % modulus == 0))
}

pub(crate) use super::digits::complement;

/// The digit after the weighted ones is the complement; a complement of ten is written as zero.
pub(crate) fn complement_follows(
    digits: &[u8],
    weights: &[u32],
    modulus: u32,
) -> Result<(), Fault> {
    follows(digits, weights.len(), complement(digits, weights, modulus))
}

/// The digit at `place` is the last digit of `expected`.
pub(crate) fn follows(digits: &[u8], place: usize, expected: Option<u32>) -> Result<(), Fault> {
    let holds = matches!(
        (digit(digits, place), expected),
        (Some(found), Some(expected)) if found == expected % 10
    );
    checksum(holds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weighted_sum_accepts_one_check_digit_only() {
        // A Japanese individual number published as an example.
        const WEIGHTS: [u32; 11] = [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2];
        for last in b'0'..=b'9' {
            let number = [b"62149832025", &[last][..]].concat();
            assert_eq!(
                complement_follows(&number, &WEIGHTS, 11).is_ok(),
                last == b'7'
            );
        }
        assert_eq!(
            complement_follows(b"62149832025", &WEIGHTS, 11),
            Err(Fault::Checksum)
        );
    }

    #[test]
    fn a_multiple_needs_every_place_to_be_a_digit() {
        assert_eq!(multiple(b"71", &[1, 3], 10), Ok(()));
        assert_eq!(multiple(b"72", &[1, 3], 10), Err(Fault::Checksum));
        assert_eq!(multiple(b"7X", &[1, 3], 10), Err(Fault::Checksum));
        assert_eq!(multiple(b"7", &[1, 3], 10), Err(Fault::Checksum));
    }
}
