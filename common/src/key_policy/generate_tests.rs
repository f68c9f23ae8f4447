//! The generated policies are read by the evaluator and hold what they promise, statement by
//! statement; what a KMS does with them is tested where the mock of KMS is.

#![allow(clippy::unwrap_used, reason = "a test may stop at what cannot fail")]

use proptest::prelude::*;

use super::*;
use crate::key_policy::{Context, Decision, Policy, Request};

const ENCLAVE_ROLE: &str = "arn:aws:iam::111111111111:role/parent";
const WRITER_ROLE: &str = "arn:aws:iam::111111111111:role/writer";
const ADMIN_ROLE: &str = "arn:aws:iam::222222222222:role/administrator";
const BREAK_GLASS_ROLE: &str = "arn:aws:iam::222222222222:role/break-glass";
const KEY: &str = "arn:aws:kms:eu-central-1:222222222222:key/11111111-2222-4333-8444-555555555555";

fn measured() -> BTreeMap<u8, Pcr> {
    release_of(0)
}

/// The registers of one of several releases under one trust anchor.
fn release_of(seed: u8) -> BTreeMap<u8, Pcr> {
    let image = [0_u8, 1, 2].map(|pcr| (pcr, Pcr::measure(&[pcr, seed])));
    image
        .into_iter()
        .chain([(16, Pcr::measure(b"anchor"))])
        .collect()
}

fn roles() -> Roles {
    Roles::new(
        ENCLAVE_ROLE.parse().unwrap(),
        [WRITER_ROLE.parse().unwrap()],
        ADMIN_ROLE.parse().unwrap(),
        BREAK_GLASS_ROLE.parse().unwrap(),
    )
    .unwrap()
}

fn generated(kind: KeyKind, releases: &[BTreeMap<u8, Pcr>]) -> Value {
    let releases: Vec<Release> = releases
        .iter()
        .map(|one| Release::new(one).unwrap())
        .collect();
    key_policy(kind, &releases, &roles(), None).unwrap()
}

fn policy(kind: KeyKind) -> Policy {
    Policy::parse(&generated(kind, &[measured()]).to_string()).unwrap()
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
    attested_as(&measured())
}

