//! The generated policies are read by the evaluator and hold what they promise, statement by
//! statement; what they do to requests is tested in `kms/operations_tests.rs`.

#![allow(clippy::unwrap_used, reason = "a test may stop at what cannot fail")]

use proptest::prelude::*;
use vouchsafe_common::attestation::Pcr;

use super::*;
use crate::kms::policy::{Context, Decision, Policy, Request};

const KEY: &str = "arn:aws:kms:eu-central-1:222222222222:key/11111111-2222-4333-8444-555555555555";

fn measured() -> Measurements {
    Measurements::new(b"executable", b"anchor", Some(b"bundle"))
}

fn policy(kind: KeyKind) -> Policy {
    let text = key_policy(kind, &PinnedPcrs::new(&measured()).unwrap()).to_string();
    Policy::parse(&text).unwrap()
}

fn decide(policy: &Policy, principal: &str, action: &str, context: &Context) -> Decision {
    let account = principal.split(':').nth(4).unwrap();
    policy.decide(&Request {
        principal,
        account,
        action,
        resource: KEY,
        context,
    })
}

/// What the enclave's request for a record's data key brings.
fn attested() -> Context {
    let mut context = Context::default();
    for (pcr, value) in measured().pcrs {
        context.insert(
            &format!("kms:RecipientAttestation:PCR{pcr}"),
            hex::encode(value.0),
        );
    }
    for (name, value) in [
        ("vouchsafe", "1"),
        ("tenant", "acme"),
        ("dataset", "d"),
        ("epoch", "1"),
    ] {
        context.insert(&format!("kms:EncryptionContext:{name}"), value);
        context.insert("kms:EncryptionContextKeys", name);
    }
    context
}

#[test]
fn the_attested_enclave_and_no_other_principal_decrypts() {
    let policy = policy(KeyKind::Data);
    let context = attested();
    assert_eq!(
        decide(&policy, ENCLAVE_ROLE, "kms:Decrypt", &context),
        Decision::Allow
    );
    for principal in [WRITER_ROLE, ADMIN_ROLE, BREAK_GLASS_ROLE] {
        let decision = decide(&policy, principal, "kms:Decrypt", &context);
        assert_eq!(decision, Decision::NotAllowed, "{principal}");
    }
}

#[test]
fn the_enclave_makes_data_keys_to_seal_records_again_and_only_when_attested() {
    let policy = policy(KeyKind::Data);
    let generate = |principal: &str, context: &Context| {
        decide(&policy, principal, "kms:GenerateDataKey", context)
    };
    assert_eq!(generate(ENCLAVE_ROLE, &attested()), Decision::Allow);
    for principal in [ADMIN_ROLE, BREAK_GLASS_ROLE] {
        assert_eq!(generate(principal, &attested()), Decision::NotAllowed);
    }
    let mut unattested = Context::default();
    for (name, value) in [
        ("vouchsafe", "1"),
        ("tenant", "acme"),
        ("dataset", "d"),
        ("epoch", "1"),
    ] {
        unattested.insert(&format!("kms:EncryptionContext:{name}"), value);
        unattested.insert("kms:EncryptionContextKeys", name);
    }
    assert_eq!(generate(ENCLAVE_ROLE, &unattested), Decision::NotAllowed);
}

#[test]
fn each_register_denies_by_itself() {
    for kind in [KeyKind::Data, KeyKind::Root] {
        let policy = policy(kind);
        for missing in PINNED_PCRS {
            for wrong in [None, Some("00".repeat(48))] {
                let mut context = Context::default();
                for (pcr, value) in measured().pcrs {
                    let value = if pcr == missing {
                        wrong.clone()
                    } else {
                        Some(hex::encode(value.0))
                    };
                    if let Some(value) = value {
                        context.insert(&format!("kms:RecipientAttestation:PCR{pcr}"), value);
                    }
                }
                let decision = decide(&policy, ENCLAVE_ROLE, "kms:Decrypt", &context);
                assert_eq!(decision, Decision::ExplicitDeny, "{kind:?} PCR{missing}");
            }
        }
    }
}

