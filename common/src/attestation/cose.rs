//! The `COSE_Sign1` around a document (RFC 9052 §4.2), in the one form that the NSM emits: tag 18
//! or none, protected header exactly {1: -35}, unprotected header empty, 96-byte signature.
//!
//! Reading and checking the signature are two steps, because the key that checks it comes from the
//! certificate inside the payload. Until [`Signed::check`] returns, nothing in the payload counts.
//! Next: [`super::document`].

use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED, UnparsedPublicKey};
use coset::{CborSerializable, CoseSign1};

use super::prescan::{Lengths, prescan};
use super::{AttestationError, MAX_PAYLOAD_BYTES};
use crate::limits::MAX_DOCUMENT_BYTES;

/// Head of CBOR tag 18, which a document may carry.
const TAG_COSE_SIGN1: u8 = 0xd2;
/// {1: -35}: alg is ES384 (RFC 9053 §2.1).
const PROTECTED_ES384: [u8; 4] = [0xa1, 0x01, 0x38, 0x22];
/// r ‖ s, 48 bytes each.
const SIGNATURE_BYTES: usize = 96;

/// A `COSE_Sign1` of the right form whose signature was not checked yet.
pub(super) struct Signed {
    cose: CoseSign1,
}

impl Signed {
    /// Reads the structure and refuses every other form.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, AttestationError> {
        if bytes.is_empty() || bytes.len() > MAX_DOCUMENT_BYTES {
            return Err(AttestationError::DocumentSize { bytes: bytes.len() });
        }
        let untagged = bytes.strip_prefix(&[TAG_COSE_SIGN1]).unwrap_or(bytes);
        prescan(untagged, Lengths::Definite)?;
        let cose = CoseSign1::from_slice(untagged).map_err(|_| AttestationError::CoseStructure)?;
        if cose.protected.original_data.as_deref() != Some(&PROTECTED_ES384[..]) {
            return Err(AttestationError::CoseProtectedHeader);
        }
        if !cose.unprotected.is_empty() {
            return Err(AttestationError::CoseUnprotectedHeader);
        }
        let bytes = cose
            .payload
            .as_deref()
            .ok_or(AttestationError::CoseStructure)?
            .len();
        if bytes == 0 || bytes > MAX_PAYLOAD_BYTES {
            return Err(AttestationError::PayloadSize { bytes });
        }
        if cose.signature.len() != SIGNATURE_BYTES {
            return Err(AttestationError::SignatureLength {
                bytes: cose.signature.len(),
            });
        }
        Ok(Self { cose })
    }

    /// The payload, which nobody vouches for until [`Self::check`] has returned.
    pub(super) fn unverified_payload(&self) -> &[u8] {
        self.cose.payload.as_deref().unwrap_or_default()
    }

    /// Checks the signature under an uncompressed P-384 point.
    pub(super) fn check(&self, point: &[u8]) -> Result<(), AttestationError> {
        let key = UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point);
        self.cose
            .verify_signature(b"", |signature, signed| key.verify(signed, signature))
            .map_err(|_| AttestationError::DocumentSignature)
    }
}
