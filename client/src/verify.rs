//! Evidence, pinned releases and the time in; an enclave to seal to, or the reason why not, out.
//!
//! [`AwsRoot`] is the root of production and takes no settings. A mock root is another type, in
//! builds with the feature `mock` only, and what it yields is not a `TrustedEnclave`; so code that
//! asks for a [`Client`](crate::Client) without naming a root never gets one that trusts a mock.
//!
//! The checks themselves are [`vouchsafe_common::attestation`]'s. Next: `session`.

use vouchsafe_common::UnixMillis;
use vouchsafe_common::attestation::{
    self, AttestationError, Challenge, IssuerCache, Pinned, Trusted,
};
use vouchsafe_common::envelope::Evidence;

/// A root that evidence can go back to.
pub trait Root: Send + Sync + 'static {
    /// Marks enclaves that this root vouches for.
    type Mark: Send + Sync + 'static;

    /// Verifies evidence of an enclave that is one of the releases in `pinned`, for the challenge
    /// that this client drew, at its own clock. `issuers` is the client's own and remembers for the
    /// next time whose signatures were checked.
    ///
    /// # Errors
    ///
    /// [`AttestationError`], by the first check that fails.
    fn verify(
        &self,
        evidence: &Evidence,
        pinned: &Pinned,
        challenge: Challenge,
        now: UnixMillis,
        issuers: &mut IssuerCache,
    ) -> Result<Trusted<Self::Mark>, AttestationError>;
}

/// AWS Nitro Enclaves Root-G1, compiled in.
#[derive(Clone, Copy, Debug)]
pub struct AwsRoot;

impl Root for AwsRoot {
    type Mark = attestation::Aws;

    fn verify(
        &self,
        evidence: &Evidence,
        pinned: &Pinned,
        challenge: Challenge,
        now: UnixMillis,
        issuers: &mut IssuerCache,
    ) -> Result<Trusted<Self::Mark>, AttestationError> {
        attestation::verify(evidence, pinned, challenge, now, issuers)
    }
}

/// The root of a mock installation on this machine. Proves nothing about hardware.
#[cfg(feature = "mock")]
#[derive(Clone, Copy, Debug)]
pub struct MockRoot(attestation::RootFingerprint);

#[cfg(feature = "mock")]
impl MockRoot {
    /// Trusts a mock's root certificate, DER, and says so on stderr.
    pub fn of_der(der: &[u8]) -> Self {
        static WARNING: std::sync::Once = std::sync::Once::new();
        WARNING.call_once(|| {
            eprintln!("vouchsafe: MOCK: trusts a mock root; no hardware vouches for this enclave");
        });
        Self(attestation::RootFingerprint::of_der(der))
    }
}

#[cfg(feature = "mock")]
impl Root for MockRoot {
    type Mark = attestation::Mock;

    fn verify(
        &self,
        evidence: &Evidence,
        pinned: &Pinned,
        challenge: Challenge,
        now: UnixMillis,
        issuers: &mut IssuerCache,
    ) -> Result<Trusted<Self::Mark>, AttestationError> {
        attestation::verify_mock(evidence, pinned, challenge, now, issuers, &self.0)
    }
}
