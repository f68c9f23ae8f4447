//! A stretch of text as forms see it: letters and digits, and what stands between them.

/// The most letters and digits of any identifier with a form.
pub(crate) const MAX: usize = 40;

/// Separators, one bit each, so that a form can allow several.
pub(crate) mod gap {
    pub(crate) const SPACE: u8 = 1;
    pub(crate) const DASH: u8 = 2;
    pub(crate) const DOT: u8 = 4;
    pub(crate) const SLASH: u8 = 8;
    pub(crate) const COLON: u8 = 16;
    pub(crate) const PLUS: u8 = 32;
    /// With the space after it.
    pub(crate) const COMMA: u8 = 64;
    /// A full stop with the space after it, as behind the day of a German date.
    pub(crate) const STOP: u8 = 128;

    /// The separator that text has between two words.
    pub(crate) fn between(text: &[u8]) -> Option<u8> {
        match text {
            b", " => Some(COMMA),
            b". " => Some(STOP),
            b"," | b";" => None,
            [separator] => of(*separator),
            _ => None,
        }
    }

    /// The separator that a byte of a form is.
    pub(crate) const fn of(byte: u8) -> Option<u8> {
        Some(match byte {
            b' ' => SPACE,
            b'-' => DASH,
            b'.' => DOT,
            b'/' => SLASH,
            b':' => COLON,
            b'+' => PLUS,
            b',' => COMMA,
            b';' => STOP,
            _ => return None,
        })
    }
}

/// Letters and digits in capitals, which of them are which, and the separators.
#[derive(Clone, Debug)]
pub(crate) struct Compact {
    letters: [u8; MAX],
    length: usize,
    /// Bit i: character i is a digit. The others are letters.
    pub(crate) digits: u64,
    /// Bit i: a separator stands before character i.
    pub(crate) gaps: u64,
    /// The separator before each character, 0 for none.
    pub(crate) separators: [u8; MAX],
}

impl Compact {
    pub(crate) const fn new() -> Self {
        Self {
            letters: [0; MAX],
            length: 0,
            digits: 0,
            gaps: 0,
            separators: [0; MAX],
        }
    }

    /// Reads a whole value: ASCII letters and digits with separators between.
    pub(crate) fn read(value: &str) -> Option<Self> {
        let mut compact = Self::new();
        let bytes = value.as_bytes();
        let mut end = 0;
        for (at, byte) in bytes.iter().enumerate() {
            if !byte.is_ascii_alphanumeric() {
                continue;
            }
            let separator = match &bytes[end..at] {
                [] => 0,
                _ if end == 0 => return None,
                text => gap::between(text)?,
            };
            if !compact.push(*byte, separator) {
                return None;
            }
            end = at + 1;
        }
        (end > 0 && end == bytes.len()).then_some(compact)
    }

    /// Adds a letter or digit with the separator before it. False when there is no room.
    pub(crate) const fn push(&mut self, byte: u8, separator: u8) -> bool {
        if self.length == MAX {
            return false;
        }
        let bit = 1 << self.length;
        self.letters[self.length] = byte.to_ascii_uppercase();
        self.separators[self.length] = separator;
        if byte.is_ascii_digit() {
            self.digits |= bit;
        }
        if separator != 0 {
            self.gaps |= bit;
        }
        self.length += 1;
        true
    }

    pub(crate) const fn len(&self) -> usize {
        self.length
    }

    /// Letters and digits, in capitals.
    pub(crate) fn letters(&self) -> &[u8] {
        &self.letters[..self.length]
    }
}
