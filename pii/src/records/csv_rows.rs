//! Rows of CSV, read from a stream into buffers that are used again.
//!
//! `csv-core` is what the crate `csv` reads with. It is used directly because a row must be bounded while
//! it is read, because quotes that are never closed are a fault, and because which fields stood in quotes
//! is kept. Quotes are RFC 4180's; a row ends with CRLF, LF or the input; empty lines are no rows.
//! Next: `records/csv.rs`.

use std::io::{self, BufRead};

use csv_core::{ReadFieldResult, Reader, ReaderBuilder};
use zeroize::Zeroizing;

use super::{MAX_COLUMNS, MAX_RECORD_BYTES};

const BOM: [u8; 3] = [0xef, 0xbb, 0xbf];

/// What keeps the fields of a row apart.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Delimiter {
    /// `,`
    #[default]
    Comma,
    /// `;`
    Semicolon,
    /// `|`
    Bar,
    /// U+0009
    Tab,
}

impl Delimiter {
    /// The delimiter that this character is.
    pub const fn of(character: char) -> Option<Self> {
        Some(match character {
            ',' => Self::Comma,
            ';' => Self::Semicolon,
            '|' => Self::Bar,
            '\t' => Self::Tab,
            _ => return None,
        })
    }

    /// The byte that it is written with.
    pub const fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Bar => b'|',
            Self::Tab => b'\t',
        }
    }
}

/// What comes next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Next {
    /// A row, which is [`Rows::row`] now.
    Row,
    /// One of more than [`MAX_RECORD_BYTES`], which was read over.
    TooLong,
    /// Quotes that the input does not close: what stands behind them may be other rows.
    Unclosed,
    /// There are no more rows.
    End,
}

/// A row. Its fields are wiped on drop.
#[derive(Default)]
pub struct Row {
    /// The fields without quotes, one after another.
    data: Zeroizing<Vec<u8>>,
    /// How much of `data` is in use.
    filled: usize,
    /// Where each field ends.
    ends: Vec<usize>,
    /// Whether it stood in quotes.
    quoted: Vec<bool>,
    /// How many fields there are; those above [`MAX_COLUMNS`] are only counted.
    count: usize,
    /// The line on which it begins.
    line: u64,
    /// What ended it.
    pub(super) terminator: &'static [u8],
}

impl Row {
    /// How many fields it has, those above [`MAX_COLUMNS`] included.
    pub const fn width(&self) -> usize {
        self.count
    }

    /// The line on which it begins, from 1.
    pub const fn line(&self) -> u64 {
        self.line
    }

    /// The fields, each with whether it stood in quotes; one above [`MAX_COLUMNS`] at most.
    pub fn fields(&self) -> impl Iterator<Item = (&[u8], bool)> {
        let mut start = 0;
        self.ends
            .iter()
            .zip(&self.quoted)
            .map(move |(end, quoted)| {
                let field = self.data.get(start..*end).unwrap_or_default();
                start = *end;
                (field, *quoted)
            })
    }

    /// The field at `column`, from zero.
    pub fn field(&self, column: usize) -> Option<&[u8]> {
        let start = match column.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.data.get(start..*self.ends.get(column)?)
    }

    fn clear(&mut self) {
        self.filled = 0;
        self.ends.clear();
        self.quoted.clear();
        self.count = 0;
        self.terminator = b"";
    }
}

/// Reads rows, each of at most [`MAX_RECORD_BYTES`].
pub struct Rows<R> {
    input: R,
    core: Reader,
    row: Row,
    /// The line that is read.
    line: u64,
}

impl<R: BufRead> Rows<R> {
    /// Rows of `input`.
    pub fn new(input: R, delimiter: Delimiter) -> Self {
        let mut core = ReaderBuilder::new().delimiter(delimiter.byte()).build();
        // A mark before the first byte would be dropped by it or not as the input comes in pieces, so
        // that is done here. An empty line, which is no row, ends its looking out for one.
        core.read_field(b"\n", &mut [0; 4]);
        Self {
            input,
            core,
            row: Row::default(),
            line: 1,
        }
    }

    /// The row that was read last.
    pub const fn row(&self) -> &Row {
        &self.row
    }

