//! An identity provider for local use: signs JWTs with Ed25519 and publishes its key as a JWKS.
//!
//! Tokens bind a caller's key by `cnf` (RFC 7800), as the enclave demands. Whoever can read the
//! key file can be anyone; so it is, and must stay, a thing of local installations.

use std::path::Path;
use std::time::{Duration, SystemTime};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use serde_json::{Value, json};
use vouchsafe_common::Secret;
use vouchsafe_common::digest::sha256;

use crate::files::{self, FileError};
use crate::kms::store::random;

/// Issuer of every token.
pub const ISSUER: &str = "https://idp.mock.vouchsafe.local";
/// How long a token is valid unless asked otherwise.
pub const DEFAULT_TTL: Duration = Duration::from_mins(5);

/// Why there is no token or no provider.
#[derive(Debug, thiserror::Error)]
pub enum IdpError {
    /// The key file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The key file is not an Ed25519 key in PKCS#8.
    #[error("the key is not an Ed25519 key")]
    Key,
    /// The caller's JWK is not JSON, has no `kty`, or holds a private key.
    #[error("the confirmation key is not a public JWK")]
    ConfirmationKey,
    /// The token cannot be signed.
    #[error("the token cannot be signed")]
    Signing(#[from] jsonwebtoken::errors::Error),
}

/// What a token is to say.
#[derive(Clone, Debug)]
pub struct Claims {
    /// `sub`: the caller.
    pub subject: String,
    /// `aud`: the fleet id of the trust anchor.
    pub audience: String,
    /// `cnf.jwk`: the public key that signs the caller's requests.
    pub confirmation_key: Option<Value>,
    /// From `iat` to `exp`.
    pub ttl: Duration,
}

/// The provider with its signing key.
#[derive(Debug)]
pub struct IdentityProvider {
    pkcs8: Secret<Vec<u8>>,
    public_key: Vec<u8>,
}

/// A fresh key in PKCS#8.
pub(crate) fn generate_key() -> Result<Vec<u8>, IdpError> {
    let key = Ed25519KeyPair::generate().map_err(|_| IdpError::Key)?;
    Ok(key.to_pkcs8().map_err(|_| IdpError::Key)?.as_ref().to_vec())
}

impl IdentityProvider {
    /// Reads the key that `init` made in the installation `state`.
    ///
    /// # Errors
    ///
    /// [`IdpError::File`] or [`IdpError::Key`].
    pub fn open(state: &Path) -> Result<Self, IdpError> {
        Self::from_pkcs8(files::read(&state.join("idp/key.pk8"))?)
    }

    /// Takes an Ed25519 key in PKCS#8.
    ///
    /// # Errors
    ///
    /// [`IdpError::Key`] for anything else.
    pub fn from_pkcs8(pkcs8: Vec<u8>) -> Result<Self, IdpError> {
        let pkcs8 = Secret::new(pkcs8);
        let key = Ed25519KeyPair::from_pkcs8(pkcs8.expose_secret()).map_err(|_| IdpError::Key)?;
        let public_key = key.public_key().as_ref().to_vec();
        Ok(Self { pkcs8, public_key })
    }

    /// The key set that verifiers pin: one Ed25519 key (RFC 8037 §2).
    pub fn jwks(&self) -> Value {
        json!({"keys": [{
            "kty": "OKP",
            "crv": "Ed25519",
            "x": URL_SAFE_NO_PAD.encode(&self.public_key),
            "kid": self.key_id(),
            "use": "sig",
            "alg": "EdDSA",
        }]})
    }

    /// Thumbprint of the key (RFC 7638, with the members that RFC 8037 appendix A.3 names).
    pub fn key_id(&self) -> String {
        let x = URL_SAFE_NO_PAD.encode(&self.public_key);
        let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        URL_SAFE_NO_PAD.encode(sha256(&[members.as_bytes()]))
    }