#[test]
fn ways_around_are_denied_to_everyone() {
    let mut mfa = attested();
    mfa.insert("aws:MultiFactorAuthPresent", "true");
    for kind in [KeyKind::Data, KeyKind::Root] {
        for action in [
            "kms:Encrypt",
            "kms:ReEncryptFrom",
            "kms:ReEncryptTo",
            "kms:CreateGrant",
            "kms:ReplicateKey",
            "kms:UpdatePrimaryRegion",
            "kms:ImportKeyMaterial",
        ] {
            for principal in [ENCLAVE_ROLE, WRITER_ROLE, ADMIN_ROLE, BREAK_GLASS_ROLE] {
                let decision = decide(&policy(kind), principal, action, &mfa);
                assert_eq!(
                    decision,
                    Decision::ExplicitDeny,
                    "{kind:?} {principal} {action}"
                );
            }
        }
    }
}

#[test]
fn only_the_break_glass_role_with_a_second_factor_changes_the_policy() {
    let (mut mfa, without) = (Context::default(), Context::default());
    mfa.insert("aws:MultiFactorAuthPresent", "true");
    for kind in [KeyKind::Data, KeyKind::Root] {
        let policy = policy(kind);
        let put = |principal, context| decide(&policy, principal, "kms:PutKeyPolicy", context);
        assert_eq!(put(BREAK_GLASS_ROLE, &mfa), Decision::Allow);
        assert_eq!(put(BREAK_GLASS_ROLE, &without), Decision::NotAllowed);
        for principal in [ENCLAVE_ROLE, WRITER_ROLE, ADMIN_ROLE] {
            assert_eq!(put(principal, &mfa), Decision::NotAllowed, "{principal}");
        }
    }
}

#[test]
fn a_register_missing_or_zero_makes_no_policy() {
    for pcr in PINNED_PCRS {
        let mut missing = measured();
        missing.pcrs.remove(&pcr);
        assert_eq!(
            PinnedPcrs::new(&missing),
            Err(KeyPolicyError::Missing { pcr })
        );
        let mut zero = measured();
        zero.pcrs.insert(pcr, Pcr::ZERO);
        assert_eq!(PinnedPcrs::new(&zero), Err(KeyPolicyError::Zero { pcr }));
    }
}

proptest! {
    /// Whoever asks, for whatever, in whatever context: without the registers, no key is used.
    #[test]
    fn nobody_unattested_decrypts_or_makes_a_root(
        principal in prop::sample::select(vec![
            ENCLAVE_ROLE, WRITER_ROLE, ADMIN_ROLE, BREAK_GLASS_ROLE,
            "arn:aws:iam::222222222222:role/other", "arn:aws:iam::333333333333:user/other",
        ]),
        action in prop::sample::select(vec![
            "kms:Decrypt", "kms:DeriveSharedSecret", "kms:Encrypt", "kms:GenerateDataKey",
            "kms:GenerateDataKeyPair", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom",
        ]),
        kind in prop::sample::select(vec![KeyKind::Data, KeyKind::Root]),
        names in prop::collection::vec(
            prop::sample::select(vec!["vouchsafe", "tenant", "dataset", "epoch", "root", "x"]), 0..6),
        tag in prop::option::of(prop::sample::select(vec!["acme", "*", ""])),
        registers in prop::collection::btree_map(0_u8..18, "[0-9a-f]{96}", 0..5),
        mfa: bool,
    ) {
        let mut context = Context::default();
        for name in names {
            context.insert(&format!("kms:EncryptionContext:{name}"), "1");
            context.insert("kms:EncryptionContextKeys", name);
        }
        for (pcr, value) in registers {
            context.insert(&format!("kms:RecipientAttestation:PCR{pcr}"), value);
        }
        if let Some(tag) = tag {
            context.insert("aws:PrincipalTag/tenant", tag);
        }
        if mfa {
            context.insert("aws:MultiFactorAuthPresent", "true");
        }
        let decision = decide(&policy(kind), principal, action, &context);
        let writes = kind == KeyKind::Data
            && principal == WRITER_ROLE
            && action == "kms:GenerateDataKey";
        prop_assert!(writes || matches!(decision, Decision::ExplicitDeny | Decision::NotAllowed));
        if action == "kms:Decrypt" {
            prop_assert_eq!(decision, Decision::ExplicitDeny);
        }
    }
}
