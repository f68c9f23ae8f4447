//! Overlapping candidates become findings that do not overlap.
//!
//! Two ways: [`resolve`] lets one win and drops the others, which is what a reader of findings
//! wants; [`cover`] joins them, which is what hiding needs. Both take `n log n`.

use core::cmp::Reverse;
use std::collections::BTreeMap;

use super::Finding;
use crate::Entity;

/// The more confident wins, then the longer, then the earlier; the type settles what is left.
fn rank(finding: &Finding) -> impl Ord + use<> {
    (
        Reverse(finding.confidence_percent),
        Reverse(finding.end - finding.start),
        finding.start,
        finding.entity,
    )
}

pub(super) fn resolve(mut candidates: Vec<Finding>) -> Vec<Finding> {
    candidates.sort_by_key(rank);
    let mut kept: BTreeMap<usize, Finding> = BTreeMap::new();
    for candidate in candidates {
        let free = kept
            .range(..candidate.end)
            .next_back()
            .is_none_or(|(_, before)| before.end <= candidate.start);
        if free {
            kept.insert(candidate.start, candidate);
        }
    }
    kept.into_values().collect()
}

pub(super) fn cover(mut candidates: Vec<Finding>) -> Vec<Finding> {
    candidates.sort_by_key(|candidate| candidate.start);
    // A type that was recognised names the whole before a word from the caller's list does.
    let naming = |finding: &Finding| (finding.entity == Entity::DenyList, rank(finding));
    let mut covered: Vec<(Finding, Finding)> = Vec::new();
    for candidate in candidates {
        match covered.last_mut() {
            Some((winner, whole)) if candidate.start < whole.end => {
                if naming(&candidate) < naming(winner) {
                    *winner = candidate;
                }
                whole.end = whole.end.max(candidate.end);
            }
            _ => covered.push((candidate, candidate)),
        }
    }
    covered
        .into_iter()
        .map(|(winner, whole)| Finding {
            start: whole.start,
            end: whole.end,
            ..winner
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::Reason;
    use super::*;

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
        }
    }

    fn spans(findings: &[Finding]) -> Vec<(Entity, usize, usize)> {
        findings
            .iter()
            .map(|finding| (finding.entity, finding.start, finding.end))
            .collect()
    }

    #[test]
    fn the_more_confident_wins_then_the_longer_then_the_earlier() {
        let (card, phone) = (Entity::CreditCard, Entity::PhoneNumber);
        let sure = resolve(vec![finding(phone, 0, 20, 50), finding(card, 5, 10, 60)]);
        assert_eq!(spans(&sure), [(card, 5, 10)]);
        let long = resolve(vec![finding(phone, 5, 10, 50), finding(card, 0, 6, 50)]);
        assert_eq!(spans(&long), [(card, 0, 6)]);
        let early = resolve(vec![finding(phone, 5, 10, 50), finding(phone, 2, 7, 50)]);
        assert_eq!(spans(&early), [(phone, 2, 7)]);
    }

    #[test]
    fn neighbours_do_not_overlap() {
        let card = Entity::CreditCard;
        let both = resolve(vec![finding(card, 5, 10, 50), finding(card, 0, 5, 40)]);
        assert_eq!(spans(&both), [(card, 0, 5), (card, 5, 10)]);
        let both = cover(vec![finding(card, 5, 10, 50), finding(card, 0, 5, 40)]);
        assert_eq!(spans(&both), [(card, 0, 5), (card, 5, 10)]);
    }

    #[test]
    fn covering_joins_a_chain_and_names_it_after_the_winner() {
        let (card, phone) = (Entity::CreditCard, Entity::PhoneNumber);
        let chain = vec![
            finding(phone, 0, 6, 50),
            finding(card, 5, 10, 90),
            finding(phone, 9, 14, 50),
        ];
        assert_eq!(spans(&cover(chain)), [(card, 0, 14)]);
    }

    #[test]
    fn a_listed_word_never_renames_what_was_recognised() {
        let (ssn, deny) = (Entity::UsSsn, Entity::DenyList);
        let both = vec![finding(deny, 0, 3, 100), finding(ssn, 0, 11, 50)];
        assert_eq!(spans(&cover(both)), [(ssn, 0, 11)]);
    }
}