    /// Takes a byte order mark from the beginning of the input and tells whether there was one.
    ///
    /// # Errors
    ///
    /// Of the input; [`io::ErrorKind::InvalidData`] of what only begins like a mark, which is no text.
    pub fn skip_mark(&mut self) -> io::Result<bool> {
        for (at, expected) in BOM.iter().enumerate() {
            let next = fill(&mut self.input)?.first().copied();
            if next != Some(*expected) {
                return if at == 0 {
                    Ok(false)
                } else {
                    Err(io::ErrorKind::InvalidData.into())
                };
            }
            self.input.consume(1);
        }
        Ok(true)
    }

    /// Reads the next row.
    ///
    /// # Errors
    ///
    /// Of the input.
    pub fn read(&mut self) -> io::Result<Next> {
        let row = &mut self.row;
        row.clear();
        let mut taken = 0;
        let mut is_start = true;
        loop {
            let chunk = fill(&mut self.input)?;
            let mut at = 0;
            let result = loop {
                if is_start {
                    if row.count == 0 {
                        let empty = chunk[at..]
                            .iter()
                            .take_while(|it| matches!(it, b'\r' | b'\n'));
                        let (bytes, lines) = empty.fold((0, 0), |(bytes, lines), byte| {
                            (bytes + 1, lines + u64::from(*byte == b'\n'))
                        });
                        at += bytes;
                        self.line += lines;
                        row.line = self.line;
                    }
                    if at == chunk.len() && !chunk.is_empty() {
                        break None;
                    }
                    if row.quoted.len() <= MAX_COLUMNS {
                        row.quoted.push(chunk.get(at) == Some(&b'"'));
                    }
                    is_start = false;
                }
                // The end of the input ends a row like the end of a line, which ends none within quotes.
                let is_end = chunk.is_empty() && taken > 0;
                let (result, read, written) = if is_end {
                    let (result, ..) = self.core.read_field(b"\n", &mut [0; 4]);
                    (result, 0, 0)
                } else {
                    self.core
                        .read_field(&chunk[at..], &mut row.data[row.filled..])
                };
                self.line += memchr::memchr_iter(b'\n', &chunk[at..at + read]).count() as u64;
                at += read;
                taken += read;
                row.filled += written;
                match result {
                    ReadFieldResult::InputEmpty if is_end => {
                        self.core.reset();
                        break Some(Next::Unclosed);
                    }
                    ReadFieldResult::InputEmpty => break None,
                    ReadFieldResult::OutputFull if taken > MAX_RECORD_BYTES => row.filled = 0,
                    ReadFieldResult::OutputFull => {
                        let bytes = (2 * row.data.len()).clamp(1024, MAX_RECORD_BYTES + 1024);
                        // Grown by hand: a vector would leave what it held behind.
                        let mut data = Zeroizing::new(vec![0; bytes]);
                        data[..row.filled].copy_from_slice(&row.data[..row.filled]);
                        row.data = data;
                    }
                    ReadFieldResult::Field { record_end } => {
                        is_start = true;
                        row.count += 1;
                        if row.ends.len() <= MAX_COLUMNS {
                            row.ends.push(row.filled);
                        }
                        if record_end {
                            let last = chunk.get(at.wrapping_sub(1)).filter(|_| read > 0);
                            row.terminator = match last {
                                Some(b'\r') => b"\r\n",
                                Some(_) => b"\n",
                                None => b"",
                            };
                            break Some(Next::Row);
                        }
                    }
                    ReadFieldResult::End => break Some(Next::End),
                }
            };
            self.input.consume(at);
            match result {
                Some(_) if taken > MAX_RECORD_BYTES => {
                    return Ok(Next::TooLong);
                }
                Some(next) => return Ok(next),
                // What is over the limit is read over, and not kept.
                None if taken > MAX_RECORD_BYTES => row.filled = 0,
                None => {}
            }
        }
    }
}

/// The next bytes of the input; none at its end.
fn fill<R: BufRead>(input: &mut R) -> io::Result<&[u8]> {
    loop {
        match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // A second call gives the same bytes; returning those of the first would hold the borrow.
            Ok(_) => return input.fill_buf(),
            Err(error) => return Err(error),
        }
    }
}
