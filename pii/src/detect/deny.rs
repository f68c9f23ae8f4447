//! The caller's own words: every place where one stands as a whole word.
//!
//! At each place the sorted list is narrowed down byte by byte, so a place costs at most the length
//! of the longest entry, however many entries there are. The longest that fits wins; the next place
//! is the next character, so that entries which overlap are all found.

use super::{Candidates, Checksum, DetectError, Match, clear_after, clear_before};
use crate::Entity;

pub(super) fn scan(candidates: &mut Candidates<'_>) -> Result<(), DetectError> {
    let (text, plan) = (candidates.text, candidates.plan);
    if plan.deny.is_empty() {
        return Ok(());
    }
    for (start, first) in text.char_indices() {
        if first.is_alphanumeric() && !clear_before(text, start) {
            continue;
        }
        if let Some(end) = longest(text, start, &plan.deny) {
            candidates.offer(Match {
                entity: Entity::DenyList,
                start,
                end,
                pattern: "deny-list",
                base_percent: 100,
                checksum: None::<Checksum>,
            })?;
        }
    }
    Ok(())
}

/// Where the longest entry that stands at `start` as a whole word ends.
fn longest(text: &str, start: usize, sorted: &[&[u8]]) -> Option<usize> {
    let mut left = sorted;
    let mut found = None;
    for (depth, &byte) in text.as_bytes()[start..].iter().enumerate() {
        let at = |entry: Option<&&[u8]>| entry.and_then(|entry| entry.get(depth).copied());
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