    /// Signs a token valid from `now` on.
    ///
    /// # Errors
    ///
    /// [`IdpError::ConfirmationKey`] or [`IdpError::Signing`].
    pub fn token(&self, claims: &Claims, now: SystemTime) -> Result<String, IdpError> {
        let confirmation = claims
            .confirmation_key
            .as_ref()
            .map(confirmation)
            .transpose()?;
        let issued = now
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        let payload = Payload {
            iss: ISSUER,
            sub: &claims.subject,
            aud: &claims.audience,
            iat: issued,
            nbf: issued,
            exp: issued.saturating_add(claims.ttl.as_secs()),
            jti: URL_SAFE_NO_PAD.encode(random::<16>()),
            cnf: confirmation,
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.key_id());
        let key = EncodingKey::from_ed_der(self.pkcs8.expose_secret());
        Ok(jsonwebtoken::encode(&header, &payload, &key)?)
    }
}

fn confirmation(jwk: &Value) -> Result<Value, IdpError> {
    // "d" holds the private part in every key type of RFC 7518 §6 and RFC 8037, "k" a symmetric key.
    let public = jwk["kty"].is_string() && jwk.get("d").is_none() && jwk.get("k").is_none();
    if public {
        Ok(json!({ "jwk": jwk }))
    } else {
        Err(IdpError::ConfirmationKey)
    }
}

#[derive(Serialize)]
struct Payload<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: u64,
    nbf: u64,
    exp: u64,
    jti: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Value>,
}

/// The key set over plain HTTP: `/jwks.json` and `/.well-known/openid-configuration`.
///
/// Plain, because what verifiers trust is the key pinned in their policy bundle, not this answer.
pub fn router(provider: &IdentityProvider) -> axum::Router {
    use axum::routing::get;
    let keys = axum::Json(provider.jwks());
    let discovery = axum::Json(json!({
        "issuer": ISSUER,
        "jwks_uri": format!("{ISSUER}/jwks.json"),
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
    }));
    axum::Router::new()
        .route("/jwks.json", get(move || std::future::ready(keys.clone())))
        .route(
            "/.well-known/openid-configuration",
            get(move || std::future::ready(discovery.clone())),
        )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at what cannot fail")]
    use super::*;
    use jsonwebtoken::jwk::JwkSet;
    use jsonwebtoken::{DecodingKey, Validation};

    fn provider() -> IdentityProvider {
        IdentityProvider::from_pkcs8(generate_key().unwrap()).unwrap()
    }

    fn claims() -> Claims {
        Claims {
            subject: "billing".to_owned(),
            audience: "fleet-1".to_owned(),
            confirmation_key: Some(json!({"kty": "OKP", "crv": "Ed25519", "x": "AA"})),
            ttl: DEFAULT_TTL,
        }
    }

    #[test]
    fn a_token_verifies_under_the_published_key_and_names_the_callers_key() {
        let provider = provider();
        let now = SystemTime::now();
        let token = provider.token(&claims(), now).unwrap();
        let keys: JwkSet = serde_json::from_value(provider.jwks()).unwrap();
        let kid = jsonwebtoken::decode_header(&token).unwrap().kid.unwrap();
        let key = DecodingKey::from_jwk(keys.find(&kid).unwrap()).unwrap();
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&["fleet-1"]);
        validation.set_issuer(&[ISSUER]);
        let payload = jsonwebtoken::decode::<Value>(&token, &key, &validation)
            .unwrap()
            .claims;
        assert_eq!(payload["sub"], "billing");
        assert_eq!(payload["cnf"]["jwk"]["x"], "AA");
        assert_eq!(
            payload["exp"].as_u64().unwrap() - payload["iat"].as_u64().unwrap(),
            DEFAULT_TTL.as_secs()
        );
        assert_eq!(payload["nbf"], payload["iat"]);
    }

    #[test]
    fn no_two_tokens_share_their_id() {
        let provider = provider();
        let now = SystemTime::now();
        let one = provider.token(&claims(), now).unwrap();
        assert_ne!(one, provider.token(&claims(), now).unwrap());
    }

    #[test]
    fn a_private_or_symmetric_key_is_not_put_into_a_token() {
        for jwk in [
            json!({"kty": "OKP", "crv": "Ed25519", "x": "AA", "d": "AA"}),
            json!({"kty": "oct", "k": "AA"}),
            json!({"crv": "Ed25519"}),
            json!("text"),
        ] {
            let claims = Claims {
                confirmation_key: Some(jwk),
                ..claims()
            };
            let refused = provider().token(&claims, SystemTime::now());
            assert!(matches!(refused, Err(IdpError::ConfirmationKey)));
        }
    }

    #[test]
    fn another_kind_of_key_is_refused() {
        let junk = IdentityProvider::from_pkcs8(vec![1, 2, 3]);
        assert!(matches!(junk, Err(IdpError::Key)));
    }
}
