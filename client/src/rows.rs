//! Rows of a CSV or NDJSON file, one at a time, with the named columns only.
//!
//! A row keeps the values of the columns that were asked for and forgets the rest; a value lives
//! in a buffer that is wiped on drop. The file is the caller's own and is trusted with its content,
//! not with its form: every row is checked, and an error names the row and the column.
//!
//! No error ever holds a value of a row. Next: [`crate::seal`], which turns rows into sealed lines.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde_json::value::RawValue;
use zeroize::Zeroizing;

/// Longest line of an NDJSON file that is read, in bytes.
///
/// Sixteen records of the largest size; without a bound a file without line ends fills memory.
pub const MAX_LINE_BYTES: u64 = 16 * 1024 * 1024;

/// The byte order mark some programs put in front of UTF-8 text.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// How the rows of a file are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// Comma-separated values with a header row, RFC 4180.
    Csv,
    /// A JSON object on each line.
    Ndjson,
}

impl Format {
    /// The format that the extension of `path` names: `csv`, or `ndjson` and `jsonl`.
    pub fn of_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            _ => None,
        }
    }
}

/// Why a file or a row of it was not read. Rows count from 1, without the header.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    /// The header has no such column, or the object of a line no such member.
    #[error("row {row}: there is no column \"{column}\"")]
    MissingColumn {
        /// Row number, 0 for the header.
        row: u64,
        /// The column that was asked for.
        column: String,
    },
    /// Two columns of the header have one name, so the name does not say which is meant.
    #[error("the header has the column \"{column}\" twice")]
    DuplicateColumn {
        /// The name that occurs twice.
        column: String,
    },
    /// The same column was asked for twice.
    #[error("the column \"{column}\" is named twice")]
    NamedTwice {
        /// The name that was given twice.
        column: String,
    },
    /// The file has no header row.
    #[error("the file is empty: a CSV file starts with a header row")]
    NoHeader,
    /// A CSV row has another number of fields than the header.
    #[error("row {row}: {fields} fields, the header has {columns}")]
    FieldCount {
        /// Row number.
        row: u64,
        /// Fields in the row.
        fields: u64,
        /// Columns in the header.
        columns: u64,
    },
    /// A header or a value that was asked for is not UTF-8.
    #[error("row {row}: not UTF-8")]
    NotUtf8 {
        /// Row number, 0 for the header.
        row: u64,
    },
    /// A line is not one JSON object.
    #[error("row {row}: not a JSON object")]
    NotAnObject {
        /// Row number.
        row: u64,
    },
    /// A line is longer than [`MAX_LINE_BYTES`].
    #[error("row {row}: longer than {MAX_LINE_BYTES} bytes")]
    LineTooLong {
        /// Row number.
        row: u64,
    },
    /// The file stopped answering.
    #[error("row {row}: the file could not be read")]
    Read {
        /// Row number.
        row: u64,
        /// What the system said.
        source: std::io::Error,
    },
}

impl RowError {
    /// The stable name of the cause.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MissingColumn { .. } => "missing_column",
            Self::DuplicateColumn { .. } => "duplicate_column",
            Self::NamedTwice { .. } => "column_named_twice",
            Self::NoHeader => "no_header",
            Self::FieldCount { .. } => "field_count",
            Self::NotUtf8 { .. } => "not_utf8",
            Self::NotAnObject { .. } => "not_an_object",
            Self::LineTooLong { .. } => "line_too_long",
            Self::Read { .. } => "unreadable",
        }
    }

    /// Whether the command line is at fault, rather than a row.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::MissingColumn { .. } | Self::DuplicateColumn { .. } | Self::NamedTwice { .. }
        )
    }
}

/// The values of one row for the columns asked for, in that order; `None` where NDJSON says null.
pub struct Row {
    /// Position in the file, from 1, the header not counted.
    pub number: u64,
    /// One entry per column asked for.
    pub values: Vec<Option<Zeroizing<String>>>,
}

