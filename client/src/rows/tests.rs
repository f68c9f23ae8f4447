//! Rows of both formats, whole, cut off and wrong.

use super::*;
use std::io::Cursor;

const CSV: Format = Format::Csv(Delimiter::Comma);

fn reader(text: &[u8], format: Format, columns: &[&str]) -> Result<RowReader, RowError> {
    let columns: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
    RowReader::new(Box::new(Cursor::new(text.to_vec())), format, &columns)
}

fn all(text: &str, format: Format, columns: &[&str]) -> Vec<Vec<Option<String>>> {
    let mut rows = reader(text.as_bytes(), format, columns).unwrap();
    let mut found = Vec::new();
    while let Some(row) = rows.next_row().unwrap() {
        found.push(
            row.values
                .iter()
                .map(|v| v.as_ref().map(|v| v.to_string()))
                .collect(),
        );
    }
    found
}

fn some(values: &[&str]) -> Vec<Option<String>> {
    values
        .iter()
        .map(|value| Some((*value).to_owned()))
        .collect()
}

#[test]
fn quoted_commas_quotes_and_line_ends_stay_in_their_cell() {
    let text = "a,b\r\n\"x, \"\"y\"\"\n z\",2\r\n";
    assert_eq!(all(text, CSV, &["b", "a"]), [some(&["2", "x, \"y\"\n z"])]);
}

#[test]
fn an_empty_cell_is_a_value_and_a_blank_line_is_not_a_row() {
    assert_eq!(
        all("a,b\n,1\n\n2,\n", CSV, &["a", "b"]),
        [some(&["", "1"]), some(&["2", ""]),]
    );
}

#[test]
fn a_byte_order_mark_is_not_part_of_the_first_column() {
    assert_eq!(all("\u{feff}a,b\n1,2\n", CSV, &["a"]), [some(&["1"])]);
    assert_eq!(
        all("\u{feff}{\"a\":\"1\"}\n", Format::Ndjson, &["a"]),
        [some(&["1"])]
    );
}

#[test]
fn a_last_line_without_an_end_is_read() {
    assert_eq!(all("a\n1", CSV, &["a"]), [some(&["1"])]);
    assert_eq!(all("{\"a\":1}", Format::Ndjson, &["a"]), [some(&["1"])]);
}

#[test]
fn a_header_alone_has_no_rows() {
    assert!(all("a,b\n", CSV, &["a"]).is_empty());
    assert!(all("", Format::Ndjson, &["a"]).is_empty());
}

#[test]
fn an_empty_csv_file_has_no_header() {
    assert!(matches!(
        reader(b"", CSV, &["a"]).err(),
        Some(RowError::NoHeader)
    ));
}

#[test]
fn a_table_of_tabs_is_read_with_its_delimiter() {
    let tabs = Format::of_path(Path::new("a.TSV")).unwrap();
    assert_eq!(tabs, Format::Csv(Delimiter::Tab));
    assert_eq!(all("a\tb\n1,5\t2\n", tabs, &["a"]), [some(&["1,5"])]);
}

#[test]
fn quotes_that_are_never_closed_swallow_no_rows() {
    let mut rows = reader(b"a,b\n1,2\n\"SECRET,3\n4,5\n", CSV, &["a"]).unwrap();
    rows.next_row().unwrap();
    let error = rows.next_row().err().unwrap();
    assert!(matches!(error, RowError::Unclosed { row: 2, line: 3 }));
    assert_eq!(error.code(), "quotes_unclosed");
    assert!(!format!("{error} {error:?}").contains("SECRET"));
    let error = reader(b"a,\"b\n1,2\n", CSV, &["a"]).err().unwrap();
    assert_eq!(
        error.to_string(),
        "the header, line 1: quotes are opened and never closed"
    );
}

#[test]
fn a_row_and_a_header_have_their_bounds() {
    let long = format!("a,b\n1,{}\n", "x".repeat(MAX_RECORD_BYTES));
    let mut rows = reader(long.as_bytes(), CSV, &["a"]).unwrap();
    assert!(matches!(
        rows.next_row().err(),
        Some(RowError::TooLong { row: 1 })
    ));
    let header = |columns: usize| {
        let names: Vec<String> = (0..columns).map(|it| it.to_string()).collect();
        names.join(",")
    };
    assert!(reader(header(MAX_COLUMNS).as_bytes(), CSV, &["7"]).is_ok());
    let error = reader(header(MAX_COLUMNS + 1).as_bytes(), CSV, &["7"]).err();
    assert!(matches!(error, Some(RowError::TooWide)));
}

#[test]
fn a_missing_column_is_named() {
    let error = reader(b"a,b\n", CSV, &["a", "ssn"]).err().unwrap();
    assert!(matches!(&error, RowError::MissingColumn { row: 0, column } if column == "ssn"));
    let mut rows = reader(b"{\"a\":1}\n{\"b\":1}\n", Format::Ndjson, &["a"]).unwrap();
    rows.next_row().unwrap();
    let error = rows.next_row().err().unwrap();
    assert!(matches!(&error, RowError::MissingColumn { row: 2, column } if column == "a"));
    assert!(error.is_usage());
}

