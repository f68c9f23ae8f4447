//! A text on each line: `detect --format lines` and `--format ndjson`.

use serde_json::{Value, json};

use super::{answers, code, fs, last, spans, status, stderr, stdout, vouchsafe, vouchsafe_in};

const MAIL: &str = "é😀 jo@example.com";

fn found(answer: &Value) -> Vec<(&str, u64, u64)> {
    spans(answer["findings"].as_array().unwrap())
}

/// What a line is answered: the code of its error and its number, or nothing.
fn errors(answers: &[Value]) -> Vec<Option<(&str, u64)>> {
    let error = |answer: &'_ Value| answer.get("error").is_some();
    answers
        .iter()
        .map(|answer| {
            error(answer).then(|| {
                let code = answer["error"]["code"].as_str().unwrap();
                (code, answer["line"].as_u64().unwrap())
            })
        })
        .collect()
}

fn ndjson(lines: &[&str]) -> std::process::Output {
    vouchsafe(
        &["detect", "--format", "ndjson", "--json", "-"],
        lines.join("\n").as_bytes(),
    )
}

#[test]
fn every_line_is_answered_by_a_line_an_empty_one_too() {
    let text = format!("{MAIL}\r\n\nnothing\n{MAIL}");
    for (unit, span) in [
        ("codepoint", (3, 17)),
        ("byte", (7, 21)),
        ("utf16", (4, 18)),
    ] {
        let args = [
            "detect",
            "--format",
            "lines",
            "--offsets",
            unit,
            "--json",
            "-",
        ];
        let output = vouchsafe(&args, text.as_bytes());
        let answers = answers(&output);
        assert_eq!((status(&output), answers.len()), (0, 4));
        let mail = [("EMAIL_ADDRESS", span.0, span.1)];
        assert_eq!(
            (found(&answers[0]), found(&answers[3])),
            (mail.to_vec(), mail.to_vec())
        );
        assert_eq!(answers[1], json!({ "findings": [], "offsets": unit }));
        let summary = json!({
            "lines": 4, "errors": 0, "findings": 2, "entities": {"EMAIL_ADDRESS": 2},
            "bytes": text.len(), "complete": true,
        });
        assert_eq!(last(&output), summary);
    }
    let output = vouchsafe(&["detect", "--format", "lines", "-"], text.as_bytes());
    assert_eq!(
        stderr(&output),
        format!(
            "vouchsafe: 4 lines, 0 errors, 2 EMAIL_ADDRESS; 100 % of {} bytes scanned\n",
            text.len()
        )
    );
}

#[test]
fn a_line_of_json_says_how_to_look_at_it() {
    let text = "jo@example.com 078-05-1123";
    let line = |more: Value| {
        let mut line = json!({ "text": text });
        line.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        line.to_string()
    };
    let lines = [
        line(json!({})),
        line(json!({"entities": ["US_SSN"], "language": "de"})),
        line(json!({"threshold": 1})),
        line(json!({"regions": ["FR"]})),
        line(json!({"allow": ["jo@example.com"]})),
        line(json!({"entities": ["IP_ADDRESS"], "deny": ["jo"]})),
        line(json!({"entities": null, "deny": null})),
        line(json!({"thresholds": {"US_SSN": 0.9}, "entities": ["US_SSN", "EMAIL_ADDRESS"]})),
        line(json!({"threshold": 0.9, "thresholds": {"US_SSN": 0.5}})),
    ];
    let output = ndjson(&lines.each_ref().map(String::as_str));
    assert_eq!(status(&output), 0, "{}", stderr(&output));
    let (mail, ssn) = (("EMAIL_ADDRESS", 0, 14), ("US_SSN", 15, 26));
    let expected = [
        vec![mail, ssn],
        vec![ssn],
        vec![],
        vec![mail],
        vec![ssn],
        vec![("DENY_LIST", 0, 2)],
        vec![mail, ssn],
        vec![mail],
        vec![ssn],
    ];
    let answers = answers(&output);
    assert_eq!(answers.iter().map(found).collect::<Vec<_>>(), expected);
    assert!(
        answers
            .iter()
            .all(|answer| answer["offsets"] == "codepoint")
    );
}

