//! What the image refuses to start with, and a document of it that says debug mode.

use aws_lc_rs::{
    encoding::{AsDer as _, PublicKeyX509Der},
    rsa::{KeySize, PrivateDecryptingKey},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use coset::{CborSerializable, CoseSign1, cbor::Value as Cbor};
use serde_json::{Value, json};
use vouchsafe_common::{
    attestation::{AttestationError, Expected, inspect},
    bundle,
    proof::CallerKey,
};
use vouchsafe_mock::{
    kms::{DEFAULT_REGION, client::KmsClient},
    nsm::Resigner,
};
use vouchsafe_tests::{
    Deployment,
    deployment::{DATASET, TENANT, now},
};

use super::{options, turn};

#[tokio::test(flavor = "multi_thread")]
async fn beside_an_unsigned_older_or_foreign_bundle_the_image_does_not_start() {
    let Some((machine, _turn)) = turn().await else {
        return;
    };
    let mut deployment = Deployment::with(options(machine)).await;
    let good = deployment.policy.to_string();
    deployment.policy["serial"] = 0.into();
    let older = deployment.policy.to_string();
    let signed = |policy: &str, by: &CallerKey| bundle::sign(policy.as_bytes(), by).unwrap();
    let bundles = [
        (
            "bundle is not a COSE_Sign1 of the profile",
            good.clone().into_bytes(),
        ),
        (
            "bundle has serial 0, the trust anchor asks for 1 or later",
            signed(&older, &deployment.authority),
        ),
        (
            "bundle is not signed by an authority of the trust anchor",
            signed(&good, &CallerKey::generate_ed25519()),
        ),
    ];
    for (why, bytes) in bundles {
        std::fs::write(deployment.directory().join("bundle.cose"), bytes).unwrap();
        deployment.replace_enclave();
        deployment.assert_refused_to_start(&format!("policy bundle: {why} (policy_bundle)"));
        assert!(!deployment.is_ready().await, "{why}");
    }
}

/// A document with this key, and with the registers of the image zero or as they are.
fn altered(deployment: &Deployment, document: &[u8], public_key: &[u8], zero: bool) -> Vec<u8> {
    let mut signed = CoseSign1::from_slice(document).unwrap();
    let payload = signed.payload.take().unwrap();
    let mut payload: Cbor = coset::cbor::de::from_reader(&*payload).unwrap();
    for (name, value) in payload.as_map_mut().unwrap() {
        match name.as_text().unwrap() {
            "public_key" => *value = Cbor::Bytes(public_key.to_vec()),
            "pcrs" if zero => {
                for (index, register) in value.as_map_mut().unwrap() {
                    if index.as_integer().unwrap() <= 2.into() {
                        *register = Cbor::Bytes(vec![0; 48]);
                    }
                }
            }
            _ => {}
        }
    }
    let mut bytes = Vec::new();
    coset::cbor::ser::into_writer(&payload, &mut bytes).unwrap();
    signed.payload = Some(bytes);
    let resigner = Resigner::load(&deployment.state()).unwrap();
    resigner.resign(&signed.to_vec().unwrap()).unwrap()
}

/// What KMS says to a decryption with this document, asked with the parent's own credentials.
async fn decrypt(deployment: &Deployment, wrapped: &[u8], document: &[u8]) -> Value {
    let client = KmsClient::new(
        &deployment.state(),
        &deployment.kms.endpoint,
        DEFAULT_REGION,
    );
    let input = json!({
        "KeyId": deployment.data_key,
        "CiphertextBlob": STANDARD.encode(wrapped),
        "EncryptionContext":
            {"vouchsafe": "1", "tenant": TENANT, "dataset": DATASET, "epoch": "1"},
        "Recipient": {
            "KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256",
            "AttestationDocument": STANDARD.encode(document),
        },
    });
    let answer = client
        .unwrap()
        .call("enclave-parent", "Decrypt", &input)
        .await
        .unwrap();
    match answer.error() {
        Some(error) => error.into(),
        None => answer.body,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_of_the_image_in_debug_mode_gets_nothing_from_kms_or_callers() {
    let Some((machine, _turn)) = turn().await else {
        return;
    };
    let deployment = Deployment::with(options(machine)).await;
    let (_, wrapped) = deployment.raw_data_key("writer", TENANT).await;
    let key = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
    let key: PublicKeyX509Der = key.public_key().as_der().unwrap();
    let document = deployment.evidence(&[7; 32]).await.document;
    let altered = |zero| altered(&deployment, &document, key.as_ref(), zero);

    let released = decrypt(&deployment, &wrapped, &altered(false)).await;
    assert!(released["CiphertextForRecipient"].is_string(), "{released}");
    let refused = decrypt(&deployment, &wrapped, &altered(true)).await;
    assert_eq!(refused, "AccessDeniedException");
    let inspected = inspect(
        &altered(true),
        &deployment.root(),
        now(),
        &Expected::default(),
        false,
    );
    assert_eq!(inspected, Err(AttestationError::DebugMode));
}
