//! Where things begin and end in JSON text, for a walk that copies what it does not change.
//!
//! [`check`] has `serde_json` look at the whole text first, so the rest may trust the grammar; on text
//! that was not checked the answers are wrong but nothing panics. Next: [`super::json`].

use core::ops::Range;

use serde::de::IgnoredAny;

use super::{Fault, MAX_DEPTH};

/// Whether this is JSON and not too deep; if not, why and on which line.
pub(super) fn check(text: &str) -> Result<(), (Fault, u64)> {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = text.as_bytes().get(at) {
        match byte {
            b'"' => {
                at = string_end(text, at);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            let line = memchr::memchr_iter(b'\n', &text.as_bytes()[..at]).count();
            return Err((Fault::TooDeep, line as u64 + 1));
        }
        at += 1;
    }
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) => Ok(()),
        Err(error) => Err((Fault::Json, error.line() as u64)),
    }
}

/// The byte at `at`; zero, which begins nothing, at the end.
pub(super) fn byte(text: &str, at: usize) -> u8 {
    text.as_bytes().get(at).copied().unwrap_or_default()
}

/// Where white space ends that begins at `at`.
pub(super) fn space(text: &str, at: usize) -> usize {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    let is_space = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    at + rest.iter().take_while(is_space).count()
}

/// Where the string ends that begins with the quote at `at`.
pub(super) fn string_end(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = at + 1;
    while let Some(rest) = bytes.get(at..) {
        match memchr::memchr2(b'"', b'\\', rest) {
            Some(place) if rest[place] == b'"' => return at + place + 1,
            Some(place) => at += place + 2,
            None => break,
        }
    }
    bytes.len()
}

/// Where the value ends that begins at `at`.
pub(super) fn value_end(text: &str, mut at: usize) -> usize {
    let is_part = |byte: u8| !matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r');
    let mut depth = 0_usize;
    loop {
        match byte(text, at) {
            b'"' => at = string_end(text, at),
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                at += 1;
            }
            b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' if depth > 0 => at += 1,
            _ => {
                let rest = text.as_bytes().get(at..).unwrap_or_default();
                let length = rest.iter().take_while(|byte| is_part(**byte)).count();
                at += length.max(1);
            }
        }
        if depth == 0 || at >= text.len() {
            return at.min(text.len());
        }
    }
}

/// Where the value stands that these names lead to from the top.
pub(super) fn lookup(text: &str, names: &[&str]) -> Option<Range<usize>> {
    let mut at = space(text, 0);
    for name in names {
        if byte(text, at) != b'{' {
            return None;
        }
        at = space(text, at + 1);
        loop {
            if byte(text, at) != b'"' {
                return None;
            }
            let key = at..string_end(text, at);
            let value = space(text, space(text, key.end) + 1);
            if unescaped(text, key)? == *name {
                at = value;
                break;
            }
            at = space(text, value_end(text, value));
            at = space(text, at + usize::from(byte(text, at) == b','));
        }
    }
    Some(at..value_end(text, at))
}

/// The text of the string that stands there, quotes included.
pub(super) fn unescaped(text: &str, string: Range<usize>) -> Option<std::borrow::Cow<'_, str>> {
    let raw = text.get(string)?;
    if raw.contains('\\') {
        serde_json::from_str::<String>(raw).ok().map(Into::into)
    } else {
        raw.get(1..raw.len().checked_sub(1)?).map(Into::into)
    }
}
