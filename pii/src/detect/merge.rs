//! Overlapping candidates become findings that do not overlap, as a stream.
//!
//! Two ways: [`Overlaps::Resolve`] lets one win and drops the others, which is what a reader of
//! findings wants; [`Overlaps::Cover`] joins them, which is what hiding needs. Candidates come in any
//! order, but none begins before the place that is given as safe; what no later one can change is let
//! out. Takes `n log n` in the candidates that hang together.

use core::cmp::Reverse;
use std::collections::BTreeMap;

use super::{Checksum, Finding};
use crate::Entity;

/// What becomes of candidates that overlap.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Overlaps {
    /// The more confident wins, then the longer, then the earlier.
    Resolve,
    /// They become one finding that covers all of them, with the type of the winner.
    Cover,
}

/// A chain of overlapping candidates longer than this is decided in parts, cut where a candidate
/// begins, so that memory stays bounded. In bytes.
const MAX_CHAIN_BYTES: usize = 1 << 16;

/// The more confident wins, then the longer, then the earlier; the type settles what is left, and
/// the reason between parts of findings that were cut to the same stretch.
fn rank(finding: &Finding) -> impl Ord + use<> {
    let reason = finding.reason;
    let cut = reason.checksum == Some(Checksum::Failed);
    (
        Reverse(finding.confidence_percent),
        Reverse(finding.end - finding.start),
        finding.start,
        finding.entity,
        cut.then_some((reason.pattern, reason.context)),
    )
}

/// Candidates that are not decided yet.
#[derive(Debug)]
pub(super) struct Merger {
    overlaps: Overlaps,
    waiting: Vec<Finding>,
    /// Where the last finding that was let out ends.
    settled: usize,
    /// When covering: the chain at hand.
    open: Option<Chain>,
}

/// Candidates that overlap, one after another.
#[derive(Clone, Copy, Debug)]
struct Chain {
    winner: Finding,
    start: usize,
    end: usize,
    /// Whether they are of several types.
    is_mixed: bool,
    /// Whether one of another type goes on where the chain was cut.
    goes_on: bool,
}

impl Chain {
    const fn of(candidate: Finding) -> Self {
        Self {
            winner: candidate,
            start: candidate.start,
            end: candidate.end,
            is_mixed: false,
            goes_on: false,
        }
    }

    fn add(&mut self, candidate: Finding) {
        self.is_mixed |= candidate.entity != self.winner.entity;
        if naming(&candidate) < naming(&self.winner) {
            self.winner = candidate;
        }
        self.end = self.end.max(candidate.end);
    }

    const fn joined(self) -> Finding {
        let sticks_out =
            self.goes_on || self.start < self.winner.start || self.winner.end < self.end;
        Finding {
            start: self.start,
            end: self.end,
            joined: self.is_mixed && sticks_out,
            ..self.winner
        }
    }
}

impl Merger {
    pub(super) const fn new(overlaps: Overlaps) -> Self {
        Self {
            overlaps,
            waiting: Vec::new(),
            settled: 0,
            open: None,
        }
    }

    pub(super) fn add(&mut self, finding: Finding) {
        self.waiting.push(finding);
    }

    /// Lets out what candidates that begin at `safe` or later cannot change.
    pub(super) fn settle(&mut self, safe: usize, out: &mut Vec<Finding>) {
        self.waiting
            .sort_unstable_by_key(|finding| (finding.start, rank(finding)));
        match self.overlaps {
            Overlaps::Resolve => self.resolve(safe, out),
            Overlaps::Cover => self.cover(safe, out),
        }
    }

    fn resolve(&mut self, safe: usize, out: &mut Vec<Finding>) {
        let mut decided = 0;
        while let Some(first) = self.waiting.get(decided) {
            let begin = first.start;
            let (mut count, mut end) = (0, first.end);
            let mut cut = false;
            for candidate in &self.waiting[decided..] {
                cut = candidate.start >= begin + MAX_CHAIN_BYTES;
                if cut || candidate.start >= end {
                    break;
                }
                end = end.max(candidate.end);
                count += 1;
            }
            // One that is not known yet could belong to the chain.
            let closed = if cut {
                begin + MAX_CHAIN_BYTES <= safe
            } else {
                end <= safe
            };
            if !closed {
                break;
            }
            let settled = self.settled;
            if count == 1 {
                let only = self.waiting[decided];
                if only.start >= settled {
                    self.settled = only.end;
                    out.push(only);
                }
                decided += 1;
                continue;
            }
            let chain = &mut self.waiting[decided..decided + count];
            chain.sort_unstable_by_key(rank);
            let mut kept: BTreeMap<usize, Finding> = BTreeMap::new();
            for candidate in chain.iter().filter(|candidate| candidate.start >= settled) {
                let before = kept.range(..candidate.end).next_back();
                if before.is_none_or(|(_, before)| before.end <= candidate.start) {
                    kept.insert(candidate.start, *candidate);
                }
            }
            self.settled = kept.values().last().map_or(settled, |last| last.end);
            out.extend(kept.into_values());
            decided += count;
        }
        self.waiting.drain(..decided);
    }

    fn cover(&mut self, safe: usize, out: &mut Vec<Finding>) {
        let known = self
            .waiting
            .partition_point(|candidate| candidate.start < safe);
        for candidate in self.waiting.drain(..known) {
            match &mut self.open {
                Some(chain) if candidate.start < chain.end => {
                    if candidate.start < chain.start + MAX_CHAIN_BYTES {
                        chain.add(candidate);
                        continue;
                    }
                    chain.is_mixed |= candidate.entity != chain.winner.entity;
                    if candidate.end > chain.end {
                        chain.goes_on = true;
                        // A chain that is cut hands over where it ends, so nothing is covered twice.
                        let rest = Chain {
                            start: chain.end,
                            is_mixed: true,
                            ..Chain::of(candidate)
                        };
                        out.push(chain.joined());
                        self.open = Some(rest);
                    }
                }
                open => {
                    out.extend(open.map(Chain::joined));
                    *open = Some(Chain::of(candidate));
                }
            }
        }
        if self.open.is_some_and(|chain| chain.end <= safe) {
            out.extend(self.open.take().map(Chain::joined));
        }
    }

