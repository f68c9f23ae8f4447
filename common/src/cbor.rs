//! The one way to encode and decode our own CBOR messages (RFC 8949).
//!
//! Decoding is capped in size, scanned for structure before memory is taken, and ends with a check
//! that what was read encodes to the same bytes again. So each message has one form: shortest
//! heads, definite lengths, fields in declared order, nothing left over. Attestation documents are
//! AWS's and have their own reader, [`crate::attestation`].
//!
//! `serde_cbor` is no longer maintained (RUSTSEC-2021-0127); this module is all that touches it.

mod scan;

use coset::CborSerializable;
use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

/// Why bytes are not one of our messages.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CborError {
    /// More bytes than this message may have.
    #[error("message of {bytes} bytes is over the limit of {limit}")]
    TooLong {
        /// Length received.
        bytes: usize,
        /// The bound.
        limit: usize,
    },
    /// Nested deeper than [`crate::limits::MAX_CBOR_DEPTH`].
    #[error("message is nested too deeply")]
    TooDeep,
    /// The bytes end inside an item.
    #[error("message is cut short")]
    Truncated,
    /// A head that CBOR or our profile does not have: reserved, indefinite or a tag.
    #[error("message holds a head that the profile excludes")]
    ForbiddenHead,
    /// Bytes follow the message.
    #[error("bytes follow the message")]
    TrailingBytes,
    /// Well-formed, but not this message: a field is missing, unknown or of another type.
    #[error("message does not have the expected fields")]
    Shape,
    /// Read as this message, yet not in the one form it has.
    #[error("message is not in canonical form")]
    NotCanonical,
    /// A value that has no CBOR form.
    #[error("value cannot be encoded")]
    Unencodable,
}

impl CborError {
    /// The stable name for logs, metrics and answers.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "cbor_too_long",
            Self::TooDeep => "cbor_too_deep",
            Self::Truncated => "cbor_truncated",
            Self::ForbiddenHead => "cbor_forbidden_head",
            Self::TrailingBytes => "cbor_trailing_bytes",
            Self::Shape => "cbor_shape",
            Self::NotCanonical => "cbor_not_canonical",
            Self::Unencodable => "cbor_unencodable",
        }
    }
}

/// Encodes a message in its one form.
///
/// # Errors
///
/// [`CborError::Unencodable`] for a value that CBOR cannot carry; our message types have none.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, CborError> {
    #[expect(clippy::disallowed_methods, reason = "this is the one way")]
    serde_cbor::to_vec(message).map_err(|_| CborError::Unencodable)
}

/// Decodes a message of at most `max_bytes` bytes that fills `bytes` exactly.
///
/// # Errors
///
/// [`CborError`] names what is wrong with the structure, never what the message says.
pub fn decode<T: DeserializeOwned + Serialize>(
    bytes: &[u8],
    max_bytes: usize,
) -> Result<T, CborError> {
    if bytes.len() > max_bytes {
        return Err(CborError::TooLong {
            bytes: bytes.len(),
            limit: max_bytes,
        });
    }
    scan::one_item(bytes)?;
    #[expect(clippy::disallowed_methods, reason = "this is the one way")]
    let message: T = serde_cbor::from_slice(bytes).map_err(|_| CborError::Shape)?;
    // The copy may hold plaintext, so it is wiped whatever the comparison says.
    let again = Zeroizing::new(encode(&message)?);
    if *again == bytes {
        Ok(message)
    } else {
        Err(CborError::NotCanonical)
    }
}

