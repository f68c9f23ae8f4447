//! Policies as AWS evaluates them, and the two properties that everything rests on.

#![allow(clippy::unwrap_used, reason = "a test may stop at what cannot fail")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const ROLE: &str = "arn:aws:iam::111111111111:role/app";
const KEY: &str = "arn:aws:kms:eu-central-1:222222222222:key/11111111-2222-4333-8444-555555555555";

fn statement(effect: &str, condition: &Value) -> Value {
    json!({"Effect": effect, "Principal": {"AWS": ROLE}, "Action": "kms:Decrypt",
           "Resource": "*", "Condition": condition})
}

fn policy(statements: &[Value]) -> Policy {
    let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    Policy::parse(&text).unwrap()
}

fn decide(policy: &Policy, context: &[(&str, &str)]) -> Decision {
    let mut known = Context::default();
    for (key, value) in context {
        known.insert(key, *value);
    }
    policy.decide(&Request {
        principal: ROLE,
        account: "111111111111",
        action: "kms:Decrypt",
        resource: KEY,
        context: &known,
    })
}

fn allowed_when(condition: &Value, context: &[(&str, &str)]) -> bool {
    decide(&policy(&[statement("Allow", condition)]), context) == Decision::Allow
}

fn fault(document: &Value) -> PolicyFault {
    Policy::parse(&document.to_string()).unwrap_err().fault
}

#[test]
fn principals_are_named_by_arn_by_account_or_as_everyone() {
    let with = |principal: Value| {
        let mut one = statement("Allow", &json!({}));
        one["Principal"] = principal;
        decide(&policy(&[one]), &[])
    };
    assert_eq!(with(json!({"AWS": ROLE})), Decision::Allow);
    assert_eq!(with(json!("*")), Decision::Allow);
    assert_eq!(with(json!({"AWS": ["*"]})), Decision::Allow);
    assert_eq!(with(json!({"AWS": "111111111111"})), Decision::AllowAccount);
    assert_eq!(
        with(json!({"AWS": "arn:aws:iam::111111111111:root"})),
        Decision::AllowAccount
    );
    assert_eq!(
        with(json!({"AWS": "arn:aws:iam::222222222222:root"})),
        Decision::NotAllowed
    );
    assert_eq!(
        with(json!({"AWS": format!("{ROLE}2")})),
        Decision::NotAllowed
    );
}

#[test]
fn actions_and_resources_take_wildcards() {
    let with = |action: Value, resource: &str| {
        let mut one = statement("Allow", &json!({}));
        one["Action"] = action;
        one["Resource"] = json!(resource);
        decide(&policy(&[one]), &[]) == Decision::Allow
    };
    assert!(with(json!("kms:*"), "*"));
    assert!(with(json!("*"), KEY));
    assert!(with(
        json!(["kms:Encrypt", "KMS:decrypt"]),
        "arn:aws:kms:*:222222222222:key/*"
    ));
    assert!(!with(json!("kms:Encrypt"), "*"));
    assert!(!with(json!("kms:*"), "arn:aws:kms:*:333333333333:key/*"));
}

#[test]
fn an_explicit_deny_wins_wherever_it_stands() {
    let (allow, deny) = (
        statement("Allow", &json!({})),
        statement("Deny", &json!({})),
    );
    assert_eq!(
        decide(&policy(&[allow.clone(), deny.clone()]), &[]),
        Decision::ExplicitDeny
    );
    assert_eq!(decide(&policy(&[deny, allow]), &[]), Decision::ExplicitDeny);
}

#[test]
fn keys_are_anded_and_values_are_ored() {
    let condition = json!({"StringEquals": {
        "kms:EncryptionContext:a": ["1", "2"], "kms:EncryptionContext:b": "3"}});
    assert!(allowed_when(
        &condition,
        &[
            ("kms:EncryptionContext:a", "2"),
            ("kms:EncryptionContext:b", "3")
        ]
    ));
    assert!(!allowed_when(
        &condition,
        &[("kms:EncryptionContext:a", "1")]
    ));
    assert!(!allowed_when(
        &condition,
        &[
            ("kms:EncryptionContext:a", "4"),
            ("kms:EncryptionContext:b", "3")
        ]
    ));
}

