//! The RSA key to which KMS encrypts its replies.
//!
//! One key per boot, made here and never written, sent or shared: KMS learns its public half from
//! the attestation document, and a reply recorded today cannot be opened after the process ends.
//! RSA is done by aws-lc-rs, whose OAEP does not branch on the padding. Nothing here knows CMS:
//! that is [`crate::cms`].

use std::time::{Duration, Instant};

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::{
    KeySize, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey,
};
use subtle::Choice;
use vouchsafe_common::{Secret, digest};
use zeroize::Zeroize;

use crate::boot::Seeded;

/// Bytes of an RSA-2048 ciphertext.
pub const ENCRYPTED_KEY_BYTES: usize = 256;

/// Bytes of the AES-256 key inside.
pub const CONTENT_KEY_BYTES: usize = 32;

/// Why there is no recipient key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RecipientError {
    /// aws-lc-rs did not make a key: no entropy or no memory.
    #[error("the recipient key could not be generated")]
    Generation,
    /// The bytes are not an RSA-2048 private key in PKCS #8.
    #[error("the bytes are not an RSA-2048 key")]
    NotRsa2048,
}

impl RecipientError {
    /// The stable name of this error.
    pub fn code(self) -> &'static str {
        match self {
            Self::Generation => "recipient_key_generation",
            Self::NotRsa2048 => "recipient_key_invalid",
        }
    }
}

/// An RSA-2048 key pair whose private half stays in this process.
#[derive(Debug)]
pub struct RecipientKey {
    private: OaepPrivateDecryptingKey,
    public: Vec<u8>,
    id: [u8; 32],
}

impl RecipientKey {
    /// Makes a key on the thread that calls; it takes from 20 ms to a second, by luck.
    ///
    /// # Errors
    /// [`RecipientError::Generation`].
    pub fn generate(_: Seeded) -> Result<Self, RecipientError> {
        let key = PrivateDecryptingKey::generate(KeySize::Rsa2048)
            .map_err(|_| RecipientError::Generation)?;
        Self::new(key).ok_or(RecipientError::Generation)
    }

    /// Makes a key on a blocking thread, so that no async worker stands still meanwhile, and says how
    /// long that took.
    ///
    /// # Errors
    /// [`RecipientError::Generation`].
    pub async fn generate_in_background(
        seeded: Seeded,
    ) -> Result<(Self, Duration), RecipientError> {
        let generate = move || {
            let begin = Instant::now();
            Self::generate(seeded).map(|key| (key, begin.elapsed()))
        };
        tokio::task::spawn_blocking(generate)
            .await
            .unwrap_or(Err(RecipientError::Generation))
    }

    /// A known key, for vectors and benchmarks.
    ///
    /// # Errors
    /// [`RecipientError::NotRsa2048`].
    #[cfg(any(test, feature = "mock"))]
    pub fn from_pkcs8_for_test(pkcs8: &[u8]) -> Result<Self, RecipientError> {
        PrivateDecryptingKey::from_pkcs8(pkcs8)
            .ok()
            .filter(|key| key.key_size_bits() == 2048)
            .and_then(Self::new)
            .ok_or(RecipientError::NotRsa2048)
    }

    fn new(key: PrivateDecryptingKey) -> Option<Self> {
        let der: PublicKeyX509Der = key.public_key().as_der().ok()?;
        let public = der.as_ref().to_vec();
        Some(Self {
            id: digest::sha256(&[&public]),
            private: OaepPrivateDecryptingKey::new(key).ok()?,
            public,
        })
    }

    /// The public half as `SubjectPublicKeyInfo` DER (294 bytes), the `public_key` of an
    /// attestation document.
    pub fn public_key(&self) -> &[u8] {
        &self.public
    }

    /// SHA-256 of [`Self::public_key`]: the recipient identifier that KMS writes into its reply.
    pub fn id(&self) -> &[u8; 32] {
        &self.id
    }

    /// Opens a content key with RSAES-OAEP (SHA-256, no label; RFC 8017 §7.1.2).
    ///
    /// A ciphertext that does not open yields a random key and a false choice, so that the caller
    /// does the same work either way and tells nobody which step failed.
    pub(crate) fn open_content_key(
        &self,
        encrypted: &[u8; ENCRYPTED_KEY_BYTES],
    ) -> (Choice, Secret<[u8; CONTENT_KEY_BYTES]>) {
        let mut buffer = [0_u8; ENCRYPTED_KEY_BYTES];
        let mut key = [0_u8; CONTENT_KEY_BYTES];
        let mut opened = Choice::from(0);
        // Failing entropy leaves zeros: the choice stays false and nothing is opened with them.
        let _ = aws_lc_rs::rand::fill(&mut key);
        if let Ok(bytes) =
            self.private
                .decrypt(&OAEP_SHA256_MGF1SHA256, encrypted, &mut buffer, None)
            && let Ok(bytes) = <&[u8; CONTENT_KEY_BYTES]>::try_from(&*bytes)
        {
            key = *bytes;
            opened = Choice::from(1);
        }
        buffer.zeroize();
        let secret = Secret::new(key);
        key.zeroize();
        (opened, secret)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

    use super::*;

    #[test]
    fn a_key_is_2048_bits_and_named_by_the_digest_of_its_public_half() {
        let started = std::time::Instant::now();
        let key = RecipientKey::generate(Seeded::for_test()).unwrap();
        println!("RSA-2048 generation: {:?}", started.elapsed());
        assert_eq!(key.public_key().len(), 294);
        assert_eq!(*key.id(), digest::sha256(&[key.public_key()]));
    }

    #[test]
    fn each_boot_has_another_key() {
        let keys = [
            RecipientKey::generate(Seeded::for_test()).unwrap(),
            RecipientKey::generate(Seeded::for_test()).unwrap(),
        ];
        assert_ne!(keys[0].id(), keys[1].id());
    }

    #[test]
    fn a_ciphertext_that_does_not_open_yields_a_random_key_and_says_no() {
        let key = RecipientKey::generate(Seeded::for_test()).unwrap();
        let (first, one) = key.open_content_key(&[0x5a; ENCRYPTED_KEY_BYTES]);
        let (second, two) = key.open_content_key(&[0x5a; ENCRYPTED_KEY_BYTES]);
        assert_eq!((first.unwrap_u8(), second.unwrap_u8()), (0, 0));
        assert_ne!(one.expose_secret(), two.expose_secret());
    }

    #[test]
    fn other_bytes_are_no_key() {
        let refused = RecipientKey::from_pkcs8_for_test(b"no key").unwrap_err();
        assert_eq!(refused, RecipientError::NotRsa2048);
        assert_eq!(refused.code(), "recipient_key_invalid");
    }
}
