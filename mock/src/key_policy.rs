//! Key policies for the mock accounts, generated from measurements.
//!
//! What they promise, for the key of a tenant's data: only the enclave decrypts, and only when it
//! measures as given; writers make data keys for their own tenant and nothing else; nobody
//! encrypts, re-encrypts, grants, replicates or imports; administrators look after the key and
//! cannot use it. For a root key not even data keys are made without attestation. Changing the
//! policy takes the break-glass role.
//!
//! Keys within one condition block must all match, so each register has a Deny statement of its
//! own: a block with several would deny only when all differ.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::measure::Measurements;

/// Account of the enclave, its parent and the writers.
pub const ENCLAVE_ACCOUNT: &str = "111111111111";
/// Account of the keys: the data owner's.
pub const KEY_ACCOUNT: &str = "222222222222";
/// Role of the enclave's parent instance.
pub const ENCLAVE_ROLE: &str = "arn:aws:iam::111111111111:role/vouchsafe-parent";
/// Role of a service that seals records.
pub const WRITER_ROLE: &str = "arn:aws:iam::111111111111:role/vouchsafe-writer";
/// Role that looks after keys.
pub const ADMIN_ROLE: &str = "arn:aws:iam::222222222222:role/kms-admin";
/// Role that may change a policy, with a second factor.
pub const BREAK_GLASS_ROLE: &str = "arn:aws:iam::222222222222:role/break-glass";

/// Registers that a policy pins: the image, its kernel, its application, the trust anchor.
pub const PINNED_PCRS: [u8; 4] = [0, 1, 2, 16];

/// What a key is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "server", derive(clap::ValueEnum))]
pub enum KeyKind {
    /// Wraps the data keys of records.
    Data,
    /// Wraps the roots of tokens, pseudonyms and indexes.
    Root,
}

/// Why no policy is made.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum KeyPolicyError {
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
}

/// The registers that a policy pins, all present and none zero.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PinnedPcrs(BTreeMap<u8, String>);

impl PinnedPcrs {
    /// Takes the registers that a policy pins out of `measurements`, and no other.
    ///
    /// # Errors
    ///
    /// [`KeyPolicyError`] when one is missing or zero.
    pub fn new(measurements: &Measurements) -> Result<Self, KeyPolicyError> {
        let mut pinned = BTreeMap::new();
        for pcr in PINNED_PCRS {
            let value = measurements
                .pcrs
                .get(&pcr)
                .ok_or(KeyPolicyError::Missing { pcr })?;
            if value.is_zero() {
                return Err(KeyPolicyError::Zero { pcr });
            }
            pinned.insert(pcr, hex::encode(value.0));
        }
        Ok(Self(pinned))
    }

    fn condition(&self) -> Value {
        self.0
            .iter()
            .map(|(pcr, value)| (attested(*pcr), json!(value)))
            .collect()
    }
}

fn attested(pcr: u8) -> String {
    format!("kms:RecipientAttestation:PCR{pcr}")
}

/// The policy of a key of this kind.
pub fn key_policy(kind: KeyKind, pcrs: &PinnedPcrs) -> Value {
    let mut statements = vec![
        json!({
            "Sid": "AdministerWithoutUse",
            "Effect": "Allow",
            "Principal": {"AWS": ADMIN_ROLE},
            "Action": [
                "kms:Describe*", "kms:Get*", "kms:List*", "kms:EnableKey", "kms:DisableKey",
                "kms:EnableKeyRotation", "kms:TagResource", "kms:ScheduleKeyDeletion",
                "kms:CancelKeyDeletion"
            ],
            "Resource": "*",
        }),
        json!({
            "Sid": "ChangePolicyInEmergency",
            "Effect": "Allow",
            "Principal": {"AWS": BREAK_GLASS_ROLE},
            "Action": ["kms:PutKeyPolicy", "kms:GetKeyPolicy"],
            "Resource": "*",
            "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        }),
        enclave_use(kind, pcrs),
    ];
    if kind == KeyKind::Data {
        statements.push(writer_use());
    }
    for (pcr, value) in &pcrs.0 {
        statements.push(json!({
            "Sid": format!("DenyUnlessPCR{pcr}"),
            "Effect": "Deny",
            "Principal": "*",
            "Action": attested_actions(kind),
            "Resource": "*",
            "Condition": {"StringNotEqualsIgnoreCase": {attested(*pcr): value}},
        }));
    }
    statements.push(json!({
        "Sid": "DenyBypass",
        "Effect": "Deny",
        "Principal": "*",
        "Action": [
            "kms:Encrypt", "kms:ReEncrypt*", "kms:CreateGrant", "kms:ReplicateKey",
            "kms:UpdatePrimaryRegion", "kms:ImportKeyMaterial"
        ],
        "Resource": "*",
    }));
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// What needs attestation, whoever asks.
fn attested_actions(kind: KeyKind) -> Value {
    match kind {
        KeyKind::Data => json!(["kms:Decrypt", "kms:DeriveSharedSecret"]),
        KeyKind::Root => {
            json!([
                "kms:Decrypt",
                "kms:DeriveSharedSecret",
                "kms:Encrypt",
                "kms:GenerateDataKey*"
            ])
        }
    }
}

fn enclave_use(kind: KeyKind, pcrs: &PinnedPcrs) -> Value {
    let names = context_names(kind);
    json!({
        "Sid": "UseWhenAttested",
        "Effect": "Allow",
        "Principal": {"AWS": ENCLAVE_ROLE},
        // Roots are made, and records sealed again, by the enclave itself.
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": "*",
        "Condition": {
            "StringEqualsIgnoreCase": pcrs.condition(),
            "StringEquals": {"kms:EncryptionContext:vouchsafe": "1"},
            "ForAllValues:StringEquals": {"kms:EncryptionContextKeys": names},
            "Null": present(names),
        },
    })
}

fn writer_use() -> Value {
    let names = context_names(KeyKind::Data);
    json!({
        "Sid": "WriteForOwnTenant",
        "Effect": "Allow",
        "Principal": {"AWS": WRITER_ROLE},
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

/// Names of the encryption context, all of them and no other.
fn context_names(kind: KeyKind) -> &'static [&'static str] {
    match kind {
        KeyKind::Data => &["vouchsafe", "tenant", "dataset", "epoch"],
        KeyKind::Root => &["vouchsafe", "root", "version"],
    }
}

/// `ForAllValues` holds for fewer names too; this demands every one.
fn present(names: &[&str]) -> Value {
    names
        .iter()
        .map(|name| (format!("kms:EncryptionContext:{name}"), json!("false")))
        .collect()
}

#[cfg(test)]
#[path = "key_policy_tests.rs"]
mod tests;
