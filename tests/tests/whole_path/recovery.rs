//! What docs/RECOVERY.md says to do when something is lost, done: each test loses one thing, sees
//! what breaks and how it is told, and follows the page until everything is right again.

use serde_json::json;
use vouchsafe_common::{attestation::Pcr, message::Item, proof::CallerKey, record::DataKey};
use vouchsafe_tests::{
    Deployment,
    deployment::{record, shown, text},
};

use crate::failures::assert_refuses_to_start;

const SSN: &str = "078-05-1120";

fn ssn(key: &DataKey) -> Item {
    record(key, "ssn", "17", SSN)
}

async fn reveal(deployment: &Deployment, item: Item) -> String {
    shown(&deployment.call("reveal", &json!({}), vec![item]).await[0])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_image_is_replaced_by_another_build_once_the_key_policies_name_it() {
    let deployment = Deployment::start().await;
    let key = deployment.data_key().await;
    // The image that the policies name is gone: what runs is another build.
    let running = deployment.measurements();
    let mut lost = running.clone();
    for pcr in [0, 1, 2] {
        lost.pcrs.insert(pcr, Pcr::measure(&[b'l', pcr]));
    }
    deployment.pin_keys(&[&lost]).await;
    assert_eq!(reveal(&deployment, ssn(&key)).await, "<key_denied>");

    deployment.pin_keys(&[&running]).await;
    assert_eq!(reveal(&deployment, ssn(&key)).await, SSN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_bundle_is_signed_again_from_its_policy() {
    let mut deployment = Deployment::start().await;
    let key = deployment.data_key().await;
    let digest = deployment.measurements().bundle_digest;
    std::fs::remove_file(deployment.directory().join("bundle.cose")).unwrap();
    let why = "boot material: the parent refused: egress_no_boot_material \
               (egress_no_boot_material)";
    assert_refuses_to_start(&mut deployment, why);

    deployment.replace_bundle().await;
    // Ed25519 signs the same bytes alike, so callers go on with the measurements they have.
    assert_eq!(deployment.measurements().bundle_digest, digest);
    assert_eq!(reveal(&deployment, ssn(&key)).await, SSN);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_loss_of_an_authority_a_new_trust_anchor_names_another() {
    let mut deployment = Deployment::start().await;
    let key = deployment.data_key().await;
    let before = deployment.measurements().pcrs[&16];
    deployment.authority = CallerKey::generate_ed25519();
    deployment.anchor["authorities"][0]["key"] = deployment.authority.public_key().to_jwk();
    // Another anchor is another PCR16: until the key policies name it, no record opens.
    deployment.write_anchor();
    deployment.replace_bundle().await;
    assert_ne!(deployment.measurements().pcrs[&16], before);
    assert_eq!(reveal(&deployment, ssn(&key)).await, "<key_denied>");

    deployment.pin_keys(&[&deployment.measurements()]).await;
    assert_eq!(reveal(&deployment, ssn(&key)).await, SSN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_key_is_enabled_by_the_administrator() {
    let deployment = Deployment::start().await;
    let key = deployment.data_key().await;
    let named = json!({"KeyId": deployment.data_key});
    deployment.kms_call("admin", "DisableKey", &named).await;
    assert_eq!(reveal(&deployment, ssn(&key)).await, "<key_disabled>");
    // What needs no key goes on.
    assert_eq!(reveal(&deployment, text("t", SSN)).await, SSN);

    deployment.kms_call("admin", "EnableKey", &named).await;
    assert_eq!(reveal(&deployment, ssn(&key)).await, SSN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_deletion_is_cancelled_and_the_key_enabled() {
    let deployment = Deployment::start().await;
    let key = deployment.data_key().await;
    let named = json!({"KeyId": deployment.data_key});
    let scheduled = json!({"KeyId": deployment.data_key, "PendingWindowInDays": 7});
    deployment
        .kms_call("admin", "ScheduleKeyDeletion", &scheduled)
        .await;
    assert_eq!(reveal(&deployment, ssn(&key)).await, "<key_disabled>");

    deployment
        .kms_call("admin", "CancelKeyDeletion", &named)
        .await;
    assert_eq!(reveal(&deployment, ssn(&key)).await, "<key_disabled>");
    deployment.kms_call("admin", "EnableKey", &named).await;
    assert_eq!(reveal(&deployment, ssn(&key)).await, SSN);
}
