//! The keys that are kept, and for how long.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use super::{DataKey, KeyId, KeyringLimits};

struct Entry {
    key: DataKey,
    since: Instant,
    used: Instant,
    uses_left: u64,
    bytes_left: u64,
}

/// Bounded in every way that [`KeyringLimits`] names.
pub(super) struct Cache {
    entries: HashMap<KeyId, Entry>,
    limits: KeyringLimits,
}

impl Cache {
    pub(super) fn new(limits: KeyringLimits) -> Self {
        Self {
            entries: HashMap::new(),
            limits,
        }
    }

    /// The key, if it may serve once more and for `bytes` more. One that may not is dropped.
    pub(super) fn find(&mut self, id: &KeyId, bytes: u64, now: Instant) -> Option<DataKey> {
        let entry = self.entries.get_mut(id)?;
        let young = now.saturating_duration_since(entry.since) < self.limits.age;
        if !young || entry.uses_left == 0 || entry.bytes_left < bytes {
            self.entries.remove(id);
            return None;
        }
        entry.uses_left -= 1;
        entry.bytes_left -= bytes;
        entry.used = now;
        Some(Arc::clone(&entry.key))
    }

    /// Counts a use of a key that came straight from a fetch.
    pub(super) fn charge(&mut self, id: &KeyId, bytes: u64) {
        if let Some(entry) = self.entries.get_mut(id) {
            entry.uses_left = entry.uses_left.saturating_sub(1);
            entry.bytes_left = entry.bytes_left.saturating_sub(bytes);
        }
    }

    /// Keeps a key, in place of the one not used for longest when there is no room.
    pub(super) fn insert(&mut self, id: KeyId, key: DataKey, now: Instant) {
        if self.limits.entries == 0 {
            return;
        }
        if self.entries.len() >= self.limits.entries {
            self.sweep(now);
        }
        // A scan, but only after a call to KMS, which takes a thousand times as long.
        if self.entries.len() >= self.limits.entries
            && let Some((oldest, _)) = self.entries.iter().min_by_key(|(_, entry)| entry.used)
        {
            let oldest = *oldest;
            self.entries.remove(&oldest);
        }
        let entry = Entry {
            key,
            since: now,
            used: now,
            uses_left: self.limits.uses,
            bytes_left: self.limits.bytes,
        };
        self.entries.insert(id, entry);
    }

    /// Drops the keys that are too old.
    pub(super) fn sweep(&mut self, now: Instant) {
        let age = self.limits.age;
        self.entries
            .retain(|_, entry| now.saturating_duration_since(entry.since) < age);
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}
