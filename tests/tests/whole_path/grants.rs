//! What a narrow grant does not give away, whatever the parameters.

use serde_json::{Value, json};
use vouchsafe_tests::deployment::{
    DATASET, Deployment, Options, TENANT, call, record, shown, text,
};

/// A grant to the tests' caller, with these members more.
fn grant(more: &Value) -> Value {
    let mut grant = json!({
        "callers": ["crm"], "purposes": ["test"], "tenants": [TENANT], "datasets": [DATASET],
    });
    for (name, value) in more.as_object().unwrap() {
        grant[name] = value.clone();
    }
    grant
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_of_masks_and_ages_gives_no_value_away() {
    let allow = json!([
        grant(&json!({
            "operations": ["mask", "redact"], "classes": ["masked"], "fields": ["ssn", "note"],
            "free_text": ["note"], "keep_last": 4,
        })),
        grant(&json!({
            "operations": ["verify"], "classes": ["boolean"], "fields": ["birthday"],
            "predicates": [{"predicate": "age_at_least", "years": 18}],
        })),
    ]);
    let deployment = Deployment::with(Options {
        allow,
        ..Options::default()
    })
    .await;
    let key = deployment.data_key().await;
    let client = deployment.client();
    let refused = "not_permitted";
    for (operation, parameters, field, value, expected) in [
        (
            "mask",
            json!({"keep_last": 4}),
            "ssn",
            "078-05-1120",
            "*******1120",
        ),
        (
            "mask",
            json!({"keep_last": 5}),
            "ssn",
            "078-05-1120",
            refused,
        ),
        (
            "mask",
            json!({"keep_first": 8}),
            "ssn",
            "078-05-1120",
            refused,
        ),
        (
            "mask",
            json!({"entities": ["IP_ADDRESS"]}),
            "ssn",
            "078051120",
            "<not_permitted>",
        ),
        ("redact", json!({}), "ssn", "078051120", "<not_permitted>"),
        (
            "redact",
            json!({}),
            "note",
            "SSN 625-38-3864.",
            "SSN <US_SSN>.",
        ),
        // A mask that turns out to keep everything is the value.
        (
            "mask",
            json!({"keep_last": 4}),
            "ssn",
            "1120",
            "<not_permitted>",
        ),
        (
            "verify",
            json!({"predicate": "age_at_least", "years": 18}),
            "birthday",
            "1961-07-24",
            "true",
        ),
        (
            "verify",
            json!({"predicate": "age_at_least", "years": 19}),
            "birthday",
            "1961-07-24",
            refused,
        ),
        (
            "verify",
            json!({"predicate": "equals", "expected": "x"}),
            "birthday",
            "1961-07-24",
            refused,
        ),
        ("reveal", json!({}), "ssn", "078-05-1120", refused),
    ] {
        let item = record(&key, field, "17", value);
        let seen = match client.call(call(operation, &parameters, vec![item])).await {
            Ok(results) => shown(&results[0]),
            Err(error) => error.code().to_owned(),
        };
        assert_eq!(seen, expected, "{operation} {parameters} {field}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_asked_about_as_often_as_the_policy_says_and_others_are_not_counted_with_it() {
    let deployment = Deployment::with(Options {
        policy: json!({"questions_per_record": 3}),
        ..Options::default()
    })
    .await;
    let key = deployment.data_key().await;
    let client = deployment.client();
    let ask = async |parameters: &Value, items| {
        let results = client
            .call(call("verify", parameters, items))
            .await
            .unwrap();
        results.iter().map(shown).collect::<Vec<_>>()
    };
    let birthday = |row: &str| record(&key, "birthday", row, "1984-07-03");
    let before = json!({"predicate": "before", "date": "2000-01-01"});
    let adult = json!({"predicate": "age_at_least", "years": 18});
    // A batch counts each of its items, whatever they ask.
    let twice = vec![birthday("17"), birthday("17"), birthday("18")];
    assert_eq!(ask(&before, twice).await, ["true", "true", "true"]);
    assert_eq!(ask(&adult, vec![birthday("17")]).await, ["true"]);
    let refused = "<query_budget_exhausted>";
    assert_eq!(ask(&adult, vec![birthday("17")]).await, [refused]);
    // Every field of a row is of one subject; a row beside it has its own questions.
    let guess = json!({"predicate": "equals", "expected": "Ann"});
    let named = vec![
        record(&key, "name", "17", "Ann"),
        record(&key, "name", "18", "Ann"),
    ];
    assert_eq!(ask(&guess, named).await, [refused, "true"]);
    // A text of the caller's own has nothing to search out.
    let texts = (0..5).map(|_| text("t", "1984-07-03")).collect();
    assert_eq!(ask(&before, texts).await, ["true"; 5]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_name_is_compared_with_another_by_likeness_and_as_a_person() {
    let deployment = Deployment::start().await;
    let key = deployment.data_key().await;
    let client = deployment.client();
    for (parameters, expected) in [
        (
            json!({"predicate": "same_person", "expected": "lee, ann"}),
            "true",
        ),
        (
            json!({"predicate": "same_person", "expected": "Bob Lee"}),
            "false",
        ),
        (
            json!({"predicate": "equals_fuzzy", "expected": "Anne Lee"}),
            "true",
        ),
        (
            json!({"predicate": "equals_fuzzy", "expected": "Anne Lee", "percent": 99}),
            "not_permitted",
        ),
        (
            json!({"predicate": "in_set", "values": ["AT", "DE"]}),
            "false",
        ),
        (
            json!({"predicate": "in_set", "values": ["Ann Lee"]}),
            "not_permitted",
        ),
        (
            json!({"predicate": "before", "date": "1999-01-01"}),
            "not_permitted",
        ),
        (
            json!({"predicate": "before", "date": "2000-01-01"}),
            "<not_a_date>",
        ),
    ] {
        let item = record(&key, "name", "17", "Ann Lee");
        let seen = match client.call(call("verify", &parameters, vec![item])).await {
            Ok(results) => shown(&results[0]),
            Err(error) => error.code().to_owned(),
        };
        assert_eq!(seen, expected, "{parameters}");
    }
}
