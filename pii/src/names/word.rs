//! One token: its letters become a hash, a shape, a beginning and an ending, in one pass.
//!
//! Letters are folded on the way: small, and without the accents of Latin letters, composed or not.
//! A word has at most [`MAX_WORD_BYTES`]; what is longer goes on as another word. Trusts nothing
//! about the text, and keeps none of its letters but six. Next: [`super::token`].

use super::token::{Shape, Token};

/// Bytes a word holds at most: a longer run of letters is cut into several words.
pub(super) const MAX_WORD_BYTES: usize = 64;

/// One token cut from the text, before the lexicon is asked.
pub(super) struct Cut {
    /// One past its last byte in the text.
    pub(super) end: usize,
    /// The token; its offsets are still 0.
    pub(super) token: Token,
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
pub(super) fn cut(text: &str, at: usize) -> Option<Cut> {
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
        hash.byte(byte);
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
pub(super) fn fold(c: char, mut feed: impl FnMut(u8)) {
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
