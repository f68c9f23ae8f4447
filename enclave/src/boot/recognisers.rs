//! The engine of this life: its own recognisers and those of the policy, compiled once.
//!
//! A pattern is a program of somebody else's, so what could not run in linear time and
//! bounded memory ends the boot here, by its place in the list, and no text ever meets it.

use vouchsafe_common::bundle::{Policy, Recogniser};
use vouchsafe_pii::{
    Engine,
    custom::{self, ListError},
};

/// Compiles the engine.
///
/// # Errors
///
/// [`ListError`], for the first recogniser of the policy that cannot run or makes no sense.
pub(super) fn engine(policy: &Policy) -> Result<Engine, ListError> {
    custom::engine(policy.recognisers.iter().map(Recogniser::to_json))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

    use serde_json::{Value, json};
    use vouchsafe_pii::DetectOptions;

    use super::*;
    use crate::boot::BootError;

    fn with(recognisers: &Value) -> Result<Engine, ListError> {
        let policy = json!({
            "version": 1, "serial": 1, "not_before": 0, "not_after": 1, "allow": [],
            "recognisers": recognisers,
        });
        engine(&Policy::parse(policy.to_string().as_bytes()).unwrap())
    }

    fn found(engine: &Engine, text: &str) -> Vec<&'static str> {
        let findings = engine.detect(text, &DetectOptions::default()).unwrap();
        let names = findings.iter().map(|finding| finding.entity.name());
        names.collect()
    }

    #[test]
    fn every_member_that_a_policy_may_have_reaches_the_engine() {
        let recognisers = json!([
            {"entity": "STAFF_NUMBER", "confidence": 0.3, "pattern": "E-[0-9]{6}", "context": ["badge"]},
            {"entity": "LOYALTY_CARD", "confidence": 1, "pattern": "77[0-9]{4}", "check": "luhn"},
            {"entity": "PROJECT", "confidence": 0.90, "words": ["Blue Heron"]},
        ]);
        let engine = with(&recognisers).unwrap();
        assert_eq!(found(&engine, "badge E-123456"), ["STAFF_NUMBER"]);
        assert_eq!(found(&engine, "on E-123456"), [""; 0]);
        assert_eq!(found(&engine, "770008 and 770000"), ["LOYALTY_CARD"]);
        assert_eq!(found(&engine, "of Blue Heron"), ["PROJECT"]);
    }

    #[test]
    fn a_recogniser_that_could_run_away_ends_the_boot_by_its_number() {
        let good = json!({"entity": "PROJECT", "confidence": 0.9, "words": ["Blue Heron"]});
        let bad = json!({"entity": "STAFF_NUMBER", "confidence": 0.9, "pattern": "(E-)+[0-9]"});
        let error = BootError::from(with(&json!([good, bad])).unwrap_err());
        assert_eq!(error.code(), "bundle_recogniser");
        assert_eq!(
            error.to_string(),
            "policy bundle: recogniser number 1: a match could be longer than 256 bytes; \
             bound every repetition"
        );
    }

    #[test]
    fn the_recognisers_of_the_manual_find_what_it_says() {
        let manual = include_str!("../../../docs/POLICY.md");
        let policy = manual.split("```json\n").nth(2).unwrap();
        let (policy, _) = policy.split_once("```").unwrap();
        let engine = engine(&Policy::parse(policy.as_bytes()).unwrap()).unwrap();
        let text = "Badge E-123456 opens the door of Grey Fox.";
        assert_eq!(found(&engine, text), ["STAFF_NUMBER", "PROJECT"]);
    }
}
