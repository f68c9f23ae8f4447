//! One request to one enclave and its answer back, before a deadline.
//!
//! The relay reads the key id that a sealed request names, finds the enclave that holds the key and
//! passes bytes. It opens nothing, stores nothing and never sends a request twice. Enclaves are
//! asked each second which key they hold; evidence that passes through tells it sooner. Next:
//! [`crate::pool`] holds the streams, [`crate::http`] the callers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_bytes::{ByteArray, ByteBuf};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tracing::info;
use vouchsafe_common::envelope::{AnswerBody, Evidence, QueryBody, RefusedCode};
use vouchsafe_common::key_configuration::{KeyConfiguration, KeyId};

use crate::limits::{ByteBudget, HeldBytes};
use crate::metrics::Metrics;
use crate::pool::{Enclave, ExchangeError, Outgoing};
use crate::transport::DialAddress;

/// How often an enclave is asked for its state.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// The same while it does not serve, so that a restarted one is found soon.
const CHECK_INTERVAL_DOWN: Duration = Duration::from_millis(100);

/// Least time between two checks, however often an exchange fails.
const CHECK_SPACING: Duration = Duration::from_millis(20);

/// Time for a status; it costs an enclave nothing.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// Why a request has no answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RelayError {
    /// No enclave serves, or the one that did accepts no stream. Nothing was sent.
    #[error("no enclave serves")]
    NoEnclave,
    /// Enclaves serve, but none holds the key.
    #[error("no enclave here holds the key")]
    UnknownKey,
    /// The stream broke; whether the enclave acted on the request is not known.
    #[error("the enclave was lost in mid-request")]
    Lost,
    /// The enclave answered out of protocol.
    #[error("the enclave answered out of protocol")]
    BadAnswer,
    /// The answer does not fit into the byte budget now.
    #[error("no memory for the answer")]
    NoMemory,
    /// The deadline passed.
    #[error("the deadline passed")]
    Deadline,
    /// The enclave said no, in clear.
    #[error("the enclave refused: {}", .0.code())]
    Refused(RefusedCode),
}

impl RelayError {
    /// The stable name, the same as in the problem document.
    pub fn code(self) -> &'static str {
        crate::problem::Problem::from(self).code.name()
    }
}

impl From<ExchangeError> for RelayError {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::Unreachable => Self::NoEnclave,
            ExchangeError::Lost => Self::Lost,
            ExchangeError::BadAnswer => Self::BadAnswer,
            ExchangeError::NoMemory => Self::NoMemory,
        }
    }
}

/// The enclaves of this instance.
#[derive(Debug)]
pub struct Relay {
    enclaves: Vec<Enclave>,
    next: AtomicUsize,
}

impl Relay {
    /// A relay to the enclaves at `addresses`. None of them serves until [`Self::watch`] found out.
    pub fn new(addresses: Vec<DialAddress>, metrics: &Arc<Metrics>) -> Self {
        let enclave = |address| Enclave::new(address, Arc::clone(metrics));
        Self {
            enclaves: addresses.into_iter().map(enclave).collect(),
            next: AtomicUsize::new(0),
        }
    }

    /// Whether an enclave serves.
    pub fn is_ready(&self) -> bool {
        self.enclaves.iter().any(|enclave| enclave.key().is_some())
    }

    /// Whether each enclave serves, in the order of the configuration.
    pub fn up(&self) -> Vec<bool> {
        self.enclaves
            .iter()
            .map(|enclave| enclave.key().is_some())
            .collect()
    }

    /// Evidence of an enclave that serves, over `nonce`. Each call takes the next enclave.
    ///
    /// # Errors
    ///
    /// [`RelayError`], except for `UnknownKey`.
    pub async fn evidence(
        &self,
        nonce: [u8; 32],
        held: &mut HeldBytes,
        deadline: Instant,
    ) -> Result<Evidence, RelayError> {
        let enclave = self.any().ok_or(RelayError::NoEnclave)?;
        let query = Outgoing::new(QueryBody::Evidence {
            nonce: ByteArray::new(nonce),
        });
        match within(deadline, enclave.exchange(&query, held)).await? {
            AnswerBody::Evidence(evidence) => {
                let keys = KeyConfiguration::decode(&evidence.key_configuration)
                    .map_err(|_| RelayError::BadAnswer)?;
                enclave.learn(keys.key_id);
                Ok(evidence)
            }
            AnswerBody::Refused { code } => Err(RelayError::Refused(code)),
            AnswerBody::Reply { .. } | AnswerBody::Status(_) => Err(RelayError::BadAnswer),
        }
    }

