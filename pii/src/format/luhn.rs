//! What becomes of the check digit of a card number.
//!
//! A number that passes Luhn has one digit less to choose: the last encrypted place is then not
//! encrypted but computed from all others, so that the token passes as well (`keep`) or never does
//! (`break`). Both can be turned back, because the value passed. Next: [`crate::check::luhn`].

use serde::{Deserialize, Serialize};

/// What the token does under Luhn.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Luhn {
    /// The value must pass and the token passes.
    Keep,
    /// The value must pass and the token never does, so that nobody takes it for a card.
    Break,
    /// Nothing is looked at.
    #[default]
    Ignore,
}

/// The digit at `place` with which all `digits` pass.
pub(super) fn solve(digits: &[u16], place: usize) -> u16 {
    let weighed = |place: usize, digit: u16| {
        if (digits.len() - place).is_multiple_of(2) {
            digit * 2 / 10 + digit * 2 % 10
        } else {
            digit
        }
    };
    let others: u16 = digits
        .iter()
        .enumerate()
        .filter(|(other, _)| *other != place)
        .fold(0, |sum, (place, digit)| (sum + weighed(place, *digit)) % 10);
    // Doubling with the digits summed is a permutation of the ten digits, so one of them fits.
    (0..10)
        .find(|digit| (others + weighed(place, *digit)).is_multiple_of(10))
        .unwrap_or_default()
}

impl Luhn {
    /// The digit at `place` of a token.
    pub(super) fn sealed(self, digits: &[u16], place: usize) -> u16 {
        let passing = solve(digits, place);
        match self {
            Self::Break => (passing + 1) % 10,
            Self::Keep | Self::Ignore => passing,
        }
    }
}
