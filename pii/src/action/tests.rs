#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
use std::sync::LazyLock;

use unicode_segmentation::UnicodeSegmentation;
use zeroize::Zeroizing;

use proptest::prelude::*;

use super::*;
use crate::keys::{NoKey, Roots};
use crate::placeholder::Placeholders;
use crate::tokenize::TokenError;
use crate::transform::{Find, Found, Span, SpanError};
use crate::{Engine, ValueError};

/// Compiled once: that takes longer than all that is asked of it here.
static ENGINE: LazyLock<Engine> = LazyLock::new(Engine::new);

fn roots() -> Roots {
    let root = |byte| Zeroizing::new([byte; 32]);
    Roots::new("acme").with(1, root(5)).with(2, root(6))
}

fn read(json: &str) -> Action {
    serde_json::from_str(json).unwrap()
}

fn done(json: &str, value: &str) -> Result<Option<(String, Class)>, ActionError> {
    let mut placeholders = Placeholders::new(&[1; 32]);
    let mut run = Run {
        find: Some(&*ENGINE),
        placeholders: &mut placeholders,
    };
    let input = Input {
        subject: "patient-7",
        ..Input::new(value)
    };
    let made = read(json).apply(input, &roots(), &mut run)?;
    Ok(made.map(|(text, class)| (text.to_string(), class)))
}

fn made(json: &str, value: &str) -> (String, Class) {
    done(json, value).unwrap().unwrap()
}