#[test]
fn a_column_that_the_header_has_twice_is_refused_when_asked_for() {
    assert!(reader(b"a,b,a\n", CSV, &["b"]).is_ok());
    let error = reader(b"a,b,a\n", CSV, &["a"]).err().unwrap();
    assert!(matches!(error, RowError::DuplicateColumn { column } if column == "a"));
}

#[test]
fn a_column_asked_for_twice_is_refused() {
    let error = reader(b"a,b\n", CSV, &["a", "a"]).err().unwrap();
    assert!(matches!(error, RowError::NamedTwice { column } if column == "a"));
}

#[test]
fn columns_not_asked_for_are_listed() {
    let rows = reader(b"a,b,c\n", CSV, &["b"]).unwrap();
    assert_eq!(rows.dropped_columns(), ["a", "c"]);
    let mut rows = reader(b"{\"z\":1,\"a\":[1],\"b\":2}\n", Format::Ndjson, &["a"]).unwrap();
    rows.next_row().unwrap();
    assert_eq!(rows.dropped_columns(), ["b", "z"]);
}

#[test]
fn a_row_of_another_length_says_which_row_and_shows_no_value() {
    let mut rows = reader(b"a,b\n1,2\nSECRET\n", CSV, &["a"]).unwrap();
    rows.next_row().unwrap();
    let error = rows.next_row().err().unwrap();
    assert!(matches!(
        error,
        RowError::FieldCount {
            row: 2,
            fields: 1,
            columns: 2
        }
    ));
    assert!(!format!("{error} {error:?}").contains("SECRET"));
}

#[test]
fn text_that_is_not_utf8_is_refused_where_it_is_used() {
    let mut rows = reader(b"a,b\n\xff,1\n", CSV, &["b"]).unwrap();
    assert!(rows.next_row().is_ok());
    let mut rows = reader(b"a,b\n\xff,1\n", CSV, &["a"]).unwrap();
    assert!(matches!(
        rows.next_row().err(),
        Some(RowError::NotUtf8 { row: 1 })
    ));
    let mut rows = reader(b"{\"a\":\"\xff\"}\n", Format::Ndjson, &["a"]).unwrap();
    assert!(matches!(
        rows.next_row().err(),
        Some(RowError::NotUtf8 { row: 1 })
    ));
    assert!(matches!(
        reader(b"\xff,b\n", CSV, &["b"]).err(),
        Some(RowError::NotUtf8 { row: 0 })
    ));
}

#[test]
fn json_values_keep_the_text_they_were_written_with() {
    let text = "{\"s\":\"a\\u00e9\\n\",\"n\":1.10,\"b\":true,\"o\":{\"x\": 1},\"z\":null}\n";
    let rows = all(text, Format::Ndjson, &["s", "n", "b", "o", "z"]);
    let mut expected = some(&["aé\n", "1.10", "true", "{\"x\": 1}"]);
    expected.push(None);
    assert_eq!(rows, [expected]);
}

#[test]
fn a_line_that_is_not_an_object_is_refused_without_showing_it() {
    for line in ["[1]", "\"SECRET\"", "{\"a\":", "{\"a\":1} SECRET", "SECRET"] {
        let mut rows = reader(line.as_bytes(), Format::Ndjson, &["a"]).unwrap();
        let error = rows.next_row().err().unwrap();
        assert!(matches!(error, RowError::NotAnObject { row: 1 }), "{line}");
        assert!(!format!("{error} {error:?}").contains("SECRET"));
    }
}

#[test]
fn a_line_without_an_end_is_cut_off_at_the_limit() {
    let endless = std::io::repeat(b'x').take(MAX_LINE_BYTES + 5);
    let mut rows = RowReader::new(Box::new(endless), Format::Ndjson, &[]).unwrap();
    assert!(matches!(
        rows.next_row().err(),
        Some(RowError::LineTooLong { row: 1 })
    ));
}

struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::Error::other("gone"))
    }
}

#[test]
fn a_file_that_stops_answering_is_reported() {
    let mut rows = RowReader::new(Box::new(Broken), Format::Ndjson, &[]).unwrap();
    assert!(matches!(
        rows.next_row().err(),
        Some(RowError::Read { row: 1, .. })
    ));
}

#[test]
fn the_extension_names_the_format() {
    assert_eq!(Format::of_path(Path::new("a.CSV")), Some(CSV));
    assert_eq!(Format::of_path(Path::new("a.jsonl")), Some(Format::Ndjson));
    assert_eq!(Format::of_path(Path::new("a.ndjson")), Some(Format::Ndjson));
    assert_eq!(Format::of_path(Path::new("a.txt")), None);
}

proptest::proptest! {
    #[test]
    fn no_input_makes_the_reader_panic(bytes: Vec<u8>, csv: bool) {
        let format = if csv { CSV } else { Format::Ndjson };
        if let Ok(mut rows) = reader(&bytes, format, &["a"]) {
            while let Ok(Some(_)) = rows.next_row() {}
        }
    }
}
