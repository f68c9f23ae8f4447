//! What is found by recognisers of a user's own, and which of them are refused.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]
use super::*;
use crate::{DetectOptions, Engine, redact};

fn refused(line: &str) -> CustomError {
    parse(&format!("# a comment\n\n{line}")).unwrap_err()
}

#[test]
fn what_a_user_knows_is_found_with_its_context_and_check() {
    let file = r#"
{"entity": "EMPLOYEE_ID", "pattern": "E-[0-9]{6}", "confidence": 0.3, "context": ["badge"]}
{"entity": "LOYALTY_CARD", "pattern": "77[0-9]{14}", "confidence": 0.5, "check": "luhn"}
{"entity": "PROJECT", "words": ["Blue Heron", "Grey Fox"], "confidence": 0.9}"#;
    let engine = Engine::with(parse(file).unwrap()).unwrap();
    let text =
        "badge E-123456, E-1234567, E-654321; 7700000000000008 7700000000000004 for Blue Heron.";
    let found: Vec<_> = engine
        .detect(text, &DetectOptions::default())
        .unwrap()
        .iter()
        .map(|finding| {
            (
                finding.entity.name(),
                &text[finding.start..finding.end],
                finding.confidence_percent,
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("EMPLOYEE_ID", "E-123456", 65),
            ("EMPLOYEE_ID", "E-654321", 65),
            ("LOYALTY_CARD", "7700000000000008", 50),
            ("PROJECT", "Blue Heron", 90),
        ]
    );
    let only = DetectOptions {
        entities: Some(vec!["PROJECT".to_owned()]),
        ..DetectOptions::default()
    };
    assert_eq!(engine.detect(text, &only).unwrap().len(), 1);
    assert!(Engine::new().detect(text, &only).is_err());
}

#[test]
fn what_could_run_away_or_makes_no_sense_is_refused_with_its_line() {
    let of = |members: &str| format!(r#"{{"entity": "OWN", "confidence": 0.5, {members}}}"#);
    for (line, fault) in [
        (of(r#""pattern": "a+""#), CustomFault::Unbounded),
        (of(r#""pattern": "[a-z]{1,257}""#), CustomFault::Unbounded),
        (of(r#""pattern": "a*""#), CustomFault::Unbounded),
        (of(r#""pattern": "a?""#), CustomFault::Empty),
        (of(r#""check": "luhn""#), CustomFault::Nothing),
        (of(r#""words": []"#), CustomFault::Nothing),
        (of(r#""words": ["ok", "-x"]"#), CustomFault::Word),
        (of(r#""words": [""]"#), CustomFault::Word),
        (
            of(r#""pattern": "a", "context": ["badge no"]"#),
            CustomFault::Context,
        ),
        (
            of(r#""pattern": "a", "context": ["&"]"#),
            CustomFault::Context,
        ),
        (
            of(r#""pattern": "a", "context": ["no*"]"#),
            CustomFault::Context,
        ),
        (of(r#""pattern": "a", "check": "sum""#), CustomFault::Check),
        (
            of(r#""pattern": "a""#).replace("0.5", "1.5"),
            CustomFault::Confidence,
        ),
        (
            of(r#""pattern": "a""#).replace("OWN", "US_SSN"),
            CustomFault::Entity,
        ),
        (
            of(r#""pattern": "a""#).replace("OWN", "own"),
            CustomFault::Entity,
        ),
    ] {
        assert_eq!(refused(&line), CustomError { line: 3, fault }, "{line}");
    }
    for pattern in [
        "(a",
        "(?=a)b",
        "(a)\\\\1",
        "\\\\b{1,2}a",
        "(.{1,40}[^a]{1,40}b.{1,40}){1,2}",
    ] {
        let line = of(&format!(r#""pattern": "{pattern}""#));
        let refused = refused(&line).fault;
        let known = matches!(
            refused,
            CustomFault::Pattern { .. } | CustomFault::Unbounded
        );
        assert!(known, "{pattern}: {refused:?}");
    }
    let CustomFault::Pattern { reason } = refused(&of(r#""pattern": "a(b""#)).fault else {
        panic!("it is a pattern");
    };
    assert_eq!(reason, "unclosed group, at character 2");
    let many = vec!["word"; MAX_CONTEXT_WORDS + 1].join("\", \"");
    let line = of(&format!(r#""pattern": "a", "context": ["{many}"]"#));
    assert_eq!(refused(&line).fault, CustomFault::Context);
    // Gigabytes, were the first automaton not bounded like the second.
    let wide = of(&format!(r#""pattern": "a{}""#, "|\\\\w{64}".repeat(4_000)));
    let CustomFault::Pattern { reason } = refused(&wide).fault else {
        panic!("{wide:.60} is no pattern");
    };
    assert_eq!(reason, "error building NFA");
    let many = "{\"entity\": \"OWN\", \"confidence\": 0.5, \"pattern\": \"a\"}\n".repeat(65);
    assert_eq!(
        parse(&many).unwrap_err(),
        CustomError {
            line: 65,
            fault: CustomFault::TooMany
        }
    );
    assert!(matches!(
        refused("{").fault,
        CustomFault::Syntax { column: 1, .. }
    ));
    assert!(matches!(
        refused(&of(r#""x": 1"#)).fault,
        CustomFault::Syntax { .. }
    ));
    assert_eq!(refused(&" {".repeat(40_000)).fault, CustomFault::TooLong);
}

fn list(objects: &[&str]) -> Result<Engine, ListError> {
    engine(objects.iter().map(|&object| object.to_owned()))
}

#[test]
fn a_list_makes_an_engine_or_names_the_entry_that_is_refused_from_zero() {
    let good = r#"{"entity": "PROJECT", "words": ["Blue Heron"], "confidence": 0.9}"#;
    let own = list(&[good, good]).unwrap();
    let redacted = redact::redact(&own, "On Blue Heron.", &DetectOptions::default()).unwrap();
    assert_eq!(*redacted.text, "On <PROJECT>.");
    let bad = good.replace("0.9", "9");
    let refused = list(&[good, &bad, good]).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "recogniser number 1: confidence is not between 0 and 1"
    );
    assert!(list(&[good; MAX_RECOGNISERS]).is_ok());
    assert_eq!(
        list(&[good; MAX_RECOGNISERS + 1]).unwrap_err(),
        ListError {
            index: MAX_RECOGNISERS,
            fault: CustomFault::TooMany
        }
    );
    assert!(list(&[]).is_ok());
    let long = r#"{"entity": "OWN", "pattern": "[a-z]{256}", "confidence": 0.9}"#;
    let index = MAX_REACH_BYTES / MAX_MATCH_BYTES;
    assert!(list(&vec![long; index]).is_ok());
    assert_eq!(
        list(&vec![long; index + 1]).unwrap_err(),
        ListError {
            index,
            fault: CustomFault::Reach
        }
    );
}

#[test]
fn all_recognisers_of_one_entity_are_asked_for_by_its_name() {
    let own = list(&[
        r#"{"entity": "PROJECT", "words": ["Blue Heron"], "confidence": 0.5}"#,
        r#"{"entity": "OTHER", "pattern": "Q-[0-9]{3}", "confidence": 0.5}"#,
        r#"{"entity": "PROJECT", "pattern": "P-[0-9]{3}", "confidence": 0.5}"#,
    ])
    .unwrap();
    let text = "Blue Heron is P-123, not Q-123.";
    let count = |options: DetectOptions| own.detect(text, &options).unwrap().len();
    let entities = Some(vec!["PROJECT".to_owned()]);
    assert_eq!(count(DetectOptions::default()), 3);
    assert_eq!(
        count(DetectOptions {
            entities,
            ..DetectOptions::default()
        }),
        2
    );
    let thresholds = [("PROJECT".to_owned(), 0.6)].into();
    assert_eq!(
        count(DetectOptions {
            thresholds,
            ..DetectOptions::default()
        }),
        1
    );
}

#[test]
fn context_is_read_like_any_text() {
    // In full-width letters and as a beginning, and of a script without spaces.
    let own = list(&[
        r#"{"entity": "OWN", "pattern": "Q[0-9]{3}", "confidence": 0.3,
        "context": ["\uff22adge*", "\u793e\u54e1"]}"#,
    ]);
    let own = own.unwrap();
    for text in ["Badges: Q123", "\u{793e}\u{54e1}Q123"] {
        let found = own.detect(text, &DetectOptions::default()).unwrap();
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(found[0].confidence_percent, 65);
    }
}

#[test]
fn a_match_that_touches_what_follows_hides_no_shorter_one() {
    let file = r#"{"entity": "PROJECT", "words": ["Blue", "Blue Heron"], "confidence": 0.9}
{"entity": "EMPLOYEE_ID", "pattern": "E-[0-9]{6}(?:-[A-Z]{2})?", "confidence": 0.9}"#;
    let engine = Engine::with(parse(file).unwrap()).unwrap();
    let options = DetectOptions {
        names: false,
        ..DetectOptions::default()
    };
    for (text, hidden) in [
        ("of Blue Herons", "of <PROJECT> Herons"),
        ("of Blue Heron.", "of <PROJECT>."),
        ("of Bluebird", "of Bluebird"),
        ("by E-123456-ABC", "by <EMPLOYEE_ID>-ABC"),
        ("by E-123456-AB", "by <EMPLOYEE_ID>"),
        ("by E-1234567", "by E-1234567"),
    ] {
        let made = redact::redact(&engine, text, &options).unwrap();
        assert_eq!(*made.text, hidden, "{text}");
    }
}

#[test]
fn the_name_of_a_callers_own_list_is_taken() {
    let line = r#"{"entity": "DENY_LIST", "words": ["a"], "confidence": 0.9}"#;
    assert_eq!(refused(line).fault, CustomFault::Entity);
}
