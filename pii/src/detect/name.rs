//! Names of people, places and organisations, sentence by sentence.
//!
//! A sentence belongs to the window in which it begins, and is shorter than what a window has behind
//! it. Nothing announces a name: the model has read what stands around it.

use core::ops::Range;

use super::{Candidate, Engine, Match, Plan};
use crate::names::Kind;

/// Looks at the sentences that begin in `range` of `text`, and says where the next one does.
pub(super) fn scan(
    engine: &Engine,
    plan: &Plan,
    text: &str,
    range: Range<usize>,
    found: &mut Vec<Candidate>,
) -> usize {
    let mut spans = Vec::new();
    let next = engine.names.scan(text, range.start, range.end, &mut spans);
    for span in spans {
        let identifier = engine.places.names[span.kind as usize];
        let Some(place) = name(span.kind, &text[span.start..span.end]) else {
            continue;
        };
        let (start, end) = (span.start + place.start, span.start + place.end);
        if span.percent >= plan.least(identifier) && !plan.allows(&text[start..end]) {
            let found_here = Match {
                identifier,
                start,
                end,
                pattern: "name",
                percent: span.percent,
                checksum: None,
            };
            found.push(Candidate {
                found: found_here,
                percent: span.percent,
                context: false,
            });
        }
    }
    next
}

/// Words in capitals that programs write in logs and forms.
const NO_NAMES: &[&str] = &[
    "CHF", "CRITICAL", "DEBUG", "DELETE", "ERROR", "EUR", "FALSE", "FATAL", "GBP", "GET", "HEAD",
    "INFO", "JPY", "NULL", "OK", "OPTIONS", "PATCH", "POST", "PUT", "TRACE", "TRUE", "USD", "WARN",
    "WARNING",
];

/// What of that which the model took for a name can be one, if anything: numbers before and behind are
/// none, but of an address.
fn name(kind: Kind, text: &str) -> Option<Range<usize>> {
    if kind == Kind::Address {
        return Some(0..text.len());
    }
    let is_word = |it: char| it.is_alphanumeric();
    let mut words = Vec::new();
    let mut at = 0;
    for word in text.split(|it| !is_word(it)) {
        let end = at + word.len();
        if word.chars().any(char::is_alphabetic) {
            words.push(at..end);
        }
        at = end + text[end..].chars().next().map_or(0, char::len_utf8);
    }
    let (mut start, mut end) = (words.first()?.start, words.last()?.end);
    let has_digit = |part: &str| part.bytes().any(|byte| byte.is_ascii_digit());
    // Nothing else is cut off, such as the full stop of "Jr.".
    if !has_digit(&text[..start]) {
        start = 0;
    }
    if !has_digit(&text[end..]) {
        end = text.len();
    }
    NO_NAMES
        .binary_search(&&text[start..end])
        .is_err()
        .then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_words_of_programs_are_no_names_and_hide_none() {
        assert!(NO_NAMES.is_sorted());
        for (text, expected) in [
            ("Peter Miller", Some("Peter Miller")),
            ("Lee 4155551234", Some("Lee")),
            ("4155551234 Lee", Some("Lee")),
            ("1John Smith", Some("1John Smith")),
            ("3M", Some("3M")),
            ("John Smith Jr.", Some("John Smith Jr.")),
            ("Post", Some("Post")),
            ("Kim 2024-05-01 Li 7", Some("Kim 2024-05-01 Li")),
            ("\u{c9}va 12", Some("\u{c9}va")),
            ("026009593", None),
            ("12-34", None),
            ("INFO", None),
            ("POST", None),
            ("", None),
        ] {
            for kind in [Kind::Person, Kind::Organization] {
                assert_eq!(name(kind, text).map(|it| &text[it]), expected, "{text}");
            }
        }
        assert_eq!(name(Kind::Address, "12"), Some(0..2));
    }
}
