//! From evidence to trust: the one road to a [`TrustedEnclave`].
//!
//! [`verify`] takes everything that a client must know before it seals anything: four registers,
//! the policy bundle, its own challenge and its own clock. None of them is optional, so none can be
//! forgotten. The root is AWS's and is no argument. A mock root gives another type, in builds with
//! the feature `mock` only, which code that asks for a `TrustedEnclave` does not take.

use core::fmt;
use core::marker::PhantomData;

use subtle::ConstantTimeEq;

use super::expect::{check_time, is_debug};
use super::{
    AttestationError, Challenge, Document, IssuerCache, Pcr, Pinned, RootFingerprint, authenticate,
};
use crate::UnixMillis;
use crate::digest::Sha384Digest;
use crate::envelope::Evidence;
use crate::key_configuration::{KeyConfiguration, evidence_user_data};
use crate::limits::MAX_EVIDENCE_AGE;

/// What a client demands of an enclave before it trusts it. All mandatory, but for PCR8, which
/// exists only where releases are signed and never replaces another. Bytes can move between the
/// sections of an image and leave PCR0 as it is, or PCR0, 1 and 2; so none of them stands alone.
///
/// ```
/// # use vouchsafe_common::attestation::{Expectations, Pcr};
/// # fn all(pcr0: Pcr, pcr1: Pcr, pcr2: Pcr, pcr16: Pcr, bundle_digest: [u8; 48]) -> Expectations {
/// Expectations { pcr0, pcr1, pcr2, pcr16, pcr8: None, bundle_digest }
/// # }
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Expectations {
    /// The whole image.
    pub pcr0: Pcr,
    /// Kernel and first ramdisk.
    pub pcr1: Pcr,
    /// The application's ramdisk.
    pub pcr2: Pcr,
    /// The trust anchor.
    pub pcr16: Pcr,
    /// The certificate that signed the image.
    pub pcr8: Option<Pcr>,
    /// SHA-384 over the policy bundle's bytes.
    pub bundle_digest: Sha384Digest,
}

/// Marks trust that goes back to AWS's root.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Aws {}

/// Marks what goes back to a mock's root, and is no trust.
#[cfg(feature = "mock")]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mock {}

/// An enclave whose evidence was verified, down to the root marked by `R`.
///
/// Only [`verify`] makes one; there is no other way:
///
/// ```compile_fail,E0451
/// use vouchsafe_common::attestation::TrustedEnclave;
/// let enclave = TrustedEnclave {
///     key_configuration: todo!(),
///     evidence_time: todo!(),
///     module_id: String::new(),
///     root: std::marker::PhantomData,
/// };
/// ```
///
/// The same names do compile where they are only used:
///
/// ```
/// use vouchsafe_common::attestation::TrustedEnclave;
/// fn seal_to(enclave: &TrustedEnclave) -> &[u8] {
///     &*enclave.key_configuration().hpke_public_key
/// }
/// ```
#[derive(Clone)]
pub struct Trusted<R> {
    key_configuration: KeyConfiguration,
    evidence_time: UnixMillis,
    module_id: String,
    root: PhantomData<R>,
}

/// An enclave that AWS vouches for: what a request is sealed to.
pub type TrustedEnclave = Trusted<Aws>;

/// An enclave that a mock vouches for: for local use.
///
/// ```compile_fail,E0308
/// use vouchsafe_common::attestation::{MockEnclave, TrustedEnclave};
/// fn confuse(mock: MockEnclave) -> TrustedEnclave {
///     mock
/// }
/// ```
#[cfg(feature = "mock")]
pub type MockEnclave = Trusted<Mock>;

impl<R> Trusted<R> {
    /// The keys that the evidence vouches for.
    pub fn key_configuration(&self) -> &KeyConfiguration {
        &self.key_configuration
    }

    /// When the document was signed, by the clock of the security module.
    pub fn evidence_time(&self) -> UnixMillis {
        self.evidence_time
    }

    /// Which enclave it is, for logs.
    pub fn module_id(&self) -> &str {
        &self.module_id
    }
}

impl<R> fmt::Debug for Trusted<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trusted")
            .field("module_id", &self.module_id)
            .field("evidence_time", &self.evidence_time)
            .field("key_id", &self.key_configuration.key_id)
            .finish_non_exhaustive()
    }
}

/// Verifies evidence of an enclave that is one of the releases in `pinned` against AWS's root.
///
/// `challenge` is the one that this verifier drew for this evidence, `now` its own clock. `now` may
/// differ by [`MAX_EVIDENCE_AGE`] from the document's time. `issuers` remembers which issuers'
/// signatures were checked; a verifier keeps one and hands it in each time.
///
/// # Errors
///
/// [`AttestationError`], by the first check that fails.
pub fn verify(
    evidence: &Evidence,
    pinned: &Pinned,
    challenge: Challenge,
    now: UnixMillis,
    issuers: &mut IssuerCache,
) -> Result<TrustedEnclave, AttestationError> {
    let root = RootFingerprint::AWS_NITRO_G1;
    verify_under(&root, evidence, pinned, challenge, now, issuers)
}

