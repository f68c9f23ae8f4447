//! How often predicates may be asked of one subject: a curious caller who varies what it asks searches
//! a value out, so each subject has so many questions in the life of a budget.
//!
//! Counted in a count-min sketch with conservative update (Cormode and Muthukrishnan 2005; Estan and
//! Varghese 2002): memory is fixed, nothing is ever forgotten, and a count is never too low. It can be
//! too high, where subjects share all their counters, so a budget that has answered for a very long
//! time refuses some questions early and none late. A subject is a keyed digest that the caller of this
//! module computes: who does not know the key cannot aim at another subject's counters.
//!
//! It bounds a caller who is curious, not one who starts enclaves at will.

/// A keyed digest of a subject: HMAC-SHA-256 or as good.
pub type Subject = [u8; 32];

/// Counters in a row. With a limit of 100, a budget has room for some hundred million questions.
const WIDTH: usize = 1 << 21;
/// Rows, each with a counter of its own for a subject.
const ROWS: usize = 2;

/// The questions about a subject are used up.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the questions about this subject are used up")]
pub struct Exhausted;

impl Exhausted {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        "query_budget_exhausted"
    }
}

/// Questions that were asked, by subject. Eight megabytes.
pub struct QueryBudget {
    limit: u16,
    /// Row after row.
    asked: Vec<u16>,
}

impl QueryBudget {
    /// A budget of `limit` questions for each subject.
    pub fn new(limit: u16) -> Self {
        Self {
            limit,
            asked: vec![0; ROWS * WIDTH],
        }
    }

    /// Takes a question about a subject and says how many are left after it.
    ///
    /// # Errors
    ///
    /// [`Exhausted`]; nothing is taken then.
    pub fn take(&mut self, subject: &Subject) -> Result<u16, Exhausted> {
        let places = places(subject);
        let asked = places.map(|place| self.asked[place]).into_iter().min();
        let asked = asked.unwrap_or(self.limit);
        let left = self.limit.checked_sub(asked).filter(|left| *left > 0);
        let left = left.ok_or(Exhausted)? - 1;
        for place in places {
            self.asked[place] = self.asked[place].max(asked + 1);
        }
        Ok(left)
    }

    /// The counters, to be written down: whoever reads them learns counts and no subject.
    pub fn counters(&self) -> &[u16] {
        &self.asked
    }

    /// Takes in what another life wrote down, under the same key of subjects. Questions of both
    /// count.
    ///
    /// # Errors
    ///
    /// The counters are not as many as a budget has; nothing is taken in then.
    pub fn restore(&mut self, counters: &[u16]) -> Result<(), WrongSize> {
        if counters.len() != self.asked.len() {
            return Err(WrongSize);
        }
        for (asked, more) in self.asked.iter_mut().zip(counters) {
            *asked = asked.saturating_add(*more);
        }
        Ok(())
    }
}

/// Counters are not those of a budget.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("these are not the counters of a budget")]
pub struct WrongSize;

impl core::fmt::Debug for QueryBudget {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter
            .debug_struct("QueryBudget")
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

/// Where a subject is counted. The parts of a digest are independent.
fn places(subject: &Subject) -> [usize; ROWS] {
    let part = |row: usize| {
        let bytes = subject[4 * row..].first_chunk().copied();
        u32::from_le_bytes(bytes.unwrap_or_default()) as usize % WIDTH
    };
    core::array::from_fn(|row| row * WIDTH + part(row))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;

    const ANN: Subject = [1; 32];
    const BOB: Subject = [2; 32];

    #[test]
    fn each_subject_has_its_own_questions_and_no_more() {
        let mut budget = QueryBudget::new(2);
        assert_eq!(budget.take(&ANN), Ok(1));
        assert_eq!(budget.take(&ANN), Ok(0));
        assert_eq!(budget.take(&ANN), Err(Exhausted));
        assert_eq!(budget.take(&BOB), Ok(1));
        assert_eq!(QueryBudget::new(0).take(&ANN), Err(Exhausted));
        assert_eq!(Exhausted.code(), "query_budget_exhausted");
    }

    #[test]
    fn who_shares_one_counter_is_counted_by_the_other() {
        let mut beside = ANN;
        beside[4] = 9;
        let mut budget = QueryBudget::new(1);
        assert_eq!(budget.take(&ANN), Ok(0));
        assert_eq!(budget.take(&beside), Ok(0));
        // Both counters shared: refused early, never late.
        let mut twin = ANN;
        twin[31] = 9;
        assert_eq!(budget.take(&twin), Err(Exhausted));
    }

    #[test]
    fn what_was_written_down_counts_in_the_next_life() {
        let mut before = QueryBudget::new(3);
        before.take(&ANN).unwrap();
        before.take(&ANN).unwrap();
        let mut after = QueryBudget::new(3);
        after.take(&ANN).unwrap();
        after.restore(before.counters()).unwrap();
        assert_eq!(after.take(&ANN), Err(Exhausted));
        assert_eq!(after.take(&BOB), Ok(2));
        assert_eq!(after.restore(&[0; 3]), Err(WrongSize));
    }

    #[test]
    fn many_subjects_leave_others_their_questions() {
        let mut budget = QueryBudget::new(100);
        let of = |number: u64| {
            // A digest, so that its parts are independent.
            let digest = ring::digest::digest(&ring::digest::SHA256, &number.to_le_bytes());
            Subject::try_from(digest.as_ref()).unwrap()
        };
        let early = (0..200_000).filter(|number| budget.take(&of(*number)) != Ok(99));
        // Of those that come late a tenth share one counter with another, and a hundredth both.
        assert!(early.count() < 2_000);
    }
}