#[test]
fn each_action_does_what_its_operation_does() {
    for (json, value, text, class) in [
        (r#"{"action":"keep"}"#, "a", "a", Class::Plaintext),
        (
            r#"{"action":"redact"}"#,
            "by jo@example.com",
            "by <EMAIL_ADDRESS>",
            Class::Masked,
        ),
        (
            r#"{"action":"text","entities":{"EMAIL_ADDRESS":{"action":"replace","with":"mail"}}}"#,
            "jo@example.com, SSN 078-05-1123",
            "mail, SSN <US_SSN>",
            Class::Masked,
        ),
        (
            r#"{"action":"mask","keep_last":2}"#,
            "abcd",
            "**cd",
            Class::Masked,
        ),
        (
            r#"{"action":"mask","keep_last":4}"#,
            "abcd",
            "abcd",
            Class::Plaintext,
        ),
        (
            r#"{"action":"replace","with":"x"}"#,
            "a",
            "x",
            Class::Masked,
        ),
        (
            r#"{"action":"placeholder","label":"PERSON"}"#,
            "a",
            "PERSON_1",
            Class::Masked,
        ),
        (
            r#"{"action":"generalize","kind":"number","width":10}"#,
            "37",
            "30-39",
            Class::Masked,
        ),
        (
            r#"{"action":"bucket","bounds":[18]}"#,
            "37",
            "18+",
            Class::Masked,
        ),
        (
            r#"{"action":"time_part","part":"year"}"#,
            "1984-07-03",
            "1984",
            Class::Masked,
        ),
    ] {
        assert_eq!(made(json, value), (text.to_owned(), class), "{json}");
        let promised = strictness(read(json).class());
        assert!(
            promised == strictness(class) || json.contains(":4"),
            "{json}"
        );
    }
    assert_eq!(done(r#"{"action":"drop"}"#, "a"), Ok(None));
}

#[test]
fn keyed_actions_name_the_newest_version_and_turn_back() {
    let (token, class) = made(r#"{"action":"tokenize","entity":"US_SSN"}"#, "078-05-1123");
    assert!(token.starts_with("vs1.US_SSN.k2.") && class == Class::Token);
    let back = made(r#"{"action":"detokenize","entity":"US_SSN"}"#, &token);
    assert_eq!(back, ("078-05-1123".to_owned(), Class::Plaintext));
    let (pseudonym, class) = made(
        r#"{"action":"pseudonymize","entity":"US_SSN","version":1}"#,
        "a",
    );
    assert!(pseudonym.starts_with("vp1.US_SSN.k1.") && class == Class::Pseudonym);
    let (index, class) = made(
        r#"{"action":"blind_index","entity":"US_SSN","bits":8}"#,
        "a",
    );
    assert!(index.starts_with("vb1.US_SSN.k2.") && class == Class::Pseudonym);
    let format = |action: &str| {
        format!(r#"{{"action":"{action}","entity":"US_SSN","alphabet":"digits","skip":"-"}}"#)
    };
    let (token, class) = made(&format("encrypt_format"), "078-05-1123");
    assert!(token != "078-05-1123" && class == Class::Token);
    let back = made(&format("decrypt_format"), &token);
    assert_eq!(back, ("078-05-1123".to_owned(), Class::Plaintext));
    let (date, class) = made(r#"{"action":"shift_date","days":30}"#, "2021-02-03");
    assert!(date != "2021-02-03" && class == Class::Masked);
}

#[test]
fn what_an_action_cannot_do_keeps_its_code() {
    for (json, value, error, code) in [
        (
            r#"{"action":"bucket","width":10}"#,
            "x",
            ValueError::Number.into(),
            "not_a_number",
        ),
        (
            r#"{"action":"detokenize","entity":"A"}"#,
            "x",
            TokenError::Malformed.into(),
            "token_malformed",
        ),
        (
            r#"{"action":"detokenize","entity":"A"}"#,
            "vs1.A.k9.aaaaaaaaaaaaaaaaaaaaaaaaaa",
            TokenError::NotAuthentic.into(),
            "token_not_authentic",
        ),
        (
            r#"{"action":"pseudonymize","entity":"A","version":9}"#,
            "x",
            NoKey.into(),
            "key_missing",
        ),
        (
            r#"{"action":"encrypt_format","entity":"A","alphabet":"digits"}"#,
            "x",
            crate::format::FormatError::Mismatch.into(),
            "format_mismatch",
        ),
    ] {
        let found: ActionError = done(json, value).unwrap_err();
        assert_eq!((found, found.code()), (error, code), "{json}");
    }
    let mut placeholders = Placeholders::new(&[1; 32]);
    let mut run = Run {
        find: None,
        placeholders: &mut placeholders,
    };
    for json in [r#"{"action":"redact"}"#, r#"{"action":"text"}"#] {
        let none = read(json).apply(Input::new("a"), &roots(), &mut run);
        assert_eq!(none.err(), Some(SpanError::NoFinder.into()));
    }
    let alone = read(r#"{"action":"shift_date","days":1}"#);
    let none = alone.apply(Input::new("2021-02-03"), &roots(), &mut run);
    assert_eq!(none.err(), Some(ValueError::Subject.into()));
}

/// Reports what it is told to.
struct Told(Result<Vec<Span<'static>>, SpanError>);

impl Find for Told {
    fn find<'a>(&'a self, _: &str) -> Result<Found<'a>, SpanError> {
        let spans = self.0.clone()?;
        Ok(Found {
            spans,
            class: Class::Masked,
        })
    }
}

#[test]
fn a_search_that_fails_or_lies_is_an_error_and_no_text() {
    let outside = Span {
        start: 0,
        end: 9,
        entity: "A",
        joined: false,
    };
    for (told, error) in [
        (
            Err(SpanError::Search("text_too_long")),
            SpanError::Search("text_too_long"),
        ),
        (Ok(vec![outside]), SpanError::Misplaced),
    ] {
        let find = Told(told);
        let mut placeholders = Placeholders::new(&[1; 32]);
        let mut run = Run {
            find: Some(&find),
            placeholders: &mut placeholders,
        };
        let made = read(r#"{"action":"redact"}"#).apply(Input::new("abc"), &roots(), &mut run);
        assert_eq!(made.err(), Some(error.into()));
    }
}

#[test]
fn actions_that_make_no_sense_are_refused() {
    for (json, error) in [
        (r#"{"action":"mask","with":""}"#, ParameterError::With),
        (
            r#"{"action":"mask","entities":["US_SSN"]}"#,
            ParameterError::Action,
        ),
        (
            r#"{"action":"text","entities":{"SSN":{"action":"redact"}}}"#,
            ParameterError::UnknownEntity,
        ),
        (
            r#"{"action":"text","default":{"action":"text"}}"#,
            ParameterError::Action,
        ),
        (
            r#"{"action":"text","entities":{"US_SSN":{"action":"bucket"}}}"#,
            ParameterError::Bounds,
        ),
        (r#"{"action":"placeholder"}"#, ParameterError::Label),
        (
            r#"{"action":"placeholder","label":"a"}"#,
            ParameterError::Label,
        ),
        (
            r#"{"action":"tokenize","entity":"SEX"}"#,
            ParameterError::ContextRequired,
        ),
        (
            r#"{"action":"detokenize","entity":""}"#,
            ParameterError::Entity,
        ),
        (
            r#"{"action":"pseudonymize","entity":"A","bytes":3}"#,
            ParameterError::Bytes,
        ),
        (
            r#"{"action":"blind_index","entity":"A","bits":3}"#,
            ParameterError::Bits,
        ),
        (
            r#"{"action":"generalize","kind":"number","width":1}"#,
            ParameterError::Width,
        ),
        (r#"{"action":"shift_date","days":0}"#, ParameterError::Days),
    ] {
        assert_eq!(read(json).check(), Err(error.into()), "{json}");
    }
    let within = r#"{"action":"text","default":{"action":"placeholder"}}"#;
    assert_eq!(read(within).check(), Ok(()));
    for json in [
        r#"{"action":"keep","with":"x"}"#,
        r#"{"action":"vanish"}"#,
        r#"{"action":"mask","keep":4}"#,
        r#"{"keep_last":4}"#,
    ] {
        assert!(serde_json::from_str::<Action>(json).is_err(), "{json}");
    }
}

#[test]
fn only_what_shifts_dates_needs_a_subject() {
    assert!(read(r#"{"action":"shift_date","days":1}"#).needs_subject());
    let text = r#"{"action":"text","entities":{"DATE_TIME":{"action":"shift_date","days":1}}}"#;
    assert!(read(text).needs_subject());
    assert!(!read(r#"{"action":"text"}"#).needs_subject());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_mask_has_as_many_characters_as_its_value(
        value in "\\PC{0,24}", first in -4_i32..4, last in -4_i32..4,
    ) {
        let json = format!(r#"{{"action":"mask","keep_first":{first},"keep_last":{last},"skip":"-"}}"#);
        let (text, _) = made(&json, &value);
        prop_assert!(text.graphemes(true).count() <= value.graphemes(true).count());
    }

    #[test]
    fn any_value_comes_back_from_its_token(value in "\\PC{0,40}") {
        let (token, _) = made(r#"{"action":"tokenize","entity":"A","context":"c"}"#, &value);
        let back = made(r#"{"action":"detokenize","entity":"A","context":"c"}"#, &token);
        prop_assert_eq!(back.0, value);
    }
}
