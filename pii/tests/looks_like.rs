//! Mistyped identifiers of every type: one digit of a valid value is another, and the value is found
//! where somebody asks for what looks like one, and only there.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a panic is how a test fails"
)]
#![allow(
    clippy::print_stdout,
    reason = "how many types take part is worth a line"
)]

use std::collections::BTreeSet;

use vouchsafe_pii::check::Fault;
use vouchsafe_pii::detect::{Checksum, Finding};
use vouchsafe_pii::validate::validate;
use vouchsafe_pii::{DetectOptions, Engine};

/// The least types whose mistyped values are found.
const TYPES: usize = 210;

/// Type and value of the valid cases of all identifiers.
fn valid_cases() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/identifiers");
    let mut cases = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for line in text.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            if let [entity, "valid", value] = fields[..] {
                cases.push((entity.to_owned(), value.to_owned()));
            }
        }
    }
    cases
}

/// The value with one digit or letter more by one, for each of its places.
fn mistyped(value: &str) -> impl Iterator<Item = String> {
    value.char_indices().filter_map(|(at, character)| {
        let next = match character {
            '9' => '0',
            'Z' => 'A',
            '0'..='8' | 'A'..='Y' => char::from(u8::try_from(character).unwrap() + 1),
            _ => return None,
        };
        let mut text = value.to_owned();
        text.replace_range(at..=at, next.encode_utf8(&mut [0; 4]));
        Some(text)
    })
}

fn found(engine: &Engine, text: &str, entity: &str, looks_like: bool) -> Vec<Finding> {
    let options = DetectOptions {
        entities: Some(vec![entity.to_owned()]),
        threshold: 0.0,
        looks_like,
        ..DetectOptions::default()
    };
    engine.detect(text, &options).unwrap()
}

#[test]
fn a_mistyped_value_of_every_type_with_check_digits_is_found_by_who_asks() {
    let engine = Engine::new();
    let mut types = BTreeSet::new();
    for (entity, value) in valid_cases() {
        for text in mistyped(&value) {
            let wrong = validate(&engine, &entity, &text) == Ok(Some(Fault::Checksum));
            let whole = |finding: &Finding| finding.start == 0 && finding.end == text.len();
            let is_failed = |finding: &Finding| finding.reason.checksum == Some(Checksum::Failed);
            let all = found(&engine, &text, &entity, true);
            let failed: Vec<_> = all.iter().filter(|finding| is_failed(finding)).collect();
            if wrong {
                let seen = failed.iter().any(|finding| whole(finding));
                // Or a part of it is a value that keeps its rule, which comes first.
                assert!(seen || !all.is_empty(), "{entity} {text:?}: {all:?}");
            }
            if failed.iter().any(|finding| whole(finding)) {
                types.insert(entity.clone());
            }
            assert!(
                failed
                    .iter()
                    .all(|finding| finding.confidence_percent <= 50)
            );
            let sure: Vec<_> = all.into_iter().filter(|it| !is_failed(it)).collect();
            assert_eq!(
                sure,
                found(&engine, &text, &entity, false),
                "{entity} {text:?}"
            );
        }
    }
    println!("{} types", types.len());
    assert!(types.len() >= TYPES, "{} types", types.len());
    for entity in ["CREDIT_CARD", "ES_NIF", "IMEI", "UK_NHS"] {
        assert!(types.contains(entity), "{entity}");
    }
    for entity in ["US_SSN", "SWIFT_CODE", "MAC_ADDRESS", "DATE_TIME"] {
        assert!(!types.contains(entity), "{entity}");
    }
}
