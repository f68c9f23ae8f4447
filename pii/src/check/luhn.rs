//! The Luhn checksum, ISO/IEC 7812-1 Annex B (first in US patent 2,950,048).
//!
//! From the right, every second digit is doubled and nine is taken off a result above nine; the sum
//! of all must be a multiple of ten. Finds every single wrong digit and most swapped neighbours.

/// Whether the last of these ASCII digits is the check digit of those before it.
///
/// `false` when a byte is not a digit or there are fewer than two.
pub fn passes(digits: &[u8]) -> bool {
    if digits.len() < 2 || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let sum: usize = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = usize::from(digit - b'0');
            match (place % 2, value) {
                (0, _) => value,
                (_, 0..=4) => value * 2,
                _ => value * 2 - 9,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::passes;

    #[test]
    fn published_examples_pass() {
        for example in [
            "79927398713",
            "4111111111111111",
            "378282246310005",
            "5555555555554444",
            "6011111111111117",
        ] {
            assert!(passes(example.as_bytes()), "{example}");
        }
    }

    #[test]
    fn every_single_wrong_digit_is_noticed() {
        let right = b"4111111111111111";
        for place in 0..right.len() {
            for digit in b'0'..=b'9' {
                let mut altered = *right;
                altered[place] = digit;
                assert_eq!(passes(&altered), altered == *right);
            }
        }
    }

    #[test]
    fn what_is_no_number_does_not_pass() {
        for value in ["", "0", "4111-1111", "０0"] {
            assert!(!passes(value.as_bytes()), "{value}");
        }
    }
}
