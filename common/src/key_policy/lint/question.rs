//! May somebody do something, whatever the request says about what the question leaves open?
//!
//! Three answers to a condition: it holds, it fails, or it is open. See [`super`] for how they
//! count.

use std::collections::BTreeSet;
use std::fmt;

use super::super::condition::{Condition, Context, ContextKey};
use super::super::document::{Effect, Policy, PrincipalPattern, Statement, account_of};

/// A principal that some Allow statement names, alone or as one of many.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Who {
    Anyone,
    AnyoneOf(String),
    This { arn: String, account: String },
}

impl Who {
    /// Everybody that Allow statements of a policy name.
    pub(super) fn of(policy: &Policy) -> Vec<Self> {
        let allowing = policy
            .statements()
            .iter()
            .filter(|statement| statement.effect() == Effect::Allow);
        let named: BTreeSet<Self> = allowing
            .flat_map(|statement| &statement.principals)
            .map(Self::from)
            .collect();
        named.into_iter().collect()
    }

    fn is_named_by(&self, statement: &Statement) -> bool {
        let (arn, account) = match self {
            Self::Anyone => ("", ""),
            Self::AnyoneOf(account) => ("", account.as_str()),
            Self::This { arn, account } => (arn.as_str(), account.as_str()),
        };
        statement.names(arn, account).is_some()
    }
}

impl From<&PrincipalPattern> for Who {
    fn from(pattern: &PrincipalPattern) -> Self {
        match pattern {
            PrincipalPattern::Everyone => Self::Anyone,
            PrincipalPattern::Account(account) => Self::AnyoneOf(account.clone()),
            PrincipalPattern::Arn(arn) => Self::This {
                arn: arn.clone(),
                account: account_of(arn).unwrap_or_default().to_owned(),
            },
        }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anyone => f.write_str("anyone"),
            Self::AnyoneOf(account) => write!(f, "anyone in account {account}"),
            Self::This { arn, .. } => f.write_str(arn),
        }
    }
}

/// What is known of a request; every other condition key is open.
pub(super) struct Question {
    context: Context,
    settled: Box<dyn Fn(&ContextKey) -> bool>,
}

impl Question {
    /// Nothing is known.
    pub(super) fn open() -> Self {
        Self::about(Context::default(), |_| false)
    }

    /// These keys are known to be as `context` has them; one that it lacks is known to be absent.
    pub(super) fn about(context: Context, settled: impl Fn(&ContextKey) -> bool + 'static) -> Self {
        let settled = Box::new(settled);
        Self { context, settled }
    }

    /// No enclave asks.
    pub(super) fn unattested() -> Self {
        Self::about(Context::default(), |key| key.register().is_some())
    }

    /// An enclave with this value of this register asks, or one without it.
    pub(super) fn attested(pcr: u8, value: Option<&str>) -> Self {
        let mut context = Context::default();
        if let Some(value) = value {
            context.insert_register(pcr, value.to_owned());
        }
        Self::about(context, move |key| key.register() == Some(pcr))
    }

    /// The Allow statement by which somebody may do this in some request, by its index.
    pub(super) fn may(&self, policy: &Policy, who: &Who, action: &str) -> Option<usize> {
        let statements = policy.statements();
        let by = (0..statements.len()).find(|index| {
            let statement = &statements[*index];
            statement.effect() == Effect::Allow
                && who.is_named_by(statement)
                && statement.covers(action)
                && self.leaves(statement)
        })?;
        (!self.denies(policy, who, action)).then_some(by)
    }

    /// Whether a Deny is known to apply, whatever the key and the rest of the request.
    pub(super) fn denies(&self, policy: &Policy, who: &Who, action: &str) -> bool {
        policy.statements().iter().any(|statement| {
            let mut answers = statement.conditions().iter().map(|one| self.answer(one));
            statement.effect() == Effect::Deny
                && who.is_named_by(statement)
                && statement.covers(action)
                && statement.is_for_every_key()
                && answers.all(|answer| answer == Some(true))
        })
    }

    /// Whether no condition of the statement is known to fail.
    pub(super) fn leaves(&self, statement: &Statement) -> bool {
        let mut answers = statement.conditions().iter().map(|one| self.answer(one));
        answers.all(|answer| answer != Some(false))
    }

    /// The answer to a condition, where it is the same for all that the question is about: a value
    /// stands for others, so nothing follows from a pattern that happens to match it or not.
    fn answer(&self, condition: &Condition) -> Option<bool> {
        let is_known = (self.settled)(condition.key())
            && (self.context.values(condition.key()).is_empty()
                || condition.compares_whole_values(&self.context));
        is_known.then(|| condition.holds(&self.context))
    }
}