/// Decodes one of our COSE structures (RFC 9052) under the same rules; `coset` reads it.
///
/// # Errors
///
/// [`CborError`], as [`decode`].
pub(crate) fn decode_cose<T: CborSerializable + Clone>(
    bytes: &[u8],
    max_bytes: usize,
) -> Result<T, CborError> {
    if bytes.len() > max_bytes {
        return Err(CborError::TooLong {
            bytes: bytes.len(),
            limit: max_bytes,
        });
    }
    scan::one_item(bytes)?;
    let message = T::from_slice(bytes).map_err(|_| CborError::Shape)?;
    let again = message
        .clone()
        .to_vec()
        .map_err(|_| CborError::Unencodable)?;
    if again == bytes {
        Ok(message)
    } else {
        Err(CborError::NotCanonical)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        name: String,
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
        count: Option<u64>,
        list: Vec<bool>,
    }

    fn sample() -> Sample {
        Sample {
            name: "röntgen".into(),
            bytes: vec![0, 1, 255],
            count: Some(1 << 40),
            list: vec![true, false],
        }
    }

    fn decoded(bytes: &[u8]) -> Result<Sample, CborError> {
        decode(bytes, 1024)
    }

    #[test]
    fn a_message_decodes_to_what_was_encoded() {
        let bytes = encode(&sample()).expect("a plain struct encodes");
        assert_eq!(decoded(&bytes), Ok(sample()));
    }

    #[test]
    fn a_message_cut_at_any_length_is_refused_as_truncated() {
        let bytes = encode(&sample()).expect("a plain struct encodes");
        for length in 0..bytes.len() {
            assert_eq!(
                decoded(&bytes[..length]),
                Err(CborError::Truncated),
                "cut at {length}"
            );
        }
    }

    #[test]
    fn a_byte_behind_the_message_is_refused() {
        let mut bytes = encode(&sample()).expect("a plain struct encodes");
        bytes.push(0xf6);
        assert_eq!(decoded(&bytes), Err(CborError::TrailingBytes));
    }

    #[test]
    fn a_message_over_the_limit_is_refused_unread() {
        assert_eq!(
            decode::<u64>(&[0; 9], 8),
            Err(CborError::TooLong { bytes: 9, limit: 8 })
        );
    }

    #[test]
    fn a_head_longer_than_needed_is_not_canonical() {
        assert_eq!(
            decode::<u64>(&[0x18, 0x05], 8),
            Err(CborError::NotCanonical)
        );
        assert_eq!(decode::<u64>(&[0x05], 8), Ok(5));
    }

    #[test]
    fn fields_in_another_order_are_not_canonical() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Pair {
            a: u8,
            b: u8,
        }
        let swapped = [0xa2, 0x61, b'b', 0x02, 0x61, b'a', 0x01];
        assert_eq!(decode::<Pair>(&swapped, 64), Err(CborError::NotCanonical));
    }

    #[test]
    fn an_unknown_missing_or_mistyped_field_is_a_wrong_shape() {
        for bytes in [&[0xa1, 0x61, b'x', 0x01][..], &[0xa0], &[0x01]] {
            assert_eq!(decoded(bytes), Err(CborError::Shape));
        }
    }

    #[test]
    fn a_length_that_lies_is_refused_without_taking_memory() {
        assert_eq!(
            decoded(&[0x5b, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff]),
            Err(CborError::Truncated)
        );
        assert_eq!(
            decoded(&[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            Err(CborError::Truncated)
        );
        assert_eq!(
            decoded(&[0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            Err(CborError::Truncated)
        );
    }

    #[test]
    fn a_cose_structure_has_one_form_too() {
        let bytes = coset::CoseEncrypt0::default()
            .to_vec()
            .expect("an empty structure encodes");
        let decoded = |bytes: &[u8]| decode_cose::<coset::CoseEncrypt0>(bytes, 64);
        assert!(decoded(&bytes).is_ok());
        assert_eq!(bytes.last(), Some(&0xf6), "null stands for no ciphertext");
        let undefined = [&bytes[..bytes.len() - 1], &[0xf7]].concat();
        assert_eq!(decoded(&undefined), Err(CborError::NotCanonical));
        assert_eq!(
            decoded(&[&bytes[..], &[0]].concat()),
            Err(CborError::TrailingBytes)
        );
        assert_eq!(decoded(&[0xa0]), Err(CborError::Shape));
        assert_eq!(
            decoded(&[0; 65]),
            Err(CborError::TooLong {
                bytes: 65,
                limit: 64
            })
        );
    }

    #[test]
    fn a_value_without_a_cbor_form_is_unencodable() {
        struct Unsized;
        impl Serialize for Unsized {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(serde::ser::Error::custom("no form"))
            }
        }
        assert_eq!(encode(&Unsized), Err(CborError::Unencodable));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
            let _outcome = decode::<Sample>(&bytes, 1024);
        }

        #[test]
        fn whatever_decodes_encodes_to_the_same_bytes(
            name in ".{0,20}", bytes in proptest::collection::vec(any::<u8>(), 0..40),
            count in any::<Option<u64>>(), list in proptest::collection::vec(any::<bool>(), 0..9),
        ) {
            let sample = Sample { name, bytes, count, list };
            let encoded = encode(&sample).expect("a plain struct encodes");
            prop_assert_eq!(decoded(&encoded), Ok(sample));
        }
    }
}
