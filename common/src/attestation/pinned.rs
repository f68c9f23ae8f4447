//! The releases that a verifier accepts, of which an enclave must be one entirely.
//!
//! While one release replaces another, two are right. Each is compared by itself, with a document
//! that was authenticated once before, so the registers of one never go with those of another. What
//! must be named of a release is [`Expectations`]'; nothing here may be left out.
//!
//! Next: [`super::trust`], which goes on with the release that the document is of.

use super::expect::check_pcr;
use super::{AttestationError, Document, Expectations, Pcr};

/// Most releases that a verifier accepts at once. A replacement takes two.
pub const MAX_PINNED: usize = 8;

/// One to [`MAX_PINNED`] releases.
///
/// ```
/// # use vouchsafe_common::attestation::{Expectations, Pinned, PinnedError};
/// # fn of(old: Expectations, new: Expectations) -> Result<Pinned, PinnedError> {
/// let one: Pinned = old.clone().into();
/// let both: Pinned = vec![old, new].try_into()?;
/// # Ok(both) }
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pinned {
    first: Expectations,
    others: Vec<Expectations>,
}

/// Why a list of releases is none to pin.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PinnedError {
    /// There is none, and so nothing to trust.
    #[error("no release is pinned")]
    Empty,
    /// There are more than [`MAX_PINNED`].
    #[error("more than {MAX_PINNED} releases are pinned")]
    TooMany,
}

impl From<Expectations> for Pinned {
    fn from(first: Expectations) -> Self {
        let others = Vec::new();
        Self { first, others }
    }
}

impl TryFrom<Vec<Expectations>> for Pinned {
    type Error = PinnedError;

    fn try_from(releases: Vec<Expectations>) -> Result<Self, PinnedError> {
        if releases.len() > MAX_PINNED {
            return Err(PinnedError::TooMany);
        }
        let mut releases = releases.into_iter();
        let first = releases.next().ok_or(PinnedError::Empty)?;
        let others = releases.collect();
        Ok(Self { first, others })
    }
}

impl Pinned {
    /// The release whose registers `document` has, all of them.
    ///
    /// # Errors
    ///
    /// [`AttestationError::PcrMissing`] or [`AttestationError::PcrMismatch`]: of the release that
    /// the document follows the longest, in the order of [`compare`]; of the first of several such.
    pub(super) fn release_of(
        &self,
        document: &Document,
    ) -> Result<&Expectations, AttestationError> {
        let Err((mut longest, mut reason)) = compare(document, &self.first) else {
            return Ok(&self.first);
        };
        for release in &self.others {
            match compare(document, release) {
                Ok(()) => return Ok(release),
                Err((equal, error)) if equal > longest => (longest, reason) = (equal, error),
                Err(_) => {}
            }
        }
        Err(reason)
    }
}

/// Compares every register of one release; an error comes with how many before it are equal.
fn compare(document: &Document, release: &Expectations) -> Result<(), (usize, AttestationError)> {
    // The enclave extended it by the digest of the bundle it received, before it read the bundle.
    let pcr17 = Pcr::ZERO.extend(&release.bundle_digest);
    let registers = [
        (0, &release.pcr0),
        (1, &release.pcr1),
        (2, &release.pcr2),
        (16, &release.pcr16),
        (17, &pcr17),
    ];
    let signer = release.pcr8.as_ref().map(|pcr8| (8, pcr8));
    for (equal, (index, expected)) in registers.into_iter().chain(signer).enumerate() {
        check_pcr(document, index, expected).map_err(|error| (equal, error))?;
    }
    Ok(())
}
