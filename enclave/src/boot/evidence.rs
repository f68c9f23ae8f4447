//! The enclave judges its own evidence as a stranger would, before anybody else can ask for it.
//!
//! The evidence is what a caller would get, over a nonce of our own, and goes through the verifier
//! that callers use, under the root that they pin. So a module whose documents nobody accepts ends
//! the boot by the name of the check, and not every call. A fail-safe, not a control: an enclave that
//! lies would not run it.

use ring::rand::{SecureRandom, SystemRandom};
#[cfg(feature = "mock")]
use vouchsafe_common::attestation::{RootFingerprint, verify_mock};
use vouchsafe_common::{
    UnixMillis,
    attestation::{AttestationError, Expectations, verify},
    envelope::{AnswerBody, Evidence},
};

use super::BootError;
use crate::server::Server;

/// Under which root an enclave's evidence must stand.
#[derive(Clone, Copy, Debug)]
pub enum EvidenceRoot {
    /// AWS's, which is compiled in.
    Aws,
    /// That of a mock installation.
    #[cfg(feature = "mock")]
    Mock(RootFingerprint),
}

/// Asks the server for its evidence and verifies it at the time `now`.
///
/// # Errors
///
/// [`BootError::NoEvidence`], or [`BootError::OwnEvidence`] with what a caller would refuse it for.
pub(super) async fn verify_own(
    server: &Server,
    expectations: &Expectations,
    root: EvidenceRoot,
    now: UnixMillis,
) -> Result<(), BootError> {
    let mut nonce = [0; 32];
    SystemRandom::new()
        .fill(&mut nonce)
        .map_err(|_| BootError::Randomness)?;
    let AnswerBody::Evidence(evidence) = server.evidence(nonce).await else {
        return Err(BootError::NoEvidence);
    };
    judge(&evidence, expectations, root, &nonce, now).map_err(BootError::OwnEvidence)
}

fn judge(
    evidence: &Evidence,
    expectations: &Expectations,
    root: EvidenceRoot,
    nonce: &[u8; 32],
    now: UnixMillis,
) -> Result<(), AttestationError> {
    match root {
        EvidenceRoot::Aws => verify(evidence, expectations, nonce, now).map(drop),
        #[cfg(feature = "mock")]
        EvidenceRoot::Mock(root) => {
            verify_mock(evidence, expectations, nonce, now, &root).map(drop)
        }
    }
}
