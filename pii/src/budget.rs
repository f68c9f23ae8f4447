//! How often predicates may be asked of one subject: a curious caller who varies a bound searches a
//! value out, so each subject has so many questions in the life of a budget.
//!
//! A budget counts by a keyed digest of the subject, which the caller of this module computes, so that
//! nothing of a subject is kept. When it is full of subjects it refuses new ones: forgetting one
//! would give its questions back. It can be written down and read again ([`QueryBudget::entries`],
//! [`QueryBudget::restore`]). It bounds a caller who is curious, not one who starts enclaves at will.

use std::collections::HashMap;

/// A keyed digest of a subject.
pub type Subject = [u8; 32];

/// Why a question is not answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BudgetError {
    /// The subject's questions are used up.
    #[error("the questions about this subject are used up")]
    Exhausted,
    /// There are too many subjects to count another.
    #[error("the budget counts as many subjects as it can")]
    Full,
}

impl BudgetError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Exhausted => "query_budget_exhausted",
            Self::Full => "query_budget_full",
        }
    }
}

/// Questions that were asked, by subject.
#[derive(Clone, Debug)]
pub struct QueryBudget {
    limit: u32,
    subjects: usize,
    asked: HashMap<Subject, u32>,
}

impl QueryBudget {
    /// A budget of `limit` questions for each of at most `subjects` subjects.
    pub fn new(limit: u32, subjects: usize) -> Self {
        Self {
            limit,
            subjects,
            asked: HashMap::new(),
        }
    }

    /// Takes a question about a subject and says how many are left after it.
    ///
    /// # Errors
    ///
    /// [`BudgetError`]; nothing is taken then.
    pub fn take(&mut self, subject: &Subject) -> Result<u32, BudgetError> {
        let known = self.asked.contains_key(subject);
        if !known && self.asked.len() >= self.subjects {
            return Err(BudgetError::Full);
        }
        if self.limit == 0 {
            return Err(BudgetError::Exhausted);
        }
        let asked = self.asked.entry(*subject).or_insert(0);
        if *asked >= self.limit {
            return Err(BudgetError::Exhausted);
        }
        *asked += 1;
        Ok(self.limit - *asked)
    }

    /// What was asked so far, in the order of subjects, to be written down.
    pub fn entries(&self) -> Vec<(Subject, u32)> {
        let mut entries: Vec<_> = self
            .asked
            .iter()
            .map(|(subject, asked)| (*subject, *asked))
            .collect();
        entries.sort_unstable();
        entries
    }

    /// Takes in what another life wrote down. Of a subject that both know, both count.
    ///
    /// # Errors
    ///
    /// [`BudgetError::Full`]; nothing is taken in then.
    pub fn restore(&mut self, entries: &[(Subject, u32)]) -> Result<(), BudgetError> {
        let mut asked = self.asked.clone();
        for (subject, count) in entries {
            let sum = asked.entry(*subject).or_insert(0);
            *sum = sum.saturating_add(*count);
            if asked.len() > self.subjects {
                return Err(BudgetError::Full);
            }
        }
        self.asked = asked;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;

    const ANN: Subject = [1; 32];
    const BOB: Subject = [2; 32];
    const EVE: Subject = [3; 32];

    #[test]
    fn each_subject_has_its_own_questions_and_no_more() {
        let mut budget = QueryBudget::new(2, 2);
        assert_eq!(budget.take(&ANN), Ok(1));
        assert_eq!(budget.take(&ANN), Ok(0));
        assert_eq!(budget.take(&ANN), Err(BudgetError::Exhausted));
        assert_eq!(budget.take(&BOB), Ok(1));
        assert_eq!(
            QueryBudget::new(0, 1).take(&ANN),
            Err(BudgetError::Exhausted)
        );
    }

    #[test]
    fn a_full_budget_refuses_new_subjects_and_forgets_none() {
        let mut budget = QueryBudget::new(2, 1);
        budget.take(&ANN).unwrap();
        assert_eq!(budget.take(&EVE), Err(BudgetError::Full));
        assert_eq!(BudgetError::Full.code(), "query_budget_full");
        assert_eq!(budget.take(&ANN), Ok(0));
    }

    #[test]
    fn what_was_written_down_counts_in_the_next_life() {
        let mut before = QueryBudget::new(3, 2);
        before.take(&BOB).unwrap();
        before.take(&ANN).unwrap();
        before.take(&ANN).unwrap();
        assert_eq!(before.entries(), [(ANN, 2), (BOB, 1)]);
        let mut after = QueryBudget::new(3, 2);
        after.take(&ANN).unwrap();
        after.restore(&before.entries()).unwrap();
        assert_eq!(after.take(&ANN), Err(BudgetError::Exhausted));
        assert_eq!(after.take(&BOB), Ok(1));
        assert_eq!(after.restore(&[(EVE, 1)]), Err(BudgetError::Full));
        assert_eq!(after.entries(), [(ANN, 3), (BOB, 2)]);
    }
}