/// Reads rows from a file, one after another.
pub struct RowReader {
    source: Source,
    columns: Vec<String>,
    dropped: Vec<String>,
    row: u64,
}

enum Source {
    Csv {
        reader: csv::Reader<Box<dyn Read + Send>>,
        record: csv::ByteRecord,
        positions: Vec<usize>,
    },
    Ndjson {
        reader: BufReader<Box<dyn Read + Send>>,
        line: Zeroizing<Vec<u8>>,
    },
}

impl RowReader {
    /// Starts reading `input`, of which `columns` are wanted.
    ///
    /// # Errors
    ///
    /// [`RowError::NamedTwice`], and for CSV what is wrong with the header. NDJSON has no header:
    /// a column that a line does not have shows at that line.
    pub fn new(
        input: Box<dyn Read + Send>,
        format: Format,
        columns: &[String],
    ) -> Result<Self, RowError> {
        for (index, column) in columns.iter().enumerate() {
            if columns[..index].contains(column) {
                return Err(RowError::NamedTwice {
                    column: column.clone(),
                });
            }
        }
        let (source, dropped) = match format {
            Format::Csv => open_csv(input, columns)?,
            Format::Ndjson => {
                let reader = BufReader::with_capacity(64 * 1024, input);
                (
                    Source::Ndjson {
                        reader,
                        line: Zeroizing::default(),
                    },
                    Vec::new(),
                )
            }
        };
        Ok(Self {
            source,
            columns: columns.to_vec(),
            dropped,
            row: 0,
        })
    }

    /// Columns seen so far that were not asked for. For CSV complete from the start; for NDJSON
    /// those of the first line.
    pub fn dropped_columns(&self) -> &[String] {
        &self.dropped
    }

    /// The next row, or `None` at the end of the file.
    ///
    /// # Errors
    ///
    /// [`RowError`], with the number of the row and never a value of it.
    pub fn next_row(&mut self) -> Result<Option<Row>, RowError> {
        let row = self.row + 1;
        let values = match &mut self.source {
            Source::Csv {
                reader,
                record,
                positions,
            } => next_csv(reader, record, positions, row)?,
            Source::Ndjson { reader, line } => {
                let first = (row == 1).then_some(&mut self.dropped);
                next_ndjson(reader, line, &self.columns, first, row)?
            }
        };
        if values.is_some() {
            self.row = row;
        }
        Ok(values.map(|values| Row {
            number: row,
            values,
        }))
    }
}

fn open_csv(
    input: Box<dyn Read + Send>,
    columns: &[String],
) -> Result<(Source, Vec<String>), RowError> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(true)
        .from_reader(input);
    let header = reader.headers().map_err(|error| csv_error(error, 0))?;
    if header.is_empty() {
        return Err(RowError::NoHeader);
    }
    let names: Vec<&str> = header.iter().collect();
    for (index, name) in names.iter().enumerate() {
        if names[..index].contains(name) {
            return Err(RowError::DuplicateColumn {
                column: (*name).to_owned(),
            });
        }
    }
    let positions = columns
        .iter()
        .map(|column| {
            let missing = || RowError::MissingColumn {
                row: 0,
                column: column.clone(),
            };
            names
                .iter()
                .position(|name| name == column)
                .ok_or_else(missing)
        })
        .collect::<Result<_, _>>()?;
    let is_dropped = |name: &&&str| !columns.iter().any(|column| column == **name);
    let dropped = names
        .iter()
        .filter(is_dropped)
        .map(|name| (*name).to_owned())
        .collect();
    Ok((
        Source::Csv {
            reader,
            record: csv::ByteRecord::new(),
            positions,
        },
        dropped,
    ))
}

type Values = Vec<Option<Zeroizing<String>>>;

