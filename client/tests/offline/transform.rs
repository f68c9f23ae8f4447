//! `transform`: records, recipes, keys, and what is left of an output that failed.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::{Value, json};

use super::{code, fs, last, status, stderr, stdout, vouchsafe_in};

const CSV: &str = "format = \"csv\"\ndefault = \"drop\"\n[fields]\n\
    id = { action = \"pseudonymize\", entity = \"ID\" }\n\
    card = { action = \"mask\", keep_last = 4 }\n";
const INPUT: &str = "id,card,name\n7,4111111111111111,CANARY\n8,4012888888881881,CANARY\n";

/// A folder with a recipe, a root that is its owner's alone, and records.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "recipe.toml", CSV, 0o644);
    write(folder.path(), "root.key", &"55".repeat(32), 0o600);
    write(folder.path(), "in.csv", INPUT, 0o644);
    folder
}

fn write(folder: &Path, name: &str, content: &str, mode: u32) {
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
}

fn transform(folder: &Path, more: &[&str], input: &str) -> std::process::Output {
    let args = [&["transform", "--recipe", "recipe.toml", "--json"], more].concat();
    vouchsafe_in(folder, &args, input.as_bytes())
}

#[test]
fn records_are_changed_as_the_recipe_says_under_the_same_keys_however_they_are_written() {
    let folder = folder();
    let args = ["--key-file", "root.key", "in.csv"];
    let output = transform(folder.path(), &args, "");
    assert_eq!(status(&output), 0, "{}", stderr(&output));
    let lines: Vec<_> = stdout(&output).lines().collect();
    assert_eq!(lines[0], "id,card");
    assert!(lines[1].starts_with("vp1.ID.k1.") && lines[1].ends_with(",************1111"));
    assert_eq!(
        last(&output),
        json!({"written": 2, "skipped": 0, "class": "pseudonym", "unmatched": []})
    );
    let jwk = r#"{"kty":"oct","k":"VVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVU"}"#;
    write(folder.path(), "root.key", jwk, 0o600);
    let again = transform(folder.path(), &["--key-file", "root.key", "-"], INPUT);
    assert_eq!(again.stdout, output.stdout);
    let tenant = [
        "--key-file",
        "root.key",
        "--tenant",
        "acme",
        "--key-version",
        "3",
        "in.csv",
    ];
    let other = transform(folder.path(), &tenant, "");
    assert!(stdout(&other).contains("vp1.ID.k3."));
}

