//! What holds for every text: no panic, spans on characters, no overlaps, nothing found stays.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::sync::LazyLock;

use proptest::prelude::*;
use vouchsafe_pii::detect::Checksum;
use vouchsafe_pii::mask::MaskParameters;
use vouchsafe_pii::{Class, DetectOptions, Engine, mask, redact};

static ENGINE: LazyLock<Engine> = LazyLock::new(Engine::new);

/// Check digits of these are wrong.
const MISTYPED: [&str; 6] = [
    "4111 1111 1111 1112",
    "DE89 3704 0044 0532 0130 01",
    "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdr",
    "dni 12345678A",
    "nhs 943 476 5910",
    "4012888888881882",
];

const VALUES: [&str; 8] = [
    "jo.doe@example.com",
    "4111 1111 1111 1111",
    "078-05-1123",
    "DE89 3704 0044 0532 0130 00",
    "(415) 555-0132",
    "+44 20 7946 0123",
    "192.168.0.1/24",
    "2001:db8::1",
];

/// Pieces that identifiers are made of, so that random texts come close to them.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        proptest::sample::select(VALUES.as_slice()).prop_map(str::to_owned),
        proptest::sample::select(MISTYPED.as_slice()).prop_map(str::to_owned),
        "[0-9]{1,6}",
        "[ .:@/()+-]{1,2}",
        "[A-Za-z]{1,5}",
        "(GB29|DE89|ssn |card |\u{a0}|\u{e9}|\u{1f600}|e\u{301})",
        any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn everything() -> DetectOptions {
    DetectOptions {
        threshold: 0.0,
        ..DetectOptions::default()
    }
}

fn looks_like() -> DetectOptions {
    DetectOptions {
        looks_like: true,
        ..everything()
    }
}

/// Values with a word between them that touches none.
fn planted() -> impl Strategy<Value = (String, Vec<&'static str>)> {
    let words = proptest::sample::select(["and", "then: ", "\u{e9}t\u{e9},", "(see)"].as_slice());
    let value = proptest::sample::select(VALUES.as_slice());
    proptest::collection::vec((words, value), 1..12).prop_map(|pairs| {
        let mut text = String::new();
        for (word, value) in &pairs {
            text.push_str(word);
            text.push_str(" \t ");
            text.push_str(value);
            text.push_str(" \n ");
        }
        (text, pairs.iter().map(|(_, value)| *value).collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn findings_are_in_order_on_characters_and_apart(text in soup()) {
        for findings in [
            ENGINE.detect(&text, &everything()).unwrap(),
            ENGINE.cover(&text, &everything()).unwrap(),
            ENGINE.detect(&text, &looks_like()).unwrap(),
            ENGINE.cover(&text, &looks_like()).unwrap(),
        ] {
            let mut before = 0;
            for finding in findings {
                prop_assert!(finding.start >= before && finding.start < finding.end);
                prop_assert!(text.get(finding.start..finding.end).is_some());
                prop_assert!(finding.confidence_percent <= 100);
                before = finding.end;
            }
        }
    }

    #[test]
    fn what_is_detected_is_covered(text in soup()) {
        let cover = ENGINE.cover(&text, &everything()).unwrap();
        for finding in ENGINE.detect(&text, &everything()).unwrap() {
            let covered = cover
                .iter()
                .any(|cover| cover.start <= finding.start && finding.end <= cover.end);
            prop_assert!(covered);
        }
        // What looks like an identifier may be covered in parts, around what is surer.
        let mut hidden = vec![false; text.len()];
        for cover in ENGINE.cover(&text, &looks_like()).unwrap() {
            hidden[cover.start..cover.end].fill(true);
        }
        for finding in ENGINE.detect(&text, &looks_like()).unwrap() {
            prop_assert!(hidden[finding.start..finding.end].iter().all(|hidden| *hidden));
        }
    }

    #[test]
    fn what_looks_like_an_identifier_changes_nothing_else_that_is_found(text in soup()) {
        for find in [Engine::detect, Engine::cover] {
            let mut all = find(&ENGINE, &text, &looks_like()).unwrap();
            all.retain(|finding| {
                let failed = finding.reason.checksum == Some(Checksum::Failed);
                assert!(!failed || finding.confidence_percent <= 50);
                !failed
            });
            prop_assert_eq!(all, find(&ENGINE, &text, &everything()).unwrap());
        }
    }

    #[test]
    fn redacted_text_is_the_text_without_what_was_found(text in soup()) {
        let redacted = redact::redact(&ENGINE, &text, &everything()).unwrap();
        let mut expected = String::new();
        let mut at = 0;
        for finding in ENGINE.cover(&text, &everything()).unwrap() {
            expected.push_str(&text[at..finding.start]);
            expected.extend(["<", finding.entity.name(), ">"]);
            at = finding.end;
        }
        expected.push_str(&text[at..]);
        prop_assert_eq!(redacted.text.as_str(), expected);
    }

    #[test]
    fn no_planted_value_survives_redaction((text, values) in planted()) {
        let redacted = redact::redact(&ENGINE, &text, &DetectOptions::default()).unwrap();
        prop_assert_eq!(redacted.class, Class::Masked);
        prop_assert_eq!(redacted.hidden, values.len());
        for value in values {
            prop_assert!(!redacted.text.contains(value), "{}", value);
        }
    }

    #[test]
    fn a_mask_that_shows_the_whole_value_is_plaintext(
        value in ".{0,12}",
        keep_first in -14_i32..14,
        keep_last in -14_i32..14,
        skip in "[- .]{0,2}",
    ) {
        // The replacement is a character that the value does not hold.
        let with = "\u{2588}".to_owned();
        prop_assume!(!value.contains(&with));
        let parameters = MaskParameters { with, keep_first, keep_last, skip, ..MaskParameters::default() };
        let masked = mask::mask_value(&value, &parameters).unwrap();
        let whole = masked.text.as_str() == value && !value.is_empty();
        prop_assert_eq!(whole, masked.hidden == 0 && !value.is_empty());
        if whole {
            prop_assert_eq!(masked.class, Class::Plaintext);
        }
    }
}
