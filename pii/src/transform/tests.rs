#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
use proptest::prelude::*;

use super::*;
use crate::keys::Roots;
use crate::{DetectOptions, Engine};

fn roots() -> Roots {
    Roots::new("acme").with(1, Zeroizing::new([5; 32]))
}

fn span(start: usize, end: usize, entity: &str) -> Span<'_> {
    Span {
        start,
        end,
        entity,
        joined: false,
    }
}

fn transformed(text: &str, spans: &[Span<'_>], json: &str) -> Result<(String, Class), ActionError> {
    let parameters: TextParameters = serde_json::from_str(json).unwrap();
    let mut placeholders = Placeholders::new(&[1; 32]);
    let made = super::text(text, spans, &parameters, &roots(), &mut placeholders)?;
    Ok((made.text.to_string(), made.class))
}

#[test]
fn each_finding_becomes_what_the_action_of_its_type_makes_of_it() {
    let text = "Jo Doe, 078-05-1123, tells Al; Jo Doe pays.";
    let spans = [
        span(0, 6, "PERSON"),
        span(8, 19, "US_SSN"),
        span(27, 29, "PERSON"),
        span(31, 37, "PERSON"),
    ];
    let made = transformed(
        text,
        &spans,
        r#"{"entities":{"PERSON":{"action":"placeholder"},
            "US_SSN":{"action":"mask","keep_last":4,"skip":"-"}}}"#,
    );
    let expected = "PERSON_1, ***-**-1123, tells PERSON_2; PERSON_1 pays.";
    assert_eq!(made, Ok((expected.to_owned(), Class::Masked)));
    let made = transformed(text, &spans, r#"{"entities":{"US_SSN":{"action":"drop"}}}"#);
    let expected = "<PERSON>, , tells <PERSON>; <PERSON> pays.";
    assert_eq!(made, Ok((expected.to_owned(), Class::Masked)));
}

