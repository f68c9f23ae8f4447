//! What a policy grants whole, read as its operation will read it: an action or predicate that no
//! request could ask for is refused when the policy is written, not found out when nothing is granted.

use serde::Deserialize;

use crate::ParameterError;
use crate::action::{Action, ActionError};
use crate::verify::VerifyParameters;

/// Why an entry of a policy makes no sense.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("grant number {grant}: {fault}")]
pub struct GrantedError {
    /// Its place in the list of grants, from zero.
    pub grant: usize,
    /// What is wrong.
    pub fault: GrantedFault,
}

/// What is wrong with an action or predicate.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum GrantedFault {
    /// Neither an action nor a predicate with its parameters.
    #[error("no action or predicate")]
    Unknown,
    /// An action whose parameters make no sense.
    #[error("an action that can never be asked: {0}")]
    Action(ActionError),
    /// A predicate whose parameters make no sense.
    #[error("a predicate that can never be asked: {0}")]
    Predicate(ParameterError),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Named {
    Action(Action),
    Predicate(VerifyParameters),
}

/// Checks actions and predicates, each as JSON with the number of its grant.
///
/// # Errors
///
/// [`GrantedError`], for the first that makes no sense.
pub fn check(named: impl IntoIterator<Item = (usize, String)>) -> Result<(), GrantedError> {
    for (grant, json) in named {
        let checked = match serde_json::from_str(&json) {
            Ok(Named::Action(action)) => action.check().map_err(GrantedFault::Action),
            Ok(Named::Predicate(predicate)) => predicate.check().map_err(GrantedFault::Predicate),
            Err(_) => Err(GrantedFault::Unknown),
        };
        checked.map_err(|fault| GrantedError { grant, fault })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_request_can_ask_for_is_refused_by_its_grant() {
        let fault = |json: &str| {
            let good = r#"{"action":"bucket","width":10}"#;
            let named = [(0, good.to_owned()), (7, json.to_owned())];
            check(named).map_err(|error| (error.grant, error.fault))
        };
        for good in [
            r#"{"action":"generalize","kind":"date","to":"year"}"#,
            r#"{"action":"decrypt_format","entity":"US_SSN","alphabet":"digits"}"#,
            r#"{"predicate":"equals"}"#,
            r#"{"predicate":"before","date":"2000-01-01"}"#,
        ] {
            assert_eq!(fault(good), Ok(()), "{good}");
        }
        let width = ActionError::Parameter(ParameterError::Width);
        for (bad, expected) in [
            (
                r#"{"action":"bucket","width":1}"#,
                GrantedFault::Action(width),
            ),
            (
                r#"{"predicate":"before","date":"1.1.2000"}"#,
                GrantedFault::Predicate(ParameterError::Date),
            ),
            (
                r#"{"predicate":"in_set","values":[]}"#,
                GrantedFault::Predicate(ParameterError::Values),
            ),
            (r#"{"predicate":"before"}"#, GrantedFault::Unknown),
            ("[]", GrantedFault::Unknown),
        ] {
            assert_eq!(fault(bad), Err((7, expected)), "{bad}");
        }
    }
}
