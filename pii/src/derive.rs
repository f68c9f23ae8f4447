//! What outputs that hang under a root share: how their keys are derived, and how they are written.
//!
//! A root never serves by itself: each purpose, tenant, entity, context and version has a key of its
//! own, so that nothing made for one place can be compared with or opened in another. Who holds the
//! roots derives ([`expand`]); what it is told is fixed here ([`info`]).
//!
//! Next: [`crate::pseudonymize`], [`crate::tokenize`].

use std::sync::LazyLock;

use data_encoding::{Encoding, Specification};
use ring::{error::Unspecified, hkdf};

/// RFC 4648 base32 in small letters without padding: safe in URLs, file names and SQL identifiers.
/// Each byte string has one form; the decoder refuses any other.
pub(crate) static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification
        .symbols
        .push_str("abcdefghijklmnopqrstuvwxyz234567");
    specification
        .encoding()
        .expect("32 different symbols make an encoding")
});

/// The HKDF `info` of a key derived from a root: each part with its length in front, `vouchsafe`
/// first. Two different inputs never give the same bytes.
pub fn info(purpose: &str, tenant: &str, entity: &str, context: &str, version: u32) -> Vec<u8> {
    let version = version.to_be_bytes();
    let mut info = Vec::new();
    for part in [
        b"vouchsafe".as_slice(),
        purpose.as_bytes(),
        tenant.as_bytes(),
        entity.as_bytes(),
        context.as_bytes(),
        &version,
    ] {
        info.extend_from_slice(&(part.len() as u64).to_be_bytes());
        info.extend_from_slice(part);
    }
    info
}

/// Fills `key` with the key of this `info` under a root: HKDF (RFC 5869) with SHA-256, without salt,
/// since a root is uniformly random. docs/protocol/roots.md shows it.
///
/// # Errors
///
/// `key` is longer than 8,160 bytes, the limit of RFC 5869 §2.3.
pub fn expand(root: &[u8; 32], info: &[u8], key: &mut [u8]) -> Result<(), Unspecified> {
    hkdf::Salt::new(hkdf::HKDF_SHA256, &[])
        .extract(root)
        .expand(&[info], Length(key.len()))?
        .fill(key)
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_information_begins_with_the_name_of_the_project() {
        let bytes = info("p", "t", "e", "c", 1);
        assert_eq!(&bytes[..17], b"\0\0\0\0\0\0\0\x09vouchsafe");
        assert_eq!(&bytes[bytes.len() - 12..], b"\0\0\0\0\0\0\0\x04\0\0\0\x01");
    }

    #[test]
    fn moving_a_character_between_parts_changes_the_information() {
        assert_ne!(info("ab", "c", "", "", 1), info("a", "bc", "", "", 1));
        assert_ne!(info("", "", "ab", "", 1), info("", "", "", "ab", 1));
    }

    /// Reads the parts back, which is possible only if no two inputs share an encoding.
    fn parts(mut bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut parts = Vec::new();
        while let Some((length, rest)) = bytes.split_first_chunk::<8>() {
            let length = usize::try_from(u64::from_be_bytes(*length)).unwrap();
            let (part, rest) = rest.split_at(length);
            parts.push(part.to_vec());
            bytes = rest;
        }
        assert!(bytes.is_empty());
        parts
    }

    /// The examples of docs/protocol/roots.md, which others compute from the page.
    #[test]
    fn pseudonym_and_token_are_those_of_the_protocols_examples() {
        use crate::pseudonymize::{self, PseudonymizeParameters};
        use crate::tokenize;

        let vectors = include_str!("../../docs/protocol/vectors.json");
        let vectors: serde_json::Value = serde_json::from_str(vectors).unwrap();
        let vector = |name: &str| {
            data_encoding::HEXLOWER
                .decode(vectors[name].as_str().unwrap().as_bytes())
                .unwrap()
        };
        let text = |name: &str| String::from_utf8(vector(name)).unwrap();

        let key = vector("pseudonym_key").try_into().unwrap();
        let parameters = PseudonymizeParameters {
            entity: "US_SSN".to_owned(),
            context: "claims".to_owned(),
            ..serde_json::from_str(r#"{"entity": "US_SSN"}"#).unwrap()
        };
        let made = pseudonymize::pseudonymize(&key, 3, "078-05-1120", &parameters);
        assert_eq!(made, Ok(text("pseudonym")));

        let key = vector("token_key").try_into().unwrap();
        let place = tokenize::Place {
            tenant: "acme",
            entity: "US_SSN",
            context: "claims",
        };
        let made = tokenize::tokenize(&key, 3, &place, "078-05-1120");
        assert_eq!(made, Ok(text("token")));
    }

    proptest! {
        #[test]
        fn the_information_can_be_read_back(
            texts in proptest::collection::vec(".{0,12}", 4),
            version: u32,
        ) {
            let bytes = info(&texts[0], &texts[1], &texts[2], &texts[3], version);
            let mut expected = vec![b"vouchsafe".to_vec()];
            expected.extend(texts.iter().map(|text| text.as_bytes().to_vec()));
            expected.push(version.to_be_bytes().to_vec());
            prop_assert_eq!(parts(&bytes), expected);
        }
    }
}
