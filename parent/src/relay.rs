//! One request to one enclave and its answer back, before a deadline.
//!
//! The relay reads the key id that a sealed request names, finds the enclave that holds the key and
//! passes bytes. It opens nothing, stores nothing and never sends a request twice. Enclaves are
//! asked each second which key they hold; evidence that passes through tells it sooner. They may be
//! added and removed while it works. Next: [`crate::pool`] holds the streams, [`crate::http`] the
//! callers, [`crate::supervisor`] starts and ends enclaves.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, Weak};
use std::time::Duration;

use serde_bytes::{ByteArray, ByteBuf};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tracing::info;
use vouchsafe_common::envelope::{AnswerBody, Evidence, QueryBody, RefusedCode};
use vouchsafe_common::key_configuration::{KeyConfiguration, KeyId};

use crate::limits::{ByteBudget, HeldBytes};
use crate::metrics::Metrics;
use crate::pool::{ExchangeError, Outgoing};

use crate::transport::DialAddress;

pub use crate::pool::Enclave;

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
    enclaves: RwLock<Vec<Arc<Enclave>>>,
    /// Removed, with requests under way until they dangle.
    leaving: RwLock<Vec<Weak<Enclave>>>,
    next: AtomicUsize,
    metrics: Arc<Metrics>,
}

impl Relay {
    /// A relay to no enclave yet.
    pub fn new(metrics: &Arc<Metrics>) -> Self {
        Self {
            enclaves: RwLock::default(),
            leaving: RwLock::default(),
            next: AtomicUsize::new(0),
            metrics: Arc::clone(metrics),
        }
    }

    /// Takes in the enclave at `address`. It does not serve until [`Self::watch`] found out.
    pub fn add(&self, address: DialAddress) -> Arc<Enclave> {
        let enclave = Arc::new(Enclave::new(address, Arc::clone(&self.metrics)));
        let mut enclaves = self
            .enclaves
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        enclaves.push(Arc::clone(&enclave));
        enclave
    }

    /// Sends nothing more to `enclave`; requests under way end as they would. Who watches it must
    /// stop. What is returned is dangling as soon as the last request has ended.
    pub fn remove(&self, enclave: Arc<Enclave>) -> Weak<Enclave> {
        let mut enclaves = self
            .enclaves
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        enclaves.retain(|held| !Arc::ptr_eq(held, &enclave));
        let left = Arc::downgrade(&enclave);
        let mut leaving = self.leaving.write().unwrap_or_else(PoisonError::into_inner);
        leaving.retain(|left| left.strong_count() > 0);
        leaving.push(Weak::clone(&left));
        // The caller's own hold ends here.
        drop(enclave);
        left
    }

    /// Whether an enclave serves.
    pub fn is_ready(&self) -> bool {
        self.enclaves().iter().any(|enclave| enclave.is_up())
    }

    /// Whether each enclave serves, in the order in which they were added.
    pub fn up(&self) -> Vec<bool> {
        self.enclaves()
            .iter()
            .map(|enclave| enclave.is_up())
            .collect()
    }

    /// Whether one of the enclaves has this vsock context id, or a removed one that still has
    /// requests under way: they may need KMS.
    pub fn has_cid(&self, wanted: u32) -> bool {
        let has_it = |enclave: &Enclave| match enclave.address() {
            DialAddress::Vsock { cid, .. } => *cid == wanted,
            DialAddress::Unix(_) | DialAddress::Hybrid { .. } => false,
        };
        // One lock at a time, in the order in which an enclave moves from one list to the other.
        if self.enclaves().iter().any(|enclave| has_it(enclave)) {
            return true;
        }
        let leaving = self.leaving.read().unwrap_or_else(PoisonError::into_inner);
        let mut leaving = leaving.iter().filter_map(Weak::upgrade);
        leaving.any(|enclave| has_it(&enclave))
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

    /// Keeps the state of one enclave current. Runs until dropped.
    pub async fn watch(enclave: Arc<Enclave>, budget: ByteBudget) {
        let mut kept = None;
        let mut was_up = false;
        loop {
            // A status fits into the room that each stream has anyway.
            let up = enclave
                .check(&mut kept, &mut budget.hold_nothing(), CHECK_TIMEOUT)
                .await;
            if up != was_up {
                info!(address = ?enclave.address(), up, "enclave changed state");
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

    /// One that serves, of those that take new sessions if there is one.
    fn any(&self) -> Option<Arc<Enclave>> {
        let enclaves = self.enclaves();
        let start = self.next.fetch_add(1, Ordering::Relaxed);
        let (head, tail) = enclaves.split_at(start % enclaves.len().max(1));
        let serving = || tail.iter().chain(head).filter(|enclave| enclave.is_up());
        serving()
            .find(|enclave| enclave.takes_new_sessions())
            .or_else(|| serving().next())
            .cloned()
    }

    fn holder(&self, key: KeyId) -> Result<Arc<Enclave>, RelayError> {
        let mut serves = false;
        for enclave in self.enclaves().iter() {
            match enclave.key() {
                Some(held) if held == key => return Ok(Arc::clone(enclave)),
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

    fn enclaves(&self) -> RwLockReadGuard<'_, Vec<Arc<Enclave>>> {
        self.enclaves.read().unwrap_or_else(PoisonError::into_inner)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removed_enclave_is_known_by_its_context_id_until_nothing_is_under_way_at_it() {
        let relay = Relay::new(&Arc::default());
        let enclave = relay.add(DialAddress::Vsock {
            cid: 16,
            port: 5005,
        });
        let under_way = Arc::clone(&enclave);
        let left = relay.remove(enclave);
        assert!(relay.has_cid(16) && !relay.has_cid(17));
        drop(under_way);
        assert_eq!(left.strong_count(), 0);
        assert!(!relay.has_cid(16));
    }
}
