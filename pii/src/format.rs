//! `encrypt_format`: tokens of the same form as their values, `4111-1111` to `8302-5567`.
//!
//! FF1 under a key that the caller derived for this purpose. The tweak binds tenant, entity, context
//! and version of the key, and whatever part of the value stays readable, so that a token means
//! nothing in another place. Text stays text: leading zeros are kept. The version of the key does not
//! show in a token and travels beside it. FF1 authenticates nothing; where the form need not be kept,
//! [`crate::tokenize`] is better.
//!
//! Refused: fewer than 1,000,000 values (who may ask for tokens could list them all), and values whose
//! halves do not fit in 64 bits. Next: `format/cipher.rs`, [`crate::ff1`].

mod alphabet;
mod cipher;
mod layout;
mod luhn;

use serde::{Deserialize, Serialize};

use crate::Class;
use crate::ff1::Ff1Error;
use crate::mask::MaskParameters;
use crate::operation::{ParameterError, check_place};

pub use alphabet::{Alphabet, MAX_SYMBOLS};
pub use cipher::FormatCipher;
pub use luhn::Luhn;

/// Why there is no token, or no value of one. Never holds either.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FormatError {
    /// Entity, context or separators make no sense.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// An alphabet has fewer than two characters, more than [`MAX_SYMBOLS`], or one of them twice, or
    /// a separator is one of them.
    #[error("the alphabet is not of 2 to {MAX_SYMBOLS} different characters beside the separators")]
    Alphabet,
    /// `luhn` is there for an alphabet other than `digits`.
    #[error("luhn belongs to digits")]
    LuhnAlphabet,
    /// Too few values are left beside what is kept.
    #[error("the format has {size} values, 1000000 are needed")]
    Domain {
        /// How many there are.
        size: u128,
    },
    /// A character that is neither of the alphabet nor a separator, or another number of places.
    #[error("the value is not of the format")]
    Mismatch,
    /// The value does not pass Luhn, or the token was not made so.
    #[error("the check digit is wrong")]
    Luhn,
    /// The bounds of FF1.
    #[error(transparent)]
    Ff1(Ff1Error),
}

impl From<Ff1Error> for FormatError {
    fn from(error: Ff1Error) -> Self {
        match error {
            Ff1Error::Domain { size } => Self::Domain { size },
            Ff1Error::Numerals => Self::Mismatch,
            error => Self::Ff1(error),
        }
    }
}

impl FormatError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Parameter(error) => error.code(),
            Self::Alphabet | Self::LuhnAlphabet => "invalid_parameter",
            Self::Domain { .. } => "domain_too_small",
            Self::Mismatch => "format_mismatch",
            Self::Luhn => "checksum",
            Self::Ff1(error) => error.code(),
        }
    }
}

/// What `encrypt_format` and `decrypt_format` take.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FormatParameters {
    /// What the value is. A token of one entity is none of another's.
    pub entity: String,
    /// The field or use that the token is for.
    #[serde(default)]
    pub context: String,
    /// The characters at its places.
    pub alphabet: Alphabet,
    /// Separators: kept as they are and not counted.
    #[serde(default)]
    pub skip: String,
    /// How many characters to keep at the beginning, such as the six of a card's issuer.
    #[serde(default)]
    pub keep_first: u8,
    /// How many characters to keep at the end.
    #[serde(default)]
    pub keep_last: u8,
    /// What the token does under Luhn.
    #[serde(default)]
    pub luhn: Luhn,
    /// The version of the root; the newest when absent.
    #[serde(default)]
    pub version: Option<u32>,
}

impl FormatParameters {
    /// The keys of both operations.
    pub const PARAMETERS: &[&str] = &[
        "entity",
        "context",
        "alphabet",
        "skip",
        "keep_first",
        "keep_last",
        "luhn",
        "version",
    ];

    /// What a token lets out. What is kept of the value is bounded: a million values remain.
    pub const CLASS: Class = Class::Token;

    /// Card numbers with issuer and last four digits kept, where the length leaves enough.
    pub fn card(luhn: Luhn) -> Self {
        Self {
            entity: "CREDIT_CARD".to_owned(),
            context: String::new(),
            alphabet: Alphabet::Digits,
            skip: " -".to_owned(),
            keep_first: 6,
            keep_last: 4,
            luhn,
            version: None,
        }
    }

    /// Checks what the types do not.
    ///
    /// # Errors
    ///
    /// [`FormatError::Parameter`], [`FormatError::Alphabet`] or [`FormatError::LuhnAlphabet`].
    pub fn check(&self) -> Result<(), FormatError> {
        check_place(&self.entity, &self.context)?;
        // Whatever is skipped leaves as it is, so letters and digits are never among it.
        let readable = self.skip.contains(char::is_alphanumeric);
        if readable || self.skip.len() > MaskParameters::MAX_SKIP_BYTES {
            return Err(ParameterError::Skip.into());
        }
        let sets = layout::Sets::new(&self.alphabet)?;
        if self.skip.chars().any(|character| sets.hold(character)) {
            return Err(FormatError::Alphabet);
        }
        if self.luhn != Luhn::Ignore && self.alphabet != Alphabet::Digits {
            return Err(FormatError::LuhnAlphabet);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
