//! Findings whose check digits are wrong, for who looks for mistyped identifiers
//! ([`DetectOptions::looks_like`](super::DetectOptions::looks_like)).
//!
//! Only a rule with check digits can make one, and only when nothing else is wrong: a length, date,
//! issuer or range that does not exist makes none. What has a recogniser of its own takes part where
//! its form says enough without them: IBAN and bech32; cards in odd groups and base58 do not.
//!
//! They never change what is found without them. Others are decided first, as if these were not
//! there, and these fill what is left between. Next: [`super::merge`].

use std::collections::VecDeque;

use super::merge::{Merger, Overlaps};
use super::{Checksum, Finding, Match};
use crate::check::Fault;

/// The most confidence of a finding whose check failed, in percent.
pub(super) const MOST_PERCENT: u8 = 50;

/// What is said of the checksum of a match, as its rule ruled.
///
/// # Errors
///
/// The fault that makes the match no finding.
pub(super) fn judge(
    ruling: Option<Result<(), Fault>>,
    looks_like: bool,
) -> Result<Option<Checksum>, Fault> {
    match ruling {
        None => Ok(None),
        Some(Ok(())) => Ok(Some(Checksum::Passed)),
        Some(Err(Fault::Checksum)) if looks_like => Ok(Some(Checksum::Failed)),
        Some(Err(fault)) => Err(fault),
    }
}

/// The confidence of a match that context raises by so much, in percent.
///
/// Where the check failed, half of what the form has, raised as any, and [`MOST_PERCENT`] at most: so
/// never more than the same value had if its check passed.
pub(super) fn weighed(found: &Match, raise: u8) -> u8 {
    match found.checksum {
        Some(Checksum::Failed) => (found.percent / 2).saturating_add(raise).min(MOST_PERCENT),
        _ => found.percent.saturating_add(raise).min(100),
    }
}

/// Findings whose check failed, beside those that stand.
#[derive(Debug)]
pub(super) struct Doubts {
    overlaps: Overlaps,
    /// Where other findings may still be decided.
    waiting: Vec<Finding>,
    /// Those, or the parts of them, that no other finding takes: they compete among themselves.
    among: Merger,
    /// Other findings, decided and not let out yet.
    stand: VecDeque<Finding>,
    /// Where the last of those that was let out ends.
    stood: usize,
}

impl Doubts {
    pub(super) const fn new(overlaps: Overlaps) -> Self {
        Self {
            overlaps,
            waiting: Vec::new(),
            among: Merger::new(overlaps),
            stand: VecDeque::new(),
            stood: 0,
        }
    }

    pub(super) fn add(&mut self, finding: Finding) {
        self.waiting.push(finding);
    }

    /// Lets out what candidates that begin at `safe` or later cannot change, of `merger` and of these.
    pub(super) fn settle(&mut self, merger: &mut Merger, safe: usize, out: &mut Vec<Finding>) {
        let mut decided = Vec::new();
        merger.settle(safe, &mut decided);
        self.stand.extend(decided);
        // No other finding that is still to come begins before this.
        let known = merger.undecided().map_or(safe, |first| first.min(safe));
        let doubts = core::mem::take(&mut self.waiting).into_iter();
        let (ready, waiting) = doubts.partition::<Vec<_>, _>(|doubt| doubt.end <= known);
        self.waiting = waiting;
        for doubt in ready {
            self.fill(doubt);
        }
        let begun = self.waiting.iter().map(|doubt| doubt.start).min();
        let known = begun.map_or(known, |first| first.min(known));
        let mut doubts = Vec::new();
        self.among.settle(known, &mut doubts);
        let limit = self.among.undecided().map_or(known, |at| at.min(known));
        let mut doubts = doubts.into_iter().peekable();
        while let Some(next) = self.stand.front().filter(|next| next.start < limit) {
            while let Some(doubt) = doubts.next_if(|doubt| doubt.start < next.start) {
                out.push(doubt);
            }
            out.push(*next);
            self.stood = next.end;
            self.stand.pop_front();
        }
        out.extend(doubts);
    }

    /// Keeps what no other finding takes: all or nothing, or when covering every part.
    fn fill(&mut self, doubt: Finding) {
        let mut at = doubt.start.max(self.stood);
        let first = self.stand.partition_point(|stands| stands.end <= at);
        let over = self.stand.range(first..);
        let over = over.take_while(|stands| stands.start < doubt.end);
        if self.overlaps == Overlaps::Resolve {
            if at == doubt.start && over.count() == 0 {
                self.among.add(doubt);
            }
            return;
        }
        for stands in over {
            if at < stands.start {
                self.among.add(Finding {
                    start: at,
                    end: stands.start,
                    ..doubt
                });
            }
            at = at.max(stands.end);
        }
        if at < doubt.end {
            self.among.add(Finding { start: at, ..doubt });
        }
    }

