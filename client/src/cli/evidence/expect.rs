//! The file of `--expect`: what a document must hold. A missing member is not compared, null says
//! that the document must hold nothing, and an unknown member is an error rather than ignored.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Deserializer};
use vouchsafe_common::attestation::{AttestationError, Compare, Document, Expected, Pcr};

use crate::cli::{Failure, files};

/// A member that may be missing, null or there.
type Member<T> = Option<Option<T>>;

/// The members of the file.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExpectFile {
    #[serde(default)]
    pcrs: BTreeMap<u8, Option<Pcr>>,
    #[serde(default, deserialize_with = "member")]
    nonce: Member<Hex>,
    #[serde(default, deserialize_with = "member")]
    user_data: Member<Hex>,
    #[serde(default, deserialize_with = "member")]
    rsa_public_key: Member<bool>,
    max_age_ms: Option<u64>,
    skew_ms: Option<u64>,
    /// A digest has the form of a register: SHA-384 in hex.
    bundle_digest: Option<Pcr>,
}

/// Bytes in hex.
struct Hex(Vec<u8>);

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        hex::decode(text)
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

/// Tells null from a member that is missing, which serde alone does not.
fn member<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Member<T>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}

impl ExpectFile {
    /// Reads the file.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let content = files::read(path, files::MAX_SMALL_FILE_BYTES)?;
        serde_json::from_slice(&content)
            .ok()
            .filter(Self::is_consistent)
            .ok_or_else(|| Failure::Expectations {
                path: path.to_owned(),
            })
    }

    /// A bundle digest says what PCR17 is; a file that says both could say two things.
    fn is_consistent(&self) -> bool {
        self.bundle_digest.is_none() || !self.pcrs.contains_key(&17)
    }

    /// What the verifier compares.
    pub(super) fn expected(&self) -> Expected {
        let mut pcrs: BTreeMap<u8, Pcr> = self
            .pcrs
            .iter()
            .filter_map(|(index, pcr)| Some((*index, (*pcr)?)))
            .collect();
        if let Some(digest) = &self.bundle_digest {
            pcrs.insert(17, Pcr::ZERO.extend(&digest.0));
        }
        Expected {
            pcrs,
            nonce: compare(self.nonce.as_ref()),
            user_data: compare(self.user_data.as_ref()),
            max_age_ms: self.max_age_ms,
            skew_ms: self.skew_ms,
            rsa_public_key: self.rsa_public_key == Some(Some(true)),
        }
    }

    /// Refuses what is there although the file says null: a register, or a public key.
    pub(super) fn check_absent(&self, document: &Document) -> Result<(), AttestationError> {
        let is_unwanted = |(index, pcr): (&u8, &Option<Pcr>)| {
            (pcr.is_none() && document.pcrs.contains_key(index)).then_some(*index)
        };
        if let Some(index) = self.pcrs.iter().find_map(is_unwanted) {
            return Err(AttestationError::PcrMismatch { index });
        }
        if self.rsa_public_key == Some(None) && document.public_key.is_some() {
            return Err(AttestationError::PublicKeyPresent);
        }
        Ok(())
    }

    /// The names of what is compared.
    pub(super) fn compared(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .pcrs
            .keys()
            .map(|index| format!("pcr{index}"))
            .collect();
        let others = [
            (self.bundle_digest.is_some(), "bundle_digest"),
            (self.nonce.is_some(), "nonce"),
            (self.user_data.is_some(), "user_data"),
            (self.max_age_ms.is_some(), "max_age_ms"),
            (self.skew_ms.is_some(), "skew_ms"),
            (
                !matches!(self.rsa_public_key, None | Some(Some(false))),
                "rsa_public_key",
            ),
        ];
        names.extend(
            others
                .iter()
                .filter(|other| other.0)
                .map(|other| other.1.to_owned()),
        );
        names
    }
}

fn compare(member: Option<&Option<Hex>>) -> Compare<Vec<u8>> {
    match member {
        None => Compare::Ignore,
        Some(None) => Compare::Absent,
        Some(Some(Hex(bytes))) => Compare::Equal(bytes.clone()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    fn file(json: &str) -> Result<ExpectFile, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn a_missing_member_is_not_compared_and_null_means_nothing_may_be_there() {
        let empty = file("{}").unwrap();
        assert_eq!(empty.expected(), Expected::default());
        assert!(empty.compared().is_empty());
        let nothing = file(r#"{"nonce":null,"user_data":"0aFF","rsa_public_key":false}"#).unwrap();
        assert_eq!(nothing.expected().nonce, Compare::Absent);
        assert_eq!(
            nothing.expected().user_data,
            Compare::Equal(vec![0x0a, 0xff])
        );
        assert!(!nothing.expected().rsa_public_key);
        assert_eq!(nothing.compared(), ["nonce", "user_data"]);
    }

    #[test]
    fn a_bundle_digest_is_compared_as_pcr17() {
        let digest = "ab".repeat(48);
        let expected = file(&format!(r#"{{"bundle_digest":"{digest}"}}"#))
            .unwrap()
            .expected();
        assert_eq!(expected.pcrs[&17], Pcr::ZERO.extend(&[0xab; 48]));
    }

    #[test]
    fn a_bundle_digest_beside_a_pcr17_is_refused() {
        let digest = "ab".repeat(48);
        let both = format!(r#"{{"bundle_digest":"{digest}","pcrs":{{"17":"{digest}"}}}}"#);
        assert!(!file(&both).unwrap().is_consistent());
        let one = format!(r#"{{"bundle_digest":"{digest}","pcrs":{{"16":"{digest}"}}}}"#);
        assert!(file(&one).unwrap().is_consistent());
    }

    #[test]
    fn an_unknown_member_or_a_value_that_is_not_hex_is_an_error() {
        for json in [
            r#"{"noncee":"00"}"#,
            r#"{"nonce":"0"}"#,
            r#"{"pcrs":{"0":"00"}}"#,
            "[]",
            "",
        ] {
            assert!(file(json).is_err(), "{json}");
        }
    }

    #[test]
    fn what_the_file_says_is_null_must_not_be_there() {
        let document = Document {
            module_id: String::new(),
            timestamp: vouchsafe_common::UnixMillis(1),
            pcrs: BTreeMap::from([(16, Pcr::ZERO)]),
            public_key: Some(vec![1]),
            user_data: None,
            nonce: None,
            leaf_not_before: vouchsafe_common::UnixMillis(0),
            leaf_not_after: vouchsafe_common::UnixMillis(2),
        };
        let check = |json| file(json).unwrap().check_absent(&document);
        assert_eq!(check(r#"{"pcrs":{"17":null}}"#), Ok(()));
        let mismatch = AttestationError::PcrMismatch { index: 16 };
        assert_eq!(check(r#"{"pcrs":{"16":null}}"#), Err(mismatch));
        let present = AttestationError::PublicKeyPresent;
        assert_eq!(check(r#"{"rsa_public_key":null}"#), Err(present));
    }
}
