//! Every shared attestation document, through the real binary.
//!
//! The vectors are not part of the project. Where their folder is absent the tests skip and say so;
//! `VOUCHSAFE_VECTORS` names it, else `../../shared/vectors` beside the workspace is tried.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

/// The folder `name` of the vectors, or `None` when there are none here.
fn vectors(name: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors");
    let folder = std::env::var_os("VOUCHSAFE_VECTORS")
        .map_or(beside, PathBuf::from)
        .join(name);
    if folder.join("index.json").exists() {
        Some(folder)
    } else {
        eprintln!("skipped: no attestation vectors at {}", folder.display());
        None
    }
}

fn index(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("index.json")).unwrap()).unwrap()
}

/// What `vouchsafe evidence verify --json` says: exit status and answer.
fn verify(document: &Path, root: &str, at: &str, more: &[&str]) -> (i32, Value) {
    let output = Command::new(env!("CARGO_BIN_EXE_vouchsafe"))
        .args(["evidence", "verify"])
        .arg(document)
        .args(["--root", root, "--at", at, "--json"])
        .args(more)
        .output()
        .unwrap();
    let answer = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code().unwrap(), answer)
}

#[test]
fn every_document_made_to_deceive_gets_the_decision_of_its_index() {
    let Some(folder) = vectors("attestation-negative") else {
        return;
    };
    let index = index(&folder);
    let scratch = tempfile::tempdir().unwrap();
    let root = folder.join(index["root_der_file"].as_str().unwrap());
    let mut decided = 0;
    for case in index["cases"].as_array().unwrap() {
        let mut expected = index["expected"].clone();
        for (name, value) in case["expectation_overrides"].as_object().unwrap() {
            expected[name] = value.clone();
        }
        let file = scratch.path().join("expected.json");
        fs::write(&file, expected.to_string()).unwrap();
        let document = folder.join(case["file"].as_str().unwrap());
        let more = ["--expect", file.to_str().unwrap()];
        let at = index["now"].as_str().unwrap();
        let (status, answer) = verify(&document, root.to_str().unwrap(), at, &more);
        let wanted = if case["expect"] == "accept" {
            (0, "verified")
        } else {
            (1, "refused")
        };
        let got = (status, answer["verdict"].as_str().unwrap_or_default());
        assert_eq!(
            got, wanted,
            "{}: {} ({})",
            case["id"], case["why"], answer["code"]
        );
        assert_eq!(answer["code"].is_string(), status == 1, "{}", case["id"]);
        decided += 1;
    }
    assert_eq!(decided, 82);
}

#[test]
fn every_real_document_verifies_at_its_own_time_and_debug_ones_only_when_allowed() {
    let Some(folder) = vectors("attestation") else {
        return;
    };
    let mut verified = 0;
    for case in index(&folder).as_array().unwrap() {
        let document = folder.join(case["file"].as_str().unwrap());
        let at = case["verify_at"].as_str().unwrap();
        let (status, answer) = verify(&document, "aws", at, &[]);
        if case["debug"] == true {
            assert_eq!(
                (status, &answer["code"]),
                (1, &json!("debug_mode")),
                "{}",
                case["file"]
            );
        } else {
            assert_eq!(status, 0, "{}: {answer}", case["file"]);
        }
        let (status, answer) = verify(&document, "aws", at, &["--allow-debug"]);
        assert_eq!(status, 0, "{}: {answer}", case["file"]);
        assert_eq!(answer["debug"], case["debug"]);
        assert_eq!(answer["module_id"], case["module_id"]);
        assert_eq!(answer["timestamp_ms"], case["timestamp"]);
        assert_eq!(answer["compared"], json!([]));
        for (index, value) in case["nonzero_pcrs"].as_object().unwrap() {
            assert_eq!(&answer["pcrs"][index], value, "{} PCR{index}", case["file"]);
        }
        verified += 1;
    }
    assert_eq!(verified, 14);
}

#[test]
fn a_real_document_does_not_verify_a_day_later_or_under_another_root() {
    let Some(folder) = vectors("attestation") else {
        return;
    };
    let cases = index(&folder);
    let case = &cases[0];
    let document = folder.join(case["file"].as_str().unwrap());
    let (status, answer) = verify(&document, "aws", "2021-03-18T22:01:57Z", &[]);
    assert_eq!(
        (status, &answer["code"]),
        (1, &json!("certificate_expired"))
    );
    let Some(others) = vectors("attestation-negative") else {
        return;
    };
    let root = others.join("mock-root.der");
    let at = case["verify_at"].as_str().unwrap();
    let (status, answer) = verify(&document, root.to_str().unwrap(), at, &[]);
    assert_eq!((status, &answer["code"]), (1, &json!("root_not_pinned")));
}
