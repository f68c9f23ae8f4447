//! What a narrow grant does not give away, whatever the parameters.

use serde_json::{Value, json};
use vouchsafe_tests::deployment::{DATASET, Deployment, Options, TENANT, call, record, shown};

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
            "predicates": ["age_at_least"], "ages": [18],
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
