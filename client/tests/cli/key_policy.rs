//! `vouchsafe key-policy` as its users meet it: what is made has no weakness, what is weakened is
//! named, and what a policy answers is explained.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use super::{failure, stdout, vouchsafe_in};

const ENCLAVE: &str = "arn:aws:iam::111111111111:role/parent";
const WRITER: &str = "arn:aws:iam::111111111111:role/writer";
const ADMINISTRATOR: &str = "arn:aws:iam::222222222222:role/administrator";
const BREAK_GLASS: &str = "arn:aws:iam::222222222222:role/break-glass";

/// A folder with the measurements of two releases.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, image) in [("old.json", "ab"), ("new.json", "cd")] {
        let image = image.repeat(48);
        let measured = json!({"pcrs": {
            "0": image, "1": "1".repeat(96), "2": "2".repeat(96), "16": "a".repeat(96)}});
        fs::write(folder.path().join(name), measured.to_string()).unwrap();
    }
    folder
}

fn key_policy(folder: &Path, args: &[&str]) -> Output {
    vouchsafe_in(folder, &[&["key-policy"], args].concat())
}

fn generate(folder: &Path, kind: &str, more: &[&str]) -> Output {
    let roles = [
        "--enclave-role",
        ENCLAVE,
        "--writer-role",
        WRITER,
        "--admin-role",
        ADMINISTRATOR,
        "--break-glass-role",
        BREAK_GLASS,
    ];
    key_policy(
        folder,
        &[&["generate", "--kind", kind], &roles[..], more].concat(),
    )
}

/// Exit status and standard output as JSON.
fn answer(output: &Output) -> (i32, Value) {
    let status = output.status.code().unwrap();
    (status, serde_json::from_str(stdout(output)).unwrap())
}

#[test]
fn what_is_generated_has_no_weakness_and_admits_the_releases_given() {
    let folder = folder();
    let both = ["--measurements", "old.json", "--measurements", "new.json"];
    for kind in ["data", "root"] {
        let out = ["-o", "policy.json"];
        let made = generate(folder.path(), kind, &[&both[..], &out].concat());
        assert_eq!(made.status.code(), Some(0), "{made:?}");
        let lint = ["lint", "policy.json", "--kind", kind, "--json"];
        let clean = key_policy(folder.path(), &[&lint[..], &both].concat());
        assert_eq!(answer(&clean), (0, json!({"findings": []})));
        let one = key_policy(folder.path(), &[&lint[..], &both[..2]].concat());
        let (status, found) = answer(&one);
        assert_eq!(
            (status, &found["findings"][0]["code"]),
            (1, &json!("release_unknown"))
        );
    }
}

#[test]
fn without_a_file_the_policy_goes_to_standard_output() {
    let folder = folder();
    let made = generate(folder.path(), "data", &["--measurements", "old.json"]);
    let (status, policy) = answer(&made);
    assert_eq!((status, &policy["Version"]), (0, &json!("2012-10-17")));
}

#[test]
fn a_weakness_is_told_with_its_statement_and_reason() {
    let folder = folder();
    let (_, mut policy) = answer(&generate(
        folder.path(),
        "data",
        &["--measurements", "old.json"],
    ));
    policy["Statement"][1]
        .as_object_mut()
        .unwrap()
        .remove("Condition");
    fs::write(folder.path().join("weak.json"), policy.to_string()).unwrap();
    let found = key_policy(folder.path(), &["lint", "weak.json", "--kind", "data"]);
    assert_eq!(found.status.code(), Some(1));
    assert_eq!(
        stdout(&found),
        format!(
            "statement 2 (ChangePolicyInEmergency): {BREAK_GLASS} may change the policy without a \
             second factor [policy_change]\n"
        )
    );
}

