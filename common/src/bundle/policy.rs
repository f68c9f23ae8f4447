//! The policy inside a bundle: callers, issuers, roots, and a table of what is allowed.
//!
//! Nothing is allowed that no entry of the table grants. An entry grants the product of its lists,
//! so a narrow grant is a narrow entry.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    Action, BundleError, Predicate, Recogniser, distinct, json, jwks, key_arns, keys, plain,
    version,
};
use crate::{Epoch, UnixMillis, message::OPERATIONS, proof::CallerPublicKey};

/// What callers may do, until when.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// [`super::DOCUMENT_VERSION`].
    pub version: u8,
    /// Grows with each edition; the trust anchor has a floor for it.
    pub serial: u64,
    /// First moment of validity.
    pub not_before: UnixMillis,
    /// Last moment of validity.
    pub not_after: UnixMillis,
    /// Callers by key.
    #[serde(default)]
    pub callers: Vec<Caller>,
    /// Issuers of tokens.
    #[serde(default)]
    pub issuers: Vec<Issuer>,
    /// Secrets that tokens, pseudonyms and indexes hang under.
    #[serde(default)]
    pub roots: Vec<Root>,
    /// How many questions of `verify` about one sealed record are answered in an enclave's life.
    #[serde(default = "questions_per_record")]
    pub questions_per_record: u16,
    /// What is looked for besides the types of the engine, whoever asks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recognisers: Vec<Recogniser>,
    /// What is allowed.
    pub allow: Vec<Allow>,
}

const fn questions_per_record() -> u16 {
    100
}

/// A caller known by its key.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caller {
    /// As [`Allow::callers`] names it.
    pub name: String,
    /// JWK, Ed25519 or P-256.
    pub key: serde_json::Value,
}

/// An issuer of identity tokens. Its subjects are callers named `<name>:<sub>`.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// Short name, the prefix of its callers.
    pub name: String,
    /// The `iss` of its tokens.
    pub issuer: String,
    /// Its keys, a JWK set (RFC 7517 §5), pinned here and never fetched.
    pub jwks: serde_json::Value,
}

/// A root secret: a KMS ciphertext that only an attested enclave made and can open.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Root {
    /// Whose outputs hang under it.
    pub tenant: String,
    /// Carried by every output; the highest is used for new ones.
    pub version: u32,
    /// ARN of the KMS key, one of the tenant's `root_keys` in the trust anchor.
    pub key: String,
    /// SHA-256 of the ciphertext, hex. A blob that is not named here is refused.
    pub sha256: String,
}

/// What the output of an operation shows.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Yes or no.
    Boolean,
    /// Where identifiers are and of which type, never their values.
    Findings,
    /// Text from which the identifiers were taken.
    Masked,
    /// A stand-in that the same key can turn back.
    Token,
    /// A stand-in that nothing turns back.
    Pseudonym,
    /// A number over many.
    Aggregate,
    /// Sealed again: under a new data key of the tenant, or a new root.
    Resealed,
    /// The data itself.
    Plaintext,
}

/// One grant: every combination of what its lists name.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allow {
    /// Caller names.
    pub callers: Vec<String>,
    /// Operation names.
    pub operations: Vec<String>,
    /// What may leave.
    pub classes: Vec<Class>,
    /// Purposes that these callers may claim.
    pub purposes: Vec<String>,
    /// Tenants.
    pub tenants: Vec<String>,
    /// Datasets.
    #[serde(default)]
    pub datasets: Vec<String>,
    /// Fields of sealed records.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Text in the request itself, besides sealed records.
    #[serde(default)]
    pub inline: bool,
    /// Deterministic operations on such text: a dictionary oracle, so a permission of its own.
    #[serde(default)]
    pub deterministic_inline: bool,
    /// Of the fields, those that hold free text: only there may an operation hide findings and let
    /// the rest out (`redact`, and `mask` with entities). In another field the rest is the value.
    #[serde(default)]
    pub free_text: Vec<String>,
    /// The most that `mask` may keep at the beginning of a value, or of a finding in a text. Masks of one
    /// field add up over requests.
    #[serde(default)]
    pub keep_first: u16,
    /// The most that `mask` may keep at the end.
    #[serde(default)]
    pub keep_last: u16,
    /// The predicates that `verify` may ask, with exactly these bounds.
    #[serde(default)]
    pub predicates: Vec<Predicate>,
    /// The entities and contexts that `pseudonymize` and `blind_index` may use: whoever has a
    /// context can join what was made in it.
    #[serde(default)]
    pub pseudonyms: Vec<EntityContext>,
    /// The entities and contexts that `tokenize`, `detokenize` and `retokenize` may use.
    #[serde(default)]
    pub tokens: Vec<EntityContext>,
    /// The entities that `validate` may hold a value against: each check that passes or fails tells
    /// something of the digits, so a free choice among hundreds tells most of them.
    #[serde(default)]
    pub identifiers: Vec<String>,
    /// The actions of the kinds in [`Action`] that may be asked for, with exactly these parameters.
    #[serde(default)]
    pub actions: Vec<Action>,
    /// The epochs that `reseal` may seal to: one of the caller's choice could outlive every floor.
    #[serde(default)]
    pub epochs: Vec<Epoch>,
}

