//! The streams to one enclave: long-lived, one exchange at a time on each.
//!
//! The enclave's process may die or be replaced by the operator at any time, so each byte that
//! comes back is bounded, timed by the caller and checked to be an answer to this very question. A
//! stream that broke, was late or carried one byte too many is dropped and never used again, so no
//! request can be given another's reply. Next: [`crate::relay`] chooses the enclave.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncRead as _, AsyncReadExt as _, AsyncWriteExt as _, ReadBuf};
use tokio::sync::Notify;
use tokio::time::timeout;
use vouchsafe_common::envelope::{Answer, AnswerBody, Query, QueryBody, Status};
use vouchsafe_common::frame::{self, HEAD_BYTES};
use vouchsafe_common::key_configuration::KeyId;
use vouchsafe_common::limits::{
    MAX_DOCUMENT_BYTES, MAX_FRAME_BYTES, MAX_KEY_CONFIGURATION_BYTES, STREAM_WRITE_BYTES,
};

use crate::limits::HeldBytes;
use crate::metrics::Metrics;
use crate::transport::{DialAddress, Stream};

/// Streams kept for the next request; more than this at once are closed after use.
const MAX_IDLE_STREAMS: usize = 128;

/// Time for a stream to be made. Both ends are on one machine.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Room that a stream keeps for answers. Longer ones get room of their own.
const INBOX_BYTES: usize = 16 * 1024;

/// Longest frame with evidence or a status, bytes.
const MAX_SMALL_FRAME_BYTES: usize = MAX_DOCUMENT_BYTES + MAX_KEY_CONFIGURATION_BYTES + 1024;

/// Why an exchange gave no answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ExchangeError {
    /// No stream could be made, so nothing was sent.
    #[error("the enclave does not accept streams")]
    Unreachable,
    /// The stream broke after something was sent; whether the enclave acted on it is not known.
    #[error("the stream broke in mid-exchange")]
    Lost,
    /// What came back is not one answer to this question.
    #[error("the answer is out of protocol")]
    BadAnswer,
    /// The answer does not fit into the byte budget now.
    #[error("no memory for the answer")]
    NoMemory,
}

/// What a question may be answered by, beside a refusal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Expected {
    Evidence,
    Reply,
    Status,
}

impl Expected {
    const fn of(query: &QueryBody) -> Self {
        match query {
            QueryBody::Evidence { .. } => Self::Evidence,
            QueryBody::Process { .. } => Self::Reply,
            QueryBody::Status => Self::Status,
        }
    }

    const fn matches(self, answer: &AnswerBody) -> bool {
        matches!(
            (self, answer),
            (_, AnswerBody::Refused { .. })
                | (Self::Evidence, AnswerBody::Evidence(_))
                | (Self::Reply, AnswerBody::Reply { .. })
                | (Self::Status, AnswerBody::Status(_))
        )
    }

    const fn max_bytes(self) -> usize {
        match self {
            Self::Reply => MAX_FRAME_BYTES,
            Self::Evidence | Self::Status => MAX_SMALL_FRAME_BYTES,
        }
    }
}

/// A question in its frame, ready to be written, perhaps twice.
pub(crate) struct Outgoing {
    expected: Expected,
    bytes: Vec<u8>,
}

impl Outgoing {
    /// Encodes `body`; the sealed bytes in it are freed on return.
    pub(crate) fn new(body: QueryBody) -> Self {
        let expected = Expected::of(&body);
        Self {
            expected,
            bytes: Query::new(body).encode(),
        }
    }
}

/// One stream and what was read from it.
#[derive(Debug)]
pub(crate) struct Link {
    stream: Stream,
    inbox: Vec<u8>,
}

/// Why a link cannot be used again.
enum LinkError {
    /// Found closed, or carrying bytes nobody asked for, before anything was written.
    Stale,
    Failed(ExchangeError),
}

impl Link {
    async fn connect(address: &DialAddress) -> Result<Self, ExchangeError> {
        match timeout(CONNECT_TIMEOUT, Stream::connect(address)).await {
            Ok(Ok(stream)) => Ok(Self {
                stream,
                inbox: Vec::with_capacity(INBOX_BYTES),
            }),
            Ok(Err(_)) | Err(_) => Err(ExchangeError::Unreachable),
        }
    }

