//! The actions of KMS by name: those that concern a key, and so its policy.
//!
//! Policies name actions by patterns, which may stand for actions that are not here; whoever asks
//! about an action by its name asks about one of these, for a misspelt one is allowed to nobody.

use super::pattern::Pattern;

/// The actions of KMS that concern a key (AWS, Service Authorization Reference, "Actions, resources,
/// and condition keys for AWS Key Management Service", 2026-11).
const KEY_ACTIONS: [&str; 44] = [
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
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
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

/// The action of this name, whatever its case.
pub fn key_action(name: &str) -> Option<&'static str> {
    KEY_ACTIONS
        .into_iter()
        .find(|action| action.eq_ignore_ascii_case(name))
}

/// Whether an action is among those that patterns name.
pub(super) fn is_named(action: &str, patterns: &[&str]) -> bool {
    patterns
        .iter()
        .any(|pattern| Pattern::plain(pattern).matches(action))
}
