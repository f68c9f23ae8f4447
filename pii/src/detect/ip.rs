//! IP addresses: IPv4 (RFC 791), IPv6 (RFC 4291 §2.2), read by the standard library, and the prefix
//! lengths that may follow (RFC 4632).

use core::net::Ipv6Addr;
use core::ops::Range;

use super::Match;
use super::scan::Scan;
use super::words::{WordKind, clear_after, clear_before};
use crate::identifier::{WordClass, gap};

/// The longest written form of an IPv6 address, with an IPv4 tail.
const MAX_BYTES: usize = 45;

/// Looks for an IPv4 address whose first octet is the word of this index.
pub(super) fn scan_v4(scan: &mut Scan<'_>, index: usize) {
    let identifier = scan.engine.places.ip;
    let Some(words) = scan.words().get(index..index + 4) else {
        return;
    };
    let octet = |word: &super::words::Word| {
        let digits = word.kind == WordKind::Whole(WordClass::Digits) && word.len() <= 3;
        digits && scan.text[word.start..word.end].parse::<u8>().is_ok()
    };
    let dotted = words[1..].iter().all(|word| word.gap == gap::DOT);
    if !dotted || !words.iter().all(octet) || !scan.wants(identifier, 60) {
        return;
    }
    let (start, end) = (words[0].start, words[3].end);
    scan.offer_at(
        index,
        Match {
            identifier,
            start,
            end: with_prefix_length(scan.text, end, 32),
            pattern: "ipv4",
            percent: 60,
            checksum: None,
        },
    );
}

/// Looks for IPv6 addresses whose first colon is in `range`.
pub(super) fn scan_v6(scan: &mut Scan<'_>, range: Range<usize>) {
    let identifier = scan.engine.places.ip;
    if !scan.wants(identifier, 60) {
        return;
    }
    let text = scan.text;
    for colon in memchr::memchr_iter(b':', &text.as_bytes()[range.clone()]) {
        let Some((start, end, address)) = address(text, range.start + colon) else {
            continue;
        };
        // A lone "::" is the unspecified address, and far more often a typing habit.
        let percent = if address.is_unspecified() { 10 } else { 60 };
        scan.offer(Match {
            identifier,
            start,
            end: with_prefix_length(text, end, 128),
            pattern: "ipv6",
            percent,
            checksum: None,
        });
    }
}

/// The address whose first colon stands at `colon`. It may begin behind that colon, because the end
/// of a label reads as hexadecimal too (`source:2001:db8::1`).
fn address(text: &str, colon: usize) -> Option<(usize, usize, Ipv6Addr)> {
    let bytes = text.as_bytes();
    let digits = bytes[..colon]
        .iter()
        .rev()
        .take(MAX_BYTES)
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    let start = colon - digits;
    // An earlier colon has looked at this one already.
    if start
        .checked_sub(1)
        .is_some_and(|before| bytes[before] == b':')
    {
        return None;
    }
    let length = bytes[colon..]
        .iter()
        .take(MAX_BYTES + 2)
        .take_while(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'))
        .count();
    let end = trimmed_end(text, start, colon + length);
    let after = text.get(colon + 1..end).unwrap_or_default();
    let label = !after.starts_with(':') || after.starts_with("::");
    [Some(start), label.then_some(colon + 1)]
        .into_iter()
        .flatten()
        .find_map(|start| {
            let whole = clear_before(text, start) && clear_after(text, end);
            let written = text
                .get(start..end)
                .filter(|run| whole && run.len() <= MAX_BYTES)?;
            Some((start, end, written.parse().ok()?))
        })
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
