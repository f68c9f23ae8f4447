//! Whether a KMS that keeps failing is worth another call.
//!
//! After a few outages in a row, calls are refused at once instead of after their retries, so that
//! requests fail soon and nobody queues behind a dead service; one call now and then goes through to
//! see whether it is back. The SDK has no such thing: its retry quota ends retries, never calls.
//! Pure: the time is an argument, what counts as an outage is [`super::region`]'s to say.

use std::time::{Duration, Instant};

/// Outages in a row that open it.
const MAX_OUTAGES: u32 = 5;

/// How long nothing goes through once it is open, and between two probes.
const PAUSE: Duration = Duration::from_secs(2);

/// Closed (calls go through), open (none does) or half open (one probe does).
#[derive(Debug, Default)]
pub(super) struct Breaker {
    outages: u32,
    /// When the next probe may go; absent while closed.
    next_probe: Option<Instant>,
}

impl Breaker {
    /// Whether a call may go through at `now`. While open, the first to ask after a pause is the
    /// probe, and the pause begins anew for all others: a probe that nobody hears of again blocks
    /// nothing for longer.
    pub(super) fn admits(&mut self, now: Instant) -> bool {
        match self.next_probe {
            None => true,
            Some(at) if now < at => false,
            Some(_) => {
                self.next_probe = Some(now + PAUSE);
                true
            }
        }
    }

    /// KMS answered, whatever it said: closed.
    pub(super) fn answered(&mut self) {
        *self = Self::default();
    }

    /// KMS did not answer, or failed by itself, in every attempt of a call.
    pub(super) fn failed(&mut self, now: Instant) {
        self.outages = self.outages.saturating_add(1);
        if self.outages >= MAX_OUTAGES {
            self.next_probe = Some(now + PAUSE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(now: Instant) -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..MAX_OUTAGES {
            assert!(breaker.admits(now));
            breaker.failed(now);
        }
        breaker
    }

    #[test]
    fn so_many_outages_in_a_row_open_it_and_fewer_do_not() {
        let now = Instant::now();
        let mut breaker = Breaker::default();
        for _ in 1..MAX_OUTAGES {
            breaker.failed(now);
        }
        assert!(breaker.admits(now));
        // An answer in between, and they are not in a row.
        breaker.answered();
        for _ in 1..MAX_OUTAGES {
            breaker.failed(now);
        }
        assert!(breaker.admits(now));
        breaker.failed(now);
        assert!(!breaker.admits(now));
    }

    #[test]
    fn after_a_pause_one_probe_goes_through_and_its_answer_closes() {
        let start = Instant::now();
        let mut breaker = open(start);
        let just_before = PAUSE.saturating_sub(Duration::from_millis(1));
        assert!(!breaker.admits(start + just_before));
        assert!(breaker.admits(start + PAUSE));
        assert!(!breaker.admits(start + PAUSE));
        assert!(!breaker.admits(start + PAUSE + just_before));
        breaker.answered();
        for _ in 0..100 {
            assert!(breaker.admits(start + PAUSE));
        }
    }

    #[test]
    fn a_probe_that_fails_begins_the_pause_anew() {
        let start = Instant::now();
        let mut breaker = open(start);
        assert!(breaker.admits(start + PAUSE));
        let failed = start + PAUSE + PAUSE / 2;
        breaker.failed(failed);
        assert!(!breaker.admits(start + PAUSE + PAUSE));
        assert!(breaker.admits(failed + PAUSE));
    }

    #[test]
    fn a_probe_that_nobody_hears_of_again_is_followed_by_another() {
        let start = Instant::now();
        let mut breaker = open(start);
        for probe in 1..=3 {
            assert!(breaker.admits(start + probe * PAUSE));
            assert!(!breaker.admits(start + probe * PAUSE));
        }
    }
}
