//! KMS key policies: read strictly, evaluated as AWS does, made from measurements, searched for
//! weaknesses. Default deny; an explicit deny wins.
//!
//! A policy that uses anything not understood here is refused when it is read, never skipped when
//! it is evaluated: a condition that silently does nothing would open a key. So unknown
//! operators, condition keys, variables and members are faults.
//!
//! Next: [`document`] reads the JSON, [`condition`] decides one condition, [`pattern`] one value;
//! [`generate`] writes the policies of this project, [`lint`] says what weakens one.

pub mod action;
pub mod condition;
pub mod document;
pub mod generate;
pub mod json;
pub mod lint;
pub mod pattern;

pub use condition::{Context, ContextKey};
pub use document::{Policy, account_of};

use document::{Effect, PrincipalPattern, Statement};

/// Longest policy document, in bytes, as the real service has it.
pub const MAX_POLICY_BYTES: usize = 32 * 1024;

/// What is wrong with a policy document.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PolicyFault {
    /// Not JSON of the policy grammar; a member unknown, doubled, missing or of another type.
    #[error("the policy is not a document of the policy grammar")]
    Grammar,
    /// `Version` is not `2012-10-17`.
    #[error("the policy version is not supported")]
    Version,
    /// There is no statement.
    #[error("the policy has no statement")]
    NoStatement,
    /// A principal is neither `*`, an account, nor the ARN of a role, user or account root.
    #[error("Policy contains a statement with one or more invalid principals.")]
    Principal,
    /// An action is neither `*` nor of the form `kms:…`.
    #[error("a statement names an action that is not one of KMS")]
    Action,
    /// A condition operator that is not supported.
    #[error("a condition operator is not supported")]
    Operator,
    /// A condition key that is not supported.
    #[error("a condition key is not supported")]
    ConditionKey,
    /// A policy variable is malformed, or not supported.
    #[error("a policy variable is not supported")]
    Variable,
    /// A condition has no value, or one that its operator cannot compare with.
    #[error("a condition value does not fit its operator")]
    Value,
    /// The caller could not put another policy afterwards.
    #[error("The new key policy will not allow you to update the key policy in the future.")]
    Lockout,
}

impl PolicyFault {
    /// The stable name of this fault.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Grammar => "policy_grammar",
            Self::Version => "policy_version",
            Self::NoStatement => "policy_no_statement",
            Self::Principal => "policy_principal",
            Self::Action => "policy_action",
            Self::Operator => "policy_operator",
            Self::ConditionKey => "policy_condition_key",
            Self::Variable => "policy_variable",
            Self::Value => "policy_value",
            Self::Lockout => "policy_lockout",
        }
    }
}

/// Why a policy document is not accepted, and where.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}{fault}", place(*statement))]
pub struct PolicyError {
    /// What is wrong.
    pub fault: PolicyFault,
    /// Number of the statement from 1, where the fault lies in one.
    pub statement: Option<usize>,
}

fn place(statement: Option<usize>) -> String {
    statement.map_or_else(String::new, |number| format!("statement {number}: "))
}

impl From<PolicyFault> for PolicyError {
    fn from(fault: PolicyFault) -> Self {
        Self {
            fault,
            statement: None,
        }
    }
}

/// Who asks for what, and what is known about the request.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// ARN of the calling role or user.
    pub principal: &'a str,
    /// Account of the caller, 12 digits.
    pub account: &'a str,
    /// Action with its prefix, such as `kms:Decrypt`.
    pub action: &'a str,
    /// ARN of the key.
    pub resource: &'a str,
    /// Values of the condition keys.
    pub context: &'a Context,
}

/// What a key policy alone says about a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Decision {
    /// A Deny statement matches.
    ExplicitDeny,
    /// An Allow statement names the caller itself, or everyone.
    Allow,
    /// An Allow statement names the caller's account: the caller's own permissions decide.
    AllowAccount,
    /// No statement matches.
    NotAllowed,
}

/// How a statement's principals include the caller.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Named {
    /// By the caller's own ARN, or as everyone.
    Caller,
    /// By the caller's account.
    Account,
}

/// Why a statement does not apply to a request: the first of its parts that does not fit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mismatch {
    /// It names other principals.
    Principal,
    /// It names other actions.
    Action,
    /// It names other keys.
    Resource,
    /// This condition of it does not hold, by its position.
    Condition(usize),
}

impl Policy {
    /// Evaluates every statement; the order of statements does not matter.
    pub fn decide(&self, request: &Request<'_>) -> Decision {
        let mut decision = Decision::NotAllowed;
        for statement in &self.statements {
            let Ok(named) = statement.applies(request) else {
                continue;
            };
            match (statement.effect, named) {
                (Effect::Deny, _) => return Decision::ExplicitDeny,
                (Effect::Allow, Named::Caller) => decision = Decision::Allow,
                (Effect::Allow, Named::Account) if decision == Decision::NotAllowed => {
                    decision = Decision::AllowAccount;
                }
                (Effect::Allow, Named::Account) => {}
            }
        }
        decision
    }
}

impl Statement {
    /// How the statement names the caller, or why it does not apply to the request.
    ///
    /// # Errors
    ///
    /// [`Mismatch`], the first part that does not fit.
    pub fn applies(&self, request: &Request<'_>) -> Result<Named, Mismatch> {
        let named = self.names(request.principal, request.account);
        let named = named.ok_or(Mismatch::Principal)?;
        if !self.covers(request.action) {
            return Err(Mismatch::Action);
        }
        if !self
            .resources
            .iter()
            .any(|key| key.matches(request.resource))
        {
            return Err(Mismatch::Resource);
        }
        let failing = self
            .conditions
            .iter()
            .position(|condition| !condition.holds(request.context));
        failing.map_or(Ok(named), |index| Err(Mismatch::Condition(index)))
    }

    /// How the statement names a principal of this account.
    fn names(&self, principal: &str, account: &str) -> Option<Named> {
        let mut by_account = None;
        for pattern in &self.principals {
            match pattern {
                PrincipalPattern::Everyone => return Some(Named::Caller),
                PrincipalPattern::Arn(arn) if arn == principal => return Some(Named::Caller),
                PrincipalPattern::Account(id) if id == account => by_account = Some(Named::Account),
                PrincipalPattern::Arn(_) | PrincipalPattern::Account(_) => {}
            }
        }
        by_account
    }

    /// Whether the statement names this action.
    fn covers(&self, action: &str) -> bool {
        self.actions
            .iter()
            .any(|pattern| pattern.matches_ignoring_case(action))
    }
}

#[cfg(test)]
mod tests;
