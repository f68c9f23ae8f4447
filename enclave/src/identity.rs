//! Who sent a request: a caller that the policy knows, or a refusal.
//!
//! A registered caller proves its key over this very request. A token must come from an issuer whose
//! keys the bundle pins, be meant for this fleet, and be valid at the enclave's own time; its caller
//! is *bound* when the key that `cnf` names (RFC 7800) signed the request too. What a caller may do
//! is decided elsewhere: [`crate::policy`].

use jsonwebtoken::{
    Algorithm, DecodingKey, Validation,
    jwk::{Jwk, JwkSet, PublicKeyUse},
};
use serde::Deserialize;
use vouchsafe_common::{
    UnixMillis,
    bundle::{Issuer, Policy},
    digest::Sha384Digest,
    limits::{MAX_NAME_BYTES, MAX_TOKEN_BYTES},
    message::Refusal,
    proof::{self, CallerPublicKey, Proof},
};

/// Signature algorithms of tokens (RFC 7518 §3.1, RFC 8037): none that is symmetric.
const ALGORITHMS: [Algorithm; 4] = [
    Algorithm::EdDSA,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::RS256,
];

/// A caller whose identity is established.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Caller {
    /// A name of the bundle's, or `<issuer name>:<sub>`.
    pub name: String,
    /// Whether it proved possession of a key over this request.
    pub bound: bool,
}

/// Establishes who sent a request.
///
/// # Errors
///
/// [`Refusal::UnknownCaller`], [`Refusal::ProofInvalid`] or one of the refusals of tokens.
pub fn authenticate(
    proof: &Proof,
    binding: &Sha384Digest,
    policy: &Policy,
    fleet: &str,
    now: UnixMillis,
) -> Result<Caller, Refusal> {
    match proof {
        Proof::Registered { caller, signature } => {
            let key = policy.caller_key(caller).ok_or(Refusal::UnknownCaller)?;
            proof::verify(&key, binding, signature).map_err(|_| Refusal::ProofInvalid)?;
            Ok(Caller {
                name: caller.clone(),
                bound: true,
            })
        }
        Proof::Token { token, signature } => {
            let (name, confirmation) = verify_token(token.expose_secret(), policy, fleet, now)?;
            let key = confirmation.ok_or(Refusal::ProofInvalid)?;
            proof::verify(&key, binding, signature).map_err(|_| Refusal::ProofInvalid)?;
            Ok(Caller { name, bound: true })
        }
        Proof::Bearer { token } => {
            let (name, confirmation) = verify_token(token.expose_secret(), policy, fleet, now)?;
            // A token that names a key is worth nothing without it: whoever stole it has not the key.
            if confirmation.is_some() {
                return Err(Refusal::ProofInvalid);
            }
            Ok(Caller { name, bound: false })
        }
    }
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: u64,
    #[serde(default)]
    nbf: Option<u64>,
    #[serde(default)]
    cnf: Option<Confirmation>,
}

#[derive(Deserialize)]
struct Confirmation {
    jwk: serde_json::Value,
}

/// Only the issuer, to choose the keys by; everything is verified under them afterwards.
#[derive(Deserialize)]
struct ClaimedIssuer {
    iss: String,
}

/// The caller's name and the key it is bound to, if any.
fn verify_token(
    token: &str,
    policy: &Policy,
    fleet: &str,
    now: UnixMillis,
) -> Result<(String, Option<CallerPublicKey>), Refusal> {
    let invalid = |_| Refusal::TokenInvalid;
    if token.len() > MAX_TOKEN_BYTES {
        return Err(Refusal::TokenInvalid);
    }
    let header = jsonwebtoken::decode_header(token).map_err(invalid)?;
    // RFC 7515 §4.1.11: who does not understand a critical header refuses; we understand none.
    if header.crit.is_some() || !ALGORITHMS.contains(&header.alg) {
        return Err(Refusal::TokenInvalid);
    }
    let claimed: ClaimedIssuer = jsonwebtoken::dangerous::insecure_decode::<ClaimedIssuer>(token)
        .map_err(invalid)?
        .claims;
    let issuer = policy
        .issuers
        .iter()
        .find(|issuer| issuer.issuer == claimed.iss)
        .ok_or(Refusal::TokenInvalid)?;
    let jwk = pinned_key(issuer, header.kid.as_deref()).ok_or(Refusal::TokenInvalid)?;
    if jwk
        .common
        .public_key_use
        .as_ref()
        .is_some_and(|usage| *usage != PublicKeyUse::Signature)
    {
        return Err(Refusal::TokenInvalid);
    }
    let key = DecodingKey::from_jwk(&jwk).map_err(invalid)?;
    let mut validation = Validation::new(header.alg);
    validation.set_issuer(&[&issuer.issuer]);
    validation.set_audience(&[fleet]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // The library would read the system's clock; the enclave's own time is compared below.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation)
        .map_err(|error| match error.kind() {
            jsonwebtoken::errors::ErrorKind::InvalidAudience => Refusal::TokenAudience,
            _ => Refusal::TokenInvalid,
        })?
        .claims;
    let seconds = now.0 / 1_000;
    if seconds >= claims.exp || claims.nbf.is_some_and(|not_before| seconds < not_before) {
        return Err(Refusal::TokenExpired);
    }
    if claims.sub.is_empty() || claims.sub.len() > MAX_NAME_BYTES {
        return Err(Refusal::TokenInvalid);
    }
    let confirmation = claims
        .cnf
        .map(|cnf| CallerPublicKey::from_jwk(&cnf.jwk).map_err(|_| Refusal::TokenInvalid))
        .transpose()?;
    Ok((format!("{}:{}", issuer.name, claims.sub), confirmation))
}

/// The issuer's key of this id; without an id, its only key.
fn pinned_key(issuer: &Issuer, kid: Option<&str>) -> Option<Jwk> {
    let set = JwkSet::deserialize(&issuer.jwks).ok()?;
    match (kid, set.keys.as_slice()) {
        (Some(kid), _) => set.find(kid).cloned(),
        (None, [only]) => Some(only.clone()),
        (None, _) => None,
    }
}

#[cfg(test)]
mod tests;
