//! Which requests are too old, too new or seen before.
//!
//! An id is accepted once in the life of the enclave: it is remembered for as long as a request may
//! be under way, and older ones are refused by their time. A restarted enclave has another HPKE key,
//! so nothing sealed before opens after. Time is the enclave's; nothing here reads a clock.

use std::collections::{BTreeMap, HashSet};

use vouchsafe_common::{
    UnixMillis,
    limits::{FRESHNESS_WINDOW, MAX_CLOCK_SKEW},
    message::{Refusal, RequestId},
};

/// Ids remembered at once; beyond it requests are refused, never forgotten. 17,000 requests a
/// second for a whole window, at about 60 bytes each.
pub const MAX_REMEMBERED: usize = 1 << 20;

/// The ids of the last [`FRESHNESS_WINDOW`].
#[derive(Debug)]
pub struct ReplayWindow {
    earliest: UnixMillis,
    /// The latest time that ids were judged by. Requests read the clock before they get here, and
    /// one that was overtaken must not be judged by a time whose ids are forgotten.
    latest: UnixMillis,
    capacity: usize,
    seen: HashSet<RequestId>,
    /// Ids by the second after which their time alone refuses them.
    expiring: BTreeMap<u64, Vec<RequestId>>,
}

impl ReplayWindow {
    /// An empty window of an enclave that started at `start`.
    pub fn new(start: UnixMillis) -> Self {
        Self {
            earliest: start.plus(MAX_CLOCK_SKEW),
            latest: start,
            capacity: MAX_REMEMBERED,
            seen: HashSet::new(),
            expiring: BTreeMap::new(),
        }
    }

    /// Accepts a request once.
    ///
    /// # Errors
    ///
    /// [`Refusal::IssuedInFuture`], [`Refusal::Stale`], [`Refusal::Replayed`], or
    /// [`Refusal::Overloaded`] when no more ids can be remembered.
    pub fn accept(
        &mut self,
        id: RequestId,
        issued_at: UnixMillis,
        now: UnixMillis,
    ) -> Result<(), Refusal> {
        self.latest = self.latest.max(now);
        let now = self.latest;
        if issued_at > now.plus(MAX_CLOCK_SKEW) {
            return Err(Refusal::IssuedInFuture);
        }
        if issued_at.plus(FRESHNESS_WINDOW) < now || issued_at < self.earliest {
            return Err(Refusal::Stale);
        }
        self.forget_expired(now);
        if self.seen.contains(&id) {
            return Err(Refusal::Replayed);
        }
        if self.seen.len() >= self.capacity {
            return Err(Refusal::Overloaded);
        }
        self.seen.insert(id);
        let expiry = issued_at.plus(FRESHNESS_WINDOW).0 / 1_000;
        self.expiring.entry(expiry).or_default().push(id);
        Ok(())
    }

    fn forget_expired(&mut self, now: UnixMillis) {
        // A second is forgotten only when all of it has passed.
        while let Some(entry) = self.expiring.first_entry() {
            if *entry.key() >= now.0 / 1_000 {
                break;
            }
            for id in entry.remove() {
                self.seen.remove(&id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const START: UnixMillis = UnixMillis(1_790_000_000_000);

    fn later(milliseconds: u64) -> UnixMillis {
        START.plus(Duration::from_millis(milliseconds))
    }

    fn id(number: u8) -> RequestId {
        RequestId([number; 16])
    }

    #[test]
    fn an_id_is_accepted_once() {
        let mut window = ReplayWindow::new(START);
        assert_eq!(window.accept(id(1), later(2_000), later(2_000)), Ok(()));
        assert_eq!(
            window.accept(id(1), later(2_000), later(2_001)),
            Err(Refusal::Replayed)
        );
        assert_eq!(window.accept(id(2), later(2_000), later(2_001)), Ok(()));
    }

    #[test]
    fn a_replay_is_refused_at_every_moment_afterwards() {
        let mut window = ReplayWindow::new(START);
        assert_eq!(window.accept(id(1), later(5_500), later(5_500)), Ok(()));
        for now in (5_500..70_000).step_by(250) {
            let refused = window
                .accept(id(1), later(5_500), later(now))
                .expect_err("a replay");
            let stale = now > 65_500;
            assert_eq!(
                refused,
                if stale {
                    Refusal::Stale
                } else {
                    Refusal::Replayed
                },
                "{now}"
            );
        }
    }

    #[test]
    fn a_request_older_than_the_window_is_stale_to_the_millisecond() {
        let mut window = ReplayWindow::new(START);
        assert_eq!(window.accept(id(1), later(2_000), later(62_000)), Ok(()));
        assert_eq!(
            window.accept(id(2), later(2_000), later(62_001)),
            Err(Refusal::Stale)
        );
    }

    #[test]
    fn a_request_from_before_the_start_and_its_skew_is_stale() {
        let mut window = ReplayWindow::new(START);
        assert_eq!(
            window.accept(id(1), later(999), later(1_500)),
            Err(Refusal::Stale)
        );
        assert_eq!(window.accept(id(1), later(1_000), later(1_500)), Ok(()));
    }

    #[test]
    fn a_request_from_the_future_is_refused_beyond_the_skew() {
        let mut window = ReplayWindow::new(START);
        assert_eq!(
            window.accept(id(1), later(3_001), later(2_000)),
            Err(Refusal::IssuedInFuture)
        );
        assert_eq!(window.accept(id(1), later(3_000), later(2_000)), Ok(()));
    }

    #[test]
    fn a_replay_that_read_the_clock_before_its_id_was_forgotten_is_stale() {
        let mut window = ReplayWindow::new(START);
        assert_eq!(window.accept(id(1), later(2_000), later(2_000)), Ok(()));
        assert_eq!(window.accept(id(2), later(63_000), later(63_000)), Ok(()));
        assert_eq!(
            window.accept(id(1), later(2_000), later(61_999)),
            Err(Refusal::Stale)
        );
    }

    #[test]
    fn a_full_window_refuses_and_is_free_again_later() {
        let mut window = ReplayWindow {
            capacity: 2,
            ..ReplayWindow::new(START)
        };
        assert_eq!(window.accept(id(1), later(2_000), later(2_000)), Ok(()));
        assert_eq!(window.accept(id(2), later(2_000), later(2_000)), Ok(()));
        assert_eq!(
            window.accept(id(3), later(2_000), later(2_000)),
            Err(Refusal::Overloaded)
        );
        assert_eq!(window.accept(id(3), later(63_000), later(63_000)), Ok(()));
        assert_eq!((window.seen.len(), window.expiring.len()), (1, 1));
    }
}