#[test]
fn string_operators_differ_in_case_and_wildcards() {
    let key = "kms:EncryptionContext:a";
    for (operator, wanted, found, expected) in [
        ("StringEquals", "Acme", "Acme", true),
        ("StringEquals", "Acme", "acme", false),
        ("StringEquals", "A*", "Acme", false),
        ("StringEqualsIgnoreCase", "ACME", "acme", true),
        ("StringNotEqualsIgnoreCase", "ACME", "acme", false),
        ("StringLike", "A*e", "Acme", true),
        ("StringLike", "a*e", "Acme", false),
        ("StringNotLike", "A*e", "Acme", false),
        ("StringNotEquals", "Acme", "other", true),
    ] {
        let condition = json!({operator: {key: wanted}});
        assert_eq!(
            allowed_when(&condition, &[(key, found)]),
            expected,
            "{operator} {wanted}"
        );
    }
}

#[test]
fn a_negated_operator_holds_for_an_absent_key_and_a_plain_one_does_not() {
    for operator in [
        "StringNotEquals",
        "StringNotEqualsIgnoreCase",
        "StringNotLike",
    ] {
        assert!(allowed_when(
            &json!({operator: {"kms:RecipientAttestation:PCR0": "x"}}),
            &[]
        ));
    }
    for operator in ["StringEquals", "StringEqualsIgnoreCase", "StringLike"] {
        assert!(!allowed_when(
            &json!({operator: {"kms:RecipientAttestation:PCR0": "x"}}),
            &[]
        ));
    }
}

#[test]
fn set_operators_look_at_every_value() {
    let names = |context: &[&str]| -> Vec<(&'static str, String)> {
        context
            .iter()
            .map(|name| ("kms:EncryptionContextKeys", (*name).to_owned()))
            .collect()
    };
    let check = |operator: &str, present: &[&str]| {
        let condition = json!({operator: {"kms:EncryptionContextKeys": ["a", "b"]}});
        let owned = names(present);
        let context: Vec<(&str, &str)> = owned.iter().map(|(k, v)| (*k, v.as_str())).collect();
        allowed_when(&condition, &context)
    };
    for (operator, present, expected) in [
        ("ForAllValues:StringEquals", &[][..], true),
        ("ForAllValues:StringEquals", &["a"], true),
        ("ForAllValues:StringEquals", &["a", "c"], false),
        ("ForAnyValue:StringEquals", &[], false),
        ("ForAnyValue:StringEquals", &["c", "b"], true),
        ("ForAnyValue:StringEquals", &["c"], false),
        ("ForAllValues:StringNotEquals", &["c", "d"], true),
        ("ForAllValues:StringNotEquals", &["c", "a"], false),
        ("ForAnyValue:StringNotEquals", &["a", "c"], true),
        ("ForAnyValue:StringNotEquals", &[], false),
    ] {
        assert_eq!(check(operator, present), expected, "{operator} {present:?}");
    }
}

#[test]
fn null_and_bool_look_at_presence_and_truth() {
    let null = |value: Value| json!({"Null": {"kms:EncryptionContext:a": value}});
    let present = [("kms:EncryptionContext:a", "")];
    assert!(allowed_when(&null(json!("true")), &[]));
    assert!(!allowed_when(&null(json!(true)), &present));
    assert!(allowed_when(&null(json!(false)), &present));
    assert!(!allowed_when(&null(json!("false")), &[]));

    let mfa = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    assert!(allowed_when(
        &mfa,
        &[("aws:MultiFactorAuthPresent", "true")]
    ));
    assert!(!allowed_when(
        &mfa,
        &[("aws:MultiFactorAuthPresent", "false")]
    ));
    assert!(!allowed_when(&mfa, &[]));
}

#[test]
fn an_operator_with_if_exists_holds_for_an_absent_key_and_else_as_without() {
    let key = "kms:EncryptionContext:a";
    let equals = json!({"StringEqualsIfExists": {key: "1"}});
    assert!(allowed_when(&equals, &[]));
    assert!(allowed_when(&equals, &[(key, "1")]));
    assert!(!allowed_when(&equals, &[(key, "2")]));
    let mfa = json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}});
    assert!(allowed_when(&mfa, &[]));
    assert!(!allowed_when(
        &mfa,
        &[("aws:MultiFactorAuthPresent", "false")]
    ));
}

#[test]
fn a_fault_names_its_statement() {
    let (good, mut bad) = (
        statement("Allow", &json!({})),
        statement("Deny", &json!({})),
    );
    bad["Action"] = json!("s3:GetObject");
    let text = json!({"Version": "2012-10-17", "Statement": [good, bad]}).to_string();
    let error = Policy::parse(&text).unwrap_err();
    assert_eq!(
        (error.fault, error.statement),
        (PolicyFault::Action, Some(2))
    );
    let said = "statement 2: a statement names an action that is not one of KMS";
    assert_eq!(error.to_string(), said);
}

