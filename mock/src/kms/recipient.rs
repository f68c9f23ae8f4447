//! The `Recipient` of a request: an attestation document, verified, and the key it vouches for.
//!
//! Verified against this installation's own root, with the verifier that clients use. As with the
//! real KMS a document is good for as long as its leaf certificate: a replayed one succeeds, and
//! one of an enclave in debug mode verifies, its zero registers being what it says. Whether that is
//! enough is for the key policy to decide.

use std::collections::BTreeMap;
use std::time::SystemTime;

use vouchsafe_common::attestation::{Expected, Pcr, RootFingerprint, inspect};
use vouchsafe_common::key_policy::Context;

use super::cms::RecipientKey;
use super::error::{Invalid, KmsError};
use super::unix_millis;

/// Longest document that KMS reads, bytes.
const MAX_DOCUMENT_BYTES: usize = 262_144;

/// An attested enclave that an answer can be sealed to.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// The key in the document.
    pub key: RecipientKey,
    pcrs: BTreeMap<u8, Pcr>,
}

impl Recipient {
    /// Verifies an attestation document at `now`.
    ///
    /// # Errors
    ///
    /// `ValidationException`, for a document that does not verify and for one without an RSA-2048
    /// key.
    pub fn verify(
        document: &[u8],
        root: &RootFingerprint,
        now: SystemTime,
    ) -> Result<Self, KmsError> {
        if document.is_empty() || document.len() > MAX_DOCUMENT_BYTES {
            return Err(KmsError::Validation(Invalid::Length(
                "recipient.attestationDocument",
            )));
        }
        let inspection = inspect(document, root, unix_millis(now), &Expected::default(), true)
            .map_err(|_| KmsError::Validation(Invalid::Attestation))?;
        let spki = inspection.document.public_key.unwrap_or_default();
        let key =
            RecipientKey::parse(&spki).map_err(|_| KmsError::Validation(Invalid::AttestedKey))?;
        Ok(Self {
            key,
            pcrs: inspection.document.pcrs,
        })
    }

    /// Adds the registers to what policies see.
    pub fn describe(&self, context: &mut Context) {
        for (index, pcr) in &self.pcrs {
            context.insert_register(*index, pcr.to_string());
        }
    }
}
