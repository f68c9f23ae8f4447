//! Text into sentences and tokens, in one pass and in bounded steps.
//!
//! A token is a word (letters and digits, apostrophes inside it), or one character of anything
//! else. A sentence ends at a newline, at `.`, `!` or `?` before white space, after
//! [`MAX_TOKENS`] tokens or at a wide gap, so its size has a bound whatever the text is. The full
//! stop of `Mr.`, `St.` or an initial ends nothing. Trusts nothing about the text. Offsets are bytes
//! and always fall between characters. Next: [`super::lexicon`], which says what a word is.

use zeroize::{DefaultIsZeroes, Zeroize};

use super::lexicon::Lexicon;

/// Tokens a sentence holds at most.
pub const MAX_TOKENS: usize = 128;

/// Bytes a word holds at most: a longer run of letters is cut into several words.
pub(super) const MAX_WORD_BYTES: usize = 64;

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

/// One token cut from the text, before the lexicon is asked.
struct Cut {
    end: usize,
    token: Token,
}

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
    !stop.spaced && (word.shape == Shape::Initial || ABBREVIATIONS.iter().any(|known| is(&known)))
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

/// What the characters of a word have been so far.
#[derive(Default)]
struct Seen {
    lower: usize,
    upper: usize,
    digits: usize,
    first_upper: bool,
    hash: Hash,
    /// The hashes as they were one to four letters ago.
    earlier: [Hash; 4],
    prefix: u32,
    letters: u32,
    suffix: u32,
}

impl Seen {
    fn byte(&mut self, folded: u8) {
        let [one, two, three, _] = self.earlier;
        self.earlier = [self.hash, one, two, three];
        self.hash.byte(folded);
        self.suffix = ((self.suffix << 8) | u32::from(folded)) & 0x00ff_ffff;
        if self.letters < 3 {
            self.prefix = (self.prefix << 8) | u32::from(folded);
        }
        self.letters = self.letters.saturating_add(1);
    }

    /// Whether the word begins as names with a second capital do.
    fn named(&self) -> bool {
        let [_, one, two, three] = self.prefix.to_be_bytes();
        matches!(
            (one, two, three),
            (b'm', b'c', _)
                | (b'm', b'a', b'c')
                | (b'f', b'i', b't')
                | (b'v', b'a', b'n')
                | (b'd', b'e' | b'i' | b'u' | b'\'', _)
                | (b'l', b'e' | b'a' | b'o' | b'i' | b'u', _)
                | (b'o', b'\'', _)
                | (b's', b't', _)
        )
    }

    /// The hashes of what the word may be made from by an English ending.
    fn bases(&self) -> [u64; 3] {
        let [one, two, three, four] = self.earlier;
        let with = |mut hash: Hash, letter| {
            hash.byte(letter);
            hash.finish()
        };
        if self.letters < 5 {
            return if self.suffix & 0xff == u32::from(b's') {
                [one.finish(), 0, 0]
            } else {
                [0; 3]
            };
        }
        match self.suffix.to_be_bytes() {
            [_, b'i', b'n', b'g'] => [three.finish(), with(three, b'e'), four.finish()],
            [_, b'i', b'e', b'd' | b's' | b'r'] => [with(three, b'y'), one.finish(), 0],
            [_, _, b'e', b'd' | b'r'] => [two.finish(), one.finish(), three.finish()],
            [_, b'e', b'r', b's'] => [three.finish(), two.finish(), one.finish()],
            [_, _, b'e', b's'] => [two.finish(), one.finish(), 0],
            [_, _, b'l', b'y'] => [two.finish(), 0, 0],
            [_, _, _, b's'] => [one.finish(), 0, 0],
            _ => [0; 3],
        }
    }

    fn shape(&self) -> Shape {
        match (self.lower, self.upper, self.digits) {
            (_, 0, 0) => Shape::Lower,
            (0, 1, 0) => Shape::Initial,
            (0, _, 0) => Shape::Capitals,
            (_, 1, 0) if self.first_upper => Shape::Capitalised,
            (_, 2, 0) if self.first_upper && self.named() => Shape::Mixed,
            (_, _, 0) => Shape::Camel,
            (0, 0, 1..=2) => Shape::Digits2,
            (0, 0, 3..=4) => Shape::Digits4,
            (0, 0, 5) => Shape::Digits5,
            (0, 0, _) => Shape::DigitsMany,
            _ => Shape::Code,
        }
    }
}

