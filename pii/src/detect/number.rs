//! Cards, social security numbers, telephone numbers and IPv4 addresses: digits in groups.
//!
//! One pass finds every place where digits begin; at each a bounded run of groups is read and every
//! reading of it is tried. So a number is found wherever a group starts, whatever stands before it,
//! and a wrong number never hides a right one behind it.

use core::ops::RangeInclusive;

use super::run::{Gap, Group, Run};
use super::{Candidates, Checksum, DetectError, Match, clear_after, clear_before};
use crate::Entity;
use crate::check::{card, phone, ssn};

pub(super) fn scan(candidates: &mut Candidates<'_>) -> Result<(), DetectError> {
    let text = candidates.text;
    let recognisers: [(Entity, Recogniser); 4] = [
        (Entity::CreditCard, read_card),
        (Entity::UsSsn, read_ssn),
        (Entity::PhoneNumber, read_phone),
        (Entity::IpAddress, read_ip_v4),
    ];
    let wanted: Vec<Recogniser> = recognisers
        .into_iter()
        .filter(|(entity, _)| candidates.plan.wants(*entity))
        .map(|(_, recogniser)| recogniser)
        .collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(skipped) = bytes[at..].iter().position(u8::is_ascii_digit) {
        let start = at + skipped;
        at = bytes[start..]
            .iter()
            .position(|byte| !byte.is_ascii_digit())
            .map_or(bytes.len(), |length| start + length);
        if !clear_before(text, start) {
            continue;
        }
        if let Some(run) = Run::read(text, start, at) {
            for recogniser in &wanted {
                if let Some(found) = recogniser(text, &run) {
                    candidates.offer(found)?;
                }
            }
        }
    }
    Ok(())
}

/// The best reading of a run that begins where it begins, if any.
type Recogniser = fn(&str, &Run) -> Option<Match>;

/// How many groups from the start can be a whole value of `digits` digits, most first: the last of
/// them may not touch a letter.
fn lengths<'a>(
    text: &'a str,
    run: &'a Run,
    digits: RangeInclusive<usize>,
) -> impl Iterator<Item = usize> + 'a {
    (1..=run.groups().len()).rev().filter(move |&count| {
        let last = &run.groups()[count - 1];
        digits.contains(&last.through) && clear_after(text, last.end)
    })
}

/// Whether every gap is the same, and one of `allowed`.
fn even_gaps(groups: &[Group], allowed: &[Gap]) -> bool {
    let mut gaps = groups.iter().filter_map(|group| group.gap);
    match gaps.next() {
        None => true,
        Some(first) => allowed.contains(&first) && gaps.all(|gap| gap == first),
    }
}

fn read_card(text: &str, run: &Run) -> Option<Match> {
    // The digits of an international telephone number pass for a card once in ten times.
    if text[..run.groups()[0].start].ends_with('+') {
        return None;
    }
    let lengths = || lengths(text, run, card::MIN_DIGITS..=card::MAX_DIGITS);
    let valid = |count: &usize| {
        even_gaps(&run.groups()[..*count], &[Gap::Space, Gap::Dash, Gap::Dot])
            && card::check(run.digits(*count)).is_ok()
    };
    // A printed grouping beats a longer reading that happens to pass the checksum.
    let printed = lengths()
        .filter(|&count| is_printed_as_card(&run.groups()[..count]))
        .find(valid);
    let count = printed.or_else(|| lengths().find(valid))?;
    let groups = &run.groups()[..count];
    let (pattern, base_percent) = match (printed, count) {
        (Some(_), 1) => ("card-plain", 100),
        (Some(_), _) => ("card-grouped", 100),
        // One in ten number sequences passes the checksum by chance, so a word must announce it.
        (None, _) => ("card-irregular", 30),
    };
    Some(Match {
        entity: Entity::CreditCard,
        start: groups[0].start,
        end: groups[count - 1].end,
        pattern,
        base_percent,
        checksum: Some(Checksum::Passed),
    })
}

