//! A generated policy has no weakness; each way to weaken one is found by its name; and where
//! nothing is found, no request without the right registers is permitted.

#![allow(clippy::unwrap_used, reason = "a test may stop at what cannot fail")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::generate::{RoleArn, Roles, key_policy};
use super::super::{Decision, Request};
use super::*;

const ENCLAVE: &str = "arn:aws:iam::111111111111:role/parent";
const WRITER: &str = "arn:aws:iam::111111111111:role/writer";
const ADMINISTRATOR: &str = "arn:aws:iam::222222222222:role/administrator";
const BREAK_GLASS: &str = "arn:aws:iam::222222222222:role/break-glass";

/// Statements of a generated policy with one release, by position.
const POLICY_CHANGE: usize = 1;
const USE: usize = 2;
const WRITE: usize = 3;

fn release(seed: u8) -> Release {
    let registers = PINNED_PCRS.map(|pcr| (pcr, Pcr::measure(&[pcr, seed])));
    Release::new(&registers.into_iter().collect()).unwrap()
}

fn generated(kind: KeyKind, releases: &[Release]) -> Value {
    let role = |arn: &str| arn.parse::<RoleArn>().unwrap();
    let roles = Roles::new(
        role(ENCLAVE),
        [role(WRITER)],
        role(ADMINISTRATOR),
        role(BREAK_GLASS),
    );
    key_policy(kind, releases, &roles.unwrap(), None).unwrap()
}

fn data() -> Value {
    generated(KeyKind::Data, &[release(0)])
}

fn findings(policy: &Value, kind: KeyKind) -> Vec<Finding> {
    lint(&Policy::parse(&policy.to_string()).unwrap(), kind, &[])
}

/// What is found, by statement and code.
fn codes(policy: &Value) -> Vec<(Option<usize>, &'static str)> {
    let found = findings(policy, KeyKind::Data).into_iter();
    found
        .map(|finding| {
            let place = finding.place.map(|place| place.statement - 1);
            (place, finding.weakness.code())
        })
        .collect()
}

/// A data key's policy with one statement more, that allows.
fn with_allow(principal: &Value, action: &Value, condition: &Value) -> Value {
    let mut policy = data();
    policy["Statement"].as_array_mut().unwrap().push(json!({
        "Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*",
        "Condition": condition,
    }));
    policy
}

fn without(sid: &str) -> Value {
    let mut policy = data();
    let statements = policy["Statement"].as_array_mut().unwrap();
    let before = statements.len();
    statements.retain(|statement| statement["Sid"] != sid);
    assert_eq!(statements.len(), before - 1, "{sid}");
    policy
}

#[test]
fn a_generated_policy_has_no_weakness() {
    for kind in [KeyKind::Data, KeyKind::Root] {
        for count in 1..=3 {
            let releases: Vec<Release> = (0..count).map(release).collect();
            let policy = Policy::parse(&generated(kind, &releases).to_string()).unwrap();
            assert_eq!(lint(&policy, kind, &releases), [], "{kind:?} {count}");
        }
    }
}

#[test]
fn a_policy_for_the_other_kind_of_key_is_found_out() {
    let [as_root, as_data] = [
        findings(&data(), KeyKind::Root),
        findings(&generated(KeyKind::Root, &[release(0)]), KeyKind::Data),
    ];
    let unattested = as_root.iter().any(|finding| {
        finding.weakness
            == Weakness::Unattested {
                actions: vec!["kms:GenerateDataKey"],
                who: WRITER.into(),
            }
    });
    assert!(unattested, "{as_root:?}");
    let weakness = Weakness::ContextOpen {
        gaps: vec![ContextGap::Unclear],
    };
    assert_eq!(as_data.len(), 1, "{as_data:?}");
    assert_eq!(as_data[0].weakness, weakness);
}

#[test]
fn one_deny_less_leaves_the_allow_that_demands_the_same() {
    for sid in ["DenyUnlessPCR0", "DenyUnlessPCR16", "DenyBypass"] {
        assert_eq!(codes(&without(sid)), [], "{sid}");
    }
}