#[test]
fn an_output_file_takes_its_name_only_when_it_is_whole() {
    let folder = folder();
    let args = ["--key-file", "root.key", "in.csv", "-o", "out.csv"];
    let output = transform(folder.path(), &args, "");
    let summary: Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(summary["written"], 2);
    let made = fs::read_to_string(folder.path().join("out.csv")).unwrap();
    assert_eq!(made.lines().count(), 3);
    fs::remove_file(folder.path().join("out.csv")).unwrap();
    let broken = format!("{INPUT}9,CANARY\n");
    let args = ["--key-file", "root.key", "-", "-o", "out.csv"];
    let output = transform(folder.path(), &args, &broken);
    assert_eq!((status(&output), code(&output)), (1, "row_width".into()));
    assert!(
        stderr(&output).contains("-: record 3, line 4"),
        "{}",
        stderr(&output)
    );
    assert!(!stderr(&output).contains("CANARY"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
}

#[test]
fn records_that_fail_are_skipped_when_asked() {
    let folder = folder();
    let broken = format!("{INPUT}9,CANARY\n");
    let args = ["--key-file", "root.key", "--skip-errors", "failed", "-"];
    let output = transform(folder.path(), &args, &broken);
    assert_eq!(status(&output), 0, "{}", stderr(&output));
    assert_eq!(last(&output)["skipped"], 1);
    let failed = fs::read_to_string(folder.path().join("failed")).unwrap();
    let failed: Value = serde_json::from_str(&failed).unwrap();
    assert_eq!(failed, json!({"row": 3, "line": 4, "code": "row_width"}));
}

#[test]
fn what_is_wrong_before_the_first_record_ends_with_2() {
    let folder = folder();
    write(folder.path(), "open.key", &"55".repeat(32), 0o640);
    write(folder.path(), "short.key", &"55".repeat(31), 0o600);
    write(folder.path(), "wrong.toml", "format = \"csv\"\n", 0o644);
    for (args, expected) in [
        (&["--key-file", "open.key"][..], "key_permissions"),
        (&["--key-file", "short.key"], "key_encoding"),
        (&["--key-file", "none"], "unreadable"),
        (&["--format", "json"], "setting_conflict"),
    ] {
        let output = transform(folder.path(), &[args, &["in.csv"]].concat(), "");
        assert_eq!(
            (status(&output), code(&output)),
            (2, expected.into()),
            "{args:?}"
        );
    }
    for (recipe, expected) in [
        ("wrong.toml", "recipe_invalid"),
        ("none.toml", "unreadable"),
    ] {
        let args = ["transform", "--recipe", recipe, "--json", "in.csv"];
        let output = vouchsafe_in(folder.path(), &args, b"");
        assert_eq!((status(&output), code(&output)), (2, expected.into()));
    }
    // Of a recipe that needs a key, without one.
    let output = transform(folder.path(), &["in.csv"], "");
    assert_eq!((status(&output), code(&output)), (2, "key_missing".into()));
}

/// The note of a record after a recipe of one action, and the class of what left.
fn noted(folder: &Path, action: &str, flags: &[&str], note: &str) -> (String, Value) {
    let recipe = format!("format = \"csv\"\ndefault = \"drop\"\n[fields]\nnote = {action}\n");
    write(folder, "recipe.toml", &recipe, 0o644);
    let output = transform(
        folder,
        &[flags, &["-"]].concat(),
        &format!("note\n{note}\n"),
    );
    assert_eq!(status(&output), 0, "{flags:?}: {}", stderr(&output));
    let made = stdout(&output).strip_prefix("note\n").unwrap();
    (made.trim_end().to_owned(), last(&output)["class"].clone())
}

#[test]
fn the_flags_say_how_texts_are_searched_and_what_is_left_counts_as_plaintext() {
    let folder = folder();
    let own = r#"{"entity": "BADGE", "pattern": "E-[0-9]{6}", "confidence": 0.9}"#;
    write(folder.path(), "own.jsonl", own, 0o644);
    let note = "Dear Mr Peter Miller: 078-05-1123 E-123456 4111 1111 1111 1112";
    let all = "Dear Mr <PERSON>: <US_SSN> E-123456 4111 1111 1111 1112";
    let nobody = "Dear Mr Peter Miller: <US_SSN> E-123456 4111 1111 1111 1112";
    for (flags, expected, class) in [
        (&[][..], all, "masked"),
        (&["--threshold", "0.39"], all, "masked"),
        (
            &["--looks-like", "--recognisers", "own.jsonl"],
            "Dear Mr <PERSON>: <US_SSN> <BADGE> <CREDIT_CARD>",
            "masked",
        ),
        (&["--no-names"], nobody, "plaintext"),
        (&["--threshold", "PERSON=1"], nobody, "plaintext"),
        (&["--entities", "US_SSN"], nobody, "plaintext"),
        (
            &["--regions", "FR"],
            "Dear Mr <PERSON>: 078-05-1123 E-123456 4111 1111 1111 1112",
            "plaintext",
        ),
    ] {
        let text = r#"{ action = "text" }"#;
        for action in ["\"redact\"", text] {
            let made = noted(folder.path(), action, flags, note);
            assert_eq!(made, (expected.to_owned(), class.into()), "{flags:?}");
        }
    }
    let args = ["--entities", "CANARY", "in.csv"];
    let output = transform(folder.path(), &args, "");
    assert_eq!(
        (status(&output), code(&output)),
        (2, "unknown_entity".into())
    );
    assert_eq!(stdout(&output), "");
}

#[test]
fn a_text_that_keeps_what_it_finds_is_plaintext_with_findings_and_without() {
    let folder = folder();
    let keep = r#"{ action = "text", default = { action = "keep" } }"#;
    for note in ["jo@example.com", "nothing of note"] {
        let made = noted(folder.path(), keep, &[], note);
        assert_eq!(made, (note.to_owned(), "plaintext".into()));
    }
    let hide = r#"{ action = "text", entities = { URL = { action = "keep" } } }"#;
    let made = noted(folder.path(), hide, &[], "jo@example.com");
    assert_eq!(made, ("<EMAIL_ADDRESS>".to_owned(), "masked".into()));
    let made = noted(folder.path(), hide, &[], "see https://example.com");
    let expected = "see https://example.com".to_owned();
    assert_eq!(made, (expected, "plaintext".into()));
}

#[test]
fn json_is_changed_by_path_and_a_recipe_without_keys_needs_none() {
    let folder = folder();
    let recipe = json!({
        "format": "ndjson", "default": "drop",
        "fields": {"user.mail": {"action": "redact"}, "n": {"action": "keep"}},
    });
    write(folder.path(), "recipe.json", &recipe.to_string(), 0o644);
    let input = "{\"n\":1,\"user\":{\"mail\":\"jo@example.com\",\"x\":2}}\n";
    let args = [
        "transform",
        "--recipe",
        "recipe.json",
        "--format",
        "ndjson",
        "--json",
        "-",
    ];
    let output = vouchsafe_in(folder.path(), &args, input.as_bytes());
    let made: Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(made, json!({"n": 1, "user": {"mail": "<EMAIL_ADDRESS>"}}));
}

#[test]
fn labels_that_are_kept_go_on_in_the_next_run_and_their_file_holds_no_value() {
    let folder = folder();
    let recipe = "format = \"csv\"\ndefault = \"drop\"\n[fields]\n\
        name = { action = \"placeholder\", label = \"PERSON\" }\n";
    write(folder.path(), "recipe.toml", recipe, 0o644);
    let run = |input| transform(folder.path(), &["--labels", "labels.json", "-"], input);
    let first = run("name\nCANARY\nMia\n");
    assert_eq!(
        stdout(&first),
        "name\nPERSON_1\nPERSON_2\n",
        "{}",
        stderr(&first)
    );
    let second = run("name\nTom\nMia\nCANARY\n");
    assert_eq!(stdout(&second), "name\nPERSON_3\nPERSON_2\nPERSON_1\n");
    let path = folder.path().join("labels.json");
    assert!(!fs::read_to_string(&path).unwrap().contains("CANARY"));
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    // A run that fails has written labels too.
    let failed = run("name\nUma\nVic,1\n");
    assert_eq!(
        (stdout(&failed), code(&failed)),
        ("name\nPERSON_4\n", "row_width".into())
    );
    let third = run("name\nUma\n");
    assert_eq!(stdout(&third), "name\nPERSON_4\n");
    for outputs in [
        &["--labels", "-", "-"][..],
        &["--labels", "x", "-o", "x", "-"],
        &["--labels", "x", "--skip-errors", "x", "-"],
        &["--labels", "x", "-o", "./x", "-"],
        &["--labels", "x", "-o", "x.lock", "-"],
    ] {
        let refused = transform(folder.path(), outputs, "name\nTom\n");
        assert_eq!(
            (stdout(&refused), code(&refused)),
            ("", "setting_conflict".into())
        );
    }
    // One run after another: two at once would give one label to two values.
    let lock = folder.path().join("labels.json.lock");
    assert!(!lock.exists());
    fs::write(&lock, "").unwrap();
    let refused = run("name\nTom\n");
    assert_eq!(
        (status(&refused), code(&refused)),
        (2, "labels_locked".into())
    );
    fs::remove_file(&lock).unwrap();
    let without = transform(folder.path(), &["-"], "name\nTom\n");
    assert_eq!(stdout(&without), "name\nPERSON_1\n");
    for (content, mode, expected) in [
        ("{}", 0o600, "session_malformed"),
        (r#"{"key":"00","labels":[]}"#, 0o600, "session_malformed"),
        ("{}", 0o644, "key_permissions"),
    ] {
        write(folder.path(), "labels.json", content, mode);
        let refused = run("name\nTom\n");
        assert_eq!((status(&refused), code(&refused)), (2, expected.into()));
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
    }
}

#[test]
fn paths_of_a_recipe_that_no_record_has_and_one_name_for_two_outputs_are_told() {
    let folder = folder();
    let recipe = "format = \"ndjson\"\ndefault = \"drop\"\n[fields]\n\"a.b\" = \"keep\"\n\"a.z\" = \"keep\"\n";
    write(folder.path(), "recipe.toml", recipe, 0o644);
    let args = ["transform", "--recipe", "recipe.toml", "-"];
    let output = vouchsafe_in(folder.path(), &args, b"{\"a\":{\"b\":1}}\n");
    assert_eq!(
        stderr(&output),
        "vouchsafe: no record has a.z: is the path right?\n\
         vouchsafe: 1 records written, 0 skipped; class plaintext\n"
    );
    let refused = transform(folder.path(), &["-o", "in.csv", "in.csv"], "");
    assert_eq!(
        (status(&refused), code(&refused)),
        (2, "setting_conflict".into())
    );
    assert_eq!(
        fs::read_to_string(folder.path().join("in.csv")).unwrap(),
        INPUT
    );
    let refused = transform(folder.path(), &["-o", "x", "--skip-errors", "x", "-"], "");
    assert_eq!(
        (status(&refused), code(&refused)),
        (2, "setting_conflict".into())
    );
}