#[test]
fn the_key_itself_is_looked_at_by_its_description() {
    let folder = folder();
    generate(
        folder.path(),
        "data",
        &["--measurements", "old.json", "-o", "policy.json"],
    );
    let described = json!({"KeyMetadata": {
        "MultiRegion": true, "Origin": "EXTERNAL", "KeySpec": "SYMMETRIC_DEFAULT",
        "KeyUsage": "ENCRYPT_DECRYPT", "KeyManager": "CUSTOMER"}});
    fs::write(folder.path().join("key.json"), described.to_string()).unwrap();
    let lint = [
        "lint",
        "policy.json",
        "--kind",
        "data",
        "--json",
        "--describe-key",
    ];
    let (status, found) = answer(&key_policy(
        folder.path(),
        &[&lint[..], &["key.json"]].concat(),
    ));
    let codes: Vec<&Value> = found["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["code"])
        .collect();
    assert_eq!(
        (status, codes),
        (1, vec![&json!("multi_region"), &json!("key_origin")])
    );
    let no_answer = key_policy(folder.path(), &[&lint[..], &["policy.json"]].concat());
    assert_eq!(failure(&no_answer), (2, "describe_key".into()));
}

#[test]
fn a_request_is_answered_as_kms_would_and_each_statement_says_why() {
    let folder = folder();
    generate(
        folder.path(),
        "data",
        &["--measurements", "old.json", "-o", "policy.json"],
    );
    let asks = |principal: &str, action: &str, more: &[&str]| {
        let request = [
            "simulate",
            "policy.json",
            "--principal",
            principal,
            "--action",
            action,
        ];
        key_policy(folder.path(), &[&request[..], more].concat())
    };
    let context = [
        "--context",
        "vouchsafe=1",
        "--context",
        "tenant=acme",
        "--context",
        "dataset=d",
        "--context",
        "epoch=1",
    ];
    let decide = |principal: &str, action: &str, more: &[&str]| {
        let all = [&context[..], more, &["--json"]].concat();
        let (status, result) = answer(&asks(principal, action, &all));
        (status, result["decision"].as_str().unwrap().to_owned())
    };
    let attested = ["--measurements", "old.json"];
    assert_eq!(
        decide(ENCLAVE, "kms:Decrypt", &attested),
        (0, "allowed".into())
    );
    assert_eq!(decide(ENCLAVE, "kms:Decrypt", &[]), (1, "denied".into()));
    let other = ["--measurements", "new.json"];
    assert_eq!(decide(ENCLAVE, "kms:Decrypt", &other), (1, "denied".into()));
    let zero = format!("0={}", "0".repeat(96));
    let debug = [&attested[..], &["--pcr", &zero]].concat();
    assert_eq!(decide(ENCLAVE, "kms:Decrypt", &debug), (1, "denied".into()));
    let own = ["--tag", "tenant=acme"];
    assert_eq!(
        decide(WRITER, "kms:GenerateDataKey", &own),
        (0, "allowed".into())
    );
    let foreign = ["--tag", "tenant=globex"];
    assert_eq!(
        decide(WRITER, "kms:GenerateDataKey", &foreign),
        (1, "not_allowed".into())
    );
    assert_eq!(
        decide(BREAK_GLASS, "kms:PutKeyPolicy", &["--mfa"]),
        (0, "allowed".into())
    );

    let told = asks(ENCLAVE, "kms:GenerateDataKey", &attested);
    assert_eq!(told.status.code(), Some(1));
    let lines: Vec<&str> = stdout(&told).lines().collect();
    assert_eq!(lines[0], "not allowed: no Allow statement applies");
    let use_line =
        "  3 Allow UseWhenAttested1         Null kms:EncryptionContext:dataset does not hold";
    assert_eq!(lines[3], use_line);
    assert_eq!(
        lines[4],
        "  4 Allow WriteForOwnTenant        names other principals"
    );
}

#[test]
fn what_no_policy_is_made_of_is_named() {
    let folder = folder();
    let zero = json!({"pcrs": {"0": "0".repeat(96), "1": "1".repeat(96), "2": "2".repeat(96), "16": "a".repeat(96)}});
    fs::write(folder.path().join("zero.json"), zero.to_string()).unwrap();
    let zero = generate(
        folder.path(),
        "data",
        &["--measurements", "zero.json", "--json"],
    );
    assert_eq!(failure(&zero), (2, "measurement_zero".into()));
    let twice = [
        "--measurements",
        "old.json",
        "--writer-role",
        ADMINISTRATOR,
        "--json",
    ];
    assert_eq!(
        failure(&generate(folder.path(), "data", &twice)),
        (2, "role_twice".into())
    );
    fs::write(
        folder.path().join("inverted.json"),
        r#"{"Version":"2012-10-17","Statement":[{"Effect":
        "Allow","NotPrincipal":{"AWS":"111111111111"},"Action":"kms:*","Resource":"*"}]}"#,
    )
    .unwrap();
    let inverted = key_policy(
        folder.path(),
        &["lint", "inverted.json", "--kind", "data", "--json"],
    );
    assert_eq!(failure(&inverted), (1, "policy_grammar".into()));
}

