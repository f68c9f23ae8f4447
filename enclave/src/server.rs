//! Accepts the parent's streams: one task each, bounded in number, in bytes and in time.
//!
//! A stream carries many exchanges, one after another; an exchange is one frame each way. Whatever
//! a frame holds, its stream gets an answer or is closed, and no other stream notices.

use std::{convert::Infallible, io, sync::Arc, time::Duration};

use serde_bytes::ByteBuf;
use tokio::{
    sync::Semaphore,
    time::{sleep, timeout},
};
use vouchsafe_common::{
    envelope::{Answer, AnswerBody, Evidence, Query, QueryBody, RefusedCode, Status},
    hpke::OpenError,
    key_configuration::evidence_user_data,
    limits::{MAX_CONNECTIONS, MAX_FRAME_BYTES, MAX_SEALED_REQUEST_BYTES, REQUEST_DEADLINE},
};

use crate::{
    nsm::{AttestationRequest, NsmHandle},
    session::Sessions,
    transport::{FrameIoError, Listener, Stream, read_body, read_head, skip_body, write_frame},
};

/// How long a stream may lie idle between exchanges.
const IDLE: Duration = Duration::from_mins(5);
/// How long the rest of a frame may take once it has begun.
const TRANSFER: Duration = REQUEST_DEADLINE;
/// How long a request may wait for room before it is refused as busy.
const PATIENCE: Duration = Duration::from_secs(2);
/// Longest frame that is read: a sealed request and the envelope around it.
const MAX_QUERY_BYTES: usize = MAX_SEALED_REQUEST_BYTES + 1024;
/// What a byte of a request costs in memory while it is worked on: the frame, the sealed bytes, the
/// plaintext and the items; the reply takes the place of what was let go by then.
const COPIES: usize = 4;
/// The budget where the machine does not say how much memory it has.
const SMALLEST_BUDGET_BYTES: usize = 64 * 1024 * 1024;
/// Questions this short cost nothing: whether the enclave serves is not to depend on what it serves.
/// A sealed request is longer by its encapsulated key alone.
const FREE_BYTES: usize = 256;
/// What budget is counted in, so that a quarter of any memory has a number of permits.
const PERMIT_BYTES: usize = 1024;

/// Pause after `accept` failed, so that a lack of file descriptors does not become a busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The enclave's side of every exchange.
pub struct Server {
    sessions: Sessions,
    nsm: NsmHandle,
    encoded_configuration: Vec<u8>,
    connections: Arc<Semaphore>,
    /// A quarter of memory, in permits of [`PERMIT_BYTES`].
    budget: Semaphore,
    budget_permits: usize,
}

impl Server {
    /// A server of these sessions.
    pub fn new(sessions: Sessions, nsm: NsmHandle) -> Self {
        let encoded_configuration = sessions.configuration.encode();
        let budget_permits = budget_bytes() / PERMIT_BYTES;
        Self {
            sessions,
            nsm,
            encoded_configuration,
            connections: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
            budget: Semaphore::new(budget_permits),
            budget_permits,
        }
    }

    /// Wipes cached keys that have grown too old.
    pub fn sweep(&self) {
        self.sessions.keys.sweep();
    }

    /// Serves until the enclave ends: a stream that cannot be accepted costs a pause and no more.
    pub async fn run(self: Arc<Self>, listener: Listener) -> Infallible {
        loop {
            let permit = Arc::clone(&self.connections)
                .acquire_owned()
                .await
                .expect("the semaphore lives as long as the server and is never closed");
            let stream = accepted(|| listener.accept()).await;
            let server = Arc::clone(&self);
            tokio::spawn(async move {
                server.serve_stream(stream).await;
                drop(permit);
            });
        }
    }

    /// Exchanges until the parent closes, falls silent or breaks the framing.
    async fn serve_stream(&self, mut stream: Stream) {
        while let Ok(Some(length)) = read_head(&mut stream, MAX_QUERY_BYTES, IDLE).await {
            if self.exchange(&mut stream, length).await.is_err() {
                return;
            }
        }
    }

    /// One exchange. Room is asked for before memory is taken; without it, the request is skipped.
    async fn exchange(&self, stream: &mut Stream, length: usize) -> Result<(), FrameIoError> {
        let room = self.budget.acquire_many(self.cost(length));
        let Ok(Ok(_room)) = timeout(PATIENCE, room).await else {
            skip_body(stream, length, TRANSFER).await?;
            let code = RefusedCode::Busy;
            return reply(stream, AnswerBody::Refused { code }).await;
        };
        let frame = read_body(stream, length, TRANSFER).await?;
        let answer = self.answer(&frame).await;
        drop(frame);
        reply(stream, answer).await
    }

    /// The permits that a request of this length takes: never more than there are, so that the
    /// longest request is served alone on the smallest machine.
    fn cost(&self, length: usize) -> u32 {
        if length <= FREE_BYTES {
            return 0;
        }
        let permits = (length * COPIES).div_ceil(PERMIT_BYTES);
        u32::try_from(permits.min(self.budget_permits)).unwrap_or(u32::MAX)
    }

    async fn answer(&self, frame: &[u8]) -> AnswerBody {
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

    /// What a caller gets who asks with this nonce.
    pub(crate) async fn evidence(&self, nonce: [u8; 32]) -> AnswerBody {
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

async fn reply(stream: &mut Stream, body: AnswerBody) -> Result<(), FrameIoError> {
    let answer = Answer::new(body).encode();
    write_frame(stream, &answer, MAX_FRAME_BYTES, TRANSFER).await
}

/// What `accept` gives at last. Its errors pass (too many open files, a stream that was gone before
/// it was taken), and an enclave that ended over one would take its keys with it.
async fn accepted<T>(accept: impl AsyncFn() -> io::Result<T>) -> T {
    loop {
        match accept().await {
            Ok(stream) => return stream,
            Err(_) => sleep(ACCEPT_PAUSE).await,
        }
    }
}

/// A quarter of the machine's memory, as `/proc/meminfo` names it.
fn budget_bytes() -> usize {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let quarter = total_bytes(&text).unwrap_or(0) / 4;
    quarter.max(SMALLEST_BUDGET_BYTES)
}

/// `MemTotal` of `/proc/meminfo` (proc(5)), which counts in KiB.
fn total_bytes(meminfo: &str) -> Option<usize> {
    let line = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: usize = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, time::Instant};

    use super::*;

    #[tokio::test]
    async fn an_accept_that_fails_is_tried_again_after_a_pause() {
        let (started, attempts) = (Instant::now(), Cell::new(0));
        let stream = accepted(async || {
            attempts.set(attempts.get() + 1);
            match attempts.get() {
                1 | 2 => Err(io::ErrorKind::ConnectionAborted.into()),
                attempt => Ok(attempt),
            }
        })
        .await;
        assert_eq!(stream, 3);
        assert!(started.elapsed() >= 2 * ACCEPT_PAUSE);
    }

    #[test]
    fn the_memory_of_the_machine_is_read_as_the_kernel_writes_it() {
        let text = "MemTotal:       24564848 kB\nMemFree:         1123 kB\n";
        assert_eq!(total_bytes(text), Some(24_564_848 * 1024));
        for bad in ["", "MemTotal: x kB", "MemTotal: 12", "MemFree: 12 kB"] {
            assert_eq!(total_bytes(bad), None, "{bad}");
        }
        assert!(budget_bytes() >= SMALLEST_BUDGET_BYTES);
    }
}