    async fn exchange(
        &mut self,
        query: &Outgoing,
        held: &mut HeldBytes,
    ) -> Result<AnswerBody, LinkError> {
        if !self.is_quiet().await {
            return Err(LinkError::Stale);
        }
        self.write(&query.bytes).await?;
        let lost = |_: io::Error| LinkError::Failed(ExchangeError::Lost);
        let bad = || LinkError::Failed(ExchangeError::BadAnswer);
        while self.inbox.len() < HEAD_BYTES {
            self.read_some().await.map_err(lost)?;
        }
        let head = self.inbox.first_chunk().expect("the loop above read it");
        let length = frame::length(*head, query.expected.max_bytes()).map_err(|_| bad())?;
        let total = HEAD_BYTES + length;
        if total > self.inbox.capacity() {
            // The frame, and the answer copied out of it.
            if !held.try_grow(2 * total) {
                return Err(LinkError::Failed(ExchangeError::NoMemory));
            }
            self.inbox.reserve_exact(total - self.inbox.len());
        }
        while self.inbox.len() < total {
            self.read_some().await.map_err(lost)?;
        }
        let frame = match self.inbox.split_at_checked(HEAD_BYTES) {
            Some((_, frame)) if frame.len() == length => frame,
            // Bytes behind the answer: the two ends do not agree on where they are.
            _ => return Err(bad()),
        };
        let answer = Answer::decode(frame).map_err(|_| bad())?.body;
        self.forget();
        if query.expected.matches(&answer) {
            Ok(answer)
        } else {
            Err(bad())
        }
    }

    /// Whether the stream is open and nothing waits to be read. Costs no system call on a stream
    /// that nothing happened on.
    async fn is_quiet(&mut self) -> bool {
        let mut byte = [0];
        let mut byte = ReadBuf::new(&mut byte);
        let stream = &mut self.stream;
        poll_fn(|cx| Poll::Ready(Pin::new(&mut *stream).poll_read(cx, &mut byte).is_pending()))
            .await
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), LinkError> {
        let lost = |_: io::Error| LinkError::Failed(ExchangeError::Lost);
        let Ok(head) = frame::head(bytes.len(), MAX_FRAME_BYTES) else {
            return Err(LinkError::Failed(ExchangeError::BadAnswer));
        };
        // Head and start in one write: a short question is one packet.
        let (first, rest) = bytes.split_at(bytes.len().min(STREAM_WRITE_BYTES - HEAD_BYTES));
        let mut start = std::mem::take(&mut self.inbox);
        start.extend_from_slice(&head);
        start.extend_from_slice(first);
        let wrote = match self.stream.write(&start).await {
            Ok(wrote) if wrote > 0 => wrote,
            Ok(_) | Err(_) => return Err(LinkError::Stale),
        };
        self.stream
            .write_all(start.get(wrote..).unwrap_or_default())
            .await
            .map_err(lost)?;
        self.stream.write_all(rest).await.map_err(lost)?;
        start.clear();
        self.inbox = start;
        Ok(())
    }

    async fn read_some(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.inbox).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Empties the inbox and gives back room that one long answer needed.
    fn forget(&mut self) {
        if self.inbox.capacity() > STREAM_WRITE_BYTES {
            self.inbox = Vec::with_capacity(INBOX_BYTES);
        } else {
            self.inbox.clear();
        }
    }
}

/// One enclave: its streams, its key, and whether it serves.
#[derive(Debug)]
pub struct Enclave {
    address: DialAddress,
    new_sessions: AtomicBool,
    state: Mutex<State>,
    metrics: Arc<Metrics>,
    /// Rung when an exchange failed, so that the state is asked for at once.
    pub(crate) doubt: Notify,
}

#[derive(Debug, Default)]
struct State {
    idle: Vec<Link>,
    /// Present while the enclave serves.
    key: Option<KeyId>,
    boot_id: Option<[u8; 16]>,
}

impl Enclave {
    pub(crate) fn new(address: DialAddress, metrics: Arc<Metrics>) -> Self {
        Self {
            address,
            new_sessions: AtomicBool::new(true),
            state: Mutex::default(),
            metrics,
            doubt: Notify::new(),
        }
    }

    /// Where it is dialled.
    pub(crate) const fn address(&self) -> &DialAddress {
        &self.address
    }

    /// Whether it answered when it was last asked.
    pub fn is_up(&self) -> bool {
        self.key().is_some()
    }

    /// Whether callers who name no key are sent to it before others.
    pub(crate) fn takes_new_sessions(&self) -> bool {
        self.new_sessions.load(Ordering::Relaxed)
    }

