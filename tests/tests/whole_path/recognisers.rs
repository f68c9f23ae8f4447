//! Recognisers of the policy's own: used whoever asks, and refused before a text meets them.

use serde_json::json;
use vouchsafe_common::bundle;
use vouchsafe_tests::deployment::{Deployment, call, record, shown, text};

use super::failures::{assert_refuses_to_start, wait_until_unready};

#[tokio::test(flavor = "multi_thread")]
async fn what_the_policy_recognises_is_found_and_hidden_for_every_caller() {
    let mut deployment = Deployment::start().await;
    let note = "Badge E-123456 opens blue heron, which is P-123.";
    let nothing = json!({});
    let before = deployment.call("redact", &nothing, vec![text("t", note)]);
    assert_eq!(shown(&before.await[0]), note);

    deployment.policy["recognisers"] = json!([
        {"entity": "STAFF_NUMBER", "pattern": "E-[0-9]{6}", "confidence": 0.3, "context": ["badge"]},
        {"entity": "PROJECT", "words": ["blue heron"], "confidence": 0.9},
        {"entity": "PROJECT", "pattern": "P-[0-9]{3}", "confidence": 0.9},
    ]);
    deployment.replace_bundle().await;
    let key = deployment.data_key().await;
    let hidden = "Badge <STAFF_NUMBER> opens <PROJECT>, which is <PROJECT>.";
    let projects = json!({"entities": ["PROJECT"]});
    let masked = "Badge E-123456 opens **********, which is *****.";
    for (operation, parameters, item, expected) in [
        ("redact", json!({}), text("t", note), hidden),
        (
            "redact",
            json!({}),
            record(&key, "note", "17", note),
            hidden,
        ),
        (
            "detect",
            json!({}),
            text("t", note),
            "STAFF_NUMBER,PROJECT,PROJECT",
        ),
        (
            "detect",
            projects.clone(),
            text("t", note),
            "PROJECT,PROJECT",
        ),
        (
            "detect",
            json!({"thresholds": {"PROJECT": 0.95}}),
            text("t", note),
            "STAFF_NUMBER",
        ),
        ("mask", projects, text("t", note), masked),
    ] {
        let results = deployment.call(operation, &parameters, vec![item]).await;
        assert_eq!(shown(&results[0]), expected, "{operation} {parameters}");
    }
    // Of a value that is well-formed the policy says nothing.
    let validate = call(
        "validate",
        &json!({"entity": "PROJECT"}),
        vec![text("t", "P-123")],
    );
    let refused = deployment.client().call(validate).await.unwrap_err();
    assert_eq!(refused.code(), "invalid_parameter");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enclave_does_not_start_with_a_recogniser_that_could_run_away() {
    let good = json!({"entity": "PROJECT", "words": ["Blue Heron"], "confidence": 0.9});
    let mut deployment = Deployment::start().await;
    for (bad, why) in [
        (
            json!({"entity": "OWN", "pattern": "(a|b)*c", "confidence": 0.9}),
            "a match could be longer than 256 bytes; bound every repetition",
        ),
        (
            json!({"entity": "OWN", "pattern": "([a-z]{0,60}x[a-z]{60}){2}", "confidence": 0.9}),
            "the pattern cannot run in linear time and bounded memory: \
                determinization exceeded size limit of 1048576",
        ),
        (
            json!({"entity": "US_SSN", "words": ["Blue Heron"], "confidence": 0.9}),
            "entity is no name, or that of a type that exists",
        ),
    ] {
        deployment.policy["recognisers"] = json!([good, bad]);
        // Signed by whoever does not look, as `bundle::sign` alone does not.
        let policy = deployment.policy.to_string();
        let signed = bundle::sign(policy.as_bytes(), &deployment.authority).unwrap();
        std::fs::write(deployment.directory().join("bundle.cose"), signed).unwrap();
        let why = format!("policy bundle: recogniser number 1: {why} (bundle_recogniser)");
        assert_refuses_to_start(&mut deployment, &why);
    }
    wait_until_unready(&deployment).await;
    deployment.policy["recognisers"] = json!([good]);
    deployment.replace_bundle().await;
    let (nothing, heron) = (json!({}), text("t", "of Blue Heron"));
    let hidden = deployment.call("redact", &nothing, vec![heron]).await;
    assert_eq!(shown(&hidden[0]), "of <PROJECT>");
}
