use serde_json::{Value, json};
use vouchsafe_common::{
    bundle::{Predicate, action::DateOrder},
    message::{OPERATIONS, RequestId},
};

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
        ("redact", json!({"language": "english"})),
        ("verify", json!({"predicate": "age_at_least"})),
        ("verify", json!({"predicate": "age_at_least", "years": 151})),
        ("verify", json!({"predicate": "before", "date": "1.1.2000"})),
        ("verify", json!({"predicate": "in_set", "values": []})),
        (
            "verify",
            json!({"predicate": "issued_in", "entity": "US_SSN", "region": "US"}),
        ),
        ("pseudonymize", json!({"entity": "no name"})),
        ("pseudonymize", json!({"entity": "US_SSN", "version": -1})),
        ("pseudonymize", json!({"entity": "US_SSN", "bytes": 16})),
        ("validate", json!({})),
        ("validate", json!({"entity": "NO_SUCH_THING"})),
        ("replace", json!({})),
        ("replace", json!({"with": "x".repeat(1025)})),
        ("placeholder", json!({})),
        ("placeholder", json!({"label": "no name"})),
        ("blind_index", json!({"entity": "US_SSN", "bits": 7})),
        ("encrypt_format", json!({"entity": "US_SSN"})),
        (
            "encrypt_format",
            json!({"entity": "US_SSN", "alphabet": "digits", "skip": "-1"}),
        ),
        (
            "encrypt_format",
            json!({"entity": "US_SSN", "alphabet": {"custom": "aa"}}),
        ),
        (
            "encrypt_format",
            json!({"entity": "A", "alphabet": "upper", "luhn": "keep"}),
        ),
        ("generalize", json!({"kind": "number", "width": 1})),
        ("generalize", json!({"kind": "number", "keep": 3})),
        ("generalize", json!({"kind": "ip", "v4": 25})),
        ("bucket", json!({})),
        ("bucket", json!({"width": 1})),
        ("bucket", json!({"bounds": [18, 19]})),
        ("shift_date", json!({"days": 0})),
        ("time_part", json!({"part": "minute"})),
        ("redact", json!({"thresholds": {"NO_SUCH_THING": 0.5}})),
        ("redact", json!({"thresholds": {"US_SSN": 2}})),
        ("redact", json!({"regions": []})),
        ("redact", json!({"regions": ["de"]})),
        ("redact", json!({"regions": vec!["DE"; 251]})),
        ("redact", json!({"names": "no"})),
        ("detect", json!({"looks_like": 1})),
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
    // Those that the enclave knows, the engine's first.
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
fn how_to_look_is_said_over_the_wire_with_whole_numbers_and_fractions_alike() {
    let how = json!({
        "thresholds": {"US_SSN": 1, "PHONE_NUMBER": 0.25}, "regions": ["DE", "US"],
        "names": false, "looks_like": true, "language": "de", "threshold": 0,
    });
    let request = request("detect", &how);
    let job = Job::read(&request, &Engine::new()).expect("good parameters");
    let Operation::Pii(vouchsafe_pii::Operation::Detect(parameters)) = job.operation() else {
        unreachable!("it detects")
    };
    let options = parameters.options();
    let thresholds: Vec<_> = options.thresholds.into_iter().collect();
    let expected = [
        ("PHONE_NUMBER".to_owned(), 0.25),
        ("US_SSN".to_owned(), 1.0),
    ];
    assert_eq!(thresholds, expected);
    assert_eq!(options.regions, Some(vec!["DE".into(), "US".into()]));
    assert_eq!((options.names, options.language.as_str()), (false, "de"));
    assert!(options.looks_like);
    assert!(options.threshold.abs() < f32::EPSILON);
}

#[test]
fn a_finding_whose_checksum_failed_says_so_and_is_there_for_who_asks() {
    let checksums = |parameters: &Value| {
        let request = request("detect", parameters);
        let engine = Engine::new();
        let job = Job::read(&request, &engine).expect("good parameters");
        assert_eq!(job.asked().class, Class::Findings, "{parameters}");
        let Operation::Pii(vouchsafe_pii::Operation::Detect(parameters)) = job.operation() else {
            unreachable!("it detects")
        };
        let text = "4111 1111 1111 1111, 4111 1111 1111 1112, jo@example.com";
        let Ok(Outcome::Findings { findings, .. }) = detect(text, parameters, &engine) else {
            unreachable!("a short text")
        };
        let seen = |finding: Finding| (finding.checksum, finding.confidence_percent);
        findings.into_iter().map(seen).collect::<Vec<_>>()
    };
    let (card, mail) = ((Some(true), 100), (None, 85));
    assert_eq!(checksums(&json!({})), [card, mail]);
    let all = [card, (Some(false), 50), mail];
    assert_eq!(checksums(&json!({"looks_like": true})), all);
}

#[test]
fn a_redaction_that_looks_for_less_needs_a_grant_of_plaintext_where_something_stays() {
    let redacted = |parameters: &Value, text: &str| {
        let request = request("redact", parameters);
        let engine = Engine::new();
        let job = Job::read(&request, &engine).expect("good parameters");
        assert_eq!(job.asked().class, Class::Masked, "{parameters}");
        let Operation::Pii(vouchsafe_pii::Operation::Redact(options)) = job.operation() else {
            unreachable!("it redacts")
        };
        let made = vouchsafe_pii::redact::redact(&engine, text, options);
        class(made.expect("a short text").class)
    };
    let text = "Mr. John Smith, NINO AB 12 34 56 C.";
    for parameters in [
        json!({"names": false}),
        json!({"regions": ["DE"]}),
        json!({"language": "de"}),
        json!({"thresholds": {"UK_NINO": 1.0, "PERSON": 1.0}}),
    ] {
        assert_eq!(
            redacted(&parameters, text),
            Class::Plaintext,
            "{parameters}"
        );
        assert_eq!(redacted(&parameters, "Nothing."), Class::Masked);
    }
    assert_eq!(redacted(&json!({"threshold": 0.1}), text), Class::Masked);
}

