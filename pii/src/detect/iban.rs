//! Bank account numbers: ISO 13616 as printed (groups) and as typed (one block).
//!
//! The pattern finds two letters and two digits; the country then says how many characters follow,
//! so the end is never guessed. Capitals or small letters, but not both: printed numbers are never
//! mixed, and words beside digits are. Next: [`crate::check::iban`].

use regex::Regex;

use super::{Candidates, Checksum, DetectError, Match, clear_after, clear_before};
use crate::Entity;
use crate::check::iban;

pub(super) fn pattern() -> Regex {
    Regex::new("(?:[A-Z]{2}|[a-z]{2})[0-9]{2}")
        .expect("the pattern is a constant that a test compiles")
}

pub(super) fn scan(pattern: &Regex, candidates: &mut Candidates<'_>) -> Result<(), DetectError> {
    let text = candidates.text;
    // Two matches never overlap where it matters: a value begins where no letter or digit touches.
    for head in pattern.find_iter(text) {
        if let Some(end) = value_end(text, head.start()) {
            candidates.offer(Match {
                entity: Entity::IbanCode,
                start: head.start(),
                end,
                pattern: "iban",
                base_percent: 100,
                checksum: Some(Checksum::Passed),
            })?;
        }
    }
    Ok(())
}

fn value_end(text: &str, start: usize) -> Option<usize> {
    if !clear_before(text, start) {
        return None;
    }
    let capitals = text.as_bytes()[start].is_ascii_uppercase();
    let mut electronic = [0; iban::MAX_CHARACTERS];
    let mut count = 0;
    let mut wanted = 4;
    let mut after_separator = false;
    for (offset, character) in text[start..].char_indices() {
        if matches!(character, ' ' | '-' | '\u{a0}' | '\u{202f}' | '\u{2011}') && !after_separator {
            after_separator = true;
            continue;
        }
        after_separator = false;
        let byte = u8::try_from(character).ok()?;
        let belongs = byte.is_ascii_digit()
            || (byte.is_ascii_alphabetic() && byte.is_ascii_uppercase() == capitals);
        if !belongs {
            return None;
        }
        electronic[count] = byte.to_ascii_uppercase();
        count += 1;
        if count == 2 {
            wanted = iban::characters([electronic[0], electronic[1]])?;
        }
        if count == wanted {
            let end = start + offset + 1;
            let valid = clear_after(text, end) && iban::check(&electronic[..count]).is_ok();
            return valid.then_some(end);
        }
    }
    None
}
