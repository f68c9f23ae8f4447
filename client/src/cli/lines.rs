//! Lines of a file that may be longer than memory: each within a bound, one at a time.
//!
//! A line above the bound is read past, not kept, and said to be so; the next one follows it.

use std::io::{BufRead, BufReader, ErrorKind, Read};

use zeroize::Zeroizing;

/// Reads lines.
pub(super) struct Lines<R> {
    reader: BufReader<R>,
    content: Zeroizing<Vec<u8>>,
    limit: usize,
    number: u64,
    /// Bytes read.
    at: usize,
}

/// One line, without its end.
pub(super) struct Line<'a> {
    /// From 1.
    pub(super) number: u64,
    /// Where it begins in the file.
    pub(super) at: usize,
    /// Its bytes; `None` when they are more than the bound.
    pub(super) content: Option<&'a [u8]>,
}

impl<R: Read> Lines<R> {
    /// Lines of at most `limit` bytes, their ends not counted.
    pub(super) fn new(input: R, limit: usize) -> Self {
        Self {
            reader: BufReader::with_capacity(64 * 1024, input),
            // Never grows, so no copy of it is left behind unwiped.
            content: Zeroizing::new(Vec::with_capacity(limit)),
            limit,
            number: 0,
            at: 0,
        }
    }

    /// Bytes read so far.
    pub(super) const fn bytes(&self) -> usize {
        self.at
    }

    /// The next line, or `None` at the end.
    pub(super) fn next(&mut self) -> std::io::Result<Option<Line<'_>>> {
        let begin = self.at;
        let mut is_whole = true;
        self.content.clear();
        loop {
            let available = match self.reader.fill_buf() {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                available => available?,
            };
            if available.is_empty() {
                break;
            }
            let end = available.iter().position(|byte| *byte == b'\n');
            let part = &available[..end.unwrap_or(available.len())];
            is_whole &= self.content.len() + part.len() <= self.limit;
            if is_whole {
                self.content.extend_from_slice(part);
            }
            let read = part.len() + usize::from(end.is_some());
            self.reader.consume(read);
            self.at += read;
            if end.is_some() {
                break;
            }
        }
        if self.at == begin {
            return Ok(None);
        }
        self.number += 1;
        let content = self.content.strip_suffix(b"\r").unwrap_or(&self.content);
        Ok(Some(Line {
            number: self.number,
            at: begin,
            content: is_whole.then_some(content),
        }))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn lines_come_with_their_numbers_and_one_too_long_is_read_past() {
        let long = "x".repeat(200_000);
        let text = format!("a\n\n1234567\r\n{long}\nlast");
        let mut lines = Lines::new(text.as_bytes(), 8);
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            let content = line
                .content
                .map(|line| String::from_utf8_lossy(line).into());
            found.push((line.number, line.at, content));
        }
        let some = |text: &str| Some(text.to_owned());
        let expected = [
            (1, 0, some("a")),
            (2, 2, some("")),
            (3, 3, some("1234567")),
            (4, 12, None),
            (5, 200_013, some("last")),
        ];
        assert_eq!(found, expected);
        assert_eq!(lines.bytes(), text.len());
    }

    #[test]
    fn the_bound_is_the_last_length_that_is_read() {
        for (length, is_read) in [(8, true), (9, false)] {
            let text = "x".repeat(length);
            let mut lines = Lines::new(text.as_bytes(), 8);
            assert_eq!(lines.next().unwrap().unwrap().content.is_some(), is_read);
            assert!(lines.next().unwrap().is_none());
        }
    }
}
