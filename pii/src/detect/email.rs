//! E-mail addresses: RFC 5321 §4.1.2 as people use it, with the letters of RFC 6531.
//!
//! Found from the at sign outwards. Neither side can hold another at sign, so every byte is read
//! twice at most. No length limit is applied: real systems exceed the 64 octets of the standard, and
//! hiding too much beats hiding too little. The signs that separate in URLs and templates (`/ ? & { } |`
//! and the backtick), quoted local parts and address literals are not read, though the standard has them.

use super::{Candidates, DetectError, Match};
use crate::Entity;

pub(super) fn scan(candidates: &mut Candidates<'_>) -> Result<(), DetectError> {
    let text = candidates.text;
    for (at, _) in text.match_indices('@') {
        let (Some(start), Some(end)) = (local_start(text, at), domain_end(text, at + 1)) else {
            continue;
        };
        candidates.offer(Match {
            entity: Entity::EmailAddress,
            start,
            end,
            pattern: "email",
            base_percent: 85,
            checksum: None,
        })?;
    }
    Ok(())
}

/// Where the local part that ends at `end` begins: the longest dot-atom that begins with a letter,
/// digit or underscore, so that punctuation in front stays outside.
fn local_start(text: &str, end: usize) -> Option<usize> {
    let mut start = None;
    let mut after_dot = true;
    for (at, character) in text[..end].char_indices().rev() {
        match character {
            '.' if after_dot => break,
            '.' => after_dot = true,
            _ if is_atom(character) => {
                after_dot = false;
                if character.is_alphanumeric() || character == '_' {
                    start = Some(at);
                }
            }
            _ => break,
        }
    }
    start
}

fn is_atom(character: char) -> bool {
    character.is_alphanumeric() || "!#$%'*+-=^_~".contains(character)
}

/// Where the domain that begins at `start` ends: labels of letters, digits and inner hyphens, at
/// least two, the last of two or more letters (or punycode).
fn domain_end(text: &str, start: usize) -> Option<usize> {
    let mut end = None;
    let mut at = start;
    let mut labels = 0;
    loop {
        let label = label(&text[at..]);
        if label.is_empty() {
            return end;
        }
        labels += 1;
        at += label.len();
        let top_level = label.starts_with("xn--")
            || (label.chars().count() > 1 && label.chars().all(char::is_alphabetic));
        if labels > 1 && top_level {
            end = Some(at);
        }
        if !text[at..].starts_with('.') {
            return end;
        }
        at += 1;
    }
}

/// The label at the beginning of `rest`: no hyphen first or last.
fn label(rest: &str) -> &str {
    let length = rest
        .find(|character: char| !(character.is_alphanumeric() || character == '-'))
        .unwrap_or(rest.len());
    let label = rest[..length].trim_end_matches('-');
    if label.starts_with('-') { "" } else { label }
}
