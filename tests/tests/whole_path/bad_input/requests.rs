//! Requests that open and ask for what does not exist, is out of range or is not theirs.

use std::time::Duration;

use serde_json::json;
use vouchsafe_client::Call;
use vouchsafe_common::{
    Secret,
    limits::{MAX_ITEMS, MAX_NAME_BYTES},
    message::{Refusal, Reply},
};
use vouchsafe_tests::{
    Deployment, Options,
    deployment::{call, now, text},
    wire,
};

use super::{assert_serves, assert_unharmed, results};

#[tokio::test(flavor = "multi_thread")]
async fn what_an_operation_does_not_have_is_refused_by_name() {
    let mut deployment = Deployment::start().await;
    let client = deployment.client();
    for (code, operation, parameters) in [
        ("unknown_operation", "unmask", json!({})),
        ("unknown_operation", "Mask", json!({})),
        ("unknown_operation", "mask\0", json!({})),
        ("unknown_parameter", "mask", json!({"keep_lst": 4})),
        ("unknown_parameter", "reveal", json!({"keep_last": 4})),
        ("unknown_parameter", "detect", json!({"": 4})),
        (
            "unknown_parameter",
            "create_root",
            json!({"version": 1, "key": "x"}),
        ),
        ("invalid_parameter", "mask", json!({"keep_last": "4"})),
        ("invalid_parameter", "mask", json!({"keep_last": 4.5})),
        ("invalid_parameter", "mask", json!({"keep_last": null})),
        (
            "invalid_parameter",
            "mask",
            json!({"keep_last": 1_u64 << 40}),
        ),
        ("invalid_parameter", "mask", json!({"with": ""})),
        ("invalid_parameter", "mask", json!({"with": "ab"})),
        ("invalid_parameter", "mask", json!({"skip": "0123456789"})),
        (
            "invalid_parameter",
            "mask",
            json!({"entities": ["NO_SUCH_ENTITY"]}),
        ),
        ("invalid_parameter", "mask", json!({"entities": []})),
        ("invalid_parameter", "mask", json!({"threshold": 0.5})),
        (
            "invalid_parameter",
            "redact",
            json!({"entities": ["NO_SUCH_ENTITY"]}),
        ),
        ("invalid_parameter", "redact", json!({"entities": "US_SSN"})),
        ("invalid_parameter", "redact", json!({"threshold": 1.5})),
        (
            "invalid_parameter",
            "detect",
            json!({"entities": ["us_ssn"]}),
        ),
        ("invalid_parameter", "detect", json!({"offsets": "line"})),
        (
            "invalid_parameter",
            "detect",
            json!({"language": "English"}),
        ),
        ("invalid_parameter", "verify", json!({})),
        ("invalid_parameter", "verify", json!({"predicate": "like"})),
        (
            "invalid_parameter",
            "verify",
            json!({"predicate": "equals"}),
        ),
        (
            "invalid_parameter",
            "verify",
            json!({"predicate": "age_at_least"}),
        ),
        (
            "invalid_parameter",
            "verify",
            json!({"predicate": "age_at_least", "years": -1}),
        ),
        ("invalid_parameter", "pseudonymize", json!({})),
        ("invalid_parameter", "pseudonymize", json!({"entity": ""})),
        (
            "invalid_parameter",
            "pseudonymize",
            json!({"entity": "A", "bytes": 1}),
        ),
        ("invalid_parameter", "create_root", json!({})),
        ("invalid_parameter", "create_root", json!({"version": -1})),
    ] {
        let asked = call(operation, &parameters, vec![text("t", "x")]);
        let seen = results(&client, asked).await;
        assert_eq!(seen, Err(code.to_owned()), "{operation} {parameters}");
    }
    assert_serves(&client).await;
    assert_unharmed(&mut deployment);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_no_items_too_many_or_a_name_out_of_bounds_is_refused() {
    type Change = fn(&mut Call);
    let mut deployment = Deployment::start().await;
    let client = deployment.client();
    let cases: [(&str, Change); 13] = [
        ("item_count", |call| call.items.clear()),
        ("item_count", |call| {
            let more = (0..MAX_ITEMS).map(|_| text("t", "x"));
            call.items.extend(more);
        }),
        ("invalid_name", |call| call.items[0].reference.clear()),
        ("invalid_name", |call| call.items[0].reference = long()),
        ("invalid_name", |call| call.items.push(text(&long(), "x"))),
        ("invalid_name", |call| call.tenant = long()),
        ("invalid_name", |call| call.tenant.clear()),
        ("invalid_name", |call| call.dataset = long()),
        ("invalid_name", |call| call.dataset.clear()),
        ("invalid_name", |call| call.purpose = long()),
        ("invalid_name", |call| call.purpose.clear()),
        ("invalid_name", |call| call.operation = long()),
        ("invalid_name", |call| call.operation.clear()),
    ];
    for (index, (code, change)) in cases.into_iter().enumerate() {
        let mut asked = call("mask", &json!({}), vec![text("t", "x")]);
        change(&mut asked);
        let seen = results(&client, asked).await;
        assert_eq!(seen, Err(code.to_owned()), "case {index}");
        assert_serves(&client).await;
    }
    // The bounds themselves are within.
    let longest = "r".repeat(MAX_NAME_BYTES);
    let items = (0..MAX_ITEMS).map(|_| text(&longest, "x")).collect();
    let seen = results(&client, call("mask", &json!({}), items)).await;
    assert_eq!(seen, Ok(vec!["*".to_owned(); MAX_ITEMS]));
    assert_unharmed(&mut deployment);
}

fn long() -> String {
    "n".repeat(MAX_NAME_BYTES + 1)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_policy_does_not_grant_is_refused_without_a_word_about_what_exists() {
    type Change = fn(&mut Call);
    let mut deployment = Deployment::start().await;
    let client = deployment.client();
    let cases: [Change; 5] = [
        |call| call.purpose = "marketing".into(),
        // In the trust anchor, and not this caller's.
        |call| call.tenant = "bolt".into(),
        // Nowhere.
        |call| call.tenant = "nobody".into(),
        |call| call.tenant = "acme\0".into(),
        |call| call.tenant = "ACME".into(),
    ];
    for (index, change) in cases.into_iter().enumerate() {
        let mut asked = call("reveal", &json!({}), vec![text("t", "x")]);
        change(&mut asked);
        let seen = results(&client, asked).await;
        assert_eq!(seen, Err("not_permitted".to_owned()), "case {index}");
    }
    // An age that the policy does not list could search a birthday out.
    let age = json!({"predicate": "age_at_least", "years": 19});
    let asked = call("verify", &age, vec![text("t", "2000-01-01")]);
    let seen = results(&client, asked).await;
    assert_eq!(seen, Err("not_permitted".to_owned()));
    assert_serves(&client).await;
    assert_unharmed(&mut deployment);
}

#[tokio::test(flavor = "multi_thread")]
async fn values_to_compare_with_come_for_every_item_or_for_all_at_once() {
    let mut deployment = Deployment::start().await;
    let client = deployment.client();
    let with = |other: Option<&str>| {
        let mut item = text("t", "a");
        item.other = other.map(|other| Secret::new(other.into()));
        item
    };
    let equals = json!({"predicate": "equals"});
    let expecting = json!({"predicate": "equals", "expected": "a"});
    let refusal = Err("invalid_parameter".to_owned());
    for (parameters, items) in [
        (&equals, vec![with(Some("a")), with(None)]),
        (&expecting, vec![with(Some("a"))]),
        (&expecting, vec![with(None), with(Some("a"))]),
    ] {
        let seen = results(&client, call("verify", parameters, items)).await;
        assert_eq!(seen, refusal);
    }
    let items = vec![with(Some("a")), with(Some("b"))];
    let seen = results(&client, call("verify", &equals, items)).await;
    assert_eq!(seen, Ok(vec!["true".to_owned(), "false".to_owned()]));
    assert_unharmed(&mut deployment);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_past_its_validity_grants_nothing_more() {
    const LIFE: Duration = Duration::from_secs(8);
    let not_after = now().plus(LIFE);
    let mut deployment = Deployment::with(Options {
        policy: json!({"not_after": not_after}),
        ..Options::default()
    })
    .await;
    assert_serves(&deployment.client()).await;
    let enclave = deployment.verified().await;
    tokio::time::sleep(not_after.distance(now()) + Duration::from_millis(50)).await;
    // A client sees it in the evidence; whoever seals all the same is told so.
    let attested = deployment.client().attest().await;
    let error = attested.expect_err("the keys go by the policy's time");
    assert_eq!(error.code(), "key_configuration_expired");
    let request = wire::request("mask", &json!({}), vec![text("t", "x")]);
    let (sealed, opener) = deployment.seal(&enclave, &request);
    let reply = deployment.post(&sealed).await.unwrap();
    let refused = opener.open(&reply).unwrap();
    let expected = Refusal::PolicyExpired;
    assert!(matches!(refused, Reply::Refused { code } if code == expected));
    assert_unharmed(&mut deployment);
}
