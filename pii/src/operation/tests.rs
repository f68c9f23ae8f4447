#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
use serde_json::{Value, json};

use super::*;
use crate::offsets::OffsetUnit;

fn parse<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn keys<T: Serialize>(parameters: &T) -> Vec<String> {
    let value = serde_json::to_value(parameters).unwrap();
    let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
    keys.sort();
    keys
}

fn sorted(list: &[&str]) -> Vec<String> {
    let mut list: Vec<String> = list.iter().map(ToString::to_string).collect();
    list.sort();
    list
}

const PREDICATES: &[&str] = &[
    "equals",
    "equals_fuzzy",
    "same_person",
    "age_at_least",
    "before",
    "after",
    "in_set",
    "prefix",
    "issued_in",
];

fn verify(predicate: &str) -> VerifyParameters {
    parse(match predicate {
        "equals" | "equals_fuzzy" | "same_person" => {
            json!({"predicate": predicate, "expected": "a"})
        }
        "age_at_least" => json!({"predicate": predicate, "years": 18}),
        "before" | "after" => json!({"predicate": predicate, "date": "2000-01-01"}),
        "in_set" => json!({"predicate": predicate, "values": ["AT"]}),
        "prefix" => json!({"predicate": predicate, "prefix": "A"}),
        _ => json!({"predicate": predicate, "entity": "ISIN", "region": "DE"}),
    })
}

fn pseudonymize() -> PseudonymizeParameters {
    parse(json!({"entity": "US_SSN"}))
}

fn token(entity: &str, context: &str) -> TokenParameters {
    parse(json!({"entity": entity, "context": context}))
}

#[test]
fn a_new_token_of_few_values_needs_a_context_and_an_old_one_opens_without() {
    for entity in TokenParameters::FEW_VALUES {
        let refused = token(entity, "").check_new();
        assert_eq!(refused, Err(ParameterError::ContextRequired), "{entity}");
        assert_eq!(token(entity, "survey").check_new(), Ok(()));
        assert_eq!(token(entity, "").check(), Ok(()));
    }
    assert_eq!(token("US_SSN", "").check_new(), Ok(()));
    assert_eq!(ParameterError::ContextRequired.code(), "context_required");
}

#[test]
fn a_token_has_the_name_of_an_entity_and_a_bounded_context() {
    for (entity, context, outcome) in [
        ("US_SSN", "", Ok(())),
        ("", "", Err(ParameterError::Entity)),
        ("US.SSN", "", Err(ParameterError::Entity)),
        ("US_SSN", &"c".repeat(256), Ok(())),
        ("US_SSN", &"c".repeat(257), Err(ParameterError::Context)),
    ] {
        assert_eq!(token(entity, context).check(), outcome);
        assert_eq!(token(entity, context).check_new(), outcome);
    }
}

#[test]
fn the_listed_keys_are_those_of_the_structures() {
    assert_eq!(
        keys(&DetectOptions::default()),
        sorted(DetectOptions::PARAMETERS)
    );
    assert_eq!(
        keys(&DetectParameters::default()),
        sorted(DetectParameters::PARAMETERS)
    );
    assert_eq!(
        keys(&MaskParameters::default()),
        sorted(MaskParameters::PARAMETERS)
    );
    let mut of_predicates: Vec<String> = PREDICATES
        .iter()
        .flat_map(|predicate| keys(&verify(predicate)))
        .collect();
    of_predicates.sort();
    of_predicates.dedup();
    assert_eq!(of_predicates, sorted(VerifyParameters::PARAMETERS));
    assert_eq!(
        keys(&pseudonymize()),
        sorted(PseudonymizeParameters::PARAMETERS)
    );
    assert_eq!(keys(&token("A", "b")), sorted(TokenParameters::PARAMETERS));
    let detokenize: DetokenizeParameters = parse(json!({"entity": "A"}));
    assert_eq!(keys(&detokenize), sorted(DetokenizeParameters::PARAMETERS));
    let validate: ValidateParameters = parse(json!({"entity": "US_SSN"}));
    assert_eq!(keys(&validate), sorted(ValidateParameters::PARAMETERS));
}

/// An action under its name, with the parameters that it cannot do without.
fn actions() -> Vec<(&'static str, Action)> {
    let format = json!({"entity": "A", "alphabet": "digits"});
    [
        ("replace", json!({"with": "x"})),
        ("placeholder", json!({"label": "PERSON"})),
        ("pseudonymize", json!({"entity": "A"})),
        ("blind_index", json!({"entity": "A"})),
        ("encrypt_format", format.clone()),
        ("decrypt_format", format),
        ("bucket", json!({"width": 10})),
        ("shift_date", json!({"days": 30})),
        ("time_part", json!({"part": "year"})),
    ]
    .map(|(name, mut json)| {
        json["action"] = name.into();
        (name, parse(json))
    })
    .into()
}

