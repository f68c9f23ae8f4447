//! Accepts the parent's streams: one task each, bounded in number, in bytes and in time.
//!
//! A stream carries many exchanges, one after another; an exchange is one frame each way. Whatever
//! a frame holds, its stream gets an answer or is closed, and no other stream notices.

use std::{sync::Arc, time::Duration};

use serde_bytes::ByteBuf;
use tokio::sync::Semaphore;
use vouchsafe_common::{
    envelope::{Answer, AnswerBody, Evidence, Query, QueryBody, RefusedCode, Status},
    hpke::OpenError,
    key_configuration::evidence_user_data,
    limits::{MAX_CONNECTIONS, MAX_FRAME_BYTES, MAX_SEALED_REQUEST_BYTES, REQUEST_DEADLINE},
};

use crate::{
    nsm::{AttestationRequest, NsmHandle},
    session::Sessions,
    transport::{Listener, Stream, read_frame, write_frame},
};

/// How long a stream may lie idle between exchanges.
const IDLE: Duration = Duration::from_mins(5);
/// How long the rest of a frame may take once it has begun.
const TRANSFER: Duration = REQUEST_DEADLINE;
/// Longest frame that is read: a sealed request and the envelope around it.
const MAX_QUERY_BYTES: usize = MAX_SEALED_REQUEST_BYTES + 1024;
/// Bytes of requests that are worked on at once; half of it may be plaintext copies.
const BYTE_BUDGET: usize = 64 * 1024 * 1024;

/// The enclave's side of every exchange.
pub struct Server {
    sessions: Sessions,
    nsm: NsmHandle,
    encoded_configuration: Vec<u8>,
    connections: Arc<Semaphore>,
    bytes: Semaphore,
}

impl Server {
    /// A server of these sessions.
    pub fn new(sessions: Sessions, nsm: NsmHandle) -> Self {
        let encoded_configuration = sessions.configuration.encode();
        Self {
            sessions,
            nsm,
            encoded_configuration,
            connections: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
            bytes: Semaphore::new(BYTE_BUDGET),
        }
    }

    /// Wipes cached keys that have grown too old.
    pub fn sweep(&self) {
        self.sessions.keys.sweep();
    }

    /// Serves until the listener fails for good.
    ///
    /// # Errors
    ///
    /// The error of `accept` that ended it.
    pub async fn run(self: Arc<Self>, listener: Listener) -> std::io::Result<()> {
        loop {
            let permit = Arc::clone(&self.connections)
                .acquire_owned()
                .await
                .expect("the semaphore lives as long as the server and is never closed");
            let stream = listener.accept().await?;
            let server = Arc::clone(&self);
            tokio::spawn(async move {
                server.serve_stream(stream).await;
                drop(permit);
            });
        }
    }

    /// Exchanges until the parent closes, falls silent or breaks the framing.
    async fn serve_stream(&self, mut stream: Stream) {
        while let Ok(Some(frame)) = read_frame(&mut stream, MAX_QUERY_BYTES, IDLE, TRANSFER).await {
            let answer = Answer::new(self.answer(&frame).await).encode();
            drop(frame);
            if write_frame(&mut stream, &answer, MAX_FRAME_BYTES, TRANSFER)
                .await
                .is_err()
            {
                return;
            }
        }
    }

    async fn answer(&self, frame: &[u8]) -> AnswerBody {
        let cost = u32::try_from(frame.len()).unwrap_or(u32::MAX);
        let Ok(_budget) = self.bytes.try_acquire_many(cost) else {
            return AnswerBody::Refused {
                code: RefusedCode::Busy,
            };
        };
        match Query::decode(frame).map(|query| query.body) {
            Ok(QueryBody::Evidence { nonce }) => self.evidence(*nonce).await,
            Ok(QueryBody::Process { sealed }) => self.process(&sealed).await,
            Ok(QueryBody::Status) => AnswerBody::Status(Status {
                key_id: self.sessions.configuration.key_id,
                boot_id: self.sessions.configuration.boot_id,
            }),
            Err(_) => AnswerBody::Refused {
                code: RefusedCode::Malformed,
            },
        }
    }

    async fn evidence(&self, nonce: [u8; 32]) -> AnswerBody {
        let request = AttestationRequest {
            user_data: Some(evidence_user_data(&self.encoded_configuration).to_vec()),
            nonce: Some(nonce.to_vec()),
            public_key: None,
        };
        match self.nsm.attest(request).await {
            Ok(document) => AnswerBody::Evidence(Evidence {
                document: ByteBuf::from(document),
                key_configuration: ByteBuf::from(self.encoded_configuration.clone()),
            }),
            Err(_) => AnswerBody::Refused {
                code: RefusedCode::EvidenceUnavailable,
            },
        }
    }

    async fn process(&self, sealed: &[u8]) -> AnswerBody {
        match self.sessions.serve(sealed).await {
            Ok(sealed) => AnswerBody::Reply {
                sealed: ByteBuf::from(sealed),
            },
            Err(error) => AnswerBody::Refused {
                code: match error {
                    OpenError::Malformed => RefusedCode::Malformed,
                    OpenError::TooLong => RefusedCode::TooLarge,
                    OpenError::UnknownKey => RefusedCode::UnknownKey,
                    OpenError::NotAuthentic => RefusedCode::NotAuthentic,
                },
            },
        }
    }
}
