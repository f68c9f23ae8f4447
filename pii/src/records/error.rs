//! Why a record was not transformed, and where it stands.

use core::fmt;
use std::io::{self, Write};

use crate::action::ActionError;
use crate::records::{MAX_COLUMNS, MAX_DEPTH, MAX_RECORD_BYTES};

/// Why a record was not transformed. Never holds a value.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Fault {
    /// A stream failed.
    #[error("a stream failed: {0}")]
    Io(io::ErrorKind),
    /// The record is longer than [`MAX_RECORD_BYTES`].
    #[error("the record is over {MAX_RECORD_BYTES} bytes")]
    TooLong,
    /// The input ended within quotes: what stands behind them may be other rows.
    #[error("quotes are opened here and never closed")]
    Unclosed,
    /// The input is empty, and its first row should name the columns.
    #[error("the input is empty: a table begins with a row of names")]
    NoHeader,
    /// A row has another number of fields than the first.
    #[error("the row has {found} fields, {expected} are expected")]
    Width {
        /// How many the first row has.
        expected: usize,
        /// How many this one has.
        found: usize,
    },
    /// The first row has more than [`MAX_COLUMNS`] fields.
    #[error("the table has over {MAX_COLUMNS} columns")]
    TooWide,
    /// The table has no column of this name.
    #[error("the column of the recipe is not there")]
    MissingColumn,
    /// The table has several columns of this name.
    #[error("the column of the recipe is there more than once")]
    AmbiguousColumn,
    /// Something is there that the recipe does not name, and the recipe refuses that.
    #[error("the recipe has no action for this place")]
    Unlisted,
    /// The bytes are not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// Not JSON.
    #[error("not JSON")]
    Json,
    /// JSON nested deeper than [`MAX_DEPTH`].
    #[error("nested deeper than {MAX_DEPTH}")]
    TooDeep,
    /// An action for a value stands at an object or array.
    #[error("not a single value")]
    NotAValue,
    /// The action made nothing of the value.
    #[error(transparent)]
    Action(#[from] ActionError),
}

impl Fault {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Io(_) => "io",
            Self::TooLong => "record_too_long",
            Self::Unclosed => "quotes_unclosed",
            Self::NoHeader => "no_header",
            Self::Width { .. } => "row_width",
            Self::TooWide => "too_many_columns",
            Self::MissingColumn => "column_missing",
            Self::AmbiguousColumn => "column_ambiguous",
            Self::Unlisted => "field_unlisted",
            Self::NotUtf8 => "not_utf8",
            Self::Json => "json_malformed",
            Self::TooDeep => "json_too_deep",
            Self::NotAValue => "not_a_value",
            Self::Action(error) => error.code(),
        }
    }
}

/// Where a record was not transformed, and why.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub struct RecordError {
    /// The record, from 1, a header not counted; 0 for the header and for the whole.
    pub row: u64,
    /// The line of the input where it begins, from 1, or where JSON is malformed; 0 when unknown.
    pub line: u64,
    /// The field, as the recipe names it.
    pub field: Option<Box<str>>,
    /// The column, from 1, when the recipe does not name it.
    pub column: Option<usize>,
    /// Why.
    pub fault: Fault,
}

impl RecordError {
    pub(super) const fn new(row: u64, line: u64, fault: Fault) -> Self {
        Self {
            row,
            line,
            field: None,
            column: None,
            fault,
        }
    }

    pub(super) fn field(mut self, name: &str) -> Self {
        self.field = Some(name.into());
        self
    }

    pub(super) const fn column(mut self, column: usize) -> Self {
        self.column = Some(column);
        self
    }

    /// The stable code.
    pub const fn code(&self) -> &'static str {
        self.fault.code()
    }

    /// Writes a line of JSON: places and a code.
    pub(super) fn write(&self, sink: &mut dyn Write) -> io::Result<()> {
        let (row, line, code) = (self.row, self.line, self.code());
        write!(sink, "{{\"row\":{row},\"line\":{line},\"code\":\"{code}\"")?;
        if let Some(field) = &self.field {
            write!(sink, ",\"field\":{}", serde_json::Value::from(&**field))?;
        }
        if let Some(column) = self.column {
            write!(sink, ",\"column\":{column}")?;
        }
        sink.write_all(b"}\n")
    }
}

impl From<io::Error> for RecordError {
    fn from(error: io::Error) -> Self {
        Self::new(0, 0, Fault::Io(error.kind()))
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut places = match (self.row, self.line) {
            (0, 0) => Vec::new(),
            (0, line) => vec![format!("the first row, line {line}")],
            (row, line) => vec![format!("record {row}, line {line}")],
        };
        places.extend(self.field.iter().map(|field| format!("field {field}")));
        places.extend(self.column.map(|column| format!("column {column}")));
        if !places.is_empty() {
            write!(formatter, "{}: ", places.join(", "))?;
        }
        self.fault.fmt(formatter)
    }
}
