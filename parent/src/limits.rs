//! What keeps one caller from taking what all share: bytes of memory, and requests a second.
//!
//! A budget is asked before memory is taken and never waits: what does not fit now is refused at
//! once, so load beyond the bounds costs little and no two requests can block each other. Who asks
//! is only known by its address and trusted with nothing. Next: [`crate::http`] asks.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Bytes that all requests under way may hold together.
#[derive(Clone, Debug)]
pub struct ByteBudget {
    shared: Arc<BudgetState>,
}

#[derive(Debug)]
struct BudgetState {
    total: usize,
    used: AtomicUsize,
}

/// A share of the budget; given back on drop.
#[derive(Debug)]
pub struct HeldBytes {
    bytes: usize,
    shared: Arc<BudgetState>,
}

impl ByteBudget {
    /// A budget of `total` bytes.
    pub fn new(total: usize) -> Self {
        Self {
            shared: Arc::new(BudgetState {
                total,
                used: AtomicUsize::new(0),
            }),
        }
    }

    /// Takes `bytes` if they are free now.
    pub fn try_hold(&self, bytes: usize) -> Option<HeldBytes> {
        self.shared.take(bytes).then(|| HeldBytes {
            bytes,
            shared: Arc::clone(&self.shared),
        })
    }

    /// A share of no bytes, to be grown.
    pub fn hold_nothing(&self) -> HeldBytes {
        HeldBytes {
            bytes: 0,
            shared: Arc::clone(&self.shared),
        }
    }

    /// Bytes held now.
    pub fn used(&self) -> usize {
        self.shared.used.load(Ordering::Relaxed)
    }

    /// Bytes there are.
    pub fn total(&self) -> usize {
        self.shared.total
    }
}

impl BudgetState {
    fn take(&self, bytes: usize) -> bool {
        let fits = |used: usize| used.checked_add(bytes).filter(|sum| *sum <= self.total);
        self.used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits)
            .is_ok()
    }
}

impl HeldBytes {
    /// Takes `bytes` more if they are free now; says whether it did.
    pub fn try_grow(&mut self, bytes: usize) -> bool {
        let taken = self.shared.take(bytes);
        if taken {
            self.bytes += bytes;
        }
        taken
    }

    /// Gives back all but `bytes`; keeps what it has when that is less.
    pub fn shrink_to(&mut self, bytes: usize) {
        let surplus = self.bytes.saturating_sub(bytes);
        self.bytes -= surplus;
        self.shared.used.fetch_sub(surplus, Ordering::Relaxed);
    }
}

impl Drop for HeldBytes {
    fn drop(&mut self) {
        self.shared.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// A quarter of the machine's memory in bytes, or 256 MiB where that cannot be read.
pub fn quarter_of_memory() -> usize {
    const UNKNOWN: usize = 1024 * 1024 * 1024;
    let read = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = read
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))
        .and_then(|rest| rest.trim().strip_suffix("kB"))
        .and_then(|kib| kib.trim().parse::<usize>().ok())
        .map_or(UNKNOWN, |kib| kib.saturating_mul(1024));
    total / 4
}

/// Permits a number of events a second, with twice as many at once.
#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    fn full(rate: f64, now: Instant) -> Self {
        Self {
            tokens: rate * BURST,
            filled: now,
        }
    }

    fn refill(&mut self, rate: f64, now: Instant) {
        let gained = now.saturating_duration_since(self.filled).as_secs_f64() * rate;
        self.tokens = (self.tokens + gained).min(rate * BURST);
        self.filled = now;
    }

    fn take(&mut self, rate: f64, now: Instant) -> Result<(), Duration> {
        self.refill(rate, now);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            Ok(())
        } else {
            Err(Duration::from_secs_f64((1.0 - self.tokens) / rate))
        }
    }
}

/// Seconds' worth of events that may come at once.
const BURST: f64 = 2.0;

/// Addresses remembered; an IPv6 network of 64 bits counts as one.
const MAX_ADDRESSES: usize = 4096;

