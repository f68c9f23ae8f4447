//! The keys of one enclave, as they travel beside its evidence.
//!
//! The digest of the encoded configuration is the `user_data` of the evidence, so whoever has
//! verified the document can trust the keys in it, the protocol version and the policy bundle. A
//! document for KMS carries another constant and a public key, so neither passes for the other.
//!
//! Next: [`crate::attestation`] binds the two; `crate::hpke` seals to the key.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;

use crate::{
    UnixMillis,
    cbor::{self, Bounds, CborError},
    digest::{Sha384Digest, sha256, sha384},
    limits::MAX_KEY_CONFIGURATION_BYTES,
};

/// The protocol that this code speaks.
pub const PROTOCOL_VERSION: u8 = 1;
/// X-Wing, X25519 with ML-KEM-768 (IANA HPKE KEM registry).
pub const KEM_X_WING: u16 = 0x647a;
/// HKDF-SHA256 (RFC 9180 §7.2).
pub const KDF_HKDF_SHA256: u16 = 0x0001;
/// AES-256-GCM (RFC 9180 §7.3).
pub const AEAD_AES_256_GCM: u16 = 0x0002;
/// Bytes of an X-Wing public key.
pub const HPKE_PUBLIC_KEY_BYTES: usize = 1216;

/// Names one enclave's HPKE key; visible on each sealed request so that a parent can route it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(#[serde(with = "serde_bytes")] pub [u8; 16]);

impl KeyId {
    /// The first 16 bytes of SHA-256("vouchsafe/key-id/v1" ‖ public key).
    pub fn of_public_key(public_key: &[u8]) -> Self {
        let digest = sha256(&[b"vouchsafe/key-id/v1", public_key]);
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        Self(id)
    }
}

impl std::fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

/// What an enclave says of its keys. Canonical CBOR; see docs/PROTOCOL.md.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyConfiguration {
    /// [`PROTOCOL_VERSION`].
    pub version: u8,
    /// Drawn at boot; a restart has another.
    #[serde(with = "serde_bytes")]
    pub boot_id: [u8; 16],
    /// [`KEM_X_WING`].
    pub kem: u16,
    /// [`KDF_HKDF_SHA256`].
    pub kdf: u16,
    /// [`AEAD_AES_256_GCM`].
    pub aead: u16,
    /// The key that requests are sealed to, 1216 bytes.
    pub hpke_public_key: ByteArray<HPKE_PUBLIC_KEY_BYTES>,
    /// [`KeyId::of_public_key`] of it.
    pub key_id: KeyId,
    /// Ed25519 public key (RFC 8032), reserved for audit records and receipts. In this version nothing
    /// is signed with it.
    #[serde(with = "serde_bytes")]
    pub audit_key: [u8; 32],
    /// SHA-384 of the policy bundle exactly as the enclave received it.
    #[serde(with = "serde_bytes")]
    pub bundle_digest: Sha384Digest,
    /// Callers attest again after this time.
    pub not_after: UnixMillis,
}

/// Why bytes are not a usable key configuration.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum KeyConfigurationError {
    /// Not canonical CBOR of the expected fields.
    #[error("key configuration: {0}")]
    Encoding(#[from] CborError),
    /// Another protocol version.
    #[error("key configuration has version {0}, this code speaks {PROTOCOL_VERSION}")]
    Version(u8),
    /// Another suite than the only one there is.
    #[error("key configuration names another HPKE suite")]
    Suite,
    /// The key id is not that of the key.
    #[error("key id does not belong to the key")]
    KeyId,
}

impl KeyConfigurationError {
    /// The stable name for logs, metrics and answers.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Encoding(_) => "key_configuration_encoding",
            Self::Version(_) => "key_configuration_version",
            Self::Suite => "key_configuration_suite",
            Self::KeyId => "key_configuration_key_id",
        }
    }
}

