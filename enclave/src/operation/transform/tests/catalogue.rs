//! docs/CATALOGUE.md: its examples are what the enclave answers, and nothing is missing in it.

use std::collections::BTreeSet;

use vouchsafe_common::message::Finding;

use super::*;

/// One line of an example: `name {parameters} "value" [about "subject"] [with "other"] -> result`.
fn example(line: &str) -> (String, String, String) {
    let (asked, expected) = line.split_once(" -> ").expect("a result");
    let (name, rest) = asked.split_once(' ').expect("parameters");
    let mut read = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
    let mut next = || read.next().expect("a value").expect("JSON");
    let (parameters, value) = (next(), next());
    let value = value.as_str().expect("a text").to_owned();
    let rest = &rest[read.byte_offset()..];
    let other = rest.strip_prefix(" about ").or(rest.strip_prefix(" with "));
    let item = match other {
        Some(subject) => about(
            &value,
            &serde_json::from_str::<String>(subject).expect("a text"),
        ),
        None => text(&value),
    };
    let request = request(name, &parameters, vec![item]);
    let job = Job::read(&request, &ENGINE).expect("good parameters");
    let outcome = outcomes(&[ALL, &["findings"]].concat(), &job, request, &[])
        .pop()
        .expect("one item");
    let json = match outcome {
        Outcome::Text(text) => json!(text.expose_secret()),
        Outcome::Versioned { text, version } => {
            json!({"text": text.expose_secret(), "version": version})
        }
        Outcome::Findings { offsets, findings } => {
            json!({"offsets": offsets, "findings": findings.iter().map(found).collect::<Vec<_>>()})
        }
        Outcome::Boolean(answer) => json!(answer),
        Outcome::Validity { rule } => json!({"valid": rule.is_none(), "rule": rule}),
        Outcome::Error(error) => return (name.into(), error.code().into(), expected.into()),
        other => unreachable!("{other:?}"),
    };
    let same = serde_json::from_str::<Value>(expected).is_ok_and(|expected| expected == json);
    let made = if same {
        expected.to_owned()
    } else {
        json.to_string()
    };
    (name.into(), made, expected.into())
}

/// A finding as the client shows it.
fn found(finding: &Finding) -> Value {
    let mut reason = json!({"pattern": finding.pattern, "context": finding.context});
    if let Some(passed) = finding.checksum {
        reason["checksum"] = if passed { "passed" } else { "failed" }.into();
    }
    json!({
        "entity": finding.entity, "start": finding.start, "end": finding.end,
        "confidence": f64::from(finding.confidence_percent) / 100.0, "reason": reason,
    })
}

#[test]
fn the_examples_of_the_catalogue_are_what_the_enclave_answers() {
    let page = include_str!("../../../../../docs/CATALOGUE.md");
    let blocks = page.split("```examples\n").skip(1);
    let lines = blocks.flat_map(|block| block.split("```").next().unwrap_or_default().lines());
    let mut shown = BTreeSet::new();
    let mut faults = Vec::new();
    for line in lines {
        let (name, made, expected) = example(line);
        if made != expected {
            faults.push(format!("{line}: {made}"));
        }
        shown.insert(name);
    }
    assert_eq!(faults, [""; 0]);
    let expected = [
        "blind_index",
        "bucket",
        "decrypt_format",
        "detect",
        "detokenize",
        "encrypt_format",
        "generalize",
        "mask",
        "placeholder",
        "pseudonymize",
        "redact",
        "replace",
        "retokenize",
        "reveal",
        "shift_date",
        "time_part",
        "tokenize",
        "validate",
        "verify",
    ];
    assert!(shown.iter().eq(expected.iter()), "{shown:?}");
}

#[test]
fn the_catalogue_has_every_operation_with_every_parameter_and_every_code_of_an_item() {
    let page = include_str!("../../../../../docs/CATALOGUE.md");
    for name in vouchsafe_common::message::OPERATIONS {
        let row = page
            .lines()
            .find(|line| line.starts_with(&format!("| `{name}` |")));
        let row = row.unwrap_or_else(|| unreachable!("{name} has a row"));
        // "The same" and "those of" refer to the row before.
        if row.contains("the same") || row.contains("those of") {
            continue;
        }
        for parameter in vouchsafe_pii::Operation::parameters(name).unwrap_or_default() {
            // Those of a predicate stand in its row.
            let place = if name == &"verify" { page } else { row };
            assert!(
                place.contains(&format!("`{parameter}`")),
                "{name} {parameter}"
            );
        }
    }
    for code in [
        ItemError::NotANumber,
        ItemError::NotADate,
        ItemError::NoTimeOfDay,
        ItemError::NotAnAddress,
        ItemError::NotAZipCode,
        ItemError::OutOfRange,
        ItemError::SubjectMissing,
        ItemError::DomainTooSmall,
        ItemError::FormatMismatch,
        ItemError::FormatTooLong,
        ItemError::Checksum,
        ItemError::TooManyLabels,
        ItemError::TokenMalformed,
        ItemError::TokenNotAuthentic,
    ] {
        assert!(page.contains(&format!("`{code}`")), "{code}");
    }
}
