//! The image with one bit changed, and the image beside another trust anchor: both boot, both say
//! what they are, and neither gets a request or a key.

use serde_json::json;
use vouchsafe_client::{Client, Identity, MockRoot};
use vouchsafe_common::{attestation::Expectations, proof::CallerKey};
use vouchsafe_tests::{
    Deployment,
    deployment::{call, text},
    images::Images,
};

use super::{HARMLESS, SSN, options, reveal, ssn, turn};

/// What a client that pins these gets from the enclave of a deployment.
async fn outcome(deployment: &Deployment, pinned: Expectations) -> Result<usize, String> {
    let root = MockRoot::of_der(&deployment.root_der());
    let identity = Identity::Registered {
        name: "crm".into(),
        key: deployment.caller_key(),
    };
    let client = Client::builder(&deployment.url, root, pinned)
        .identity(identity)
        .build()
        .unwrap();
    let call = call("reveal", &json!({}), vec![text("t", SSN)]);
    let answered = client.call(call).await;
    answered
        .map(|results| results.len())
        .map_err(|error| error.code().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_with_one_bit_changed_gets_no_request_and_no_key() {
    let Some((mut machine, _turn)) = turn().await else {
        return;
    };
    let image = Images::find().unwrap().image("mock");
    let folder = tempfile::tempdir().unwrap();
    machine.eif = folder.path().join("enclave.eif");
    std::fs::write(&machine.eif, image.with_a_change_of(HARMLESS).bytes()).unwrap();
    // Everything pins the changed image here, until the keys and the second client do not.
    let deployment = Deployment::with(options(machine)).await;
    let key = deployment.data_key().await;
    let measured = deployment.measurements();
    let mut original = measured.clone();
    original.pcrs.extend(image.registers());
    let differ = [0, 1, 2, 16].map(|pcr| measured.pcrs[&pcr] != original.pcrs[&pcr]);
    assert_eq!(differ, [true, false, true, false]);

    deployment.pin_keys(&[&original]).await;
    assert_eq!(reveal(&deployment, ssn(&key)).await, "<key_denied>");
    let pinned = deployment.expectations();
    assert_eq!(outcome(&deployment, pinned.clone()).await, Ok(1));
    let pinned = Expectations {
        pcr0: original.pcrs[&0],
        pcr2: original.pcrs[&2],
        ..pinned
    };
    assert_eq!(
        outcome(&deployment, pinned).await,
        Err("pcr_mismatch".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_another_trust_anchor_the_image_gets_no_request_and_no_key() {
    let Some((machine, _turn)) = turn().await else {
        return;
    };
    let mut deployment = Deployment::with(options(machine)).await;
    let key = deployment.data_key().await;
    assert_eq!(reveal(&deployment, ssn(&key)).await, SSN);
    let pinned = deployment.expectations();
    // A parent that makes itself the authority, and signs the same policy.
    deployment.authority = CallerKey::generate_ed25519();
    let jwk = deployment.authority.public_key().to_jwk();
    deployment.anchor["authorities"][0]["key"] = serde_json::to_value(jwk).unwrap();
    deployment.write_anchor();
    deployment.replace_bundle().await;
    assert_eq!(
        outcome(&deployment, pinned).await,
        Err("pcr_mismatch".to_owned())
    );
    assert_eq!(reveal(&deployment, ssn(&key)).await, "<key_denied>");
}
