//! One text of any length: `detect` and `redact`.

use std::io::{Read as _, Write as _};

use super::{
    answers, code, fs, last, spans, start, status, stderr, stdout, vouchsafe, vouchsafe_in,
};

const TEXT: &str = "é😀 ssn 078-05-1123\r\nwrite to jo@example.com\n";

#[test]
fn findings_are_lines_with_place_type_confidence_and_pattern() {
    let output = vouchsafe(&["detect", "-"], TEXT.as_bytes());
    assert_eq!(status(&output), 0);
    assert_eq!(
        stdout(&output),
        "1:8         US_SSN                    0.85  ssn-dashed\n\
         2:10        EMAIL_ADDRESS             0.85  email\n"
    );
    assert_eq!(
        stderr(&output),
        "vouchsafe: 1 EMAIL_ADDRESS, 1 US_SSN; 100 % of 48 bytes scanned\n"
    );
}

#[test]
fn each_unit_of_offsets_counts_from_the_beginning_of_the_text() {
    for (args, unit, ssn, mail) in [
        (&[][..], "byte", (11, 22), (33, 47)),
        (&["--offsets", "byte"], "byte", (11, 22), (33, 47)),
        (&["--offsets", "codepoint"], "codepoint", (7, 18), (29, 43)),
        (&["--offsets", "utf16"], "utf16", (8, 19), (30, 44)),
    ] {
        let output = vouchsafe(
            &[&["detect", "--json", "-"], args].concat(),
            TEXT.as_bytes(),
        );
        let findings = answers(&output);
        let expected = [("US_SSN", ssn.0, ssn.1), ("EMAIL_ADDRESS", mail.0, mail.1)];
        assert_eq!(spans(&findings), expected, "{unit}");
        assert_eq!(
            (&findings[0]["line"], &findings[1]["line"]),
            (&1.into(), &2.into())
        );
        assert_eq!(findings[0]["confidence"], 0.85);
        let reason = serde_json::json!({
            "pattern": "ssn-dashed", "checksum": "passed", "context": true,
        });
        assert_eq!(findings[0]["reason"], reason);
        let summary = serde_json::json!({
            "findings": 2, "entities": {"EMAIL_ADDRESS": 1, "US_SSN": 1}, "bytes": 48,
            "complete": true, "offsets": unit,
        });
        assert_eq!(last(&output), summary);
    }
}

#[test]
fn the_flags_say_what_is_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("allow"), "jo@example.com\n\n").unwrap();
    fs::write(folder.path().join("deny"), "write\r\n").unwrap();
    let found = |args: &[&str]| {
        let args = [&["detect", "--json", "-"], args].concat();
        let output = vouchsafe_in(folder.path(), &args, TEXT.as_bytes());
        assert_eq!(status(&output), 0, "{}", stderr(&output));
        let name = |finding: &serde_json::Value| finding["entity"].as_str().unwrap().to_owned();
        answers(&output).iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(
        found(&["--entities", "EMAIL_ADDRESS,IBAN_CODE"]),
        ["EMAIL_ADDRESS"]
    );
    assert_eq!(found(&["--threshold", "0.9"]), [""; 0]);
    let ssn = ["--threshold", "US_SSN=0.9"];
    // What is no longer a number of one type may be one of another.
    assert_eq!(found(&ssn), ["PHONE_NUMBER", "EMAIL_ADDRESS"]);
    let both = [&ssn[..], &["--threshold", "PHONE_NUMBER=0.9"]].concat();
    assert_eq!(found(&both), ["EMAIL_ADDRESS"]);
    let each = ["--threshold", "EMAIL_ADDRESS=0.8", "--threshold", "0.86"];
    assert_eq!(found(&each), ["EMAIL_ADDRESS"]);
    assert_eq!(found(&["--regions", "IT,FR"]), ["EMAIL_ADDRESS"]);
    assert_eq!(found(&["--allow-list", "allow"]), ["US_SSN"]);
    let denied = ["US_SSN", "DENY_LIST", "EMAIL_ADDRESS"];
    assert_eq!(found(&["--deny-list", "deny"]), denied);
}

#[test]
fn a_threshold_that_is_no_number_is_wrong_usage() {
    for threshold in ["", "US_SSN", "US_SSN=", "US_SSN=high", "0.4=US_SSN"] {
        let output = vouchsafe(&["detect", "--threshold", threshold, "-"], b"");
        assert_eq!(status(&output), 2, "{threshold}");
        assert!(stderr(&output).contains("--threshold"), "{threshold}");
    }
}

