//! The one form of `EnvelopedData` that KMS writes, and nothing near it.
//!
//! `rasn` reads the BER (definite or indefinite, content in one piece or in segments); this module
//! compares what it read, field by field, with the profile. Holds no key and opens nothing. The
//! input is hostile until TLS has said otherwise, so `scan` goes first.

use rasn::types::{ObjectIdentifier, OctetString};
use rasn_cms::{
    AlgorithmIdentifier, CONTENT_DATA, CONTENT_ENVELOPED_DATA, ContentInfo, EncryptedContentInfo,
    EnvelopedData, KeyTransRecipientInfo, RecipientIdentifier, RecipientInfo,
};

use super::{CmsError, MAX_ENVELOPE_BYTES, scan};
use crate::recipient::ENCRYPTED_KEY_BYTES;

/// The block of AES.
pub(super) const BLOCK_BYTES: usize = 16;

/// The longest plaintext that KMS encrypts.
pub(super) const MAX_PLAINTEXT_BYTES: usize = 4096;

/// The longest plaintext with a whole block of padding.
const MAX_CONTENT_BYTES: usize = MAX_PLAINTEXT_BYTES + BLOCK_BYTES;

/// The version of `EnvelopedData` and of a recipient named by key identifier (RFC 5652 §6.1,
/// §6.2.1).
const VERSION: u8 = 2;

/// id-RSAES-OAEP (RFC 8017 §A.2).
const RSAES_OAEP: &[u32] = &[1, 2, 840, 113_549, 1, 1, 7];

/// id-aes256-CBC (RFC 3565 §4.1).
const AES_256_CBC: &[u32] = &[2, 16, 840, 1, 101, 3, 4, 1, 42];

/// RSAES-OAEP-params with SHA-256, MGF1 with SHA-256 and the default of no label, as DER. KMS
/// writes the NULLs, so their absence is another form (RFC 4055 §2.1 knows both).
const OAEP_SHA256: &[u8] = &[
    0x30, 0x2f, 0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
    0x01, 0x05, 0x00, 0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01,
    0x01, 0x08, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00,
];

/// What an envelope holds once its form is known to be right.
#[derive(Debug)]
pub(super) struct Envelope {
    /// Whom it is for: SHA-256 of a `SubjectPublicKeyInfo`.
    pub(super) recipient: [u8; 32],
    /// The content key under RSAES-OAEP.
    pub(super) encrypted_key: [u8; ENCRYPTED_KEY_BYTES],
    /// The initialisation vector of the content.
    pub(super) iv: [u8; BLOCK_BYTES],
    /// 1 to 257 blocks under AES-256-CBC.
    pub(super) ciphertext: Vec<u8>,
}

impl Envelope {
    /// Reads an envelope in the profile of KMS.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, CmsError> {
        if bytes.is_empty() || bytes.len() > MAX_ENVELOPE_BYTES {
            return Err(CmsError::Size { bytes: bytes.len() });
        }
        if !scan::is_one_value(bytes) {
            return Err(CmsError::Ber);
        }
        let data = enveloped_data(bytes)?;
        if data.version != VERSION.into() {
            return Err(CmsError::Version);
        }
        if data.originator_info.is_some() || data.unprotected_attrs.is_some() {
            return Err(CmsError::UnexpectedField);
        }
        let count = data.recipient_infos.len();
        let recipients = data.recipient_infos.to_vec();
        let [recipient] = recipients[..] else {
            return Err(CmsError::Recipients { count });
        };
        let (recipient, encrypted_key) = self::recipient(recipient)?;
        let (iv, ciphertext) = content(data.encrypted_content_info)?;
        Ok(Self {
            recipient,
            encrypted_key,
            iv,
            ciphertext,
        })
    }
}

fn enveloped_data(bytes: &[u8]) -> Result<EnvelopedData, CmsError> {
    let info: ContentInfo = rasn::ber::decode(bytes).map_err(|_| CmsError::NotEnvelopedData)?;
    if !is(&info.content_type, CONTENT_ENVELOPED_DATA) {
        return Err(CmsError::NotEnvelopedData);
    }
    let (data, rest) = rasn::ber::decode_with_remainder(info.content.as_bytes())
        .map_err(|_| CmsError::NotEnvelopedData)?;
    if rest.is_empty() {
        Ok(data)
    } else {
        Err(CmsError::NotEnvelopedData)
    }
}

fn recipient(info: &RecipientInfo) -> Result<([u8; 32], [u8; ENCRYPTED_KEY_BYTES]), CmsError> {
    let RecipientInfo::KeyTransRecipientInfo(KeyTransRecipientInfo {
        version,
        rid,
        key_encryption_algorithm,
        encrypted_key,
    }) = info
    else {
        return Err(CmsError::RecipientKind);
    };
    if *version != VERSION.into() {
        return Err(CmsError::Version);
    }
    let RecipientIdentifier::SubjectKeyIdentifier(identifier) = rid else {
        return Err(CmsError::RecipientKind);
    };
    // An identifier of another length names another key, whoever's it is.
    let id = <[u8; 32]>::try_from(&identifier[..]).map_err(|_| CmsError::ForeignRecipient)?;
    if parameters(key_encryption_algorithm, RSAES_OAEP) != Some(OAEP_SHA256) {
        return Err(CmsError::KeyAlgorithm);
    }
    let key = encrypted_key[..]
        .try_into()
        .map_err(|_| CmsError::KeyLength {
            bytes: encrypted_key.len(),
        })?;
    Ok((id, key))
}

fn content(info: EncryptedContentInfo) -> Result<([u8; BLOCK_BYTES], Vec<u8>), CmsError> {
    if !is(&info.content_type, CONTENT_DATA) {
        return Err(CmsError::ContentType);
    }
    let iv = parameters(&info.content_encryption_algorithm, AES_256_CBC)
        .and_then(|bytes| rasn::der::decode::<OctetString>(bytes).ok())
        .and_then(|iv| iv[..].try_into().ok())
        .ok_or(CmsError::ContentAlgorithm)?;
    let ciphertext = info.encrypted_content.ok_or(CmsError::NoContent)?;
    let bytes = ciphertext.len();
    if bytes == 0 || bytes > MAX_CONTENT_BYTES || !bytes.is_multiple_of(BLOCK_BYTES) {
        return Err(CmsError::ContentLength { bytes });
    }
    Ok((iv, ciphertext.to_vec()))
}

/// The encoded parameters of an algorithm, if it is the one named.
fn parameters<'a>(algorithm: &'a AlgorithmIdentifier, named: &[u32]) -> Option<&'a [u8]> {
    is(&algorithm.algorithm, named).then_some(())?;
    algorithm
        .parameters
        .as_ref()
        .map(rasn::types::Any::as_bytes)
}

fn is(identifier: &ObjectIdentifier, named: impl AsRef<[u32]>) -> bool {
    identifier.as_ref() == named.as_ref()
}
