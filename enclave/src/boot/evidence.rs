//! The enclave judges its own evidence as a stranger would, before anybody else can ask for it.
//!
//! First the module: a document of it that says nothing must be signed under the root that callers
//! pin, or an emulator or a broken module ends the boot before anything is done for the parent. At
//! the end the evidence itself: what a caller would get, over a nonce of our own, goes through the
//! verifier that callers use. A refusal bears the name of the check that a caller would fail at. A
//! fail-safe, not a control: an enclave that lies would not run it.

#[cfg(feature = "mock")]
use vouchsafe_common::attestation::verify_mock;
use vouchsafe_common::{
    UnixMillis,
    attestation::{
        AttestationError, Challenge, Expectations, IssuerCache, Pinned, RootFingerprint,
        authenticate, verify,
    },
    digest::sha384,
    envelope::{AnswerBody, Evidence},
};

use super::BootError;
use crate::{
    nsm::{AttestationRequest, EnclaveClock, NsmHandle, timestamp},
    server::Server,
};

/// Says what a document made only to be judged is for; no verifier accepts it.
const MODULE_USER_DATA: &[u8] = b"vouchsafe/module/v1";

/// Under which root an enclave's evidence must stand.
#[derive(Clone, Copy, Debug)]
pub enum EvidenceRoot {
    /// AWS's, which is compiled in.
    Aws,
    /// That of a mock installation.
    #[cfg(feature = "mock")]
    Mock(RootFingerprint),
}

/// Judges whether a document of the module that says nothing is signed under the root, at the time that
/// it names itself, there being no other yet; and returns that time. The issuers that were found right
/// are kept for the evidence.
///
/// # Errors
///
/// [`BootError::Nsm`], or [`BootError::OwnEvidence`] with what a caller would refuse it for.
pub(super) async fn check_module(
    nsm: &NsmHandle,
    root: EvidenceRoot,
    issuers: &mut IssuerCache,
) -> Result<UnixMillis, BootError> {
    let request = AttestationRequest {
        user_data: Some(sha384(&[MODULE_USER_DATA]).to_vec()),
        ..AttestationRequest::default()
    };
    let document = nsm.attest(request).await?;
    // What names no time is no document, and refused for it.
    let at = timestamp(&document).unwrap_or(UnixMillis(0));
    authenticate(&document, &root.fingerprint(), at, issuers)
        .map(|_| at)
        .map_err(BootError::OwnEvidence)
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
    issuers: &mut IssuerCache,
) -> Result<(), BootError> {
    let challenge = Challenge::draw(clock.now()?);
    let AnswerBody::Evidence(evidence) = server.evidence(*challenge.nonce()).await else {
        return Err(BootError::NoEvidence);
    };
    let now = clock.now()?;
    root.judge(
        &evidence,
        &expectations.clone().into(),
        challenge,
        now,
        issuers,
    )
    .map_err(BootError::OwnEvidence)
}

impl EvidenceRoot {
    const fn fingerprint(self) -> RootFingerprint {
        match self {
            Self::Aws => RootFingerprint::AWS_NITRO_G1,
            #[cfg(feature = "mock")]
            Self::Mock(root) => root,
        }
    }

    fn judge(
        self,
        evidence: &Evidence,
        pinned: &Pinned,
        challenge: Challenge,
        now: UnixMillis,
        issuers: &mut IssuerCache,
    ) -> Result<(), AttestationError> {
        match self {
            Self::Aws => verify(evidence, pinned, challenge, now, issuers).map(drop),
            #[cfg(feature = "mock")]
            Self::Mock(root) => {
                verify_mock(evidence, pinned, challenge, now, issuers, &root).map(drop)
            }
        }
    }
}