/// A rate for each address.
#[derive(Debug)]
pub struct RateLimiter {
    per_second: f64,
    buckets: Mutex<HashMap<IpAddr, Bucket>>,
}

impl RateLimiter {
    /// Allows `per_second` events a second from each address; 0 allows all.
    pub fn new(per_second: u32) -> Self {
        Self {
            per_second: f64::from(per_second),
            buckets: Mutex::default(),
        }
    }

    /// Counts one event of `address` at `now`.
    ///
    /// # Errors
    ///
    /// How long to wait, when the rate is used up.
    pub fn take(&self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        if self.per_second <= 0.0 {
            return Ok(());
        }
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MAX_ADDRESSES {
            // A bucket full again says no more than one that was never made.
            let full = self.per_second * BURST;
            buckets.retain(|_, bucket| {
                bucket.refill(self.per_second, now);
                bucket.tokens < full
            });
        }
        let crowded = buckets.len() >= MAX_ADDRESSES;
        match buckets.entry(network(address)) {
            Entry::Occupied(found) => found.into_mut().take(self.per_second, now),
            // So many addresses at once are an attack; a new one waits until others are forgotten.
            Entry::Vacant(_) if crowded => Err(Duration::from_secs(1)),
            Entry::Vacant(free) => free
                .insert(Bucket::full(self.per_second, now))
                .take(self.per_second, now),
        }
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            std::net::Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn bytes_held_are_counted_grown_and_given_back() {
        let budget = ByteBudget::new(100);
        let mut first = budget.try_hold(60).unwrap();
        assert!(budget.try_hold(41).is_none());
        assert!(!first.try_grow(41));
        assert!(first.try_grow(40));
        assert_eq!(budget.used(), 100);
        first.shrink_to(10);
        first.shrink_to(50);
        assert_eq!(budget.used(), 10);
        assert!(budget.try_hold(usize::MAX).is_none());
        drop(first);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn a_rate_admits_its_burst_then_waits_then_refills() {
        let rate = RateLimiter::new(5);
        let (me, now) = (IpAddr::from([10, 0, 0, 1]), Instant::now());
        for _ in 0..10 {
            assert_eq!(rate.take(me, now), Ok(()));
        }
        assert_eq!(rate.take(me, now), Err(Duration::from_millis(200)));
        assert_eq!(rate.take(IpAddr::from([10, 0, 0, 2]), now), Ok(()));
        assert_eq!(rate.take(me, now + Duration::from_millis(201)), Ok(()));
    }

    #[test]
    fn a_rate_of_zero_admits_all() {
        let rate = RateLimiter::new(0);
        let now = Instant::now();
        assert!((0..1000).all(|_| rate.take(IpAddr::from([1, 1, 1, 1]), now).is_ok()));
    }

    #[test]
    fn the_table_of_addresses_is_bounded_and_forgets_the_idle() {
        let rate = RateLimiter::new(1);
        let now = Instant::now();
        for index in 0..MAX_ADDRESSES {
            let address = std::net::Ipv4Addr::from(u32::try_from(index).unwrap());
            assert_eq!(rate.take(address.into(), now), Ok(()));
        }
        let late = IpAddr::from([99, 9, 9, 9]);
        assert_eq!(rate.take(late, now), Err(Duration::from_secs(1)));
        assert_eq!(rate.take(late, now + Duration::from_secs(3)), Ok(()));
        assert_eq!(rate.buckets.lock().unwrap().len(), 1);
    }

    #[test]
    fn addresses_of_one_ipv6_network_share_a_rate() {
        let one: IpAddr = "2001:db8::1".parse().unwrap();
        let other: IpAddr = "2001:db8::ffff:1".parse().unwrap();
        assert_eq!(network(one), network(other));
        let mapped: IpAddr = "::ffff:10.0.0.1".parse().unwrap();
        assert_eq!(network(mapped), IpAddr::from([10, 0, 0, 1]));
    }
}
