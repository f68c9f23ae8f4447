//! The language of written forms, and how one is held against text.
//!
//! | in a form | stands for |
//! |---|---|
//! | `d` `l` `x` | a digit, a letter, a letter or digit |
//! | `A`…`Z` `0`…`9` | itself (letters in either case) |
//! | `[A-FU-Y1]` | one of these |
//! | `{9}` `{6,9}` | the item before it, so often |
//! | `-` ` ` `.` `/` `:` `+` `,` | this separator, always; the comma with a space after it |
//! | `;` | a full stop with a space after it |
//! | `~` | a separator or none; all `~` of a form are written alike: none, or all with the same one |
//! | `?` | a separator or none, whatever the others are |
//!
//! `~` and `?` stand for a space, hyphen, full stop, slash or colon. `ddd~dd~dddd` matches `078051120`,
//! `078-05-1120` and `078 05 1120`, and neither `078-05 1120` nor `0780-51120`. There is nothing to
//! repeat without end, so a form matches in time that its length bounds.

use super::compact::{Compact, MAX, gap};

/// Separators of `~` and `?`.
const ANY_GAP: u8 = gap::SPACE | gap::DASH | gap::DOT | gap::SLASH | gap::COLON;
/// The most shapes one form may stand for.
const MAX_SHAPES: usize = 64;

/// Letters and digits as a set: bit 0–9 for digits, 10–35 for letters.
const DIGITS: u64 = 0x3ff;
const LETTERS: u64 = 0x3ff_ffff << 10;

/// The most words an identifier falls into: a key has eight bytes.
pub(crate) const MAX_WORDS: usize = 8;

/// What a word consists of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum WordClass {
    /// Digits alone.
    Digits = 1,
    /// Letters alone.
    Letters = 2,
    /// Both.
    Mixed = 3,
}

impl WordClass {
    /// The key of some words with one more, of this class and length, after them.
    pub(crate) const fn extend(self, key: u64, length: usize) -> u64 {
        // Lengths end at 40, so six bits hold them.
        key << 8 | (self as u64) << 6 | length as u64
    }
}

/// One form with every repetition decided.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shape {
    length: usize,
    /// Positions that take digits alone, and letters alone.
    digits: u64,
    letters: u64,
    /// Positions that take less than a whole class.
    sets: Vec<(u8, u64)>,
    /// Positions with a separator before them: written alike, or each as it likes.
    alike: u64,
    free: u64,
    /// Positions that need this separator before them.
    fixed: Vec<(u8, u8)>,
    fixed_mask: u64,
}

/// What is wrong with a form.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum ShapeError {
    /// A character of no meaning, or a bracket that never closes.
    #[error("character {0} of the form means nothing")]
    Syntax(usize),
    /// More letters and digits than [`MAX`], or more than [`MAX_SHAPES`] shapes.
    #[error("the form is too long or stands for too many shapes")]
    TooLarge,
}

impl Shape {
    /// Every shape that a form stands for.
    ///
    /// # Errors
    ///
    /// [`ShapeError`].
    pub(crate) fn parse(form: &str) -> Result<Vec<Self>, ShapeError> {
        let bytes = form.as_bytes();
        let mut shapes = vec![Self::default()];
        // What stands before the next character.
        let mut pending = 0;
        let mut at = 0;
        while at < bytes.len() {
            let begin = at;
            let byte = bytes[at];
            at += 1;
            let set = match byte {
                b'd' => DIGITS,
                b'l' => LETTERS,
                b'x' => DIGITS | LETTERS,
                b'0'..=b'9' | b'A'..=b'Z' => bit(byte),
                b'[' => {
                    let close = bytes[at..].iter().position(|&byte| byte == b']');
                    let close = at + close.ok_or(ShapeError::Syntax(begin))?;
                    let set = set_of(&bytes[at..close]).ok_or(ShapeError::Syntax(begin))?;
                    at = close + 1;
                    set
                }
                _ if pending == 0 && begin > 0 => {
                    pending = byte;
                    if !matches!(byte, b'~' | b'?') && gap::of(byte).is_none() {
                        return Err(ShapeError::Syntax(begin));
                    }
                    continue;
                }
                _ => return Err(ShapeError::Syntax(begin)),
            };
            let (least, most, after) = repetition(bytes, at).ok_or(ShapeError::Syntax(at))?;
            at = after;
            let mut longer = Vec::new();
            for shape in &shapes {
                for count in least..=most {
                    let mut shape = shape.clone();
                    for index in 0..count {
                        shape.push(set, if index == 0 { pending } else { 0 })?;
                    }
                    longer.push(shape);
                }
            }
            if longer.len() > MAX_SHAPES {
                return Err(ShapeError::TooLarge);
            }
            shapes = longer;
            pending = 0;
        }
        if pending == 0 {
            Ok(shapes)
        } else {
            Err(ShapeError::Syntax(at))
        }
    }

