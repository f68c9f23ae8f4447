//! Data keys that KMS has unwrapped, kept for a while.
//!
//! A key is found by ARN, wrapped key and context together, so a wrapped key shown under another
//! tenant is another key that KMS has to judge. However many requests want one key at a time, KMS is
//! asked once; a failure is told to those who wait and then forgotten. Entries are bounded in number,
//! age, uses and bytes opened, and are wiped when the last user lets go. Look-ups trust that the
//! caller is authorised already: a hit asks nobody. Next: `keyring/flight.rs`.

mod cache;
mod flight;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::time::timeout_at;
use vouchsafe_common::limits::REQUEST_DEADLINE;
use vouchsafe_common::{Secret, digest, encryption_context::EncryptionContext, key_arn::KeyArn};

use crate::kms::{KmsClient, KmsError};

use cache::Cache;
use flight::Flights;

/// What names a data key: SHA-256 over ARN, wrapped key and context, each with its length.
type KeyId = [u8; 32];

/// A data key, shared by those who are using it.
pub type DataKey = Arc<Secret<[u8; 32]>>;

/// How long one fetch may take, whoever waits for it: no request waits longer, and each waiter has a
/// deadline of its own.
const FETCH_DEADLINE: Duration = REQUEST_DEADLINE;

/// Bounds of a keyring.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KeyringLimits {
    /// Keys kept; beyond that the one not used for longest goes.
    pub entries: usize,
    /// How long a key is kept after KMS released it: how long a key that was disabled still works.
    pub age: Duration,
    /// Look-ups that one release serves.
    pub uses: u64,
    /// Bytes of records that one release opens.
    pub bytes: u64,
    /// Fetches at a time; more are refused as [`KmsError::Busy`].
    pub fetches: usize,
}

impl Default for KeyringLimits {
    fn default() -> Self {
        Self {
            entries: 4096,
            age: Duration::from_mins(5),
            uses: 1 << 20,
            bytes: 64 << 30,
            fetches: 256,
        }
    }
}

/// Where data keys come from.
pub trait Unwrap: Send + Sync + 'static {
    /// Unwraps one key.
    fn unwrap_key(
        &self,
        arn: &KeyArn,
        wrapped: &[u8],
        context: &EncryptionContext,
        deadline: Instant,
    ) -> impl Future<Output = Result<Secret<Vec<u8>>, KmsError>> + Send;
}

impl Unwrap for Arc<KmsClient> {
    async fn unwrap_key(
        &self,
        arn: &KeyArn,
        wrapped: &[u8],
        context: &EncryptionContext,
        deadline: Instant,
    ) -> Result<Secret<Vec<u8>>, KmsError> {
        self.decrypt(arn, wrapped, context, deadline).await
    }
}

/// Tells the monotonic time; the system's, except in tests.
type Clock = Box<dyn Fn() -> Instant + Send + Sync>;

struct Shared<U> {
    source: U,
    clock: Clock,
    state: Mutex<State>,
}

struct State {
    cache: Cache,
    flights: Flights,
}

/// Data keys by what they were wrapped as. Clones are the same keyring.
pub struct Keyring<U>(Arc<Shared<U>>);

impl<U> Clone for Keyring<U> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<U> std::fmt::Debug for Keyring<U> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Keyring(..)")
    }
}

impl<U: Unwrap> Keyring<U> {
    /// An empty keyring over `source`.
    pub fn new(source: U, limits: KeyringLimits) -> Self {
        Self::with_clock(source, limits, Box::new(Instant::now))
    }

    fn with_clock(source: U, limits: KeyringLimits, clock: Clock) -> Self {
        let state = State {
            cache: Cache::new(limits),
            flights: Flights::new(limits.fetches),
        };
        Self(Arc::new(Shared {
            source,
            clock,
            state: Mutex::new(state),
        }))
    }

    /// The key inside `wrapped`, to open `bytes` bytes of records with, before `deadline`.
    ///
    /// # Errors
    /// [`KmsError`]; [`KmsError::DataKeyLength`] when what KMS unwrapped is not a key of 32 bytes.
    pub async fn data_key(
        &self,
        arn: &KeyArn,
        wrapped: &[u8],
        context: &EncryptionContext,
        bytes: u64,
        deadline: Instant,
    ) -> Result<DataKey, KmsError> {
        let id = key_id(arn, wrapped, context);
        let mut landing = {
            let mut state = self.0.state();
            if let Some(key) = state.cache.find(&id, bytes, (self.0.clock)()) {
                return Ok(key);
            }
            if let Some(landing) = state.flights.join(&id) {
                landing
            } else {
                let (takeoff, landing) = state.flights.begin(id)?;
                let (shared, arn) = (Arc::clone(&self.0), arn.clone());
                let (wrapped, context) = (wrapped.to_vec(), context.clone());
                // A task of its own: whoever asked first may leave without stranding the rest.
                tokio::spawn(async move {
                    let key = shared.fetch(&arn, &wrapped, &context).await;
                    takeoff.land(shared.settle(&id, key));
                });
                landing
            }
        };
        let key = timeout_at(deadline.into(), landing.wait())
            .await
            .unwrap_or(Err(KmsError::Deadline))?;
        self.0.state().cache.charge(&id, bytes);
        Ok(key)
    }

    /// Drops what has grown too old. Look-ups never return such keys; this wipes those that nobody
    /// asks for any more.
    pub fn sweep(&self) {
        self.0.state().cache.sweep((self.0.clock)());
    }

    /// How many keys are kept.
    pub fn len(&self) -> usize {
        self.0.state().cache.len()
    }

    /// Whether no key is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<U: Unwrap> Shared<U> {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn fetch(
        &self,
        arn: &KeyArn,
        wrapped: &[u8],
        context: &EncryptionContext,
    ) -> Result<DataKey, KmsError> {
        let deadline = Instant::now() + FETCH_DEADLINE;
        let key = self
            .source
            .unwrap_key(arn, wrapped, context, deadline)
            .await?;
        let key = <[u8; 32]>::try_from(&key.expose_secret()[..]);
        Ok(Arc::new(Secret::new(
            key.map_err(|_| KmsError::DataKeyLength)?,
        )))
    }

    /// Ends a flight and keeps what it brought, in one step: nobody in between sees neither.
    fn settle(&self, id: &KeyId, key: Result<DataKey, KmsError>) -> Result<DataKey, KmsError> {
        let mut state = self.state();
        state.flights.end(id);
        if let Ok(key) = &key {
            state.cache.insert(*id, Arc::clone(key), (self.clock)());
        }
        key
    }
}

fn key_id(arn: &KeyArn, wrapped: &[u8], context: &EncryptionContext) -> KeyId {
    let mut named = Vec::with_capacity(wrapped.len() + 512);
    let mut add = |part: &[u8]| {
        named.extend_from_slice(&(part.len() as u64).to_be_bytes());
        named.extend_from_slice(part);
    };
    add(arn.as_str().as_bytes());
    add(wrapped);
    for (name, value) in context.pairs() {
        add(name.as_bytes());
        add(value.as_bytes());
    }
    digest::sha256(&[&named])
}
