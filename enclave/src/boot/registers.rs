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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

    use std::sync::{Arc, Mutex};

    use aws_nitro_enclaves_nsm_api::api::{ErrorCode, Request, Response};

    use super::*;
    use crate::nsm::{Nsm, NsmError, NsmRefusal};

    /// Registers as a hypervisor leaves them, and what they were asked, in order.
    struct Module {
        values: [Pcr; 32],
        locked: [bool; 32],
        locks: bool,
        extends: bool,
        asked: Vec<String>,
    }

    impl Module {
        fn at_boot() -> Self {
            let mut values = [Pcr::ZERO; 32];
            for (value, measured) in values.iter_mut().zip([b"0", b"1", b"2"]) {
                *value = Pcr::measure(measured);
            }
            Self {
                values,
                locked: std::array::from_fn(|index| index < 16),
                locks: true,
                extends: true,
                asked: Vec::new(),
            }
        }

        fn answer(&mut self, request: Request) -> Response {
            match request {
                Request::DescribePCR { index } => {
                    let at = usize::from(index);
                    self.asked.push(format!("describe {index}"));
                    Response::DescribePCR {
                        lock: self.locked[at],
                        data: self.values[at].0.to_vec(),
                    }
                }
                Request::ExtendPCR { index, data } => {
                    let at = usize::from(index);
                    self.asked.push(format!("extend {index}"));
                    if self.locked[at] {
                        return Response::Error(ErrorCode::ReadOnlyIndex);
                    }
                    if self.extends {
                        self.values[at] = self.values[at].extend(&data);
                    }
                    Response::ExtendPCR {
                        data: self.values[at].0.to_vec(),
                    }
                }
                Request::LockPCRs { range } => {
                    self.asked.push(format!("lock below {range}"));
                    if self.locks {
                        self.locked[..usize::from(range)].fill(true);
                    }
                    Response::LockPCRs
                }
                other => unreachable!("{other:?}"),
            }
        }
    }

    #[derive(Clone)]
    struct Shared(Arc<Mutex<Module>>);

    impl Nsm for Shared {
        fn process(&self, request: Request) -> Response {
            self.0.lock().unwrap().answer(request)
        }
    }

    fn material() -> BootMaterial {
        BootMaterial {
            trust_anchor: b"anchor".to_vec().into(),
            bundle: b"bundle".to_vec().into(),
            roots: Vec::new(),
        }
    }

    /// The outcome with a module that a test changed, and the module after it.
    async fn outcome(
        change: impl FnOnce(&mut Module),
    ) -> (Result<Expectations, BootError>, Shared) {
        let mut module = Module::at_boot();
        change(&mut module);
        let shared = Shared(Arc::new(Mutex::new(module)));
        let nsm = NsmHandle::start(shared.clone()).unwrap();
        let measured = async {
            let image = image(&nsm).await?;
            measure(&nsm, image, &material()).await
        };
        (measured.await, shared)
    }

    #[tokio::test]
    async fn anchor_and_bundle_are_measured_and_locked_in_one_order() {
        let (measured, module) = outcome(|_| {}).await;
        let expected = Expectations {
            pcr0: Pcr::measure(b"0"),
            pcr1: Pcr::measure(b"1"),
            pcr2: Pcr::measure(b"2"),
            pcr16: Pcr::measure(b"anchor"),
            pcr8: None,
            bundle_digest: sha384(&[b"bundle"]),
        };
        assert_eq!(measured, Ok(expected));
        let module = module.0.lock().unwrap();
        assert_eq!(module.values[17], Pcr::measure(b"bundle"));
        assert_eq!(module.values[18..], [Pcr::ZERO; 14]);
        let describe = |range: std::ops::Range<u16>| range.map(|index| format!("describe {index}"));
        let order: Vec<_> = describe(0..3)
            .chain(describe(16..32))
            .chain(["extend 16", "extend 17", "lock below 32"].map(String::from))
            .chain(describe(16..32))
            .collect();
        assert_eq!(module.asked, order);
    }

    #[tokio::test]
    async fn a_zero_in_any_register_of_the_image_is_debug_mode() {
        for index in 0..3 {
            let (refused, module) = outcome(|it| it.values[usize::from(index)] = Pcr::ZERO).await;
            let error = refused.unwrap_err();
            assert_eq!(error, BootError::DebugMode(index));
            assert_eq!(error.code(), "debug_mode");
            // Nothing was measured for such an image.
            assert_eq!(module.0.lock().unwrap().values[16], Pcr::ZERO);
        }
    }

    #[tokio::test]
    async fn a_register_of_ours_that_was_used_or_locked_before_ends_the_boot() {
        for index in TRUST_ANCHOR_PCR..PCR_COUNT {
            let at = usize::from(index);
            for before in [
                outcome(|it| it.values[at] = Pcr([1; 48])).await,
                outcome(|it| it.locked[at] = true).await,
            ] {
                let (refused, module) = before;
                let error = refused.unwrap_err();
                assert_eq!(error, BootError::RegisterUsed(index));
                assert_eq!(error.code(), "register_used");
                let asked = &module.0.lock().unwrap().asked;
                assert!(asked.iter().all(|asked| asked.starts_with("describe")));
            }
        }
    }

    #[tokio::test]
    async fn a_module_that_does_not_measure_or_lock_ends_the_boot() {
        let (refused, _) = outcome(|it| it.extends = false).await;
        let error = refused.unwrap_err();
        assert_eq!(error, BootError::RegisterContent(16));
        assert_eq!(error.code(), "register_content");
        let (refused, _) = outcome(|it| it.locks = false).await;
        let error = refused.unwrap_err();
        assert_eq!(error, BootError::RegisterOpen(16));
        assert_eq!(error.code(), "register_open");
    }

    #[tokio::test]
    async fn what_is_measured_cannot_be_measured_again() {
        let (measured, module) = outcome(|_| {}).await;
        measured.unwrap();
        let nsm = NsmHandle::start(module).unwrap();
        let refused = NsmError::Refused(NsmRefusal::ReadOnlyIndex);
        for index in TRUST_ANCHOR_PCR..PCR_COUNT {
            assert_eq!(nsm.extend_pcr(index, &[0; 48]).await, Err(refused));
        }
        assert_eq!(
            measure(&nsm, Image([Pcr::ZERO; 3]), &material()).await,
            Err(BootError::RegisterUsed(16))
        );
    }
}
