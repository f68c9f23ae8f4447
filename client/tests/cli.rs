//! The command line as its users meet it: help, exits, codes, and where words go.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

#[path = "cli/key_policy.rs"]
mod key_policy;
#[path = "cli/measurements.rs"]
mod measurements;

const ARN: &str = "arn:aws:kms:eu-central-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn vouchsafe(args: &[&str]) -> Output {
    vouchsafe_in(Path::new("."), args)
}

fn vouchsafe_in(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vouchsafe"))
        .current_dir(folder)
        .env_remove("VOUCHSAFE_CONFIG")
        .args(args)
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// The code of the failure that a command printed as JSON.
fn failure(output: &Output) -> (i32, String) {
    assert_eq!(stdout(output), "");
    let line = stderr(output).lines().last().unwrap_or_default();
    let error: Value = serde_json::from_str(line).unwrap();
    let code = error["error"]["code"].as_str().unwrap().to_owned();
    (output.status.code().unwrap(), code)
}

/// Every command, as its words.
const COMMANDS: [&[&str]; 20] = [
    &["evidence", "fetch"],
    &["evidence", "verify"],
    &["seal"],
    &["process"],
    &["detect"],
    &["redact"],
    &["transform"],
    &["validate"],
    &["entities"],
    &["proxy"],
    &["keygen"],
    &["bundle", "sign"],
    &["bundle", "show"],
    &["anchor", "check"],
    &["key-policy", "generate"],
    &["key-policy", "lint"],
    &["key-policy", "simulate"],
    &["measurements", "sign"],
    &["measurements", "verify"],
    &["completion"],
];

#[test]
fn every_command_has_help_with_an_example() {
    for command in COMMANDS.iter().copied().chain([&[][..]]) {
        let output = vouchsafe(&[command, &["--help"]].concat());
        assert_eq!(output.status.code(), Some(0), "{command:?}");
        assert!(stdout(&output).contains("Example"), "{command:?}");
        assert!(stdout(&output).contains("--json"), "{command:?}");
        assert!(
            stdout(&output)
                .lines()
                .all(|line| line.chars().count() <= 100),
            "{command:?}"
        );
    }
}

#[test]
fn wrong_usage_ends_with_2_and_says_so_on_stderr() {
    for args in [
        vec![],
        vec!["nothing"],
        vec!["seal", "x.csv"],
        vec![
            "evidence",
            "verify",
            "x",
            "--root",
            "aws",
            "--at",
            "yesterday",
        ],
        vec![
            "evidence",
            "fetch",
            "--url",
            "http://127.0.0.1:1",
            "-o",
            "x",
            "--nonce",
            "00",
        ],
        vec!["proxy", "--listen", "0.0.0.0:80"],
    ] {
        let output = vouchsafe(&args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(
            output.stdout.is_empty() && !output.stderr.is_empty(),
            "{args:?}"
        );
    }
}

#[test]
fn every_shell_has_a_completion_script() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = vouchsafe(&["completion", shell]);
        assert_eq!(output.status.code(), Some(0));
        assert!(stdout(&output).contains("evidence"), "{shell}");
    }
}

#[test]
fn an_empty_or_malformed_document_is_refused_and_a_missing_one_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("empty"), "").unwrap();
    fs::write(folder.path().join("text"), "hello").unwrap();
    fs::write(folder.path().join("long"), vec![0; 70_000]).unwrap();
    for (file, code) in [
        ("empty", "document_size"),
        ("long", "document_size"),
        ("text", "cbor_truncated"),
    ] {
        let args = [
            "evidence",
            "verify",
            file,
            "--root",
            "aws",
            "--at",
            "2026-06-01T12:00:00Z",
        ];
        let output = vouchsafe_in(folder.path(), &[&args[..], &["--json"]].concat());
        assert_eq!(output.status.code(), Some(1), "{file}");
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(answer["verdict"], "refused");
        if file != "text" {
            assert_eq!(answer["code"], code, "{file}");
        }
    }
    for document in ["missing", "."] {
        let args = ["evidence", "verify", document, "--root", "aws", "--json"];
        let output = vouchsafe_in(folder.path(), &args);
        assert_eq!(failure(&output), (2, "unreadable".to_owned()));
    }
    let args = [
        "evidence",
        "verify",
        "empty",
        "--root",
        "missing.der",
        "--json",
    ];
    assert_eq!(
        failure(&vouchsafe_in(folder.path(), &args)),
        (2, "unreadable".to_owned())
    );
    let args = [
        "evidence", "verify", "empty", "--root", "aws", "--expect", "text", "--json",
    ];
    let output = vouchsafe_in(folder.path(), &args);
    assert_eq!(failure(&output), (2, "expectations_shape".to_owned()));
}

