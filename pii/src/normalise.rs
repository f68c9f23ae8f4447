//! Text as recognisers read it: one digit script, one space, one hyphen, nothing invisible, no
//! escapes; and the exact way back.
//!
//! A number does not become another by being written in full-width digits, with no-break spaces or
//! en dashes, with a zero-width space inside, or as `%34%31` or `&#52;`. So such characters are
//! replaced by what they stand for before anything is matched, and every finding is mapped back to
//! the bytes it came from. What is not replaced stays as it is, letters of other scripts above all.
//!
//! Works on a stream: pieces cut anywhere yield the same text and the same map. Next:
//! `normalise/fold.rs` (characters), `normalise/escape.rs` (escapes).

mod escape;
mod fold;

use core::str;

use zeroize::Zeroizing;

use escape::Escape;
use fold::Fold;

/// So many bytes of characters that show nothing, in a row, part what stands around them: no value is
/// written so, and what waits for its end must be bounded.
const MAX_DROPPED: usize = 4096;

/// A character that was put in place of original bytes, or bytes that were dropped.
#[derive(Clone, Copy, Debug)]
struct Edit {
    /// Where it stands in normalised text, since the beginning of the stream.
    at: usize,
    /// Bytes that were put there; none when something was dropped.
    length: usize,
    /// Where its original begins, and where the original after it goes on.
    original: usize,
    original_end: usize,
}

/// Bytes of a stream that are not UTF-8.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("byte {at} is not UTF-8")]
pub struct NotUtf8 {
    /// How many bytes stand before the first wrong one.
    pub at: usize,
}

/// Normalises a stream and keeps what is still needed of it.
#[derive(Debug, Default)]
pub(crate) struct Normaliser {
    text: Zeroizing<String>,
    /// Where `text` begins in the normalised stream.
    begin: usize,
    /// In order. The first may lie before `begin`: it says how to map what follows it.
    edits: Vec<Edit>,
    /// How far the original has been read into `text`.
    read: usize,
    /// Bytes in a row that were dropped up to here.
    dropped: usize,
    /// Original bytes after `read`: the beginning of a character or of an escape.
    pending: Zeroizing<Vec<u8>>,
}

/// A whole text, normalised.
pub(crate) fn whole(text: &str) -> String {
    let mut normaliser = Normaliser::default();
    // A text is UTF-8, so neither can fail.
    let _ = normaliser.push(text.as_bytes());
    let _ = normaliser.finish();
    core::mem::take(&mut normaliser.text)
}

