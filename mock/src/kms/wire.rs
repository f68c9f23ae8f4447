//! The JSON of KMS: what callers send. Unknown members are ignored, as by the real service.
//!
//! Everything is optional here; an operation says what it needs, so that a missing member has its
//! own name in the error. Blobs are base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer};
use vouchsafe_common::key_policy::json::{Members, Object};
use zeroize::Zeroizing;

use super::error::{Invalid, KmsError};
use super::store::EncryptionContext;

/// Longest encryption context, bytes of names and values together.
const MAX_CONTEXT_BYTES: usize = 8192;

/// Bytes that JSON carries as base64; wiped when dropped, for some are plaintext.
#[derive(Debug)]
pub(super) struct Blob(pub(super) Zeroizing<Vec<u8>>);

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        let bytes = STANDARD
            .decode(text.as_bytes())
            .map_err(|_| serde::de::Error::custom("not base64"))?;
        Ok(Self(Zeroizing::new(bytes)))
    }
}

impl Blob {
    /// The bytes, when there are between 1 and `most` of them.
    pub(super) fn within(&self, most: usize, member: &'static str) -> Result<&[u8], KmsError> {
        if self.0.is_empty() || self.0.len() > most {
            return Err(KmsError::Validation(Invalid::Length(member)));
        }
        Ok(&self.0)
    }
}

/// The union of all operations' members; each operation reads its own.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Input {
    pub(super) ciphertext_blob: Option<Blob>,
    pub(super) plaintext: Option<Blob>,
    pub(super) key_id: Option<String>,
    pub(super) key_spec: Option<String>,
    pub(super) key_usage: Option<String>,
    pub(super) customer_master_key_spec: Option<String>,
    pub(super) origin: Option<String>,
    pub(super) multi_region: Option<bool>,
    pub(super) description: Option<String>,
    pub(super) number_of_bytes: Option<i64>,
    pub(super) encryption_context: Option<Members<String>>,
    pub(super) encryption_algorithm: Option<String>,
    pub(super) recipient: Option<Object<RecipientInput>>,
    pub(super) policy: Option<String>,
    pub(super) policy_name: Option<String>,
    pub(super) bypass_policy_lockout_safety_check: Option<bool>,
    pub(super) limit: Option<i64>,
    pub(super) marker: Option<String>,
    pub(super) grant_tokens: Option<Vec<String>>,
    pub(super) dry_run: Option<bool>,
    pub(super) pending_window_in_days: Option<u64>,
    pub(super) custom_key_store_id: Option<String>,
}

/// Whom the plaintext is for.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct RecipientInput {
    pub(super) key_encryption_algorithm: Option<String>,
    pub(super) attestation_document: Option<Blob>,
}

impl Input {
    /// Reads a request body; an empty one counts as `{}`.
    pub(super) fn parse(body: &[u8]) -> Result<Self, KmsError> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        let read: Result<Object<Self>, _> = serde_json::from_slice(body);
        read.map(|Object(input)| input)
            .map_err(|_| KmsError::Serialization)
    }

    /// The encryption context, empty when none was sent.
    pub(super) fn context(&mut self) -> Result<EncryptionContext, KmsError> {
        let members = self.encryption_context.take().unwrap_or_default();
        let context: EncryptionContext = members.0.into_iter().collect();
        let bytes: usize = context
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        if bytes > MAX_CONTEXT_BYTES || context.keys().any(String::is_empty) {
            return Err(KmsError::Validation(Invalid::Length("encryptionContext")));
        }
        Ok(context)
    }
}

/// The member, or the error that names it.
pub(super) fn required<T>(member: Option<T>, name: &'static str) -> Result<T, KmsError> {
    member.ok_or(KmsError::Validation(Invalid::Missing(name)))
}

/// Accepts an absent member or the one value that is allowed.
pub(super) fn only(
    member: Option<&String>,
    value: &str,
    name: &'static str,
) -> Result<(), KmsError> {
    match member {
        Some(other) if other != value => Err(KmsError::Validation(Invalid::Choice(name))),
        _ => Ok(()),
    }
}

/// A number of bytes between 1 and 1,024.
pub(super) fn byte_count(number: i64) -> Result<usize, KmsError> {
    usize::try_from(number)
        .ok()
        .filter(|bytes| (1..=1024).contains(bytes))
        .ok_or(KmsError::Validation(Invalid::Length("numberOfBytes")))
}

/// Bytes as JSON carries them.
pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}
