//! What is measured: the image by the hypervisor, trust anchor and bundle by us.
//!
//! Debug mode shows in registers that are zero. Those that are ours must be untouched; anchor and
//! bundle go in as received, and all of ours are locked before any document of this enclave exists
//! and before either text is parsed. What the module says is read back, not believed.

use vouchsafe_common::{
    attestation::{Expectations, Pcr},
    digest::{Sha384Digest, sha384},
    egress::BootMaterial,
};

use super::BootError;
use crate::nsm::NsmHandle;

/// The register that the trust anchor is measured into.
pub(super) const TRUST_ANCHOR_PCR: u16 = 16;
/// The register that the policy bundle is measured into.
pub(super) const BUNDLE_PCR: u16 = 17;
/// One past the last register.
const PCR_COUNT: u16 = 32;

/// What the hypervisor measured: PCR0, 1 and 2, none of them zero.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Image([Pcr; 3]);

/// Reads what the hypervisor measured.
///
/// # Errors
///
/// [`BootError::DebugMode`] by the first register that is zero, [`BootError::Nsm`].
pub(super) async fn image(nsm: &NsmHandle) -> Result<Image, BootError> {
    let mut image = [Pcr::ZERO; 3];
    for (index, register) in (0_u16..).zip(&mut image) {
        *register = Pcr(nsm.describe_pcr(index).await?.value);
        if register.is_zero() {
            return Err(BootError::DebugMode(index));
        }
    }
    Ok(Image(image))
}

/// Measures anchor and bundle as received and locks the registers. Returns what a caller who knows
/// image, anchor and bundle expects of this enclave.
///
/// # Errors
///
/// [`BootError::RegisterUsed`], [`BootError::RegisterContent`], [`BootError::RegisterOpen`] or
/// [`BootError::Nsm`].
pub(super) async fn measure(
    nsm: &NsmHandle,
    image: Image,
    material: &BootMaterial,
) -> Result<Expectations, BootError> {
    for index in TRUST_ANCHOR_PCR..PCR_COUNT {
        let state = nsm.describe_pcr(index).await?;
        if state.locked || state.value != [0; 48] {
            return Err(BootError::RegisterUsed(index));
        }
    }
    let bundle_digest = sha384(&[&material.bundle]);
    let anchor_digest = sha384(&[&material.trust_anchor]);
    let pcr16 = extend(nsm, TRUST_ANCHOR_PCR, &anchor_digest).await?;
    extend(nsm, BUNDLE_PCR, &bundle_digest).await?;
    nsm.lock_pcrs(PCR_COUNT).await?;
    for index in TRUST_ANCHOR_PCR..PCR_COUNT {
        if !nsm.describe_pcr(index).await?.locked {
            return Err(BootError::RegisterOpen(index));
        }
    }
    let Image([pcr0, pcr1, pcr2]) = image;
    Ok(Expectations {
        pcr0,
        pcr1,
        pcr2,
        pcr16,
        pcr8: None,
        bundle_digest,
    })
}

async fn extend(nsm: &NsmHandle, index: u16, digest: &Sha384Digest) -> Result<Pcr, BootError> {
    let expected = Pcr::ZERO.extend(digest);
    if nsm.extend_pcr(index, digest).await? != expected.0 {
        return Err(BootError::RegisterContent(index));
    }
    Ok(expected)
}