fn next_csv(
    reader: &mut csv::Reader<Box<dyn Read + Send>>,
    record: &mut csv::ByteRecord,
    positions: &[usize],
    row: u64,
) -> Result<Option<Values>, RowError> {
    if !reader
        .read_byte_record(record)
        .map_err(|error| csv_error(error, row))?
    {
        return Ok(None);
    }
    positions
        .iter()
        .map(|&position| {
            let text = std::str::from_utf8(&record[position]);
            let text = text.map_err(|_| RowError::NotUtf8 { row })?;
            Ok(Some(Zeroizing::new(text.to_owned())))
        })
        .collect::<Result<_, _>>()
        .map(Some)
}

/// Keeps of a `csv` error what holds no value of the row.
fn csv_error(error: csv::Error, row: u64) -> RowError {
    match error.into_kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => RowError::FieldCount {
            row,
            fields: len,
            columns: expected_len,
        },
        csv::ErrorKind::Io(source) => RowError::Read { row, source },
        _ => RowError::NotUtf8 { row },
    }
}

fn next_ndjson(
    reader: &mut BufReader<Box<dyn Read + Send>>,
    line: &mut Zeroizing<Vec<u8>>,
    columns: &[String],
    dropped: Option<&mut Vec<String>>,
    row: u64,
) -> Result<Option<Values>, RowError> {
    if !read_line(reader, line, row)? {
        return Ok(None);
    }
    let text = std::str::from_utf8(line).map_err(|_| RowError::NotUtf8 { row })?;
    let text = text
        .strip_prefix(BYTE_ORDER_MARK)
        .filter(|_| row == 1)
        .unwrap_or(text);
    let members: HashMap<String, &RawValue> =
        serde_json::from_str(text).map_err(|_| RowError::NotAnObject { row })?;
    if let Some(dropped) = dropped {
        *dropped = members
            .keys()
            .filter(|name| !columns.contains(name))
            .cloned()
            .collect();
        dropped.sort_unstable();
    }
    columns
        .iter()
        .map(|column| {
            let missing = || RowError::MissingColumn {
                row,
                column: column.clone(),
            };
            text_of(members.get(column).ok_or_else(missing)?, row)
        })
        .collect::<Result<_, _>>()
        .map(Some)
}

/// Reads the next line that is not blank, without its end, into `line`; false at the end.
///
/// # Errors
///
/// [`RowError::LineTooLong`] and [`RowError::Read`].
pub fn read_line(
    reader: &mut impl BufRead,
    line: &mut Zeroizing<Vec<u8>>,
    row: u64,
) -> Result<bool, RowError> {
    loop {
        line.clear();
        let mut bounded = reader.take(MAX_LINE_BYTES + 1);
        let read = bounded.read_until(b'\n', line);
        let read = read.map_err(|source| RowError::Read { row, source })?;
        if read == 0 {
            return Ok(false);
        }
        if read as u64 > MAX_LINE_BYTES {
            return Err(RowError::LineTooLong { row });
        }
        let kept = line.trim_ascii_end().len();
        line.truncate(kept);
        if !line.trim_ascii_start().is_empty() {
            return Ok(true);
        }
    }
}