#[test]
fn a_request_that_kms_could_not_get_is_not_answered() {
    let folder = folder();
    let out = ["--measurements", "old.json", "-o", "policy.json"];
    generate(folder.path(), "data", &out);
    let asks = |principal: &str, action: &str, more: &[&str]| {
        let request = [
            "simulate",
            "policy.json",
            "--principal",
            principal,
            "--action",
            action,
        ];
        let output = key_policy(folder.path(), &[&request[..], more].concat());
        output.status.code()
    };
    let session = "arn:aws:sts::111111111111:assumed-role/parent/session";
    for principal in [session, "111111111111", "*", "parent"] {
        assert_eq!(asks(principal, "kms:Decrypt", &[]), Some(2), "{principal}");
    }
    for action in ["Decrypt", "kms:Decript", "kms:*", "kms:ReEncrypt"] {
        assert_eq!(asks(ENCLAVE, action, &[]), Some(2), "{action}");
    }
    for name in ["--context", "--tag"] {
        let twice = [name, "tenant=acme", name, "Tenant=globex"];
        assert_eq!(asks(ENCLAVE, "kms:Decrypt", &twice), Some(2), "{name}");
    }
    assert_eq!(
        asks(ENCLAVE, "KMS:decrypt", &["--context", "tenant=acme"]),
        Some(1)
    );
}

#[test]
fn what_kms_always_knows_of_a_request_is_known() {
    let folder = folder();
    let key = "arn:aws:kms:eu-central-1:222222222222:key/1";
    let decide = |resource: &str, condition: Value, principal: &str, more: &[&str]| {
        let policy = json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Principal": "*", "Action": "kms:DescribeKey",
            "Resource": resource, "Condition": condition}});
        fs::write(folder.path().join("policy.json"), policy.to_string()).unwrap();
        let request = [
            "simulate",
            "policy.json",
            "--principal",
            principal,
            "--action",
            "kms:DescribeKey",
        ];
        key_policy(folder.path(), &[&request[..], more].concat())
            .status
            .code()
    };
    let user = "arn:aws:iam::111111111111:user/somebody";
    for condition in ["kms:CallerAccount", "aws:PrincipalAccount"] {
        let foreign = json!({"StringNotEquals": {condition: "111111111111"}});
        assert_eq!(decide("*", foreign, ENCLAVE, &[]), Some(1), "{condition}");
    }
    let elsewhere = json!({"StringNotEquals": {"aws:RequestedRegion": "eu-central-1"}});
    assert_eq!(decide("*", elsewhere, ENCLAVE, &["--key", key]), Some(1));
    let one_factor = json!({"Bool": {"aws:MultiFactorAuthPresent": "false"}});
    assert_eq!(decide("*", one_factor.clone(), ENCLAVE, &[]), Some(0));
    assert_eq!(
        decide("*", one_factor.clone(), ENCLAVE, &["--mfa"]),
        Some(1)
    );
    assert_eq!(decide("*", one_factor, user, &[]), Some(1));
    // Which key is asked for must be said where the policy makes a difference.
    assert_eq!(decide(key, json!({}), ENCLAVE, &[]), Some(2));
    assert_eq!(decide(key, json!({}), ENCLAVE, &["--key", key]), Some(0));
}

#[test]
fn a_policy_writes_nothing_to_the_terminal_but_printable_text() {
    let folder = folder();
    let (_, policy) = answer(&generate(
        folder.path(),
        "data",
        &["--measurements", "old.json"],
    ));
    let lint = ["lint", "hostile.json", "--kind", "data", "--json"];
    let mut by_sid = policy.clone();
    by_sid["Statement"][0]["Sid"] = json!("\u{1b}[2Jno weakness found");
    let mut by_key = policy.clone();
    by_key["Statement"][0]["Condition"] =
        json!({"StringEquals": {"kms:EncryptionContext:\u{1b}[2J": "1"}});
    for (hostile, code) in [(by_sid, "policy_grammar"), (by_key, "policy_condition_key")] {
        fs::write(folder.path().join("hostile.json"), hostile.to_string()).unwrap();
        let refused = key_policy(folder.path(), &lint);
        assert_eq!(failure(&refused), (1, code.into()));
    }
    let not_utf8 = [policy.to_string().as_bytes(), b"\xff"].concat();
    fs::write(folder.path().join("hostile.json"), not_utf8).unwrap();
    let refused = key_policy(folder.path(), &lint);
    assert_eq!(failure(&refused), (1, "policy_grammar".into()));
}
