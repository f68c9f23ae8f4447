//! The key policies of this project, made from measurements.
//!
//! What they promise, for the key of a tenant's data: only the enclave decrypts, and only when it
//! measures as given; writers make data keys for their own tenant and nothing else; nobody
//! encrypts, re-encrypts, grants, replicates or imports; administrators look after the key and
//! cannot use it. For a root key not even data keys are made without attestation. Changing the
//! policy takes the break-glass role and a second factor.
//!
//! Keys within one condition block must all match, and the values of one key are alternatives. So
//! each release has an Allow statement of its own, for one with the values of two releases would
//! admit mixtures of them; and each register has a Deny statement of its own, for one with several
//! registers would deny only when all differ.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde_json::{Value, json};

use super::MAX_POLICY_BYTES;
use super::document::{PrincipalPattern, principal};
use crate::attestation::Pcr;

/// Registers that a policy always pins: the image, its kernel, its application, the trust anchor.
pub const PINNED_PCRS: [u8; 4] = [0, 1, 2, 16];
/// The register of the certificate that signed the image, where one did.
const SIGNER_PCR: u8 = 8;

/// What a key is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyKind {
    /// Wraps the data keys of records.
    Data,
    /// Wraps the roots of tokens, pseudonyms and indexes.
    Root,
}

impl KeyKind {
    /// Names of the encryption context, all of them and no other.
    pub(super) const fn context_names(self) -> &'static [&'static str] {
        match self {
            Self::Data => &["vouchsafe", "tenant", "dataset", "epoch"],
            Self::Root => &["vouchsafe", "root", "version"],
        }
    }

    /// Actions that need attestation, whoever asks, as patterns.
    pub(super) const fn attested_actions(self) -> &'static [&'static str] {
        match self {
            Self::Data => &["kms:Decrypt", "kms:DeriveSharedSecret"],
            Self::Root => &[
                "kms:Decrypt",
                "kms:DeriveSharedSecret",
                "kms:Encrypt",
                "kms:GenerateDataKey*",
            ],
        }
    }
}

/// Actions by which a key or its use escapes the policy: denied to everyone, as patterns.
pub(super) const BYPASSES: [&str; 6] = [
    "kms:Encrypt",
    "kms:ReEncrypt*",
    "kms:CreateGrant",
    "kms:ReplicateKey",
    "kms:UpdatePrimaryRegion",
    "kms:ImportKeyMaterial",
];

/// Why no policy is made.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum GenerateError {
    /// A register that must be pinned is missing.
    #[error("the measurements lack PCR{pcr}")]
    Missing {
        /// Its index.
        pcr: u8,
    },
    /// A register is zero: an enclave in debug mode, or one without a trust anchor.
    #[error("PCR{pcr} is zero: debug mode, or nothing was measured")]
    Zero {
        /// Its index.
        pcr: u8,
    },
    /// There are no measurements to pin.
    #[error("a policy needs the measurements of at least one release")]
    NoRelease,
    /// Some releases are signed (PCR8) and others are not, so PCR8 could not be denied by itself.
    #[error("PCR8 is given for some releases and not for others")]
    SignedAndUnsigned,
    /// Not the ARN of a role.
    #[error("not the ARN of a role: arn:aws:iam::ACCOUNT:role/NAME")]
    NotARole,
    /// One role would have two duties, so nobody would watch over it.
    #[error("a role is named for two duties")]
    RoleTwice,
    /// Not the id of a VPC endpoint.
    #[error("not the id of a VPC endpoint: vpce-… in lower-case hexadecimal")]
    NotAnEndpoint,
    /// The policy would be longer than KMS takes.
    #[error("too many releases: the policy is longer than {MAX_POLICY_BYTES} bytes")]
    TooLong,
}

impl GenerateError {
    /// The stable name of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "measurement_missing",
            Self::Zero { .. } => "measurement_zero",
            Self::NoRelease => "no_release",
            Self::SignedAndUnsigned => "signed_and_unsigned",
            Self::NotARole => "not_a_role",
            Self::RoleTwice => "role_twice",
            Self::NotAnEndpoint => "not_an_endpoint",
            Self::TooLong => "policy_too_long",
        }
    }
}

/// The registers of one release that a policy pins, all present and none zero.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Release(BTreeMap<u8, Pcr>);

