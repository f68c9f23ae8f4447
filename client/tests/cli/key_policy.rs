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
