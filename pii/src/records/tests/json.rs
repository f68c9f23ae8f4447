use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn toml(format: &str, default: &str, fields: &str) -> String {
    format!("format='{format}'\ndefault='{default}'\n[fields]\n{fields}\n")
}

fn json(fields: &str, input: &str) -> String {
    text(&toml("json", "drop", fields), input)
}

#[test]
fn each_path_gets_its_action_and_the_rest_is_left_out() {
    let fields = r#"
        "tool" = "keep"
        "items[*].email" = { action = "mask", keep_last = 3 }
        "items[*].age" = { action = "bucket", width = 10 }
        "items[*].tags[*]" = { action = "replace", with = "x" }
        "args.*" = "redact"
        "\"a.b\"" = "keep"
    "#;
    let input = r#"{"tool": {"name":"send", "n":1.50}, "secret": [1, {"x": 2}],
        "items": [{"email":"jo@x.fr","age":37,"id":5}, {"tags":["a","b"],"age":"41"}, 7],
        "args": {"to": "jo@example.com", "n": 3}, "a.b": 12345678901234567890123, "items2": 1}"#;
    let expected = r#"{"tool": {"name":"send", "n":1.50},
        "items": [{"email":"****.fr","age":30}, {"tags":["x","x"],"age":"40"}],
        "args": {"to": "<EMAIL_ADDRESS>", "n": 3}, "a.b": 12345678901234567890123}"#;
    assert_eq!(json(fields, input), expected);
}

#[test]
fn types_order_white_space_and_doubled_names_stay() {
    for input in [
        r#" { "b" : [ 1e400 , -0.0 , true , null ] , "a" : "\u00e9\n" , "b" : { } } "#,
        "[]",
        "{}",
        "7",
        "\"\"",
        "[[[1]], {\"a\": [ ]}]\n",
    ] {
        assert_eq!(json("'$' = 'keep'", input), input);
    }
    let both = r#"{"a":"x","a":"y","\u0061":"z"}"#;
    let masked = r#"{"a":"*","a":"*","\u0061":"*"}"#;
    assert_eq!(json("a = { action = 'mask' }", both), masked);
}