#[test]
fn mistyped_identifiers_are_found_and_hidden_when_asked() {
    let text = b"card 4111 1111 1111 1112, jo@example.com\n";
    let output = vouchsafe(&["detect", "--looks-like", "-"], text);
    assert_eq!(
        stdout(&output),
        "1:6         CREDIT_CARD               0.50  card-grouped  checksum failed\n\
         1:27        EMAIL_ADDRESS             0.85  email\n"
    );
    let output = vouchsafe(&["detect", "--looks-like", "--json", "-"], text);
    let reason = serde_json::json!({
        "pattern": "card-grouped", "checksum": "failed", "context": true,
    });
    assert_eq!(answers(&output)[0]["reason"], reason);
    let output = vouchsafe(&["redact", "--looks-like", "-"], text);
    assert_eq!(stdout(&output), "card <CREDIT_CARD>, <EMAIL_ADDRESS>\n");
    let output = vouchsafe(&["redact", "-"], text);
    let expected = "card 4111 1111 1111 1112, <EMAIL_ADDRESS>\n";
    assert_eq!(stdout(&output), expected);
    let stream = text.repeat(5_000);
    let output = vouchsafe(&["redact", "--looks-like", "--no-names", "-"], &stream);
    let expected = "card <CREDIT_CARD>, <EMAIL_ADDRESS>\n".repeat(5_000);
    assert!(
        stdout(&output) == expected,
        "a stream is redacted otherwise"
    );
}

#[test]
fn flags_that_make_no_sense_end_with_2_and_their_code() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("long"),
        format!("a\n{}\n", "CANARY".repeat(30)),
    )
    .unwrap();
    fs::write(folder.path().join("many"), "x\n".repeat(1001)).unwrap();
    for (args, expected) in [
        (&["--entities", "US_SSN,EMAIL"][..], "unknown_entity"),
        (&["--threshold", "1.1"], "invalid_threshold"),
        (&["--threshold", "NaN"], "invalid_threshold"),
        (&["--threshold", "US_SSN=2"], "invalid_threshold"),
        (&["--threshold", "SSN=0.5"], "unknown_entity"),
        (&["--threshold", "=0.5"], "unknown_entity"),
        (
            &["--threshold", "0.5", "--threshold", "0.6"],
            "setting_conflict",
        ),
        (
            &["--threshold", "URL=0.5", "--threshold", "URL=0.6"],
            "setting_conflict",
        ),
        (&["--language", "english"], "unsupported_language"),
        (&["--regions", "de"], "invalid_region"),
        (&["--allow-list", "none"], "unreadable"),
        (&["--allow-list", "long"], "list_entry_length"),
        (&["--deny-list", "many"], "list_too_long"),
    ] {
        for command in ["detect", "redact"] {
            let args = [&[command, "--json", "-"], args].concat();
            let output = vouchsafe_in(folder.path(), &args, b"");
            assert_eq!(
                (status(&output), code(&output)),
                (2, expected.into()),
                "{args:?}"
            );
            assert!(!stderr(&output).contains("CANARY"));
        }
    }
    let long = vouchsafe_in(folder.path(), &["detect", "--deny-list", "long", "-"], b"");
    assert!(
        stderr(&long).starts_with("vouchsafe: long: line 2 is"),
        "{}",
        stderr(&long)
    );
    let skipped = ["detect", "--json", "--skip-errors", "x", "-"];
    let output = vouchsafe_in(folder.path(), &skipped, b"");
    assert_eq!(
        (status(&output), code(&output)),
        (2, "setting_conflict".into())
    );
    for file in ["none", "."] {
        let output = vouchsafe_in(folder.path(), &["detect", "--json", file], b"");
        assert_eq!((status(&output), code(&output)), (2, "unreadable".into()));
    }
}

#[test]
fn the_exit_tells_of_findings_only_when_asked() {
    for (args, text, expected) in [
        (&["detect", "-"][..], TEXT, 0),
        (&["detect", "--exit-code", "-"], TEXT, 3),
        (&["detect", "--exit-code", "-"], "nothing here", 0),
        (
            &["detect", "--exit-code", "--format", "lines", "-"],
            TEXT,
            3,
        ),
        (&["redact", "-"], TEXT, 0),
    ] {
        assert_eq!(
            status(&vouchsafe(args, text.as_bytes())),
            expected,
            "{args:?}"
        );
    }
}