#[test]
fn a_register_that_neither_statement_demands_is_named() {
    for pcr in PINNED_PCRS {
        let mut policy = without(&format!("DenyUnlessPCR{pcr}"));
        let condition = &mut policy["Statement"][USE]["Condition"]["StringEqualsIgnoreCase"];
        let key = format!("kms:RecipientAttestation:PCR{pcr}");
        condition.as_object_mut().unwrap().remove(&key).unwrap();
        let place = Some(Place {
            statement: USE + 1,
            sid: Some("UseWhenAttested1".into()),
        });
        // It makes data keys too, and for every tenant.
        let gaps = vec![ContextGap::Tenant];
        let expected = [
            Weakness::ContextOpen { gaps },
            Weakness::RegisterNotRequired { pcr },
        ];
        let expected = expected.map(|weakness| Finding {
            place: place.clone(),
            weakness,
        });
        assert_eq!(findings(&policy, KeyKind::Data), expected);
    }
}

#[test]
fn a_register_that_counts_only_if_it_is_there_is_named() {
    let mut policy = without("DenyUnlessPCR2");
    let condition = policy["Statement"][USE]["Condition"]
        .as_object_mut()
        .unwrap();
    let key = "kms:RecipientAttestation:PCR2";
    let value = condition["StringEqualsIgnoreCase"]
        .as_object_mut()
        .unwrap()
        .remove(key);
    condition.insert("StringEqualsIgnoreCaseIfExists".into(), json!({key: value}));
    let expected = ["context_open", "register_not_required"].map(|code| (Some(USE), code));
    assert_eq!(codes(&policy), expected);
}

#[test]
fn use_without_attestation_is_named_by_action_and_principal() {
    let policy = with_allow(
        &json!({"AWS": ENCLAVE}),
        &json!(["kms:Decrypt", "kms:Derive*"]),
        &json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}}),
    );
    // As long as every register is denied by itself, one careless Allow opens nothing.
    assert_eq!(codes(&policy), [(Some(9), "context_open")]);
    let mut open = policy;
    open["Statement"]
        .as_array_mut()
        .unwrap()
        .retain(|one| one["Effect"] == "Allow");
    let found = findings(&open, KeyKind::Data);
    let expected = Weakness::Unattested {
        actions: vec!["kms:Decrypt", "kms:DeriveSharedSecret"],
        who: ENCLAVE.into(),
    };
    assert!(
        found.iter().any(|finding| finding.weakness == expected),
        "{found:?}"
    );
}

#[test]
fn a_deny_that_an_open_condition_weakens_is_not_relied_on() {
    let mut policy = data();
    for statement in policy["Statement"].as_array_mut().unwrap() {
        if statement["Effect"] == "Deny" {
            statement["Condition"]["StringNotEquals"] = json!({"aws:PrincipalOrgID": "o-1"});
        }
    }
    let all_may = json!({"AWS": ENCLAVE});
    policy["Statement"]
        .as_array_mut()
        .unwrap()
        .push(json!({"Effect": "Allow", "Principal": all_may, "Action": "kms:*", "Resource": "*"}));
    let found: BTreeSet<&str> = codes(&policy).into_iter().map(|(_, code)| code).collect();
    let expected = [
        "bypass",
        "context_open",
        "duties_joined",
        "policy_change",
        "unattested",
    ];
    assert_eq!(found, expected.into_iter().collect());
}

#[test]
fn everyone_and_whole_accounts_are_named() {
    let describe = &json!("kms:DescribeKey");
    let everyone = with_allow(&json!("*"), describe, &json!({}));
    assert_eq!(codes(&everyone), [(Some(9), "everyone")]);
    let account = json!({"AWS": "arn:aws:iam::222222222222:root"});
    let found = findings(&with_allow(&account, describe, &json!({})), KeyKind::Data);
    let weakness = Weakness::AccountDecides {
        account: "222222222222".into(),
    };
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].weakness, weakness);
}

#[test]
fn values_of_two_releases_in_one_statement_are_named() {
    let mut policy = generated(KeyKind::Data, &[release(0), release(1)]);
    let second = policy["Statement"].as_array_mut().unwrap().remove(USE + 1);
    let (first, key) = (&mut policy["Statement"][USE], "StringEqualsIgnoreCase");
    for (register, value) in second["Condition"][key].as_object().unwrap() {
        let value = [first["Condition"][key][register].clone(), value.clone()];
        first["Condition"][key][register] = json!(value);
    }
    assert_eq!(codes(&policy), [(Some(USE), "measurements_mixed")]);
}