/// Runs `seal` over `content` with a KMS that nobody serves.
fn seal(content: &str, more: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("in.csv"), content).unwrap();
    let args = [
        "seal",
        "in.csv",
        "--tenant",
        "acme",
        "--dataset",
        "d",
        "--kms-key",
        ARN,
        "-o",
        "out",
        "--json",
    ];
    let output = vouchsafe_in(folder.path(), &[&args[..], more].concat());
    if output.status.code() != Some(0) {
        let left = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 1, "a failed run leaves no output");
    }
    output
}

#[test]
fn a_missing_or_repeated_column_is_named_before_kms_is_asked() {
    for (content, columns, code, name) in [
        ("a,b\n1,2\n", "a,ssn", "missing_column", "ssn"),
        ("a,b,a\n1,2,3\n", "a", "duplicate_column", "a"),
        ("a,b\n1,2\n", "b,b", "column_named_twice", "b"),
    ] {
        let output = seal(content, &["--columns", columns]);
        assert_eq!(failure(&output), (2, code.to_owned()));
        assert!(
            stderr(&output).contains(&format!("\\\"{name}\\\"")),
            "{}",
            stderr(&output)
        );
    }
}

#[test]
fn a_bad_row_is_refused_with_its_number_and_without_its_values() {
    let output = seal("a,b\nCANARY\n", &["--columns", "a"]);
    assert_eq!(failure(&output), (1, "field_count".to_owned()));
    assert!(stderr(&output).contains("row 1") && !stderr(&output).contains("CANARY"));
    let output = seal("a,b\nCANARY,\n", &["--columns", "a", "--id-column", "b"]);
    assert_eq!(failure(&output), (1, "record_id".to_owned()));
    assert!(!stderr(&output).contains("CANARY"));
    let output = seal("a,b\n\"CANARY,1\n2,3\n", &["--columns", "a"]);
    assert_eq!(failure(&output), (1, "quotes_unclosed".to_owned()));
    assert!(stderr(&output).contains("row 1, line 2") && !stderr(&output).contains("CANARY"));
}