    fn push(&mut self, set: u64, before: u8) -> Result<(), ShapeError> {
        if self.length == MAX {
            return Err(ShapeError::TooLarge);
        }
        let mask = 1 << self.length;
        let position = u8::try_from(self.length).map_err(|_| ShapeError::TooLarge)?;
        if set & LETTERS == 0 {
            self.digits |= mask;
        }
        if set & DIGITS == 0 {
            self.letters |= mask;
        }
        if ![DIGITS, LETTERS, DIGITS | LETTERS].contains(&set) {
            self.sets.push((position, set));
        }
        match before {
            0 => {}
            b'~' => self.alike |= mask,
            b'?' => self.free |= mask,
            _ => {
                self.fixed.push((position, gap::of(before).unwrap_or(0)));
                self.fixed_mask |= mask;
            }
        }
        self.length += 1;
        Ok(())
    }

    /// How many letters and digits it has.
    pub(crate) const fn len(&self) -> usize {
        self.length
    }

    /// Whether a stretch of text has this shape.
    pub(crate) fn matches(&self, text: &Compact) -> bool {
        text.len() == self.length
            && text.digits & self.digits == self.digits
            && text.digits & self.letters == 0
            && self.gaps_match(text)
            && self
                .sets
                .iter()
                .all(|&(at, set)| set & bit(text.letters()[usize::from(at)]) != 0)
    }

    /// Every way in which a text of this shape falls into words, as the keys of
    /// [`crate::detect`]'s table: the complete key, last, after those of its beginnings.
    pub(crate) fn keys(&self) -> Vec<Vec<u64>> {
        let mut keys = Vec::new();
        let mut free = self.free;
        // Every subset of the free gaps, the empty one last.
        loop {
            for alike in [0, self.alike] {
                self.keys_of(self.fixed_mask | free | alike, &mut keys);
                if self.alike == 0 {
                    break;
                }
            }
            if free == 0 {
                break;
            }
            free = (free - 1) & self.free;
        }
        keys
    }

    fn keys_of(&self, gaps: u64, keys: &mut Vec<Vec<u64>>) {
        let mut bounds: Vec<usize> = (1..self.length)
            .filter(|at| gaps & (1 << at) != 0)
            .collect();
        bounds.insert(0, 0);
        bounds.push(self.length);
        if bounds.len() > MAX_WORDS + 1 {
            return;
        }
        let mut found: Vec<Vec<u64>> = vec![Vec::new()];
        for pair in bounds.windows(2) {
            let mask = ((1_u64 << (pair[1] - pair[0])) - 1) << pair[0];
            let (digits, letters) = (self.digits & mask, self.letters & mask);
            let mut classes = Vec::new();
            if letters == 0 {
                classes.push(WordClass::Digits);
            }
            if digits == 0 {
                classes.push(WordClass::Letters);
            }
            if digits != mask && letters != mask {
                classes.push(WordClass::Mixed);
            }
            let longer = found.iter().flat_map(|before| {
                classes.iter().map(|class| {
                    let mut key = before.clone();
                    let last = before.last().copied().unwrap_or(0);
                    key.push(class.extend(last, pair[1] - pair[0]));
                    key
                })
            });
            found = longer.collect();
        }
        keys.append(&mut found);
    }

