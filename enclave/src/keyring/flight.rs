//! One fetch for many who wait.

use std::collections::HashMap;

use tokio::sync::watch;

use super::{DataKey, KeyId, KmsError};

type Outcome = Option<Result<DataKey, KmsError>>;

/// The fetches that are under way.
pub(super) struct Flights {
    waiting: HashMap<KeyId, watch::Receiver<Outcome>>,
    limit: usize,
}

impl Flights {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            waiting: HashMap::new(),
            limit,
        }
    }

    /// Waits along with a fetch that is under way.
    pub(super) fn join(&self, id: &KeyId) -> Option<Landing> {
        self.waiting.get(id).cloned().map(Landing)
    }

    /// Begins a fetch.
    pub(super) fn begin(&mut self, id: KeyId) -> Result<(Takeoff, Landing), KmsError> {
        if self.waiting.len() >= self.limit {
            return Err(KmsError::Busy);
        }
        let (sender, receiver) = watch::channel(None);
        self.waiting.insert(id, receiver.clone());
        Ok((Takeoff(sender), Landing(receiver)))
    }

    /// Forgets a fetch; those who wait for it still hear of its outcome.
    pub(super) fn end(&mut self, id: &KeyId) {
        self.waiting.remove(id);
    }
}

/// The end of a fetch that brings the outcome.
pub(super) struct Takeoff(watch::Sender<Outcome>);

impl Takeoff {
    pub(super) fn land(self, outcome: Result<DataKey, KmsError>) {
        self.0.send_replace(Some(outcome));
    }
}

/// The end of a fetch that waits for it.
pub(super) struct Landing(watch::Receiver<Outcome>);

impl Landing {
    pub(super) async fn wait(&mut self) -> Result<DataKey, KmsError> {
        // A fetch that ends without an outcome was torn down with the runtime.
        let outcome = self.0.wait_for(Option::is_some).await;
        outcome
            .ok()
            .and_then(|outcome| outcome.clone())
            .unwrap_or(Err(KmsError::Unavailable))
    }
}
