//! The one way to encode and decode our own CBOR messages (RFC 8949).
//!
//! Decoding is capped in size, scanned for structure before memory is taken, and ends with a check
//! that what was read encodes to the same bytes again. So each message has one form: shortest
//! heads, definite lengths, fields in declared order, nothing left over. Attestation documents are
//! AWS's and have their own reader, [`crate::attestation`].
//!
//! `serde_cbor` is no longer maintained (RUSTSEC-2021-0127). Its bytes are read and written here and
//! nowhere else; `message/parameters.rs` holds its value type, already decoded by this module.

mod scan;

use coset::CborSerializable;
use serde::{Serialize, de::DeserializeOwned};

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
    /// More items, in all containers together, than this message may have.
    #[error("message has too many items")]
    TooManyItems,
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
            Self::TooManyItems => "cbor_too_many_items",
            Self::Truncated => "cbor_truncated",
            Self::ForbiddenHead => "cbor_forbidden_head",
            Self::TrailingBytes => "cbor_trailing_bytes",
            Self::Shape => "cbor_shape",
            Self::NotCanonical => "cbor_not_canonical",
            Self::Unencodable => "cbor_unencodable",
        }
    }
}

/// How large a message may be. Both are checked before anything is decoded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bounds {
    /// Bytes of the whole message.
    pub bytes: usize,
    /// Items in all containers together: an item of one byte can take hundreds in memory.
    pub items: usize,
}

impl Bounds {
    /// Bounds of so many bytes and items.
    pub const fn new(bytes: usize, items: usize) -> Self {
        Self { bytes, items }
    }

    /// Refuses what is larger, or is not exactly one item of the profile.
    pub(crate) fn scan(self, bytes: &[u8]) -> Result<(), CborError> {
        if bytes.len() > self.bytes {
            return Err(CborError::TooLong {
                bytes: bytes.len(),
                limit: self.bytes,
            });
        }
        scan::one_item(bytes, self.items)
    }
}

/// Items in a COSE structure of ours: headers and one recipient.
const MAX_COSE_ITEMS: usize = 48;

/// Encodes a message in its one form.
///
/// # Errors
///
/// [`CborError::Unencodable`] for a value that CBOR cannot carry; our message types have none.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, CborError> {
    #[expect(clippy::disallowed_methods, reason = "this is the one way")]
    serde_cbor::to_vec(message).map_err(|_| CborError::Unencodable)
}

/// Decodes a message within `bounds` that fills `bytes` exactly.
///
/// # Errors
///
/// [`CborError`] names what is wrong with the structure, never what the message says.
pub fn decode<T: DeserializeOwned + Serialize>(
    bytes: &[u8],
    bounds: Bounds,
) -> Result<T, CborError> {
    bounds.scan(bytes)?;
    #[expect(clippy::disallowed_methods, reason = "this is the one way")]
    let message: T = serde_cbor::from_slice(bytes).map_err(|_| CborError::Shape)?;
    let mut again = Expected { rest: bytes };
    match serde_cbor::to_writer(&mut again, &message) {
        Ok(()) if again.rest.is_empty() => Ok(message),
        Err(error) if !error.is_io() => Err(CborError::Unencodable),
        Ok(()) | Err(_) => Err(CborError::NotCanonical),
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
    Bounds::new(max_bytes, MAX_COSE_ITEMS).scan(bytes)?;
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

/// Takes what is written only while it is what was expected. So a message is compared with its
/// encoding without a copy of it, which could be long and hold plaintext.
struct Expected<'a> {
    rest: &'a [u8],
}

impl std::io::Write for Expected<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let rest = self.rest.strip_prefix(bytes);
        self.rest = rest.ok_or(std::io::ErrorKind::InvalidData)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The byte string that an array of `items` items begins with, when `bytes` is exactly one such array
/// and well-formed throughout. Nothing behind it is read, so a large structure costs no more than a
/// small one; whoever acts on the rest decodes it whole.
///
/// # Errors
///
/// [`CborError`], as [`decode`]; [`CborError::Shape`] for anything else than such an array.
pub(crate) fn leading_bytes(
    bytes: &[u8],
    items: u64,
    max_bytes: usize,
) -> Result<&[u8], CborError> {
    Bounds::new(max_bytes, MAX_COSE_ITEMS).scan(bytes)?;
    scan::leading_bytes(bytes, items).ok_or(CborError::Shape)
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
        decode(bytes, Bounds::new(1024, 99))
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
            decode::<u64>(&[0; 9], Bounds::new(8, 99)),
            Err(CborError::TooLong { bytes: 9, limit: 8 })
        );
    }

    #[test]
    fn a_head_longer_than_needed_is_not_canonical() {
        assert_eq!(
            decode::<u64>(&[0x18, 0x05], Bounds::new(8, 99)),
            Err(CborError::NotCanonical)
        );
        assert_eq!(decode::<u64>(&[0x05], Bounds::new(8, 99)), Ok(5));
    }

    #[test]
    fn fields_in_another_order_are_not_canonical() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Pair {
            a: u8,
            b: u8,
        }
        let swapped = [0xa2, 0x61, b'b', 0x02, 0x61, b'a', 0x01];
        assert_eq!(
            decode::<Pair>(&swapped, Bounds::new(64, 99)),
            Err(CborError::NotCanonical)
        );
    }

    #[test]
    fn a_message_that_encodes_shorter_or_not_at_all_is_refused() {
        #[derive(Debug, PartialEq, Deserialize)]
        struct Forgetful(u64);
        impl Serialize for Forgetful {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self.0 {
                    0 => Err(serde::ser::Error::custom("no form")),
                    other => serializer.serialize_u64(other & 0xff),
                }
            }
        }
        let decoded = |bytes| decode::<Forgetful>(bytes, Bounds::new(8, 99));
        assert_eq!(decoded(&[0x18, 0x20]), Ok(Forgetful(0x20)));
        assert_eq!(decoded(&[0x19, 0x18, 0x20]), Err(CborError::NotCanonical));
        assert_eq!(decoded(&[0]), Err(CborError::Unencodable));
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
    fn the_leading_bytes_of_an_array_are_read_and_nothing_else_is_taken_for_them() {
        let leading = |bytes| leading_bytes(bytes, 2, 8);
        assert_eq!(leading(&[0x82, 0x42, 7, 9, 0xf6]), Ok(&[7, 9][..]));
        assert_eq!(leading(&[0x82, 0x40, 0xf6]), Ok(&[][..]));
        for bytes in [
            &[0x81, 0x40][..],
            &[0x83, 0x40, 0, 0],
            &[0x82, 0x60, 0xf6],
            &[0x82, 0, 0x40],
            &[0xa1, 0x40, 0],
            &[0x40],
            &[0],
        ] {
            assert_eq!(leading(bytes), Err(CborError::Shape), "{bytes:02x?}");
        }
        let whole = [0x82, 0x42, 7, 9, 0xf6];
        for length in 0..whole.len() {
            assert_eq!(leading(&whole[..length]), Err(CborError::Truncated));
        }
        assert_eq!(
            leading(&[0x82, 0x40, 0xf6, 0]),
            Err(CborError::TrailingBytes)
        );
        assert_eq!(
            leading(&[0; 9]),
            Err(CborError::TooLong { bytes: 9, limit: 8 })
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
            let _outcome = decode::<Sample>(&bytes, Bounds::new(1024, 99));
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