#[test]
fn a_line_says_whether_names_and_mistyped_identifiers_are_looked_for() {
    let text = "Dear Mr Peter Miller, card 4111 1111 1111 1112";
    let (name, card) = (("PERSON", 8, 20), ("CREDIT_CARD", 27, 46));
    let lines = [
        json!({ "text": text }),
        json!({"text": text, "names": false}),
        json!({"text": text, "looks_like": true}),
        json!({"text": text, "names": true, "looks_like": false}),
    ]
    .map(|line| line.to_string())
    .join("\n");
    for (flags, expected) in [
        (&[][..], [vec![name], vec![], vec![name, card], vec![name]]),
        (
            &["--no-names", "--looks-like"],
            [vec![card], vec![card], vec![card], vec![name]],
        ),
    ] {
        let args = [&["detect", "--format", "ndjson", "-"], flags].concat();
        let output = vouchsafe(&args, lines.as_bytes());
        assert_eq!(status(&output), 0, "{}", stderr(&output));
        let answers = answers(&output);
        assert_eq!(answers.iter().map(found).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn a_line_that_fails_is_answered_in_its_place_and_the_exit_is_1() {
    let nested = format!("{{\"text\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let inside = json!({ "text": "[".repeat(10_000) }).to_string();
    let output = ndjson(&[
        "\u{feff}{\"text\":\"jo@example.com\"}",
        r#"{"text":"CANARY","entities":["CANARY"]}"#,
        "CANARY",
        r#"{"text":"x","CANARY":1}"#,
        r#"{"text":1}"#,
        r#"{"language":"en"}"#,
        r#"{"text":"x","text":"y"}"#,
        "",
        &nested,
        &inside,
        r#"{"text":"x","threshold":2}"#,
        r#"{"text":"x","thresholds":{"CANARY":0.5}}"#,
        r#"{"text":"x","thresholds":{"URL":2}}"#,
        r#"{"text":"x","looks_like":"CANARY"}"#,
        r#"{"text":"x","regions":["Germany"]}"#,
        r#"{"text":"x","language":"xyz"}"#,
        r#"{"text":"x","entities":[]}"#,
        r#"{"text":"x","allow":[""]}"#,
        r#"{"text":"jo@example.com"}"#,
    ]);
    assert_eq!(status(&output), 1);
    let expected = [
        None,
        Some(("unknown_entity", 2)),
        Some(("json_syntax", 3)),
        Some(("item_shape", 4)),
        Some(("item_shape", 5)),
        Some(("item_shape", 6)),
        Some(("item_shape", 7)),
        Some(("json_syntax", 8)),
        Some(("json_too_deep", 9)),
        None,
        Some(("invalid_threshold", 11)),
        Some(("unknown_entity", 12)),
        Some(("invalid_threshold", 13)),
        Some(("item_shape", 14)),
        Some(("invalid_region", 15)),
        Some(("unsupported_language", 16)),
        Some(("no_entities", 17)),
        Some(("list_entry_length", 18)),
        None,
    ];
    let answers = answers(&output);
    assert_eq!(errors(&answers), expected);
    assert_eq!(found(&answers[18]), [("EMAIL_ADDRESS", 0, 14)]);
    assert_eq!(
        (&last(&output)["errors"], &last(&output)["lines"]),
        (&16.into(), &19.into())
    );
    assert!(!stdout(&output).contains("CANARY") && !stderr(&output).contains("CANARY"));
}

#[test]
fn a_line_above_4_mib_is_refused_with_its_number_and_the_next_is_read() {
    for (length, expected) in [
        (4 * 1024 * 1024, None),
        (4 * 1024 * 1024 + 1, Some(("line_too_long", 2))),
        (5 * 1024 * 1024, Some(("line_too_long", 2))),
    ] {
        let text = format!("first\n{}\njo@example.com\n", " ".repeat(length));
        let output = vouchsafe(&["detect", "--format", "lines", "-"], text.as_bytes());
        let answers = answers(&output);
        assert_eq!(errors(&answers), [None, expected, None], "{length}");
        assert_eq!(found(&answers[2]), [("EMAIL_ADDRESS", 0, 14)]);
        assert_eq!(status(&output), i32::from(expected.is_some()));
    }
}

#[test]
fn a_line_that_is_not_utf_8_is_refused_with_the_byte_and_the_next_is_read() {
    let output = vouchsafe(
        &["detect", "--format", "lines", "-"],
        b"a\nCANARY\xff\njo@example.com",
    );
    let answers = answers(&output);
    assert_eq!(errors(&answers), [None, Some(("not_utf8", 2)), None]);
    assert_eq!(
        answers[1]["error"]["message"],
        "line 2: byte 8 of the input is not UTF-8"
    );
    assert_eq!(status(&output), 1);
}

#[test]
fn skipped_lines_go_to_their_file_by_number_and_code() {
    let folder = tempfile::tempdir().unwrap();
    let input = b"{\"text\":\"jo@example.com\"}\nCANARY\n{\"text\":\"x\",\"entities\":[\"X\"]}\n";
    let args = [
        "detect",
        "--format",
        "ndjson",
        "--skip-errors",
        "failed",
        "--exit-code",
        "-",
    ];
    let output = vouchsafe_in(folder.path(), &args, input);
    assert_eq!((status(&output), answers(&output).len()), (3, 1));
    let failed = fs::read_to_string(folder.path().join("failed")).unwrap();
    let failed: Vec<Value> = failed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let expected = [
        json!({"line": 2, "code": "json_syntax"}),
        json!({"line": 3, "code": "unknown_entity"}),
    ];
    assert_eq!(failed, expected);
    let args = [
        "detect",
        "--format",
        "ndjson",
        "--skip-errors",
        "failed",
        "-",
    ];
    assert_eq!(status(&vouchsafe_in(folder.path(), &args, input)), 0);
    let args = [
        "detect",
        "--json",
        "--format",
        "lines",
        "--skip-errors",
        "none/x",
        "-",
    ];
    let output = vouchsafe_in(folder.path(), &args, b"");
    assert_eq!((status(&output), code(&output)), (2, "unwritable".into()));
}

#[test]
fn flags_that_make_no_sense_end_the_command_before_the_first_line() {
    let args = [
        "detect",
        "--format",
        "lines",
        "--entities",
        "X",
        "--json",
        "-",
    ];
    let output = vouchsafe(&args, b"a\n");
    assert_eq!(
        (status(&output), code(&output)),
        (2, "unknown_entity".into())
    );
    assert_eq!(stdout(&output), "");
}
