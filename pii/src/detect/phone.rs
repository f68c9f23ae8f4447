//! Telephone numbers: international ones by their plus sign, those of the North American plan as
//! they are printed.

use super::Match;
use super::run::{Gap, Run};
use super::scan::Scan;
use super::words::{clear_after, clear_before};
use crate::check::phone;

/// Looks for a number that begins with this run of digits, in the word of this index.
pub(super) fn scan(scan: &mut Scan<'_>, index: usize, run: &Run) {
    let identifier = scan.engine.places.phone;
    if !scan.wants(identifier, 60) {
        return;
    }
    let text = scan.text;
    let found = international(text, run).or_else(|| north_american(text, run));
    if let Some((start, end, pattern, percent)) = found {
        scan.offer_at(
            index,
            Match {
                identifier,
                start,
                end,
                pattern,
                percent,
                checksum: None,
            },
        );
    }
}

/// Start, end, pattern, percent.
type Number = (usize, usize, &'static str, u8);

/// How many groups can be a whole number of so many digits, most first.
fn counts(text: &str, run: &Run, least: usize, most: usize) -> impl Iterator<Item = usize> {
    (1..=run.groups().len()).rev().filter(move |&count| {
        let last = &run.groups()[count - 1];
        (least..=most).contains(&last.through) && clear_after(text, last.end)
    })
}

fn international(text: &str, run: &Run) -> Option<Number> {
    let before = &text[..run.groups()[0].start];
    let prefix = before
        .strip_suffix('(')
        .unwrap_or(before)
        .strip_suffix('+')?;
    if !clear_before(text, prefix.len()) {
        return None;
    }
    let count = counts(text, run, phone::MIN_DIGITS, phone::MAX_DIGITS)
        .find(|&count| phone::check_international(run.digits(count)).is_ok())?;
    Some((prefix.len(), run.groups()[count - 1].end, "phone-e164", 60))
}

fn north_american(text: &str, run: &Run) -> Option<Number> {
    let first = run.groups()[0];
    let bracket = text[..first.start].ends_with('(');
    counts(text, run, 10, 11).find_map(|count| {
        let groups = &run.groups()[..count];
        let (area, digits) = match run.digits(count) {
            [b'1', national @ ..] if groups[0].len() == 1 && count > 1 => (1, national),
            [b'1', national @ ..] if national.len() == 10 && count == 1 => (0, national),
            national => (0, national),
        };
        phone::check_nanp(digits).ok()?;
        let (pattern, percent) = match &groups[area..] {
            [a, b, c] if (a.len(), b.len(), c.len()) == (3, 3, 4) => ("phone-nanp", 50),
            [a, b] if (a.len(), b.len()) == (3, 7) => ("phone-nanp", 50),
            [_] => ("phone-nanp-plain", 20),
            _ => return None,
        };
        let bracketed = bracket
            && groups
                .get(area + 1)
                .is_some_and(|group| group.gap == Some(Gap::Bracket));
        let start = if area == 0 && bracketed {
            first.start - 1
        } else {
            first.start
        };
        Some((start, groups[count - 1].end, pattern, percent))
    })
}