impl Normaliser {
    /// The normalised text that was not forgotten.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Reads on.
    ///
    /// # Errors
    ///
    /// [`NotUtf8`]; what stands before the wrong byte has been read.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), NotUtf8> {
        self.pending.extend_from_slice(bytes);
        self.advance(false)
    }

    /// Reads what is left: nothing follows.
    ///
    /// # Errors
    ///
    /// [`NotUtf8`] when the last character is cut.
    pub(crate) fn finish(&mut self) -> Result<(), NotUtf8> {
        self.advance(true)
    }

    fn advance(&mut self, last: bool) -> Result<(), NotUtf8> {
        let pending = core::mem::take(&mut self.pending);
        let (valid, outcome) = match str::from_utf8(&pending) {
            Ok(valid) => (valid, Ok(())),
            Err(error) => {
                let valid = str::from_utf8(&pending[..error.valid_up_to()]).unwrap_or_default();
                let cut = error.error_len().is_none() && !last;
                let at = self.read + valid.len();
                (valid, if cut { Ok(()) } else { Err(NotUtf8 { at }) })
            }
        };
        let taken = self.normalise(valid, last);
        self.read += taken;
        self.pending = Zeroizing::new(pending[taken..].to_vec());
        outcome
    }

    /// Appends what `original` stands for and says how much of it was read: all, but for an escape
    /// that may go on.
    fn normalise(&mut self, original: &str, last: bool) -> usize {
        let bytes = original.as_bytes();
        // Up to where bytes have been copied, and where to look on.
        let (mut copied, mut at) = (0, 0);
        while let Some(skipped) = bytes[at..].iter().position(|byte| fold::is_special(*byte)) {
            at += skipped;
            let (length, fold) = if bytes[at].is_ascii() {
                match escape::read(&original[at..]) {
                    Escape::None => (1, Fold::Keep),
                    Escape::Cut if last => (1, Fold::Keep),
                    Escape::Cut => {
                        if at > copied {
                            self.dropped = 0;
                            self.text.push_str(&original[copied..at]);
                        }
                        return at;
                    }
                    Escape::Of(length, character) => (length, fold::decoded(character)),
                }
            } else {
                let character = original[at..].chars().next().unwrap_or('\0');
                (character.len_utf8(), fold::fold(character))
            };
            if fold != Fold::Keep {
                if at > copied || matches!(fold, Fold::To(_)) {
                    self.dropped = 0;
                }
                self.text.push_str(&original[copied..at]);
                let stands = self.begin + self.text.len();
                match fold {
                    Fold::To(character) => self.text.push(character),
                    Fold::Drop if self.dropped >= MAX_DROPPED => self.text.push('\n'),
                    _ => self.dropped += length,
                }
                let edit = Edit {
                    at: stands,
                    length: self.begin + self.text.len() - stands,
                    original: self.read + at,
                    original_end: self.read + at + length,
                };
                match self.edits.last_mut() {
                    // Any number of dropped characters in a row are one.
                    Some(last)
                        if edit.length == 0
                            && last.length == 0
                            && last.at == edit.at
                            && last.original_end == edit.original =>
                    {
                        last.original_end = edit.original_end;
                    }
                    _ => self.edits.push(edit),
                }
                copied = at + length;
            }
            at += length;
        }
        if copied < original.len() {
            self.dropped = 0;
            self.text.push_str(&original[copied..]);
        }
        original.len()
    }

    /// The original span of bytes `start..end` of [`Self::text`], neither empty.
    pub(crate) fn original(&self, start: usize, end: usize) -> (usize, usize) {
        let (start, last) = (self.begin + start, self.begin + end.max(1) - 1);
        let begin = match self.edit_before(start) {
            Some(edit) if start < edit.at + edit.length => edit.original,
            Some(edit) => edit.original_end + (start - edit.at - edit.length),
            None => start,
        };
        let end = match self.edit_before(last) {
            Some(edit) if last < edit.at + edit.length => edit.original_end,
            Some(edit) => edit.original_end + (last - edit.at - edit.length) + 1,
            None => last + 1,
        };
        (begin, end)
    }

    /// The last edit at or before a place of the normalised stream.
    fn edit_before(&self, place: usize) -> Option<&Edit> {
        let after = self.edits.partition_point(|edit| edit.at <= place);
        self.edits.get(after.checked_sub(1)?)
    }

    /// Forgets the first `count` bytes of [`Self::text`], fewer when that would cut a character;
    /// says how many.
    pub(crate) fn forget(&mut self, count: usize) -> usize {
        let count = self.text.floor_char_boundary(count);
        self.begin += count;
        // The bytes behind are overwritten by what moves to the front, then by what comes next.
        self.text.drain(..count);
        let needed = self.edits.partition_point(|edit| edit.at <= self.begin);
        self.edits.drain(..needed.saturating_sub(1));
        count
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;
    use proptest::prelude::*;

    fn whole(original: &str) -> Normaliser {
        let mut normaliser = Normaliser::default();
        normaliser.push(original.as_bytes()).unwrap();
        normaliser.finish().unwrap();
        normaliser
    }

    /// The original of the only place where `needle` stands in the normalised text.
    fn original_of<'a>(original: &'a str, needle: &str) -> &'a str {
        let normaliser = whole(original);
        let start = normaliser.text().find(needle).unwrap();
        let (start, end) = normaliser.original(start, start + needle.len());
        &original[start..end]
    }

    #[test]
    fn every_way_to_write_a_number_reads_the_same_and_maps_back_to_what_was_written() {
        for written in [
            "078-05-1120",
            "０７８－０５－１１２０",
            "٠٧٨-٠٥-١١٢٠",
            "078\u{2013}05\u{2011}1120",
            "0\u{200b}78-05-11\u{ad}20",
            "078%2D05%2d1120",
            "078&#45;05&#x2D;1120",
            r"078\u002d05\x2d1120",
            "%30%37%38-05-1120",
            "078%E2%80%9305%e2%80%931120",
        ] {
            let text = format!("a \u{200b}\u{e9} {written}\u{200b}, b");
            assert_eq!(original_of(&text, "078-05-1120"), written, "{written}");
        }
    }

    #[test]
    fn what_stands_for_nothing_else_stays_as_it_is() {
        for text in [
            "100% of 5 & more; \\ Zoë & Łódź — no",
            "%zz %4 &#; &#x; &nosuch; \\u12 \\x",
            "Тест テスト 가나다 ไทย",
        ] {
            let normaliser = whole(&text.replace('—', "-"));
            assert_eq!(normaliser.text(), text.replace('—', "-"));
        }
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_refused_with_their_place() {
        let mut normaliser = Normaliser::default();
        assert_eq!(normaliser.push(b"ab\xff"), Err(NotUtf8 { at: 2 }));
        let mut cut = Normaliser::default();
        cut.push("abc\u{e9}".as_bytes().split_last().unwrap().1)
            .unwrap();
        assert_eq!(cut.finish(), Err(NotUtf8 { at: 3 }));
    }

    #[test]
    fn characters_that_show_nothing_take_bounded_memory_and_part_what_is_far_apart() {
        let near = format!("078-05-{}1123", "\u{200b}".repeat(1_000));
        assert_eq!(original_of(&near, "078-05-1123"), near);
        let far = whole(&format!("a{}b", "\u{200b}".repeat(100_000)));
        assert!(far.text().starts_with("a\n") && far.text().ends_with("\nb"));
        let (start, end) = far.original(far.text().len() - 1, far.text().len());
        assert_eq!((start, end), (300_001, 300_002));
    }

    proptest! {
        #[test]
        fn pieces_cut_anywhere_read_the_same(
            text in "([a-c0-9%&#;x\\\\u\u{ad}\u{200b}\u{e9}\u{661}\u{ff11}\u{2013}]|&#45;|%2d|\\\\u002d){0,60}",
            cuts in prop::collection::vec(0_usize..200, 0..6),
        ) {
            let expected = whole(&text);
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let mut normaliser = Normaliser::default();
            for pair in cuts.windows(2) {
                normaliser.push(&text.as_bytes()[pair[0]..pair[1]]).unwrap();
            }
            normaliser.finish().unwrap();
            prop_assert_eq!(normaliser.text(), expected.text());
            for place in 0..expected.text().len() {
                prop_assert_eq!(
                    normaliser.original(place, place + 1),
                    expected.original(place, place + 1)
                );
            }
        }

        #[test]
        fn what_is_forgotten_changes_no_place_of_the_rest(
            text in "([a-c%&\u{200b}\u{e9}\u{661}]|%2d){1,60}",
            count in 0_usize..80,
        ) {
            let expected = whole(&text);
            let mut normaliser = whole(&text);
            let count = normaliser.forget(count.min(expected.text().len()));
            prop_assert_eq!(normaliser.text(), &expected.text()[count..]);
            for place in 0..normaliser.text().len() {
                prop_assert_eq!(
                    normaliser.original(place, place + 1),
                    expected.original(place + count, place + count + 1)
                );
            }
        }
    }
}
