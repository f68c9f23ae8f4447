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
            let from = leading(left.len(), |index| {
                at(left.get(index)).is_none_or(|at| at < byte)
            });
            left = &left[from..];
            let above = leading(left.len(), |index| {
                at(left.get(left.len() - 1 - index)).is_some_and(|at| at > byte)
            });
            left = &left[..left.len() - above];
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

/// How many of the first of `count` things are `so`, of which none is after one that is not.
///
/// Looks at the nearest first: a step down a list of nested entries takes one or two off an end.
fn leading(count: usize, so: impl Fn(usize) -> bool) -> usize {
    let (mut known, mut step) = (0, 1);
    while known + step <= count && so(known + step - 1) {
        known += step;
        step *= 2;
    }
    let mut end = count.min(known + step - 1);
    while known < end {
        let middle = known + (end - known) / 2;
        if so(middle) {
            known = middle + 1;
        } else {
            end = middle;
        }
    }
    known
}

/// Whether a word that ends at `end` ends there.
fn is_whole(text: &str, end: usize) -> bool {
    let last = text[..end].chars().next_back();
    !last.is_some_and(char::is_alphanumeric) || clear_after(text, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_is_counted_wherever_it_ends() {
        for count in 0..40 {
            for leads in 0..=count {
                assert_eq!(leading(count, |index| index < leads), leads);
            }
        }
    }

    #[test]
    fn the_longest_entry_that_ends_with_its_word_is_found() {
        let mut entries: Vec<Vec<u8>> = ["", "-", "--", "--a", "--ab", "-b", "a", "zz"]
            .iter()
            .map(|entry| entry.as_bytes().to_vec())
            .collect();
        entries.sort_unstable();
        for (text, end) in [
            ("--a", Some(3)),
            ("--ab", Some(4)),
            ("--abc", Some(2)),
            ("-c", Some(1)),
            ("-b", Some(2)),
            ("ab", None),
            ("y", None),
            ("", None),
        ] {
            assert_eq!(longest(text, 0, &entries), end, "{text}");
        }
    }
}
