//! Roots in files: the 32 bytes that keys of tokens and pseudonyms are derived from, outside of an
//! enclave.
//!
//! Reads 64 hex digits, base64 or base64url of 32 bytes, or a JWK of the type `oct` (RFC 7518 §6.4).
//! What was read is wiped, and no error shows any of it.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use zeroize::Zeroizing;

/// Bytes of a root.
pub const ROOT_BYTES: usize = 32;

/// With or without padding.
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Why the content of a file is not a root.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RootFileError {
    /// Neither hex, nor base64, nor a JWK.
    #[error("not {ROOT_BYTES} bytes in hex, base64 or a JWK of the type oct")]
    Encoding,
}

impl RootFileError {
    /// The stable name of the cause.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Encoding => "key_encoding",
        }
    }
}

/// A key as JSON; other members are of no interest.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    k: String,
}

/// Reads a root from the content of a file.
///
/// # Errors
///
/// [`RootFileError::Encoding`].
pub fn parse(content: &[u8]) -> Result<Zeroizing<[u8; ROOT_BYTES]>, RootFileError> {
    let text = std::str::from_utf8(content).map_err(|_| RootFileError::Encoding)?;
    let text = text.trim();
    if text.starts_with('{') {
        let jwk: Jwk = serde_json::from_str(text).map_err(|_| RootFileError::Encoding)?;
        let key = Zeroizing::new(jwk.k);
        return match jwk.kty.as_str() {
            "oct" => exactly(URL_SAFE.decode(key.as_bytes()).ok()),
            _ => Err(RootFileError::Encoding),
        };
    }
    if text.len() == 2 * ROOT_BYTES {
        return exactly(hex::decode(text).ok());
    }
    let decoded = STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text));
    exactly(decoded.ok())
}

fn exactly(bytes: Option<Vec<u8>>) -> Result<Zeroizing<[u8; ROOT_BYTES]>, RootFileError> {
    let bytes = Zeroizing::new(bytes.unwrap_or_default());
    let mut root = Zeroizing::new([0; ROOT_BYTES]);
    if bytes.len() != ROOT_BYTES {
        return Err(RootFileError::Encoding);
    }
    root.copy_from_slice(&bytes);
    Ok(root)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_write_a_root_reads_the_same() {
        let root = [0xfb; ROOT_BYTES];
        let standard = base64::engine::general_purpose::STANDARD.encode(root);
        let url = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(root);
        assert_ne!(standard.trim_end_matches('='), url);
        for text in [
            hex::encode(root),
            format!(" {}\n", hex::encode_upper(root)),
            standard.trim_end_matches('=').to_owned(),
            standard,
            format!(r#"{{"kty":"oct","k":"{url}","kid":"x"}}"#),
            url,
        ] {
            assert_eq!(*parse(text.as_bytes()).unwrap(), root, "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_root() {
        let short = hex::encode([1; 31]);
        let long = hex::encode([1; 33]);
        let other = r#"{"kty":"OKP","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#;
        for text in ["", "x", &short, &long, "{}", other, "\u{e9}"] {
            assert_eq!(
                parse(text.as_bytes()).err(),
                Some(RootFileError::Encoding),
                "{text}"
            );
        }
        assert_eq!(parse(b"\xff").err(), Some(RootFileError::Encoding));
    }
}
