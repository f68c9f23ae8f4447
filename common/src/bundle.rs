//! The two documents that decide what an enclave may do: trust anchor and policy bundle.
//!
//! The *trust anchor* is JSON, measured into PCR16: who signs policy, the fleet's name, each
//! tenant's KMS keys, the floors. The *bundle* is JSON inside a COSE_Sign1 of an authority, measured
//! into PCR17 before it is parsed: callers, token issuers, roots, and what is allowed. Both refuse
//! unknown members, so a misspelt restriction is an error and not a missing one.
//!
//! Next: [`TrustAnchor::parse`], [`open`]; docs/PROTOCOL.md §7.

pub mod action;
mod jwks;
mod policy;
pub mod predicate;
mod recogniser;

use serde::{Deserialize, Serialize};

pub use action::Action;
pub use policy::{Allow, Caller, Class, EntityContext, Issuer, Policy, Root};
pub use predicate::Predicate;
pub use recogniser::Recogniser;

use crate::{
    Epoch, UnixMillis,
    key_arn::{KeyArn, KeyArnError},
    limits::{MAX_BUNDLE_BYTES, MAX_NAME_BYTES},
    proof::{CallerKey, CallerPublicKey},
    signed::{self, SignedError},
};

/// The version of both documents that this code reads.
pub const DOCUMENT_VERSION: u8 = 1;

/// Why a trust anchor or bundle was refused. Both are public documents, so the reader is told where.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BundleError {
    /// Longer than [`MAX_BUNDLE_BYTES`].
    #[error("document is over {MAX_BUNDLE_BYTES} bytes")]
    TooLong,
    /// Not JSON of the expected members.
    #[error("document does not parse at line {line}, column {column}: {reason}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the parser expected there: it alone knows. Since it may quote names of the document, in
        /// printable ASCII and cut off at 300 characters.
        reason: String,
    },
    /// Another version of the document.
    #[error("document has version {0}, this code reads {DOCUMENT_VERSION}")]
    Version(u8),
    /// A public key that is not Ed25519 or P-256.
    #[error("key number {index} is not a usable JWK")]
    Key {
        /// Position in its list, from 0.
        index: usize,
    },
    /// A name that is empty, longer than names may be, or holds the colon that joins an issuer's
    /// name and its subjects'.
    #[error("entry number {index} has a name that cannot be used")]
    Name {
        /// Position in its list, from 0.
        index: usize,
    },
    /// Two entries of one list have the same name.
    #[error("entry number {index} repeats a name")]
    Duplicate {
        /// Position in its list, from 0.
        index: usize,
    },
    /// A tenant or root names something else than a KMS key by its ARN.
    #[error("entry number {index} names a key that cannot be used: {why}")]
    KeyArn {
        /// Position of the tenant or root in its list, from 0.
        index: usize,
        /// What is wrong with the ARN.
        why: KeyArnError,
    },
    /// Not a COSE_Sign1 of our profile.
    #[error("bundle is not a COSE_Sign1 of the profile")]
    NotSigned,
    /// Not signed by an authority of the trust anchor.
    #[error("bundle is not signed by an authority of the trust anchor")]
    Signature,
    /// Older than the trust anchor's floor.
    #[error("bundle has serial {serial}, the trust anchor asks for {floor} or later")]
    BelowFloor {
        /// The bundle's.
        serial: u64,
        /// The anchor's.
        floor: u64,
    },
    /// A root older than the trust anchor's floor for its tenant.
    #[error(
        "root number {index} has version {version}, the trust anchor asks for {floor} or later"
    )]
    RootBelowFloor {
        /// Position in the policy's list, from 0.
        index: usize,
        /// The root's.
        version: u32,
        /// The tenant's in the anchor.
        floor: u32,
    },
    /// A tenant has two roots of one version, so no output could tell which of them it hangs under.
    #[error("root number {index} repeats a tenant's version")]
    RootTwice {
        /// Position of the second one, from 0.
        index: usize,
    },
    /// A root's digest is not 32 bytes in lower-case hex.
    #[error("root number {index} has a SHA-256 that is not 64 lower-case hex digits")]
    RootDigest {
        /// Position in the policy's list, from 0.
        index: usize,
    },
    /// A grant names an operation that does not exist.
    #[error("grant number {index} names an operation that does not exist")]
    Operation {
        /// Position in `allow`, from 0.
        index: usize,
    },
    /// The keys of an issuer are no JWK set, none at all, or one of them cannot verify a token.
    #[error("issuer number {index} has keys that cannot verify a token")]
    Jwks {
        /// Position in `issuers`, from 0.
        index: usize,
    },
    /// The policy ends before it begins.
    #[error("not_after is before not_before")]
    Validity,
    /// Before or after the bundle's validity.
    #[error("bundle is outside its validity")]
    OutsideValidity,
}