#[test]
fn what_makes_values_less_exact_is_masked_and_a_grant_names_it_whole() {
    for (operation, parameters) in [
        ("generalize", json!({"kind": "number", "width": 10})),
        ("bucket", json!({"bounds": [18]})),
        ("time_part", json!({"part": "year"})),
        ("shift_date", json!({"days": 30, "version": 1})),
    ] {
        let asked = asked(operation, &parameters).expect("good parameters");
        assert_eq!(asked.class, Class::Masked, "{operation}");
        let mut named = parameters;
        named["action"] = operation.into();
        named.as_object_mut().expect("an object").remove("version");
        let named = serde_json::from_value(named).expect("a policy can name it");
        assert_eq!(asked.detail, Detail::Action(named), "{operation}");
    }
}

#[test]
fn forms_of_tokens_have_the_class_of_tokens_and_opening_one_that_of_plaintext() {
    let format = json!({"entity": "US_SSN", "alphabet": "digits", "version": 1});
    let made = asked("encrypt_format", &format).expect("good parameters");
    let opened = asked("decrypt_format", &format).expect("good parameters");
    assert_eq!((made.class, opened.class), (Class::Token, Class::Plaintext));
    assert_ne!(made.detail, opened.detail);
    let index = asked("blind_index", &json!({"entity": "US_SSN"})).expect("good parameters");
    let pseudonym = Detail::Pseudonym(EntityContext {
        entity: "US_SSN".into(),
        context: String::new(),
    });
    assert_eq!((index.class, index.detail), (Class::Pseudonym, pseudonym));
    let validate = asked("validate", &json!({"entity": "US_SSN"})).expect("good parameters");
    let identifier = Detail::Identifier("US_SSN".into());
    assert_eq!(
        (validate.class, validate.detail),
        (Class::Boolean, identifier)
    );
}

#[test]
fn what_can_try_a_dictionary_on_texts_is_told_apart() {
    let item = |input| Item {
        reference: "r".into(),
        input,
        other: None,
    };
    let text = || item(Input::Text(Secret::new("Jo".into())));
    let record = || {
        item(Input::Record {
            field: "name".into(),
            record_id: "17".into(),
            record: ByteBuf::new(),
        })
    };
    let ssn = json!({"entity": "US_SSN"});
    let format = json!({"entity": "US_SSN", "alphabet": "digits", "version": 1});
    let label = json!({"label": "PERSON"});
    for (operation, parameters, items, oracle) in [
        ("pseudonymize", ssn.clone(), vec![text()], true),
        ("blind_index", ssn.clone(), vec![text()], true),
        ("encrypt_format", format.clone(), vec![text()], true),
        ("shift_date", json!({"days": 30}), vec![text()], true),
        ("decrypt_format", format, vec![text()], false),
        ("validate", ssn, vec![text()], false),
        ("replace", json!({"with": "x"}), vec![text()], false),
        ("bucket", json!({"width": 10}), vec![text()], false),
        ("placeholder", label.clone(), vec![text(), text()], false),
        // Beside a record, a guess that gets the record's label is right.
        ("placeholder", label, vec![text(), record()], true),
    ] {
        let mut request = request(operation, &parameters);
        request.items = items;
        let job = Job::read(&request, &Engine::new()).expect("good parameters");
        assert_eq!(job.asked().deterministic, oracle, "{operation}");
    }
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
    let all = Detail::FreeText { first: 0, last: 0 };
    assert_eq!(detail("mask", entities), all);
    assert_eq!(detail("redact", json!({})), all);
    let entities = json!({"entities": ["US_SSN"], "keep_last": 4});
    let four = Detail::FreeText { first: 0, last: 4 };
    assert_eq!(detail("mask", entities), four);
    let age = json!({"predicate": "age_at_least", "years": 18});
    let asked = Detail::Predicate(Predicate::AgeAtLeast {
        years: 18,
        order: DateOrder::Ymd,
    });
    assert_eq!(detail("verify", age), asked);
    let equals = json!({"predicate": "equals", "expected": "x"});
    let asked = Detail::Predicate(Predicate::Equals {});
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

#[test]
fn tokens_are_looked_for_in_texts_of_the_request_and_never_in_a_record() {
    let read = |parameters: &Value, input: Input| {
        let mut request = request("detokenize", parameters);
        request.items = vec![Item {
            reference: "r".into(),
            input,
            other: None,
        }];
        Job::read(&request, &Engine::new()).map(drop)
    };
    let record = || Input::Record {
        record: ByteBuf::new(),
        field: "email".into(),
        record_id: "17".into(),
    };
    let inline = json!({"entity": "US_SSN", "inline": true});
    assert_eq!(
        read(&inline, record()),
        Err(Refusal::InvalidParameter),
        "all of a record but its tokens would be revealed"
    );
    assert_eq!(read(&inline, Input::Text(Secret::new("x".into()))), Ok(()));
    assert_eq!(read(&json!({"entity": "US_SSN"}), record()), Ok(()));
}
