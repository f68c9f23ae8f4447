//! Secrets that stay, and moving on from them: roots and their versions, epochs of records, and the
//! floors of the trust anchor below which neither is taken, whoever signed or sealed it.

use serde_json::{Value, json};
use vouchsafe_client::CallError;
use vouchsafe_common::{
    Epoch,
    message::{Item, Outcome},
    record::SealedRecord,
};
use vouchsafe_mock::kms::operations::Operation;
use vouchsafe_tests::{
    Deployment,
    deployment::{call, record, sealed_record, shown, text},
};

use crate::failures::assert_refuses_to_start;

const SSN: &str = "078-05-1120";

/// What becomes of one text.
async fn done(deployment: &Deployment, operation: &str, parameters: Value, value: &str) -> String {
    let items = vec![text("t", value)];
    shown(&deployment.call(operation, &parameters, items).await[0])
}

async fn on_ssn(deployment: &Deployment, operation: &str, value: &str) -> String {
    done(deployment, operation, json!({"entity": "US_SSN"}), value).await
}

async fn pseudonym_of(deployment: &Deployment, version: u32) -> String {
    let parameters = json!({"entity": "US_SSN", "version": version});
    done(deployment, "pseudonymize", parameters, SSN).await
}

async fn reveal(deployment: &Deployment, item: Item) -> String {
    shown(&deployment.call("reveal", &json!({}), vec![item]).await[0])
}

/// Signs the policy with these roots and the next serial, and starts everything with it.
pub(crate) async fn name_roots(deployment: &mut Deployment, roots: &[&Value]) {
    let serial = deployment.policy["serial"].as_u64().unwrap();
    deployment.policy["serial"] = (serial + 1).into();
    deployment.policy["roots"] = roots.iter().copied().cloned().collect();
    deployment.replace_bundle().await;
}

