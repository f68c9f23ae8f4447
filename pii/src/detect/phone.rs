//! Telephone numbers: international ones by their plus sign or `00`, those of the North American
//! plan as they are printed, and national ones of the regions asked for.
//!
//! A national number reads as anything, so it is looked for only where a chain of digits begins, and
//! is surest when it is dialled with a leading zero and printed in groups.

use std::sync::LazyLock;

use super::Match;
use super::run::{Gap, Run};
use super::scan::Scan;
use super::words::{WordKind, clear_after, clear_before};
use crate::check::phone::{self, Plan};
use crate::identifier::{WordClass, gap};

/// The regions of numbers without a calling code when none are named.
const DEFAULT_REGIONS: &[&str] = &[
    "US", "CA", "GB", "DE", "FR", "ES", "IT", "NL", "IL", "IN", "BR", "JP", "CN", "AU", "KR", "MX",
];

/// Their plans.
static DEFAULT: LazyLock<Vec<&'static Plan>> = LazyLock::new(|| {
    let regions = DEFAULT_REGIONS.iter();
    regions
        .filter_map(|region| Plan::of(region.as_bytes()))
        .collect()
});

/// The shortest national number, without what is dialled before it.
const MIN_NATIONAL: usize = 7;

/// Whether the word of digits of this index can begin a number that reaches its threshold. Cheap, and
/// "no" nearly everywhere.
pub(super) fn may_begin(scan: &mut Scan<'_>, index: usize) -> bool {
    let word = scan.words()[index];
    let bytes = scan.text.as_bytes();
    let before = &bytes[..word.start];
    if matches!(before, [.., b'+'] | [.., b'+', b'(']) {
        return true;
    }
    let places = scan.engine.places;
    let likely = match bytes[word.start] {
        b'0' => !goes_on(scan, index),
        b'1' if word.len() == 1 => {
            three(bytes, word.end).is_some_and(|end| north_follows(bytes, end))
        }
        _ => word.len() == 3 && north_follows(bytes, word.end),
    };
    (likely && scan.may_be(index, word.start, places.phone, 50))
        || scan.may_be(index, word.start, places.phone, 20)
        || scan.may_be(index, word.start, places.philippine_mobile, 20)
        || scan.may_be(index, word.start, places.turkish_phone, 20)
}

/// Where the three digits end that follow one or two separators at `at`.
fn three(bytes: &[u8], at: usize) -> Option<usize> {
    let is_gap = |byte: &u8| matches!(byte, b' ' | b'-' | b'.' | b'/' | b'(' | b')');
    let gaps = bytes[at..]
        .iter()
        .take(3)
        .take_while(|byte| is_gap(byte))
        .count();
    let digits = bytes[at + gaps..]
        .iter()
        .take(8)
        .take_while(|byte| byte.is_ascii_digit());
    match (gaps, digits.count()) {
        // The last seven digits may stand together.
        (1 | 2, 3 | 7) => Some(at + gaps + 3),
        _ => None,
    }
}

/// Whether exchange and line of the North American plan follow an area that ends at `at`.
fn north_follows(bytes: &[u8], at: usize) -> bool {
    three(bytes, at).is_some_and(|end| {
        let rest = &bytes[end..];
        let gaps = rest
            .iter()
            .take(3)
            .take_while(|byte| !byte.is_ascii_alphanumeric())
            .count();
        gaps < 3 && rest[gaps..].len() >= 4 && rest[gaps..gaps + 4].iter().all(u8::is_ascii_digit)
    })
}

/// Whether the word of this index goes on a chain with digits in it.
fn goes_on(scan: &Scan<'_>, index: usize) -> bool {
    !matches!(scan.words()[index].gap, 0 | gap::COMMA | gap::STOP)
        && index.checked_sub(1).is_some_and(|before| {
            let kind = scan.words()[before].kind;
            matches!(kind, WordKind::Whole(WordClass::Digits | WordClass::Mixed))
        })
}

/// Looks for a number that begins with this run of digits, in the word of this index.
pub(super) fn scan(scan: &mut Scan<'_>, index: usize, run: &Run) {
    let places = scan.engine.places;
    if scan.wants(places.phone, 60) {
        let start = run.groups()[0].start;
        let plus = scan.text.as_bytes()[..start].ends_with(b"+");
        let mut found = international(scan.text, run);
        if found.is_none() && !plus {
            found = north_american(scan, index, run).or_else(|| national(scan, index, run));
        }
        offer(scan, index, places.phone, found);
    }
    if scan.wants(places.philippine_mobile, 65) {
        let found = philippine_mobile(scan.text, run);
        offer(scan, index, places.philippine_mobile, found);
    }
    if scan.wants(places.turkish_phone, 65) {
        let found = turkish(scan.text, run);
        offer(scan, index, places.turkish_phone, found);
    }
}