/// A string as its text, null as nothing, anything else as the JSON text it was written with.
fn text_of(value: &RawValue, row: u64) -> Result<Option<Zeroizing<String>>, RowError> {
    let raw = value.get();
    if raw == "null" {
        return Ok(None);
    }
    if raw.starts_with('"') {
        let text: String = serde_json::from_str(raw).map_err(|_| RowError::NotAnObject { row })?;
        return Ok(Some(Zeroizing::new(text)));
    }
    Ok(Some(Zeroizing::new(raw.to_owned())))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;
    use std::io::Cursor;

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
        assert_eq!(
            all(text, Format::Csv, &["b", "a"]),
            [some(&["2", "x, \"y\"\n z"])]
        );
    }

    #[test]
    fn an_empty_cell_is_a_value_and_a_blank_line_is_not_a_row() {
        assert_eq!(
            all("a,b\n,1\n\n2,\n", Format::Csv, &["a", "b"]),
            [some(&["", "1"]), some(&["2", ""]),]
        );
    }

    #[test]
    fn a_byte_order_mark_is_not_part_of_the_first_column() {
        assert_eq!(
            all("\u{feff}a,b\n1,2\n", Format::Csv, &["a"]),
            [some(&["1"])]
        );
        assert_eq!(
            all("\u{feff}{\"a\":\"1\"}\n", Format::Ndjson, &["a"]),
            [some(&["1"])]
        );
    }

    #[test]
    fn a_last_line_without_an_end_is_read() {
        assert_eq!(all("a\n1", Format::Csv, &["a"]), [some(&["1"])]);
        assert_eq!(all("{\"a\":1}", Format::Ndjson, &["a"]), [some(&["1"])]);
    }

    #[test]
    fn a_header_alone_has_no_rows() {
        assert!(all("a,b\n", Format::Csv, &["a"]).is_empty());
        assert!(all("", Format::Ndjson, &["a"]).is_empty());
    }

    #[test]
    fn an_empty_csv_file_has_no_header() {
        assert!(matches!(
            reader(b"", Format::Csv, &["a"]).err(),
            Some(RowError::NoHeader)
        ));
    }

    #[test]
    fn a_missing_column_is_named() {
        let error = reader(b"a,b\n", Format::Csv, &["a", "ssn"]).err().unwrap();
        assert!(matches!(&error, RowError::MissingColumn { row: 0, column } if column == "ssn"));
        let mut rows = reader(b"{\"a\":1}\n{\"b\":1}\n", Format::Ndjson, &["a"]).unwrap();
        rows.next_row().unwrap();
        let error = rows.next_row().err().unwrap();
        assert!(matches!(&error, RowError::MissingColumn { row: 2, column } if column == "a"));
        assert!(error.is_usage());
    }

    #[test]
    fn a_header_that_names_a_column_twice_is_refused() {
        let error = reader(b"a,b,a\n", Format::Csv, &["b"]).err().unwrap();
        assert!(matches!(error, RowError::DuplicateColumn { column } if column == "a"));
    }

    #[test]
    fn a_column_asked_for_twice_is_refused() {
        let error = reader(b"a,b\n", Format::Csv, &["a", "a"]).err().unwrap();
        assert!(matches!(error, RowError::NamedTwice { column } if column == "a"));
    }

    #[test]
    fn columns_not_asked_for_are_listed() {
        let rows = reader(b"a,b,c\n", Format::Csv, &["b"]).unwrap();
        assert_eq!(rows.dropped_columns(), ["a", "c"]);
        let mut rows = reader(b"{\"z\":1,\"a\":[1],\"b\":2}\n", Format::Ndjson, &["a"]).unwrap();
        rows.next_row().unwrap();
        assert_eq!(rows.dropped_columns(), ["b", "z"]);
    }

    #[test]
    fn a_row_of_another_length_says_which_row_and_shows_no_value() {
        let mut rows = reader(b"a,b\n1,2\nSECRET\n", Format::Csv, &["a"]).unwrap();
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
        let mut rows = reader(b"a,b\n\xff,1\n", Format::Csv, &["b"]).unwrap();
        assert!(rows.next_row().is_ok());
        let mut rows = reader(b"a,b\n\xff,1\n", Format::Csv, &["a"]).unwrap();
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
            reader(b"\xff,b\n", Format::Csv, &["b"]).err(),
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
        assert_eq!(Format::of_path(Path::new("a.CSV")), Some(Format::Csv));
        assert_eq!(Format::of_path(Path::new("a.jsonl")), Some(Format::Ndjson));
        assert_eq!(Format::of_path(Path::new("a.ndjson")), Some(Format::Ndjson));
        assert_eq!(Format::of_path(Path::new("a.txt")), None);
    }

    proptest::proptest! {
        #[test]
        fn no_input_makes_the_reader_panic(bytes: Vec<u8>, csv: bool) {
            let format = if csv { Format::Csv } else { Format::Ndjson };
            if let Ok(mut rows) = reader(&bytes, format, &["a"]) {
                while let Ok(Some(_)) = rows.next_row() {}
            }
        }
    }
}