    fn gaps_match(&self, text: &Compact) -> bool {
        let allowed = self.alike | self.free | self.fixed_mask;
        if text.gaps & !allowed != 0 || text.gaps & self.fixed_mask != self.fixed_mask {
            return false;
        }
        let before = |at: u8| text.separators[usize::from(at)];
        if !self.fixed.iter().all(|&(at, gap)| before(at) == gap) {
            return false;
        }
        let (mut alike, mut seen) = (text.gaps & self.alike, 0);
        if alike != 0 && alike != self.alike {
            return false;
        }
        let mut loose = alike | (text.gaps & self.free);
        while loose != 0 {
            let at = loose.trailing_zeros() as usize;
            loose &= loose - 1;
            let gap = text.separators[at];
            if gap & ANY_GAP == 0 {
                return false;
            }
            if alike & (1 << at) != 0 {
                seen |= gap;
                alike &= !(1 << at);
            }
        }
        seen.count_ones() <= 1
    }
}

/// How often the item before `at` stands, and where its repetition ends.
fn repetition(bytes: &[u8], at: usize) -> Option<(usize, usize, usize)> {
    if bytes.get(at) != Some(&b'{') {
        return Some((1, 1, at));
    }
    let close = at + bytes[at..].iter().position(|&byte| byte == b'}')?;
    let inside = core::str::from_utf8(&bytes[at + 1..close]).ok()?;
    let (least, most) = inside.split_once(',').unwrap_or((inside, inside));
    let (least, most) = (least.parse().ok()?, most.parse().ok()?);
    (least <= most && most <= MAX).then_some((least, most, close + 1))
}

fn set_of(inside: &[u8]) -> Option<u64> {
    let mut set = 0;
    let mut rest = inside;
    while let [first, tail @ ..] = rest {
        let (last, after) = match tail {
            [b'-', last, after @ ..] => (last, after),
            _ => (first, tail),
        };
        if first > last {
            return None;
        }
        for byte in *first..=*last {
            set |= bit(byte);
        }
        rest = after;
    }
    (set != 0).then_some(set)
}

/// A capital letter or digit as a set of one; nothing else is in any set.
const fn bit(byte: u8) -> u64 {
    match byte {
        b'0'..=b'9' => 1 << (byte - b'0'),
        b'A'..=b'Z' => 1 << (byte - b'A' + 10),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(form: &str, value: &str) -> bool {
        let compact = Compact::read(value).unwrap();
        let shapes = Shape::parse(form).unwrap();
        shapes.iter().any(|shape| shape.matches(&compact))
    }

    #[test]
    fn gaps_that_are_written_alike_are_all_there_or_none() {
        for value in ["078051120", "078-05-1120", "078 05 1120", "078.05.1120"] {
            assert!(matches("ddd~dd~dddd", value), "{value}");
        }
        for value in ["078-05 1120", "0780-51120", "078-051120", "078+05+1120"] {
            assert!(!matches("ddd~dd~dddd", value), "{value}");
        }
    }

    #[test]
    fn separators_that_a_form_names_must_stand_there() {
        assert!(matches("d{6}-dddx", "010594-9032"));
        assert!(!matches("d{6}-dddx", "0105949032"));
        assert!(!matches("d{6}-dddx", "010594 9032"));
        assert!(matches("d{6}+dddx", "010594+9032"));
    }

    #[test]
    fn free_gaps_are_each_as_they_like() {
        for value in ["12/3456/7890", "1234567890", "12 3456/7890", "123456-7890"] {
            assert!(matches("dd?dddd?dddd", value), "{value}");
        }
    }

    #[test]
    fn sets_literals_and_repetitions_are_read() {
        assert!(matches("[XYZ]d{7}~l", "x1234567-L"));
        assert!(!matches("[XYZ]d{7}~l", "W1234567L"));
        assert!(matches("HRB d{3,6}", "hrb 12345"));
        assert!(!matches("HRB d{3,6}", "HRB 12"));
        assert!(matches("[A-CX1-3]x", "29"));
        assert!(!matches("[A-CX1-3]x", "49"));
    }

    #[test]
    fn what_means_nothing_is_refused_with_its_place() {
        for (form, at) in [
            ("-d", 0),
            ("d[", 1),
            ("dd{", 2),
            ("d--d", 2),
            ("d*", 1),
            ("d[]", 1),
        ] {
            assert_eq!(
                Shape::parse(form).unwrap_err(),
                ShapeError::Syntax(at),
                "{form}"
            );
        }
        assert_eq!(Shape::parse("d{41}").unwrap_err(), ShapeError::Syntax(1));
        assert_eq!(Shape::parse("d{40}d").unwrap_err(), ShapeError::TooLarge);
    }
}