/// One block, fours with a shorter or longer end, or the 4-6-5 and 4-6-4 of Amex and Diners.
fn is_printed_as_card(groups: &[Group]) -> bool {
    match groups {
        [_] => true,
        [first, second, third] if first.len() == 4 && second.len() == 6 => {
            matches!(third.len(), 4 | 5)
        }
        [front @ .., last] => front.iter().all(|group| group.len() == 4) && last.len() <= 7,
        [] => false,
    }
}

fn read_ssn(text: &str, run: &Run) -> Option<Match> {
    lengths(text, run, 9..=9).find_map(|count| {
        let groups = &run.groups()[..count];
        if !even_gaps(groups, &[Gap::Dash, Gap::Space, Gap::Dot]) {
            return None;
        }
        let (pattern, base_percent) = match groups {
            [area, group, serial] if (area.len(), group.len(), serial.len()) == (3, 2, 4) => {
                match group.gap {
                    Some(Gap::Dash) => ("ssn-dashed", 50),
                    _ => ("ssn-spaced", 50),
                }
            }
            [front, back] if matches!((front.len(), back.len()), (3, 6) | (5, 4)) => {
                ("ssn-misplaced-separator", 5)
            }
            [plain] if plain.len() == 9 => ("ssn-plain", 5),
            _ => return None,
        };
        ssn::check(run.digits(count)).ok()?;
        Some(Match {
            entity: Entity::UsSsn,
            start: groups[0].start,
            end: groups[count - 1].end,
            pattern,
            base_percent,
            checksum: Some(Checksum::Passed),
        })
    })
}

fn read_phone(text: &str, run: &Run) -> Option<Match> {
    let first = run.groups()[0];
    let found = |start, count: usize, pattern, base_percent| Match {
        entity: Entity::PhoneNumber,
        start,
        end: run.groups()[count - 1].end,
        pattern,
        base_percent,
        checksum: None,
    };
    let before = &text[..first.start];
    let plus = before.strip_suffix('(').unwrap_or(before).strip_suffix('+');
    if let Some(prefix) = plus.filter(|prefix| clear_before(text, prefix.len())) {
        let international = lengths(text, run, phone::MIN_DIGITS..=phone::MAX_DIGITS)
            .find(|&count| phone::check_international(run.digits(count)).is_ok())
            .map(|count| found(prefix.len(), count, "phone-e164", 60));
        if international.is_some() {
            return international;
        }
    }
    lengths(text, run, 10..=11).find_map(|count| {
        let groups = &run.groups()[..count];
        let (area, digits) = match run.digits(count) {
            [b'1', national @ ..] if groups[0].len() == 1 && count > 1 => (1, national),
            [b'1', national @ ..] if national.len() == 10 && count == 1 => (0, national),
            national => (0, national),
        };
        phone::check_nanp(digits).ok()?;
        let (pattern, base_percent) = match &groups[area..] {
            [a, b, c] if (a.len(), b.len(), c.len()) == (3, 3, 4) => ("phone-nanp", 50),
            [a, b] if (a.len(), b.len()) == (3, 7) => ("phone-nanp", 50),
            [_] => ("phone-nanp-plain", 20),
            _ => return None,
        };
        let bracketed = before.ends_with('(')
            && groups
                .get(area + 1)
                .is_some_and(|group| group.gap == Some(Gap::Bracket));
        let start = if area == 0 && bracketed {
            first.start - 1
        } else {
            first.start
        };
        Some(found(start, count, pattern, base_percent))
    })
}

fn read_ip_v4(text: &str, run: &Run) -> Option<Match> {
    let groups = run.groups().get(..4)?;
    let octet =
        |group: &Group| group.len() <= 3 && text[group.start..group.end].parse::<u8>().is_ok();
    let end = groups[3].end;
    if !even_gaps(groups, &[Gap::Dot]) || !groups.iter().all(octet) || !clear_after(text, end) {
        return None;
    }
    Some(Match {
        entity: Entity::IpAddress,
        start: groups[0].start,
        end: super::ip::with_prefix_length(text, end, 32),
        pattern: "ipv4",
        base_percent: 60,
        checksum: None,
    })
}
