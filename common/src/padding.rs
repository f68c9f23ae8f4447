//! Padding that makes a length tell little (Padmé, Nikitin et al., PETS 2019, §4).
//!
//! A padded message is its length as four bytes, big-endian, then the message, then zeros up to a
//! length whose binary form has few significant digits. At most 12 % is added to long messages;
//! short ones are filled to [`MIN_PADDED_BYTES`]. Only one padding of a message is accepted.

use zeroize::Zeroizing;

/// What the shortest messages are filled to, bytes.
pub const MIN_PADDED_BYTES: usize = 256;

const HEAD_BYTES: usize = 4;

/// The bytes are not a padded message.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("padding is not in its one form")]
pub struct PaddingError;

/// The padded form of a message shorter than 4 GiB.
///
/// # Errors
///
/// [`PaddingError`] when the message is longer.
pub fn pad(message: &[u8]) -> Result<Zeroizing<Vec<u8>>, PaddingError> {
    let length = u32::try_from(message.len()).map_err(|_| PaddingError)?;
    let total = padded_length(message.len() + HEAD_BYTES);
    let mut padded = Zeroizing::new(Vec::with_capacity(total));
    padded.extend_from_slice(&length.to_be_bytes());
    padded.extend_from_slice(message);
    padded.resize(total, 0);
    Ok(padded)
}

/// The message inside.
///
/// # Errors
///
/// [`PaddingError`] when the length or a filler byte is not as [`pad`] writes it.
pub fn unpad(padded: &[u8]) -> Result<&[u8], PaddingError> {
    let (head, rest) = padded
        .split_first_chunk::<HEAD_BYTES>()
        .ok_or(PaddingError)?;
    let length = usize::try_from(u32::from_be_bytes(*head)).map_err(|_| PaddingError)?;
    let (message, filler) = rest.split_at_checked(length).ok_or(PaddingError)?;
    let exact = padded.len() == padded_length(length + HEAD_BYTES);
    if exact && filler.iter().all(|&byte| byte == 0) {
        Ok(message)
    } else {
        Err(PaddingError)
    }
}

/// The Padmé length of `bytes`: with E = ⌊log₂ L⌋ and S = ⌊log₂ E⌋ + 1, the last E − S bits are 0.
fn padded_length(bytes: usize) -> usize {
    let bytes = bytes.max(MIN_PADDED_BYTES);
    let exponent = bytes.ilog2();
    let significant = exponent.ilog2() + 1;
    let mask = (1 << (exponent - significant)) - 1;
    (bytes + mask) & !mask
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lengths_are_those_of_the_padme_formula() {
        // Worked by hand from the formula: E, S, then the rounding to 2^(E−S).
        for (length, padded) in [
            (0, 256),
            (256, 256),
            (257, 272),
            (1_000, 1_024),
            (1_025, 1_088),
            (1_000_001, 1_015_808),
        ] {
            assert_eq!(padded_length(length), padded, "of {length}");
        }
    }

    #[test]
    fn filler_that_is_not_zero_is_refused() {
        let mut padded = pad(b"message").expect("it is short");
        *padded.last_mut().expect("it is never empty") = 1;
        assert_eq!(unpad(&padded), Err(PaddingError));
    }

    #[test]
    fn a_length_beyond_the_bytes_or_another_total_is_refused() {
        assert_eq!(unpad(&[0xff; 256]), Err(PaddingError));
        assert_eq!(unpad(&[0; 255]), Err(PaddingError));
        assert_eq!(unpad(&[0; 272]), Err(PaddingError));
        assert_eq!(unpad(&[]), Err(PaddingError));
    }

    proptest! {
        #[test]
        fn a_message_survives_and_grows_by_an_eighth_at_most(message in proptest::collection::vec(any::<u8>(), 0..5_000)) {
            let padded = pad(&message).expect("it is short");
            prop_assert_eq!(unpad(&padded), Ok(message.as_slice()));
            let least = (message.len() + HEAD_BYTES).max(MIN_PADDED_BYTES);
            prop_assert!(padded.len() * 8 <= least * 9);
        }
    }
}
