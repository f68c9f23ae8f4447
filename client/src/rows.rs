//! Rows of a CSV or NDJSON file, one at a time, with the named columns only.
//!
//! A row keeps the values of the columns that were asked for and forgets the rest; a value lives
//! in a buffer that is wiped on drop. The file is the caller's own and is trusted with its content,
//! not with its form: every row is checked, and an error names the row and the column.
//!
//! No error ever holds a value of a row. Next: [`crate::seal`], which turns rows into sealed lines.

mod csv;
mod ndjson;

use std::io::{BufReader, Read};
use std::path::Path;

use vouchsafe_pii::records::csv_rows::Delimiter;
use vouchsafe_pii::records::{MAX_COLUMNS, MAX_RECORD_BYTES};
use zeroize::Zeroizing;

pub use ndjson::read_line;

/// Longest line of an NDJSON file that is read, in bytes.
///
/// Sixteen records of the largest size; without a bound a file without line ends fills memory.
pub const MAX_LINE_BYTES: u64 = 16 * 1024 * 1024;

/// How the rows of a file are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// Comma-separated values with a header row, RFC 4180.
    Csv(Delimiter),
    /// A JSON object on each line.
    Ndjson,
}

impl Format {
    /// The format that the extension of `path` names: `csv`, `tsv`, or `ndjson` and `jsonl`.
    pub fn of_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv(Delimiter::Comma)),
            "tsv" => Some(Self::Csv(Delimiter::Tab)),
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            _ => None,
        }
    }
}

/// Why a file or a row of it was not read. Rows count from 1, without the header.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    /// The header has no such column, or the object of a line no such member.
    #[error("{}: there is no column \"{column}\"", place(*row))]
    MissingColumn {
        /// Row number, 0 for the header.
        row: u64,
        /// The column that was asked for.
        column: String,
    },
    /// Two columns of the header have the name that was asked for, so it does not say which is meant.
    #[error("the header has the column \"{column}\" twice")]
    DuplicateColumn {
        /// The name, as it was asked for.
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
        fields: usize,
        /// Columns in the header.
        columns: usize,
    },
    /// The header has more columns than are read.
    #[error("the header has more than {MAX_COLUMNS} columns")]
    TooWide,
    /// The file ends within quotes: what stands behind them may be other rows.
    #[error("{}, line {line}: quotes are opened and never closed", place(*row))]
    Unclosed {
        /// Row number, 0 for the header.
        row: u64,
        /// The line on which the row begins, from 1.
        line: u64,
    },
    /// A CSV row is longer than [`MAX_RECORD_BYTES`].
    #[error("{}: longer than {MAX_RECORD_BYTES} bytes", place(*row))]
    TooLong {
        /// Row number, 0 for the header.
        row: u64,
    },
    /// A header or a value that was asked for is not UTF-8.
    #[error("{}: not UTF-8", place(*row))]
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
    #[error("{}: the file could not be read", place(*row))]
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
            Self::TooWide => "too_many_columns",
            Self::Unclosed { .. } => "quotes_unclosed",
            Self::TooLong { .. } => "record_too_long",
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

fn place(row: u64) -> String {
    match row {
        0 => "the header".to_owned(),
        row => format!("row {row}"),
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
    Csv(Box<csv::Table>),
    Ndjson {
        reader: BufReader<Box<dyn Read + Send>>,
        line: Zeroizing<Vec<u8>>,
    },
}

type Values = Vec<Option<Zeroizing<String>>>;

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
            Format::Csv(delimiter) => {
                let (table, dropped) = csv::Table::open(input, delimiter, columns)?;
                (Source::Csv(Box::new(table)), dropped)
            }
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
            Source::Csv(table) => table.next(row)?,
            Source::Ndjson { reader, line } => {
                let first = (row == 1).then_some(&mut self.dropped);
                ndjson::next(reader, line, &self.columns, first, row)?
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests;