#[test]
fn an_action_is_an_operation_of_its_name_with_its_keys() {
    for (name, action) in actions() {
        assert!(Operation::NAMES.contains(&name), "{name}");
        let mut listed = sorted(Operation::parameters(name).unwrap());
        listed.push("action".to_owned());
        listed.sort();
        assert_eq!(keys(&action), listed, "{name}");
        assert_eq!(action.check(), Ok(()), "{name}");
    }
    // The keys of `generalize` are those of all its kinds together.
    let kinds = [
        json!({"action": "generalize", "kind": "number", "width": 10}),
        json!({"action": "generalize", "kind": "zip"}),
        json!({"action": "generalize", "kind": "prefix", "keep": 3}),
        json!({"action": "generalize", "kind": "ip"}),
        json!({"action": "generalize", "kind": "date", "to": "year"}),
    ];
    let mut all: Vec<_> = kinds.map(|kind| keys(&parse::<Action>(kind))).concat();
    all.retain(|key| key != "action");
    all.sort();
    all.dedup();
    assert_eq!(all, sorted(GeneralizeParameters::PARAMETERS));
}

#[test]
fn an_action_alone_has_the_class_that_it_has_in_a_recipe() {
    let classes = [
        Class::Masked,
        Class::Masked,
        Class::Pseudonym,
        Class::Pseudonym,
        Class::Token,
        Class::Plaintext,
        Class::Masked,
        Class::Masked,
        Class::Masked,
    ];
    for ((name, action), class) in actions().into_iter().zip(classes) {
        assert_eq!(class_of(&Operation::Transform(action)), class, "{name}");
    }
    let validate = Operation::Validate(parse(json!({"entity": "US_SSN"})));
    assert_eq!(class_of(&validate), Class::Boolean);
}

#[test]
fn no_bucket_or_range_is_so_narrow_that_it_is_the_value() {
    for (json, error) in [
        (
            json!({"action": "bucket", "width": 1}),
            ParameterError::Width,
        ),
        (
            json!({"action": "bucket", "width": 0}),
            ParameterError::Width,
        ),
        (
            json!({"action": "bucket", "bounds": [5, 6]}),
            ParameterError::Bounds,
        ),
        (
            json!({"action": "generalize", "kind": "number", "width": 1}),
            ParameterError::Width,
        ),
        (
            json!({"action": "generalize", "kind": "ip", "v4": 32}),
            ParameterError::Prefix,
        ),
    ] {
        let action: Action = parse(json.clone());
        assert_eq!(action.check(), Err(error.into()), "{json}");
    }
}

#[test]
fn only_a_type_that_there_is_can_be_validated() {
    let check = |entity: &str| parse::<ValidateParameters>(json!({"entity": entity})).check();
    assert_eq!(check("US_SSN"), Ok(()));
    assert_eq!(check("us_ssn"), Err(ParameterError::Entity));
    assert_eq!(check(""), Err(ParameterError::Entity));
}

#[test]
fn every_operation_lists_its_keys_under_its_name() {
    for name in Operation::NAMES {
        assert!(Operation::parameters(name).is_some(), "{name}");
    }
    assert_eq!(Operation::parameters("unmask"), None);
}

#[test]
fn a_key_that_does_not_exist_is_refused() {
    assert!(serde_json::from_value::<DetectParameters>(json!({"treshold": 0.1})).is_err());
    assert!(serde_json::from_value::<DetectOptions>(json!({"offsets": "byte"})).is_err());
    assert!(serde_json::from_value::<MaskParameters>(json!({"keep": 4})).is_err());
    let extra = json!({"predicate": "equals", "expected": "a", "to": "b"});
    assert!(serde_json::from_value::<VerifyParameters>(extra).is_err());
    let extra = json!({"entity": "US_SSN", "key": "k"});
    assert!(serde_json::from_value::<PseudonymizeParameters>(extra).is_err());
}

#[test]
fn a_predicate_takes_its_own_parameters_and_no_others_and_needs_them() {
    for wrong in [
        json!({"predicate": "age_at_least", "years": 18, "normalise": "none"}),
        json!({"predicate": "age_at_least"}),
        json!({"predicate": "equals", "expected": "a", "years": 1}),
        json!({"predicate": "before", "years": 1}),
        json!({"predicate": "in_set"}),
        json!({"predicate": "like"}),
        json!({"expected": "a"}),
    ] {
        let read = serde_json::from_value::<VerifyParameters>(wrong.clone());
        assert!(read.is_err(), "{wrong}");
    }
}

#[test]
fn what_is_left_out_has_its_default() {
    let detect: DetectParameters = parse(json!({}));
    assert_eq!(detect.options(), DetectOptions::default());
    assert_eq!(detect.offsets, OffsetUnit::Codepoint);
    assert_eq!(
        parse::<MaskParameters>(json!({})),
        MaskParameters::default()
    );
    assert_eq!(pseudonymize().bytes, 32);
}

