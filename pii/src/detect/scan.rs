//! One window of text, from words to candidates.
//!
//! Every candidate belongs to one place, its trigger: the beginning of a word, an at sign, a colon.
//! Triggers of the given range are looked at and no others, and what a trigger finds depends only on
//! [`REACH_BACK`] bytes before and [`REACH_AHEAD`] bytes after it; so windows cut anywhere find the
//! same. Next: [`super::scanner`], which cuts them.

use core::cmp::Reverse;
use core::ops::Range;

use super::context::{self, Set};
use super::run::Run;
use super::stretch::Stretch;
use super::table::{Entry, Table};
use super::words::{self, Word, WordKind};
use super::{
    Candidate, Checksum, Engine, Match, Plan, crypto, deny, doubt, email, iban, ip, number, secret,
    url,
};
use crate::identifier::{Compact, MAX_CHARACTERS, MAX_WORDS, WordClass};

/// How far before its trigger anything is looked at, in bytes of normalised text.
pub(super) const REACH_BACK: usize = 2048;
/// How far behind: a sentence of 128 tokens of 64 bytes with as much between them.
pub(super) const REACH_AHEAD: usize = 18 * 1024;

/// A scan of one window.
pub(super) struct Scan<'a> {
    pub(super) engine: &'a Engine,
    pub(super) plan: &'a Plan,
    pub(super) text: &'a str,
    words: &'a mut Vec<Word>,
    /// What words announce, by [`Word::announced`].
    sets: Vec<Set>,
    /// Where something begins for which it was found out what is announced to it, and that.
    heard: Heard,
    found: &'a mut Vec<Candidate>,
    /// Those whose check failed.
    doubtful: &'a mut Vec<Candidate>,
    /// Kept here because it is large.
    pub(super) run: Option<Box<Run>>,
    /// The URL that was read last.
    pub(super) url: Stretch,
}

/// What is announced to something that begins at a place.
#[derive(Default)]
struct Heard {
    at: Option<usize>,
    any: bool,
    set: Set,
}

/// Looks at every trigger of `range` in `text`, both in bytes of normalised text.
pub(super) fn scan(
    engine: &Engine,
    plan: &Plan,
    text: &str,
    range: Range<usize>,
    words: &mut Vec<Word>,
    found: &mut Vec<Candidate>,
    doubtful: &mut Vec<Candidate>,
) {
    let from = text.floor_char_boundary(range.start.saturating_sub(2 * context::REACH_BYTES));
    let to = text.floor_char_boundary(text.len().min(range.end + 2 * words::MAX_WORD));
    words::read(text, from..to, words);
    let mut scan = Scan {
        engine,
        plan,
        text,
        words,
        sets: vec![Set::default()],
        heard: Heard::default(),
        found,
        doubtful,
        run: Some(Box::default()),
        url: Stretch::default(),
    };
    let first = scan.words.partition_point(|word| word.start < range.start);
    let after = scan.words.partition_point(|word| word.start < range.end);
    for index in first..after {
        scan.word(index);
    }
    email::scan(&mut scan, range.clone());
    ip::scan_v6(&mut scan, range.clone());
    secret::scan(&mut scan, range.clone());
    deny::scan(&mut scan, range);
}