#[test]
fn bytes_that_are_not_utf_8_are_named_and_what_stands_before_them_is_scanned() {
    let text = [TEXT.as_bytes(), b"CANARY \xff jo@example.org"].concat();
    let output = vouchsafe(&["detect", "--json", "-"], &text);
    assert_eq!((status(&output), code(&output)), (1, "not_utf8".into()));
    assert_eq!(answers(&output).len(), 2);
    let lines: Vec<_> = stderr(&output).lines().collect();
    let summary: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
    assert_eq!(
        (&summary["bytes"], &summary["complete"]),
        (&55.into(), &false.into())
    );
    assert!(lines[1].contains("-: byte 55 is not UTF-8"), "{}", lines[1]);
    assert!(!stderr(&output).contains("CANARY"));
    let output = vouchsafe(&["redact", "-"], &text);
    assert_eq!(status(&output), 1);
    let expected = "é😀 ssn <US_SSN>\r\nwrite to <EMAIL_ADDRESS>\nCANARY ";
    assert_eq!(stdout(&output), expected);
    // A character cut by the end is not UTF-8 either.
    let output = vouchsafe(&["detect", "--json", "-"], b"jo@example.com\xc3");
    assert_eq!((status(&output), code(&output)), (1, "not_utf8".into()));
    assert_eq!(spans(&answers(&output)), [("EMAIL_ADDRESS", 0, 14)]);
}

/// A text of about `bytes` in which findings stand at and around every place where pieces end.
fn long_text(bytes: usize) -> (String, usize) {
    let filler = "Nothing of note was written on this quiet line of wörds.\n";
    let secret = "ssn 078-05-1123, jo@example.com\n";
    let (mut text, mut secrets) = (String::new(), 0);
    let mut next = 0;
    while text.len() < bytes {
        if text.len() >= next {
            text.push_str(secret);
            secrets += 1;
            // Just under a piece, so that pieces end everywhere in it.
            next = text.len() + 65_400;
        }
        text.push_str(filler);
        text.truncate(text.floor_char_boundary(next.max(secret.len())));
    }
    (text, secrets)
}

#[test]
fn findings_across_pieces_are_found_and_all_else_is_as_it_was() {
    let (text, secrets) = long_text(6 * 1024 * 1024);
    let output = vouchsafe(&["detect", "--json", "-"], text.as_bytes());
    let findings = answers(&output);
    assert_eq!(findings.len(), 2 * secrets);
    for finding in spans(&findings) {
        let value = &text[usize::try_from(finding.1).unwrap()..usize::try_from(finding.2).unwrap()];
        assert!(
            ["078-05-1123", "jo@example.com"].contains(&value),
            "{finding:?}"
        );
    }
    let output = vouchsafe(&["redact", "-"], text.as_bytes());
    let expected = text
        .replace("078-05-1123", "<US_SSN>")
        .replace("jo@example.com", "<EMAIL_ADDRESS>");
    assert!(
        stdout(&output) == expected,
        "the text around findings is not as it was"
    );
    let output = vouchsafe(&["redact", "--with", "", "-"], text.as_bytes());
    let expected = text
        .replace("078-05-1123", "")
        .replace("jo@example.com", "");
    assert!(
        stdout(&output) == expected,
        "the text around findings is not as it was"
    );
}

#[test]
fn a_key_across_lines_is_one_finding_in_every_unit() {
    let key = format!(
        "-----BEGIN PRIVATE KEY-----\n{}-----END PRIVATE KEY-----",
        "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n".repeat(50)
    );
    let text = format!("{}é\n{key}\nafter\n", "\n".repeat(65_000));
    let output = vouchsafe(
        &["detect", "--json", "--offsets", "codepoint", "-"],
        text.as_bytes(),
    );
    let findings = answers(&output);
    let end = 65_002 + key.len() as u64;
    assert_eq!(spans(&findings), [("PRIVATE_KEY", 65_002, end)]);
    assert_eq!(findings[0]["line"], 65_002);
    let output = vouchsafe(&["redact", "-"], text.as_bytes());
    assert_eq!(
        stdout(&output).trim_start_matches('\n'),
        "é\n<PRIVATE_KEY>\nafter\n"
    );
}

#[test]
fn overlapping_findings_leave_nothing_behind() {
    let output = vouchsafe(&["redact", "-"], b"to 4111111111111111@example.com.");
    assert_eq!(stdout(&output), "to <CREDIT_CARD>.");
}

