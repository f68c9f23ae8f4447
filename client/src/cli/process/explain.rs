//! What a person is told beside the code with which a whole request was refused.

use serde_json::Value;
use vouchsafe_common::message::{CREATE_ROOT_PARAMETERS, OPERATIONS, RESEAL_PARAMETERS, Refusal};
use vouchsafe_pii::Operation;

/// Why the enclave may have refused `operation` with these parameters. Names no value.
pub(super) fn refusal(operation: &str, params: &Value, refusal: Refusal) -> String {
    let reason = match refusal {
        Refusal::UnknownOperation => format!("the operations are {}", OPERATIONS.join(", ")),
        Refusal::UnknownParameter => parameters(operation, params),
        Refusal::InvalidParameter => format!(
            "{}; one is missing, of another type or out of bounds",
            parameters(operation, params)
        ),
        Refusal::NotPermitted => {
            "no grant of the policy has this caller, operation, class, tenant, purpose and parameters"
                .to_owned()
        }
        _ => refusal.to_string(),
    };
    let code = refusal.code();
    format!("the enclave refused {operation}: {reason} [{code}]")
}

fn parameters(operation: &str, params: &Value) -> String {
    let Some(known) = known(operation) else {
        return "this version of vouchsafe does not know the operation".to_owned();
    };
    let given = params.as_object().into_iter().flatten();
    let unknown: Vec<&str> = given
        .map(|(name, _)| name.as_str())
        .filter(|name| !known.contains(name))
        .collect();
    let takes = match known {
        [] => "it takes no parameters".to_owned(),
        known => format!("it takes {}", known.join(", ")),
    };
    match unknown.as_slice() {
        [] => takes,
        unknown => format!("it has no {}; {takes}", unknown.join(", ")),
    }
}

fn known(operation: &str) -> Option<&'static [&'static str]> {
    match operation {
        "reseal" => Some(RESEAL_PARAMETERS),
        "create_root" => Some(CREATE_ROOT_PARAMETERS),
        name => Operation::parameters(name),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_refusal_names_the_parameter_that_is_none() {
        let params = json!({"keep_last": 4, "kept": 1});
        assert_eq!(
            refusal("mask", &params, Refusal::UnknownParameter),
            "the enclave refused mask: it has no kept; it takes with, keep_first, keep_last, skip, entities, \
             threshold [unknown_parameter]"
        );
        assert_eq!(
            refusal("replace", &json!({}), Refusal::InvalidParameter),
            "the enclave refused replace: it takes with; one is missing, of another type or out of bounds \
             [invalid_parameter]"
        );
        assert_eq!(
            refusal("none", &json!({}), Refusal::InvalidParameter),
            "the enclave refused none: this version of vouchsafe does not know the operation; one is missing, \
             of another type or out of bounds [invalid_parameter]"
        );
        assert!(
            refusal("none", &json!({}), Refusal::UnknownOperation)
                .contains("the operations are detect, redact, ")
        );
        assert!(
            refusal("mask", &json!({}), Refusal::NotPermitted)
                .contains("no grant of the policy has this caller")
        );
        assert_eq!(
            refusal("reveal", &json!({"a": 1}), Refusal::UnknownParameter),
            "the enclave refused reveal: it has no a; it takes no parameters [unknown_parameter]"
        );
    }

    #[test]
    fn every_operation_has_parameters_that_are_known() {
        for name in OPERATIONS {
            assert!(known(name).is_some(), "{name}");
        }
    }
}
