//! How often the engine finds exactly what Presidio's own tests expect, for the types it has.
//!
//! The cases are read from a folder beside the project and the test is skipped, saying so, where
//! that is missing. Each type has a floor: what was reached once must not be lost. Cases of types that
//! the engine does not have are left out; scores are not compared.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(clippy::print_stdout, reason = "the agreement is the point of the run")]

use std::collections::BTreeMap;

use serde::Deserialize;
use vouchsafe_pii::offsets::{self, OffsetUnit};
use vouchsafe_pii::{DetectOptions, Engine, Entity};

const CASES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../shared/vectors/pii/recognizer_cases.json"
);

/// The recogniser, the cases that agree at least, and the cases there are. The five telephone numbers
/// that differ are national ones of other countries, one with a letter before it, and a pair of cases
/// that want two answers for one text.
const FLOORS: [(&str, usize, usize); 6] = [
    ("CreditCardRecognizer", 7, 7),
    ("EmailRecognizer", 5, 5),
    ("IbanRecognizer", 146, 146),
    ("IpRecognizer", 64, 64),
    ("PhoneRecognizer", 9, 14),
    ("UsSsnRecognizer", 9, 9),
];

#[derive(Deserialize)]
struct Case {
    recognizer: String,
    entities: Vec<String>,
    text: String,
    expected_spans: Vec<(usize, usize)>,
    expected_types: Vec<String>,
}

/// Type, start and end in code points, sorted.
type Spans = Vec<(String, usize, usize)>;

fn found(engine: &Engine, case: &Case, entities: Vec<String>) -> Spans {
    let options = DetectOptions {
        entities: Some(entities),
        threshold: 0.0,
        ..DetectOptions::default()
    };
    let findings = engine.detect(&case.text, &options).unwrap();
    let spans = offsets::convert(&case.text, &findings, OffsetUnit::Codepoint).unwrap();
    let mut found: Spans = findings
        .iter()
        .zip(spans)
        .map(|(finding, span)| (finding.entity.name().to_owned(), span.start, span.end))
        .collect();
    found.sort();
    found
}

fn expected(case: &Case) -> Spans {
    let mut expected: Spans = case
        .expected_types
        .iter()
        .zip(&case.expected_spans)
        .map(|(name, &(start, end))| (name.clone(), start, end))
        .collect();
    expected.sort();
    expected
}

#[test]
fn agreement_with_presidios_cases_is_not_lost() {
    let Ok(json) = std::fs::read(CASES) else {
        println!("skipped: the folder of published vectors is absent");
        return;
    };
    let cases: Vec<Case> = serde_json::from_slice(&json).unwrap();
    let engine = Engine::new();
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for case in &cases {
        let ours: Vec<String> = case
            .entities
            .iter()
            .filter(|name| Entity::parse(name).is_some())
            .cloned()
            .collect();
        if ours.is_empty() || !FLOORS.iter().any(|(name, _, _)| *name == case.recognizer) {
            continue;
        }
        let (found, expected) = (found(&engine, case, ours), expected(case));
        let count = counts.entry(&case.recognizer).or_default();
        count.1 += 1;
        if found == expected {
            count.0 += 1;
        } else {
            println!(
                "{}: {:?}: {expected:?} expected, {found:?} found",
                case.recognizer, case.text
            );
        }
    }
    for (name, floor, total) in FLOORS {
        let (agree, cases) = counts.get(name).copied().unwrap_or_default();
        println!("{name}: {agree} of {cases} agree");
        assert_eq!(
            cases, total,
            "{name}: the cases changed, so set its floor anew"
        );
        assert!(agree >= floor, "{name}: {agree} agree, {floor} did before");
    }
}
