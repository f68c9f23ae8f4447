//! The reply of KMS that only this enclave can open: `CiphertextForRecipient`.
//!
//! A CMS `EnvelopedData` (RFC 5652 §6) in BER, read against the one profile that KMS writes and
//! then opened: RSAES-OAEP for the content key, AES-256-CBC for the content.
//!
//! Malleable on purpose of its makers: nothing in the envelope is authenticated. Whoever knows our
//! public key can make one, and one flipped byte of the IV flips that byte of the plaintext. A reply
//! is authentic only because it came over TLS that ends in this enclave (see [`crate::kms`]); bytes
//! from anywhere else must never come here. Next: `cms/envelope.rs` for the profile.

mod envelope;
mod scan;
#[cfg(test)]
mod tests;

use aws_lc_rs::cipher::{AES_256, DecryptingKey, DecryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use subtle::{Choice, ConstantTimeEq, ConstantTimeLess};
use vouchsafe_common::Secret;

use crate::recipient::RecipientKey;
use envelope::{BLOCK_BYTES, Envelope, MAX_PLAINTEXT_BYTES};

/// Bytes of an envelope: the upper bound of the API of KMS.
pub const MAX_ENVELOPE_BYTES: usize = 6144;

/// Why an envelope was not opened.
///
/// All but the last are facts about its form, which whoever sent it knows. Everything that depends
/// on a key is one variant.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CmsError {
    /// No bytes, or more than [`MAX_ENVELOPE_BYTES`].
    #[error("envelope of {bytes} bytes, limit is {MAX_ENVELOPE_BYTES}")]
    Size {
        /// Length received.
        bytes: usize,
    },
    /// Not one whole BER value, or too deep, or of too many parts.
    #[error("envelope is not one BER value")]
    Ber,
    /// Well-formed BER that is not a `ContentInfo` with an `EnvelopedData`.
    #[error("envelope is not EnvelopedData")]
    NotEnvelopedData,
    /// A version other than 2, of the envelope or of its recipient.
    #[error("envelope has another version")]
    Version,
    /// Originator information or unprotected attributes, which KMS never sends.
    #[error("envelope has fields beyond the profile")]
    UnexpectedField,
    /// Not exactly one recipient.
    #[error("envelope is for {count} recipients")]
    Recipients {
        /// How many it names.
        count: usize,
    },
    /// The recipient is not named by a key that was transported to it.
    #[error("envelope is not for a key-transport recipient named by key identifier")]
    RecipientKind,
    /// The envelope is for another key than ours.
    #[error("envelope is for another key")]
    ForeignRecipient,
    /// The key is not encrypted with RSAES-OAEP, SHA-256, MGF1 with SHA-256 and no label.
    #[error("content key is encrypted with another algorithm")]
    KeyAlgorithm,
    /// The encrypted key is not as long as the modulus of RSA-2048.
    #[error("encrypted key is {bytes} bytes")]
    KeyLength {
        /// Length received.
        bytes: usize,
    },
    /// The inner content type is not `id-data`.
    #[error("content is of another type")]
    ContentType,
    /// The content is not encrypted with AES-256-CBC under a 16-byte IV.
    #[error("content is encrypted with another algorithm")]
    ContentAlgorithm,
    /// There is no encrypted content.
    #[error("envelope has no content")]
    NoContent,
    /// The content is not 1 to 257 whole blocks.
    #[error("content is {bytes} bytes")]
    ContentLength {
        /// Length received.
        bytes: usize,
    },
    /// The envelope did not open. Which step failed is not told.
    #[error("envelope does not open")]
    Decrypt,
}

impl CmsError {
    /// The stable name of this error: `cms_invalid` for every fault of form.
    pub fn code(self) -> &'static str {
        match self {
            Self::Decrypt => "cms_decrypt",
            _ => "cms_invalid",
        }
    }
}

/// Opens an envelope that KMS made for `key`.
///
/// The plaintext is 0 to 4096 bytes, as KMS allows, and not authentic by itself: see the module.
///
/// # Errors
/// [`CmsError::Decrypt`] when the keys do not fit or the padding is wrong, after the same work in
/// either case; any other variant when the form is not the profile of KMS.
pub fn open(envelope: &[u8], key: &RecipientKey) -> Result<Secret<Vec<u8>>, CmsError> {
    let envelope = Envelope::decode(envelope)?;
    if envelope.recipient != *key.id() {
        return Err(CmsError::ForeignRecipient);
    }
    let (mut valid, content_key) = key.open_content_key(&envelope.encrypted_key);
    let content = decrypt_cbc(
        content_key.expose_secret(),
        envelope.iv,
        envelope.ciphertext,
    )?;
    let (padded_well, length) = unpad(content.expose_secret());
    valid &= padded_well;
    if !bool::from(valid) || length > MAX_PLAINTEXT_BYTES {
        return Err(CmsError::Decrypt);
    }
    Ok(truncated(content, length))
}

/// AES-256-CBC in place, the padding left on.
fn decrypt_cbc(
    key: &[u8; 32],
    iv: [u8; 16],
    mut content: Vec<u8>,
) -> Result<Secret<Vec<u8>>, CmsError> {
    let key = UnboundCipherKey::new(&AES_256, key)
        .and_then(DecryptingKey::cbc)
        .map_err(|_| CmsError::Decrypt)?;
    key.decrypt(
        &mut content,
        DecryptionContext::Iv128(FixedLength::from(iv)),
    )
    .map_err(|_| CmsError::Decrypt)?;
    Ok(Secret::new(content))
}

/// Checks PKCS #7 padding (RFC 5652 §6.3) without a branch or an index that depends on it.
///
/// `content` is at least one block. Returns whether the padding is right and the length before it,
/// which means something only if it is.
fn unpad(content: &[u8]) -> (Choice, usize) {
    let block = &content[content.len() - BLOCK_BYTES..];
    let padding = block[BLOCK_BYTES - 1];
    let mut valid = !padding.ct_eq(&0) & padding.ct_lt(&17);
    for (distance, byte) in (0_u8..).zip(block.iter().rev()) {
        valid &= !distance.ct_lt(&padding) | byte.ct_eq(&padding);
    }
    (valid, content.len().saturating_sub(usize::from(padding)))
}

/// The first `length` bytes; the longer buffer is wiped as it goes.
fn truncated(content: Secret<Vec<u8>>, length: usize) -> Secret<Vec<u8>> {
    let plaintext = content.expose_secret()[..length].to_vec();
    drop(content);
    Secret::new(plaintext)
}
