//! What names a request in the logs: an id of the parent's and the caller's W3C trace context.
//!
//! Only a well-formed `traceparent` is taken over, and of it only the two ids; no other header ever
//! reaches a log. Next: [`crate::server`] writes the lines.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

/// Makes request ids: eight digits drawn at start, then a count.
#[derive(Debug)]
pub struct RequestIds {
    start: u32,
    next: AtomicU64,
}

impl Default for RequestIds {
    fn default() -> Self {
        // The hasher's seed is random; ids need to differ between runs, not to be secret.
        let drawn = RandomState::new().build_hasher().finish();
        Self {
            start: (drawn >> 32) as u32,
            next: AtomicU64::new(1),
        }
    }
}

impl RequestIds {
    /// The next id.
    pub fn next(&self) -> String {
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        format!("{:08x}-{count:x}", self.start)
    }
}

/// The ids in a `traceparent` header (W3C Trace Context §3.2): trace and parent.
pub fn trace_ids(header: &[u8]) -> Option<(&str, &str)> {
    let text = std::str::from_utf8(header).ok()?;
    let mut parts = text.split('-');
    let version = hex_part(parts.next()?, 2)?;
    let trace = hex_part(parts.next()?, 32)?;
    let parent = hex_part(parts.next()?, 16)?;
    hex_part(parts.next()?, 2)?;
    let nothing_left = parts.next().is_none();
    let zero = |part: &str| part.bytes().all(|digit| digit == b'0');
    (version == "00" && nothing_left && !zero(trace) && !zero(parent)).then_some((trace, parent))
}

fn hex_part(part: &str, digits: usize) -> Option<&str> {
    let lower = |digit: u8| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit);
    (part.len() == digits && part.bytes().all(lower)).then_some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_well_formed_trace_context_is_taken() {
        let (trace, parent) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
        let good = format!("00-{trace}-{parent}-01");
        assert_eq!(trace_ids(good.as_bytes()), Some((trace, parent)));
        for bad in [
            String::new(),
            good.to_uppercase(),
            format!("01-{trace}-{parent}-01"),
            format!("00-{}-{parent}-01", "0".repeat(32)),
            format!("00-{trace}-{}-01", "0".repeat(16)),
            format!("{good}-extra"),
            format!("00-{trace}-{parent}"),
            format!("00-{trace}x-{parent}-01"),
        ] {
            assert_eq!(trace_ids(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(trace_ids(&[0xff]), None);
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_taken_is_hexadecimal(bytes in proptest::collection::vec(0u8..255, 0..70)) {
            if let Some((trace, parent)) = trace_ids(&bytes) {
                let digits = trace.bytes().chain(parent.bytes());
                proptest::prop_assert!(digits.into_iter().all(|digit| digit.is_ascii_hexdigit()));
            }
        }
    }

    #[test]
    fn request_ids_differ() {
        let ids = RequestIds::default();
        assert_ne!(ids.next(), ids.next());
    }
}
