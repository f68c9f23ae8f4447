//! JSON documents out of a stream: the whole of it, or one a line.

use std::io::{self, BufRead};

use zeroize::Zeroizing;

use super::json::Document;
use super::output::Sink;
use super::{Fault, MAX_RECORD_BYTES, RecordError};
use crate::action::Run;
use crate::keys::Keys;
use crate::recipe::JsonRecipe;

/// How a piece of the input ended.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Ended {
    AtMark,
    AtEnd,
    /// It was over [`MAX_RECORD_BYTES`], and read over.
    TooLong,
}

/// One document that is all of the input.
pub(super) fn document(
    recipe: &JsonRecipe,
    keys: &dyn Keys,
    run: &mut Run<'_>,
    input: &mut dyn BufRead,
    sink: &mut Sink<'_>,
) -> Result<(), RecordError> {
    let mut document = Document::new(recipe, keys)?;
    let mut bytes = Zeroizing::new(Vec::new());
    let made = match read(input, None, &mut bytes)? {
        Ended::TooLong => Err(RecordError::new(1, 1, Fault::TooLong)),
        _ => match core::str::from_utf8(&bytes) {
            Ok(text) => document.write((1, 1), text, run, &mut sink.buffer),
            Err(_) => Err(RecordError::new(1, 1, Fault::NotUtf8)),
        },
    };
    sink.set_unmatched(document.unmatched());
    sink.end(made)
}

/// A document a line; blank lines are left out.
pub(super) fn lines(
    recipe: &JsonRecipe,
    keys: &dyn Keys,
    run: &mut Run<'_>,
    input: &mut dyn BufRead,
    sink: &mut Sink<'_>,
) -> Result<(), RecordError> {
    let mut document = Document::new(recipe, keys)?;
    let mut bytes = Zeroizing::new(Vec::new());
    let (mut row, mut line) = (0, 0);
    loop {
        bytes.clear();
        line += 1;
        let ended = read(input, Some(b'\n'), &mut bytes)?;
        let is_blank = bytes.iter().all(u8::is_ascii_whitespace) && ended != Ended::TooLong;
        if !is_blank {
            row += 1;
            let made = match (ended, core::str::from_utf8(&bytes)) {
                (Ended::TooLong, _) => Err(RecordError::new(row, line, Fault::TooLong)),
                (_, Err(_)) => Err(RecordError::new(row, line, Fault::NotUtf8)),
                (_, Ok(text)) => document.write((row, line), text, run, &mut sink.buffer),
            };
            if made.is_ok() && ended == Ended::AtMark && !sink.is_empty() {
                sink.buffer.push(b'\n');
            }
            sink.end(made)?;
        }
        if ended == Ended::AtEnd || (ended == Ended::TooLong && is_over(input)?) {
            sink.set_unmatched(document.unmatched());
            return Ok(());
        }
    }
}

/// Reads up to `mark`, which is taken and not kept, or to the end.
fn read(input: &mut dyn BufRead, mark: Option<u8>, bytes: &mut Vec<u8>) -> io::Result<Ended> {
    let mut is_long = false;
    loop {
        let chunk = match input.fill_buf() {
            Ok(chunk) => chunk,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let found = mark.and_then(|mark| memchr::memchr(mark, chunk));
        let part = &chunk[..found.unwrap_or(chunk.len())];
        is_long |= bytes.len() + part.len() > MAX_RECORD_BYTES;
        if is_long {
            bytes.clear();
        } else {
            bytes.extend_from_slice(part);
        }
        let is_end = chunk.is_empty();
        let taken = part.len() + usize::from(found.is_some());
        input.consume(taken);
        match (found, is_end) {
            (None, false) => {}
            _ if is_long => return Ok(Ended::TooLong),
            (Some(_), _) => return Ok(Ended::AtMark),
            (None, true) => return Ok(Ended::AtEnd),
        }
    }
}

fn is_over(input: &mut dyn BufRead) -> io::Result<bool> {
    input.fill_buf().map(<[u8]>::is_empty)
}
