//! One thread that talks to the module, and a handle to it for everyone else.
//!
//! The driver answers one request at a time and blocks meanwhile, so a thread of its own takes them
//! in order and no async worker ever waits inside the kernel. The queue is bounded and each call
//! has a deadline; a call given up before its turn is not made.

use std::time::Duration;

use aws_nitro_enclaves_nsm_api::api::{Request, Response};
use serde_bytes::ByteBuf;
use tokio::sync::{mpsc, oneshot};
use vouchsafe_common::{Secret, digest::Sha384Digest};

use super::{Nsm, NsmError};

/// The longest a call may take, waiting included. A call takes about a millisecond, and an
/// attestation a few: more means that the module is gone.
pub const CALL_DEADLINE: Duration = Duration::from_secs(5);

/// The most that the module gives in one answer to `GetRandom`, bytes.
pub const MAX_RANDOM_BYTES: usize = 256;

/// Calls that may wait. More callers than that wait for a place, within their deadline.
const QUEUE_CALLS: usize = 64;

/// What goes into an attestation document. The module allows 1024 bytes each.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AttestationRequest {
    /// Bound to the document; its meaning is the protocol's.
    pub user_data: Option<Vec<u8>>,
    /// A challenge of whoever will verify.
    pub nonce: Option<Vec<u8>>,
    /// A public key whose private half this enclave holds.
    pub public_key: Option<Vec<u8>>,
}

/// One register.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PcrState {
    /// Whether it is locked against change until the enclave ends.
    pub locked: bool,
    /// Its value.
    pub value: Sha384Digest,
}

struct Call {
    request: Request,
    answer: oneshot::Sender<Response>,
}

/// A way to the module from any task. Clones share the one thread, which ends with the last.
#[derive(Clone, Debug)]
pub struct NsmHandle {
    calls: mpsc::Sender<Call>,
    deadline: Duration,
}

impl NsmHandle {
    /// Starts the thread that owns `nsm`.
    ///
    /// # Errors
    /// [`NsmError::Stopped`] when the system gives no thread.
    pub fn start(nsm: impl Nsm + 'static) -> Result<Self, NsmError> {
        let (calls, mut queue) = mpsc::channel::<Call>(QUEUE_CALLS);
        std::thread::Builder::new()
            .name("nsm".into())
            .spawn(move || {
                while let Some(call) = queue.blocking_recv() {
                    if !call.answer.is_closed() {
                        // A caller that left in the meantime does not miss the answer.
                        let _ = call.answer.send(nsm.process(call.request));
                    }
                }
            })
            .map_err(|_| NsmError::Stopped)?;
        Ok(Self {
            calls,
            deadline: CALL_DEADLINE,
        })
    }

