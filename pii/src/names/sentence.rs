//! A sentence that was read: its tokens, and which of them may be part of a name.
//!
//! Most words of a text cannot be part of a name: small letters, and no list knows them. They are
//! passed over, which is where the speed comes from. E-mail addresses and paths are made opaque.
//! What was read is wiped when it is dropped. Next: [`super::features`].

use zeroize::Zeroize;

use super::features::mark;
use super::lexicon::{
    BODY, COMMON, EVIDENCE, FORM, GIVEN, LABEL, LISTED, LONG_ORGANIZATION, LONG_PLACE, Lexicon,
    STREET, SURNAME, TITLE, VOCABULARY,
};
use super::token::{MAX_TOKENS, Shape, Token, read_sentence};
use super::word::hash_of;

const AT_SIGN: u64 = hash_of(b"@");
const POINT: u64 = hash_of(b".");
const SLASH: u64 = hash_of(b"/");
const BACKSLASH: u64 = hash_of(b"\\");
const QUOTE: u64 = hash_of(b"\"");
const COMMA: u64 = hash_of(b",");
const SEMICOLON: u64 = hash_of(b";");
const BAR: u64 = hash_of(b"|");
const BRACKETS: [u64; 4] = [hash_of(b"("), hash_of(b"["), hash_of(b"{"), hash_of(b"<")];

/// What an e-mail address or path does not go beyond.
const ENDS: [u64; 13] = [
    BRACKETS[0],
    BRACKETS[1],
    BRACKETS[2],
    BRACKETS[3],
    hash_of(b")"),
    hash_of(b"]"),
    hash_of(b"}"),
    hash_of(b">"),
    QUOTE,
    hash_of(b"'"),
    COMMA,
    SEMICOLON,
    BAR,
];

/// What stands between a label and its value.
const COLONS: [u64; 2] = [hash_of(b":"), hash_of(b"=")];

/// What ends the value of a label.
const FIELD_ENDS: [u64; 5] = [SEMICOLON, BAR, BRACKETS[0], BRACKETS[1], BRACKETS[2]];

/// What may stand inside a label or between it and the colon.
const IN_FIELDS: [u64; 2] = [QUOTE, hash_of(b"_")];

/// A sentence that was read: its tokens and which of them may be part of a name.
///
/// What it holds is wiped when it is dropped: hashes can be guessed back to names.
pub struct Sentence {
    /// First byte in the text.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// The tokens; their offsets count from `start`.
    pub tokens: Vec<Token>,
    /// Whether the token may be part of a name. As long as `tokens`.
    pub active: Vec<bool>,
    /// How the sentence is written.
    pub(super) case: Case,
    /// What stands for each token in its neighbours' facts. As long as `tokens`.
    pub(super) marks: Vec<u64>,
    /// The word before the last colon, or 0. As long as `tokens`.
    pub(super) labels: Vec<u64>,
}

/// How the words of a sentence are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Case {
    /// As sentences are.
    Usual,
    /// No capital at all.
    Small,
    /// A Headline Like This.
    Title,
    /// ONLY CAPITALS.
    Capitals,
}

impl Default for Sentence {
    /// No sentence yet, with room for the longest, so that nothing is left behind by growing.
    fn default() -> Self {
        Self {
            start: 0,
            end: 0,
            tokens: Vec::with_capacity(MAX_TOKENS),
            active: Vec::with_capacity(MAX_TOKENS),
            case: Case::Usual,
            marks: Vec::with_capacity(MAX_TOKENS),
            labels: Vec::with_capacity(MAX_TOKENS),
        }
    }
}

impl Drop for Sentence {
    fn drop(&mut self) {
        self.tokens.zeroize();
        self.marks.zeroize();
        self.labels.zeroize();
    }
}

impl Sentence {
    /// Reads the sentence of `text` that begins at `from`, in place of what was here.
    pub fn read(&mut self, lexicon: &Lexicon, text: &str, from: usize) {
        self.start = text.floor_char_boundary(from);
        self.end = read_sentence(Some(lexicon), text, from, &mut self.tokens);
        lexicon.mark_long_names(&mut self.tokens);
        self.close_addresses();
        self.prepare();
    }

    /// Finds what may be part of a name, after [`Sentence::read`] or a change to the tokens' bits.
    pub fn prepare(&mut self) {
        self.activate();
        if self.active.contains(&true) {
            self.case = case(&self.tokens);
            self.mark();
        }
    }

