//! The characters that a format is made of, and which of them may stand at each place.
//!
//! An [`Alphabet`] is what a caller says; [`Symbols`] is one set made ready: character to number and
//! back. The order of the characters is part of the format: another order gives other tokens. Next:
//! [`super::layout`].

use serde::{Deserialize, Serialize};

use super::FormatError;

/// The characters of a format.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Alphabet {
    /// `0` to `9`.
    Digits,
    /// `a` to `z`.
    Lower,
    /// `A` to `Z`.
    Upper,
    /// `0` to `9`, then `a` to `z`.
    AlnumLower,
    /// `0` to `9`, then `A` to `Z`.
    AlnumUpper,
    /// `0` to `9`, then `A` to `Z`, then `a` to `z`.
    Alnum,
    /// These characters, each once, in this order.
    Custom(String),
    /// Each place keeps its class: a digit becomes a digit, a capital letter a capital letter, a small
    /// letter a small letter.
    Mixed,
    /// An alphabet for each place, none of them `mixed` or `positions`.
    Positions(Vec<Alphabet>),
}

/// The most characters of an alphabet, and the most places of `positions`.
pub const MAX_SYMBOLS: usize = 256;

/// A set of characters in order.
pub(super) struct Symbols {
    all: Vec<char>,
    /// The number of each ASCII character, plus one.
    ascii: [u16; 128],
}

impl Symbols {
    /// The set of one alphabet; `None` for those that are made of several.
    pub(super) fn of(alphabet: &Alphabet) -> Option<Result<Self, FormatError>> {
        Some(match alphabet {
            Alphabet::Digits => Self::new('0'..='9'),
            Alphabet::Lower => Self::new('a'..='z'),
            Alphabet::Upper => Self::new('A'..='Z'),
            Alphabet::AlnumLower => Self::new(('0'..='9').chain('a'..='z')),
            Alphabet::AlnumUpper => Self::new(('0'..='9').chain('A'..='Z')),
            Alphabet::Alnum => Self::new(('0'..='9').chain('A'..='Z').chain('a'..='z')),
            Alphabet::Custom(text) => Self::new(text.chars()),
            Alphabet::Mixed | Alphabet::Positions(_) => return None,
        })
    }

    fn new(characters: impl Iterator<Item = char>) -> Result<Self, FormatError> {
        let all: Vec<char> = characters.take(MAX_SYMBOLS + 1).collect();
        let mut sorted = all.clone();
        sorted.sort_unstable();
        sorted.dedup();
        if !(2..=MAX_SYMBOLS).contains(&all.len()) || sorted.len() != all.len() {
            return Err(FormatError::Alphabet);
        }
        let mut ascii = [0; 128];
        for (number, character) in (1..).zip(&all) {
            if let Some(slot) = ascii.get_mut(*character as usize) {
                *slot = number;
            }
        }
        Ok(Self { all, ascii })
    }

    /// How many there are.
    pub(super) fn radix(&self) -> u32 {
        u32::try_from(self.all.len()).unwrap_or(u32::MAX)
    }

    /// The number of `character`, when it is one of these.
    #[inline]
    pub(super) fn number(&self, character: char) -> Option<u16> {
        if let Some(number) = self.ascii.get(character as usize) {
            return number.checked_sub(1);
        }
        let place = self.all.iter().position(|it| *it == character)?;
        u16::try_from(place).ok()
    }

    /// The character of a number.
    #[inline]
    pub(super) fn character(&self, number: u16) -> Option<char> {
        self.all.get(usize::from(number)).copied()
    }
}
