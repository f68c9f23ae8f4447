//! Sealed personal data in, results out, with the key policy that is made for this image.

use serde_json::json;
use vouchsafe_common::attestation::Pcr;
use vouchsafe_mock::kms::operations::Operation;
use vouchsafe_tests::{
    Deployment,
    deployment::{call, record, shown, text},
    enclave::Enclave,
};

use super::{SSN, options, reveal, ssn, turn};

#[tokio::test(flavor = "multi_thread")]
async fn the_image_does_what_callers_ask_of_sealed_records_and_text() {
    let Some((machine, _turn)) = turn().await else {
        return;
    };
    let mut deployment = Deployment::with(options(machine)).await;
    deployment.add_root().await;
    let key = deployment.data_key().await;
    let client = deployment.client();
    let one = async |operation, parameters, item| {
        let results = client.call(call(operation, &parameters, vec![item])).await;
        shown(&results.unwrap()[0])
    };
    let keep_four = json!({"keep_last": 4, "skip": "-"});
    assert_eq!(one("mask", keep_four, ssn(&key)).await, "***-**-1120");
    let note = "Call Jo at +1 202-555-0141 or jo@example.com.";
    assert_eq!(
        one("redact", json!({}), record(&key, "note", "17", note)).await,
        "Call <PERSON> at <PHONE_NUMBER> or <EMAIL_ADDRESS>."
    );
    assert_eq!(
        one("detect", json!({}), text("t", note)).await,
        "PERSON,PHONE_NUMBER,EMAIL_ADDRESS"
    );
    let adult = json!({"predicate": "age_at_least", "years": 18});
    let born = record(&key, "birthday", "17", "1961-07-24");
    assert_eq!(one("verify", adult, born).await, "true");
    let entity = json!({"entity": "US_SSN"});
    let pseudonym = one("pseudonymize", entity.clone(), ssn(&key)).await;
    assert!(pseudonym.starts_with("vp1.US_SSN.k1."), "{pseudonym}");
    assert_eq!(one("pseudonymize", entity, text("t", SSN)).await, pseudonym);

    let Enclave::Machine(machine) = &deployment.enclave else {
        unreachable!("it was deployed on a machine");
    };
    assert!(machine.has_booted(), "no heartbeat came");
    let leaks = deployment.leaks(SSN).await;
    assert!(leaks.is_empty(), "{leaks:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn kms_releases_a_key_to_the_registers_of_this_image_and_to_no_others() {
    let Some((machine, _turn)) = turn().await else {
        return;
    };
    let deployment = Deployment::with(options(machine)).await;
    let key = deployment.data_key().await;
    let measured = deployment.measurements();
    for pcr in [0, 1, 2, 16] {
        let mut other = measured.clone();
        other.pcrs.insert(pcr, Pcr([0xa5; 48]));
        deployment.pin_keys(&[&other]).await;
        let refused = reveal(&deployment, ssn(&key)).await;
        assert_eq!(refused, "<key_denied>", "PCR{pcr}");
    }
    deployment.pin_keys(&[&measured]).await;
    deployment.kms.control.reset_counters();
    assert_eq!(reveal(&deployment, ssn(&key)).await, SSN);
    let counters = deployment.kms.control.counters();
    assert_eq!(counters.calls_of(Operation::Decrypt), 1);
}