impl BundleError {
    /// The stable name for logs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLong => "bundle_too_long",
            Self::Syntax { .. } => "bundle_syntax",
            Self::Version(_) => "bundle_version",
            Self::Key { .. } => "bundle_key",
            Self::Name { .. } => "bundle_name",
            Self::Duplicate { .. } => "bundle_duplicate",
            Self::KeyArn { .. } => "bundle_key_arn",
            Self::NotSigned => "bundle_not_signed",
            Self::Signature => "bundle_signature",
            Self::BelowFloor { .. } => "bundle_below_floor",
            Self::RootBelowFloor { .. } => "bundle_root_below_floor",
            Self::RootTwice { .. } => "bundle_root_twice",
            Self::RootDigest { .. } => "bundle_root_digest",
            Self::Operation { .. } => "bundle_operation",
            Self::Jwks { .. } => "bundle_jwks",
            Self::Validity => "bundle_validity",
            Self::OutsideValidity => "bundle_outside_validity",
        }
    }
}

/// What changes rarely and what key policies name by PCR16.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustAnchor {
    /// [`DOCUMENT_VERSION`].
    pub version: u8,
    /// The audience of identity tokens, and the name of these enclaves.
    pub fleet: String,
    /// Who may sign policy bundles.
    pub authorities: Vec<Authority>,
    /// Whose data is processed, and under which keys.
    pub tenants: Vec<Tenant>,
    /// What is too old.
    pub floors: Floors,
}

/// A signer of policy bundles.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authority {
    /// For people.
    pub name: String,
    /// JWK, Ed25519 or P-256.
    pub key: serde_json::Value,
}

/// A tenant and the KMS keys that may hold its data keys and roots.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    /// As in requests and encryption contexts.
    pub name: String,
    /// Key ARNs ([`KeyArn`]) that wrap data keys. Records are resealed under the first.
    pub data_keys: Vec<String>,
    /// Key ARNs ([`KeyArn`]) that wrap roots. New roots are made under the first.
    #[serde(default)]
    pub root_keys: Vec<String>,
    /// What of this tenant's is too old.
    pub floors: TenantFloors,
}

/// The oldest of one tenant's that is accepted. Both members are required: what counts is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantFloors {
    /// Epoch of a sealed record.
    pub epoch: Epoch,
    /// Version of a root, and so of every token and pseudonym.
    pub root_version: u32,
}

/// The oldest that is accepted, whoever's it is. Both members are required.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Floors {
    /// Serial of the policy bundle.
    pub bundle_serial: u64,
    /// Format of a sealed record ([`crate::record::RECORD_FORMAT`]).
    pub record_format: u32,
}

impl TrustAnchor {
    /// Reads a trust anchor.
    ///
    /// # Errors
    ///
    /// [`BundleError`] with the place of the fault.
    pub fn parse(bytes: &[u8]) -> Result<Self, BundleError> {
        let this: Self = json(bytes)?;
        version(this.version)?;
        distinct(this.tenants.iter().map(|tenant| &tenant.name))?;
        distinct(this.authorities.iter().map(|authority| &authority.name))?;
        this.authority_keys()?;
        for (index, tenant) in this.tenants.iter().enumerate() {
            key_arns(index, tenant.data_keys.iter().chain(&tenant.root_keys))?;
        }
        Ok(this)
    }

    /// The tenant of this name.
    pub fn tenant(&self, name: &str) -> Option<&Tenant> {
        self.tenants.iter().find(|tenant| tenant.name == name)
    }

    fn authority_keys(&self) -> Result<Vec<CallerPublicKey>, BundleError> {
        keys(self.authorities.iter().map(|authority| &authority.key))
    }
}

/// Signs the JSON of a policy. The policy is parsed first: what does not open is not signed.
///
/// # Errors
///
/// [`BundleError`] with the place of the fault.
pub fn sign(policy: &[u8], authority: &CallerKey) -> Result<Vec<u8>, BundleError> {
    Policy::parse(policy)?;
    // With its signature a policy at the limit is over it.
    Ok(signed::sign(policy, CONTEXT, authority, MAX_BUNDLE_BYTES)?)
}