/// Verifies evidence against the root of a mock installation, by the same checks as [`verify`].
///
/// # Errors
///
/// [`AttestationError`], by the first check that fails.
#[cfg(feature = "mock")]
pub fn verify_mock(
    evidence: &Evidence,
    pinned: &Pinned,
    challenge: Challenge,
    now: UnixMillis,
    issuers: &mut IssuerCache,
    root: &RootFingerprint,
) -> Result<MockEnclave, AttestationError> {
    verify_under(root, evidence, pinned, challenge, now, issuers)
}

fn verify_under<R>(
    root: &RootFingerprint,
    evidence: &Evidence,
    pinned: &Pinned,
    challenge: Challenge,
    now: UnixMillis,
    issuers: &mut IssuerCache,
) -> Result<Trusted<R>, AttestationError> {
    let nonce = challenge.redeem(now)?;
    let document = authenticate(&evidence.document, root, now, issuers)?;
    check_document(&document, &nonce, now)?;
    let release = pinned.release_of(&document)?;
    if document.user_data.as_deref() != Some(&evidence_user_data(&evidence.key_configuration)) {
        return Err(AttestationError::UserData);
    }
    let key_configuration = KeyConfiguration::decode(&evidence.key_configuration)?;
    if key_configuration.bundle_digest != release.bundle_digest {
        return Err(AttestationError::BundleDigest);
    }
    if now > key_configuration.not_after {
        return Err(AttestationError::KeyConfigurationExpired);
    }
    Ok(Trusted {
        key_configuration,
        evidence_time: document.timestamp,
        module_id: document.module_id,
        root: PhantomData,
    })
}

/// What the document must say, of whatever release it is.
fn check_document(
    document: &Document,
    nonce: &[u8; 32],
    now: UnixMillis,
) -> Result<(), AttestationError> {
    let window = u64::try_from(MAX_EVIDENCE_AGE.as_millis()).ok();
    if is_debug(document)? {
        return Err(AttestationError::DebugMode);
    }
    check_time(document.timestamp, now, window, window)?;
    let found = document.nonce.as_deref().unwrap_or_default();
    if !bool::from(found.ct_eq(nonce.as_slice())) {
        return Err(AttestationError::Nonce);
    }
    if document.public_key.is_some() {
        return Err(AttestationError::PublicKeyPresent);
    }
    Ok(())
}

/// [`Expectations`] do not compile without any one of the five, and none of them is an `Option`.
///
/// ```compile_fail,E0063
/// # use vouchsafe_common::attestation::{Expectations, Pcr};
/// # fn all(pcr0: Pcr, pcr1: Pcr, pcr2: Pcr, pcr16: Pcr, bundle_digest: [u8; 48]) -> Expectations {
/// Expectations { pcr1, pcr2, pcr16, pcr8: None, bundle_digest }
/// # }
/// ```
/// ```compile_fail,E0063
/// # use vouchsafe_common::attestation::{Expectations, Pcr};
/// # fn all(pcr0: Pcr, pcr1: Pcr, pcr2: Pcr, pcr16: Pcr, bundle_digest: [u8; 48]) -> Expectations {
/// Expectations { pcr0, pcr2, pcr16, pcr8: None, bundle_digest }
/// # }
/// ```
/// ```compile_fail,E0063
/// # use vouchsafe_common::attestation::{Expectations, Pcr};
/// # fn all(pcr0: Pcr, pcr1: Pcr, pcr2: Pcr, pcr16: Pcr, bundle_digest: [u8; 48]) -> Expectations {
/// Expectations { pcr0, pcr1, pcr16, pcr8: None, bundle_digest }
/// # }
/// ```
/// ```compile_fail,E0063
/// # use vouchsafe_common::attestation::{Expectations, Pcr};
/// # fn all(pcr0: Pcr, pcr1: Pcr, pcr2: Pcr, pcr16: Pcr, bundle_digest: [u8; 48]) -> Expectations {
/// Expectations { pcr0, pcr1, pcr2, pcr8: None, bundle_digest }
/// # }
/// ```
/// ```compile_fail,E0063
/// # use vouchsafe_common::attestation::{Expectations, Pcr};
/// # fn all(pcr0: Pcr, pcr1: Pcr, pcr2: Pcr, pcr16: Pcr, bundle_digest: [u8; 48]) -> Expectations {
/// Expectations { pcr0, pcr1, pcr2, pcr16, pcr8: None }
/// # }
/// ```
/// ```compile_fail,E0308
/// # use vouchsafe_common::attestation::{Expectations, Pcr};
/// # fn all(pcr0: Pcr, pcr1: Pcr, pcr2: Pcr, pcr16: Pcr, bundle_digest: [u8; 48]) -> Expectations {
/// Expectations { pcr0: None, pcr1, pcr2, pcr16, pcr8: None, bundle_digest }
/// # }
/// ```
#[cfg(doctest)]
struct ExpectationsLackNothing;
