//! `CiphertextForRecipient`: a CMS `EnvelopedData` (RFC 5652 §6) of the exact shape that AWS emits.
//!
//! The real service writes BER with indefinite lengths where a Java library streams, and splits
//! content above 1,000 bytes into several OCTET STRINGs; readers that only know DER fail on it, so
//! the stand-in must write the same. Recipient by SHA-256 of the public key, RSAES-OAEP with
//! SHA-256, AES-256-CBC with PKCS#7 padding. The form has no integrity of its own.
//!
//! Holds plaintext only while it encrypts; the content key is wiped on return. Opens nothing.

use aws_lc_rs::cipher::{
    AES_256, AES_256_KEY_LEN, DecryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use vouchsafe_common::digest::sha256;
use zeroize::Zeroizing;

use crate::asn1::{
    INTEGER, NULL, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, SET, element, indefinite,
};

/// 1.2.840.113549.1.7.3, RFC 5652 §6.1.
const ENVELOPED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x03];
/// 1.2.840.113549.1.7.1, RFC 5652 §4.
const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
/// 1.2.840.113549.1.1.7, RFC 8017 §A.2.1.
const RSAES_OAEP: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x07];
/// 1.2.840.113549.1.1.8, RFC 8017 §B.2.1.
const MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08];
/// 2.16.840.1.101.3.4.2.1, RFC 5754 §2.2.
const SHA_256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
/// 2.16.840.1.101.3.4.1.42, RFC 3565 §4.1.
const AES_256_CBC: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a];
/// Explicit context tag 0, constructed.
const CONTEXT_0: u8 = 0xa0;
/// Explicit context tag 1, constructed.
const CONTEXT_1: u8 = 0xa1;
/// Implicit context tag 0 over an OCTET STRING: the recipient's key identifier.
const KEY_IDENTIFIER: u8 = 0x80;
/// Longest OCTET STRING the real service writes within the content.
const SEGMENT_BYTES: usize = 1000;
/// The one key size that recipients may have.
const RECIPIENT_KEY_BITS: usize = 2048;

/// A recipient's key that KMS can seal to: RSA of 2,048 bits.
#[derive(Clone, Debug)]
pub struct RecipientKey {
    spki: Vec<u8>,
    key: PublicEncryptingKey,
}

/// Why no envelope was made.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CmsError {
    /// Not the `SubjectPublicKeyInfo` of an RSA key of 2,048 bits.
    #[error("the recipient's key is not an RSA key of {RECIPIENT_KEY_BITS} bits")]
    RecipientKey,
    /// The cryptographic library failed.
    #[error("sealing to the recipient failed")]
    Sealing,
}

impl RecipientKey {
    /// Reads a DER `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    ///
    /// [`CmsError::RecipientKey`] for anything but RSA-2048.
    pub fn parse(spki: &[u8]) -> Result<Self, CmsError> {
        let key = PublicEncryptingKey::from_der(spki).map_err(|_| CmsError::RecipientKey)?;
        if key.key_size_bits() != RECIPIENT_KEY_BITS {
            return Err(CmsError::RecipientKey);
        }
        Ok(Self {
            spki: spki.to_vec(),
            key,
        })
    }

    /// Seals `plaintext` in a fresh envelope.
    ///
    /// # Errors
    ///
    /// [`CmsError::Sealing`] when the cryptographic library fails.
    pub fn seal(&self, plaintext: &[u8]) -> Result<Vec<u8>, CmsError> {
        let mut content_key = Zeroizing::new([0_u8; AES_256_KEY_LEN]);
        aws_lc_rs::rand::fill(content_key.as_mut()).map_err(|_| CmsError::Sealing)?;

        let cipher_key =
            UnboundCipherKey::new(&AES_256, content_key.as_ref()).map_err(|_| CmsError::Sealing)?;
        let cipher =
            PaddedBlockEncryptingKey::cbc_pkcs7(cipher_key).map_err(|_| CmsError::Sealing)?;
        let mut content = plaintext.to_vec();
        let context = cipher
            .encrypt(&mut content)
            .map_err(|_| CmsError::Sealing)?;
        let DecryptionContext::Iv128(iv) = context else {
            return Err(CmsError::Sealing);
        };

        let wrapping =
            OaepPublicEncryptingKey::new(self.key.clone()).map_err(|_| CmsError::Sealing)?;
        let mut wrapped = vec![0_u8; wrapping.ciphertext_size()];
        let wrapped = wrapping
            .encrypt(
                &OAEP_SHA256_MGF1SHA256,
                content_key.as_ref(),
                &mut wrapped,
                None,
            )
            .map_err(|_| CmsError::Sealing)?;

        let iv: &[u8; 16] = iv.as_ref();
        Ok(envelope(&sha256(&[&self.spki]), wrapped, iv, &content))
    }
}

/// The envelope around what is already encrypted.
fn envelope(key_id: &[u8], wrapped: &[u8], iv: &[u8], content: &[u8]) -> Vec<u8> {
    let sha_256 = element(SEQUENCE, &[&element(OBJECT_IDENTIFIER, &[SHA_256]), NULL]);
    let mgf1 = element(SEQUENCE, &[&element(OBJECT_IDENTIFIER, &[MGF1]), &sha_256]);
    let oaep = element(
        SEQUENCE,
        &[
            &element(OBJECT_IDENTIFIER, &[RSAES_OAEP]),
            &element(
                SEQUENCE,
                &[
                    &element(CONTEXT_0, &[&sha_256]),
                    &element(CONTEXT_1, &[&mgf1]),
                ],
            ),
        ],
    );
    let version_2 = element(INTEGER, &[&[2]]);
    let recipient = element(
        SEQUENCE,
        &[
            &version_2,
            &element(KEY_IDENTIFIER, &[key_id]),
            &oaep,
            &element(OCTET_STRING, &[wrapped]),
        ],
    );
    let algorithm = element(
        SEQUENCE,
        &[
            &element(OBJECT_IDENTIFIER, &[AES_256_CBC]),
            &element(OCTET_STRING, &[iv]),
        ],
    );
    let segments: Vec<u8> = content
        .chunks(SEGMENT_BYTES)
        .flat_map(|segment| element(OCTET_STRING, &[segment]))
        .collect();
    let encrypted_content = indefinite(
        SEQUENCE,
        &[
            &element(OBJECT_IDENTIFIER, &[DATA]),
            &algorithm,
            &indefinite(CONTEXT_0, &[&segments]),
        ],
    );
    let enveloped_data = indefinite(
        SEQUENCE,
        &[&version_2, &element(SET, &[&recipient]), &encrypted_content],
    );
    indefinite(
        SEQUENCE,
        &[
            &element(OBJECT_IDENTIFIER, &[ENVELOPED_DATA]),
            &indefinite(CONTEXT_0, &[&enveloped_data]),
        ],
    )
}

#[cfg(test)]
#[path = "cms_tests.rs"]
mod tests;
