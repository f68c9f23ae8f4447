//! A value taken apart: separators, places that are kept, and places that are encrypted.
//!
//! Trusts nothing: a character that is neither of the alphabet of its place nor a separator is an
//! error, because leaving it in place would show part of the value. Next: [`super::cipher`].

use zeroize::Zeroizing;

use super::alphabet::{Alphabet, Symbols};
use super::{FormatError, FormatParameters};

/// The sets of an alphabet, ready.
#[allow(
    clippy::large_enum_variant,
    reason = "there is one for each key, not for each value"
)]
pub(super) enum Sets {
    /// One for every place.
    One(Symbols),
    /// Digits, capital letters, small letters, by the class of what stands there.
    Mixed([Symbols; 3]),
    /// One a place.
    Positions(Vec<Symbols>),
}

impl Sets {
    pub(super) fn new(alphabet: &Alphabet) -> Result<Self, FormatError> {
        let one = |alphabet| Symbols::of(alphabet).unwrap_or(Err(FormatError::Alphabet));
        Ok(match alphabet {
            Alphabet::Mixed => Self::Mixed([
                one(&Alphabet::Digits)?,
                one(&Alphabet::Upper)?,
                one(&Alphabet::Lower)?,
            ]),
            Alphabet::Positions(places) => {
                if places.is_empty() || places.len() > super::alphabet::MAX_SYMBOLS {
                    return Err(FormatError::Alphabet);
                }
                Self::Positions(places.iter().map(one).collect::<Result<_, _>>()?)
            }
            alphabet => Self::One(one(alphabet)?),
        })
    }

    /// Whether `character` is of some set.
    pub(super) fn hold(&self, character: char) -> bool {
        match self {
            Self::One(symbols) => symbols.number(character).is_some(),
            Self::Mixed(sets) => sets.iter().any(|set| set.number(character).is_some()),
            Self::Positions(sets) => sets.iter().any(|set| set.number(character).is_some()),
        }
    }

    /// The set of the `place`th character that is no separator.
    fn at(&self, place: usize, character: char) -> Option<&Symbols> {
        match self {
            Self::One(symbols) => Some(symbols),
            Self::Mixed(sets) => sets.iter().find(|set| set.number(character).is_some()),
            Self::Positions(sets) => sets.get(place),
        }
    }
}

/// A value taken apart. Numbers are those of its characters in their sets.
pub(super) struct Layout<'a> {
    /// All characters, separators included.
    pub(super) text: Zeroizing<Vec<char>>,
    /// Where in `text` each character stands that is no separator, and its set.
    pub(super) places: Vec<(usize, &'a Symbols)>,
    /// Their numbers.
    pub(super) numbers: Zeroizing<Vec<u16>>,
    /// How many of them are kept at the beginning.
    first: usize,
    /// Before which the kept ones at the end begin.
    end: usize,
}

impl<'a> Layout<'a> {
    pub(super) fn read(
        value: &str,
        sets: &'a Sets,
        parameters: &FormatParameters,
    ) -> Result<Self, FormatError> {
        let mut text = Zeroizing::new(Vec::with_capacity(value.len()));
        let mut places = Vec::with_capacity(value.len());
        let mut numbers = Zeroizing::new(Vec::with_capacity(value.len()));
        for character in value.chars() {
            if !parameters.skip.contains(character) {
                let set = sets.at(places.len(), character);
                let number = set.and_then(|set| Some((set, set.number(character)?)));
                let (set, number) = number.ok_or(FormatError::Mismatch)?;
                places.push((text.len(), set));
                numbers.push(number);
            }
            text.push(character);
        }
        if matches!(sets, Sets::Positions(sets) if sets.len() != places.len()) {
            return Err(FormatError::Mismatch);
        }
        let (first, last) = (parameters.keep_first.into(), parameters.keep_last.into());
        let end = places.len().saturating_sub(last);
        if end <= first {
            return Err(FormatError::Domain { size: 1 });
        }
        Ok(Self {
            text,
            places,
            numbers,
            first,
            end,
        })
    }

    /// The places that are encrypted.
    pub(super) const fn free(&self) -> core::ops::Range<usize> {
        self.first..self.end
    }

    /// Whether some places stay as they are.
    pub(super) fn keeps(&self) -> bool {
        self.first > 0 || self.end < self.places.len()
    }

    /// What stays, and what class each free place is of: bound into the tweak, so that values that
    /// differ there have nothing in common.
    pub(super) fn fixed(&self) -> Zeroizing<Vec<u8>> {
        let free = self.free();
        let mut bytes = Zeroizing::new(Vec::with_capacity(3 * self.places.len()));
        for (place, ((_, set), number)) in self.places.iter().zip(self.numbers.iter()).enumerate() {
            if free.contains(&place) {
                bytes.push(0);
                bytes.extend_from_slice(&set.radix().to_be_bytes()[2..]);
                bytes.extend(
                    set.character(0)
                        .map(|it| it.to_string())
                        .unwrap_or_default()
                        .bytes(),
                );
            } else {
                bytes.push(1);
                bytes.extend_from_slice(&number.to_be_bytes());
            }
        }
        bytes
    }

    /// The text with its numbers written back.
    pub(super) fn write(mut self) -> Result<Zeroizing<String>, FormatError> {
        for ((place, set), number) in self.places.iter().zip(self.numbers.iter()) {
            let character = set.character(*number).ok_or(FormatError::Mismatch)?;
            if let Some(slot) = self.text.get_mut(*place) {
                *slot = character;
            }
        }
        let bytes = self.text.iter().map(|it| it.len_utf8()).sum();
        let mut text = Zeroizing::new(String::with_capacity(bytes));
        text.extend(self.text.iter());
        Ok(text)
    }
}
