//! Rows of NDJSON: a JSON object on each line.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};

use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::{MAX_LINE_BYTES, RowError, Values};

/// The byte order mark some programs put in front of UTF-8 text.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The values of the next line, which is the `row`th; the members of the first that are not asked for go
/// to `dropped`.
pub(super) fn next(
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
