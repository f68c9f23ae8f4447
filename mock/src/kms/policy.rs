//! Key policies: read strictly, evaluated as AWS does. Default deny; an explicit deny wins.
//!
//! A policy that uses anything not understood here is refused when it is put, never skipped when
//! it is evaluated: a condition that silently does nothing would open a key. So unknown
//! operators, condition keys, variables and members are faults.
//!
//! Next: [`document`] reads the JSON, [`condition`] decides one condition, [`pattern`] one value.

pub mod condition;
pub mod document;
pub mod pattern;

pub use condition::{Context, ContextKey};
pub use document::Policy;

use document::{Effect, PrincipalPattern, Statement};

/// Longest policy document, in bytes, as the real service has it.
pub const MAX_POLICY_BYTES: usize = 32 * 1024;

/// Why a policy document is not accepted.
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

impl Policy {
    /// Evaluates every statement; the order of statements does not matter.
    pub fn decide(&self, request: &Request<'_>) -> Decision {
        let mut decision = Decision::NotAllowed;
        for statement in &self.statements {
            let Some(named) = statement.applies(request) else {
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

/// How a statement's principals include the caller.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Named {
    Caller,
    Account,
}

impl Statement {
    /// How the statement names the caller; `None` when it does not apply to the request.
    fn applies(&self, request: &Request<'_>) -> Option<Named> {
        let named = self.named(request)?;
        let applies = self
            .actions
            .iter()
            .any(|action| action.matches_ignoring_case(request.action))
            && self
                .resources
                .iter()
                .any(|resource| resource.matches(request.resource))
            && self
                .conditions
                .iter()
                .all(|condition| condition.holds(request.context));
        applies.then_some(named)
    }

    fn named(&self, request: &Request<'_>) -> Option<Named> {
        let mut account = None;
        for principal in &self.principals {
            match principal {
                PrincipalPattern::Everyone => return Some(Named::Caller),
                PrincipalPattern::Arn(arn) if arn == request.principal => {
                    return Some(Named::Caller);
                }
                PrincipalPattern::Account(id) if id == request.account => {
                    account = Some(Named::Account);
                }
                PrincipalPattern::Arn(_) | PrincipalPattern::Account(_) => {}
            }
        }
        account
    }
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
