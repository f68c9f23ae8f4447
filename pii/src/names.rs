//! Names in free English text: persons, places, addresses, organisations, groups of people.
//!
//! [`Names`] reads a text sentence by sentence ([`token`]), asks its lists about every word
//! ([`lexicon`]), sets aside those that cannot be part of a name ([`sentence`]), gathers evidence for the others ([`features`]) and lets a
//! small model decide ([`model`]). A decision depends on its sentence alone, so a stream that is cut
//! at [`sentence_end`] is read as the whole text would be.
//!
//! Trusts nothing about the text: no text panics it, its time is linear and its memory is that of
//! one sentence. It keeps offsets and hashes, which are wiped, never letters. The model was trained
//! on sentences written for it and its measured quality is in `pii/model/README.md`: it misses names
//! and finds some that are none, so a finding is never certain.

pub mod features;
pub mod lexicon;
pub mod model;
pub mod sentence;
pub mod token;
mod word;

use lexicon::{BODY, GIVEN, LINK, Lexicon, SURNAME, TITLE};
use model::{Model, OUTSIDE, Scores};
use sentence::Sentence;
use token::{Shape, Token};
use word::hash_of;
use zeroize::Zeroizing;

pub use token::{LOOKAHEAD_BYTES, sentence_end};

/// A text in small letters and without the accents of Latin letters, composed or not.
pub(crate) fn fold(text: &str) -> Zeroizing<String> {
    // A letter of two bytes can have a small form of three.
    let mut folded = Zeroizing::new(Vec::with_capacity(2 * text.len()));
    for c in text.chars() {
        word::fold(c, |byte| folded.push(byte));
    }
    // Whole letters were fed.
    Zeroizing::new(String::from_utf8(core::mem::take(&mut *folded)).unwrap_or_default())
}

/// What a name names.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    /// A person's name, without the title.
    Person,
    /// A city, region, country or other place.
    Location,
    /// The street line of an address.
    Address,
    /// A company, authority, school or other body.
    Organization,
    /// A nationality, religion or political group, as a word for its members or what is theirs.
    Group,
}

impl Kind {
    /// All kinds, in the order of the model's labels 1 to 5.
    pub const ALL: [Self; 5] = [
        Self::Person,
        Self::Location,
        Self::Address,
        Self::Organization,
        Self::Group,
    ];

    /// The published name, Presidio's where it has one.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Person => "PERSON",
            Self::Location => "LOCATION",
            Self::Address => "ADDRESS",
            Self::Organization => "ORGANIZATION",
            Self::Group => "NRP",
        }
    }

    /// The model's label.
    const fn label(self) -> u8 {
        match self {
            Self::Person => 1,
            Self::Location => 2,
            Self::Address => 3,
            Self::Organization => 4,
            Self::Group => 5,
        }
    }
}

/// Where a name is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Span {
    /// First byte in the text.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// What it names.
    pub kind: Kind,
    /// How sure the model is, from [`LEAST_PERCENT`] to [`MOST_PERCENT`].
    pub percent: u8,
}

/// The percentage of a name that was barely preferred to none.
pub const LEAST_PERCENT: u8 = 40;
/// The percentage of the surest name.
pub const MOST_PERCENT: u8 = 90;

/// The model's file.
static MODEL: &[u8] = include_bytes!("../model/names.bin");

/// Finds names. Built once and shared; see the module.
pub struct Names {
    lexicon: Lexicon,
    model: Model,
}

impl core::fmt::Debug for Names {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("Names")
    }
}

impl Names {
    /// Reads the lists and the model that are part of the program.
    pub fn new() -> Self {
        Self::with_model(MODEL)
    }

    /// With a model's file other than the program's own, as the trainer makes it.
    pub fn with_model(file: &[u8]) -> Self {
        Self {
            lexicon: Lexicon::new(),
            model: Model::read(file),
        }
    }

    /// Adds the names of every sentence that begins in `from..to` to `out`, in order, and says where
    /// the next sentence begins.
    ///
    /// `from` must be the begin of a sentence: 0 or what [`sentence_end`] gave. A sentence is read
    /// to its end, past `to` if need be. Both are clamped to the text. Spans of one call do not
    /// overlap.
    pub fn scan(&self, text: &str, from: usize, to: usize, out: &mut Vec<Span>) -> usize {
        let to = to.min(text.len());
        let mut from = text.floor_char_boundary(from);
        let mut sentence = Sentence::default();
        let mut run = Run::default();
        while from < to {
            sentence.read(&self.lexicon, text, from);
            self.decide(text, &sentence, &mut run, out);
            // A sentence holds at least one byte, so this ends.
            from = sentence.end.max(from + 1);
        }
        from
    }