    /// Where the first candidate begins that is not decided, if any is left.
    pub(super) fn undecided(&self) -> Option<usize> {
        let open = self.open.map(|chain| chain.start);
        let waiting = self.waiting.iter().map(|candidate| candidate.start).min();
        open.into_iter().chain(waiting).min()
    }
}

/// A type that was recognised names the whole before a word from the caller's list does.
fn naming(finding: &Finding) -> impl Ord + use<> {
    (finding.entity == Entity::DENY_LIST, rank(finding))
}

#[cfg(test)]
mod tests {
    use super::super::Reason;
    use super::*;

    const CARD: Entity = Entity::of("CREDIT_CARD");
    const PHONE: Entity = Entity::of("PHONE_NUMBER");
    const SSN: Entity = Entity::of("US_SSN");

    fn finding(entity: Entity, start: usize, end: usize, confidence_percent: u8) -> Finding {
        let reason = Reason {
            pattern: "for-test",
            checksum: None,
            context: false,
        };
        Finding {
            entity,
            start,
            end,
            confidence_percent,
            reason,
            joined: false,
        }
    }

    fn merged(overlaps: Overlaps, candidates: Vec<Finding>) -> Vec<Finding> {
        let mut merger = Merger::new(overlaps);
        for candidate in candidates {
            merger.add(candidate);
        }
        let mut findings = Vec::new();
        merger.settle(usize::MAX, &mut findings);
        findings
    }

    fn resolve(candidates: Vec<Finding>) -> Vec<Finding> {
        merged(Overlaps::Resolve, candidates)
    }

    fn cover(candidates: Vec<Finding>) -> Vec<Finding> {
        merged(Overlaps::Cover, candidates)
    }

    fn spans(findings: &[Finding]) -> Vec<(Entity, usize, usize)> {
        findings
            .iter()
            .map(|finding| (finding.entity, finding.start, finding.end))
            .collect()
    }

    #[test]
    fn the_more_confident_wins_then_the_longer_then_the_earlier() {
        let (card, phone) = (CARD, PHONE);
        let sure = resolve(vec![finding(phone, 0, 20, 50), finding(card, 5, 10, 60)]);
        assert_eq!(spans(&sure), [(card, 5, 10)]);
        let long = resolve(vec![finding(phone, 5, 10, 50), finding(card, 0, 6, 50)]);
        assert_eq!(spans(&long), [(card, 0, 6)]);
        let early = resolve(vec![finding(phone, 5, 10, 50), finding(phone, 2, 7, 50)]);
        assert_eq!(spans(&early), [(phone, 2, 7)]);
    }

    #[test]
    fn neighbours_do_not_overlap() {
        let card = CARD;
        let both = resolve(vec![finding(card, 5, 10, 50), finding(card, 0, 5, 40)]);
        assert_eq!(spans(&both), [(card, 0, 5), (card, 5, 10)]);
        let both = cover(vec![finding(card, 5, 10, 50), finding(card, 0, 5, 40)]);
        assert_eq!(spans(&both), [(card, 0, 5), (card, 5, 10)]);
    }

    #[test]
    fn covering_joins_a_chain_and_names_it_after_the_winner() {
        let (card, phone) = (CARD, PHONE);
        let chain = vec![
            finding(phone, 0, 6, 50),
            finding(card, 5, 10, 90),
            finding(phone, 9, 14, 50),
        ];
        assert_eq!(spans(&cover(chain)), [(card, 0, 14)]);
    }

    #[test]
    fn a_chain_of_several_types_says_that_it_is_more_than_its_winner() {
        let joined = |candidates| {
            cover(candidates)
                .iter()
                .map(|it| it.joined)
                .collect::<Vec<_>>()
        };
        let (card, phone) = (CARD, PHONE);
        assert_eq!(
            joined(vec![finding(phone, 0, 6, 50), finding(card, 5, 10, 90)]),
            [true]
        );
        assert_eq!(
            joined(vec![finding(phone, 5, 10, 50), finding(card, 0, 6, 90)]),
            [true]
        );
        assert_eq!(
            joined(vec![finding(phone, 2, 5, 50), finding(card, 0, 6, 90)]),
            [false]
        );
        assert_eq!(
            joined(vec![finding(card, 0, 6, 50), finding(card, 5, 10, 90)]),
            [false]
        );
        assert_eq!(
            joined(vec![finding(card, 0, 5, 50), finding(phone, 5, 9, 90)]),
            [false, false]
        );
    }

    #[test]
    fn a_chain_without_end_is_cut_and_covers_every_byte_once() {
        let chain = (0..40_000).map(|place| finding(PHONE, place * 4, place * 4 + 6, 50));
        let mut at = 0;
        let findings = cover(chain.collect());
        for one in &findings {
            assert_eq!(one.start, at);
            assert!(one.end - one.start <= MAX_CHAIN_BYTES + 8);
            at = one.end;
        }
        assert_eq!((at, findings.len()), (39_999 * 4 + 6, 3));
    }

    #[test]
    fn a_listed_word_never_renames_what_was_recognised() {
        let (ssn, deny) = (SSN, Entity::DENY_LIST);
        let both = vec![finding(deny, 0, 3, 100), finding(ssn, 0, 11, 50)];
        assert_eq!(spans(&cover(both)), [(ssn, 0, 11)]);
    }
}
