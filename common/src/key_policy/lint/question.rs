//! May somebody do something, whatever the request says about what the question leaves open?
//!
//! Three answers to a condition: it holds, it fails, or it is open. See [`super`] for how they
//! count.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::super::condition::{Condition, Context, ContextKey};
use super::super::document::{Effect, Policy, PrincipalPattern, Statement};
use super::super::pattern::Pattern;
use super::is_named;

/// The actions of KMS that concern a key (AWS, Service Authorization Reference, "Actions, resources,
/// and condition keys for AWS Key Management Service", 2026-11).
const KEY_ACTIONS: [&str; 41] = [
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DeleteAlias",
    "kms:DeleteImportedKeyMaterial",
    "kms:DeriveSharedSecret",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyPair",
    "kms:GenerateDataKeyPairWithoutPlaintext",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:GenerateMac",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:GetParametersForImport",
    "kms:GetPublicKey",
    "kms:ImportKeyMaterial",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:ReplicateKey",
    "kms:RetireGrant",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:Sign",
    "kms:SynchronizeMultiRegionKey",
    "kms:UpdateKeyDescription",
    "kms:UpdatePrimaryRegion",
    "kms:Verify",
    "kms:VerifyMac",
];

/// The actions that patterns name.
pub(super) fn actions_of(patterns: &[&str]) -> impl Iterator<Item = &'static str> {
    KEY_ACTIONS
        .into_iter()
        .filter(move |action| is_named(action, patterns))
}

/// A principal that some Allow statement names, alone or as one of many.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Who {
    Anyone,
    AnyoneOf(String),
    This { arn: String, account: String },
}

impl Who {
    /// Everybody that Allow statements of a policy name.
    pub(super) fn of(policy: &Policy) -> Vec<Self> {
        let allowing = policy
            .statements()
            .iter()
            .filter(|statement| statement.effect() == Effect::Allow);
        let named = allowing.flat_map(|statement| &statement.principals);
        let everyone: BTreeSet<Self> = named
            .map(|pattern| match pattern {
                PrincipalPattern::Everyone => Self::Anyone,
                PrincipalPattern::Account(account) => Self::AnyoneOf(account.clone()),
                PrincipalPattern::Arn(arn) => Self::This {
                    arn: arn.clone(),
                    account: arn.split(':').nth(4).unwrap_or_default().to_owned(),
                },
            })
            .collect();
        everyone.into_iter().collect()
    }

    fn is_named_by(&self, statement: &Statement) -> bool {
        let (arn, account) = match self {
            Self::Anyone => ("", ""),
            Self::AnyoneOf(account) => ("", account.as_str()),
            Self::This { arn, account } => (arn.as_str(), account.as_str()),
        };
        statement.names(arn, account).is_some()
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anyone => f.write_str("anyone"),
            Self::AnyoneOf(account) => write!(f, "anyone in account {account}"),
            Self::This { arn, .. } => f.write_str(arn),
        }
    }
}

/// What is known of a request; every other condition key is open.
pub(super) struct Question {
    context: Context,
    settled: fn(&ContextKey) -> bool,
}

impl Question {
    /// Nothing is known.
    pub(super) fn open() -> Self {
        Self::settling(|_| false)
    }

    /// These keys are known to be absent.
    pub(super) fn settling(settled: fn(&ContextKey) -> bool) -> Self {
        Self::about(Context::default(), settled)
    }

    /// These keys are known to be as `context` has them.
    pub(super) const fn about(context: Context, settled: fn(&ContextKey) -> bool) -> Self {
        Self { context, settled }
    }

    /// An enclave with these registers and no others asks.
    pub(super) fn attested(registers: &BTreeMap<u8, String>) -> Self {
        let mut context = Context::default();
        for (pcr, value) in registers {
            context.insert_register(*pcr, value.clone());
        }
        Self::about(context, |key| key.register().is_some())
    }

    /// The Allow statement by which somebody may do this in some request, by its index.
    pub(super) fn may(&self, policy: &Policy, who: &Who, action: &str) -> Option<usize> {
        let concerns =
            |statement: &&Statement| who.is_named_by(statement) && statement.covers(action);
        let mut denials = policy.statements().iter().filter(concerns);
        if denials.any(|statement| self.is_denied_by(statement)) {
            return None;
        }
        policy.statements().iter().position(|statement| {
            statement.effect() == Effect::Allow && concerns(&statement) && self.leaves(statement)
        })
    }

    /// Whether no condition of the statement is known to fail.
    pub(super) fn leaves(&self, statement: &Statement) -> bool {
        let mut answers = statement.conditions().iter().map(|one| self.answer(one));
        answers.all(|answer| answer != Some(false))
    }

    /// Whether a Deny is known to apply, whatever the key and the rest of the request.
    fn is_denied_by(&self, statement: &Statement) -> bool {
        let mut answers = statement.conditions().iter().map(|one| self.answer(one));
        statement.effect() == Effect::Deny
            && statement.resources.iter().any(Pattern::is_anything)
            && answers.all(|answer| answer == Some(true))
    }

    fn answer(&self, condition: &Condition) -> Option<bool> {
        (self.settled)(condition.key()).then(|| condition.holds(&self.context))
    }
}