impl Release {
    /// Takes the registers that a policy pins out of `pcrs`, PCR8 where it is there, and no other.
    ///
    /// # Errors
    ///
    /// [`GenerateError::Missing`] or [`GenerateError::Zero`].
    pub fn new(pcrs: &BTreeMap<u8, Pcr>) -> Result<Self, GenerateError> {
        let signer = pcrs.contains_key(&SIGNER_PCR).then_some(SIGNER_PCR);
        let mut pinned = BTreeMap::new();
        for pcr in PINNED_PCRS.into_iter().chain(signer) {
            let value = *pcrs.get(&pcr).ok_or(GenerateError::Missing { pcr })?;
            if value.is_zero() {
                return Err(GenerateError::Zero { pcr });
            }
            pinned.insert(pcr, value);
        }
        Ok(Self(pinned))
    }

    /// The registers by index.
    pub const fn pcrs(&self) -> &BTreeMap<u8, Pcr> {
        &self.0
    }
}

/// ARN of an IAM role.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct RoleArn(String);

impl FromStr for RoleArn {
    type Err = GenerateError;

    fn from_str(text: &str) -> Result<Self, GenerateError> {
        match principal(text) {
            Ok(PrincipalPattern::Arn(arn)) if arn.contains(":role/") => Ok(Self(arn)),
            _ => Err(GenerateError::NotARole),
        }
    }
}

impl fmt::Display for RoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Id of the VPC endpoint that the enclave's calls come through.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VpcEndpoint(String);

impl FromStr for VpcEndpoint {
    type Err = GenerateError;

    fn from_str(text: &str) -> Result<Self, GenerateError> {
        let id = text.strip_prefix("vpce-").unwrap_or_default();
        let is_hex = id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if (8..=17).contains(&id.len()) && is_hex {
            Ok(Self(text.into()))
        } else {
            Err(GenerateError::NotAnEndpoint)
        }
    }
}

/// Who has which duty. No role has two.
#[derive(Clone, Debug)]
pub struct Roles {
    enclave: RoleArn,
    writers: BTreeSet<RoleArn>,
    administrator: RoleArn,
    break_glass: RoleArn,
}

impl Roles {
    /// Assigns the duties: the enclave's parent instance, the services that seal records (their
    /// tag `tenant` says whose), who looks after the key, who may change its policy.
    ///
    /// # Errors
    ///
    /// [`GenerateError::RoleTwice`].
    pub fn new(
        enclave: RoleArn,
        writers: impl IntoIterator<Item = RoleArn>,
        administrator: RoleArn,
        break_glass: RoleArn,
    ) -> Result<Self, GenerateError> {
        let mut named: BTreeSet<RoleArn> = BTreeSet::new();
        let writers: Vec<RoleArn> = writers.into_iter().collect();
        let single = [&enclave, &administrator, &break_glass];
        if !single
            .into_iter()
            .chain(&writers)
            .all(|role| named.insert(role.clone()))
        {
            return Err(GenerateError::RoleTwice);
        }
        Ok(Self {
            enclave,
            writers: writers.into_iter().collect(),
            administrator,
            break_glass,
        })
    }
}