    /// Passes a sealed request to the enclave that holds `key` and returns its sealed reply.
    ///
    /// `held` grows by what the reply needs. Dropping the future drops the stream.
    ///
    /// # Errors
    ///
    /// [`RelayError`]. After `Lost`, `BadAnswer` and `Deadline` the enclave may have acted.
    pub async fn process(
        &self,
        key: KeyId,
        sealed: Vec<u8>,
        held: &mut HeldBytes,
        deadline: Instant,
    ) -> Result<Vec<u8>, RelayError> {
        let enclave = self.holder(key)?;
        let query = Outgoing::new(QueryBody::Process {
            sealed: ByteBuf::from(sealed),
        });
        match within(deadline, enclave.exchange(&query, held)).await? {
            AnswerBody::Reply { sealed } => Ok(sealed.into_vec()),
            AnswerBody::Refused {
                code: RefusedCode::UnknownKey,
            } => {
                // It is another process by now.
                enclave.doubt.notify_one();
                Err(RelayError::UnknownKey)
            }
            AnswerBody::Refused { code } => Err(RelayError::Refused(code)),
            AnswerBody::Evidence(_) | AnswerBody::Status(_) => Err(RelayError::BadAnswer),
        }
    }

    /// Keeps the state of all enclaves current. Runs until dropped.
    pub async fn watch(self: Arc<Self>, budget: ByteBudget) {
        let mut watchers = tokio::task::JoinSet::new();
        for place in 0..self.enclaves.len() {
            let (relay, budget) = (Arc::clone(&self), budget.clone());
            watchers.spawn(async move { relay.watch_one(place, &budget).await });
        }
        while watchers.join_next().await.is_some() {}
    }

    async fn watch_one(&self, place: usize, budget: &ByteBudget) {
        let Some(enclave) = self.enclaves.get(place) else {
            return;
        };
        let mut kept = None;
        let mut was_up = false;
        loop {
            // A status fits into the room that each stream has anyway.
            let up = enclave
                .check(&mut kept, &mut budget.hold_nothing(), CHECK_TIMEOUT)
                .await;
            if up != was_up {
                info!(enclave = place, up, "enclave changed state");
                was_up = up;
            }
            sleep(CHECK_SPACING).await;
            let pause = if up {
                CHECK_INTERVAL
            } else {
                CHECK_INTERVAL_DOWN
            };
            // Either the time is up or an exchange failed; both lead to the next check.
            let _ = timeout(pause, enclave.doubt.notified()).await;
        }
    }

    fn any(&self) -> Option<&Enclave> {
        let start = self.next.fetch_add(1, Ordering::Relaxed);
        let (head, tail) = self.enclaves.split_at(start % self.enclaves.len().max(1));
        tail.iter()
            .chain(head)
            .find(|enclave| enclave.key().is_some())
    }

    fn holder(&self, key: KeyId) -> Result<&Enclave, RelayError> {
        let mut serves = false;
        for enclave in &self.enclaves {
            match enclave.key() {
                Some(held) if held == key => return Ok(enclave),
                Some(_) => serves = true,
                None => {}
            }
        }
        Err(if serves {
            RelayError::UnknownKey
        } else {
            RelayError::NoEnclave
        })
    }
}

async fn within<T>(
    deadline: Instant,
    exchange: impl Future<Output = Result<T, ExchangeError>>,
) -> Result<T, RelayError> {
    match timeout_at(deadline, exchange).await {
        Ok(outcome) => outcome.map_err(RelayError::from),
        Err(_) => Err(RelayError::Deadline),
    }
}