#[test]
fn each_operation_has_its_class() {
    let class = |operation| class_of(&operation);
    assert_eq!(
        class(Operation::Detect(DetectParameters::default())),
        Class::Findings
    );
    assert_eq!(
        class(Operation::Redact(DetectOptions::default())),
        Class::Masked
    );
    assert_eq!(
        class(Operation::Mask(MaskParameters::default())),
        Class::Masked
    );
    assert_eq!(class(Operation::Verify(verify("equals"))), Class::Boolean);
    let token = || token("US_SSN", "claims");
    assert_eq!(class(Operation::Tokenize(token())), Class::Token);
    assert_eq!(class(Operation::Retokenize(token())), Class::Token);
    let detokenize = parse(json!({"entity": "US_SSN"}));
    assert_eq!(class(Operation::Detokenize(detokenize)), Class::Plaintext);
    assert_eq!(class(Operation::Reveal), Class::Plaintext);
}

#[test]
fn a_list_of_the_callers_own_values_makes_a_search_and_counts_as_plaintext() {
    for key in ["allow", "deny"] {
        let detect = parse(json!({key: ["Smith"]}));
        assert_eq!(
            class_of(&Operation::Detect(detect)),
            Class::Plaintext,
            "{key}"
        );
        let redact = parse(json!({key: ["Smith"]}));
        assert_eq!(
            class_of(&Operation::Redact(redact)),
            Class::Plaintext,
            "{key}"
        );
    }
}

#[test]
fn a_mask_that_keeps_all_but_some_counts_as_plaintext() {
    for key in ["keep_first", "keep_last"] {
        let mask = |count: i32| Operation::Mask(parse(json!({key: count})));
        assert_eq!(class_of(&mask(-1)), Class::Plaintext, "{key}");
        assert_eq!(class_of(&mask(i32::MIN)), Class::Plaintext, "{key}");
        assert_eq!(class_of(&mask(4)), Class::Masked, "{key}");
    }
}

#[test]
fn a_parameter_whose_value_makes_no_sense_is_refused_by_its_name() {
    let mask = |value| parse::<MaskParameters>(value).check();
    let verify = |value| parse::<VerifyParameters>(value).check();
    let pseudonym = |value| parse::<PseudonymizeParameters>(value).check();
    let long = "x".repeat(257);
    let cases = [
        (mask(json!({"with": ""})), ParameterError::With),
        (mask(json!({"with": "**"})), ParameterError::With),
        (mask(json!({"skip": "-7"})), ParameterError::Skip),
        (mask(json!({"skip": "-".repeat(65)})), ParameterError::Skip),
        (mask(json!({"threshold": 0.5})), ParameterError::Threshold),
        (
            mask(json!({"threshold": 1.5, "entities": ["US_SSN"]})),
            ParameterError::Threshold,
        ),
        (
            verify(json!({"predicate": "equals_fuzzy", "percent": 84})),
            ParameterError::Percent,
        ),
        (
            verify(json!({"predicate": "equals", "expected": "x".repeat(4097)})),
            ParameterError::Text,
        ),
        (
            verify(json!({"predicate": "equals_fuzzy", "percent": 101})),
            ParameterError::Percent,
        ),
        (
            verify(json!({"predicate": "age_at_least", "years": 151})),
            ParameterError::Years,
        ),
        (
            verify(json!({"predicate": "before", "date": "2000-1-1"})),
            ParameterError::Date,
        ),
        (
            verify(json!({"predicate": "after", "date": "2001-02-29"})),
            ParameterError::Date,
        ),
        (
            verify(json!({"predicate": "in_set", "values": []})),
            ParameterError::Values,
        ),
        (
            verify(json!({"predicate": "in_set", "values": vec!["a"; 1001]})),
            ParameterError::Values,
        ),
        (
            verify(json!({"predicate": "in_set", "values": [long.clone()]})),
            ParameterError::Values,
        ),
        (
            verify(json!({"predicate": "prefix", "prefix": ""})),
            ParameterError::Values,
        ),
        (
            verify(json!({"predicate": "issued_in", "entity": "US_SSN", "region": "US"})),
            ParameterError::Entity,
        ),
        (
            verify(json!({"predicate": "issued_in", "entity": "ISIN", "region": "us"})),
            ParameterError::Region,
        ),
        (pseudonym(json!({"entity": ""})), ParameterError::Entity),
        (
            pseudonym(json!({"entity": "us.ssn"})),
            ParameterError::Entity,
        ),
        (
            pseudonym(json!({"entity": "US_SSN", "context": long.clone()})),
            ParameterError::Context,
        ),
        (
            pseudonym(json!({"entity": "US_SSN", "bytes": 16})),
            ParameterError::Bytes,
        ),
    ];
    for (outcome, error) in cases {
        assert_eq!(outcome, Err(error));
        assert_eq!(error.code(), "invalid_parameter");
    }
    assert_eq!(mask(json!({"with": "\u{2022}", "skip": "- "})), Ok(()));
}

#[test]
fn debug_shows_no_value_a_caller_gave() {
    let detect: DetectParameters = parse(json!({"allow": ["canary"], "deny": ["canary"]}));
    let equals: VerifyParameters = parse(json!({"predicate": "equals", "expected": "canary"}));
    for shown in [
        format!("{detect:?}"),
        format!("{:?}", detect.options()),
        format!("{equals:?}"),
    ] {
        assert!(!shown.contains("canary"), "{shown}");
    }
}
