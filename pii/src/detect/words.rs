//! Words: runs of letters and digits, what they consist of, and what stands between them.
//!
//! Read from normalised text. A word of ASCII letters and digits that touches no other letter is
//! `whole`: it can be part of an identifier. Letters of scripts that write no spaces touch nothing,
//! because `주민번호900101-1234567입니다` is how such text is written.

use core::ops::Range;

use crate::identifier::{WordClass, gap};

/// The longest word that is told from longer ones.
pub(super) const MAX_WORD: usize = 4096;

/// A word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kind: WordKind,
    /// The one separator between the word before and this one; 0 when there is another number of
    /// them, or something else.
    pub(super) gap: u8,
    /// What the word announces: filled in when asked for.
    pub(super) announced: Option<u32>,
}

/// What a word can be part of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum WordKind {
    /// ASCII letters and digits: an identifier, or some of one.
    Whole(WordClass),
    /// With other letters in it.
    Spelled,
    /// Of a script without spaces.
    Unspaced,
}

/// How a character stands in a word.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Script {
    None,
    Spelled,
    Unspaced,
}

impl Word {
    pub(super) const fn len(&self) -> usize {
        self.end - self.start
    }
}

/// The classes of ASCII, by byte: digit, letter, separator; 0 for the rest.
const DIGIT: u8 = 1;
const LETTER: u8 = 2;
static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        if byte.is_ascii_digit() {
            classes[byte as usize] = DIGIT;
        } else if byte.is_ascii_alphabetic() {
            classes[byte as usize] = LETTER;
        }
        byte += 1;
    }
    classes
};

/// Reads the words of `text` that begin in `range` into `words`. The range begins and ends on
/// characters.
pub(super) fn read(text: &str, range: Range<usize>, words: &mut Vec<Word>) {
    let bytes = text.as_bytes();
    words.clear();
    let mut at = range.start;
    let mut previous_end = usize::MAX;
    // Whether the word that goes on before the range cuts the first one.
    let mut touched = before(text, at) == Script::Spelled
        || at
            .checked_sub(1)
            .is_some_and(|last| CLASSES[usize::from(bytes[last])] != 0);
    while at < range.end {
        let byte = bytes[at];
        let class = CLASSES[usize::from(byte)];
        let script = if byte < 0x80 {
            Script::None
        } else {
            script_at(text, at)
        };
        if class == 0 && script == Script::None {
            touched = false;
            at += if byte < 0x80 {
                1
            } else {
                character(text, at).len_utf8()
            };
            continue;
        }
        let (end, kind) = if script == Script::Unspaced {
            (unspaced_end(text, at), WordKind::Unspaced)
        } else {
            spelled(text, at, touched)
        };
        let between = bytes.get(previous_end..at);
        let gap = between.and_then(gap::between).unwrap_or(0);
        words.push(Word {
            start: at,
            end,
            kind,
            gap,
            announced: None,
        });
        // A word of the greatest length is cut, and what follows is touched by it.
        touched = kind != WordKind::Unspaced;
        previous_end = end;
        at = end;
    }
}

/// Where the word that begins at `start` ends, and what it is.
fn spelled(text: &str, start: usize, touched: bool) -> (usize, WordKind) {
    let bytes = text.as_bytes();
    let limit = bytes.len().min(start + MAX_WORD);
    let (mut at, mut seen, mut other) = (start, 0, touched);
    while at < limit {
        let class = CLASSES[usize::from(bytes[at])];
        seen |= class;
        if class != 0 {
            at += 1;
        } else if bytes[at] >= 0x80 && script_at(text, at) == Script::Spelled {
            other = true;
            at += character(text, at).len_utf8();
        } else {
            break;
        }
    }
    let class = match seen {
        _ if other || at >= limit && at < bytes.len() => return (at, WordKind::Spelled),
        DIGIT => WordClass::Digits,
        LETTER => WordClass::Letters,
        _ => WordClass::Mixed,
    };
    (at, WordKind::Whole(class))
}

fn unspaced_end(text: &str, start: usize) -> usize {
    let mut at = start;
    for character in text[start..].chars() {
        if script(character) != Script::Unspaced || at - start >= MAX_WORD {
            break;
        }
        at += character.len_utf8();
    }
    at
}

fn character(text: &str, at: usize) -> char {
    text[at..].chars().next().unwrap_or('\0')
}

fn script_at(text: &str, at: usize) -> Script {
    script(character(text, at))
}

/// The script of the character that ends at `at`.
fn before(text: &str, at: usize) -> Script {
    let last = text[..at]
        .chars()
        .next_back()
        .filter(|last| !last.is_ascii());
    last.map_or(Script::None, script)
}

/// How a character that is not ASCII stands in a word.
fn script(character: char) -> Script {
    if !character.is_alphanumeric() {
        return Script::None;
    }
    match u32::from(character) {
        // Thai, Lao, Burmese, Hangul, Khmer, kana and Han with their extensions.
        0xe00..=0xeff
        | 0x1000..=0x109f
        | 0x1100..=0x11ff
        | 0x1780..=0x17ff
        | 0x3040..=0x318f
        | 0x31f0..=0x31ff
        | 0x3400..=0x9fff
        | 0xa960..=0xa97f
        | 0xac00..=0xd7ff
        | 0xf900..=0xfaff
        | 0x20000..=0x3ffff => Script::Unspaced,
        _ => Script::Spelled,
    }
}

/// Whether no letter or digit of a script with spaces touches `at` from the left.
pub(super) fn clear_before(text: &str, at: usize) -> bool {
    match text.as_bytes().get(at.wrapping_sub(1)) {
        None => true,
        Some(byte) if *byte < 0x80 => CLASSES[usize::from(*byte)] == 0,
        Some(_) => before(text, at) != Script::Spelled,
    }
}

/// Whether no letter or digit of a script with spaces touches `at` from the right.
pub(super) fn clear_after(text: &str, at: usize) -> bool {
    match text.as_bytes().get(at) {
        None => true,
        Some(byte) if *byte < 0x80 => CLASSES[usize::from(*byte)] == 0,
        Some(_) => script_at(text, at) != Script::Spelled,
    }
}
