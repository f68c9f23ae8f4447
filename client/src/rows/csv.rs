//! Rows of CSV, with the reader that recipes use, so that both take the same files.

use std::io::{BufReader, ErrorKind, Read};

use vouchsafe_pii::records::MAX_COLUMNS;
use vouchsafe_pii::records::csv_rows::{Delimiter, Next, Row, Rows};
use zeroize::Zeroizing;

use super::{RowError, Values};

/// A table whose header is read.
pub(super) struct Table {
    rows: Rows<BufReader<Box<dyn Read + Send>>>,
    /// Columns of the header.
    width: usize,
    /// Of the columns asked for, in that order.
    positions: Vec<usize>,
}

impl Table {
    /// Reads the header, which gives the columns that were not asked for too.
    pub(super) fn open(
        input: Box<dyn Read + Send>,
        delimiter: Delimiter,
        columns: &[String],
    ) -> Result<(Self, Vec<String>), RowError> {
        let mut rows = Rows::new(BufReader::with_capacity(64 * 1024, input), delimiter);
        rows.skip_mark().map_err(|error| read_error(error, 0))?;
        if !read(&mut rows, 0)? {
            return Err(RowError::NoHeader);
        }
        let width = rows.row().width();
        if width > MAX_COLUMNS {
            return Err(RowError::TooWide);
        }
        let name =
            |(field, _)| std::str::from_utf8(field).map_err(|_| RowError::NotUtf8 { row: 0 });
        let names = rows
            .row()
            .fields()
            .map(name)
            .collect::<Result<Vec<_>, _>>()?;
        let position = |column: &String| {
            let mut places = names.iter().enumerate();
            let mut next = || places.find(|(_, name)| *name == column);
            match (next(), next()) {
                (Some((place, _)), None) => Ok(place),
                (None, _) => Err(RowError::MissingColumn {
                    row: 0,
                    column: column.clone(),
                }),
                (Some(_), Some(_)) => Err(RowError::DuplicateColumn {
                    column: column.clone(),
                }),
            }
        };
        let positions = columns.iter().map(position).collect::<Result<_, _>>()?;
        let is_dropped = |name: &&str| !columns.iter().any(|column| column == name);
        let dropped = names.into_iter().filter(is_dropped).map(str::to_owned);
        let dropped = dropped.collect();
        let table = Self {
            rows,
            width,
            positions,
        };
        Ok((table, dropped))
    }

    /// The values of the next row, which is the `row`th.
    pub(super) fn next(&mut self, row: u64) -> Result<Option<Values>, RowError> {
        if !read(&mut self.rows, row)? {
            return Ok(None);
        }
        let found = self.rows.row();
        if found.width() != self.width {
            return Err(RowError::FieldCount {
                row,
                fields: found.width(),
                columns: self.width,
            });
        }
        let values = self.positions.iter();
        let values = values.map(|position| value(found, *position, row).map(Some));
        values.collect::<Result<_, _>>().map(Some)
    }
}

fn value(found: &Row, position: usize, row: u64) -> Result<Zeroizing<String>, RowError> {
    let text = std::str::from_utf8(found.field(position).unwrap_or_default());
    let text = text.map_err(|_| RowError::NotUtf8 { row })?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Reads the next row, which is the `row`th; false at the end.
fn read(rows: &mut Rows<BufReader<Box<dyn Read + Send>>>, row: u64) -> Result<bool, RowError> {
    match rows.read().map_err(|error| read_error(error, row))? {
        Next::Row => Ok(true),
        Next::End => Ok(false),
        Next::TooLong => Err(RowError::TooLong { row }),
        Next::Unclosed => {
            let line = rows.row().line();
            Err(RowError::Unclosed { row, line })
        }
    }
}

fn read_error(source: std::io::Error, row: u64) -> RowError {
    match source.kind() {
        // What begins like a byte order mark and is none.
        ErrorKind::InvalidData if row == 0 => RowError::NotUtf8 { row },
        _ => RowError::Read { row, source },
    }
}
