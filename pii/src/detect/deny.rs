//! The caller's own words: every place where one stands as a whole word.
//!
//! At each place the sorted list is narrowed down byte by byte, so a place costs at most the length
//! of the longest entry, however many entries there are. The longest that fits wins; the next place
//! is the next character, so that entries which overlap are all found.

use core::ops::Range;

use super::scan::Scan;
use super::words::{clear_after, clear_before};
use super::{DENY_LIST, Match};

pub(super) fn scan(scan: &mut Scan<'_>, range: Range<usize>) {
    let (text, plan) = (scan.text, scan.plan);
    let deny = plan.deny();
    if deny.is_empty() {
        return;
    }
    for (at, first) in text[range.clone()].char_indices() {
        let start = range.start + at;
        if first.is_alphanumeric() && !clear_before(text, start) {
            continue;
        }
        if let Some(end) = longest(text, start, deny) {
            scan.report(Match {
                identifier: DENY_LIST,
                start,
                end,
                pattern: "deny-list",
                percent: 100,
                checksum: None,
            });
        }
    }
}

/// Where the longest entry that stands at `start` as a whole word ends.
fn longest(text: &str, start: usize, sorted: &[Vec<u8>]) -> Option<usize> {
    let mut left = sorted;
    let mut found = None;
    for (depth, &byte) in text.as_bytes()[start..].iter().enumerate() {
        let at = |entry: Option<&Vec<u8>>| entry.and_then(|entry| entry.get(depth).copied());
        // In a sorted list, ends that agree mean that everything between them does.
        if at(left.first()) != Some(byte) || at(left.last()) != Some(byte) {
            let from = left.partition_point(|entry| at(Some(entry)).is_none_or(|at| at < byte));
            let to = left.partition_point(|entry| at(Some(entry)).is_none_or(|at| at <= byte));
            left = &left[from..to];
        }
        let end = start + depth + 1;
        match left.first() {
            None => break,
            Some(entry) if entry.len() == depth + 1 && is_whole(text, end) => found = Some(end),
            Some(_) => {}
        }
    }
    found
}

/// Whether a word that ends at `end` ends there.
fn is_whole(text: &str, end: usize) -> bool {
    let last = text[..end].chars().next_back();
    !last.is_some_and(char::is_alphanumeric) || clear_after(text, end)
}