#[test]
fn one_deny_for_several_registers_is_named() {
    let mut policy = data();
    let key = "kms:RecipientAttestation:PCR1";
    policy["Statement"][4]["Condition"]["StringNotEqualsIgnoreCase"][key] = json!("ab".repeat(48));
    assert_eq!(codes(&policy), [(Some(4), "denials_joined")]);
}

#[test]
fn a_value_that_is_no_measurement_is_named() {
    let key = "kms:RecipientAttestation:PCR1";
    for (value, code) in [
        (json!("00".repeat(48)), "debug_measurement"),
        (json!("ab"), "register_value"),
    ] {
        let mut policy = data();
        policy["Statement"][USE]["Condition"]["StringEqualsIgnoreCase"][key] = value;
        assert_eq!(codes(&policy), [(Some(USE), code)]);
    }
}

#[test]
fn attestation_of_another_kind_of_machine_is_named() {
    let condition = json!({"Null": {"kms:RecipientAttestation:NitroTPMPCR4": "false"}});
    let policy = with_allow(
        &json!({"AWS": ENCLAVE}),
        &json!("kms:DescribeKey"),
        &condition,
    );
    assert_eq!(codes(&policy), [(Some(9), "nitro_tpm_key")]);
}

#[test]
fn ways_around_the_policy_are_named() {
    for action in [
        "kms:CreateGrant",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
        "kms:ReplicateKey",
        "kms:ImportKeyMaterial",
        "kms:UpdatePrimaryRegion",
        "kms:Encrypt",
    ] {
        let mut policy = without("DenyBypass");
        policy["Statement"].as_array_mut().unwrap().push(json!({
            "Effect": "Allow", "Principal": {"AWS": ENCLAVE}, "Action": action, "Resource": "*",
        }));
        let found = findings(&policy, KeyKind::Data);
        let weakness = Weakness::Bypass {
            actions: vec![action],
            who: ENCLAVE.into(),
        };
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].weakness, weakness);
    }
}

#[test]
fn a_change_of_policy_without_a_second_factor_is_named() {
    let mut never = data();
    never["Statement"][POLICY_CHANGE]
        .as_object_mut()
        .unwrap()
        .remove("Condition");
    let mut perhaps = data();
    perhaps["Statement"][POLICY_CHANGE]["Condition"] =
        json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}});
    for policy in [never, perhaps] {
        assert_eq!(codes(&policy), [(Some(POLICY_CHANGE), "policy_change")]);
    }
}

#[test]
fn two_duties_of_one_role_are_named() {
    let mfa = &json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    for (principal, action) in [
        (ADMINISTRATOR, "kms:PutKeyPolicy"),
        (BREAK_GLASS, "kms:ScheduleKeyDeletion"),
        (ENCLAVE, "kms:DisableKey"),
        (ADMINISTRATOR, "kms:GenerateMac"),
    ] {
        let found = findings(
            &with_allow(&json!({"AWS": principal}), &json!(action), mfa),
            KeyKind::Data,
        );
        let weakness = Weakness::DutiesJoined {
            who: principal.into(),
        };
        assert_eq!(
            found,
            [Finding {
                place: None,
                weakness
            }],
            "{principal} {action}"
        );
    }
}

#[test]
fn whoever_uses_a_key_or_changes_its_policy_looks_after_nothing_of_it() {
    let mfa = &json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    for action in [
        "CancelKeyDeletion",
        "CreateAlias",
        "DeleteAlias",
        "DeleteImportedKeyMaterial",
        "DisableKey",
        "DisableKeyRotation",
        "EnableKey",
        "EnableKeyRotation",
        "RetireGrant",
        "RevokeGrant",
        "RotateKeyOnDemand",
        "ScheduleKeyDeletion",
        "TagResource",
        "UntagResource",
        "UpdateAlias",
        "UpdateKeyDescription",
    ] {
        let found = |principal: &str| {
            let action = json!(format!("kms:{action}"));
            codes(&with_allow(&json!({"AWS": principal}), &action, mfa))
        };
        for principal in [ENCLAVE, WRITER, BREAK_GLASS] {
            assert_eq!(
                found(principal),
                [(None, "duties_joined")],
                "{principal} {action}"
            );
        }
        assert_eq!(found(ADMINISTRATOR), [], "{action}");
    }
}