    /// Makes the words of e-mail addresses, paths and host names opaque: they are no prose.
    fn close_addresses(&mut self) {
        let mut first = 0;
        while first < self.tokens.len() {
            let joined = self.tokens[first..]
                .iter()
                .enumerate()
                .take_while(|(at, token)| {
                    (*at == 0 || !token.spaced)
                        && !(token.shape == Shape::Punctuation && ENDS.contains(&token.hash))
                });
            let size = joined.count().max(1);
            let tokens = &mut self.tokens[first..first + size];
            first += size;
            if size < 3 {
                continue;
            }
            let is = |token: &Token, hash| token.shape == Shape::Punctuation && token.hash == hash;
            if tokens.iter().skip(1).any(|token| is(token, AT_SIGN)) {
                tokens.iter_mut().for_each(close);
                continue;
            }
            let joins =
                |token: &Token| is(token, POINT) || is(token, SLASH) || is(token, BACKSLASH);
            for at in 1..size {
                let (left, right) = tokens.split_at_mut(at);
                let (Some(before), Some(after)) = (left.last_mut(), right.first_mut()) else {
                    continue;
                };
                if joins(before) && after.shape == Shape::Lower {
                    close(after);
                } else if before.shape == Shape::Lower && joins(after) && right.len() > 1 {
                    close(before);
                }
            }
        }
    }

    fn activate(&mut self) {
        let active = &mut self.active;
        active.clear();
        let mut labelled = 0_u8;
        let mut named = false;
        for token in &self.tokens {
            let listed = token.bits & LISTED != 0;
            let long = token.bits & (LONG_PLACE | LONG_ORGANIZATION) != 0;
            active.push(match token.shape {
                Shape::Punctuation => false,
                Shape::Lower => {
                    let known = listed && token.bits & (COMMON | FORM) == 0;
                    let guess = labelled > 0 && (listed || token.bits & (VOCABULARY | FORM) == 0);
                    known || long || guess || named && token.bits & SURNAME != 0
                }
                _ => true,
            });
            named = token.bits & GIVEN != 0 && active.last() == Some(&true);
            if token.bits & (LABEL | TITLE) != 0 {
                labelled = 5;
            }
            labelled = labelled.saturating_sub(1);
        }
        // What lies between two parts of a name may be part of it: `of`, a hyphen, `St. John's`.
        let mut last = None;
        for at in 0..active.len() {
            if !active[at] {
                continue;
            }
            if let Some(before) = last.filter(|before| at - before <= 3) {
                active[before + 1..at].fill(true);
            }
            last = Some(at);
        }
        // In small letters the kind of a street ends an address and of a body its name: `12 elm
        // street`, `Acme group`.
        for at in 1..active.len() {
            let bits = self.tokens[at].bits;
            if active[at] || bits & (STREET | BODY) == 0 {
                continue;
            }
            active[at] = active[at - 1];
            let near = at.saturating_sub(4)..at;
            let digit = |token: &Token| {
                matches!(
                    token.shape,
                    Shape::Digits2 | Shape::Digits4 | Shape::Digits5 | Shape::Code
                )
            };
            let number = near.rev().find(|at| digit(&self.tokens[*at]));
            if let Some(number) = number.filter(|_| bits & STREET != 0) {
                active[number..=at].fill(true);
            }
        }
    }

    fn mark(&mut self) {
        self.marks.clear();
        self.labels.clear();
        let (mut label, mut age, mut word) = (0, 0, 0);
        for token in &self.tokens {
            self.marks.push(mark(token));
            age += 1;
            if token.shape == Shape::Punctuation {
                if COLONS.contains(&token.hash) {
                    (label, age) = (word, 0);
                } else if FIELD_ENDS.contains(&token.hash) {
                    label = 0;
                } else if !IN_FIELDS.contains(&token.hash) {
                    word = 0;
                }
            } else {
                if token.apart && age > 1 {
                    label = 0;
                }
                word = if token.bits & EVIDENCE == 0 {
                    1
                } else {
                    token.hash
                };
            }
            if age > 12 {
                label = 0;
            }
            self.labels.push(label);
        }
    }

    /// The next tokens in a row, from `at` on, that may be parts of names and are decided together.
    ///
    /// A row ends at a tab or wide gap: the cells of a table are names of their own.
    pub fn run(&self, at: usize) -> Option<core::ops::Range<usize>> {
        let active = |at: &usize| self.active.get(*at) == Some(&true);
        let first = (at..self.tokens.len()).find(active)?;
        let apart = |at: &usize| self.tokens.get(*at).is_none_or(|token| token.apart);
        let end = (first + 1..self.tokens.len()).find(|at| !active(at) || apart(at));
        Some(first..end.unwrap_or(self.tokens.len()))
    }
}

/// Leaves nothing of a token but that something is there.
fn close(token: &mut Token) {
    token.shape = Shape::Punctuation;
    token.hash = AT_SIGN;
    token.bits = 0;
}

fn case(tokens: &[Token]) -> Case {
    let (mut words, mut small, mut capitals) = (0, 0, 0);
    for token in tokens.iter().take(MAX_TOKENS) {
        match token.shape {
            Shape::Lower => small += 1,
            Shape::Capitals => capitals += 1,
            Shape::Capitalised | Shape::Mixed | Shape::Camel | Shape::Initial => {}
            _ => continue,
        }
        words += 1;
    }
    if small == words {
        Case::Small
    } else if words >= 3 && capitals * 4 >= words * 3 {
        Case::Capitals
    } else if words >= 4 && small * 3 <= words {
        Case::Title
    } else {
        Case::Usual
    }
}