impl KeyConfiguration {
    /// The canonical bytes, the input of [`evidence_user_data`].
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(self).expect("a struct of integers and byte strings always encodes")
    }

    /// Reads the canonical bytes and checks version, suite and key id.
    ///
    /// # Errors
    ///
    /// [`KeyConfigurationError`] for the first of these that fails.
    pub fn decode(bytes: &[u8]) -> Result<Self, KeyConfigurationError> {
        let this: Self = cbor::decode(bytes, Bounds::new(MAX_KEY_CONFIGURATION_BYTES, 32))?;
        if this.version != PROTOCOL_VERSION {
            return Err(KeyConfigurationError::Version(this.version));
        }
        if (this.kem, this.kdf, this.aead) != (KEM_X_WING, KDF_HKDF_SHA256, AEAD_AES_256_GCM) {
            return Err(KeyConfigurationError::Suite);
        }
        if this.key_id != KeyId::of_public_key(&*this.hpke_public_key) {
            return Err(KeyConfigurationError::KeyId);
        }
        Ok(this)
    }

    /// The digest that HPKE `info` and the caller's proof carry: that of the encoded form.
    pub fn digest(&self) -> Sha384Digest {
        evidence_user_data(&self.encode())
    }

    /// A valid whole for tests; they change the one thing they are about.
    #[doc(hidden)]
    pub fn for_test() -> Self {
        let public_key = [7; HPKE_PUBLIC_KEY_BYTES];
        Self {
            version: PROTOCOL_VERSION,
            boot_id: [1; 16],
            kem: KEM_X_WING,
            kdf: KDF_HKDF_SHA256,
            aead: AEAD_AES_256_GCM,
            hpke_public_key: ByteArray::new(public_key),
            key_id: KeyId::of_public_key(&public_key),
            audit_key: [2; 32],
            bundle_digest: [3; 48],
            not_after: UnixMillis(4_000_000_000_000),
        }
    }
}

/// `user_data` of evidence for callers: SHA-384("vouchsafe/evidence/v1" ‖ encoded configuration).
pub fn evidence_user_data(encoded: &[u8]) -> Sha384Digest {
    sha384(&[b"vouchsafe/evidence/v1", encoded])
}

/// `user_data` of documents for KMS: SHA-384("vouchsafe/kms/v1").
pub fn kms_user_data() -> Sha384Digest {
    sha384(&[b"vouchsafe/kms/v1"])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_configuration_decodes_to_what_was_encoded() {
        let configuration = KeyConfiguration::for_test();
        assert_eq!(
            KeyConfiguration::decode(&configuration.encode()),
            Ok(configuration)
        );
    }

    #[test]
    fn a_configuration_cut_at_any_length_is_refused() {
        let bytes = KeyConfiguration::for_test().encode();
        for length in 0..bytes.len() {
            assert_eq!(
                KeyConfiguration::decode(&bytes[..length]),
                Err(KeyConfigurationError::Encoding(CborError::Truncated)),
                "cut at {length}"
            );
        }
    }

    #[test]
    fn another_version_suite_or_key_id_is_refused() {
        let refused = |change: fn(&mut KeyConfiguration)| {
            let mut configuration = KeyConfiguration::for_test();
            change(&mut configuration);
            KeyConfiguration::decode(&configuration.encode()).expect_err("it was changed")
        };
        assert_eq!(
            refused(|c| c.version = 2),
            KeyConfigurationError::Version(2)
        );
        assert_eq!(refused(|c| c.kem = 0x0020), KeyConfigurationError::Suite);
        assert_eq!(refused(|c| c.kdf = 2), KeyConfigurationError::Suite);
        assert_eq!(refused(|c| c.aead = 1), KeyConfigurationError::Suite);
        assert_eq!(
            refused(|c| c.key_id = KeyId([0; 16])),
            KeyConfigurationError::KeyId
        );
    }

    #[test]
    fn evidence_for_callers_and_for_kms_never_share_user_data() {
        assert_ne!(evidence_user_data(&[]), kms_user_data());
    }

    proptest! {
        #[test]
        fn an_altered_configuration_is_refused_or_another_in_its_one_form(
            place: proptest::sample::Index,
            byte: u8,
        ) {
            let mut bytes = KeyConfiguration::for_test().encode();
            let place = place.index(bytes.len());
            bytes[place] = byte;
            if let Ok(other) = KeyConfiguration::decode(&bytes) {
                prop_assert_eq!(other.encode(), bytes);
            }
        }
    }
}