/// The policy of a key of this kind: who may use it, and as which releases.
///
/// # Errors
///
/// [`GenerateError`] without a release, when signed and unsigned ones are mixed, and when the text
/// would be too long for KMS.
pub fn key_policy(
    kind: KeyKind,
    releases: &[Release],
    roles: &Roles,
    endpoint: Option<&VpcEndpoint>,
) -> Result<Value, GenerateError> {
    let releases: BTreeSet<&Release> = releases.iter().collect();
    let denials = deny_each_register(kind, &releases)?;
    let mut statements = vec![
        json!({
            "Sid": "AdministerWithoutUse",
            "Effect": "Allow",
            "Principal": {"AWS": roles.administrator.0},
            "Action": [
                "kms:Describe*", "kms:Get*", "kms:List*", "kms:EnableKey", "kms:DisableKey",
                "kms:EnableKeyRotation", "kms:TagResource", "kms:ScheduleKeyDeletion",
                "kms:CancelKeyDeletion", "kms:RevokeGrant"
            ],
            "Resource": "*",
        }),
        json!({
            "Sid": "ChangePolicyInEmergency",
            "Effect": "Allow",
            "Principal": {"AWS": roles.break_glass.0},
            "Action": ["kms:PutKeyPolicy", "kms:GetKeyPolicy"],
            "Resource": "*",
            "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        }),
    ];
    for (release, number) in releases.iter().zip(1..) {
        statements.push(use_when_attested(kind, release, number, roles, endpoint));
    }
    if kind == KeyKind::Data && !roles.writers.is_empty() {
        statements.push(write_for_own_tenant(&roles.writers));
    }
    statements.extend(denials);
    statements.push(json!({
        "Sid": "DenyBypass",
        "Effect": "Deny",
        "Principal": "*",
        "Action": BYPASSES,
        "Resource": "*",
    }));
    let policy = json!({"Version": "2012-10-17", "Statement": statements});
    if policy.to_string().len() > MAX_POLICY_BYTES {
        return Err(GenerateError::TooLong);
    }
    Ok(policy)
}

/// One Deny for each register, with its value in every release.
fn deny_each_register(
    kind: KeyKind,
    releases: &BTreeSet<&Release>,
) -> Result<Vec<Value>, GenerateError> {
    let first = releases.first().ok_or(GenerateError::NoRelease)?;
    let registers = |release: &Release| release.0.keys().copied().collect::<Vec<u8>>();
    if releases
        .iter()
        .any(|one| registers(one) != registers(first))
    {
        return Err(GenerateError::SignedAndUnsigned);
    }
    let denials = registers(first).into_iter().map(|pcr| {
        let values: BTreeSet<String> = releases.iter().map(|one| one.0[&pcr].to_string()).collect();
        json!({
            "Sid": format!("DenyUnlessPCR{pcr}"),
            "Effect": "Deny",
            "Principal": "*",
            "Action": kind.attested_actions(),
            "Resource": "*",
            "Condition": {"StringNotEqualsIgnoreCase": {attested(pcr): values}},
        })
    });
    Ok(denials.collect())
}

fn attested(pcr: u8) -> String {
    format!("kms:RecipientAttestation:PCR{pcr}")
}

fn use_when_attested(
    kind: KeyKind,
    release: &Release,
    number: usize,
    roles: &Roles,
    endpoint: Option<&VpcEndpoint>,
) -> Value {
    let names = kind.context_names();
    let registers: BTreeMap<String, String> = release
        .0
        .iter()
        .map(|(pcr, value)| (attested(*pcr), value.to_string()))
        .collect();
    let mut statement = json!({
        "Sid": format!("UseWhenAttested{number}"),
        "Effect": "Allow",
        "Principal": {"AWS": roles.enclave.0},
        // Roots are made, and records sealed again, by the enclave itself.
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": "*",
        "Condition": {
            "StringEqualsIgnoreCase": registers,
            "StringEquals": {"kms:EncryptionContext:vouchsafe": "1"},
            "ForAllValues:StringEquals": {"kms:EncryptionContextKeys": names},
            "Null": present(names),
        },
    });
    if let Some(VpcEndpoint(id)) = endpoint {
        statement["Condition"]["StringEquals"]["aws:SourceVpce"] = json!(id);
    }
    statement
}

fn write_for_own_tenant(writers: &BTreeSet<RoleArn>) -> Value {
    let names = KeyKind::Data.context_names();
    json!({
        "Sid": "WriteForOwnTenant",
        "Effect": "Allow",
        "Principal": {"AWS": writers.iter().map(|role| &role.0).collect::<Vec<_>>()},
        "Action": ["kms:GenerateDataKey"],
        "Resource": "*",
        "Condition": {
            "StringEquals": {
                "kms:EncryptionContext:vouchsafe": "1",
                "kms:EncryptionContext:tenant": "${aws:PrincipalTag/tenant}",
            },
            "ForAllValues:StringEquals": {"kms:EncryptionContextKeys": names},
            "Null": present(names),
        },
    })
}

/// `ForAllValues` holds for fewer names too; this demands every one.
fn present(names: &[&str]) -> Value {
    names
        .iter()
        .map(|name| (format!("kms:EncryptionContext:{name}"), json!("false")))
        .collect()
}

#[cfg(test)]
#[path = "generate_tests.rs"]
mod tests;