#[test]
fn strings_are_read_and_written_with_their_escapes() {
    let fields = "a = { action = 'mask', keep_first = 9, keep_last = 1 }";
    let input = r#"{"a":"\u00e9\"\\\ud83d\ude00\n\u0001xyz!"}"#;
    let made: Value = serde_json::from_str(&json(fields, input)).unwrap();
    assert_eq!(made, json!({"a": "\u{e9}\"\\\u{1f600}\n\u{1}xyz!"}));
    let lone = fault(&toml("json", "drop", fields), br#"{"a":"\ud83d"}"#);
    assert_eq!(lone.0, "json_malformed a");
}

#[test]
fn null_stays_where_there_is_a_path_and_nothing_is_left_of_what_is_dropped() {
    let fields = "a = 'redact'\n'b.c' = 'keep'\nd = 'drop'\n'e[*]' = 'drop'";
    let input = r#"{"a":null,"b":null,"d":null,"e":[1,null],"f":null}"#;
    assert_eq!(json(fields, input), r#"{"a":null,"b":null,"e":[]}"#);
}

#[test]
fn what_the_recipe_does_not_name_is_refused_without_its_name() {
    let refuse = |fields| toml("json", "refuse", fields);
    for input in [
        r#"{"a":1,"jo@example.com":2}"#,
        r#"{"a":{"b":1}}"#,
        "[1]",
        "7",
        r#"{"a":[1]}"#,
    ] {
        let made = made(&refuse("'a.c' = 'keep'"), input.as_bytes());
        let error = made.end.unwrap_err();
        assert_eq!(
            (error.code(), error.row, error.field.clone()),
            ("field_unlisted", 1, None)
        );
        assert!(!error.to_string().contains("jo@") && made.text.is_empty());
    }
    // A document of which nothing is known is an error under the other default as well.
    assert_eq!(
        fault(&toml("json", "drop", "a = 'keep'"), b"[1]").0,
        "field_unlisted "
    );
}

#[test]
fn an_action_for_values_refuses_objects_and_arrays() {
    let mask = toml("json", "drop", "a = { action = 'mask' }");
    for input in [r#"{"a":{}}"#, r#"{"a":[1]}"#] {
        assert_eq!(
            fault(&mask, input.as_bytes()),
            ("not_a_value a".to_owned(), 1, 1)
        );
    }
}

#[test]
fn what_is_not_json_or_too_deep_is_refused_with_its_line() {
    let keep = toml("json", "drop", "'$' = 'keep'");
    let error = |input: &[u8]| {
        let (code, _, line) = fault(&keep, input);
        (code.trim_end().to_owned(), line)
    };
    assert_eq!(error(b"{\n\"a\": tru}"), ("json_malformed".to_owned(), 2));
    assert_eq!(error(b""), ("json_malformed".to_owned(), 1));
    assert_eq!(error(b"{} {}"), ("json_malformed".to_owned(), 1));
    assert_eq!(error(b"\"\xff\""), ("not_utf8".to_owned(), 1));
    let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
    assert_eq!(text(&keep, &nested(MAX_DEPTH)), nested(MAX_DEPTH));
    assert_eq!(
        error(nested(MAX_DEPTH + 1).as_bytes()),
        ("json_too_deep".to_owned(), 1)
    );
    assert_eq!(
        error("[\n".repeat(100_000).as_bytes()),
        ("json_too_deep".to_owned(), 129)
    );
    let long = format!("\"{}\"", "x".repeat(MAX_RECORD_BYTES - 1));
    assert_eq!(error(long.as_bytes()), ("record_too_long".to_owned(), 1));
}

#[test]
fn lines_are_records_and_failed_ones_are_told() {
    let toml = toml("ndjson", "drop", "'a' = { action = 'bucket', width = 10 }");
    let long = "x".repeat(MAX_RECORD_BYTES + 1);
    let input = format!("{{\"a\":11}}\r\n\n{{\"a\":\"secret\"}}\n{{\n{long}\n  {{\"a\":22}}");
    let made = skipped(&toml, input.as_bytes());
    assert_eq!(made.text, "{\"a\":10}\r\n  {\"a\":20}");
    assert_eq!(
        made.told,
        "{\"row\":2,\"line\":3,\"code\":\"not_a_number\",\"field\":\"a\"}\n\
         {\"row\":3,\"line\":4,\"code\":\"json_malformed\"}\n\
         {\"row\":4,\"line\":5,\"code\":\"record_too_long\"}\n"
    );
    let summary = made.end.unwrap();
    assert_eq!((summary.written, summary.skipped), (2, 3));
    let last = skipped(&toml, format!("{{}}\n{long}").as_bytes());
    assert_eq!((last.text.as_str(), last.told.lines().count()), ("{}\n", 1));
}

#[test]
fn dates_are_shifted_for_the_subject_of_their_document() {
    let toml = "format='ndjson'\ndefault='drop'\nsubject='who.id'\n[fields]\nborn={action='shift_date',days=90}\n";
    let lines = text(
        toml,
        "{\"born\":\"2021-02-03\",\"who\":{\"id\":7}}\n\
         {\"who\":{\"x\":[{}],\"id\":\"7\"},\"born\":\"2021-02-03\"}\n\
         {\"born\":\"2021-02-03\",\"who\":{\"id\":8}}\n",
    );
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines[0], lines[1]);
    assert_ne!(lines[0], lines[2]);
    for other in [
        r#"{"born":"2021-02-03"}"#,
        r#"{"born":"2021-02-03","who":{"id":null}}"#,
    ] {
        assert_eq!(fault(toml, other.as_bytes()).0, "subject_missing born");
    }
}

/// Any JSON, as values of its types.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(|eighths| Value::from(f64::from(eighths) / 8.0)),
        "\\PC{0,6}|[\"\\\\\n]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        let name = "[a-c]|\\PC{0,3}|\"";
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name, inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn keeping_all_is_the_same_document_to_the_byte(value in value(), pretty: bool) {
        let input = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let input = input.unwrap();
        prop_assert_eq!(json("'$' = 'keep'", &input), input.clone());
        if let Value::Object(members) = &value {
            // Through every member, whatever it is called.
            prop_assert_eq!(json("'*' = 'keep'", &input), input);
            let first = members.keys().next().filter(|name| members.len() == 1 && !name.is_empty());
            if let Some(name) = first {
                let toml = format!("format='json'\ndefault='refuse'\n[fields]\n{} = 'drop'\n",
                    Value::from(Value::from(name.as_str()).to_string()));
                let made: Value = serde_json::from_str(&text(&toml, &serde_json::to_string(&value).unwrap())).unwrap();
                prop_assert_eq!(made, json!({}));
            }
        }
    }

    #[test]
    fn dropped_members_leave_json_without_them(value in value(), pretty: bool) {
        let document = json!({"a": value, "b": [value, {"a": value, "c": 1}], "c": value});
        let input = if pretty { serde_json::to_string_pretty(&document) } else { serde_json::to_string(&document) };
        let made: Value = serde_json::from_str(&json("'b[*].c' = 'keep'\nc = 'drop'", &input.unwrap())).unwrap();
        let mut rest = Vec::new();
        // Of the value itself something is left only where it is an object or null.
        match &document["b"][0] {
            Value::Null => rest.push(Value::Null),
            Value::Object(members) => rest.push(match members.get("c") {
                Some(c) => json!({"c": c}),
                None => json!({}),
            }),
            _ => {}
        }
        rest.push(json!({"c": 1}));
        prop_assert_eq!(made, json!({"b": rest}));
    }

    #[test]
    fn lines_in_pieces_are_the_same_lines(
        values in prop::collection::vec(value(), 0..5), noise in "[a{}\\[\\],:\"\r\n1 ]{0,24}",
        pieces in prop::collection::vec(1_usize..9, 1..4),
    ) {
        let lines: Vec<String> = values.iter().map(ToString::to_string).collect();
        let input = format!("{}\n{noise}", lines.join("\n"));
        let recipe = recipe(&toml("ndjson", "drop", "'a[*]' = { action = 'mask' }\n'*' = 'keep'"));
        let whole = run(&recipe, &mut input.as_bytes(), true);
        let pieces = in_pieces(&recipe, input.as_bytes(), pieces);
        prop_assert_eq!((&whole.text, &whole.told), (&pieces.text, &pieces.told));
        prop_assert_eq!(whole.end, pieces.end);
        for line in whole.text.lines() {
            prop_assert!(serde_json::from_str::<Value>(line).is_ok());
        }
    }

    #[test]
    fn text_that_was_not_checked_is_scanned_without_panic(text in "[a\u{e9}\\\\{}\\[\\],:\"1 ]{0,24}", at in 0_usize..30) {
        use super::super::json_scan as scan;
        for at in [scan::space(&text, at), scan::string_end(&text, at), scan::value_end(&text, at)] {
            prop_assert!(at <= text.len().max(30));
        }
        scan::lookup(&text, &["a", "1"]);
        let _ = scan::check(&text);
    }
}

