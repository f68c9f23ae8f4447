use serde_json::{Value, json};
use vouchsafe_common::message::{OPERATIONS, RequestId};

use super::*;

fn request(operation: &str, parameters: &Value) -> Request {
    Request {
        id: RequestId([1; 16]),
        issued_at: UnixMillis(0),
        purpose: "support".into(),
        tenant: "acme".into(),
        dataset: "customers".into(),
        operation: operation.into(),
        parameters: Parameters::from_json(parameters).expect("a JSON object"),
        items: vec![],
    }
}

fn asked(operation: &str, parameters: &Value) -> Result<Asked, Refusal> {
    Job::read(&request(operation, parameters), &Engine::new()).map(|job| job.asked().clone())
}

#[test]
fn an_entity_that_does_not_exist_is_refused_for_the_whole_request() {
    let unknown = json!({"entities": ["US_SSN", "NO_SUCH_THING"]});
    for operation in ["detect", "redact", "mask"] {
        assert_eq!(
            asked(operation, &unknown),
            Err(Refusal::InvalidParameter),
            "{operation}"
        );
    }
}

#[test]
fn an_empty_list_of_entities_is_refused_for_the_whole_request() {
    for operation in ["detect", "redact", "mask"] {
        assert_eq!(
            asked(operation, &json!({"entities": []})),
            Err(Refusal::InvalidParameter),
            "{operation}"
        );
    }
}

#[test]
fn a_parameter_out_of_its_range_is_refused_for_the_whole_request() {
    for (operation, parameters) in [
        ("mask", json!({"with": "**"})),
        ("mask", json!({"skip": "-1"})),
        ("mask", json!({"threshold": 0.5})),
        ("mask", json!({"entities": ["US_SSN"], "threshold": 2})),
        ("redact", json!({"threshold": -1})),
        ("redact", json!({"language": "xx"})),
        ("verify", json!({"predicate": "age_at_least"})),
        ("verify", json!({"predicate": "age_at_least", "years": 151})),
        ("pseudonymize", json!({"entity": "no name"})),
        ("pseudonymize", json!({"entity": "US_SSN", "version": -1})),
        ("tokenize", json!({})),
        ("tokenize", json!({"entity": "no name"})),
        ("detokenize", json!({"entity": ""})),
        (
            "retokenize",
            json!({"entity": "US_SSN", "context": "c".repeat(257)}),
        ),
        ("reseal", json!({})),
        ("reseal", json!({"epoch": "1"})),
        ("reseal", json!({"epoch": -1})),
        ("reseal", json!({"epoch": 4_294_967_296_u64})),
        ("create_root", json!({})),
    ] {
        assert_eq!(
            asked(operation, &parameters),
            Err(Refusal::InvalidParameter),
            "{operation} {parameters}"
        );
    }
}

#[test]
fn an_operation_or_a_parameter_that_does_not_exist_is_told_apart() {
    assert_eq!(asked("unmask", &json!({})), Err(Refusal::UnknownOperation));
    for operation in OPERATIONS {
        assert_eq!(
            asked(operation, &json!({"no_such_thing": 1})),
            Err(Refusal::UnknownParameter),
            "{operation}"
        );
    }
}

#[test]
fn the_operations_that_a_policy_may_grant_are_those_that_there_are() {
    let mut known = vouchsafe_pii::Operation::NAMES.to_vec();
    known.extend(["create_root", "reseal"]);
    let mut granted = OPERATIONS.to_vec();
    known.sort_unstable();
    granted.sort_unstable();
    assert_eq!(granted, known);
}

#[test]
fn tokens_and_resealed_records_have_their_class_and_detail_and_only_new_tokens_are_an_oracle() {
    let ssn = json!({"entity": "US_SSN", "context": "claims"});
    let token = Detail::Token(EntityContext {
        entity: "US_SSN".into(),
        context: "claims".into(),
    });
    for (operation, parameters, class, deterministic, detail) in [
        ("tokenize", ssn.clone(), Class::Token, true, token.clone()),
        (
            "retokenize",
            ssn.clone(),
            Class::Token,
            false,
            token.clone(),
        ),
        ("detokenize", ssn, Class::Plaintext, false, token),
        (
            "reseal",
            json!({"epoch": 7}),
            Class::Resealed,
            false,
            Detail::Epoch(Epoch(7)),
        ),
    ] {
        let expected = Asked {
            class,
            deterministic,
            detail,
        };
        assert_eq!(asked(operation, &parameters), Ok(expected), "{operation}");
    }
}

#[test]
fn a_token_of_few_values_needs_a_context_to_be_made_and_none_to_be_opened() {
    let sex = json!({"entity": "SEX"});
    assert_eq!(asked("tokenize", &sex), Err(Refusal::ContextRequired));
    for operation in ["detokenize", "retokenize"] {
        assert!(asked(operation, &sex).is_ok(), "{operation}");
    }
    let bound = json!({"entity": "SEX", "context": "survey"});
    assert!(asked("tokenize", &bound).is_ok());
}

#[test]
fn a_mask_that_keeps_all_but_some_is_asked_for_as_plaintext() {
    let class = |parameters| asked("mask", &parameters).map(|asked| asked.class);
    assert_eq!(class(json!({"keep_last": 4})), Ok(Class::Masked));
    assert_eq!(class(json!({"keep_last": -4})), Ok(Class::Plaintext));
}

#[test]
fn what_a_grant_must_name_follows_from_the_parameters() {
    let detail = |operation, parameters| {
        let asked = asked(operation, &parameters).expect("good parameters");
        asked.detail
    };
    let keep = Detail::Keep { first: 0, last: 4 };
    assert_eq!(detail("mask", json!({"keep_last": 4})), keep);
    let entities = json!({"entities": ["US_SSN"]});
    assert_eq!(detail("mask", entities), Detail::FreeText);
    assert_eq!(detail("redact", json!({})), Detail::FreeText);
    let age = json!({"predicate": "age_at_least", "years": 18});
    let asked = Detail::Predicate {
        name: "age_at_least",
        age: Some(18),
    };
    assert_eq!(detail("verify", age), asked);
    let equals = json!({"predicate": "equals", "expected": "x"});
    let asked = Detail::Predicate {
        name: "equals",
        age: None,
    };
    assert_eq!(detail("verify", equals), asked);
    let pseudonym = EntityContext {
        entity: "US_SSN".into(),
        context: "billing".into(),
    };
    let parameters = json!({"entity": "US_SSN", "context": "billing"});
    assert_eq!(
        detail("pseudonymize", parameters),
        Detail::Pseudonym(pseudonym)
    );
    assert_eq!(detail("reveal", json!({})), Detail::None);
}