fn kms_calls(deployment: &Deployment) -> usize {
    deployment.kms.control.counters().calls.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_lets_old_tokens_open_until_their_root_is_no_longer_named() {
    let mut deployment = Deployment::start().await;
    assert_eq!(on_ssn(&deployment, "tokenize", SSN).await, "<root_missing>");
    let first = deployment.create_root(1).await;
    name_roots(&mut deployment, &[&first]).await;
    let old = on_ssn(&deployment, "tokenize", SSN).await;
    assert!(old.starts_with("vs1.US_SSN.k1."), "{old}");
    assert_eq!(on_ssn(&deployment, "tokenize", SSN).await, old);
    let old_pseudonym = on_ssn(&deployment, "pseudonymize", SSN).await;

    // Overlap: both are named. The newest seals, both open.
    let second = deployment.create_root(2).await;
    name_roots(&mut deployment, &[&second, &first]).await;
    let new = on_ssn(&deployment, "tokenize", SSN).await;
    assert!(new.starts_with("vs1.US_SSN.k2."), "{new}");
    for token in [&old, &new] {
        assert_eq!(on_ssn(&deployment, "detokenize", token).await, SSN);
        assert_eq!(on_ssn(&deployment, "retokenize", token).await, new);
    }
    let within = json!({"entity": "US_SSN", "inline": true});
    let text = format!("first {old}, then {new}.");
    assert_eq!(
        done(&deployment, "detokenize", within, &text).await,
        format!("first {SSN}, then {SSN}.")
    );
    let new_pseudonym = on_ssn(&deployment, "pseudonymize", SSN).await;
    assert!(new_pseudonym.starts_with("vp1.US_SSN.k2."));
    assert_eq!(pseudonym_of(&deployment, 1).await, old_pseudonym);
    assert_eq!(pseudonym_of(&deployment, 2).await, new_pseudonym);
    assert_eq!(pseudonym_of(&deployment, 3).await, "<root_missing>");

    // The old root's blob still lies with the parent; the bundle no longer names it.
    name_roots(&mut deployment, &[&second]).await;
    for operation in ["detokenize", "retokenize"] {
        let refused = on_ssn(&deployment, operation, &old).await;
        assert_eq!(refused, "<root_missing>", "{operation}");
    }
    assert_eq!(pseudonym_of(&deployment, 1).await, "<root_missing>");
    assert_eq!(on_ssn(&deployment, "detokenize", &new).await, SSN);
    assert_eq!(on_ssn(&deployment, "tokenize", SSN).await, new);
}

#[tokio::test(flavor = "multi_thread")]
async fn below_the_floor_of_the_trust_anchor_no_root_counts_whoever_signed_for_it() {
    let mut deployment = Deployment::start().await;
    let first = deployment.create_root(1).await;
    let second = deployment.create_root(2).await;
    name_roots(&mut deployment, &[&first]).await;
    let old = on_ssn(&deployment, "tokenize", SSN).await;
    name_roots(&mut deployment, &[&second, &first]).await;

    deployment.anchor["tenants"][0]["floors"]["root_version"] = 2.into();
    deployment.write_anchor();
    let why = "policy bundle: root number 1 has version 1, \
               the trust anchor asks for 2 or later (policy_bundle)";
    assert_refuses_to_start(&mut deployment, why);

    deployment.policy["roots"] = json!([second]);
    deployment.replace_anchor().await;
    deployment.kms.control.reset_counters();
    assert_eq!(pseudonym_of(&deployment, 1).await, "<root_below_floor>");
    let made = done(&deployment, "create_root", json!({"version": 1}), "").await;
    assert_eq!(made, "<root_below_floor>");
    assert_eq!(kms_calls(&deployment), 0);
    assert_eq!(
        on_ssn(&deployment, "detokenize", &old).await,
        "<root_below_floor>"
    );
    let new = on_ssn(&deployment, "tokenize", SSN).await;
    assert_eq!(on_ssn(&deployment, "detokenize", &new).await, SSN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_opens_only_as_what_it_was_made_for() {
    let mut deployment = Deployment::start().await;
    deployment.add_root().await;
    // A field of a sealed record becomes a token that never was in clear outside.
    let key = deployment.data_key().await;
    let claims = json!({"entity": "US_SSN", "context": "claims"});
    let item = record(&key, "ssn", "17", SSN);
    let made = deployment.call("tokenize", &claims, vec![item]).await;
    let token = shown(&made[0]);
    assert!(token.starts_with("vs1.US_SSN.k1."), "{token}");
    assert_eq!(
        done(&deployment, "detokenize", claims.clone(), &token).await,
        SSN
    );

    let refused = "<token_not_authentic>";
    assert_eq!(on_ssn(&deployment, "detokenize", &token).await, refused);
    assert_eq!(on_ssn(&deployment, "retokenize", &token).await, refused);
    let renamed = token.replace("US_SSN", "SEX");
    let opened = done(
        &deployment,
        "detokenize",
        json!({"entity": "SEX"}),
        &renamed,
    )
    .await;
    assert_eq!(opened, refused);
    let opened = done(&deployment, "detokenize", claims.clone(), &renamed).await;
    assert_eq!(opened, refused);
    let opened = done(&deployment, "detokenize", claims.clone(), SSN).await;
    assert_eq!(opened, "<token_malformed>");
    let long = "x".repeat(4_097);
    assert_eq!(
        on_ssn(&deployment, "tokenize", &long).await,
        "<text_too_long>"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_few_values_is_refused_without_a_context_and_one_unnamed_in_the_grant_too() {
    let deployment = Deployment::start().await;
    for (parameters, code) in [
        (json!({"entity": "SEX"}), "context_required"),
        (
            json!({"entity": "SEX", "context": "survey"}),
            "not_permitted",
        ),
        (json!({"entity": "PERSON"}), "not_permitted"),
        (json!({"entity": "no name"}), "invalid_parameter"),
    ] {
        let call = call("tokenize", &parameters, vec![text("t", "f")]);
        let refused: CallError = deployment.client().call(call).await.unwrap_err();
        assert_eq!(refused.code(), code, "{parameters}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_resealed_to_a_new_epoch_open_when_older_ones_no_longer_do() {
    let mut deployment = Deployment::start().await;
    let key = deployment.data_key().await;
    let rows = || -> Vec<Item> {
        let rows = ["17", "18", "19"].iter();
        rows.map(|row| record(&key, "ssn", row, SSN)).collect()
    };
    deployment.kms.control.reset_counters();
    let results = deployment
        .call("reseal", &json!({"epoch": 2}), rows())
        .await;
    let resealed: Vec<_> = results
        .iter()
        .map(|result| record_in(&result.outcome))
        .collect();
    // One data key came in and one was made, for three records.
    let counters = deployment.kms.control.counters();
    assert_eq!(counters.calls_of(Operation::Decrypt), 1);
    assert_eq!(counters.calls_of(Operation::GenerateDataKey), 1);
    let wrapped = |record: &[u8]| {
        let record = SealedRecord::parse(record).unwrap();
        assert_eq!(record.epoch(), Epoch(2));
        assert_eq!(record.key_arn(), deployment.data_key);
        record.wrapped_key().to_vec()
    };
    assert_eq!(wrapped(&resealed[0]), wrapped(&resealed[2]));
    let again = deployment
        .call("reseal", &json!({"epoch": 2}), rows())
        .await;
    assert_ne!(
        wrapped(&record_in(&again[0].outcome)),
        wrapped(&resealed[0])
    );
    // In its own place it opens, and in its neighbour's not.
    let new = |row: &str| sealed_record("ssn", row, resealed[0].clone());
    assert_eq!(reveal(&deployment, new("17")).await, SSN);
    assert_eq!(
        reveal(&deployment, new("18")).await,
        "<record_not_authentic>"
    );
    assert_eq!(reveal(&deployment, rows().remove(0)).await, SSN);

    deployment.anchor["tenants"][0]["floors"]["epoch"] = 2.into();
    deployment.replace_anchor().await;
    deployment.kms.control.reset_counters();
    assert_eq!(
        reveal(&deployment, rows().remove(0)).await,
        "<epoch_below_floor>"
    );
    assert_eq!(kms_calls(&deployment), 0);
    assert_eq!(reveal(&deployment, new("17")).await, SSN);
    // Nor is a record of now moved back.
    let back = json!({"epoch": 1});
    let back = deployment.call("reseal", &back, vec![new("17")]).await;
    assert_eq!(shown(&back[0]), "<epoch_below_floor>");
    // What a writer seals in the new epoch opens, and counts as what it says.
    let current = deployment.data_key_of(Epoch(2)).await;
    let item = record(&current, "ssn", "20", SSN);
    assert_eq!(reveal(&deployment, item).await, SSN);
}

#[tokio::test(flavor = "multi_thread")]
async fn resealing_takes_records_alone_and_epochs_that_the_grant_names() {
    let deployment = Deployment::start().await;
    let inline = done(&deployment, "reseal", json!({"epoch": 2}), SSN).await;
    assert_eq!(inline, "<invalid_value>");
    let key = deployment.data_key().await;
    for (parameters, code) in [
        (json!({"epoch": 3}), "not_permitted"),
        (json!({"epoch": "2"}), "invalid_parameter"),
        (json!({"epoch": -1}), "invalid_parameter"),
        (json!({}), "invalid_parameter"),
    ] {
        let items = vec![record(&key, "ssn", "17", SSN)];
        let call = call("reseal", &parameters, items);
        let refused = deployment.client().call(call).await.unwrap_err();
        assert_eq!(refused.code(), code, "{parameters}");
    }
    let items = vec![record(&key, "ssn", "17", SSN)];
    let below = deployment.call("reseal", &json!({"epoch": 0}), items).await;
    assert_eq!(shown(&below[0]), "<epoch_below_floor>");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_a_format_below_the_floor_is_refused_before_kms_is_asked() {
    let mut deployment = Deployment::start().await;
    let key = deployment.data_key().await;
    let item = || record(&key, "ssn", "17", SSN);
    assert_eq!(reveal(&deployment, item()).await, SSN);
    deployment.anchor["floors"]["record_format"] = 2.into();
    deployment.replace_anchor().await;
    deployment.kms.control.reset_counters();
    assert_eq!(reveal(&deployment, item()).await, "<format_below_floor>");
    assert_eq!(kms_calls(&deployment), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_that_was_good_once_is_refused_when_the_floor_has_passed_it() {
    let mut deployment = Deployment::start().await;
    let bundle = deployment.directory().join("bundle.cose");
    let old = std::fs::read(&bundle).unwrap();
    deployment.policy["serial"] = 2.into();
    deployment.anchor["floors"]["bundle_serial"] = 2.into();
    deployment.replace_anchor().await;
    let new = std::fs::read(&bundle).unwrap();

    std::fs::write(&bundle, old).unwrap();
    let why =
        "policy bundle: bundle has serial 1, the trust anchor asks for 2 or later (policy_bundle)";
    assert_refuses_to_start(&mut deployment, why);
    std::fs::write(&bundle, new).unwrap();
    deployment.restart_enclave().await;
    assert_eq!(reveal(&deployment, text("t", SSN)).await, SSN);
}

/// The record in an outcome.
fn record_in(outcome: &Outcome) -> Vec<u8> {
    match outcome {
        Outcome::Record { record, .. } => record.to_vec(),
        other => panic!("{other:?}"),
    }
}
