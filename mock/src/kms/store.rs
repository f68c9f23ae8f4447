//! The keys of the KMS: in memory, and in a file so that they outlive the process.
//!
//! A ciphertext blob names its key and is sealed by AES-256-GCM with the encryption context as
//! associated data. The format is our own and means nothing to anyone else:
//! `"VMK1" ‖ key id (16) ‖ nonce (12) ‖ ciphertext ‖ tag (16)`.
//!
//! Trusts its file, which holds key material in clear and is readable by the owner only: a
//! stand-in for hardware, for made-up data. Authorisation is not here: [`super::operations`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use vouchsafe_common::Secret;
use vouchsafe_common::key_policy::Policy;
use zeroize::{Zeroize, Zeroizing};

use crate::files::{self, FileError};

/// First bytes of every blob: what it is, and the version of the form.
const MAGIC: &[u8; 4] = b"VMK1";
/// Bytes before the ciphertext.
const HEAD_BYTES: usize = MAGIC.len() + 16 + NONCE_LEN;

/// Pairs that a ciphertext is bound to; sorted, so that order does not matter.
pub type EncryptionContext = BTreeMap<String, String>;

/// Identifier of a key, printed as a UUID.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct KeyId([u8; 16]);

impl KeyId {
    fn random() -> Self {
        let mut bytes = random::<16>();
        // RFC 9562 §5.4: version 4, variant 10.
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        Self(bytes)
    }

    /// Reads the text form, lower case with dashes; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 16] = hex::decode(text.replace('-', "")).ok()?.try_into().ok()?;
        let id = Self(bytes);
        (id.to_string() == text).then_some(id)
    }
}

impl std::fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = hex::encode(self.0);
        // RFC 9562 §4: groups of 8, 4, 4, 4 and 12 digits.
        let (groups, last) = (&text[..20], &text[20..]);
        let (first, middle) = groups.split_at(8);
        let (second, third, fourth) = (&middle[..4], &middle[4..8], &middle[8..]);
        write!(formatter, "{first}-{second}-{third}-{fourth}-{last}")
    }
}

/// Whether a key can be used. Only an enabled one encrypts and decrypts.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum KeyState {
    /// In use.
    Enabled,
    /// Switched off; may be switched on again.
    Disabled,
    /// To be destroyed; may be taken back until then, and is disabled afterwards.
    PendingDeletion {
        /// Milliseconds since 1970.
        at_ms: u64,
    },
}

/// A symmetric key and what KMS knows about it.
#[derive(Debug)]
pub struct Key {
    /// Identifier within its account.
    pub id: KeyId,
    /// Account that owns the key.
    pub account: String,
    /// Free text given at creation.
    pub description: String,
    /// Milliseconds since 1970.
    pub created_at_ms: u64,
    /// Whether it can be used.
    pub state: KeyState,
    /// The policy as it was put.
    pub policy_text: String,
    /// The policy as it is evaluated.
    pub policy: Arc<Policy>,
    material: Secret<[u8; 32]>,
}

impl Key {
    /// A fresh key under a policy that was already parsed.
    pub fn create(account: &str, description: &str, now_ms: u64, policy: (String, Policy)) -> Self {
        Self {
            id: KeyId::random(),
            account: account.to_owned(),
            description: description.to_owned(),
            created_at_ms: now_ms,
            state: KeyState::Enabled,
            policy_text: policy.0,
            policy: Arc::new(policy.1),
            material: Secret::new(random()),
        }
    }

    /// The key's ARN in `region`.
    pub fn arn(&self, region: &str) -> String {
        format!("arn:aws:kms:{region}:{}:key/{}", self.account, self.id)
    }

    /// Names the key material without telling anything of it: 64 hex digits, as KMS answers.
    pub fn material_id(&self) -> String {
        hex::encode(vouchsafe_common::digest::sha256(&[
            b"vouchsafe mock key material",
            self.material.expose_secret(),
        ]))
    }

    /// Seals `plaintext` to a blob bound to `context`.
    ///
    /// # Errors
    ///
    /// [`BlobError`] when the cryptographic library fails.
    pub fn seal(
        &self,
        plaintext: &[u8],
        context: &EncryptionContext,
    ) -> Result<Vec<u8>, BlobError> {
        let head = [MAGIC.as_slice(), &self.id.0].concat();
        let aad = associated_data(&head, context);
        let mut sealed = plaintext.to_vec();
        let nonce = self
            .cipher()?
            .seal_in_place_append_tag(Aad::from(&aad), &mut sealed)
            .map_err(|_| BlobError)?;
        Ok([&head, nonce.as_ref().as_slice(), &sealed].concat())
    }

