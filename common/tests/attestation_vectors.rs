//! Agreement with the published attestation vectors: real documents, and documents made to be
//! refused. The folder is not part of the project; without it these tests say so and pass.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use vouchsafe_common::UnixMillis;
use vouchsafe_common::attestation::{
    AttestationError, Compare, Expected, Pcr, RootFingerprint, inspect,
};

/// The folder named, or None after saying why nothing was tested.
fn folder(name: &str) -> Option<PathBuf> {
    let vectors = std::env::var_os("VOUCHSAFE_VECTORS").map_or_else(
        || concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/vectors").into(),
        PathBuf::from,
    );
    let folder = vectors.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no {}; set VOUCHSAFE_VECTORS", folder.display());
    None
}

fn unhex(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

#[derive(Deserialize)]
struct Real {
    file: String,
    verdict: String,
    timestamp: u64,
    module_id: String,
    debug: bool,
    nonzero_pcrs: BTreeMap<u8, Pcr>,
    pcr_indexes: Vec<u8>,
}

#[test]
fn real_documents_verify_at_their_time_and_debug_ones_only_when_allowed() {
    let Some(folder) = folder("attestation") else {
        return;
    };
    let index = fs::read(folder.join("index.json")).unwrap();
    let cases: Vec<Real> = serde_json::from_slice(&index).unwrap();
    let root = RootFingerprint::of_der(&fs::read(folder.join("aws-nitro-root-g1.der")).unwrap());
    assert_eq!(root, RootFingerprint::AWS_NITRO_G1);
    for case in &cases {
        assert_eq!(case.verdict, "VALID");
        let document = fs::read(folder.join(&case.file)).unwrap();
        // `verify_at` of the index is two seconds after the timestamp in every case.
        let at = UnixMillis(case.timestamp + 2_000);
        let look = |allow_debug| inspect(&document, &root, at, &Expected::default(), allow_debug);
        let found = look(true).unwrap_or_else(|error| panic!("{}: {error}", case.file));
        assert_eq!(found.debug, case.debug, "{}", case.file);
        assert_eq!(found.document.module_id, case.module_id);
        assert_eq!(found.document.timestamp, UnixMillis(case.timestamp));
        assert_eq!(
            found.document.pcrs.keys().copied().collect::<Vec<_>>(),
            case.pcr_indexes
        );
        let nonzero = found
            .document
            .pcrs
            .into_iter()
            .filter(|(_, pcr)| !pcr.is_zero());
        assert_eq!(nonzero.collect::<BTreeMap<_, _>>(), case.nonzero_pcrs);
        match look(false) {
            Ok(_) => assert!(!case.debug, "{}", case.file),
            Err(error) => assert_eq!((case.debug, error), (true, AttestationError::DebugMode)),
        }
    }
    println!("{} real documents", cases.len());
    assert!(cases.len() >= 14);
}

#[derive(Deserialize)]
struct Negative {
    now_ms: u64,
    root_sha256: String,
    expected: serde_json::Map<String, serde_json::Value>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    file: String,
    expect: String,
    why: String,
    expectation_overrides: serde_json::Map<String, serde_json::Value>,
}

fn expected(members: &serde_json::Map<String, serde_json::Value>) -> Expected {
    let compare = |name: &str| match &members[name] {
        serde_json::Value::Null => Compare::Absent,
        value => Compare::Equal(unhex(value.as_str().unwrap())),
    };
    let pcrs: BTreeMap<String, Pcr> = serde_json::from_value(members["pcrs"].clone()).unwrap();
    Expected {
        pcrs: pcrs
            .into_iter()
            .map(|(index, pcr)| (index.parse().unwrap(), pcr))
            .collect(),
        nonce: compare("nonce"),
        user_data: compare("user_data"),
        max_age_ms: members["max_age_ms"].as_u64(),
        skew_ms: members["skew_ms"].as_u64(),
        rsa_public_key: members["rsa_public_key"].as_bool().unwrap(),
    }
}

#[test]
fn the_decision_agrees_on_every_document_made_to_be_refused() {
    let Some(folder) = folder("attestation-negative") else {
        return;
    };
    let index = fs::read(folder.join("index.json")).unwrap();
    let index: Negative = serde_json::from_slice(&index).unwrap();
    let root = RootFingerprint(unhex(&index.root_sha256).try_into().unwrap());
    let mut disagreements = Vec::new();
    for case in &index.cases {
        let document = fs::read(folder.join(&case.file)).unwrap();
        let mut members = index.expected.clone();
        members.extend(case.expectation_overrides.clone());
        let result = inspect(
            &document,
            &root,
            UnixMillis(index.now_ms),
            &expected(&members),
            false,
        );
        let code = result
            .as_ref()
            .map_or_else(AttestationError::code, |_| "accepted");
        println!("{} {code}: {}", case.id, case.why);
        if result.is_ok() != (case.expect == "accept") {
            disagreements.push((&case.id, code));
        }
    }
    assert_eq!(disagreements, []);
    println!("{} documents", index.cases.len());
    assert!(index.cases.len() >= 82);
}