#[test]
fn within_a_text_a_name_alone_is_an_action_too() {
    let spans = [span(0, 1, "URL"), span(2, 3, "PERSON")];
    let json = r#"{"default":"drop","entities":{"URL":"redact"}}"#;
    let made = transformed("a b", &spans, json);
    assert_eq!(made, Ok(("<URL> ".to_owned(), Class::Masked)));
    let wrong = serde_json::from_str::<TextParameters>(r#"{"default":"mask"}"#);
    assert!(
        wrong
            .unwrap_err()
            .to_string()
            .contains("no action is called by the name \"mask\" alone")
    );
}

#[test]
fn a_text_lets_out_the_strictest_of_what_its_actions_do() {
    let spans = [span(0, 1, "URL"), span(2, 3, "B")];
    let class = |json| transformed("a b", &spans, json).unwrap().1;
    assert_eq!(class("{}"), Class::Masked);
    let token = r#"{"entities":{"URL":{"action":"tokenize","entity":"A"}}}"#;
    assert_eq!(class(token), Class::Token);
    let keep = r#"{"default":{"action":"keep"},"entities":{"URL":{"action":"drop"}}}"#;
    assert_eq!(class(keep), Class::Plaintext);
    // The mask shows the whole of this value.
    let mask = r#"{"default":{"action":"mask","keep_last":4}}"#;
    assert_eq!(class(mask), Class::Plaintext);
}

#[test]
fn a_text_that_keeps_what_is_not_named_is_plaintext_whatever_is_found() {
    let made = |spans: &[Span<'_>], json: &str| {
        let parameters: TextParameters = serde_json::from_str(json).unwrap();
        let mut placeholders = Placeholders::new(&[1; 32]);
        let made = super::text("a b", spans, &parameters, &roots(), &mut placeholders).unwrap();
        (made.text.to_string(), made.class, made.hidden)
    };
    let both = [span(0, 1, "URL"), span(2, 3, "B")];
    let keep = r#"{"default":{"action":"keep"}}"#;
    let kept = ("a b".to_owned(), Class::Plaintext, 0);
    assert_eq!(made(&[], keep), kept);
    assert_eq!(made(&both, keep), kept);
    let some = r#"{"default":{"action":"keep"},"entities":{"URL":{"action":"redact"}}}"#;
    let text = "<URL> b".to_owned();
    assert_eq!(made(&both[..1], some), (text.clone(), Class::Plaintext, 1));
    assert_eq!(made(&both, some), (text, Class::Plaintext, 1));
    // One named type that is kept is let out only where it is found.
    let named = r#"{"entities":{"URL":{"action":"keep"}}}"#;
    assert_eq!(made(&both[1..], named).1, Class::Masked);
    let text = "a <B>".to_owned();
    assert_eq!(made(&both, named), (text, Class::Plaintext, 1));
}

#[test]
fn what_several_types_share_is_hidden_whatever_is_done_to_the_type_that_names_it() {
    let joined = Span {
        joined: true,
        ..span(0, 3, "DATE_TIME")
    };
    let keep = r#"{"entities":{"DATE_TIME":{"action":"keep"}}}"#;
    let made = transformed("a b c", &[joined], keep);
    assert_eq!(made, Ok(("<DATE_TIME> c".to_owned(), Class::Masked)));
    let drop = r#"{"entities":{"DATE_TIME":{"action":"drop"}}}"#;
    let made = transformed("a b c", &[joined], drop);
    assert_eq!(made, Ok((" c".to_owned(), Class::Masked)));
    // The engine says which are: a telephone number runs into a date here.
    let options = DetectOptions {
        names: false,
        ..DetectOptions::default()
    };
    let engine = Engine::new();
    let finder = Finder::new(&engine, options).unwrap();
    let parameters: TextParameters = serde_json::from_str(keep).unwrap();
    for text in [
        "Anna 030 901820 12. Mai 1980",
        "Anna 030 901820 12 May 1980",
        "2 de enero de 2020-jo@example.com",
    ] {
        let mut run = Run {
            find: Some(&finder),
            placeholders: &mut Placeholders::new(&[1; 32]),
        };
        let action = Action::Text(parameters.clone());
        let made = action.apply(Input::new(text), &roots(), &mut run).unwrap();
        let (made, _) = made.unwrap();
        assert!(
            !made.contains("901820") && !made.contains("jo@"),
            "{}",
            *made
        );
    }
}

#[test]
fn a_finding_that_its_action_cannot_read_is_hidden() {
    let json = r#"{"entities":{"DATE_TIME":{"action":"generalize","kind":"date","to":"year"}}}"#;
    let spans = [span(0, 10, "DATE_TIME"), span(14, 24, "DATE_TIME")];
    let made = transformed("2020-02-03 to 3. May '20", &spans, json);
    assert_eq!(made, Ok(("2020 to <DATE_TIME>".to_owned(), Class::Masked)));
}

#[test]
fn spans_that_do_not_fit_the_text_are_refused() {
    for spans in [
        [span(0, 1, "URL"), span(0, 1, "URL")],
        [span(2, 3, "URL"), span(0, 1, "URL")],
        [span(0, 2, "URL"), span(1, 3, "URL")],
        [span(0, 1, "URL"), span(2, 9, "URL")],
        [span(0, 1, "URL"), span(4, 5, "URL")],
        [span(0, 1, "URL"), span(2, 2, "URL")],
        [span(0, 1, "URL"), span(3, 2, "URL")],
        [span(0, 1, "URL"), span(usize::MAX, usize::MAX, "URL")],
    ] {
        let made = transformed("abc\u{e9}", &spans, "{}");
        assert_eq!(made, Err(SpanError::Misplaced.into()), "{spans:?}");
    }
}

#[test]
fn the_engine_finds_what_redact_hides() {
    let text = "SSN 078-05-1123, mail jo@example.com";
    let engine = Engine::new();
    let mut output = String::new();
    redact(text, &engine.find(text).unwrap().spans, &mut output).unwrap();
    assert_eq!(output, "SSN <US_SSN>, mail <EMAIL_ADDRESS>");
}

#[test]
fn each_error_has_its_code() {
    for (error, code) in [
        (SpanError::Misplaced, "spans_misplaced"),
        (SpanError::NoFinder, "no_detector"),
        (SpanError::Search("text_too_long"), "text_too_long"),
    ] {
        assert_eq!(error.code(), code);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn keeping_all_findings_is_the_text_and_any_spans_are_safe(
        text in "\\PC{0,20}", cuts in prop::collection::vec(0_usize..24, 0..8),
    ) {
        let spans: Vec<_> = cuts.chunks_exact(2).map(|cut| span(cut[0], cut[1], "URL")).collect();
        if let Ok((made, _)) = transformed(&text, &spans, r#"{"default":{"action":"keep"}}"#) {
            prop_assert_eq!(made, text);
        }
    }
}