    /// Opens a blob of this key.
    ///
    /// # Errors
    ///
    /// [`BlobError`] for another key's blob, altered bytes or another context; which, is not told.
    pub fn open(
        &self,
        blob: &[u8],
        context: &EncryptionContext,
    ) -> Result<Zeroizing<Vec<u8>>, BlobError> {
        if blob_key(blob) != Some(self.id) {
            return Err(BlobError);
        }
        let (head, rest) = blob.split_at(HEAD_BYTES - NONCE_LEN);
        let (nonce, sealed) = rest.split_at(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| BlobError)?;
        let aad = associated_data(head, context);
        let mut plaintext = Zeroizing::new(sealed.to_vec());
        let length = self
            .cipher()?
            .open_in_place(nonce, Aad::from(&aad), &mut plaintext)
            .map_err(|_| BlobError)?
            .len();
        plaintext.truncate(length);
        Ok(plaintext)
    }

    fn cipher(&self) -> Result<RandomizedNonceKey, BlobError> {
        RandomizedNonceKey::new(&AES_256_GCM, self.material.expose_secret()).map_err(|_| BlobError)
    }
}

/// A blob that does not open.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the ciphertext does not open")]
pub struct BlobError;

/// The key a blob names; `None` when the bytes are not a blob.
pub fn blob_key(blob: &[u8]) -> Option<KeyId> {
    if blob.len() < HEAD_BYTES {
        return None;
    }
    let id = blob.strip_prefix(MAGIC)?.first_chunk::<16>()?;
    Some(KeyId(*id))
}

/// Each part with its length in front, so that no two contexts share their bytes.
fn associated_data(head: &[u8], context: &EncryptionContext) -> Vec<u8> {
    let mut out = head.to_vec();
    for part in context.iter().flat_map(|(name, value)| [name, value]) {
        out.extend_from_slice(&(part.len() as u64).to_be_bytes());
        out.extend_from_slice(part.as_bytes());
    }
    out
}

pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system's entropy source does not fail");
    bytes
}

/// Why the key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is not one of this version.
    #[error("the key file is damaged")]
    Damaged,
}

/// Every key, by id.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    keys: BTreeMap<KeyId, Key>,
}

impl Store {
    /// Reads the keys at `path`; a missing file is an empty store.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the file is there and cannot be read.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let mut keys = BTreeMap::new();
        if path.exists() {
            let bytes = Zeroizing::new(files::read(path)?);
            let file: File = serde_json::from_slice(&bytes).map_err(|_| StoreError::Damaged)?;
            for record in file.keys {
                let key = record.into_key().ok_or(StoreError::Damaged)?;
                keys.insert(key.id, key);
            }
        }
        Ok(Self {
            path: path.to_owned(),
            keys,
        })
    }

    /// The key of this id.
    pub fn key(&self, id: KeyId) -> Option<&Key> {
        self.keys.get(&id)
    }

    /// Keys of an account, in the order of their ids.
    pub fn of_account<'a>(&'a self, account: &'a str) -> impl Iterator<Item = &'a Key> {
        self.keys.values().filter(move |key| key.account == account)
    }

    /// Adds a key.
    ///
    /// # Errors
    ///
    /// [`StoreError::File`] when it cannot be written down; the key is then not added.
    pub fn add(&mut self, key: Key) -> Result<(), StoreError> {
        let id = key.id;
        self.keys.insert(id, key);
        self.save().inspect_err(|_| {
            self.keys.remove(&id);
        })
    }

    /// Changes a key and writes the store down.
    ///
    /// # Errors
    ///
    /// [`StoreError::File`] when the change cannot be written down.
    pub fn change(&mut self, id: KeyId, change: impl FnOnce(&mut Key)) -> Result<(), StoreError> {
        if let Some(key) = self.keys.get_mut(&id) {
            change(key);
        }
        self.save()
    }

    fn save(&self) -> Result<(), StoreError> {
        let file = File {
            keys: self.keys.values().map(Record::from_key).collect(),
        };
        let json = serde_json::to_vec_pretty(&file).map_err(|_| StoreError::Damaged)?;
        Ok(files::write_private(&self.path, &Zeroizing::new(json))?)
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct File {
    keys: Vec<Record>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Record {
    id: String,
    account: String,
    description: String,
    created_at_ms: u64,
    state: KeyState,
    policy: String,
    material: String,
}

impl Record {
    fn from_key(key: &Key) -> Self {
        Self {
            id: key.id.to_string(),
            account: key.account.clone(),
            description: key.description.clone(),
            created_at_ms: key.created_at_ms,
            state: key.state,
            policy: key.policy_text.clone(),
            material: STANDARD.encode(key.material.expose_secret()),
        }
    }

    fn into_key(mut self) -> Option<Key> {
        let material = STANDARD
            .decode(&self.material)
            .ok()
            .and_then(|m| m.try_into().ok());
        self.material.zeroize();
        Some(Key {
            id: KeyId::parse(&self.id)?,
            policy: Arc::new(Policy::parse(&self.policy).ok()?),
            account: std::mem::take(&mut self.account),
            description: std::mem::take(&mut self.description),
            created_at_ms: self.created_at_ms,
            state: self.state,
            policy_text: std::mem::take(&mut self.policy),
            material: Secret::new(material?),
        })
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        self.material.zeroize();
    }
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
