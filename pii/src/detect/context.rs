//! Words that announce a type: "SSN: 078…" is surer than the digits alone.
//!
//! A word counts as a whole word, whatever its case, among the five before the finding that begin
//! within [`REACH_BYTES`] of it. A script without spaces has no words: there, what announces may
//! stand anywhere in the run before. Only a bounded stretch of text is read, so the cost does not
//! depend on the length of the text.

use core::hash::BuildHasherDefault;
use std::collections::HashMap;

use aho_corasick::{AhoCorasick, BuildError};

use super::table::Mix;
use super::words::{Word, WordKind};
use crate::identifier::Identifier;

/// How much a context word adds.
pub(super) const RAISE_PERCENT: u8 = 35;
/// How many words before a finding are looked at.
pub(super) const WORDS: usize = 5;
/// How far back a word may begin, or a run of a script without spaces may end.
pub(super) const REACH_BYTES: usize = 128;
/// A longer word announces nothing.
const MAX_WORD_BYTES: usize = 64;
/// Bytes by which beginnings are found. A test holds every one to be at least so long.
const HEAD: usize = 3;
/// The most identifiers an engine may have.
pub(super) const MAX_IDENTIFIERS: usize = 768;

/// A set of identifiers, by their places in the engine's list.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Set([u64; MAX_IDENTIFIERS / 64]);

impl Set {
    pub(super) const fn add(&mut self, place: usize) {
        self.0[place / 64] |= 1 << (place % 64);
    }

    pub(super) const fn holds(&self, place: usize) -> bool {
        self.0[place / 64] & (1 << (place % 64)) != 0
    }

    pub(super) fn join(&mut self, other: &Self) {
        for (ours, theirs) in self.0.iter_mut().zip(other.0) {
            *ours |= theirs;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Which words announce what.
#[derive(Debug)]
pub(super) struct Announcements {
    whole: HashMap<&'static str, Set, BuildHasherDefault<Mix>>,
    /// Words that stand for all that begin with them, by their first bytes.
    beginnings: HashMap<[u8; HEAD], Vec<(&'static str, Set)>, BuildHasherDefault<Mix>>,
    /// Of scripts without spaces.
    unspaced: AhoCorasick,
    unspaced_sets: Vec<Set>,
}

impl Announcements {
    /// The words of all identifiers.
    ///
    /// # Errors
    ///
    /// When their automaton cannot be built: there are far too many.
    pub(super) fn new(identifiers: &[&'static Identifier]) -> Result<Self, BuildError> {
        let mut whole: HashMap<_, Set> = HashMap::new();
        let mut beginnings: HashMap<_, Set> = HashMap::new();
        let mut unspaced: HashMap<_, Set> = HashMap::new();
        for (place, identifier) in identifiers.iter().enumerate() {
            for word in identifier.context {
                let (words, word) = match word.strip_suffix('*') {
                    Some(beginning) if !is_unspaced(beginning) => (&mut beginnings, beginning),
                    _ if is_unspaced(word) => (&mut unspaced, word.trim_end_matches('*')),
                    _ => (&mut whole, *word),
                };
                words.entry(word).or_default().add(place);
            }
        }
        let mut by_head: HashMap<_, Vec<_>, BuildHasherDefault<Mix>> = HashMap::default();
        for (word, set) in beginnings {
            if let Some(head) = word.as_bytes().first_chunk::<HEAD>() {
                by_head.entry(*head).or_default().push((word, set));
            }
        }
        let (patterns, unspaced_sets): (Vec<_>, _) = unspaced.into_iter().unzip();
        Ok(Self {
            whole: whole.into_iter().collect(),
            beginnings: by_head,
            unspaced: AhoCorasick::new(patterns)?,
            unspaced_sets,
        })
    }

    /// What a word announces.
    pub(super) fn of(&self, text: &str, word: &Word) -> Set {
        let mut set = Set::default();
        if word.kind == WordKind::Unspaced {
            let from =
                text.ceil_char_boundary(word.start.max(word.end.saturating_sub(REACH_BYTES)));
            for found in self.unspaced.find_overlapping_iter(&text[from..word.end]) {
                set.join(&self.unspaced_sets[found.pattern().as_usize()]);
            }
            return set;
        }
        if word.len() > MAX_WORD_BYTES {
            return set;
        }
        let mut lower = [0; MAX_WORD_BYTES];
        let word = &text[word.start..word.end];
        let owned;
        let word = if word.is_ascii() {
            let lower = &mut lower[..word.len()];
            lower.copy_from_slice(word.as_bytes());
            lower.make_ascii_lowercase();
            core::str::from_utf8(lower).unwrap_or_default()
        } else {
            owned = word.to_lowercase();
            owned.as_str()
        };
        if let Some(announced) = self.whole.get(word) {
            set.join(announced);
        }
        let head = word.as_bytes().first_chunk::<HEAD>();
        for (beginning, announced) in head
            .and_then(|head| self.beginnings.get(head))
            .into_iter()
            .flatten()
        {
            if word.starts_with(beginning) {
                set.join(announced);
            }
        }
        set
    }
}

/// Whether a word of the tables is of a script without spaces.
fn is_unspaced(word: &str) -> bool {
    let mut words = Vec::new();
    super::words::read(word, 0..word.len(), &mut words);
    words
        .first()
        .is_some_and(|word| word.kind == WordKind::Unspaced)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identifier;

    #[test]
    fn no_beginning_is_too_short_to_be_found() {
        for word in identifier::ALL
            .iter()
            .flat_map(|identifier| identifier.context)
        {
            let beginning = word.strip_suffix('*').unwrap_or("long enough");
            assert!(beginning.len() >= HEAD, "{word}");
        }
        assert!(identifier::ALL.len() <= MAX_IDENTIFIERS);
    }
}
