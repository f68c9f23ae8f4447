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
        let name = &text[span.start..span.end];
        if span.percent >= plan.least(identifier) && is_name(span.kind, name) && !plan.allows(name)
        {
            let found_here = Match {
                identifier,
                start: span.start,
                end: span.end,
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

/// Whether what the model took for a name can be one. A person's name does not begin with a digit, and
/// nothing but an address is mostly made of them.
fn is_name(kind: Kind, text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let is_number = match kind {
        Kind::Person => text.starts_with(|it: char| it.is_ascii_digit()) || 2 * digits > text.len(),
        Kind::Address => false,
        _ => 2 * digits > text.len(),
    };
    !is_number && NO_NAMES.binary_search(&text).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_words_of_programs_are_no_names() {
        assert!(NO_NAMES.is_sorted());
        assert!(is_name(Kind::Person, "Peter Miller") && is_name(Kind::Organization, "3M"));
        assert!(is_name(Kind::Address, "12 Elm Street") && is_name(Kind::Person, "Post"));
        assert!(is_name(Kind::Person, "Peter Miller 4"));
        for (kind, text) in [
            (Kind::Person, "123456-CD"),
            (Kind::Organization, "026009593"),
            (Kind::Location, "INFO"),
            (Kind::Person, "POST"),
        ] {
            assert!(!is_name(kind, text), "{text}");
        }
    }
}