/// An entity and context of pseudonyms or tokens.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntityContext {
    /// What the value is.
    pub entity: String,
    /// What the pseudonym or token is for.
    #[serde(default)]
    pub context: String,
}

impl Policy {
    /// Reads the JSON of a policy.
    ///
    /// # Errors
    ///
    /// [`BundleError`] with the place of the fault.
    pub fn parse(bytes: &[u8]) -> Result<Self, BundleError> {
        let this: Self = json(bytes)?;
        version(this.version)?;
        plain(this.callers.iter().map(|caller| &caller.name))?;
        plain(this.issuers.iter().map(|issuer| &issuer.name))?;
        distinct(this.callers.iter().map(|caller| &caller.name))?;
        distinct(this.issuers.iter().map(|issuer| &issuer.name))?;
        distinct(this.issuers.iter().map(|issuer| &issuer.issuer))?;
        keys(this.callers.iter().map(|caller| &caller.key))?;
        if this.not_after < this.not_before {
            return Err(BundleError::Validity);
        }
        for (index, issuer) in this.issuers.iter().enumerate() {
            jwks::check(&issuer.jwks).ok_or(BundleError::Jwks { index })?;
        }
        check_roots(&this.roots)?;
        let unknown = |name: &String| !OPERATIONS.contains(&name.as_str());
        let misnamed = |allow: &Allow| allow.operations.iter().any(unknown);
        match this.allow.iter().position(misnamed) {
            Some(index) => Err(BundleError::Operation { index }),
            None => Ok(this),
        }
    }

    /// Actions and predicates that grants name whole, as JSON, each with the number of its grant. What
    /// their parameters mean is the business of the crate that runs them.
    pub fn named_whole(&self) -> impl Iterator<Item = (usize, String)> {
        self.allow.iter().enumerate().flat_map(|(grant, allow)| {
            let actions = allow.actions.iter().map(serde_json::to_string);
            let predicates = allow.predicates.iter().map(serde_json::to_string);
            // Texts, numbers and lists always have a form in JSON.
            actions
                .chain(predicates)
                .map(move |json| (grant, json.unwrap_or_default()))
        })
    }

    /// The roots of a tenant, in the order of the bundle.
    pub fn roots_of<'a>(&'a self, tenant: &'a str) -> impl Iterator<Item = &'a Root> {
        self.roots.iter().filter(move |root| root.tenant == tenant)
    }

    /// The key of a registered caller.
    pub fn caller_key(&self, name: &str) -> Option<CallerPublicKey> {
        let caller = self.callers.iter().find(|caller| caller.name == name)?;
        CallerPublicKey::from_jwk(&caller.key).ok()
    }
}

fn check_roots(roots: &[Root]) -> Result<(), BundleError> {
    let mut seen = BTreeSet::new();
    for (index, root) in roots.iter().enumerate() {
        key_arns(index, std::iter::once(&root.key))?;
        if !seen.insert((&root.tenant, root.version)) {
            return Err(BundleError::RootTwice { index });
        }
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if root.sha256.len() != 64 || !root.sha256.bytes().all(is_digit) {
            return Err(BundleError::RootDigest { index });
        }
    }
    Ok(())
}