/// Cuts the token that begins at `at`, which is no white space. `None` at the end of the text.
fn cut(text: &str, at: usize) -> Option<Cut> {
    let bytes = text.as_bytes();
    let mut seen = Seen::default();
    let mut end = at;
    while end - at < MAX_WORD_BYTES {
        let Some(&byte) = bytes.get(end) else { break };
        match byte {
            b'a'..=b'z' => {
                seen.lower += 1;
                seen.byte(byte);
            }
            b'A'..=b'Z' => {
                seen.first_upper |= end == at;
                seen.upper += 1;
                seen.byte(byte | 0x20);
            }
            b'0'..=b'9' => {
                seen.digits += 1;
                seen.byte(byte);
            }
            b'\'' if end > at && apostrophe(text, end, 1) => seen.byte(b'\''),
            0..=0x7f => break,
            _ => {
                let Some(c) = text.get(end..).and_then(|rest| rest.chars().next()) else {
                    break;
                };
                let width = c.len_utf8();
                if c == '\u{2019}' && end > at && apostrophe(text, end, width) {
                    seen.byte(b'\'');
                } else if c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c) {
                    if c.is_uppercase() {
                        seen.first_upper |= end == at;
                        seen.upper += 1;
                    } else {
                        seen.lower += 1;
                    }
                    fold(c, |byte| seen.byte(byte));
                } else {
                    break;
                }
                end += width;
                continue;
            }
        }
        end += 1;
    }
    if end > at {
        let token = Token {
            hash: seen.hash.finish(),
            bases: seen.bases(),
            suffix: seen.suffix,
            prefix: seen.prefix,
            shape: seen.shape(),
            ..Token::default()
        };
        return Some(Cut { end, token });
    }
    // `'s` after a word is one token, so that a possessive is told from a quotation.
    let c = text.get(at..)?.chars().next()?;
    let mut hash = Hash::default();
    fold(if c == '\u{2019}' { '\'' } else { c }, |byte| {
        hash.byte(byte)
    });
    let mut end = at + c.len_utf8();
    if matches!(c, '\'' | '\u{2019}') && possessive(text, end) {
        hash.byte(b's');
        end += 1;
    }
    let token = Token {
        hash: hash.finish(),
        shape: Shape::Punctuation,
        ..Token::default()
    };
    Some(Cut { end, token })
}

/// Whether the apostrophe of `width` bytes at `at` is inside a word: a letter follows, and what
/// follows is not the `s` of a possessive.
fn apostrophe(text: &str, at: usize, width: usize) -> bool {
    let next = at + width;
    let letter = text.get(next..).and_then(|rest| rest.chars().next());
    letter.is_some_and(char::is_alphabetic) && !possessive(text, next)
}

/// Whether the word's last letter `s` stands at `at`.
fn possessive(text: &str, at: usize) -> bool {
    let mut rest = text.get(at..).unwrap_or_default().chars();
    matches!(rest.next(), Some('s' | 'S')) && !rest.next().is_some_and(char::is_alphanumeric)
}

/// A word's hash, fed byte by byte (FNV-1a with a last mix).
#[derive(Clone, Copy)]
pub(super) struct Hash(u64);

/// The hash of a token with these folded letters.
pub(super) const fn hash_of(letters: &[u8]) -> u64 {
    let mut hash = Hash::NEW;
    let mut at = 0;
    while at < letters.len() {
        hash.byte(letters[at]);
        at += 1;
    }
    hash.finish()
}

impl Default for Hash {
    fn default() -> Self {
        Self::NEW
    }
}

impl Hash {
    const NEW: Self = Self(0xcbf2_9ce4_8422_2325);

    const fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ byte as u64).wrapping_mul(0x0100_0000_01b3);
    }

    const fn finish(self) -> u64 {
        let mixed = (self.0 ^ (self.0 >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ (mixed >> 29)
    }
}

/// Feeds `c` in small letters without its accent; a letter of another script as its bytes.
fn fold(c: char, mut feed: impl FnMut(u8)) {
    /// The letters from U+00C0 to U+017F without what is above or below them.
    const LATIN: &[u8; 192] = b"aaaaaaaceeeeiiiidnooooo*ouuuuytsaaaaaaaceeeeiiiidnooooo/ouuuuyty\
aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll\
lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
    let code = u32::from(c);
    if ('\u{300}'..='\u{36f}').contains(&c) {
        return;
    }
    if let Some(&letter) = code.checked_sub(0xc0).and_then(|at| LATIN.get(at as usize)) {
        feed(letter);
        return;
    }
    for small in c.to_lowercase() {
        let mut buffer = [0_u8; 4];
        for byte in small.encode_utf8(&mut buffer).bytes() {
            feed(byte);
        }
    }
}
