//! Tokens: stand-ins that the holder of the key turns back, and nobody else tells apart from noise.
//!
//! Vaultless: the token is the value under AES-SIV (RFC 5297, 256-bit AES) with a key that the
//! caller derived for this purpose, so nothing is stored. Tenant, entity, context and version of the
//! key are associated data: a token moved to another place does not open there. Equal values of one
//! place have equal tokens, which is what makes them joinable and what makes a dictionary possible
//! for whoever may ask for tokens. A token is as long as its value, plus a constant.
//!
//! Text is hostile here too. Holds no key and makes none. Next: [`crate::derive`].

mod find;
mod parameters;

use aes_siv::{KeyInit, Tag, siv::Aes256Siv};
use zeroize::Zeroizing;

use crate::{derive::BASE32, operation::is_entity};

pub use find::{Found, find, open_all};
pub use parameters::{DetokenizeParameters, TokenParameters};

/// Bytes of a key: a half for the synthetic IV and a half for the cipher.
pub const KEY_BYTES: usize = 64;
/// The longest value of a token, in bytes.
pub const MAX_VALUE_BYTES: usize = 4096;
/// Bytes of the synthetic IV in front of the ciphertext.
const IV_BYTES: usize = 16;
/// The first part of every token, and the first piece of associated data.
const FORM: &str = "vs1";
/// The longest base32 part: 8 characters for 5 bytes.
const MAX_ENCODED_BYTES: usize = ((IV_BYTES + MAX_VALUE_BYTES) * 8).div_ceil(5);

/// Why there is no token, or no value of one. Never holds either.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TokenError {
    /// The value is longer than [`MAX_VALUE_BYTES`].
    #[error("value is over {MAX_VALUE_BYTES} bytes")]
    TooLong,
    /// The text is not a token in its one form.
    #[error("not a token")]
    Malformed,
    /// Altered, or of another place or key. Which of these is not told.
    #[error("token is not authentic")]
    NotAuthentic,
}

impl TokenError {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLong => "text_too_long",
            Self::Malformed => "token_malformed",
            Self::NotAuthentic => "token_not_authentic",
        }
    }
}

/// What a token belongs to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Place<'a> {
    /// Whose data.
    pub tenant: &'a str,
    /// What the value is: a name of capital letters, digits and underscores.
    pub entity: &'a str,
    /// What the token is for.
    pub context: &'a str,
}

/// The token of a value: `vs1.<ENTITY>.k<version>.<base32>`.
///
/// `key` is derived for this place with [`crate::derive::info`]; `version` is the version of its
/// root. For many values, [`Tokenizer`] expands the key once.
///
/// # Errors
///
/// [`TokenError::TooLong`]; [`TokenError::Malformed`] when the entity is not a name.
pub fn tokenize(
    key: &[u8; KEY_BYTES],
    version: u32,
    place: &Place<'_>,
    value: &str,
) -> Result<String, TokenError> {
    let mut token = String::new();
    Tokenizer::new(key, version, place)?.append(value, &mut token)?;
    Ok(token)
}

/// The key of one place, expanded, for many values.
pub struct Tokenizer<'a> {
    siv: Aes256Siv,
    bound: [Piece<'a>; 5],
    /// All of a token before its base32 part.
    front: String,
    /// Where a value is sealed.
    sealed: Zeroizing<Vec<u8>>,
}

impl<'a> Tokenizer<'a> {
    /// Expands a key, as for [`tokenize`].
    ///
    /// # Errors
    ///
    /// [`TokenError::Malformed`] when the entity is not a name.
    pub fn new(key: &[u8; KEY_BYTES], version: u32, place: &Place<'a>) -> Result<Self, TokenError> {
        if !is_entity(place.entity) {
            return Err(TokenError::Malformed);
        }
        Ok(Self {
            siv: Aes256Siv::new(key.into()),
            bound: bound(place, version),
            front: format!("{FORM}.{}.k{version}.", place.entity),
            sealed: Zeroizing::new(Vec::new()),
        })
    }