#[test]
fn findings_that_hang_together_without_end_are_redacted_to_the_last() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("deny"), "a b\nb a\n").unwrap();
    let text = "a b ".repeat(256 * 1024);
    let args = ["redact", "--no-names", "--deny-list", "deny", "--json", "-"];
    let output = vouchsafe_in(folder.path(), &args, text.as_bytes());
    assert_eq!(status(&output), 0);
    assert_eq!(stdout(&output).replace("<DENY_LIST>", ""), " ");
}

#[test]
fn a_recogniser_that_could_run_away_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let line = r#"{"entity": "OWN", "confidence": 0.5, "pattern": "a+"}"#;
    fs::write(
        folder.path().join("own.jsonl"),
        format!("# mine\n\n{line}\n"),
    )
    .unwrap();
    let args = ["detect", "--recognisers", "own.jsonl", "--json", "-"];
    let output = vouchsafe_in(folder.path(), &args, b"aaa");
    assert_eq!((status(&output), code(&output)), (2, "recogniser".into()));
    assert!(String::from_utf8_lossy(&output.stderr).contains("own.jsonl: line 3: "));
}

/// The most memory that a process has had, in KiB.
fn peak_kib(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Runs a command on 64 MiB with 64 addresses, of which the output shows each as `shown`.
fn takes_constant_memory(args: &[&str], shown: &'static str) {
    const MIB: usize = 1024 * 1024;
    let quiet = "Nothing of note was written on this quiet line of words, nor on any other.\n";
    let block = quiet.repeat(MIB / quiet.len());
    let mut child = start(std::path::Path::new("."), args);
    let mut stdin = child.stdin.take().unwrap();
    let mut output = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        output.read_to_string(&mut text).unwrap();
        text.matches(shown).count()
    });
    for _ in 0..64 {
        stdin.write_all(block.as_bytes()).unwrap();
        stdin.write_all(b"jo@example.com\n").unwrap();
    }
    // All but what the pipe holds has been taken in.
    let peak = peak_kib(child.id());
    drop(stdin);
    assert!(child.wait().unwrap().success());
    assert_eq!(reader.join().unwrap(), 64);
    assert!(peak < 64 * 1024, "{peak} KiB");
}

#[test]
fn a_stream_of_64_mib_is_searched_in_constant_memory() {
    takes_constant_memory(&["detect", "-"], "EMAIL_ADDRESS");
}

#[test]
fn a_stream_of_64_mib_is_redacted_in_constant_memory() {
    takes_constant_memory(&["redact", "--no-names", "-"], "<EMAIL_ADDRESS>");
}

/// What the command says and how it ends when nobody reads its stdout.
fn hung_up(arguments: &[&str]) -> std::process::Output {
    let mut child = start(std::path::Path::new("."), arguments);
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    // The program may be gone before it has read this.
    let _ = stdin.write_all(TEXT.as_bytes());
    drop(stdin);
    child.wait_with_output().unwrap()
}

#[test]
fn a_reader_that_goes_away_ends_the_command_with_1() {
    let output = hung_up(&["redact", "--json", "-"]);
    assert_eq!(
        (status(&output), code(&output)),
        (1, "output_closed".into())
    );
}

#[test]
fn a_person_who_has_seen_enough_is_told_no_error() {
    let output = hung_up(&["detect", "-"]);
    assert_eq!(status(&output), 1);
    assert!(
        !stderr(&output).contains("output_closed"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_person_is_told_that_names_are_looked_for_in_english_only() {
    let said = |arguments: &[&str]| stderr(&vouchsafe(arguments, b"Anna Schmidt\n")).to_owned();
    let note = "vouchsafe: names are looked for in English texts only (--language en)\n";
    assert!(said(&["detect", "--language", "de", "-"]).starts_with(note));
    assert!(!said(&["detect", "--language", "de", "--no-names", "-"]).contains(note));
    assert!(!said(&["detect", "--language", "de", "--entities", "US_SSN", "-"]).contains(note));
    assert!(!said(&["detect", "-"]).contains(note));
}

/// `script` of util-linux gives the command a terminal, and hands on what it draws there.
#[test]
fn no_progress_bar_is_drawn_over_what_is_printed_to_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), "My SSN is 078-05-1123").unwrap();
    let program = env!("CARGO_BIN_EXE_vouchsafe");
    let drawn = std::process::Command::new("script")
        .current_dir(folder.path())
        .args(["-qec", &format!("{program} redact --no-names a"), "drawn"])
        .output()
        .unwrap();
    let drawn = String::from_utf8(drawn.stdout).unwrap();
    assert_eq!(
        drawn,
        "My SSN is <US_SSN>vouchsafe: 1 US_SSN; 100 % of 21 bytes scanned\r\n"
    );
}