/// Opens a bundle: signature by an authority of the anchor, serial, validity, roots.
///
/// # Errors
///
/// [`BundleError`] for the first of these that fails.
pub fn open(bundle: &[u8], anchor: &TrustAnchor, now: UnixMillis) -> Result<Policy, BundleError> {
    let payload = signed::open(bundle, CONTEXT, &anchor.authority_keys()?, MAX_BUNDLE_BYTES)?;
    let policy = Policy::parse(&payload)?;
    let floor = anchor.floors.bundle_serial;
    if policy.serial < floor {
        return Err(BundleError::BelowFloor {
            serial: policy.serial,
            floor,
        });
    }
    if now < policy.not_before || policy.not_after < now {
        return Err(BundleError::OutsideValidity);
    }
    for (index, root) in policy.roots.iter().enumerate() {
        let floor = match anchor.tenant(&root.tenant) {
            Some(tenant) => tenant.floors.root_version,
            // Without a tenant there is no key that may hold it: asked for, it is not trusted.
            None => continue,
        };
        if root.version < floor {
            return Err(BundleError::RootBelowFloor {
                index,
                version: root.version,
                floor,
            });
        }
    }
    Ok(policy)
}

/// The policy inside a bundle, for people to read: no signature is checked.
///
/// # Errors
///
/// [`BundleError`] with the place of the fault.
pub fn unverified_policy(bundle: &[u8]) -> Result<Policy, BundleError> {
    Policy::parse(&signed::unverified(bundle, MAX_BUNDLE_BYTES)?)
}

/// External data of the signature: an authority's signature on anything else is not a bundle.
const CONTEXT: &[u8] = b"vouchsafe/bundle/v1";

impl From<SignedError> for BundleError {
    fn from(error: SignedError) -> Self {
        match error {
            SignedError::TooLong => Self::TooLong,
            SignedError::NotSigned => Self::NotSigned,
            SignedError::Signature => Self::Signature,
        }
    }
}

/// The parser quotes names of the document, which may be long.
const MAX_REASON_CHARACTERS: usize = 300;

fn json<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, BundleError> {
    if bytes.len() > MAX_BUNDLE_BYTES {
        return Err(BundleError::TooLong);
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let told = error.to_string();
        // The parser ends with the place, which stands in front here.
        let reason = told.rsplit_once(" at line ").map_or(&*told, |(it, _)| it);
        // What is there is a value; what should be is none.
        let is_value = ["invalid ", "unknown variant"]
            .iter()
            .any(|it| reason.starts_with(it));
        let expected = reason.rfind(", expected ").filter(|_| is_value);
        let reason = expected.map_or(reason, |at| &reason[at + 2..]);
        let printable = reason
            .chars()
            .filter(|it| *it == ' ' || it.is_ascii_graphic());
        BundleError::Syntax {
            line: error.line(),
            column: error.column(),
            reason: printable.take(MAX_REASON_CHARACTERS).collect(),
        }
    })
}

const fn version(version: u8) -> Result<(), BundleError> {
    if version == DOCUMENT_VERSION {
        Ok(())
    } else {
        Err(BundleError::Version(version))
    }
}

fn distinct<'a>(names: impl Iterator<Item = &'a String>) -> Result<(), BundleError> {
    let mut seen = std::collections::BTreeSet::new();
    for (index, name) in names.enumerate() {
        if !seen.insert(name) {
            return Err(BundleError::Duplicate { index });
        }
    }
    Ok(())
}

/// Names of callers and issuers: `<issuer>:<subject>` must read in one way only.
fn plain<'a>(names: impl Iterator<Item = &'a String>) -> Result<(), BundleError> {
    for (index, name) in names.enumerate() {
        if !(1..=MAX_NAME_BYTES).contains(&name.len()) || name.contains(':') {
            return Err(BundleError::Name { index });
        }
    }
    Ok(())
}

/// The keys that the entry at `index` names.
fn key_arns<'a>(
    index: usize,
    mut keys: impl Iterator<Item = &'a String>,
) -> Result<(), BundleError> {
    keys.try_for_each(|key| {
        KeyArn::parse(key)
            .map(|_| ())
            .map_err(|why| BundleError::KeyArn { index, why })
    })
}

fn keys<'a>(
    jwks: impl Iterator<Item = &'a serde_json::Value>,
) -> Result<Vec<CallerPublicKey>, BundleError> {
    jwks.enumerate()
        .map(|(index, jwk)| CallerPublicKey::from_jwk(jwk).map_err(|_| BundleError::Key { index }))
        .collect()
}

#[cfg(test)]
mod tests;
