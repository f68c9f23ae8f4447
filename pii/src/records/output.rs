//! Where records go: whole ones to the output, failed ones to the side sink, by number and code.
//!
//! A record is written to a buffer first and cut off again when it fails. The buffer is wiped.

use std::io::Write;

use zeroize::Zeroizing;

use super::{Classes, OnError, RecordError, Summary};

/// When the buffer is written out.
const FLUSH_BYTES: usize = 1 << 16;

pub(super) struct Sink<'a> {
    output: &'a mut dyn Write,
    on_error: OnError<'a>,
    /// Whole records, and the one that is being written.
    pub(super) buffer: Zeroizing<Vec<u8>>,
    /// Where that one begins.
    start: usize,
    summary: Summary,
}

impl<'a> Sink<'a> {
    pub(super) fn new(output: &'a mut dyn Write, on_error: OnError<'a>) -> Self {
        Self {
            output,
            on_error,
            buffer: Zeroizing::new(Vec::with_capacity(2 * FLUSH_BYTES)),
            start: 0,
            summary: Summary::default(),
        }
    }

    /// Whether what was written since the last record is nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.buffer.len() == self.start
    }

    /// What was written since is no record but belongs to the output: a header.
    pub(super) fn pass(&mut self) -> Result<(), RecordError> {
        self.start = self.buffer.len();
        if self.start >= FLUSH_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    /// The record ends, well or not.
    pub(super) fn end(&mut self, record: Result<Classes, RecordError>) -> Result<(), RecordError> {
        match record {
            Ok(classes) => {
                self.summary.written += 1;
                self.summary.classes.join(classes);
                self.pass()
            }
            Err(error) => {
                self.buffer.truncate(self.start);
                match &mut self.on_error {
                    OnError::Skip(sink) if !matches!(error.fault, super::Fault::Io(_)) => {
                        self.summary.skipped += 1;
                        Ok(error.write(*sink)?)
                    }
                    _ => Err(error),
                }
            }
        }
    }

    /// Fields of the recipe that no record had.
    pub(super) fn set_unmatched(&mut self, fields: Vec<Box<str>>) {
        self.summary.unmatched = fields;
    }

    fn flush(&mut self) -> Result<(), RecordError> {
        self.output.write_all(&self.buffer[..self.start])?;
        self.buffer.drain(..self.start);
        self.start = 0;
        Ok(())
    }

    /// Writes out the rest. Called also after an error, so that whole records before it are not lost.
    pub(super) fn finish(mut self) -> Result<Summary, RecordError> {
        self.flush()?;
        self.output.flush()?;
        Ok(self.summary)
    }
}
