//! Bytes as people read them: hex on the left, what it means on the right.
//!
//! CBOR is read by ciborium, which `coset` brings, and written again piece by piece; what is drawn
//! must be the bytes that were given, so an annotation can neither leave one out nor invent one.

use std::fmt::Write as _;

use coset::cbor::{Value, de::from_reader, ser::into_writer};

/// Where the meaning begins, in columns.
const MEANING_COLUMN: usize = 46;
/// Bytes drawn of a string that is all zeros or longer than [`WHOLE_BYTES`].
const SHOWN_BYTES: usize = 16;
/// The longest string that is drawn whole, on as many lines as it takes.
const WHOLE_BYTES: usize = 48;

/// A drawing in the making.
#[derive(Default)]
pub(super) struct Drawing {
    lines: Vec<(String, String)>,
    bytes: Vec<u8>,
}

/// What the reader is told beside the structure: a path, and words. The path of a member is that of
/// its map and its key, of an element that of its array and its position, joined by `/`; a key
/// itself has `#` in front. Words that begin with `CBOR: ` say that a byte string holds CBOR, which
/// has the path of the string and a `.`.
pub(super) type Notes<'a> = &'a [(&'a str, &'a str)];

impl Drawing {
    /// Bytes of no structure.
    pub(super) fn raw(&mut self, depth: usize, bytes: &[u8], meaning: &str) {
        self.bytes.extend_from_slice(bytes);
        self.string(depth, "", bytes, meaning);
    }

    /// One CBOR item.
    pub(super) fn cbor(&mut self, depth: usize, bytes: &[u8], notes: Notes<'_>) {
        let value: Value = from_reader(bytes).expect("an example is CBOR");
        let before = self.bytes.len();
        self.item(depth, &value, "", notes);
        assert_eq!(
            hex::encode(&self.bytes[before..]),
            hex::encode(bytes),
            "drawn otherwise than given"
        );
    }

    /// The drawing of all of `bytes`.
    pub(super) fn of(self, bytes: &[u8]) -> String {
        assert_eq!(hex::encode(&self.bytes), hex::encode(bytes));
        let mut text = String::new();
        for (left, right) in self.lines {
            let line = format!("{left:<MEANING_COLUMN$}{right}");
            writeln!(text, "{}", line.trim_end()).expect("a string takes all");
        }
        text
    }

    fn item(&mut self, depth: usize, value: &Value, path: &str, notes: Notes<'_>) {
        let note = notes.iter().find(|note| note.0 == path);
        let note = note.map_or("", |note| note.1);
        let bytes = super::hand::cbor(value);
        match value {
            Value::Map(entries) => {
                let inner = entries.iter().map(|(k, v)| length(k) + length(v)).sum();
                let what = format!("map of {}", entries.len());
                self.head(depth, &bytes, inner, &joined(&what, note));
                for (key, value) in entries {
                    let name = name(key);
                    self.item(depth + 1, key, &under(path, &format!("#{name}")), notes);
                    self.item(depth + 2, value, &under(path, &name), notes);
                }
            }
            Value::Array(values) => {
                let inner = values.iter().map(length).sum();
                let what = format!("array of {}", values.len());
                self.head(depth, &bytes, inner, &joined(&what, note));
                for (index, value) in values.iter().enumerate() {
                    self.item(depth + 1, value, &under(path, &index.to_string()), notes);
                }
            }
            Value::Bytes(content) if note.starts_with("CBOR: ") => {
                let what = format!("{} bytes", content.len());
                self.head(depth, &bytes, content.len(), &joined(&what, &note[6..]));
                let inner: Value = from_reader(content.as_slice()).expect("the note says so");
                self.item(depth + 1, &inner, &format!("{path}."), notes);
            }
            Value::Bytes(content) => {
                let what = format!("{} bytes", content.len());
                let head = &bytes[..bytes.len() - content.len()];
                self.bytes.extend_from_slice(&bytes);
                self.string(depth, &hex::encode(head), content, &joined(&what, note));
            }
            Value::Text(content) => {
                let what = format!("\"{}\"", content.replace('\n', "\\n"));
                let head = &bytes[..bytes.len() - content.len()];
                self.bytes.extend_from_slice(&bytes);
                let content = content.as_bytes();
                self.string(depth, &hex::encode(head), content, &joined(&what, note));
            }
            other => {
                let what = match other {
                    Value::Integer(number) => i128::from(*number).to_string(),
                    Value::Bool(truth) => truth.to_string(),
                    Value::Null => "null".to_owned(),
                    _ => unreachable!("our messages hold no floats and no tags"),
                };
                self.head(depth, &bytes, 0, &joined(&what, note));
            }
        }
    }