fn attested_as(registers: &BTreeMap<u8, Pcr>) -> Context {
    let mut context = Context::default();
    for (pcr, value) in registers {
        context.insert_register(*pcr, value.to_string());
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
                for (pcr, value) in measured() {
                    let value = if pcr == missing {
                        wrong.clone()
                    } else {
                        Some(value.to_string())
                    };
                    if let Some(value) = value {
                        context.insert_register(pcr, value);
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
fn only_the_administrator_revokes_a_grant_and_nobody_makes_or_retires_one() {
    let (mut mfa, without) = (attested(), Context::default());
    mfa.insert("aws:MultiFactorAuthPresent", "true");
    for kind in [KeyKind::Data, KeyKind::Root] {
        let policy = policy(kind);
        for context in [&mfa, &without] {
            let may = |principal, action| decide(&policy, principal, action, context);
            assert_eq!(may(ADMIN_ROLE, "kms:RevokeGrant"), Decision::Allow);
            for principal in [ENCLAVE_ROLE, WRITER_ROLE, BREAK_GLASS_ROLE] {
                assert_eq!(may(principal, "kms:RevokeGrant"), Decision::NotAllowed);
            }
            for principal in [ENCLAVE_ROLE, WRITER_ROLE, ADMIN_ROLE, BREAK_GLASS_ROLE] {
                assert_eq!(may(principal, "kms:CreateGrant"), Decision::ExplicitDeny);
                assert_eq!(may(principal, "kms:RetireGrant"), Decision::NotAllowed);
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
fn two_releases_have_a_statement_each_and_no_mixture_of_them_decrypts() {
    let [old, new] = [release_of(0), release_of(1)];
    let text = generated(KeyKind::Data, &[new.clone(), old.clone(), new.clone()]);
    let sids = text["Statement"].as_array().unwrap().iter();
    let sids: Vec<&str> = sids.map(|one| one["Sid"].as_str().unwrap()).collect();
    assert_eq!(
        sids,
        [
            "AdministerWithoutUse",
            "ChangePolicyInEmergency",
            "UseWhenAttested1",
            "UseWhenAttested2",
            "WriteForOwnTenant",
            "DenyUnlessPCR0",
            "DenyUnlessPCR1",
            "DenyUnlessPCR2",
            "DenyUnlessPCR16",
            "DenyBypass",
        ]
    );
    let policy = Policy::parse(&text.to_string()).unwrap();
    for mixture in 0..8_u8 {
        let mut registers = old.clone();
        for pcr in (0..3).filter(|pcr| mixture & (1 << pcr) != 0) {
            registers.insert(pcr, new[&pcr]);
        }
        let decision = decide(
            &policy,
            ENCLAVE_ROLE,
            "kms:Decrypt",
            &attested_as(&registers),
        );
        let expected = if [0, 7].contains(&mixture) {
            Decision::Allow
        } else {
            Decision::NotAllowed
        };
        assert_eq!(decision, expected, "{mixture:03b}");
    }
}

#[test]
fn a_signed_release_pins_its_certificate_too() {
    let mut signed = measured();
    signed.insert(8, Pcr::measure(b"certificate"));
    let policy = Policy::parse(&generated(KeyKind::Data, &[signed.clone()]).to_string()).unwrap();
    let decrypts = |registers| {
        decide(
            &policy,
            ENCLAVE_ROLE,
            "kms:Decrypt",
            &attested_as(registers),
        )
    };
    assert_eq!(decrypts(&signed), Decision::Allow);
    assert_eq!(decrypts(&measured()), Decision::ExplicitDeny);
    let releases = [
        Release::new(&signed).unwrap(),
        Release::new(&measured()).unwrap(),
    ];
    assert_eq!(
        key_policy(KeyKind::Data, &releases, &roles(), None),
        Err(GenerateError::SignedAndUnsigned)
    );
}

#[test]
fn with_an_endpoint_the_enclave_is_heard_through_it_only() {
    let release = Release::new(&measured()).unwrap();
    let endpoint = "vpce-0123456789abcdef0".parse().unwrap();
    let text = key_policy(KeyKind::Data, &[release], &roles(), Some(&endpoint)).unwrap();
    let policy = Policy::parse(&text.to_string()).unwrap();
    let mut context = attested();
    let decrypts = |context: &Context| decide(&policy, ENCLAVE_ROLE, "kms:Decrypt", context);
    assert_eq!(decrypts(&context), Decision::NotAllowed);
    context.insert("aws:SourceVpce", "vpce-0123456789abcdef0");
    assert_eq!(decrypts(&context), Decision::Allow);
    for text in [
        "",
        "vpce-",
        "vpc-0123456789abcdef0",
        "vpce-0123456789abcdefgh",
        "vpce-0123456789ABCDEF0",
    ] {
        assert_eq!(
            text.parse::<VpcEndpoint>(),
            Err(GenerateError::NotAnEndpoint),
            "{text}"
        );
    }
}

#[test]
fn a_register_missing_or_zero_is_no_release() {
    for pcr in PINNED_PCRS {
        let mut missing = measured();
        missing.remove(&pcr);
        assert_eq!(Release::new(&missing), Err(GenerateError::Missing { pcr }));
        let mut zero = measured();
        zero.insert(pcr, Pcr::ZERO);
        assert_eq!(Release::new(&zero), Err(GenerateError::Zero { pcr }));
    }
}

#[test]
fn no_role_has_two_duties_and_no_other_principal_has_one() {
    let role = |name: &str| {
        format!("arn:aws:iam::111111111111:role/{name}")
            .parse()
            .unwrap()
    };
    let with = |names: [&str; 4]| {
        let [enclave, writer, admin, glass] = names.map(role);
        Roles::new(enclave, [writer], admin, glass).err()
    };
    assert_eq!(with(["a", "b", "c", "d"]), None);
    for names in [
        ["a", "a", "c", "d"],
        ["a", "b", "a", "d"],
        ["a", "b", "c", "b"],
        ["a", "b", "c", "c"],
    ] {
        assert_eq!(with(names), Some(GenerateError::RoleTwice), "{names:?}");
    }
    for text in [
        "",
        "*",
        "111111111111",
        "arn:aws:iam::111111111111:root",
        "arn:aws:iam::111111111111:user/a",
        "arn:aws:iam::111111111111:role/*",
        "arn:aws:iam::111111111111:role/${aws:PrincipalTag/role}",
        "arn:aws:iam::111111111111:user/a:role/b",
        "arn:aws:sts::111111111111:assumed-role/a/b",
    ] {
        assert_eq!(
            text.parse::<RoleArn>(),
            Err(GenerateError::NotARole),
            "{text}"
        );
    }
}

#[test]
fn there_is_no_policy_without_a_release_or_beyond_what_kms_takes() {
    let generate = |seeds: std::ops::Range<u8>| {
        let releases: Vec<Release> = seeds
            .map(|seed| Release::new(&release_of(seed)).unwrap())
            .collect();
        key_policy(KeyKind::Data, &releases, &roles(), None).map(|text| text.to_string().len())
    };
    assert_eq!(generate(0..0), Err(GenerateError::NoRelease));
    assert!(generate(0..20).unwrap() < MAX_POLICY_BYTES);
    assert_eq!(generate(0..40), Err(GenerateError::TooLong));
}

proptest! {
    /// Whoever asks, for whatever, in whatever context: without the registers, no key is used.
    #[test]
    fn nobody_unattested_decrypts_or_makes_a_root(
        principal in prop::sample::select(vec![
            ENCLAVE_ROLE, WRITER_ROLE, ADMIN_ROLE, BREAK_GLASS_ROLE,
            "arn:aws:iam::222222222222:role/other", "arn:aws:iam::333333333333:user/other",
        ]),
        action in prop_oneof![
            prop::sample::select(vec![
                "kms:Decrypt", "kms:DeriveSharedSecret", "kms:Encrypt", "kms:GenerateDataKey",
                "kms:GenerateDataKeyPair", "kms:GenerateDataKeyPairWithoutPlaintext",
                "kms:GenerateDataKeyWithoutPlaintext", "kms:GenerateMac", "kms:ReEncryptFrom",
                "kms:ReEncryptTo", "kms:Sign", "kms:CreateGrant", "kms:ImportKeyMaterial",
            ]).prop_map(str::to_owned),
            "kms:(Generate|ReEncrypt|Import|Replicate|Sign|Verify)[A-Za-z]{0,12}",
        ],
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
            context.insert_register(pcr, value);
        }
        if let Some(tag) = tag {
            context.insert("aws:PrincipalTag/tenant", tag);
        }
        if mfa {
            context.insert("aws:MultiFactorAuthPresent", "true");
        }
        let decision = decide(&policy(kind), principal, &action, &context);
        let writes = kind == KeyKind::Data
            && principal == WRITER_ROLE
            && action == "kms:GenerateDataKey";
        prop_assert!(writes || matches!(decision, Decision::ExplicitDeny | Decision::NotAllowed));
        if action == "kms:Decrypt" {
            prop_assert_eq!(decision, Decision::ExplicitDeny);
        }
    }
}
