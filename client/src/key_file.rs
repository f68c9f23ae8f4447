//! Private keys in files: of callers, who prove requests, and of policy authorities.
//!
//! Reads PKCS#8 (RFC 5958 or 5208) as DER or PEM, so keys of `openssl genpkey -algorithm ed25519`
//! serve too. The key itself, and what is signed with it, is [`CallerKey`]'s business.
//!
//! The bytes of a private key are wiped where this code holds them, and no error shows them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use vouchsafe_common::proof::CallerKey;
use zeroize::Zeroizing;

/// First line of a PEM file that holds PKCS#8, RFC 7468 §10.
const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
/// Last line of it.
const PEM_END: &str = "-----END PRIVATE KEY-----";
/// Characters on a line of PEM, RFC 7468 §2.
const PEM_LINE_CHARS: usize = 64;
/// First byte of DER: a SEQUENCE.
const DER_SEQUENCE: u8 = 0x30;

/// Why the content of a file is not a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum KeyFileError {
    /// Neither PEM nor DER of a PKCS#8 private key.
    #[error("not a PKCS#8 private key in PEM or DER")]
    Encoding,
    /// DER, yet not PKCS#8 of a kind of key that signs here.
    #[error("not PKCS#8 of an Ed25519 or P-256 key")]
    Kind,
}

impl KeyFileError {
    /// The stable name of the cause.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Encoding => "key_encoding",
            Self::Kind => "key_kind",
        }
    }
}

/// Reads a private key from the content of a file, PEM or DER.
///
/// # Errors
///
/// [`KeyFileError`].
pub fn parse(content: &[u8]) -> Result<CallerKey, KeyFileError> {
    if content.first() == Some(&DER_SEQUENCE) {
        return CallerKey::from_pkcs8(content).map_err(|_| KeyFileError::Kind);
    }
    CallerKey::from_pkcs8(&from_pem(content)?).map_err(|_| KeyFileError::Kind)
}

fn from_pem(content: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let text = std::str::from_utf8(content).map_err(|_| KeyFileError::Encoding)?;
    let (_, rest) = text.split_once(PEM_BEGIN).ok_or(KeyFileError::Encoding)?;
    let (body, _) = rest.split_once(PEM_END).ok_or(KeyFileError::Encoding)?;
    let body: Zeroizing<String> =
        Zeroizing::new(body.chars().filter(|c| !c.is_ascii_whitespace()).collect());
    let der = STANDARD
        .decode(body.as_bytes())
        .map_err(|_| KeyFileError::Encoding)?;
    Ok(Zeroizing::new(der))
}

/// PKCS#8 bytes as PEM, RFC 7468.
pub fn to_pem(der: &[u8]) -> Zeroizing<String> {
    let body = Zeroizing::new(STANDARD.encode(der));
    let mut pem = Zeroizing::new(String::with_capacity(2 * body.len() + 128));
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
    use vouchsafe_common::proof::CallerPublicKey;

    use super::*;

    /// RFC 8410 §10.3: a private key without its public key; §10.1 has that.
    const RFC_8410_PEM: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
        -----END PRIVATE KEY-----\n";
    const RFC_8410_PUBLIC: &str =
        "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1";

    #[test]
    fn the_key_of_rfc_8410_is_read() {
        let key = parse(RFC_8410_PEM.as_bytes()).unwrap();
        let published = hex::decode(RFC_8410_PUBLIC).unwrap().try_into().unwrap();
        assert_eq!(key.public_key(), CallerPublicKey::Ed25519(published));
    }

    #[test]
    fn a_made_key_reads_back_from_der_and_from_pem() {
        let der = CallerKey::generate_pkcs8();
        let pem = to_pem(&der);
        let public = parse(&der).unwrap().public_key();
        assert_eq!(parse(pem.as_bytes()).unwrap().public_key(), public);
        assert!(pem.lines().all(|line| line.len() <= PEM_LINE_CHARS));
    }

    #[test]
    fn anything_else_is_not_a_key() {
        for content in [
            "",
            "x",
            PEM_BEGIN,
            "-----BEGIN PRIVATE KEY-----!-----END PRIVATE KEY-----",
        ] {
            assert_eq!(
                parse(content.as_bytes()).err(),
                Some(KeyFileError::Encoding)
            );
        }
        let der = CallerKey::generate_pkcs8();
        for length in 1..der.len() {
            assert_eq!(parse(&der[..length]).err(), Some(KeyFileError::Kind));
        }
    }
}