    fn decide(&self, text: &str, sentence: &Sentence, run: &mut Run, out: &mut Vec<Span>) {
        let mut at = 0;
        while let Some(range) = sentence.run(at) {
            at = range.end;
            let first = range.start;
            run.scores.clear();
            run.scores
                .extend(range.map(|token| self.model.scores(&sentence.facts(token))));
            self.model.decode(&run.scores, &mut run.labels);
            spans(text, sentence, first, run, out);
        }
    }
}

impl Default for Names {
    fn default() -> Self {
        Self::new()
    }
}

/// Tokens in a row that may be parts of names.
#[derive(Default)]
struct Run {
    scores: Vec<Scores>,
    labels: Vec<u8>,
}

/// Turns the labels of the run that begins at token `first` into spans.
fn spans(text: &str, sentence: &Sentence, first: usize, run: &Run, out: &mut Vec<Span>) {
    let mut at = 0;
    while let Some(&label) = run.labels.get(at) {
        let begin = at;
        at += 1;
        let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.label() == label) else {
            continue;
        };
        while run.labels.get(at) == Some(&label)
            && !parts(&sentence.tokens, first + begin, first + at, kind)
        {
            at += 1;
        }
        let tokens = &sentence.tokens[first + begin..first + at];
        let Some((head, tail)) = trim(tokens, kind) else {
            continue;
        };
        let scores = &run.scores[begin + head..=begin + tail];
        let margin = |token: &Scores| token[usize::from(label)].wrapping_sub(token[OUTSIDE]);
        let sum: i32 = scores.iter().map(margin).fold(0, i32::wrapping_add);
        let mean = sum / i32::try_from(scores.len()).unwrap_or(1).max(1);
        let span = Span {
            start: sentence.start + tokens[head].start as usize,
            end: sentence.start + tokens[tail].end as usize,
            kind,
            percent: percent(mean),
        };
        if plausible(&tokens[head..=tail], text.get(span.start..span.end), kind) {
            out.push(span);
        }
    }
}

/// Words between two persons.
const JOINERS: [u64; 3] = [hash_of(b"and"), hash_of(b"or"), hash_of(b"und")];

/// Whether a name of the same kind that began at token `begin` ends before token `at`: a title
/// begins the next person, and so does a comma after two words (`Doe, Jane` has one).
fn parts(tokens: &[Token], begin: usize, at: usize, kind: Kind) -> bool {
    let (Some(token), Some(before)) = (tokens.get(at), tokens.get(begin..at)) else {
        return true;
    };
    if kind != Kind::Person {
        return false;
    }
    if token.shape == Shape::Punctuation {
        let word = |token: &&Token| {
            token.shape != Shape::Punctuation && token.bits & LINK == 0 && token.spaced
        };
        return token.hash == hash_of(b",") && before.iter().skip(1).any(|token| word(&token));
    }
    if JOINERS.contains(&token.hash) {
        return true;
    }
    token.bits & TITLE != 0 && token.shape != Shape::Lower && token.bits & (GIVEN | SURNAME) == 0
}

/// The first and last token of a name without the punctuation and possessive around it.
fn trim(tokens: &[Token], kind: Kind) -> Option<(usize, usize)> {
    let word = |token: &Token| {
        token.shape != Shape::Punctuation
            && !(kind == Kind::Person && JOINERS.contains(&token.hash))
    };
    let head = tokens.iter().position(|token| {
        word(token)
            && !(kind == Kind::Person
                && token.bits & TITLE != 0
                && tokens.len() > 1
                && token.bits & (GIVEN | SURNAME | BODY) == 0)
    })?;
    let tail = tokens.iter().rposition(word)?;
    (head <= tail).then_some((head, tail))
}

/// A name has two letters, and an address a word too.
fn plausible(tokens: &[Token], name: Option<&str>, kind: Kind) -> bool {
    let letters = name
        .unwrap_or_default()
        .chars()
        .filter(|c| c.is_alphabetic())
        .take(2)
        .count();
    let word = |token: &Token| {
        token.end - token.start > 2
            && matches!(
                token.shape,
                Shape::Lower | Shape::Capitalised | Shape::Capitals | Shape::Mixed
            )
    };
    letters >= 2 && (kind != Kind::Address || tokens.iter().any(word))
}

/// Model points that raise the percentage by one.
const POINTS_A_PERCENT: i32 = 24;

/// A percentage for how far the model prefers a name to none.
fn percent(margin: i32) -> u8 {
    let raised = i32::from(LEAST_PERCENT) + margin.max(0) / POINTS_A_PERCENT;
    u8::try_from(raised)
        .unwrap_or(MOST_PERCENT)
        .clamp(LEAST_PERCENT, MOST_PERCENT)
}