    /// Sends callers who name no key to it, or to another one as long as another serves.
    pub fn take_new_sessions(&self, take: bool) {
        self.new_sessions.store(take, Ordering::Relaxed);
    }

    /// The key that requests for this enclave name; none while it does not serve.
    pub(crate) fn key(&self) -> Option<KeyId> {
        self.state().key
    }

    /// Notes a key that evidence named; the next status confirms it.
    pub(crate) fn learn(&self, key: KeyId) {
        self.state().key = Some(key);
    }

    /// Asks on a free stream, or on a new one when none is free or the free one was closed.
    ///
    /// Dropping the future drops the stream. Nothing is sent twice: another stream is tried only
    /// when nothing was written to the first.
    pub(crate) async fn exchange(
        &self,
        query: &Outgoing,
        held: &mut HeldBytes,
    ) -> Result<AnswerBody, ExchangeError> {
        if let Some(link) = self.take_idle() {
            match self.exchange_on(link, query, held).await {
                Ok(answer) => return Ok(answer),
                Err(LinkError::Failed(error)) => return Err(error),
                Err(LinkError::Stale) => self.metrics.streams_retried.one(),
            }
        }
        let link = self.connect().await?;
        match self.exchange_on(link, query, held).await {
            Ok(answer) => Ok(answer),
            Err(LinkError::Failed(error)) => Err(error),
            Err(LinkError::Stale) => Err(ExchangeError::Lost),
        }
    }

    async fn exchange_on(
        &self,
        mut link: Link,
        query: &Outgoing,
        held: &mut HeldBytes,
    ) -> Result<AnswerBody, LinkError> {
        // Counted as dropped until it proves sound: a caller that gives up counts too.
        let suspect = Suspect(self);
        let outcome = link.exchange(query, held).await;
        match &outcome {
            Ok(_) => {
                suspect.acquit();
                self.put_back(link);
            }
            Err(LinkError::Stale) => suspect.acquit(),
            Err(LinkError::Failed(_)) => {}
        }
        outcome
    }

    async fn connect(&self) -> Result<Link, ExchangeError> {
        let link = Link::connect(&self.address).await;
        match &link {
            Ok(_) => self.metrics.streams_opened.one(),
            Err(_) => self.doubt.notify_one(),
        }
        link
    }

    /// Asks for the status on `kept`, a stream apart from those of requests, and notes the outcome.
    /// Says whether the enclave serves.
    pub(crate) async fn check(
        &self,
        kept: &mut Option<Link>,
        held: &mut HeldBytes,
        patience: Duration,
    ) -> bool {
        let status = timeout(patience, self.status(kept, held))
            .await
            .ok()
            .flatten();
        let mut state = self.state();
        if status.map(|status| status.boot_id) != state.boot_id {
            // Another process, or none: streams to the old one are of no use.
            state.idle.clear();
        }
        state.boot_id = status.map(|status| status.boot_id);
        state.key = status.map(|status| status.key_id);
        status.is_some()
    }

    async fn status(&self, kept: &mut Option<Link>, held: &mut HeldBytes) -> Option<Status> {
        let query = Outgoing::new(QueryBody::Status);
        for _ in 0..2 {
            let (mut link, fresh) = match kept.take() {
                Some(link) => (link, false),
                None => (Link::connect(&self.address).await.ok()?, true),
            };
            match link.exchange(&query, held).await {
                Ok(AnswerBody::Status(status)) => {
                    *kept = Some(link);
                    return Some(status);
                }
                // The old process can die under the question; a new one may serve already.
                Err(LinkError::Stale | LinkError::Failed(ExchangeError::Lost)) if !fresh => {}
                Ok(_) | Err(_) => return None,
            }
        }
        None
    }

    fn take_idle(&self) -> Option<Link> {
        self.state().idle.pop()
    }

    fn put_back(&self, link: Link) {
        let mut state = self.state();
        if state.idle.len() < MAX_IDLE_STREAMS {
            state.idle.push(link);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a stream as dropped and doubts the enclave, unless told that the stream is sound.
struct Suspect<'a>(&'a Enclave);

impl Suspect<'_> {
    fn acquit(self) {
        // Its drop is the whole of its effect, and `ManuallyDrop` leaves it out.
        let _sound = std::mem::ManuallyDrop::new(self);
    }
}

impl Drop for Suspect<'_> {
    fn drop(&mut self) {
        self.0.metrics.streams_dropped.one();
        self.0.doubt.notify_one();
    }
}
