//! Ed25519 keys (RFC 8032) in files: of callers, who prove requests, and of policy authorities.
//!
//! Reads PKCS#8 as DER or PEM, with or without the public key inside (RFC 5958 or 5208), so keys
//! of `openssl genpkey -algorithm ed25519` serve too. Makes new ones for `vouchsafe keygen`.
//!
//! The private key never leaves the value; its bytes are wiped where this code holds them.
//! Next: [`crate::identity`], which signs requests with it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use zeroize::Zeroizing;

/// First line of a PEM file that holds PKCS#8, RFC 7468 §10.
const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
/// Last line of it.
const PEM_END: &str = "-----END PRIVATE KEY-----";
/// Characters on a line of PEM, RFC 7468 §2.
const PEM_LINE_CHARS: usize = 64;

/// Why a key could not be read or made.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SigningKeyError {
    /// Neither PEM nor DER of a PKCS#8 private key.
    #[error("not a PKCS#8 private key in PEM or DER")]
    Encoding,
    /// PKCS#8, yet not of an Ed25519 key.
    #[error("not an Ed25519 key")]
    NotEd25519,
    /// The system gave no randomness.
    #[error("the system gave no randomness")]
    Randomness,
}

impl SigningKeyError {
    /// The stable name of the cause.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Encoding => "key_encoding",
            Self::NotEd25519 => "key_not_ed25519",
            Self::Randomness => "no_randomness",
        }
    }
}

/// An Ed25519 private key.
pub struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    /// Reads a key from the content of a file, PEM or DER.
    ///
    /// # Errors
    ///
    /// [`SigningKeyError::Encoding`] and [`SigningKeyError::NotEd25519`].
    pub fn parse(content: &[u8]) -> Result<Self, SigningKeyError> {
        let is_der = content.first() == Some(&0x30);
        let der = if is_der {
            Zeroizing::new(content.to_vec())
        } else {
            from_pem(content)?
        };
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der);
        pair.map(Self).map_err(|_| SigningKeyError::NotEd25519)
    }

    /// Makes a new key and returns its PKCS#8 form, DER.
    ///
    /// # Errors
    ///
    /// [`SigningKeyError::Randomness`].
    pub fn generate() -> Result<Zeroizing<Vec<u8>>, SigningKeyError> {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new());
        let document = document.map_err(|_| SigningKeyError::Randomness)?;
        Ok(Zeroizing::new(document.as_ref().to_vec()))
    }

    /// The public key, 32 bytes.
    pub fn public_key(&self) -> [u8; 32] {
        let mut key = [0; 32];
        key.copy_from_slice(self.0.public_key().as_ref());
        key
    }

    /// The public key as a JWK, RFC 8037 §2.
    pub fn public_jwk(&self) -> serde_json::Value {
        let x = URL_SAFE_NO_PAD.encode(self.public_key());
        serde_json::json!({ "kty": "OKP", "crv": "Ed25519", "x": x })
    }

    /// The key for those who sign with it.
    pub(crate) const fn pair(&self) -> &Ed25519KeyPair {
        &self.0
    }
}

fn from_pem(content: &[u8]) -> Result<Zeroizing<Vec<u8>>, SigningKeyError> {
    let text = std::str::from_utf8(content).map_err(|_| SigningKeyError::Encoding)?;
    let (_, rest) = text
        .split_once(PEM_BEGIN)
        .ok_or(SigningKeyError::Encoding)?;
    let (body, _) = rest.split_once(PEM_END).ok_or(SigningKeyError::Encoding)?;
    let body: Zeroizing<String> =
        Zeroizing::new(body.chars().filter(|c| !c.is_ascii_whitespace()).collect());
    let der = STANDARD
        .decode(body.as_bytes())
        .map_err(|_| SigningKeyError::Encoding)?;
    Ok(Zeroizing::new(der))
}

/// PKCS#8 bytes as PEM, RFC 7468.
pub fn to_pem(der: &[u8]) -> Zeroizing<String> {
    let body = Zeroizing::new(STANDARD.encode(der));
    let mut pem = Zeroizing::new(String::with_capacity(body.len() + 128));
    pem.push_str(PEM_BEGIN);
    for (position, character) in body.chars().enumerate() {
        if position % PEM_LINE_CHARS == 0 {
            pem.push('\n');
        }
        pem.push(character);
    }
    pem.push('\n');
    pem.push_str(PEM_END);
    pem.push('\n');
    pem
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    /// RFC 8410 §10.3: a private key without its public key, and the public key of it (§10.1).
    const RFC_8410_PEM: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
        -----END PRIVATE KEY-----\n";

    #[test]
    fn the_key_of_rfc_8410_is_read() {
        let key = SigningKey::parse(RFC_8410_PEM.as_bytes()).unwrap();
        let public = key.public_key();
        assert_eq!(
            hex::encode(public),
            "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1"
        );
        assert_eq!(key.public_jwk()["x"], URL_SAFE_NO_PAD.encode(public));
    }

    #[test]
    fn a_made_key_reads_back_from_der_and_from_pem() {
        let der = SigningKey::generate().unwrap();
        let from_der = SigningKey::parse(&der).unwrap();
        let pem = to_pem(&der);
        let from_pem = SigningKey::parse(pem.as_bytes()).unwrap();
        assert_eq!(from_der.public_key(), from_pem.public_key());
        assert!(pem.lines().all(|line| line.len() <= PEM_LINE_CHARS));
    }

    #[test]
    fn anything_else_is_not_a_key() {
        for content in [
            "",
            "x",
            "-----BEGIN PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----!-----END PRIVATE KEY-----",
        ] {
            assert_eq!(
                SigningKey::parse(content.as_bytes()).err(),
                Some(SigningKeyError::Encoding)
            );
        }
        let der = SigningKey::generate().unwrap();
        for length in 1..der.len() {
            assert_eq!(
                SigningKey::parse(&der[..length]).err(),
                Some(SigningKeyError::NotEd25519)
            );
        }
    }
}
