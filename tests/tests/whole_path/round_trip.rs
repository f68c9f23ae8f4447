//! Every operation, from sealed items to opened results.

use serde_json::json;
use vouchsafe_common::{limits::MAX_DATA_KEYS, message::Outcome};
use vouchsafe_mock::kms::operations::Operation;
use vouchsafe_tests::deployment::{Deployment, call, record, shown, text};

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_works_on_sealed_records_and_inline_text() {
    let mut deployment = Deployment::start().await;
    deployment.add_root().await;
    let key = deployment.data_key().await;
    let ssn = || record(&key, "ssn", "17", "078-05-1120");
    let note = "Call Jo at +1 202-555-0141 or jo@example.com.";
    let client = deployment.client();
    let one = async |operation, parameters, item| {
        let results = client
            .call(call(operation, &parameters, vec![item]))
            .await
            .unwrap();
        shown(&results[0])
    };

    let keep_four = json!({"keep_last": 4, "skip": "-"});
    assert_eq!(one("mask", keep_four, ssn()).await, "***-**-1120");
    assert_eq!(
        one("redact", json!({}), record(&key, "note", "17", note)).await,
        "Call <PERSON> at <PHONE_NUMBER> or <EMAIL_ADDRESS>."
    );
    assert_eq!(
        one("redact", json!({}), text("t", note)).await,
        "Call <PERSON> at <PHONE_NUMBER> or <EMAIL_ADDRESS>."
    );
    assert_eq!(
        one("detect", json!({}), text("t", note)).await,
        "PERSON,PHONE_NUMBER,EMAIL_ADDRESS"
    );
    let equals = |expected| json!({"predicate": "equals", "expected": expected});
    assert_eq!(one("verify", equals("078-05-1120"), ssn()).await, "true");
    assert_eq!(one("verify", equals("078-05-1121"), ssn()).await, "false");
    let adult = json!({"predicate": "age_at_least", "years": 18});
    let born = |date| record(&key, "birthday", "17", date);
    assert_eq!(
        one("verify", adult.clone(), born("1961-07-24")).await,
        "true"
    );
    assert_eq!(
        one("verify", adult.clone(), born("2020-01-01")).await,
        "false"
    );
    assert_eq!(one("verify", adult, born("no date")).await, "<not_a_date>");
    assert_eq!(one("reveal", json!({}), ssn()).await, "078-05-1120");
    let entity = json!({"entity": "US_SSN"});
    let pseudonym = one("pseudonymize", entity.clone(), ssn()).await;
    assert!(pseudonym.starts_with("vp1.US_SSN.k1."), "{pseudonym}");
    assert_eq!(
        one("pseudonymize", entity.clone(), text("t", "078-05-1120")).await,
        pseudonym
    );
    assert_ne!(
        one("pseudonymize", entity, text("t", "078-05-1121")).await,
        pseudonym
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_data_key_costs_one_kms_call_however_many_records_it_seals() {
    let deployment = Deployment::start().await;
    let key = deployment.data_key().await;
    deployment.kms.control.reset_counters();
    let items: Vec<_> = (0..1_000)
        .map(|row| record(&key, "ssn", &row.to_string(), "078-05-1120"))
        .collect();
    let results = deployment
        .call("mask", &json!({"keep_last": 4}), items)
        .await;
    assert_eq!(results.len(), 1_000);
    for (row, result) in results.iter().enumerate() {
        assert_eq!(
            (result.reference.as_str(), shown(result).as_str()),
            (format!("{row}/ssn").as_str(), "*******1120")
        );
    }
    assert_eq!(
        deployment
            .kms
            .control
            .counters()
            .calls_of(Operation::Decrypt),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_fails_leaves_the_others_alone() {
    let deployment = Deployment::start().await;
    let (key, other) = (deployment.data_key().await, deployment.data_key().await);
    let mut moved = record(&key, "ssn", "2", "078-05-1120");
    if let vouchsafe_common::message::Input::Record { record_id, .. } = &mut moved.input {
        *record_id = "3".into();
    }
    let items = vec![
        record(&key, "ssn", "1", "078-05-1120"),
        moved,
        record(&other, "ssn", "4", "1"),
    ];
    let results = deployment.call("reveal", &json!({}), items).await;
    let shown: Vec<_> = results.iter().map(shown).collect();
    assert_eq!(shown, ["078-05-1120", "<record_not_authentic>", "1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_root_never_leaves_and_its_blob_counts_only_when_the_bundle_names_it() {
    let mut deployment = Deployment::start().await;
    let entity = json!({"entity": "US_SSN"});
    let before = deployment
        .call("pseudonymize", &entity, vec![text("t", "x")])
        .await;
    assert_eq!(shown(&before[0]), "<root_missing>");
    deployment.add_root().await;
    let made = deployment
        .call("pseudonymize", &entity, vec![text("t", "x")])
        .await;
    assert!(matches!(made[0].outcome, Outcome::Text(_)), "{:?}", made[0]);
    // The same root after a restart gives the same pseudonym.
    deployment.restart_enclave().await;
    let again = deployment
        .call("pseudonymize", &entity, vec![text("t", "x")])
        .await;
    assert_eq!(shown(&again[0]), shown(&made[0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_asks_for_no_more_data_keys_than_it_may() {
    let deployment = Deployment::start().await;
    let mut items = Vec::new();
    for row in 0..=MAX_DATA_KEYS {
        let key = deployment.data_key().await;
        items.push(record(&key, "ssn", &row.to_string(), "078-05-1120"));
    }
    deployment.kms.control.reset_counters();
    let results = deployment.call("reveal", &json!({}), items).await;
    let opened = results
        .iter()
        .filter(|result| shown(result) == "078-05-1120");
    assert_eq!(opened.count(), MAX_DATA_KEYS);
    assert_eq!(shown(&results[MAX_DATA_KEYS]), "<too_many_keys>");
    let calls = deployment
        .kms
        .control
        .counters()
        .calls_of(Operation::Decrypt);
    assert_eq!(calls, MAX_DATA_KEYS as u64);
}
