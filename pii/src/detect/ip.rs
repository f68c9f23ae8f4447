//! IPv6 addresses (RFC 4291 §2.2), read by the standard library, and prefix lengths (RFC 4632).
//!
//! The pattern only gathers characters that an address can hold; whether they are one is decided by
//! parsing. IPv4 addresses are read in [`super::number`].

use std::net::Ipv6Addr;

use regex::Regex;

use super::{Candidates, DetectError, Match, clear_after, clear_before};
use crate::Entity;

/// The longest written form, with an IPv4 tail.
const MAX_BYTES: usize = 45;

pub(super) fn pattern() -> Regex {
    Regex::new("[0-9A-Fa-f]*:[0-9A-Fa-f:.]*")
        .expect("the pattern is a constant that a test compiles")
}

pub(super) fn scan(pattern: &Regex, candidates: &mut Candidates<'_>) -> Result<(), DetectError> {
    let text = candidates.text;
    for run in pattern.find_iter(text) {
        let end = trimmed_end(text, run.start(), run.end());
        let found = starts(text, run.start(), end).find_map(|start| {
            let whole = clear_before(text, start) && clear_after(text, end);
            let address = text
                .get(start..end)
                .filter(|run| whole && run.len() <= MAX_BYTES)?;
            Some((start, address.parse::<Ipv6Addr>().ok()?))
        });
        let Some((start, address)) = found else {
            continue;
        };
        // A lone "::" is the unspecified address, and far more often a typing habit.
        let base_percent = if address.is_unspecified() { 10 } else { 60 };
        candidates.offer(Match {
            entity: Entity::IpAddress,
            start,
            end: with_prefix_length(text, end, 128),
            pattern: "ipv6",
            base_percent,
            checksum: None,
        })?;
    }
    Ok(())
}

/// Where an address may begin: at the run, or behind its first colon, because the end of a label
/// reads as hexadecimal too (`source:2001:db8::1`).
fn starts(text: &str, start: usize, end: usize) -> impl Iterator<Item = usize> {
    let run = text.get(start..end).unwrap_or_default();
    let label = run.find(':').filter(|&colon| {
        let after = &run[colon + 1..];
        !after.starts_with(':') || after.starts_with("::")
    });
    core::iter::once(start).chain(label.map(|colon| start + colon + 1))
}

/// Takes the full stops and the single colon of a sentence off the end of a run.
fn trimmed_end(text: &str, start: usize, end: usize) -> usize {
    let run = text[start..end].trim_end_matches('.');
    match run.strip_suffix(':') {
        Some(rest) if !rest.ends_with(':') => start + rest.len(),
        _ => start + run.len(),
    }
}

/// Where the address that ends at `end` ends with the prefix length that may follow it.
pub(super) fn with_prefix_length(text: &str, end: usize, most: u8) -> usize {
    let Some(rest) = text[end..].strip_prefix('/') else {
        return end;
    };
    let digits = rest.bytes().take(4).take_while(u8::is_ascii_digit).count();
    let after = end + 1 + digits;
    match rest[..digits].parse::<u8>() {
        Ok(length) if length <= most && clear_after(text, after) => after,
        _ => end,
    }
}