    /// Appends the token of `value` to `output`.
    ///
    /// # Errors
    ///
    /// [`TokenError::TooLong`]; nothing is then appended.
    pub fn append(&mut self, value: &str, output: &mut String) -> Result<(), TokenError> {
        if value.len() > MAX_VALUE_BYTES {
            return Err(TokenError::TooLong);
        }
        self.sealed.clear();
        self.sealed.resize(IV_BYTES, 0);
        self.sealed.extend_from_slice(value.as_bytes());
        let (iv, ciphertext) = self.sealed.split_at_mut(IV_BYTES);
        let tag = self
            .siv
            .encrypt_inout_detached(self.bound, ciphertext.into())
            .expect("five pieces of associated data are within AES-SIV's 126");
        iv.copy_from_slice(&tag);
        output.push_str(&self.front);
        BASE32.encode_append(&self.sealed, output);
        Ok(())
    }
}

/// The value of a token that was made for this place with this key.
///
/// `key` is derived for [`Token::version`].
///
/// # Errors
///
/// [`TokenError::NotAuthentic`], one for every cause.
pub fn detokenize(
    key: &[u8; KEY_BYTES],
    place: &Place<'_>,
    token: &Token<'_>,
) -> Result<Zeroizing<String>, TokenError> {
    // The name that is readable in a token must be the one that it is bound to.
    if token.entity != place.entity {
        return Err(TokenError::NotAuthentic);
    }
    let (iv, ciphertext) = token.sealed.split_at(IV_BYTES);
    let iv = Tag::try_from(iv).expect("it was split at the length of an IV");
    let mut value = Zeroizing::new(ciphertext.to_vec());
    Aes256Siv::new(key.into())
        .decrypt_inout_detached(
            bound(place, token.version),
            value.as_mut_slice().into(),
            &iv,
        )
        .map_err(|_| TokenError::NotAuthentic)?;
    let text = std::str::from_utf8(&value).map_err(|_| TokenError::NotAuthentic)?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// A text that has the form of a token. Nothing in it is authentic yet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Token<'a> {
    entity: &'a str,
    version: u32,
    sealed: Vec<u8>,
}

impl<'a> Token<'a> {
    /// Reads a token: the whole text, in the one form that [`tokenize`] gives it.
    ///
    /// # Errors
    ///
    /// [`TokenError::Malformed`].
    pub fn parse(text: &'a str) -> Result<Self, TokenError> {
        Self::from_text(text).ok_or(TokenError::Malformed)
    }

    fn from_text(text: &'a str) -> Option<Self> {
        let rest = text.strip_prefix(FORM)?.strip_prefix('.')?;
        let (entity, rest) = rest.split_once('.')?;
        let (digits, encoded) = rest.strip_prefix('k')?.split_once('.')?;
        let version: u32 = digits.parse().ok()?;
        // The number's parser also takes a sign and leading zeros.
        let is_plain = version.to_string() == digits;
        if !is_entity(entity) || !is_plain || encoded.len() > MAX_ENCODED_BYTES {
            return None;
        }
        let sealed = BASE32.decode(encoded.as_bytes()).ok()?;
        (sealed.len() >= IV_BYTES).then_some(Self {
            entity,
            version,
            sealed,
        })
    }

    /// The entity that it says it is of.
    pub const fn entity(&self) -> &'a str {
        self.entity
    }

    /// The version of the root that it says it hangs under.
    pub const fn version(&self) -> u32 {
        self.version
    }
}

/// Associated data. AES-SIV takes its pieces apart from one another (S2V, RFC 5297 §2.4), so no two
/// places give the same.
fn bound<'a>(place: &Place<'a>, version: u32) -> [Piece<'a>; 5] {
    [
        Piece::Text(FORM),
        Piece::Text(place.tenant),
        Piece::Text(place.entity),
        Piece::Text(place.context),
        Piece::Version(version.to_be_bytes()),
    ]
}

#[derive(Clone, Copy)]
enum Piece<'a> {
    Text(&'a str),
    Version([u8; 4]),
}

impl AsRef<[u8]> for Piece<'_> {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Version(version) => version,
        }
    }
}

#[cfg(test)]
mod tests;