#[test]
fn a_table_is_read_with_the_delimiter_that_is_named() {
    let output = seal("a;b\n", &["--columns", "a", "--delimiter", ";"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let output = seal("a\tb\n", &["--columns", "a", "--delimiter", "tab"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let output = seal("a;b\n", &["--columns", "a"]);
    assert_eq!(failure(&output), (2, "missing_column".to_owned()));
    let ndjson = ["--columns", "a", "--delimiter", ";", "--format", "ndjson"];
    assert_eq!(
        failure(&seal("a;b\n", &ndjson)),
        (2, "setting_conflict".to_owned())
    );
    let output = seal("a:b\n", &["--columns", "a", "--delimiter", ":"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_header_alone_is_sealed_to_nothing_without_a_data_key() {
    let output = seal("a,b\n", &["--columns", "a"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = json!({
        "rows": 0, "sealed": 0, "data_keys": 0, "dropped_columns": ["b"], "output": "out",
    });
    assert_eq!(summary, expected);
}

#[test]
fn an_epoch_is_a_number_in_its_one_written_form() {
    for epoch in ["0", "1", "4294967295"] {
        let output = seal("a\n", &["--columns", "a", "--epoch", epoch]);
        assert_eq!(output.status.code(), Some(0), "{epoch}");
    }
    for other in ["", "01", "+1", "-1", "2026-11", "4294967296"] {
        let epoch = format!("--epoch={other}");
        let output = seal("a\n", &["--columns", "a", &epoch]);
        assert_eq!(output.status.code(), Some(2), "{other}");
    }
}

#[test]
fn an_alias_is_no_key_and_an_unknown_extension_no_format() {
    let alias = [
        "seal",
        "x.csv",
        "--columns",
        "a",
        "--tenant",
        "t",
        "--dataset",
        "d",
        "-o",
        "-",
    ];
    for key in [
        "alias/pii",
        "arn:aws:kms:eu-central-1:222222222222:alias/pii",
        "arn:aws:kms:eu-central-1:222222222222:key/mrk-1234567890abcdef1234567890abcdef",
    ] {
        let output = vouchsafe(&[&alias[..], &["--kms-key", key]].concat());
        assert_eq!(output.status.code(), Some(2), "{key}");
    }
    let args = [
        "seal",
        "x.txt",
        "--columns",
        "a",
        "--tenant",
        "t",
        "--dataset",
        "d",
        "-o",
        "-",
    ];
    let output = vouchsafe(&[&args[..], &["--kms-key", ARN, "--json"]].concat());
    assert_eq!(failure(&output), (2, "unknown_format".to_owned()));
}

#[test]
fn a_kms_that_is_away_ends_with_3() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("in.csv"), "a\nCANARY\n").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_vouchsafe"))
        .current_dir(folder.path())
        .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "example")
        .args([
            "seal",
            "in.csv",
            "--columns",
            "a",
            "--tenant",
            "acme",
            "--dataset",
            "d",
        ])
        .args([
            "--kms-key",
            ARN,
            "--kms-endpoint",
            "https://127.0.0.1:9",
            "-o",
            "out",
            "--json",
        ])
        .output()
        .unwrap();
    assert_eq!(failure(&output), (3, "kms_unavailable".to_owned()));
    assert!(!stderr(&output).contains("CANARY"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_made_key_is_its_owners_and_is_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    for (name, encoding) in [("a.pem", "pem"), ("a.der", "der")] {
        let args = ["keygen", "-o", name, "--encoding", encoding, "--json"];
        let output = vouchsafe_in(folder.path(), &args);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let made: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(made["public_jwk"]["crv"], "Ed25519");
        let metadata = fs::metadata(folder.path().join(name)).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
        assert_eq!(
            failure(&vouchsafe_in(folder.path(), &args)),
            (2, "unwritable".to_owned())
        );
    }
}

#[test]
fn a_signed_bundle_is_shown_and_checked_against_its_anchor() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| vouchsafe_in(folder.path(), &[args, &["--json"]].concat());
    let made = run(&["keygen", "-o", "authority.pem"]);
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    let policy = json!({
        "version": 1, "serial": 1, "not_before": 0, "not_after": 4_000_000_000_000_u64, "allow": [],
    });
    let anchor = json!({
        "version": 1,
        "fleet": "test",
        "authorities": [{"name": "owner", "key": made["public_jwk"]}],
        "tenants": [{"name": "acme", "data_keys": [ARN], "floors": {"epoch": 1, "root_version": 1}}],
        "floors": {"bundle_serial": 1, "record_format": 1},
    });
    fs::write(folder.path().join("policy.json"), policy.to_string()).unwrap();
    fs::write(folder.path().join("anchor.json"), anchor.to_string()).unwrap();

    let sign = [
        "bundle",
        "sign",
        "--key",
        "authority.pem",
        "--policy",
        "policy.json",
        "-o",
        "b",
    ];
    let signed = run(&sign);
    assert_eq!(signed.status.code(), Some(0), "{}", stderr(&signed));
    let signed: Value = serde_json::from_slice(&signed.stdout).unwrap();
    let shown = run(&["bundle", "show", "b", "--anchor", "anchor.json"]);
    assert_eq!(shown.status.code(), Some(0), "{}", stderr(&shown));
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(shown["signature"], "verified");
    assert_eq!(shown["bundle_digest"], signed["bundle_digest"]);
    assert_eq!(shown["policy"]["serial"], 1);
    let unchecked: Value = serde_json::from_slice(&run(&["bundle", "show", "b"]).stdout).unwrap();
    assert_eq!(unchecked["signature"], "not_checked");

    let checked: Value =
        serde_json::from_slice(&run(&["anchor", "check", "anchor.json"]).stdout).unwrap();
    assert_eq!(checked["fleet"], "test");
    assert_eq!(checked["pcr16"].as_str().unwrap().len(), 96);

    let mut altered = fs::read(folder.path().join("b")).unwrap();
    *altered.last_mut().unwrap() ^= 1;
    fs::write(folder.path().join("b"), altered).unwrap();
    let refused = run(&["bundle", "show", "b", "--anchor", "anchor.json"]);
    assert_eq!(failure(&refused), (1, "bundle_signature".to_owned()));
    let refused = run(&["anchor", "check", "policy.json"]);
    assert_eq!(failure(&refused), (1, "bundle_syntax".to_owned()));
}

#[test]
fn a_policy_is_not_signed_with_a_recogniser_that_no_enclave_would_run() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| vouchsafe_in(folder.path(), &[args, &["--json"]].concat());
    run(&["keygen", "-o", "authority.pem"]);
    let sign = |pattern: &str| {
        let policy = json!({
            "version": 1, "serial": 1, "not_before": 0, "not_after": 4_000_000_000_000_u64,
            "allow": [],
            "recognisers": [
                {"entity": "PROJECT", "confidence": 0.9, "words": ["Blue Heron"]},
                {"entity": "STAFF_NUMBER", "confidence": 0.9, "pattern": pattern},
            ],
        });
        fs::write(folder.path().join("policy.json"), policy.to_string()).unwrap();
        let files = [
            "--key",
            "authority.pem",
            "--policy",
            "policy.json",
            "-o",
            "b",
        ];
        run(&[&["bundle", "sign"][..], &files].concat())
    };
    for (pattern, why) in [
        (
            "(E-)+[0-9]",
            "a match could be longer than 256 bytes; bound every repetition",
        ),
        (
            "E(?=-)[0-9]",
            "the pattern cannot run in linear time and bounded memory: look-around, \
            including look-ahead and look-behind, is not supported, at character 2",
        ),
    ] {
        let refused = sign(pattern);
        assert_eq!(failure(&refused), (1, "bundle_recogniser".to_owned()));
        let shown: Value = serde_json::from_slice(&refused.stderr).unwrap();
        let message = format!("policy.json: recogniser number 1: {why}");
        assert_eq!(shown["error"]["message"], message);
        assert!(!folder.path().join("b").exists());
    }
    assert_eq!(sign("E-[0-9]{6}").status.code(), Some(0));
    let shown: Value = serde_json::from_slice(&run(&["bundle", "show", "b"]).stdout).unwrap();
    assert_eq!(shown["policy"]["recognisers"][1]["pattern"], "E-[0-9]{6}");
}

#[test]
fn a_policy_is_not_signed_with_a_grant_that_no_request_can_ask_for() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| vouchsafe_in(folder.path(), &[args, &["--json"]].concat());
    run(&["keygen", "-o", "authority.pem"]);
    let policy = json!({
        "version": 1, "serial": 1, "not_before": 0, "not_after": 4_000_000_000_000_u64,
        "allow": [{
            "callers": [], "operations": ["verify"], "classes": ["boolean"], "purposes": [],
            "tenants": [], "predicates": [{"predicate": "before", "date": "1.1.2000"}],
        }],
    });
    fs::write(folder.path().join("policy.json"), policy.to_string()).unwrap();
    let files = [
        "--key",
        "authority.pem",
        "--policy",
        "policy.json",
        "-o",
        "b",
    ];
    let refused = run(&[&["bundle", "sign"][..], &files].concat());
    assert_eq!(failure(&refused), (1, "bundle_granted".to_owned()));
    let shown: Value = serde_json::from_slice(&refused.stderr).unwrap();
    let message = "policy.json: grant number 0: a predicate that can never be asked: \
        date is no date of the form YYYY-MM-DD";
    assert_eq!(shown["error"]["message"], message);
    assert!(!folder.path().join("b").exists());
}

/// A folder with a caller's key, measurements and a configuration for a service that is away.
fn configured() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    vouchsafe_in(folder.path(), &["keygen", "-o", "caller.pem"]);
    let pcr = "11".repeat(48);
    let measurements = json!({
        "pcrs": {"0": pcr, "1": pcr, "2": pcr, "16": pcr}, "bundle_digest": pcr,
    });
    fs::write(
        folder.path().join("measurements.json"),
        measurements.to_string(),
    )
    .unwrap();
    let config = "url = \"http://127.0.0.1:9\"\nmeasurements = \"measurements.json\"\n\
        caller = \"crm\"\nkey = \"caller.pem\"\ntenant = \"acme\"\ndataset = \"d\"\n";
    fs::write(folder.path().join("vouchsafe.toml"), config).unwrap();
    folder
}

#[test]
fn a_service_that_is_away_ends_with_3_and_answers_each_item() {
    let folder = configured();
    let mut child = Command::new(env!("CARGO_BIN_EXE_vouchsafe"))
        .current_dir(folder.path())
        .env("VOUCHSAFE_CONFIG", "vouchsafe.toml")
        .args(["process", "--op", "mask", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let line = b"{\"reference\":\"r\",\"text\":\"CANARY\"}\n";
    child.stdin.take().unwrap().write_all(line).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(
        stdout(&output),
        "{\"reference\":\"r\",\"error\":{\"code\":\"unreachable\"}}\n"
    );
    assert!(
        stderr(&output).contains("\"code\":\"unreachable\""),
        "{}",
        stderr(&output)
    );
    assert!(!stderr(&output).contains("CANARY"));
}

#[test]
fn what_a_connection_lacks_is_named() {
    let folder = configured();
    let run = |args: &[&str]| {
        let first = ["process", "--op", "mask", "none.ndjson", "--json"];
        failure(&vouchsafe_in(folder.path(), &[&first[..], args].concat()))
    };
    let config = ["--config", "vouchsafe.toml"];
    let with = |more: &[&str]| run(&[&config[..], more].concat());
    assert_eq!(run(&[]), (2, "setting_missing".into()));
    assert_eq!(with(&[]), (2, "unreadable".into()));
    assert_eq!(with(&["--params", "[]"]), (2, "invalid_parameter".into()));
    assert_eq!(with(&["--token", "t"]), (2, "setting_conflict".into()));
    assert_eq!(
        with(&["--trust", "aws", "--root", "r"]),
        (2, "setting_conflict".into())
    );
    assert_eq!(with(&["--trust", "nobody"]), (2, "setting_value".into()));
    assert_eq!(with(&["--url", "nowhere"]), (2, "bad_address".into()));
    assert_eq!(
        with(&["--key", "measurements.json"]),
        (2, "key_encoding".into())
    );
    assert_eq!(
        with(&["--measurements", "caller.pem"]),
        (2, "measurements_shape".into())
    );
    // Of several files each is read, and a flag replaces what the configuration file lists.
    let twice = ["--measurements", "measurements.json"];
    let and = |more: &[&str]| with(&[&twice[..], more].concat());
    assert_eq!(and(&twice), (2, "unreadable".into()));
    assert_eq!(
        and(&["--measurements", "caller.pem"]),
        (2, "measurements_shape".into())
    );
    assert_eq!(with(&twice.repeat(8)), (2, "unreadable".into()));
    assert_eq!(with(&twice.repeat(9)), (2, "setting_value".into()));
    let trust = if cfg!(feature = "mock") {
        "setting_missing"
    } else {
        "no_mock"
    };
    assert_eq!(with(&["--trust", "mock"]), (2, trust.into()));
    fs::write(folder.path().join("vouchsafe.toml"), "urll = 1\n").unwrap();
    assert_eq!(with(&[]), (2, "config_syntax".into()));
}

#[test]
fn the_manual_names_every_flag_and_every_code() {
    let manual = include_str!("../../docs/CLI.md");
    for command in COMMANDS.iter().copied() {
        let output = vouchsafe(&[command, &["--help"]].concat());
        let help = stdout(&output);
        let options = help.lines().map(str::trim_start);
        let options = options.filter(|line| line.starts_with('-'));
        let flags =
            options.filter_map(|line| line.split_whitespace().find(|word| word.starts_with("--")));
        for flag in flags {
            let is_common = flag == "--help";
            let is_named = manual
                .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-')
                .any(|word| word == flag);
            assert!(is_common || is_named, "{command:?} {flag}");
        }
    }
    let refusals = vouchsafe_common::message::Refusal::ALL;
    let errors = vouchsafe_common::message::ItemError::ALL;
    let codes = refusals.iter().map(|code| code.code());
    for code in codes.chain(errors.iter().map(|code| code.code())) {
        assert!(manual.contains(&format!("`{code}`")), "{code}");
    }
}

#[test]
fn the_manual_names_every_code_that_a_command_can_end_with() {
    let manual = include_str!("../../docs/CLI.md");
    let sources = [
        include_str!("../../common/src/attestation/error.rs"),
        include_str!("../../common/src/bundle.rs"),
        include_str!("../../common/src/hpke.rs"),
        include_str!("../../common/src/key_policy.rs"),
        include_str!("../../common/src/key_policy/generate.rs"),
        include_str!("../../common/src/key_policy/lint/weakness.rs"),
        include_str!("../../common/src/reply.rs"),
        include_str!("../../pii/src/detect.rs"),
        include_str!("../../pii/src/format.rs"),
        include_str!("../../pii/src/keys.rs"),
        include_str!("../../pii/src/operation.rs"),
        include_str!("../../pii/src/placeholder.rs"),
        include_str!("../../pii/src/recipe.rs"),
        include_str!("../../pii/src/records/error.rs"),
        include_str!("../../pii/src/tokenize.rs"),
        include_str!("../../pii/src/transform.rs"),
        include_str!("../../pii/src/validate.rs"),
        include_str!("../../pii/src/value_error.rs"),
        include_str!("../src/cli/detect/lines.rs"),
        include_str!("../src/cli/failure.rs"),
        include_str!("../src/cli/validate.rs"),
        include_str!("../src/client.rs"),
        include_str!("../src/http.rs"),
        include_str!("../src/json.rs"),
        include_str!("../src/key_file.rs"),
        include_str!("../src/kms.rs"),
        include_str!("../src/measurements.rs"),
        include_str!("../src/proxy/problem.rs"),
        include_str!("../src/release.rs"),
        include_str!("../src/root_file.rs"),
        include_str!("../src/rows.rs"),
        include_str!("../src/seal.rs"),
    ];
    let mut found = 0;
    for source in sources {
        let shipped = source.split("#[cfg(test)]").next().unwrap();
        for body in shipped.split("fn code(").skip(1) {
            let body = body.split("\n    }\n").next().unwrap();
            let arms = body.split("=> \"").skip(1);
            for code in arms.map(|arm| arm.split('"').next().unwrap()) {
                assert!(manual.contains(&format!("`{code}`")), "{code}");
                found += 1;
            }
        }
    }
    assert!(
        found > 100,
        "{found} codes: the sources are read as they are written"
    );
}
