//! The key of a caller: Ed25519 (RFC 8032) or ECDSA P-256 (FIPS 186-5), private and public.

use ring::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair,
        Ed25519KeyPair, KeyPair, UnparsedPublicKey,
    },
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Why a key was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum KeyError {
    /// Not PKCS#8 (RFC 5958) of an Ed25519 or P-256 key.
    #[error("key is not PKCS#8 of an Ed25519 or P-256 private key")]
    NotPkcs8,
    /// Not a JWK (RFC 7517) of an Ed25519 or P-256 public key.
    #[error("key is not a JWK of an Ed25519 or P-256 public key")]
    NotJwk,
}

/// A private key that signs requests or policy bundles.
pub struct CallerKey(Kind);

enum Kind {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair, SystemRandom),
}

/// Its public half.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CallerPublicKey {
    /// 32 bytes, RFC 8032 §5.1.5.
    Ed25519([u8; 32]),
    /// Uncompressed point, SEC 1 §2.3.3.
    P256([u8; 65]),
}

impl CallerKey {
    /// Reads PKCS#8 of either kind.
    ///
    /// # Errors
    ///
    /// [`KeyError::NotPkcs8`].
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
            return Ok(Self(Kind::Ed25519(pair)));
        }
        let random = SystemRandom::new();
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der, &random)
            .map(|pair| Self(Kind::P256(pair, random)))
            .map_err(|_| KeyError::NotPkcs8)
    }

    /// PKCS#8 of a new Ed25519 key.
    pub fn generate_pkcs8() -> Zeroizing<Vec<u8>> {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
            .expect("the system's random source answers");
        Zeroizing::new(document.as_ref().to_vec())
    }

    /// A new Ed25519 key that is kept nowhere.
    pub fn generate_ed25519() -> Self {
        Self::from_pkcs8(&Self::generate_pkcs8()).expect("it was just made")
    }

    /// A new P-256 key that is kept nowhere.
    pub fn generate_p256() -> Self {
        let document =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
                .expect("the system's random source answers");
        Self::from_pkcs8(document.as_ref()).expect("it was just made")
    }

    /// The public half.
    pub fn public_key(&self) -> CallerPublicKey {
        match &self.0 {
            Kind::Ed25519(pair) => CallerPublicKey::Ed25519(sized(pair.public_key().as_ref())),
            Kind::P256(pair, _) => CallerPublicKey::P256(sized(pair.public_key().as_ref())),
        }
    }

    /// 64 bytes either way: RFC 8032, or r ‖ s.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.0 {
            Kind::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Kind::P256(pair, random) => pair
                .sign(random, message)
                .expect("the system's random source answers")
                .as_ref()
                .to_vec(),
        }
    }
}

impl std::fmt::Debug for CallerKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_tuple("CallerKey")
            .field(&self.public_key())
            .finish()
    }
}

/// The members of a JWK that we read; others are ignored as RFC 7517 §4 asks.
#[derive(Serialize, Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
}

impl CallerPublicKey {
    /// Reads a JWK: `OKP`/`Ed25519` (RFC 8037) or `EC`/`P-256` (RFC 7518 §6.2).
    ///
    /// # Errors
    ///
    /// [`KeyError::NotJwk`].
    pub fn from_jwk(jwk: &serde_json::Value) -> Result<Self, KeyError> {
        let jwk = Jwk::deserialize(jwk).map_err(|_| KeyError::NotJwk)?;
        match (jwk.kty.as_str(), jwk.crv.as_str(), &jwk.y) {
            ("OKP", "Ed25519", None) => Ok(Self::Ed25519(coordinate(&jwk.x)?)),
            ("EC", "P-256", Some(y)) => {
                let mut point = [4; 65];
                point[1..33].copy_from_slice(&coordinate(&jwk.x)?);
                point[33..].copy_from_slice(&coordinate(y)?);
                Ok(Self::P256(point))
            }
            _ => Err(KeyError::NotJwk),
        }
    }

    /// The same key as a JWK.
    pub fn to_jwk(&self) -> serde_json::Value {
        let (kty, crv, x, y) = match self {
            Self::Ed25519(key) => ("OKP", "Ed25519", &key[..], None),
            Self::P256(point) => ("EC", "P-256", &point[1..33], Some(base64url(&point[33..]))),
        };
        let jwk = Jwk {
            kty: kty.into(),
            crv: crv.into(),
            x: base64url(x),
            y,
        };
        serde_json::to_value(jwk).expect("a struct of texts has a JSON form")
    }

    /// Checks a signature of 64 bytes.
    ///
    /// # Errors
    ///
    /// [`super::ProofError`] when it is not this key's over this message.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), super::ProofError> {
        match self {
            Self::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature),
            Self::P256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature)
            }
        }
        .map_err(|_| super::ProofError)
    }
}

fn base64url(bytes: &[u8]) -> String {
    data_encoding::BASE64URL_NOPAD.encode(bytes)
}

fn coordinate(text: &str) -> Result<[u8; 32], KeyError> {
    let bytes = data_encoding::BASE64URL_NOPAD
        .decode(text.as_bytes())
        .map_err(|_| KeyError::NotJwk)?;
    bytes.try_into().map_err(|_| KeyError::NotJwk)
}

fn sized<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes
        .try_into()
        .expect("ring gives public keys of the algorithm's one length")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// RFC 8037 appendix A.1 and A.2: an Ed25519 key and its JWK.
    #[test]
    fn the_jwk_of_rfc_8037_reads_as_its_published_bytes() {
        let jwk =
            json!({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
        let key = CallerPublicKey::from_jwk(&jwk).expect("RFC 8037 publishes it");
        let published = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        assert_eq!(
            key,
            CallerPublicKey::Ed25519(sized(&hex::decode(published).expect("hex")))
        );
        assert_eq!(key.to_jwk(), jwk);
    }

    #[test]
    fn a_p256_key_survives_the_way_through_a_jwk() {
        let key = CallerKey::generate_p256().public_key();
        assert_eq!(CallerPublicKey::from_jwk(&key.to_jwk()), Ok(key));
    }

    #[test]
    fn what_is_no_key_is_refused_by_name() {
        assert_eq!(
            CallerKey::from_pkcs8(b"no key").err(),
            Some(KeyError::NotPkcs8)
        );
        for jwk in [
            json!({"kty":"RSA","n":"AQAB","e":"AQAB"}),
            json!({"kty":"OKP","crv":"Ed25519","x":"AQAB"}),
            json!({"kty":"EC","crv":"P-256","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}),
            json!("key"),
        ] {
            assert_eq!(CallerPublicKey::from_jwk(&jwk), Err(KeyError::NotJwk));
        }
    }
}