    #[cfg(test)]
    pub(super) fn with_deadline_for_test(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// Reads register `index`.
    ///
    /// # Errors
    /// [`NsmError`].
    pub async fn describe_pcr(&self, index: u16) -> Result<PcrState, NsmError> {
        match self.call(Request::DescribePCR { index }).await? {
            Response::DescribePCR { lock, data } => Ok(PcrState {
                locked: lock,
                value: register(&data)?,
            }),
            _ => Err(NsmError::UnexpectedAnswer),
        }
    }

    /// Extends register `index` to SHA-384(old value ‖ data) and returns the new value.
    ///
    /// # Errors
    /// [`NsmError`]; a locked register is refused as `ReadOnlyIndex`.
    pub async fn extend_pcr(&self, index: u16, data: &[u8]) -> Result<Sha384Digest, NsmError> {
        let data = data.to_vec();
        match self.call(Request::ExtendPCR { index, data }).await? {
            Response::ExtendPCR { data } => register(&data),
            _ => Err(NsmError::UnexpectedAnswer),
        }
    }

    /// Locks the registers 0 to `range` - 1 until the enclave ends.
    ///
    /// # Errors
    /// [`NsmError`].
    pub async fn lock_pcrs(&self, range: u16) -> Result<(), NsmError> {
        match self.call(Request::LockPCRs { range }).await? {
            Response::LockPCRs => Ok(()),
            _ => Err(NsmError::UnexpectedAnswer),
        }
    }

    /// Bytes of the hypervisor's random generator, [`MAX_RANDOM_BYTES`] of a real one.
    ///
    /// # Errors
    /// [`NsmError`]; an answer that is longer is unexpected.
    pub async fn random(&self) -> Result<Secret<Vec<u8>>, NsmError> {
        match self.call(Request::GetRandom).await? {
            Response::GetRandom { random } if random.len() <= MAX_RANDOM_BYTES => {
                Ok(Secret::new(random))
            }
            _ => Err(NsmError::UnexpectedAnswer),
        }
    }

    /// Makes an attestation document: an untagged `COSE_Sign1`.
    ///
    /// # Errors
    /// [`NsmError`].
    pub async fn attest(&self, request: AttestationRequest) -> Result<Vec<u8>, NsmError> {
        let AttestationRequest {
            user_data,
            nonce,
            public_key,
        } = request;
        let request = Request::Attestation {
            user_data: user_data.map(ByteBuf::from),
            nonce: nonce.map(ByteBuf::from),
            public_key: public_key.map(ByteBuf::from),
        };
        match self.call(request).await? {
            Response::Attestation { document } if !document.is_empty() => Ok(document),
            _ => Err(NsmError::UnexpectedAnswer),
        }
    }

    async fn call(&self, request: Request) -> Result<Response, NsmError> {
        let exchange = async {
            let (answer, answered) = oneshot::channel();
            self.calls
                .send(Call { request, answer })
                .await
                .map_err(|_| NsmError::Stopped)?;
            answered.await.map_err(|_| NsmError::Stopped)
        };
        match tokio::time::timeout(self.deadline, exchange).await {
            Err(_) => Err(NsmError::Deadline),
            Ok(Ok(Response::Error(code))) => Err(NsmError::Refused(code.into())),
            Ok(outcome) => outcome,
        }
    }
}

fn register(value: &[u8]) -> Result<Sha384Digest, NsmError> {
    value.try_into().map_err(|_| NsmError::UnexpectedAnswer)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use aws_nitro_enclaves_nsm_api::api::ErrorCode;

    use super::*;
    use crate::nsm::NsmRefusal;

    struct Scripted<F>(F);

    impl<F: Fn(Request) -> Response + Send + Sync> Nsm for Scripted<F> {
        fn process(&self, request: Request) -> Response {
            (self.0)(request)
        }
    }

    fn handle(answer: impl Fn(Request) -> Response + Send + Sync + 'static) -> NsmHandle {
        NsmHandle::start(Scripted(answer)).unwrap()
    }

    #[tokio::test]
    async fn each_request_gets_its_own_answer() {
        let nsm = handle(|request| match request {
            Request::DescribePCR { index } => Response::DescribePCR {
                lock: index < 16,
                data: vec![0; 48],
            },
            Request::ExtendPCR { data, .. } => Response::ExtendPCR { data },
            Request::LockPCRs { .. } => Response::LockPCRs,
            Request::Attestation { nonce, .. } => Response::Attestation {
                document: nonce.unwrap().into_vec(),
            },
            _ => Response::Error(ErrorCode::InvalidOperation),
        });
        assert!(nsm.describe_pcr(3).await.unwrap().locked);
        assert!(!nsm.describe_pcr(16).await.unwrap().locked);
        assert_eq!(nsm.extend_pcr(16, &[9; 48]).await.unwrap(), [9; 48]);
        nsm.lock_pcrs(32).await.unwrap();
        let request = AttestationRequest {
            nonce: Some(vec![7]),
            ..AttestationRequest::default()
        };
        assert_eq!(nsm.attest(request).await.unwrap(), [7]);
    }

    #[tokio::test]
    async fn a_refusal_keeps_its_name() {
        let nsm = handle(|_| Response::Error(ErrorCode::ReadOnlyIndex));
        let error = nsm.extend_pcr(16, b"late").await.unwrap_err();
        assert_eq!(error, NsmError::Refused(NsmRefusal::ReadOnlyIndex));
        assert_eq!(error.code(), "nsm_refused");
    }

    #[tokio::test]
    async fn an_answer_to_another_question_is_refused() {
        let nsm = handle(|_| Response::LockPCR);
        let unexpected = NsmError::UnexpectedAnswer;
        assert_eq!(nsm.describe_pcr(0).await.unwrap_err(), unexpected);
        assert_eq!(nsm.extend_pcr(16, &[]).await.unwrap_err(), unexpected);
        assert_eq!(nsm.lock_pcrs(32).await.unwrap_err(), unexpected);
        assert_eq!(nsm.random().await.unwrap_err(), unexpected);
        let attested = nsm.attest(AttestationRequest::default()).await;
        assert_eq!(attested.unwrap_err(), unexpected);
    }

    #[tokio::test]
    async fn a_register_of_another_length_is_refused() {
        let nsm = handle(|_| Response::DescribePCR {
            lock: false,
            data: vec![0; 32],
        });
        let error = nsm.describe_pcr(0).await.unwrap_err();
        assert_eq!(error, NsmError::UnexpectedAnswer);
    }

    #[tokio::test]
    #[allow(
        clippy::disallowed_methods,
        reason = "the module blocks its own thread, no worker"
    )]
    async fn a_module_that_hangs_meets_the_deadline_and_calls_given_up_are_not_made() {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let nsm = handle(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(300));
            Response::LockPCRs
        });
        let hasty = nsm
            .clone()
            .with_deadline_for_test(Duration::from_millis(50));
        let (first, second) = tokio::join!(hasty.lock_pcrs(1), hasty.lock_pcrs(2));
        assert_eq!(first.unwrap_err(), NsmError::Deadline);
        assert_eq!(second.unwrap_err(), NsmError::Deadline);
        nsm.lock_pcrs(3).await.unwrap();
        assert_eq!(calls.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_thread_that_ended_is_named() {
        let nsm = handle(|_| std::panic::panic_any(()));
        assert_eq!(nsm.lock_pcrs(1).await.unwrap_err(), NsmError::Stopped);
        assert_eq!(nsm.lock_pcrs(1).await.unwrap_err(), NsmError::Stopped);
    }
}
