#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
use std::io::{self, BufReader, Read};
use std::sync::LazyLock;

use zeroize::Zeroizing;

use super::*;
use crate::Engine;
use crate::keys::Roots;
use crate::placeholder::Placeholders;

mod csv;
mod json;

/// Compiled once: that takes longer than all that is asked of it here.
static ENGINE: LazyLock<Engine> = LazyLock::new(Engine::new);

/// What was written, what was told of failed records, and how it ended.
struct Made {
    text: String,
    told: String,
    end: Result<Summary, RecordError>,
}

fn run(recipe: &Recipe, input: &mut dyn BufRead, skip: bool) -> Made {
    let roots = Roots::new("acme").with(1, Zeroizing::new([5; 32]));
    let mut placeholders = Placeholders::new(&[1; 32]);
    let mut run = Run {
        find: Some(&*ENGINE),
        placeholders: &mut placeholders,
    };
    let (mut output, mut told) = (Vec::new(), Vec::new());
    let on_error = if skip {
        OnError::Skip(&mut told)
    } else {
        OnError::Stop
    };
    let end = transform(recipe, &roots, &mut run, input, &mut output, on_error);
    Made {
        text: String::from_utf8_lossy(&output).into_owned(),
        told: String::from_utf8(told).unwrap(),
        end,
    }
}

fn recipe(toml: &str) -> Recipe {
    Recipe::from_toml(toml).unwrap()
}

fn made(toml: &str, input: &[u8]) -> Made {
    run(&recipe(toml), &mut &input[..], false)
}

fn skipped(toml: &str, input: &[u8]) -> Made {
    run(&recipe(toml), &mut &input[..], true)
}

/// The text, when all went well.
fn text(toml: &str, input: &str) -> String {
    let made = made(toml, input.as_bytes());
    assert_eq!(made.end.err(), None, "{input}");
    made.text
}

/// The error, as code and place.
fn fault(toml: &str, input: &[u8]) -> (String, u64, u64) {
    let error = made(toml, input).end.unwrap_err();
    let field = error.field.as_deref().unwrap_or_default();
    (format!("{} {field}", error.code()), error.row, error.line)
}

/// Gives its bytes in pieces of these lengths, again and again.
struct Pieces<'a>(&'a [u8], Vec<usize>, usize);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let piece = self.1[self.2 % self.1.len()].min(buffer.len());
        self.2 += 1;
        self.0.read(&mut buffer[..piece])
    }
}

fn in_pieces(recipe: &Recipe, input: &[u8], pieces: Vec<usize>) -> Made {
    run(recipe, &mut BufReader::new(Pieces(input, pieces, 0)), true)
}

/// Fails after some bytes.
struct Broken<'a>(&'a [u8]);

impl Read for Broken<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::ErrorKind::ConnectionReset.into()),
            read => Ok(read),
        }
    }
}

#[test]
fn a_stream_that_fails_ends_the_work_even_where_records_are_skipped() {
    for (toml, input) in [
        (
            "format='csv'\ndefault='drop'\n[fields]\na='keep'",
            "a\n1\n2",
        ),
        (
            "format='ndjson'\ndefault='drop'\n[fields]\na='keep'",
            "{}\n{}\n{",
        ),
        ("format='json'\ndefault='drop'\n[fields]\na='keep'", "{"),
    ] {
        let made = run(
            &recipe(toml),
            &mut BufReader::new(Broken(input.as_bytes())),
            true,
        );
        let expected = RecordError::new(0, 0, Fault::Io(io::ErrorKind::ConnectionReset));
        assert_eq!(made.end, Err(expected), "{toml}");
        assert_eq!(made.told, "");
    }
}

#[test]
fn the_strictest_class_of_a_set_is_told() {
    let mut classes = Classes::default();
    assert_eq!(classes.strictest(), None);
    for class in [
        Class::Masked,
        Class::Pseudonym,
        Class::Token,
        Class::Plaintext,
    ] {
        assert!(!classes.contains(class));
        classes.insert(class);
        assert!(classes.contains(class));
        assert_eq!(classes.strictest(), Some(class));
    }
}

#[test]
fn each_fault_has_its_code_and_each_error_its_place() {
    for (fault, code) in [
        (Fault::Io(io::ErrorKind::Other), "io"),
        (Fault::TooLong, "record_too_long"),
        (
            Fault::Width {
                expected: 1,
                found: 2,
            },
            "row_width",
        ),
        (Fault::TooWide, "too_many_columns"),
        (Fault::MissingColumn, "column_missing"),
        (Fault::AmbiguousColumn, "column_ambiguous"),
        (Fault::Unlisted, "field_unlisted"),
        (Fault::NotUtf8, "not_utf8"),
        (Fault::Json, "json_malformed"),
        (Fault::TooDeep, "json_too_deep"),
        (Fault::NotAValue, "not_a_value"),
        (Fault::Action(crate::ValueError::Date.into()), "not_a_date"),
    ] {
        assert_eq!(fault.code(), code);
    }
    let error = RecordError::new(3, 4, Fault::TooDeep)
        .field("a\"b")
        .column(2);
    assert_eq!(
        error.to_string(),
        "record 3, line 4, field a\"b, column 2: nested deeper than 128"
    );
    let header = RecordError::new(0, 1, Fault::MissingColumn).field("born");
    assert_eq!(
        header.to_string(),
        "the first row, line 1, field born: the column of the recipe is not there"
    );
    let stream = RecordError::new(0, 0, Fault::Io(io::ErrorKind::ConnectionReset));
    assert_eq!(stream.to_string(), "a stream failed: connection reset");
    let mut told = Vec::new();
    error.write(&mut told).unwrap();
    let told: serde_json::Value = serde_json::from_slice(&told).unwrap();
    let expected = serde_json::json!(
        {"row": 3, "line": 4, "code": "json_too_deep", "field": "a\"b", "column": 2}
    );
    assert_eq!(told, expected);
}
