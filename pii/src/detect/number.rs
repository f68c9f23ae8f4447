//! What begins with a word of digits and has no simple form: cards in odd groups, telephone numbers,
//! IPv4 addresses.

use super::run::{Gap, Group, Run};
use super::scan::Scan;
use super::words::clear_after;
use super::{Checksum, Match, ip, phone};
use crate::check::card;

/// Looks for what begins with the word of this index.
pub(super) fn scan(scan: &mut Scan<'_>, index: usize) {
    let word = scan.words()[index];
    if word.len() <= 3 {
        ip::scan_v4(scan, index);
    }
    let card = scan.engine.places.card;
    let may_be_card = scan.may_be(index, word.start, card, IRREGULAR_PERCENT);
    // Reading a run costs more than most places are worth.
    if !may_be_card && !phone::may_begin(scan, index) {
        return;
    }
    let Some(mut run) = scan.run.take() else {
        return;
    };
    if run.read(scan.text, word.start, word.end) {
        read(scan, index, &run, may_be_card);
    }
    scan.run = Some(run);
}

fn read(scan: &mut Scan<'_>, index: usize, run: &Run, may_be_card: bool) {
    let card = scan.engine.places.card;
    if may_be_card && let Some(found) = irregular_card(scan.text, run, card) {
        scan.offer_at(index, found);
    }
    phone::scan(scan, index, run);
}

/// One in ten number sequences passes the checksum by chance, so a word must announce it.
const IRREGULAR_PERCENT: u8 = 30;

/// A card in groups that nobody prints. Its checksum is all that makes it one, so there is none where
/// that is wrong.
fn irregular_card(text: &str, run: &Run, identifier: usize) -> Option<Match> {
    // The digits of an international telephone number pass for a card once in ten times.
    if text.as_bytes()[..run.groups()[0].start].ends_with(b"+") {
        return None;
    }
    let count = (2..=run.groups().len()).rev().find(|&count| {
        let groups = &run.groups()[..count];
        let digits = run.digits(count);
        (card::MIN_DIGITS..=card::MAX_DIGITS).contains(&digits.len())
            && clear_after(text, groups[count - 1].end)
            && even_gaps(groups, &[Gap::Space, Gap::Dash, Gap::Dot])
            && card::check(digits).is_ok()
    })?;
    Some(Match {
        identifier,
        start: run.groups()[0].start,
        end: run.groups()[count - 1].end,
        pattern: "card-irregular",
        percent: IRREGULAR_PERCENT,
        checksum: Some(Checksum::Passed),
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
