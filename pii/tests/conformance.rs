//! How often the engine finds exactly what Presidio's own tests expect.
//!
//! The cases are read from a folder beside the project and the test is skipped, saying so, where
//! that is missing. A case agrees when, with its entities, a threshold of zero and the default
//! regions, the set of type, start and end is the expected one; scores are not compared. The figure is
//! the mean over the recognisers of the share of their cases that agree. Cases that contradict what is
//! published of an identifier are listed with the reason in `deviations.tsv`; they count neither way.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a panic is how a test fails"
)]
#![allow(clippy::print_stdout, reason = "the agreement is the point of the run")]

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use vouchsafe_pii::offsets::{self, OffsetUnit};
use vouchsafe_pii::{DetectOptions, Engine, Entity};

const CASES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../shared/vectors/pii/recognizer_cases.json"
);
const DEVIATIONS: &str = include_str!("deviations.tsv");

/// The least mean share of cases that agree, in percent, and the most cases that may be listed.
const AGREEMENT: f64 = 95.0;
const MOST_DEVIATIONS: f64 = 3.0;

#[derive(Deserialize)]
struct Case {
    recognizer: String,
    language: String,
    entities: Vec<String>,
    text: String,
    expected_spans: Vec<(usize, usize)>,
    expected_types: Vec<String>,
}

/// Type, start and end in code points.
type Spans = BTreeSet<(String, usize, usize)>;

fn found(engine: &Engine, case: &Case) -> Spans {
    let known = case
        .entities
        .iter()
        .filter(|name| Entity::parse(name).is_some());
    let options = DetectOptions {
        // They write the country for the language.
        language: case.language.replace("kr", "ko"),
        entities: Some(known.cloned().collect()),
        threshold: 0.0,
        ..DetectOptions::default()
    };
    if options.entities.as_ref().is_some_and(Vec::is_empty) {
        return Spans::new();
    }
    let findings = engine.detect(&case.text, &options).unwrap();
    let spans = offsets::convert(&case.text, &findings, OffsetUnit::Codepoint).unwrap();
    findings
        .iter()
        .zip(spans)
        .map(|(finding, span)| (finding.entity.name().to_owned(), span.start, span.end))
        .collect()
}

fn expected(case: &Case) -> Spans {
    case.expected_types
        .iter()
        .zip(&case.expected_spans)
        .map(|(name, &(start, end))| (name.clone(), start, end))
        .collect()
}

/// Recogniser and text of the cases that are not followed. Every line says why.
fn deviations() -> BTreeSet<(String, String)> {
    let lines = DEVIATIONS
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            let [recognizer, text, reason] = fields[..] else {
                panic!("{line:?} is no deviation");
            };
            assert!(!reason.is_empty(), "{line:?}");
            (recognizer.to_owned(), serde_json::from_str(text).unwrap())
        })
        .collect()
}

#[test]
fn presidios_cases_find_what_they_expect() {
    let Ok(json) = std::fs::read(CASES) else {
        println!("skipped: the folder of published vectors is absent");
        return;
    };
    let cases: Vec<Case> = serde_json::from_slice(&json).unwrap();
    let engine = Engine::new();
    let deviations = deviations();
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut listed = 0_usize;
    for case in &cases {
        let (found, expected) = (found(&engine, case), expected(case));
        let agrees = found == expected;
        if deviations.contains(&(case.recognizer.clone(), case.text.clone())) {
            assert!(
                !agrees,
                "{} {:?} agrees and is listed",
                case.recognizer, case.text
            );
            listed += 1;
            continue;
        }
        let count = counts.entry(&case.recognizer).or_default();
        count.1 += 1;
        if agrees {
            count.0 += 1;
        } else {
            println!(
                "{}: {:?}: {expected:?} expected, {found:?} found",
                case.recognizer, case.text
            );
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "hundreds of cases")]
    let share = |part: usize, of: usize| part as f64 * 100.0 / of as f64;
    let mean = counts
        .values()
        .map(|(agree, cases)| share(*agree, *cases))
        .sum::<f64>()
        / share(counts.len(), 100);
    let agree: usize = counts.values().map(|(agree, _)| agree).sum();
    println!(
        "{agree} of {} cases agree, {mean:.1} % by recogniser; {listed} deviations",
        cases.len()
    );
    assert!(
        share(listed, cases.len()) <= MOST_DEVIATIONS,
        "{listed} deviations"
    );
    assert!(mean >= AGREEMENT, "{mean:.1} % agree");
}
