//! E-mail addresses: RFC 5321 §4.1.2 as people use it, with the letters of RFC 6531.
//!
//! Found from the at sign outwards. Neither side can hold another at sign, so every byte is read
//! twice at most. The 64 octets of the standard for a local part are not insisted on: real systems
//! exceed them, and hiding too much beats hiding too little. The signs that separate in URLs and
//! templates (`/ ? & { } |` and the backtick), quoted local parts and address literals are not read,
//! though the standard has them.

use core::ops::Range;

use super::Match;
use super::scan::Scan;

/// How much of either side is read, in bytes. The rest of a longer local part is no address.
const MAX_SIDE_BYTES: usize = 1024;

pub(super) fn scan(scan: &mut Scan<'_>, range: Range<usize>) {
    let identifier = scan.engine.places.email;
    if !scan.wants(identifier, PERCENT) {
        return;
    }
    let text = scan.text;
    for at in memchr::memchr_iter(b'@', &text.as_bytes()[range.clone()]) {
        let at = range.start + at;
        if let (Some(start), Some(end)) = (local_start(text, at), domain_end(text, at + 1)) {
            scan.offer(Match {
                identifier,
                start,
                end,
                pattern: "email",
                percent: PERCENT,
                checksum: None,
            });
        }
    }
}

const PERCENT: u8 = 85;

/// Where the local part that ends at `end` begins: the longest dot-atom that begins with a letter,
/// digit or underscore, so that punctuation in front stays outside.
fn local_start(text: &str, end: usize) -> Option<usize> {
    let from = text.ceil_char_boundary(end.saturating_sub(MAX_SIDE_BYTES));
    let mut start = None;
    let mut after_dot = true;
    for (at, character) in text[from..end].char_indices().rev() {
        match character {
            '.' if after_dot => break,
            '.' => after_dot = true,
            _ if is_atom(character) => {
                after_dot = false;
                if character.is_alphanumeric() || character == '_' {
                    start = Some(from + at);
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
    let text = &text[..text.floor_char_boundary(text.len().min(start + MAX_SIDE_BYTES))];
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
