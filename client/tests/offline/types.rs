//! `validate` and `entities`.

use serde_json::{Value, json};

use super::{answers, code, last, status, stderr, stdout, vouchsafe};

#[test]
fn each_value_is_answered_by_its_verdict_or_the_rule_it_breaks() {
    let values = "DE89 3704 0044 0532 0130 00\r\nDE89370400440532013001\n\nDE8937040044053201300";
    let args = ["validate", "--entity", "IBAN_CODE"];
    let output = vouchsafe(&args, values.as_bytes());
    assert_eq!(
        stdout(&output),
        "valid\ninvalid: checksum\ninvalid: length\ninvalid: length\n"
    );
    assert_eq!(stderr(&output), "vouchsafe: 1 valid, 3 invalid, 0 errors\n");
    assert_eq!(status(&output), 0);
    let output = vouchsafe(&[&args[..], &["--json", "-"]].concat(), values.as_bytes());
    let length = json!({ "valid": false, "rule": "length" });
    let expected = [
        json!({ "valid": true, "rule": null }),
        json!({ "valid": false, "rule": "checksum" }),
        length.clone(),
        length,
    ];
    assert_eq!(answers(&output), expected);
    assert_eq!(
        last(&output),
        json!({ "valid": 1, "invalid": 3, "errors": 0 })
    );
    let asked = [&args[..], &["--exit-code"]].concat();
    assert_eq!(status(&vouchsafe(&asked, values.as_bytes())), 3);
    assert_eq!(status(&vouchsafe(&asked, b"DE89370400440532013000")), 0);
}

#[test]
fn a_value_that_is_not_judged_is_answered_in_its_place_and_the_exit_is_1() {
    let long = "1".repeat(16 * 1024 + 1);
    let values = [
        b"078-05-1123\nCANARY\xff\n",
        long.as_bytes(),
        b"\n078-05-1123\n",
    ]
    .concat();
    let output = vouchsafe(&["validate", "--entity", "US_SSN", "--json"], &values);
    assert_eq!(status(&output), 1);
    let answers = answers(&output);
    let codes: Vec<_> = answers
        .iter()
        .map(|answer| &answer["error"]["code"])
        .collect();
    let expected = [
        Value::Null,
        "not_utf8".into(),
        "text_too_long".into(),
        Value::Null,
    ];
    assert_eq!(codes, expected.iter().collect::<Vec<_>>());
    assert_eq!(answers[1]["line"], 2);
    assert_eq!(
        answers[1]["error"]["message"],
        "line 2: byte 18 of the input is not UTF-8"
    );
    assert!(!stdout(&output).contains("CANARY"));
    let output = vouchsafe(&["validate", "--entity", "US_SSN"], b"\xff\n");
    assert_eq!(
        stdout(&output),
        "error: line 1: byte 0 of the input is not UTF-8 [not_utf8]\n"
    );
}

#[test]
fn a_type_that_is_none_ends_with_2_and_a_value_is_no_argument() {
    let output = vouchsafe(&["validate", "--entity", "email"], b"");
    assert_eq!(
        stderr(&output),
        "vouchsafe: there is no type email (there is EMAIL_ADDRESS); `vouchsafe entities` lists them \
         [unknown_entity]\n"
    );
    let output = vouchsafe(&["validate", "--entity", "PERSON", "--json"], b"Jo\n");
    assert_eq!(
        (status(&output), code(&output)),
        (2, "setting_value".into())
    );
    let output = vouchsafe(&["validate", "--entity", "X", "--json"], b"");
    assert_eq!(
        (status(&output), code(&output)),
        (2, "unknown_entity".into())
    );
    let output = vouchsafe(
        &["validate", "--entity", "US_SSN", "--json", "078-05-1123"],
        b"",
    );
    assert_eq!((status(&output), code(&output)), (2, "unreadable".into()));
}

#[test]
fn types_are_listed_by_country_and_kind() {
    let all = vouchsafe(&["entities", "--json"], b"");
    let all: Value = serde_json::from_str(stdout(&all)).unwrap();
    let all = all["entities"].as_array().unwrap();
    assert!(all.len() > 200, "{}", all.len());
    let members = [
        "entity", "title", "country", "kind", "source", "context", "forms",
    ];
    for one in all {
        assert!(
            members.iter().all(|member| one.get(member).is_some()),
            "{one}"
        );
    }
    let output = vouchsafe(
        &["entities", "--country", "DE", "--kind", "tax", "--json"],
        b"",
    );
    let some: Value = serde_json::from_str(stdout(&output)).unwrap();
    let some = some["entities"].as_array().unwrap();
    assert!(some.iter().any(|one| one["entity"] == "DE_TAX_ID"));
    assert!(
        some.iter()
            .all(|one| one["country"] == "DE" && one["kind"] == "tax")
    );
    let output = vouchsafe(&["entities", "--country", "DE"], b"");
    assert!(
        stdout(&output)
            .lines()
            .any(|line| line.starts_with("DE_TAX_ID ")
                && line.contains("  DE  tax       German tax identification number"))
    );
    let output = vouchsafe(&["entities", "--country", "de", "--json"], b"");
    assert_eq!(
        (status(&output), code(&output)),
        (2, "setting_value".into())
    );
    let output = vouchsafe(&["entities", "--country", "ZZ"], b"");
    assert_eq!((status(&output), stdout(&output)), (0, ""));
}