#[test]
fn an_open_encryption_context_is_named_by_what_is_open() {
    let gaps = |change: &dyn Fn(&mut Value)| {
        let mut policy = data();
        change(&mut policy["Statement"][WRITE]["Condition"]);
        let found = findings(&policy, KeyKind::Data);
        match &found[..] {
            [] => vec![],
            [
                Finding {
                    weakness: Weakness::ContextOpen { gaps },
                    ..
                },
            ] => gaps.clone(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(gaps(&|_| ()), []);
    assert_eq!(
        gaps(&|condition| condition["ForAllValues:StringEquals"] =
            json!({"aws:PrincipalArn": WRITER})),
        [ContextGap::Another]
    );
    for name in ["dataset", "epoch"] {
        let gap = gaps(&|condition| {
            let names = condition["Null"].as_object_mut().unwrap();
            names
                .remove(&format!("kms:EncryptionContext:{name}"))
                .unwrap();
        });
        assert_eq!(gap, [ContextGap::Missing(name)]);
    }
    let tenant = "kms:EncryptionContext:tenant";
    let without_tenant = |condition: &mut Value| {
        condition["StringEquals"]
            .as_object_mut()
            .unwrap()
            .remove(tenant)
            .unwrap();
    };
    assert_eq!(gaps(&without_tenant), [ContextGap::Tenant]);
    let for_a_team = |condition: &mut Value| {
        without_tenant(condition);
        condition["StringEquals"]["aws:PrincipalTag/team"] = json!("crm");
        condition["StringEquals"]["aws:PrincipalTag/tenant"] = json!("acme");
    };
    assert_eq!(gaps(&for_a_team), [ContextGap::Tenant]);
    let by_wildcard = |condition: &mut Value| {
        without_tenant(condition);
        condition["StringLike"] = json!({tenant: "ac*"});
    };
    assert_eq!(gaps(&by_wildcard), [ContextGap::Tenant]);
    assert_eq!(
        gaps(&|condition| condition["StringEquals"][tenant] = json!("globex")),
        []
    );
    assert_eq!(
        gaps(&|condition| {
            condition["StringEquals"]
                .as_object_mut()
                .unwrap()
                .remove("kms:EncryptionContext:vouchsafe");
        }),
        [ContextGap::Format]
    );
}

#[test]
fn what_is_admitted_is_compared_with_the_releases_that_should_be() {
    let policy = generated(KeyKind::Data, &[release(0), release(1)]);
    let policy = Policy::parse(&policy.to_string()).unwrap();
    let compared = |releases: &[Release]| {
        let found = lint(&policy, KeyKind::Data, releases).into_iter();
        found.map(|finding| finding.weakness).collect::<Vec<_>>()
    };
    assert_eq!(compared(&[release(1), release(0)]), []);
    assert_eq!(compared(&[release(1)]), [Weakness::ReleaseUnknown]);
    assert_eq!(
        compared(&[release(0), release(1), release(2)]),
        [Weakness::ReleaseMissing { number: 3 }]
    );
}

#[test]
fn every_weakness_says_where_it_lies_and_why_it_matters() {
    let found = findings(
        &with_allow(&json!("*"), &json!("kms:Encrypt"), &json!({})),
        KeyKind::Data,
    );
    assert_eq!(found[0].place.as_ref().unwrap().to_string(), "statement 10");
    assert_eq!(
        found[0].weakness.to_string(),
        "permits to everyone, in every account of AWS"
    );
    let mut policy = data();
    policy["Statement"][POLICY_CHANGE]
        .as_object_mut()
        .unwrap()
        .remove("Condition");
    let place = findings(&policy, KeyKind::Data)[0].place.clone().unwrap();
    assert_eq!(place.to_string(), "statement 2 (ChangePolicyInEmergency)");
}

/// The enclave may decrypt in the right context; which enclave, only `denials` say.
fn with_registers_only_in(denials: &[(&str, Value)]) -> Value {
    let mut policy = data();
    policy["Statement"][USE]["Condition"]
        .as_object_mut()
        .unwrap()
        .remove("StringEqualsIgnoreCase");
    let statements = policy["Statement"].as_array_mut().unwrap();
    statements.retain(|one| one["Effect"] == "Allow" || one["Sid"] == "DenyBypass");
    for pcr in PINNED_PCRS {
        let key = format!("kms:RecipientAttestation:PCR{pcr}");
        for (operator, value) in denials {
            statements.push(json!({
                "Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*",
                "Condition": {*operator: {&key: value}},
            }));
        }
    }
    // The writer would be denied too, and its statement speak of nothing.
    statements.remove(WRITE);
    policy
}

fn weaknesses(policy: &Value) -> BTreeSet<&'static str> {
    codes(policy).into_iter().map(|(_, code)| code).collect()
}

#[test]
fn some_attestation_and_no_particular_one_is_not_enough() {
    let any = with_registers_only_in(&[("Null", json!("true"))]);
    assert!(weaknesses(&any).contains("register_not_required"), "{any}");
    let any_but_one = with_registers_only_in(&[
        ("Null", json!("true")),
        ("StringEquals", json!("another value")),
    ]);
    assert!(weaknesses(&any_but_one).contains("register_not_required"));
}

#[test]
fn measurements_that_only_denials_name_are_looked_at_too() {
    let pinned = |values: Value| with_registers_only_in(&[("StringNotEqualsIgnoreCase", values)]);
    let value = |byte: &str| byte.repeat(48);
    let one = pinned(json!(value("ab")));
    assert_eq!(weaknesses(&one), ["context_open"].into());
    let debug = pinned(json!(value("00")));
    assert!(weaknesses(&debug).contains("debug_measurement"), "{debug}");
    let several = pinned(json!([value("ab"), value("cd")]));
    assert!(weaknesses(&several).contains("measurements_mixed"));
    // A careless Allow beside those of two releases leaves it to their denials as well.
    let mut careless = generated(KeyKind::Data, &[release(0), release(1)]);
    let statements = careless["Statement"].as_array_mut().unwrap();
    let mut loose = statements[USE].clone();
    loose["Condition"]
        .as_object_mut()
        .unwrap()
        .remove("StringEqualsIgnoreCase");
    statements.push(loose);
    assert!(weaknesses(&careless).contains("measurements_mixed"));
}

#[test]
fn a_register_that_a_pattern_or_the_caller_decides_is_named() {
    let key = "kms:RecipientAttestation:PCR2";
    for (operator, value) in [
        ("StringLike", "?".repeat(96)),
        ("StringLike", "0*".into()),
        ("StringEquals", "${aws:PrincipalTag/image}".into()),
    ] {
        let mut policy = without("DenyUnlessPCR2");
        let condition = &mut policy["Statement"][USE]["Condition"];
        let registers = condition["StringEqualsIgnoreCase"].as_object_mut().unwrap();
        registers.remove(key).unwrap();
        let plain = condition.as_object_mut().unwrap();
        let others = plain.entry(operator).or_insert(json!({}));
        others[key] = json!(value);
        let expected = ["register_value", "context_open", "register_not_required"];
        let expected = expected.map(|code| (Some(USE), code));
        assert_eq!(codes(&policy), expected, "{operator} {value}");
        // Nor does a Deny count whose pattern a value happens to miss.
        let mut denied = policy;
        let negated = operator.replace("String", "StringNot");
        let deny = json!({
            "Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*",
            "Condition": {negated: {key: value}},
        });
        denied["Statement"].as_array_mut().unwrap().push(deny);
        let found = codes(&denied);
        assert!(
            found.contains(&(Some(USE), "register_not_required")),
            "{found:?}"
        );
    }
}

#[test]
fn every_value_of_a_register_is_compared_with_the_releases() {
    let mut policy = data();
    let key = "kms:RecipientAttestation:PCR16";
    for (statement, operator) in [
        (USE, "StringEqualsIgnoreCase"),
        (7, "StringNotEqualsIgnoreCase"),
    ] {
        let value = &mut policy["Statement"][statement]["Condition"][operator][key];
        assert!(!value.is_null());
        let own = value
            .as_array()
            .map_or(value.clone(), |list| list[0].clone());
        *value = json!([own, "ab".repeat(48)]);
    }
    let compared = |policy: &Value| {
        let policy = Policy::parse(&policy.to_string()).unwrap();
        let found = lint(&policy, KeyKind::Data, &[release(0)]).into_iter();
        found.map(|finding| finding.weakness).collect::<Vec<_>>()
    };
    assert_eq!(compared(&policy), [Weakness::ReleaseUnknown]);
    // What the Allow lists and a Deny forbids is not admitted.
    policy["Statement"][7] = data()["Statement"][7].clone();
    assert_eq!(compared(&policy), []);
}

#[test]
fn a_second_factor_that_was_not_shown_is_none() {
    let key = "aws:MultiFactorAuthPresent";
    for (operator, value) in [
        ("Null", "false"),
        ("Bool", "false"),
        ("StringEquals", "false"),
        ("StringLike", "?*"),
        ("StringNotEquals", "true"),
    ] {
        let mut policy = data();
        policy["Statement"][POLICY_CHANGE]["Condition"] = json!({operator: {key: value}});
        let expected = [(Some(POLICY_CHANGE), "policy_change")];
        assert_eq!(codes(&policy), expected, "{operator}");
    }
}

#[test]
fn a_tenant_or_name_by_pattern_case_or_another_tag_is_open() {
    let gaps = |change: &dyn Fn(&mut Value)| {
        let mut policy = data();
        change(&mut policy["Statement"][WRITE]);
        let found = findings(&policy, KeyKind::Data);
        assert_eq!(found.len(), 1, "{found:?}");
        match &found[0].weakness {
            Weakness::ContextOpen { gaps } => gaps.clone(),
            other => panic!("{other:?}"),
        }
    };
    let tenant_by = |operator: &str, value: &str| {
        gaps(&|statement| {
            let key = "kms:EncryptionContext:tenant";
            let condition = &mut statement["Condition"];
            condition["StringEquals"]
                .as_object_mut()
                .unwrap()
                .remove(key);
            condition[operator][key] = json!(value);
        })
    };
    let own = "${aws:PrincipalTag/tenant}";
    assert_eq!(
        tenant_by("StringLike", &format!("{own}*")),
        [ContextGap::Tenant]
    );
    assert_eq!(
        tenant_by("StringEqualsIgnoreCase", own),
        [ContextGap::Tenant]
    );
    assert_eq!(
        tenant_by("StringNotEquals", "another"),
        [ContextGap::Tenant]
    );
    let by_another_tag = tenant_by("StringEquals", "${aws:PrincipalTag/dataset}");
    assert_eq!(by_another_tag, [ContextGap::Unclear]);

    let names = ["vouchsafe", "tenant", "dataset*", "epoch"];
    for operator in [
        "ForAllValues:StringEqualsIgnoreCase",
        "ForAllValues:StringLike",
    ] {
        let gap = gaps(&|statement| {
            let condition = statement["Condition"].as_object_mut().unwrap();
            condition.remove("ForAllValues:StringEquals").unwrap();
            let names = if operator.ends_with("Like") {
                names
            } else {
                names.map(|name| name.trim_end_matches('*'))
            };
            condition.insert(operator.into(), json!({"kms:EncryptionContextKeys": names}));
        });
        assert_eq!(gap, [ContextGap::Another], "{operator}");
    }
}

#[test]
fn whoever_makes_data_keys_of_any_form_is_bound_to_a_tenant() {
    let of_some_enclave =
        json!({"StringEquals": {"kms:RecipientAttestation:PCR4": "ab".repeat(48)}});
    for (action, condition) in [
        ("kms:GenerateDataKey", &of_some_enclave),
        ("kms:GenerateDataKeyPair", &json!({})),
        ("kms:GenerateDataKeyWithoutPlaintext", &json!({})),
    ] {
        let policy = with_allow(&json!({"AWS": WRITER}), &json!(action), condition);
        let found = findings(&policy, KeyKind::Data);
        let [
            Finding {
                weakness: Weakness::ContextOpen { gaps },
                ..
            },
        ] = &found[..]
        else {
            panic!("{action} {found:?}");
        };
        assert!(gaps.contains(&ContextGap::Tenant), "{action} {gaps:?}");
    }
}

/// Careless things that an editor of a policy might do, by statement.
fn edited(policy: &mut Value, at: usize, edit: u8) {
    let statements = policy["Statement"].as_array_mut().unwrap();
    let at = at % statements.len();
    match edit {
        0 => drop(statements.remove(at)),
        1 => drop(statements[at].as_object_mut().unwrap().remove("Condition")),
        2 => statements[at]["Action"] = json!("kms:*"),
        3 => statements[at]["Principal"] = json!("*"),
        4 => statements[at]["Effect"] = json!("Allow"),
        5 => statements[at]["Principal"] = json!({"AWS": "111111111111"}),
        6 => statements[at]["Condition"]["StringEquals"] = json!({"aws:RequestedRegion": "x"}),
        7 => statements[at]["Action"] = json!("kms:GenerateDataKey"),
        _ => {
            if let Some(condition) = statements[at]["Condition"].as_object_mut() {
                let last = condition.keys().next_back().cloned();
                last.map(|operator| condition.remove(&operator));
            }
        }
    }
}

proptest! {
    /// Where nothing is found, nobody without the release's registers decrypts or changes the
    /// policy with one factor, whatever else the request holds.
    #[test]
    fn a_policy_without_findings_opens_nothing(
        edits in prop::collection::vec((0_usize..12, 0_u8..9), 0..5),
        principal in prop::sample::select(vec![
            ENCLAVE, WRITER, ADMINISTRATOR, BREAK_GLASS, "arn:aws:iam::333333333333:role/other"]),
        kept in prop::sample::subsequence(PINNED_PCRS.to_vec(), 0..4),
        region in prop::option::of(Just("x")),
    ) {
        let mut text = data();
        for (at, edit) in edits {
            edited(&mut text, at, edit);
        }
        let policy = Policy::parse(&text.to_string());
        prop_assume!(policy.is_ok());
        let policy = policy.unwrap();
        if !lint(&policy, KeyKind::Data, &[]).is_empty() {
            return Ok(());
        }
        let mut context = Context::default();
        for pcr in kept {
            context.insert_register(pcr, release(0).pcrs()[&pcr].to_string());
        }
        for name in KeyKind::Data.context_names() {
            context.insert(&format!("kms:EncryptionContext:{name}"), "1");
            context.insert("kms:EncryptionContextKeys", *name);
            context.insert("aws:PrincipalTag/tenant", "1");
        }
        if let Some(region) = region {
            context.insert("aws:RequestedRegion", region);
        }
        for action in ["kms:Decrypt", "kms:DeriveSharedSecret", "kms:CreateGrant", CHANGE_POLICY] {
            let decision = policy.decide(&Request {
                principal,
                account: principal.split(':').nth(4).unwrap(),
                action,
                resource: "arn:aws:kms:eu-central-1:222222222222:key/1",
                context: &context,
            });
            prop_assert!(
                matches!(decision, Decision::NotAllowed | Decision::ExplicitDeny),
                "{action} {principal} {text}"
            );
        }
        let mut foreign = Context::default();
        for name in KeyKind::Data.context_names() {
            foreign.insert(&format!("kms:EncryptionContext:{name}"), "1");
            foreign.insert("kms:EncryptionContextKeys", *name);
        }
        foreign.insert("aws:PrincipalTag/tenant", "another");
        let writes = policy.decide(&Request {
            principal,
            account: principal.split(':').nth(4).unwrap(),
            action: "kms:GenerateDataKey",
            resource: "arn:aws:kms:eu-central-1:222222222222:key/1",
            context: &foreign,
        });
        prop_assert!(
            matches!(writes, Decision::NotAllowed | Decision::ExplicitDeny),
            "{principal} writes for another tenant: {text}"
        );
    }
}
