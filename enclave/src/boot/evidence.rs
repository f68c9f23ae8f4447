//! The enclave judges its own evidence as a stranger would, before anybody else can ask for it.
//!
//! The evidence is what a caller would get, over a nonce of our own, and goes through the verifier
//! that callers use, under the root that they pin. So a module whose documents nobody accepts ends
//! the boot by the name of the check, and not every call. A fail-safe, not a control: an enclave that
//! lies would not run it.

#[cfg(feature = "mock")]
use vouchsafe_common::attestation::{RootFingerprint, verify_mock};
use vouchsafe_common::{
    UnixMillis,
    attestation::{AttestationError, Challenge, Expectations, IssuerCache, verify},
    envelope::{AnswerBody, Evidence},
};

use super::BootError;
use crate::{nsm::EnclaveClock, server::Server};

/// Under which root an enclave's evidence must stand.
#[derive(Clone, Copy, Debug)]
pub enum EvidenceRoot {
    /// AWS's, which is compiled in.
    Aws,
    /// That of a mock installation.
    #[cfg(feature = "mock")]
    Mock(RootFingerprint),
}

/// Asks the server for its evidence and verifies it.
///
/// # Errors
///
/// [`BootError::NoEvidence`], or [`BootError::OwnEvidence`] with what a caller would refuse it for.
pub(super) async fn verify_own(
    server: &Server,
    clock: &EnclaveClock,
    expectations: &Expectations,
    root: EvidenceRoot,
) -> Result<(), BootError> {
    let challenge = Challenge::draw(clock.now()?);
    let AnswerBody::Evidence(evidence) = server.evidence(*challenge.nonce()).await else {
        return Err(BootError::NoEvidence);
    };
    let now = clock.now()?;
    root.judge(&evidence, expectations, challenge, now)
        .map_err(BootError::OwnEvidence)
}

impl EvidenceRoot {
    fn judge(
        self,
        evidence: &Evidence,
        expectations: &Expectations,
        challenge: Challenge,
        now: UnixMillis,
    ) -> Result<(), AttestationError> {
        let issuers = &mut IssuerCache::default();
        match self {
            Self::Aws => verify(evidence, expectations, challenge, now, issuers).map(drop),
            #[cfg(feature = "mock")]
            Self::Mock(root) => {
                verify_mock(evidence, expectations, challenge, now, issuers, &root).map(drop)
            }
        }
    }
}
