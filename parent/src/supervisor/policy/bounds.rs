//! The times of the policy, and how long it rests after a failure.

use std::time::Duration;

/// Times and numbers that the policy keeps to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bounds {
    /// Longest pause after the first failure; it doubles with each further one.
    pub shortest_pause: Duration,
    /// Longest pause of all.
    pub longest_pause: Duration,
    /// Failures in a row after which a person is called, and pauses are the longest.
    pub give_up_after: u32,
    /// From start to serving, and from not serving any more to the end.
    pub ready_timeout: Duration,
    /// How long a retired enclave keeps its sessions.
    pub drain: Duration,
    /// How long requests under way have to finish after that: their deadline.
    pub finish: Duration,
}

impl Bounds {
    /// How long to rest after so many failures in a row: a random part of a time that doubles with
    /// each (full jitter), so that many instances do not start in step. From `give_up_after` on it
    /// is the longest pause, whole.
    pub(super) fn pause(&self, failures: u32, jitter: u64) -> Duration {
        if failures >= self.give_up_after {
            return self.longest_pause;
        }
        let doublings = failures.saturating_sub(1).min(31);
        let ceiling = self
            .shortest_pause
            .saturating_mul(1 << doublings)
            .min(self.longest_pause);
        let ceiling_ms = u64::try_from(ceiling.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(jitter % ceiling_ms.saturating_add(1))
    }
}
