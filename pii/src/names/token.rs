//! Text into sentences and tokens, in one pass and in bounded steps.
//!
//! A token is a word (letters and digits, apostrophes inside it), or one character of anything
//! else. A sentence ends at a newline, at `.`, `!` or `?` before white space, after
//! [`MAX_TOKENS`] tokens or at a wide gap, so its size has a bound whatever the text is. The full
//! stop of `Mr.`, `St.` or an initial ends nothing. Trusts nothing about the text. Offsets are bytes
//! and always fall between characters. Next: `word.rs`, which cuts a token, then
//! [`super::lexicon`], which says what is known of it.

use zeroize::{DefaultIsZeroes, Zeroize};

use super::lexicon::Lexicon;
use super::word::cut;

/// Tokens a sentence holds at most.
pub const MAX_TOKENS: usize = 128;

/// Bytes of white space that end a sentence.
pub(super) const MAX_GAP_BYTES: usize = 64;

/// How a token is written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[repr(u8)]
pub enum Shape {
    /// Letters, none of them a capital.
    #[default]
    Lower,
    /// A capital, then small letters.
    Capitalised,
    /// Two or more capitals and nothing else.
    Capitals,
    /// One capital letter.
    Initial,
    /// A second capital as names have it: `McDonald`, `O'Brien`, `DeLuca`.
    Mixed,
    /// Capitals inside, as in `iPhone` or `RefCell`.
    Camel,
    /// One or two digits.
    Digits2,
    /// Three or four digits.
    Digits4,
    /// Five digits.
    Digits5,
    /// Six digits or more.
    DigitsMany,
    /// Digits and letters.
    Code,
    /// One character that is no letter and no digit, or the `'s` of a possessive.
    Punctuation,
}

/// A token of a sentence: where it is and what its letters hash to, never the letters.
#[derive(Clone, Copy, Debug, Default)]
pub struct Token {
    /// First byte, counted from the beginning of the sentence.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// Hash of the word in small letters without accents, or of the character.
    pub hash: u64,
    /// The hashes of what may be the word's base: `moved` is of `move`. Unused ones are 0.
    pub(super) bases: [u64; 3],
    /// The last three letters, folded, the last in the low byte.
    pub suffix: u32,
    /// The first three letters, folded.
    pub prefix: u32,
    /// How it is written.
    pub shape: Shape,
    /// What the lexicon says of it; see [`super::lexicon`].
    pub bits: u32,
    /// White space comes before it.
    pub spaced: bool,
    /// A tab or a wide gap comes before it.
    pub apart: bool,
}

impl DefaultIsZeroes for Token {}

/// Where the sentence that begins at `from` ends: one past its last byte.
///
/// `from` is clamped to the text and moved back to a character's begin. The answer is `text.len()`
/// when nothing ends the sentence before. It is final, whatever text follows, when it leaves at least
/// [`LOOKAHEAD_BYTES`] of the text behind it; a caller with a stream keeps the rest for later.
pub fn sentence_end(text: &str, from: usize) -> usize {
    let mut tokens = Vec::with_capacity(MAX_TOKENS);
    let end = read_sentence(None, text, from, &mut tokens);
    tokens.zeroize();
    end
}

/// Bytes that must follow a sentence's end for it to be final in a stream.
pub const LOOKAHEAD_BYTES: usize = 8;

/// Reads the sentence that begins at `from` into `tokens` and returns its end.
pub(super) fn read_sentence(
    lexicon: Option<&Lexicon>,
    text: &str,
    from: usize,
    tokens: &mut Vec<Token>,
) -> usize {
    tokens.clear();
    let from = text.floor_char_boundary(from);
    let bytes = text.as_bytes();
    let mut at = from;
    let (mut spaced, mut apart) = (false, false);
    let mut gap = 0_usize;
    while let Some(&byte) = bytes.get(at) {
        let space = match byte {
            b'\n' => return at + 1,
            b' ' | b'\r' | 0x0b | 0x0c => 1,
            b'\t' => {
                apart = true;
                1
            }
            0..=0x7f => 0,
            _ => wide_space(text, at),
        };
        if space > 0 {
            spaced = true;
            gap += space;
            at += space;
            apart |= gap >= 3;
            if gap > MAX_GAP_BYTES {
                return at;
            }
            continue;
        }
        let Some(mut cut) = cut(text, at) else {
            return text.len();
        };
        cut.token.start = offset(at - from);
        cut.token.end = offset(cut.end - from);
        cut.token.spaced = spaced;
        cut.token.apart = apart;
        cut.token.bits = lexicon.map_or(0, |lexicon| lexicon.knowledge(&cut.token));
        (spaced, apart, gap) = (false, false, 0);
        let before = tokens.last().copied();
        tokens.push(cut.token);
        at = cut.end;
        let stop = matches!(byte, b'.' | b'!' | b'?')
            && bytes.get(at).is_some_and(u8::is_ascii_whitespace)
            && !(byte == b'.'
                && before.is_some_and(|token| abbreviates(text, from, &token, &cut.token)));
        if stop || tokens.len() >= MAX_TOKENS {
            return at;
        }
    }
    text.len()
}

/// Words whose full stop ends no sentence.
const ABBREVIATIONS: [&str; 38] = [
    "mr", "mrs", "ms", "dr", "prof", "rev", "hon", "fr", "sr", "jr", "st", "mt", "ft", "gen",
    "col", "maj", "capt", "cpt", "lt", "sgt", "cpl", "pvt", "sen", "rep", "gov", "pres", "messrs",
    "mme", "mlle", "ave", "blvd", "apt", "ste", "no", "vs", "attn", "ph", "esq",
];

/// Whether the full stop `stop` belongs to the word before it and not to the sentence.
fn abbreviates(text: &str, from: usize, word: &Token, stop: &Token) -> bool {
    let is = |known: &&str| {
        let word = text.get(from + word.start as usize..from + word.end as usize);
        word.is_some_and(|word| word.eq_ignore_ascii_case(known))
    };
    !stop.spaced && (word.shape == Shape::Initial || ABBREVIATIONS.iter().any(is))
}

/// The length of the white space character at `at`, or 0. For characters beyond ASCII.
fn wide_space(text: &str, at: usize) -> usize {
    let next = text.get(at..).and_then(|rest| rest.chars().next());
    next.filter(|c| c.is_whitespace()).map_or(0, char::len_utf8)
}

/// A sentence has a bound far below 4 GiB, so this never cuts.
fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