#[test]
fn a_statement_that_does_not_apply_says_by_which_part() {
    let one = policy(&[statement(
        "Allow",
        &json!({"Bool": {"aws:SecureTransport": "true"}, "Null": {"aws:SourceVpce": "false"}}),
    )]);
    let mut context = Context::default();
    context.insert("aws:SecureTransport", "true");
    let request = Request {
        principal: ROLE,
        account: "111111111111",
        action: "kms:Decrypt",
        resource: KEY,
        context: &context,
    };
    let applies = |request: &Request<'_>| one.statements()[0].applies(request);
    assert_eq!(applies(&request), Err(Mismatch::Condition(1)));
    let written = one.statements()[0].conditions()[1].written();
    assert_eq!(written, ("Null", "aws:SourceVpce"));
    let other = "arn:aws:iam::111111111111:role/other";
    let by_principal = Request {
        principal: other,
        ..request
    };
    assert_eq!(applies(&by_principal), Err(Mismatch::Principal));
    let by_action = Request {
        action: "kms:Encrypt",
        ..request
    };
    assert_eq!(applies(&by_action), Err(Mismatch::Action));
    let mut whole = context.clone();
    whole.insert("aws:SourceVpce", "vpce-1");
    let complete = Request {
        context: &whole,
        ..request
    };
    assert_eq!(applies(&complete), Ok(Named::Caller));
}

#[test]
fn roles_of_every_partition_are_principals() {
    for partition in ["aws", "aws-us-gov", "aws-cn"] {
        let mut one = statement("Allow", &json!({}));
        one["Principal"] = json!({"AWS": format!("arn:{partition}:iam::111111111111:role/app")});
        policy(&[one]);
    }
}

#[test]
fn a_caller_is_a_role_a_user_or_the_root_user_of_an_account() {
    for who in ["role/app", "role/path/app", "user/somebody@example", "root"] {
        let arn = format!("arn:aws:iam::111111111111:{who}");
        assert_eq!(account_of(&arn), Some("111111111111"), "{who}");
    }
    for text in [
        "",
        "*",
        "111111111111",
        "arn:aws:iam::111111111111:group/a",
        "arn:aws:sts::111111111111:assumed-role/app/session",
    ] {
        assert_eq!(account_of(text), None, "{text}");
    }
}

#[test]
fn condition_keys_are_found_whatever_their_case() {
    let condition = json!({"StringEquals": {"KMS:encryptioncontext:TENANT": "acme"}});
    assert!(allowed_when(
        &condition,
        &[("kms:EncryptionContext:tenant", "acme")]
    ));
}

#[test]
fn a_tag_pins_the_tenant() {
    let condition = json!({"StringEquals": {
        "kms:EncryptionContext:tenant": "${aws:PrincipalTag/tenant}"}});
    let asks = |tag: &str, tenant: &str| {
        allowed_when(
            &condition,
            &[
                ("aws:PrincipalTag/tenant", tag),
                ("kms:EncryptionContext:tenant", tenant),
            ],
        )
    };
    assert!(asks("acme", "acme"));
    assert!(!asks("acme", "globex"));
    assert!(!asks("*", "globex"));
    assert!(!allowed_when(
        &condition,
        &[("kms:EncryptionContext:tenant", "")]
    ));
    assert!(!allowed_when(
        &condition,
        &[("kms:EncryptionContext:tenant", "${aws:PrincipalTag/tenant}")]
    ));
}

#[test]
fn what_is_not_understood_is_refused_and_never_skipped() {
    let with = |condition: Value| {
        fault(&json!({"Version": "2012-10-17", "Statement": statement("Allow", &condition)}))
    };
    let key = "kms:EncryptionContext:a";
    for operator in [
        "NumericEquals",
        "NullIfExists",
        "IfExists",
        "ArnLike",
        "stringequals",
        "ForSome:StringEquals",
        "ForAllValues:Null",
        "ForAnyValue:Bool",
        "ForAllValues:StringEqualsIfExists",
        "ForAnyValue:StringNotEqualsIfExists",
        "",
    ] {
        assert_eq!(
            with(json!({operator: {key: "x"}})),
            PolicyFault::Operator,
            "{operator}"
        );
    }
    for operator in ["StringEquals", "StringNotLike", "Bool"] {
        let several = json!({operator: {"kms:EncryptionContextKeys": "true"}});
        assert_eq!(with(several), PolicyFault::Operator, "{operator}");
    }
    for unknown in [
        "aws:SourceIp",
        "\u{212a}ms:RecipientAttestation:PCR0",
        "kms:EncryptionContext:\u{1b}[2J",
        "aws:PrincipalTag/\u{202e}",
        "kms:RecipientAttestation:PCR32",
        "kms:RecipientAttestation:PCR01",
        "kms:RecipientAttestation:NitroTPMPCR32",
        "kms:RecipientAttestation",
        "kms:EncryptionContext:",
        "aws:PrincipalTag/",
        "",
        "kms:ViaService",
    ] {
        let condition = json!({"StringEquals": {unknown: "x"}});
        assert_eq!(with(condition), PolicyFault::ConditionKey, "{unknown}");
    }
    for value in [
        "${aws:username}",
        "${aws:PrincipalTag/a",
        "${kms:EncryptionContext:a}",
    ] {
        assert_eq!(
            with(json!({"StringLike": {key: value}})),
            PolicyFault::Variable,
            "{value}"
        );
    }
    assert_eq!(with(json!({"StringEquals": {key: []}})), PolicyFault::Value);
    assert_eq!(with(json!({"Null": {key: "maybe"}})), PolicyFault::Value);
    assert_eq!(
        with(json!({"StringLike": {key: "\0*"}})),
        PolicyFault::Value
    );
    assert_eq!(
        with(json!({"StringEquals": {key: 7}})),
        PolicyFault::Grammar
    );
}

