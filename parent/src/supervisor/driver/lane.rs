//! One enclave of the supervisor's: its place in the relay, who watches it, whose turn it is.

use std::sync::{Arc, Weak};

use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::task::JoinHandle;

use super::super::Surroundings;
use super::super::policy::{Event, Id};
use crate::relay::{Enclave, Relay};
use crate::transport::DialAddress;

/// From the start of an enclave until it is gone.
pub(super) struct Lane {
    pub(super) name: String,
    road: Road,
    /// Held by the task that the runner works on for this enclave.
    turn: Arc<Mutex<()>>,
    was_up: bool,
}

enum Road {
    Open {
        enclave: Arc<Enclave>,
        watcher: JoinHandle<()>,
    },
    /// No requests are sent any more; dangling when the last one has ended.
    Closed(Weak<Enclave>),
    Idle,
}

impl Lane {
    /// Takes the enclave at `address` into the relay. It takes no new sessions yet.
    pub(super) fn open(name: String, address: DialAddress, surroundings: &Surroundings) -> Self {
        let enclave = surroundings.relay.add(address);
        enclave.take_new_sessions(false);
        let watch = Relay::watch(Arc::clone(&enclave), surroundings.budget.clone());
        let watcher = tokio::spawn(watch);
        Self {
            name,
            road: Road::Open { enclave, watcher },
            turn: Arc::default(),
            was_up: false,
        }
    }

    /// Waits until the runner is done with what it was given for this enclave before.
    pub(super) fn turn(&self) -> impl Future<Output = OwnedMutexGuard<()>> + use<> {
        let mut first = Arc::clone(&self.turn).try_lock_owned().ok();
        let turn = Arc::clone(&self.turn);
        async move {
            match first.take() {
                Some(first) => first,
                None => turn.lock_owned().await,
            }
        }
    }

    pub(super) fn take_new_sessions(&self, take: bool) {
        if let Road::Open { enclave, .. } = &self.road {
            enclave.take_new_sessions(take);
        }
    }

    /// What has changed since it was last asked.
    pub(super) fn news<P>(&mut self, id: Id) -> Option<Event<P>> {
        match &self.road {
            Road::Open { enclave, .. } if enclave.is_up() != self.was_up => {
                self.was_up = enclave.is_up();
                Some(Event::Serves(id, self.was_up))
            }
            Road::Closed(enclave) if enclave.strong_count() == 0 => {
                self.road = Road::Idle;
                Some(Event::Idle(id))
            }
            Road::Open { .. } | Road::Closed(_) | Road::Idle => None,
        }
    }

    /// Whether it should serve, does not, and the runner has nothing to do for it.
    pub(super) fn is_in_doubt(&self) -> bool {
        let serves = match &self.road {
            Road::Open { enclave, .. } => enclave.is_up(),
            Road::Closed(_) | Road::Idle => true,
        };
        !serves && self.turn.try_lock().is_ok()
    }

    /// Sends it no request any more. Those under way go on.
    pub(super) fn unroute(&mut self, relay: &Relay) {
        if let Road::Open { enclave, watcher } = std::mem::replace(&mut self.road, Road::Idle) {
            watcher.abort();
            self.road = Road::Closed(relay.remove(enclave));
        }
    }
}