    /// Where the first finding begins that was not let out, if any is left.
    pub(super) fn undecided(&self) -> Option<usize> {
        let waiting = self.waiting.iter().map(|doubt| doubt.start).min();
        let stand = self.stand.front().map(|stands| stands.start);
        let ends = [waiting, stand, self.among.undecided()];
        ends.into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Reason;
    use super::*;
    use crate::Entity;

    fn matched(percent: u8, checksum: Option<Checksum>) -> Match {
        Match {
            identifier: 0,
            start: 0,
            end: 1,
            pattern: "for-test",
            percent,
            checksum,
        }
    }

    fn finding(start: usize, end: usize, confidence_percent: u8, checksum: Checksum) -> Finding {
        Finding {
            entity: Entity::of("CREDIT_CARD"),
            start,
            end,
            confidence_percent,
            reason: Reason {
                pattern: "for-test",
                checksum: Some(checksum),
                context: false,
            },
            joined: false,
        }
    }

    fn doubt(start: usize, end: usize, confidence_percent: u8) -> Finding {
        finding(start, end, confidence_percent, Checksum::Failed)
    }

    /// Where findings stand, and whether they were surer than others.
    fn settled(
        overlaps: Overlaps,
        stand: &[Finding],
        doubtful: &[Finding],
    ) -> Vec<(usize, usize, bool)> {
        let mut merger = Merger::new(overlaps);
        let mut doubts = Doubts::new(overlaps);
        for finding in stand {
            merger.add(*finding);
        }
        for finding in doubtful {
            doubts.add(*finding);
        }
        let mut out = Vec::new();
        doubts.settle(&mut merger, usize::MAX, &mut out);
        assert_eq!((doubts.undecided(), merger.undecided()), (None, None));
        let passed = |finding: &Finding| finding.reason.checksum == Some(Checksum::Passed);
        out.iter()
            .map(|finding| (finding.start, finding.end, passed(finding)))
            .collect()
    }

    #[test]
    fn only_wrong_check_digits_make_a_doubt_and_only_when_asked_for() {
        let (passed, failed) = (Some(Checksum::Passed), Some(Checksum::Failed));
        for (ruling, with, without) in [
            (None, Ok(None), Ok(None)),
            (Some(Ok(())), Ok(passed), Ok(passed)),
            (Some(Err(Fault::Checksum)), Ok(failed), Err(Fault::Checksum)),
            (Some(Err(Fault::Date)), Err(Fault::Date), Err(Fault::Date)),
        ] {
            assert_eq!((judge(ruling, true), judge(ruling, false)), (with, without));
        }
    }

    #[test]
    fn a_doubt_is_half_as_sure_and_never_above_fifty() {
        for (percent, raise, passed, failed) in [
            (100, 0, 100, 50),
            (100, 35, 100, 50),
            (65, 0, 65, 32),
            (30, 35, 65, 50),
            (20, 35, 55, 45),
            (5, 35, 40, 37),
            (1, 0, 1, 0),
        ] {
            let weigh = |checksum| weighed(&matched(percent, checksum), raise);
            assert_eq!(weigh(Some(Checksum::Passed)), passed);
            assert_eq!(weigh(None), passed);
            assert_eq!(weigh(Some(Checksum::Failed)), failed);
        }
    }

    #[test]
    fn a_doubt_gives_way_to_any_other_finding_however_unsure() {
        let stand = [finding(10, 20, 1, Checksum::Passed)];
        let doubts = [doubt(0, 11, 50), doubt(19, 30, 50), doubt(12, 15, 50)];
        let resolved = settled(Overlaps::Resolve, &stand, &doubts);
        assert_eq!(resolved, [(10, 20, true)]);
        let covered = settled(Overlaps::Cover, &stand, &doubts);
        let expected = [(0, 10, false), (10, 20, true), (20, 30, false)];
        assert_eq!(covered, expected);
    }

    #[test]
    fn one_that_gave_way_takes_no_other_with_it() {
        let stand = [finding(0, 4, 90, Checksum::Passed)];
        let doubts = [doubt(2, 12, 50), doubt(6, 10, 20), doubt(9, 14, 30)];
        let resolved = settled(Overlaps::Resolve, &stand, &doubts);
        assert_eq!(resolved, [(0, 4, true), (9, 14, false)]);
        let covered = settled(Overlaps::Cover, &stand, &doubts);
        assert_eq!(covered, [(0, 4, true), (4, 14, false)]);
    }

    #[test]
    fn a_chain_of_doubts_without_end_is_let_out_in_order_around_what_stands() {
        let stand: Vec<_> = (0..20_000_usize)
            .map(|place| finding(place * 40, place * 40 + 4, 50, Checksum::Passed))
            .collect();
        let mut merger = Merger::new(Overlaps::Cover);
        let mut doubts = Doubts::new(Overlaps::Cover);
        let mut out = Vec::new();
        for (place, finding) in stand.iter().enumerate() {
            let first = doubts.undecided().unwrap_or(usize::MAX);
            assert!(finding.start - first.min(finding.start) < 1 << 18);
            merger.add(*finding);
            (0..10).for_each(|part| {
                doubts.add(doubt(place * 40 + part * 4, place * 40 + part * 4 + 6, 50));
            });
            doubts.settle(&mut merger, place * 40, &mut out);
        }
        doubts.settle(&mut merger, usize::MAX, &mut out);
        let mut at = 0;
        for one in &out {
            assert_eq!(one.start, at);
            at = one.end;
        }
        assert_eq!(at, 20_000 * 40 + 2);
        out.retain(|finding| finding.reason.checksum == Some(Checksum::Passed));
        assert_eq!(out, stand);
    }
}