#[test]
fn documents_outside_the_grammar_are_refused() {
    let good = statement("Allow", &json!({}));
    let document = |statement: Value| json!({"Version": "2012-10-17", "Statement": statement});
    let changed = |member: &str, value: Value| {
        let mut one = good.clone();
        one[member] = value;
        fault(&document(one))
    };
    for member in ["NotAction", "NotPrincipal", "NotResource", "Anything"] {
        assert_eq!(
            changed(member, json!("*")),
            PolicyFault::Grammar,
            "{member}"
        );
    }
    assert_eq!(changed("Effect", json!("allow")), PolicyFault::Grammar);
    assert_eq!(changed("Action", json!([])), PolicyFault::Grammar);
    assert_eq!(changed("Resource", json!([])), PolicyFault::Grammar);
    assert_eq!(
        changed("Principal", json!({"Service": "ec2.amazonaws.com"})),
        PolicyFault::Grammar
    );
    for sid in ["\u{1b}[2J", "a\nstatement 2", "\u{202e}"] {
        assert_eq!(changed("Sid", json!(sid)), PolicyFault::Grammar, "{sid:?}");
    }
    assert_eq!(
        changed("Resource", json!(["*", "${aws:PrincipalTag/key}"])),
        PolicyFault::Variable
    );
    for principal in [
        "arn:aws:iam::111111111111:role/*",
        "arn:aws:iam::111111111111:role/${aws:PrincipalTag/a}",
        "arn:aws:iam::111111111111:role/a\u{1b}[2J",
        "arn:aws:iam::111111111111:user/a:role/b",
        "arn:aws:iam::1:role/a",
        "arn:aws:iam::111111111111:role/",
        "arn:aws:sts::111111111111:assumed-role/a/b",
        "someone",
        "",
    ] {
        assert_eq!(
            changed("Principal", json!({"AWS": principal})),
            PolicyFault::Principal,
            "{principal}"
        );
    }
    assert_eq!(
        changed("Principal", json!("someone")),
        PolicyFault::Principal
    );
    for action in [
        "s3:GetObject",
        "kms:",
        "Decrypt",
        "kms:${a}",
        "kms:Re\u{212a}",
        "",
    ] {
        assert_eq!(
            changed("Action", json!(action)),
            PolicyFault::Action,
            "{action}"
        );
    }
    assert_eq!(fault(&document(json!([]))), PolicyFault::NoStatement);
    assert_eq!(
        fault(&json!({"Version": "2008-10-17", "Statement": good})),
        PolicyFault::Version
    );
    assert_eq!(Policy::parse("").unwrap_err(), PolicyFault::Grammar.into());
    let huge =
        json!({"Version": "2012-10-17", "Id": "x".repeat(MAX_POLICY_BYTES), "Statement": good});
    assert_eq!(fault(&huge), PolicyFault::Grammar);
}

#[test]
fn a_member_that_occurs_twice_is_refused() {
    for condition in [
        r#"{"StringEquals":{"aws:PrincipalArn":"a"},"StringEquals":{}}"#,
        r#"{"StringEquals":{"aws:PrincipalArn":"a","aws:PrincipalArn":"b"}}"#,
    ] {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":"*",
            "Action":"kms:*","Resource":"*","Condition":{condition}}}}}"#
        );
        assert_eq!(
            Policy::parse(&text),
            Err(PolicyFault::Grammar.into()),
            "{condition}"
        );
    }
}

