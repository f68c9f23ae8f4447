//! How many questions about a record are answered in the life of this enclave.
//!
//! A record is counted by a digest under a key that is made here and never leaves, so nothing of its
//! place is kept and nobody can aim at the counters of another. Next: `vouchsafe_pii::budget`.

use std::sync::{Mutex, PoisonError};

use ring::{error::Unspecified, hmac, rand::SecureRandom};
use vouchsafe_common::message::ItemError;
use vouchsafe_pii::budget::{QueryBudget, Subject};

/// The questions that each record has left.
pub struct Questions {
    key: hmac::Key,
    budget: Mutex<QueryBudget>,
}

impl Questions {
    /// So many questions for each record.
    ///
    /// # Errors
    ///
    /// The random source gave nothing.
    pub fn new(limit: u16, random: &dyn SecureRandom) -> Result<Self, Unspecified> {
        Ok(Self {
            key: hmac::Key::generate(hmac::HMAC_SHA256, random)?,
            budget: Mutex::new(QueryBudget::new(limit)),
        })
    }

    /// Takes one from the record of this tenant, dataset and id.
    ///
    /// # Errors
    ///
    /// [`ItemError::QueryBudgetExhausted`] when it has none left.
    pub fn take(&self, record: [&str; 3]) -> Result<(), ItemError> {
        let mut context = hmac::Context::with_key(&self.key);
        for name in record {
            // Each with its length, so that no two records read alike.
            context.update(&(name.len() as u64).to_be_bytes());
            context.update(name.as_bytes());
        }
        let mut subject = Subject::default();
        subject.copy_from_slice(context.sign().as_ref());
        self.budget
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take(&subject)
            .map(drop)
            .map_err(|_| ItemError::QueryBudgetExhausted)
    }
}

impl std::fmt::Debug for Questions {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Questions(..)")
    }
}

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;

    use super::*;

    #[test]
    fn each_record_has_its_own_questions_and_no_more() {
        let questions = Questions::new(2, &SystemRandom::new()).expect("random bytes");
        let refused = Err(ItemError::QueryBudgetExhausted);
        let ann = ["acme", "customers", "17"];
        assert_eq!(questions.take(ann), Ok(()));
        assert_eq!(questions.take(ann), Ok(()));
        assert_eq!(questions.take(ann), refused);
        for other in [
            ["acme", "customers", "18"],
            ["acme", "leads", "17"],
            ["bolt", "customers", "17"],
            ["acmecustomers", "", "17"],
        ] {
            assert_eq!(questions.take(other), Ok(()), "{other:?}");
        }
    }
}