    /// The head of an item whose content is drawn after it.
    fn head(&mut self, depth: usize, item: &[u8], content: usize, meaning: &str) {
        let head = &item[..item.len() - content];
        self.bytes.extend_from_slice(head);
        self.line(depth, &hex::encode(head), meaning);
    }

    /// A string: on the line of its head when it fits there, else below; cut when it is long.
    fn string(&mut self, depth: usize, head: &str, content: &[u8], meaning: &str) {
        let hex = hex::encode(content);
        let one = format!("{head} {hex}");
        let one = one.trim();
        if 2 * depth + one.len() < MEANING_COLUMN {
            return self.line(depth, one, meaning);
        }
        let (mut depth, mut meaning) = (depth, meaning);
        if !head.is_empty() {
            self.line(depth, head, &shortened(meaning));
            (depth, meaning) = (depth + 1, "");
        }
        let zeros = content.iter().all(|byte| *byte == 0);
        let whole = content.len() <= WHOLE_BYTES && !zeros;
        let shown = if whole {
            content
        } else {
            &content[..SHOWN_BYTES]
        };
        for part in shown.chunks(SHOWN_BYTES) {
            let rest = if whole { "" } else { " …" };
            self.line(depth, &format!("{}{rest}", hex::encode(part)), meaning);
            meaning = "";
        }
    }

    fn line(&mut self, depth: usize, left: &str, right: &str) {
        let left = format!("{}{left} ", "  ".repeat(depth));
        self.lines.push((left, right.to_owned()));
    }
}

fn joined(what: &str, note: &str) -> String {
    match note {
        "" => what.to_owned(),
        note => format!("{what}: {note}"),
    }
}

/// A long text is shown by its beginning; the bytes beside it are cut as well.
fn shortened(meaning: &str) -> String {
    const LONGEST: usize = 72;
    if meaning.chars().count() <= LONGEST {
        return meaning.to_owned();
    }
    meaning.chars().take(LONGEST).chain(['…']).collect()
}

fn under(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}/{name}")
    }
}

fn name(key: &Value) -> String {
    match key {
        Value::Text(name) => name.clone(),
        Value::Integer(number) => i128::from(*number).to_string(),
        _ => unreachable!("our maps have texts and numbers as keys"),
    }
}

fn length(value: &Value) -> usize {
    super::hand::cbor(value).len()
}

/// The drawing of one CBOR item.
pub(super) fn item(bytes: &[u8], notes: Notes<'_>) -> String {
    let mut drawing = Drawing::default();
    drawing.cbor(0, bytes, notes);
    drawing.of(bytes)
}

#[test]
fn a_drawing_shows_every_byte_or_says_that_it_cuts() {
    let mut bytes = Vec::new();
    let long = Value::Bytes(vec![7; 60]);
    into_writer(&Value::Map(vec![("a".into(), long)]), &mut bytes).expect("a vector takes all");
    let drawn = item(&bytes, &[("a", "sevens")]);
    let expected = [
        "a1                                            map of 1",
        "  61 61                                       \"a\"",
        "    583c                                      60 bytes: sevens",
        "      07070707070707070707070707070707 …",
        "",
    ];
    assert_eq!(drawn, expected.join("\n"));
}
