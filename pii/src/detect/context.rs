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
}

/// Which words announce what.
#[derive(Debug)]
pub(super) struct Announcements {
    whole: HashMap<String, Set, BuildHasherDefault<Mix>>,
    /// Words that stand for all that begin with them, by their first bytes.
    beginnings: HashMap<[u8; HEAD], Vec<(String, Set)>, BuildHasherDefault<Mix>>,
    /// Of scripts without spaces.
    unspaced: AhoCorasick,
    unspaced_sets: Vec<Set>,
}

impl Announcements {
    /// Words, each with the place of the identifier that it announces.
    ///
    /// # Errors
    ///
    /// When their automaton cannot be built: there are far too many.
    pub(super) fn new<'w>(
        words: impl Iterator<Item = (usize, &'w str)>,
    ) -> Result<Self, BuildError> {
        let mut whole: HashMap<_, Set> = HashMap::new();
        let mut beginnings: HashMap<_, Set> = HashMap::new();
        let mut unspaced: HashMap<_, Set> = HashMap::new();
        for (place, word) in words {
            let (words, word) = match word.strip_suffix('*') {
                Some(beginning) if !is_unspaced(beginning) => (&mut beginnings, beginning),
                _ if is_unspaced(word) => (&mut unspaced, word.trim_end_matches('*')),
                _ => (&mut whole, word),
            };
            words.entry(word.to_owned()).or_default().add(place);
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

    /// What a word announces, if anything.
    pub(super) fn of(&self, text: &str, word: &Word) -> Option<Set> {
        if word.kind == WordKind::Unspaced {
            return self.of_unspaced(text, word);
        }
        if word.len() > MAX_WORD_BYTES {
            return None;
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
        let whole = self.whole.get(word);
        let head = word.as_bytes().first_chunk::<HEAD>();
        let begun = head
            .and_then(|head| self.beginnings.get(head))
            .into_iter()
            .flatten();
        let mut all = whole.copied();
        for (_, announced) in begun.filter(|(beginning, _)| word.starts_with(beginning.as_str())) {
            all.get_or_insert_default().join(announced);
        }
        all
    }

    fn of_unspaced(&self, text: &str, word: &Word) -> Option<Set> {
        let from = word.start.max(word.end.saturating_sub(REACH_BYTES));
        let run = &text[text.ceil_char_boundary(from)..word.end];
        let mut all: Option<Set> = None;
        for found in self.unspaced.find_overlapping_iter(run) {
            let announced = &self.unspaced_sets[found.pattern().as_usize()];
            all.get_or_insert_default().join(announced);
        }
        all
    }
}

/// Whether `word`, in lower case, could announce anything: it is one word as texts are cut, no longer
/// than those that are looked up, and if it stands for all that begin with it, long enough for that.
pub(crate) fn can_announce(word: &str) -> bool {
    let stem = word.strip_suffix('*').unwrap_or(word);
    let mut words = Vec::new();
    super::words::read(stem, 0..stem.len(), &mut words);
    let is_one = matches!(words[..], [word] if word.start == 0 && word.end == stem.len());
    let is_looked_up = stem.len() <= MAX_WORD_BYTES || is_unspaced(stem);
    is_one && is_looked_up && (stem.len() == word.len() || stem.len() >= HEAD)
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