#[test]
fn an_array_does_not_pass_for_a_statement_or_a_policy() {
    let statement = json!(["sid", "Allow", "*", "kms:*", "*", {}]);
    let document = json!({"Version": "2012-10-17", "Statement": [statement]});
    assert_eq!(fault(&document), PolicyFault::Grammar);
    let document = json!(["2012-10-17", null, self::statement("Allow", &json!({}))]);
    assert_eq!(fault(&document), PolicyFault::Grammar);
}

#[test]
fn a_cut_policy_is_a_fault_at_every_length() {
    let text = json!({"Version": "2012-10-17", "Statement": [
        statement("Deny", &json!({"StringNotLike": {"aws:PrincipalTag/a": ["x", "y"]}}))]})
    .to_string();
    for length in 0..text.len() {
        let cut = Policy::parse(&text[..length]);
        assert_eq!(cut, Err(PolicyFault::Grammar.into()));
    }
    assert!(Policy::parse(&text).is_ok());
}

fn any_condition() -> impl Strategy<Value = Value> {
    let operator = prop::sample::select(vec![
        "StringEquals",
        "StringNotEquals",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        "StringLike",
        "StringNotLike",
        "ForAllValues:StringEquals",
        "ForAnyValue:StringNotLike",
    ]);
    let key = prop::sample::select(vec![
        "kms:RecipientAttestation:PCR0",
        "kms:EncryptionContext:tenant",
        "kms:EncryptionContextKeys",
        "aws:PrincipalTag/tenant",
    ]);
    let value = prop::sample::select(vec!["a", "A", "*", "", "${aws:PrincipalTag/tenant}"]);
    (operator, key, prop::collection::vec(value, 1..3)).prop_map(|(operator, key, values)| {
        // Several values are compared by a set operator only.
        let by_set = operator.contains(':') || key != "kms:EncryptionContextKeys";
        let operator = if by_set {
            operator
        } else {
            "ForAnyValue:StringLike"
        };
        json!({operator: {key: values}})
    })
}

fn any_statement(effect: &'static str) -> impl Strategy<Value = Value> {
    let principal = prop::sample::select(vec![
        json!("*"),
        json!({"AWS": ROLE}),
        json!({"AWS": "111111111111"}),
        json!({"AWS": "arn:aws:iam::222222222222:root"}),
    ]);
    let action = prop::sample::select(vec!["kms:*", "*", "kms:Decrypt", "kms:De*", "kms:Encrypt"]);
    let condition = prop_oneof![Just(json!({})), any_condition()];
    (principal, action, condition).prop_map(move |(principal, action, condition)| {
        json!({"Effect": effect, "Principal": principal, "Action": action, "Resource": "*",
               "Condition": condition})
    })
}

fn any_context() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    let key = prop::sample::select(vec![
        "kms:RecipientAttestation:PCR0",
        "kms:EncryptionContext:tenant",
        "kms:EncryptionContextKeys",
        "aws:PrincipalTag/tenant",
    ]);
    let value = prop::sample::select(vec!["a", "A", "b", "", "*"]);
    prop::collection::vec((key, value), 0..5)
}

proptest! {
    #[test]
    fn without_an_allow_nothing_is_allowed(
        statements in prop::collection::vec(any_statement("Deny"), 1..6),
        context in any_context(),
    ) {
        let decision = decide(&policy(&statements), &context);
        prop_assert!(matches!(decision, Decision::NotAllowed | Decision::ExplicitDeny));
    }

    #[test]
    fn a_deny_that_applies_wins_over_any_allow(
        mut statements in prop::collection::vec(any_statement("Allow"), 0..6),
        deny in any_statement("Deny"),
        at in 0_usize..6,
        context in any_context(),
    ) {
        let applies = decide(&policy(std::slice::from_ref(&deny)), &context)
            == Decision::ExplicitDeny;
        let before = (!statements.is_empty()).then(|| decide(&policy(&statements), &context));
        statements.insert(at.min(statements.len()), deny);
        let after = decide(&policy(&statements), &context);
        if applies {
            prop_assert_eq!(after, Decision::ExplicitDeny);
        } else {
            prop_assert_eq!(after, before.unwrap_or(Decision::NotAllowed));
        }
    }

    #[test]
    fn the_order_of_statements_does_not_matter(
        mut statements in prop::collection::vec(
            prop_oneof![any_statement("Allow"), any_statement("Deny")], 1..6),
        context in any_context(),
    ) {
        let decision = decide(&policy(&statements), &context);
        statements.reverse();
        prop_assert_eq!(decide(&policy(&statements), &context), decision);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,300}") {
        let _ = Policy::parse(&text);
    }
}
