//! A text of any length, a piece at a time, each of whole characters.
//!
//! What stands before bytes that are not UTF-8 is given out first; then they are an error that says
//! where they are. Next: `stream`, which scans the pieces.

use std::io::{ErrorKind, Read};
use std::path::Path;

use zeroize::Zeroizing;

use super::Failure;

/// Longest piece, in bytes.
const PIECE_BYTES: usize = 64 * 1024;

/// Reads pieces of a text.
pub(super) struct Pieces<'p, R> {
    input: R,
    path: &'p Path,
    buffer: Zeroizing<Vec<u8>>,
    /// How much of the buffer holds bytes, and how many of them have been given out.
    filled: usize,
    given: usize,
    /// Bytes given out since the beginning.
    at: usize,
    has_ended: bool,
}

impl<'p, R: Read> Pieces<'p, R> {
    /// At the beginning of `input`; errors name `path`.
    pub(super) fn new(input: R, path: &'p Path) -> Self {
        Self {
            input,
            path,
            buffer: Zeroizing::new(vec![0; PIECE_BYTES]),
            filled: 0,
            given: 0,
            at: 0,
            has_ended: false,
        }
    }

    /// The next piece, never empty, or `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<&str>, Failure> {
        self.buffer.copy_within(self.given..self.filled, 0);
        self.filled -= self.given;
        self.given = 0;
        let length = loop {
            let (valid, is_wrong) = match std::str::from_utf8(&self.buffer[..self.filled]) {
                Ok(text) => (text.len(), false),
                Err(error) => {
                    let is_cut = error.error_len().is_none() && !self.has_ended;
                    (error.valid_up_to(), !is_cut)
                }
            };
            if valid > 0 {
                break valid;
            }
            if is_wrong {
                return Err(Failure::NotUtf8 {
                    path: self.path.to_owned(),
                    at: self.at,
                });
            }
            if self.has_ended {
                return Ok(None);
            }
            match self.input.read(&mut self.buffer[self.filled..]) {
                Ok(0) => self.has_ended = true,
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(source) => {
                    return Err(Failure::Unreadable {
                        path: self.path.to_owned(),
                        source,
                    });
                }
            }
        };
        self.given = length;
        self.at += length;
        Ok(std::str::from_utf8(&self.buffer[..length]).ok())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    /// Gives out a few bytes at a time.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let count = self.1.min(self.0.len()).min(into.len());
            into[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    /// What is given out, and where it stops being text.
    fn read(bytes: &[u8], drip: usize) -> (String, Option<usize>) {
        let mut pieces = Pieces::new(Drip(bytes, drip), Path::new("-"));
        let mut all = String::new();
        loop {
            match pieces.next() {
                Ok(Some(piece)) => all.push_str(piece),
                Ok(None) => return (all, None),
                Err(Failure::NotUtf8 { at, .. }) => return (all, Some(at)),
                Err(other) => panic!("{other}"),
            }
        }
    }

    #[test]
    fn characters_cut_by_reads_and_by_the_buffer_come_whole() {
        let text = "aé€😀".repeat(PIECE_BYTES / 5);
        for drip in [1, 2, 3, 7, PIECE_BYTES] {
            assert_eq!(read(text.as_bytes(), drip), (text.clone(), None), "{drip}");
        }
        assert_eq!(read(b"", 1), (String::new(), None));
    }

    #[test]
    fn what_stands_before_a_wrong_byte_is_given_out_and_the_byte_named() {
        for drip in [1, 2, 100] {
            assert_eq!(read(b"ab\xc3\xa9\xffcd", drip), ("abé".into(), Some(4)));
            assert_eq!(read(b"ab\xc3", drip), ("ab".into(), Some(2)));
            assert_eq!(read(b"\x80", drip), (String::new(), Some(0)));
        }
    }
}