fn offer(scan: &mut Scan<'_>, index: usize, identifier: usize, found: Option<Number>) {
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

/// Where the plus sign in front of a run stands, and whatever is between them.
fn plus_before(text: &str, run: &Run) -> Option<usize> {
    let before = &text[..run.groups()[0].start];
    let prefix = before
        .strip_suffix('(')
        .unwrap_or(before)
        .strip_suffix('+')?;
    clear_before(text, prefix.len()).then_some(prefix.len())
}

fn international(text: &str, run: &Run) -> Option<Number> {
    let end = |count: usize| run.groups()[count - 1].end;
    if let Some(start) = plus_before(text, run) {
        let counts = || counts(text, run, phone::MIN_DIGITS, phone::MAX_DIGITS + 1);
        let fault = |count: &usize| phone::check_international(run.digits(*count)).err();
        return counts()
            .find(|count| fault(count).is_none())
            .map(|count| (start, end(count), "phone-e164", 60))
            .or_else(|| {
                // Plans change and examples are fictional: an assigned code and a length will do.
                let likely = |count: &usize| fault(count) == Some(crate::check::Fault::Area);
                let count = counts().find(likely)?;
                Some((start, end(count), "phone-e164-likely", 40))
            });
    }
    counts(text, run, phone::MIN_DIGITS + 2, phone::MAX_DIGITS + 2).find_map(|count| {
        let digits = run.digits(count).strip_prefix(b"00")?;
        phone::check_international(digits).ok()?;
        Some((run.groups()[0].start, end(count), "phone-00", 40))
    })
}

fn north_american(scan: &Scan<'_>, index: usize, run: &Run) -> Option<Number> {
    let (text, groups) = (scan.text, run.groups());
    let first = groups[0];
    let bracket = text.as_bytes()[..first.start].ends_with(b"(");
    // Behind a separator like those inside, this is the end of something longer.
    let before = text[..first.start].bytes().next_back();
    let inside = groups.get(1).map(|group| text.as_bytes()[group.start - 1]);
    if scan.words()[index].gap != 0 && matches!(before, Some(b'-' | b'.')) && before == inside {
        return None;
    }
    counts(text, run, 10, 11).find_map(|count| {
        let groups = &groups[..count];
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

/// A number of one of the regions asked for.
fn national(scan: &mut Scan<'_>, index: usize, run: &Run) -> Option<Number> {
    let first = run.groups()[0];
    if goes_on(scan, index) {
        return None;
    }
    let identifier = scan.engine.places.phone;
    let text = scan.text;
    for count in counts(text, run, MIN_NATIONAL, phone::MAX_DIGITS) {
        let digits = run.digits(count);
        let (pattern, percent) = match (digits[0] == b'0', count > 1) {
            (true, true) => ("phone-national", 40),
            (true, false) | (false, true) => ("phone-national-likely", 15),
            (false, false) => ("phone-national-plain", 5),
        };
        if !scan.may_be(index, first.start, identifier, percent) {
            continue;
        }
        let holds = match scan.plan.regions() {
            None => DEFAULT.iter().any(|plan| plan.holds(digits)),
            Some(regions) => regions
                .iter()
                .any(|region| Plan::of(region).is_some_and(|plan| plan.holds(digits))),
        };
        if holds {
            let bracket = text.as_bytes()[..first.start].ends_with(b"(")
                && run
                    .groups()
                    .get(1)
                    .is_some_and(|group| group.gap == Some(Gap::Bracket));
            let start = first.start - usize::from(bracket && count > 1);
            return Some((start, run.groups()[count - 1].end, pattern, percent));
        }
    }
    None
}

/// A mobile number of the Philippines: `+63 9…` or `09…` and nine more digits.
fn philippine_mobile(text: &str, run: &Run) -> Option<Number> {
    let plus = plus_before(text, run);
    let (prefix, digits): (&[u8], _) = if plus.is_some() {
        (b"639", 12)
    } else {
        (b"09", 11)
    };
    let count =
        counts(text, run, digits, digits).find(|&count| run.digits(count).starts_with(prefix))?;
    let end = run.groups()[count - 1].end;
    Some(match plus {
        Some(start) => (start, end, "ph-mobile-international", 65),
        None => (run.groups()[0].start, end, "ph-mobile", 20),
    })
}

/// A number of Turkey: `+90`, `0` or neither, and ten digits of which the first is two to five.
fn turkish(text: &str, run: &Run) -> Option<Number> {
    let plus = plus_before(text, run);
    let start = plus.unwrap_or(run.groups()[0].start);
    counts(text, run, 10, 12).find_map(|count| {
        let digits = run.digits(count);
        let (national, pattern, percent) = match plus {
            Some(_) => (digits.strip_prefix(b"90")?, "tr-phone-international", 65),
            None => match digits.strip_prefix(b"0") {
                Some(national) => (national, "tr-phone", 20),
                None => (digits, "tr-phone", 5),
            },
        };
        let holds = national.len() == 10 && matches!(national[0], b'2'..=b'5');
        holds.then_some((start, run.groups()[count - 1].end, pattern, percent))
    })
}
