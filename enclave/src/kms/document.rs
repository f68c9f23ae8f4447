//! The attestation document that is shown to KMS.
//!
//! It names our RSA key, says that it is for KMS, and holds no nonce, so that no caller can take it
//! for evidence (design: documents for KMS never reach a caller). It serves for four minutes, far
//! within its leaf's life, and is then made anew, once, however many calls wait for it. That KMS would
//! take an older one is expected (docs/CLAIMS.md, K6), and nothing relies on it being refused.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use vouchsafe_common::key_configuration::kms_user_data;

use crate::nsm::{AttestationRequest, NsmError, NsmHandle};

/// How long a document is shown after it was made.
const MAX_AGE: Duration = Duration::from_mins(4);

/// The current document, renewed as needed.
#[derive(Debug)]
pub(super) struct RecipientDocument {
    nsm: NsmHandle,
    public_key: Vec<u8>,
    current: Mutex<Option<(Arc<Vec<u8>>, Instant)>>,
}

impl RecipientDocument {
    pub(super) fn new(nsm: NsmHandle, public_key: Vec<u8>) -> Self {
        Self {
            nsm,
            public_key,
            current: Mutex::default(),
        }
    }

    /// A document made within the last [`MAX_AGE`].
    pub(super) async fn fresh(&self) -> Result<Arc<Vec<u8>>, NsmError> {
        self.at(Instant::now()).await
    }

    async fn at(&self, now: Instant) -> Result<Arc<Vec<u8>>, NsmError> {
        let mut current = self.current.lock().await;
        if let Some((document, made)) = &*current
            && now.saturating_duration_since(*made) < MAX_AGE
        {
            return Ok(Arc::clone(document));
        }
        let request = AttestationRequest {
            user_data: Some(kms_user_data().to_vec()),
            nonce: None,
            public_key: Some(self.public_key.clone()),
        };
        let document = Arc::new(self.nsm.attest(request).await?);
        *current = Some((Arc::clone(&document), now));
        Ok(document)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

    use std::sync::atomic::{AtomicU8, Ordering};

    use aws_nitro_enclaves_nsm_api::api::{ErrorCode, Request, Response};

    use super::*;
    use crate::nsm::{Nsm, NsmRefusal};

    #[derive(Default)]
    struct Counting(AtomicU8);

    impl Nsm for Counting {
        fn process(&self, request: Request) -> Response {
            let Request::Attestation {
                user_data,
                nonce,
                public_key,
            } = request
            else {
                unreachable!("only documents are asked for");
            };
            assert_eq!(user_data.unwrap().into_vec(), kms_user_data());
            assert_eq!(nonce, None);
            assert_eq!(public_key.unwrap().into_vec(), b"key");
            let count = self.0.fetch_add(1, Ordering::SeqCst);
            Response::Attestation {
                document: vec![count + 1],
            }
        }
    }

    #[tokio::test]
    async fn a_document_serves_for_four_minutes() {
        let nsm = NsmHandle::start(Counting::default()).unwrap();
        let (document, start) = (RecipientDocument::new(nsm, b"key".to_vec()), Instant::now());
        assert_eq!(*document.at(start).await.unwrap(), [1]);
        let late = start + MAX_AGE.saturating_sub(Duration::from_millis(1));
        assert_eq!(*document.at(late).await.unwrap(), [1]);
        assert_eq!(*document.at(start + MAX_AGE).await.unwrap(), [2]);
    }

    /// Says no once, and then as [`Counting`].
    #[derive(Default)]
    struct Faltering(AtomicU8, Counting);

    impl Nsm for Faltering {
        fn process(&self, request: Request) -> Response {
            if self.0.fetch_add(1, Ordering::SeqCst) == 0 {
                Response::Error(ErrorCode::InternalError)
            } else {
                self.1.process(request)
            }
        }
    }

    #[tokio::test]
    async fn a_document_that_was_not_made_is_asked_for_again_by_the_next_call() {
        let nsm = NsmHandle::start(Faltering::default()).unwrap();
        let (document, start) = (RecipientDocument::new(nsm, b"key".to_vec()), Instant::now());
        let refused = document.at(start).await.unwrap_err();
        assert_eq!(refused, NsmError::Refused(NsmRefusal::InternalError));
        assert_eq!(*document.at(start).await.unwrap(), [1]);
    }

    #[tokio::test]
    async fn calls_that_wait_share_one_renewal() {
        let nsm = NsmHandle::start(Counting::default()).unwrap();
        let document = Arc::new(RecipientDocument::new(nsm, b"key".to_vec()));
        let tasks: Vec<_> = (0..50)
            .map(|_| {
                let document = Arc::clone(&document);
                tokio::spawn(async move { document.fresh().await })
            })
            .collect();
        for task in tasks {
            assert_eq!(*task.await.unwrap().unwrap(), [1]);
        }
    }
}
