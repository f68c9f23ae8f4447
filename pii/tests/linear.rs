//! The worst shapes: each scan completes and still finds what was planted behind them.
//!
//! There is no clock here: a scan that were quadratic in any of these would take hours.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use vouchsafe_pii::mask::MaskParameters;
use vouchsafe_pii::{DetectOptions, Engine, Entity, mask, redact};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// So many bytes of `shape`, and at the very end something that must be found.
fn text(shape: &str, bytes: usize) -> String {
    let mut text = shape.repeat(bytes / shape.len());
    text.push_str(" \n ssn 078-05-1123");
    text
}

fn finds_the_planted(engine: &Engine, shape: &str, bytes: usize) {
    let text = text(shape, bytes);
    let findings = engine.detect(&text, &DetectOptions::default()).unwrap();
    let last = findings.last().unwrap();
    assert_eq!(last.entity, Entity::parse("US_SSN").unwrap(), "{shape:?}");
    assert_eq!(&text[last.start..last.end], "078-05-1123", "{shape:?}");
}

#[test]
fn a_megabyte_of_one_shape_completes_and_the_planted_number_is_found() {
    let engine = Engine::new();
    for shape in [
        "1",
        "11 ",
        "a",
        "a@",
        "a@b.cc ",
        "::",
        "4111111111111111 ",
        "\u{e9}@",
        "http://",
        "http://a.io/",
        "a.io?,",
        "a.io/),",
        "eyJ.",
        "eyJ-",
        "ya29.",
        "pypi-",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY----------END ",
    ] {
        finds_the_planted(&engine, shape, MIB);
    }
}

#[test]
fn every_bad_shape_completes_and_the_planted_number_is_found() {
    let engine = Engine::new();
    for shape in [
        "1",
        "1 ",
        "11 ",
        "1-",
        "1.",
        "1.1.1.1 ",
        "(1",
        "+1",
        "+4",
        "4",
        "4 ",
        "5 0 ",
        "a",
        "a ",
        "a@",
        "@",
        ".",
        "a.",
        "a.a@",
        "a@a.",
        "a@b.cc",
        "-@-",
        "a-",
        ":",
        "::",
        "1:",
        "a:",
        "::1 ",
        "f",
        "GB29",
        "GB29 ",
        "GB29NWBK6016133192681",
        "DE89 3704 0044 0532 0130 0 ",
        "\u{661}",
        "\u{e9}@",
        "\u{a0}",
        "1\u{a0}",
        "/1",
        "1/",
        "\0",
    ] {
        finds_the_planted(&engine, shape, 64 * KIB);
    }
}

#[test]
fn a_deny_list_of_the_worst_shape_completes() {
    let engine = Engine::new();
    let options = DetectOptions {
        deny: (0..1_000)
            .map(|entry| format!("{}{entry:03}", "- ".repeat(62)))
            .collect(),
        ..DetectOptions::default()
    };
    let text = text("- ", 64 * KIB);
    let findings = engine.detect(&text, &options).unwrap();
    assert_eq!(findings.len(), 1);
}

#[test]
fn a_deny_list_that_parts_at_every_byte_completes() {
    let engine = Engine::new();
    let parted = (0..125).flat_map(|length| {
        let ends = ["!", "~", "#", "z", "+", " ", ":"];
        ends.map(|end| format!("{}{end}", "-".repeat(length)))
    });
    let options = DetectOptions {
        deny: parted.collect(),
        ..DetectOptions::default()
    };
    // Without the space, which ends an entry.
    let text = text("-", 64 * KIB).replace(' ', "_");
    let findings = engine.detect(&text, &options).unwrap();
    let found: Vec<_> = findings.iter().map(|it| it.entity.name()).collect();
    assert_eq!(found, ["US_SSN"]);
}

#[test]
fn names_of_hosts_of_many_labels_complete() {
    let engine = Engine::new();
    let host = "A.".repeat(126);
    for shape in [format!("{host} "), format!("http://{host} ")] {
        finds_the_planted(&engine, &shape, MIB);
    }
}

#[test]
fn values_that_only_look_like_identifiers_complete_however_many_overlap() {
    let engine = Engine::new();
    let options = DetectOptions {
        threshold: 0.0,
        looks_like: true,
        names: false,
        ..DetectOptions::default()
    };
    for shape in [
        "1",
        "11 ",
        "4111 ",
        "123 ",
        "1-",
        "a1",
        "a1 ",
        "DE89 3704 0044 0532 0130 01 ",
    ] {
        let text = text(shape, 64 * KIB);
        let findings = engine.detect(&text, &options).unwrap();
        let last = findings.last().unwrap();
        assert_eq!(&text[last.start..last.end], "078-05-1123", "{shape:?}");
        let redacted = redact::redact(&engine, &text, &options).unwrap();
        assert!(!redacted.text.contains("078-05"), "{shape:?}");
    }
}

#[test]
fn an_allow_list_does_not_read_long_findings_again_and_again() {
    let engine = Engine::new();
    let options = DetectOptions {
        allow: vec!["ssn".to_owned()],
        ..DetectOptions::default()
    };
    let findings = engine.detect(&text("a.io/,", MIB), &options).unwrap();
    assert_eq!(
        findings.last().unwrap().entity,
        Entity::parse("US_SSN").unwrap()
    );
}

#[test]
fn redacting_and_masking_the_worst_shapes_complete() {
    let engine = Engine::new();
    for shape in ["a@b.co ", "1.1.1.1 ", "4111111111111111 ", "e\u{301}"] {
        let text = text(shape, 256 * KIB);
        let redacted = redact::redact(&engine, &text, &DetectOptions::default()).unwrap();
        assert!(redacted.text.ends_with("ssn <US_SSN>"), "{shape:?}");
        let masked = mask::mask_value(&text, &MaskParameters::default()).unwrap();
        assert!(masked.text.bytes().all(|byte| byte == b'*'), "{shape:?}");
    }
}
