//! Bank account numbers: ISO 13616 as printed (groups) and as typed (one block).
//!
//! The pattern finds two letters and two digits; the country then says how many characters follow,
//! so the end is never guessed. Capitals or small letters, but not both: printed numbers are never
//! mixed, and words beside digits are. Next: [`crate::check::iban`].

use super::scan::Scan;
use super::words::clear_after;
use super::{Checksum, Match, doubt};
use crate::check::iban;

/// Looks for a number that begins with the word at `start`.
pub(super) fn scan(scan: &mut Scan<'_>, start: usize) {
    let identifier = scan.engine.places.iban;
    let [first, second, third, fourth, ..] = scan.text.as_bytes()[start..] else {
        return;
    };
    let head = first.is_ascii_alphabetic()
        && first.is_ascii_uppercase() == second.is_ascii_uppercase()
        && second.is_ascii_alphabetic()
        && third.is_ascii_digit()
        && fourth.is_ascii_digit();
    if !head || !scan.wants(identifier, 100) {
        return;
    }
    if let Some((end, checksum)) = value_end(scan.text, start, scan.plan.looks_like()) {
        scan.offer(Match {
            identifier,
            start,
            end,
            pattern: "iban",
            percent: 100,
            checksum,
        });
    }
}

fn value_end(text: &str, start: usize, looks_like: bool) -> Option<(usize, Option<Checksum>)> {
    let capitals = text.as_bytes()[start].is_ascii_uppercase();
    let mut electronic = [0; iban::MAX_CHARACTERS];
    let mut count = 0;
    let mut wanted = 4;
    let mut after_separator = false;
    for (offset, character) in text[start..].char_indices() {
        if matches!(character, ' ' | '-') && !after_separator {
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
            if !clear_after(text, end) {
                return None;
            }
            let checked = iban::check(&electronic[..count]);
            let checksum = doubt::judge(Some(checked), looks_like).ok()?;
            return Some((end, checksum));
        }
    }
    None
}