#[test]
fn paths_that_no_record_has_are_told() {
    let toml = "format='ndjson'\ndefault='drop'\n[fields]\n'a.b'='keep'\n'a.c'='drop'\n'd[*].e'='keep'\nf='keep'";
    let unmatched = |input: &str| {
        let paths = made(toml, input.as_bytes()).end.unwrap().unmatched;
        paths.join(" ")
    };
    assert_eq!(unmatched("{\"a\":{\"b\":1}}\n{\"f\":null}"), "a.c d[*].e");
    assert_eq!(unmatched("{\"a\":{\"c\":1},\"d\":[{\"e\":1}]}"), "a.b f");
    assert_eq!(unmatched(""), "a.b a.c d[*].e f");
    let table = "format='csv'\ndefault='drop'\n[fields]\na='keep'";
    assert!(made(table, b"a\n1\n").end.unwrap().unmatched.is_empty());
}

#[test]
fn all_that_is_beneath_is_reached_however_deep_and_keeps_its_types() {
    let input = r#"{"id":7,"a":{"b":["x",{"mail":"jo@example.com","n":5,"t":true,"z":null}]},"ssn":"078051123"}"#;
    let fields = "id = 'keep'\n'**' = 'redact'";
    let expected = r#"{"id":7,"a":{"b":["x",{"mail":"<EMAIL_ADDRESS>","n":5,"t":true,"z":null}]},"ssn":"<US_SSN>"}"#;
    assert_eq!(json(fields, input), expected);
    let replaced = json("'a.**' = { action = 'replace', with = '-' }", input);
    assert_eq!(
        replaced,
        r#"{"a":{"b":["-",{"mail":"-","n":"-","t":"-","z":null}]}}"#
    );
    assert_eq!(json("id = 'keep'\n'**' = 'drop'", input), r#"{"id":7}"#);
    // Beside a longer path, and in an array behind an object.
    let kept = json(
        "'a.c' = 'keep'\n'**' = 'redact'",
        r#"{"a":{"c":1,"d":{"e":"jo@example.com"}}}"#,
    );
    assert_eq!(kept, r#"{"a":{"c":1,"d":{"e":"<EMAIL_ADDRESS>"}}}"#);
    let mixed = json("'**' = 'redact'", r#"{"ssn":[{"t":"x"},"078051123"]}"#);
    assert_eq!(mixed, r#"{"ssn":[{"t":"x"},"<US_SSN>"]}"#);
    // Names that nobody vouches for leave as they are, and are told.
    let class = |fields: &str| {
        let made = made(
            &toml("json", "drop", fields),
            br#"{"jo@example.com":"x","a":{"b":"x"}}"#,
        );
        made.end.unwrap().classes.strictest()
    };
    assert_eq!(class("'**' = 'redact'"), Some(Class::Plaintext));
    assert_eq!(class("'a.b' = 'redact'"), Some(Class::Masked));
    let array = json("'**' = 'redact'", r#"["jo@example.com",[1,{"a":"b"}]]"#);
    assert_eq!(array, r#"["<EMAIL_ADDRESS>",[1,{"a":"b"}]]"#);
}
