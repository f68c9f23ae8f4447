//! A security module whose documents are signed anew, under the root of a mock installation.
//!
//! For the device of an emulated Nitro machine, which measures the image and signs nothing. What
//! the documents say stays the device's. In mock builds alone; a verifier that trusts AWS refuses
//! them.

use aws_nitro_enclaves_nsm_api::api::{ErrorCode, Request, Response};
use vouchsafe_mock::nsm::Resigner;

use super::Nsm;

/// A module, and who signs for it.
pub struct Resigned<N> {
    module: N,
    resigner: Resigner,
}

impl<N> Resigned<N> {
    /// Signs what `module` attests.
    pub const fn new(module: N, resigner: Resigner) -> Self {
        Self { module, resigner }
    }
}

impl<N: Nsm> Nsm for Resigned<N> {
    fn process(&self, request: Request) -> Response {
        match self.module.process(request) {
            Response::Attestation { document } => match self.resigner.resign(&document) {
                Ok(document) => Response::Attestation { document },
                Err(_) => Response::Error(ErrorCode::InternalError),
            },
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use vouchsafe_common::UnixMillis;
    use vouchsafe_mock::pki::Pki;

    use super::*;

    /// Attests these bytes, and knows nothing else.
    struct Attests(Vec<u8>);

    impl Nsm for Attests {
        fn process(&self, request: Request) -> Response {
            match request {
                Request::Attestation { .. } => Response::Attestation {
                    document: self.0.clone(),
                },
                _ => Response::LockPCRs,
            }
        }
    }

    fn attest(document: Vec<u8>) -> Response {
        let pki = Pki::generate(UnixMillis(1_700_000_000_000));
        let nsm = Resigned::new(Attests(document), Resigner::new(pki));
        let passed = nsm.process(Request::LockPCRs { range: 32 });
        assert!(matches!(passed, Response::LockPCRs), "{passed:?}");
        nsm.process(Request::Attestation {
            user_data: None,
            nonce: None,
            public_key: None,
        })
    }

    #[test]
    fn a_document_is_signed_anew_and_every_other_answer_passed_on() {
        let device = crate::nsm::document_for_test(1_700_000_000_000);
        let Response::Attestation { document } = attest(device.clone()) else {
            panic!("no document");
        };
        assert_ne!(document, device);
    }

    #[test]
    fn what_is_no_document_becomes_a_fault_of_the_module() {
        let answer = attest(b"no document".to_vec());
        let fault = Response::Error(ErrorCode::InternalError);
        assert_eq!(format!("{answer:?}"), format!("{fault:?}"));
    }
}