impl Scan<'_> {
    pub(super) fn words(&self) -> &[Word] {
        self.words
    }

    fn word(&mut self, index: usize) {
        let word = self.words[index];
        if !self.engine.customs.is_empty() {
            self.customs(index);
        }
        let WordKind::Whole(class) = word.kind else {
            return;
        };
        let engine = self.engine;
        // Behind a plus sign digits are a telephone number and nothing else.
        let plus = self.text.as_bytes()[..word.start].ends_with(b"+");
        if !plus || class == WordClass::Letters {
            self.forms(&engine.table, index, word.start, class);
        }
        match class {
            WordClass::Digits => number::scan(self, index),
            WordClass::Mixed => {
                iban::scan(self, word.start);
                crypto::scan(self, index);
                self.glued(index);
            }
            WordClass::Letters => {}
        }
        url::scan(self, index);
    }

    /// Recognisers of a user's own.
    fn customs(&mut self, index: usize) {
        let (engine, start) = (self.engine, self.words[index].start);
        for (own, custom) in engine.customs.iter().enumerate() {
            let identifier = engine.identifiers.len() + own;
            if !self.may_be(index, start, identifier, custom.percent) {
                continue;
            }
            let text = self.text;
            let end = custom.end(text, start, |end| words::clear_after(text, end));
            let Some(end) = end else {
                continue;
            };
            let checked = custom.check(&self.text[start..end]);
            if let Ok(checksum) = doubt::judge(checked, self.plan.looks_like()) {
                self.offer_at(
                    index,
                    Match {
                        identifier,
                        start,
                        end,
                        pattern: "custom",
                        percent: custom.percent,
                        checksum,
                    },
                );
            }
        }
    }

    /// Forms that may follow a letter directly, at every place where digits follow letters.
    fn glued(&mut self, index: usize) {
        let Word { start, end, .. } = self.words[index];
        let (bytes, engine) = (self.text.as_bytes(), self.engine);
        for at in (start + 1).max(end.saturating_sub(MAX_CHARACTERS))..end {
            if bytes[at].is_ascii_digit() && bytes[at - 1].is_ascii_alphabetic() {
                let digits = bytes[at..end].iter().all(u8::is_ascii_digit);
                let class = if digits {
                    WordClass::Digits
                } else {
                    WordClass::Mixed
                };
                self.forms(&engine.glued, index, at, class);
            }
        }
    }

    /// Forms that begin at `start`, in the word of this index whose rest is of this class.
    fn forms(&mut self, table: &Table, index: usize, start: usize, class: WordClass) {
        let (mut key, mut total) = (0, 0);
        let last = self.words.len().min(index + MAX_WORDS);
        let mut compact: Option<(usize, Compact)> = None;
        for next in index..last {
            let word = self.words[next];
            let (from, class) = match word.kind {
                WordKind::Whole(_) if next == index => (start, class),
                WordKind::Whole(class) if word.gap != 0 => (word.start, class),
                _ => return,
            };
            total += word.end - from;
            if total > MAX_CHARACTERS {
                return;
            }
            key = class.extend(key, word.end - from);
            let Some(node) = table.node(key) else {
                return;
            };
            for form in &node.complete {
                // The rest is less sure still, and nothing announces it.
                if form.percent < self.plan.floor() && !self.hears_any(index, start) {
                    break;
                }
                // Nor could it be surer than what stands here already, announced or not.
                if self.is_beaten(form.percent, start, word.end) {
                    break;
                }
                if self.may_be(index, start, form.identifier(), form.percent) {
                    let compact =
                        compact_to(&mut compact, self.text, self.words, index, start, next);
                    let entry = table.entry(*form);
                    self.consider(index, start, word.end, entry, compact);
                }
            }
            if !node.goes_on {
                return;
            }
        }
    }

    /// Whether what was found last is of just this stretch, and surer than this could become.
    fn is_beaten(&self, percent: u8, start: usize, end: usize) -> bool {
        let most = percent.saturating_add(context::RAISE_PERCENT);
        let is_surer = |last: &Candidate| {
            (last.found.start, last.found.end) == (start, end) && last.percent > most
        };
        !self.plan.looks_like() && self.found.last().is_some_and(is_surer)
    }

    /// Whether something of this confidence reaches the threshold here, which most does not.
    pub(super) fn may_be(
        &mut self,
        index: usize,
        start: usize,
        identifier: usize,
        percent: u8,
    ) -> bool {
        percent >= self.plan.least(identifier)
            || (self.wants(identifier, percent) && self.hears(index, start, identifier))
    }

    fn consider(&mut self, index: usize, start: usize, end: usize, entry: &Entry, text: &Compact) {
        if !entry.shape.matches(text) {
            return;
        }
        let identifier = self.engine.identifiers[entry.identifier];
        let check = entry.form.check.or(identifier.check);
        let checked = check.map(|check| check(text.letters()));
        let Ok(checksum) = doubt::judge(checked, self.plan.looks_like()) else {
            return;
        };
        let found = Match {
            identifier: entry.identifier,
            start,
            end,
            pattern: entry.form.name,
            percent: entry.form.percent,
            checksum,
        };
        self.offer_at(index, found);
    }

    /// Whether an identifier is announced to something that begins at `start`, in the word of this
    /// index or right before it.
    fn hears(&mut self, index: usize, start: usize, identifier: usize) -> bool {
        if self.heard.at != Some(start) {
            self.listen_before(index, start);
        }
        self.heard.any && self.heard.set.holds(identifier)
    }

    /// Whether anything is announced to it.
    fn hears_any(&mut self, index: usize, start: usize) -> bool {
        if self.heard.at != Some(start) {
            self.listen_before(index, start);
        }
        self.heard.any
    }

    /// Finds out what is announced to something that begins at `start`.
    fn listen_before(&mut self, index: usize, start: usize) {
        self.heard.at = Some(start);
        if self.heard.any {
            self.heard.set = Set::default();
            self.heard.any = false;
        }
        for before in (index.saturating_sub(context::WORDS)..index).rev() {
            let word = self.words[before];
            let near = if word.kind == WordKind::Unspaced {
                word.end
            } else {
                word.start
            };
            if start.saturating_sub(near) > context::REACH_BYTES {
                break;
            }
            let place = match word.announced {
                Some(place) => place,
                None => self.listen(before),
            };
            if place != 0 {
                self.heard.set.join(&self.sets[place as usize]);
                self.heard.any = true;
            }
        }
    }

    /// Finds out what a word announces; 0 for nothing.
    fn listen(&mut self, index: usize) -> u32 {
        let word = self.words[index];
        let mut place = 0;
        if word.kind != WordKind::Whole(WordClass::Digits)
            && let Some(set) = self.engine.announcements.of(self.text, &word)
        {
            place = u32::try_from(self.sets.len()).unwrap_or(0);
            self.sets.push(set);
        }
        self.words[index].announced = Some(place);
        place
    }

    /// Whether something could reach the threshold, and is wanted at all.
    pub(super) fn wants(&self, identifier: usize, percent: u8) -> bool {
        percent.saturating_add(context::RAISE_PERCENT) >= self.plan.least(identifier)
    }

    /// Weighs a match that begins in the word of this index, or right before it.
    pub(super) fn offer_at(&mut self, index: usize, found: Match) {
        let Match {
            identifier,
            start,
            end,
            ..
        } = found;
        if !self.wants(identifier, doubt::weighed(&found, 0))
            || self.plan.allows(&self.text[start..end])
        {
            return;
        }
        let context = self.hears(index, start, identifier);
        let raise = if context { context::RAISE_PERCENT } else { 0 };
        let percent = doubt::weighed(&found, raise);
        if percent >= self.plan.least(identifier) {
            self.keep(Candidate {
                found,
                percent,
                context,
            });
        }
    }

    /// Keeps a candidate, unless the last one is surer of the same stretch: that would win anyway.
    fn keep(&mut self, candidate: Candidate) {
        let order = |of: &Candidate| (Reverse(of.percent), self.engine.entity(of.found.identifier));
        let span = |of: &Candidate| (of.found.start, of.found.end);
        let kept = match candidate.found.checksum {
            Some(Checksum::Failed) => &mut *self.doubtful,
            _ => &mut *self.found,
        };
        match kept.last_mut() {
            Some(last) if span(last) == span(&candidate) => {
                if order(&candidate) < order(last) {
                    *last = candidate;
                }
            }
            _ => kept.push(candidate),
        }
    }

    /// Weighs a match that begins anywhere.
    pub(super) fn offer(&mut self, found: Match) {
        let index = self.words.partition_point(|word| word.end <= found.start);
        self.offer_at(index, found);
    }

    /// Reports what needs no weighing.
    pub(super) fn report(&mut self, found: Match) {
        if !self.plan.allows(&self.text[found.start..found.end]) {
            let percent = found.percent;
            self.found.push(Candidate {
                found,
                percent,
                context: false,
            });
        }
    }
}

/// The letters and digits from `start` to the end of the word `last`, read on from what was there.
fn compact_to<'c>(
    compact: &'c mut Option<(usize, Compact)>,
    text: &str,
    words: &[Word],
    index: usize,
    start: usize,
    last: usize,
) -> &'c Compact {
    let (read, compact) = compact.get_or_insert_with(|| (index, Compact::new()));
    for (next, word) in words.iter().enumerate().take(last + 1).skip(*read) {
        let from = if next == index { start } else { word.start };
        for (place, byte) in text.as_bytes()[from..word.end].iter().enumerate() {
            let gap = if place == 0 && next > index {
                word.gap
            } else {
                0
            };
            compact.push(*byte, gap);
        }
    }
    *read = last + 1;
    compact
}
