//! What a document is worth in other hands than the enclave's.

use serde_json::{Value, json};
use vouchsafe_common::key_configuration::{evidence_user_data, kms_user_data};
use vouchsafe_mock::kms::DEFAULT_REGION;
use vouchsafe_mock::kms::client::KmsClient as Caller;

use super::aws::{Aws, Kind, base64, context, from_base64};
use super::*;
use crate::boot::Seeded;
use crate::cms::CmsError;
use crate::nsm::AttestationRequest;

/// What KMS answers to the parent's role when it shows `document` for `wrapped`.
async fn shown(aws: &Aws, arn: &KeyArn, wrapped: &[u8], document: &[u8]) -> (u16, Value) {
    let caller = Caller::new(aws.state.path(), &aws.kms.endpoint, DEFAULT_REGION).unwrap();
    let input = json!({
        "KeyId": arn.as_str(),
        "CiphertextBlob": base64(wrapped),
        "EncryptionContext": context().to_map(),
        "Recipient": {
            "KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256",
            "AttestationDocument": base64(document),
        },
    });
    let answer = caller.call("enclave-parent", "Decrypt", &input).await;
    let answer = answer.unwrap();
    (answer.status.into(), answer.body)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_document_is_answered_to_the_enclave_s_key_and_to_no_other() {
    let aws = Aws::start().await;
    let arn = aws.key(Kind::Data).await;
    let (wrapped, plain) = aws.writer_data_key(&arn).await;
    // The document that the enclave shows, as whoever has seen it once may show it again.
    let request = AttestationRequest {
        user_data: Some(kms_user_data().to_vec()),
        nonce: None,
        public_key: Some(aws.recipient.public_key().to_vec()),
    };
    let document = aws.nsm.attest(request).await.unwrap();
    for _ in 0..2 {
        let (status, body) = shown(&aws, &arn, &wrapped, &document).await;
        // KMS asks neither how old the document is nor who shows it.
        assert_eq!(status, 200);
        assert_eq!(body["Plaintext"], Value::Null);
        let envelope = from_base64(&body["CiphertextForRecipient"]);
        let holds = envelope.windows(plain.len()).any(|part| part == plain);
        assert!(!holds, "the data key stands in the answer");
        let thief = RecipientKey::generate(Seeded::for_test()).unwrap();
        let error = cms::open(&envelope, &thief).unwrap_err();
        assert_eq!(error, CmsError::ForeignRecipient);
        // Nor with the thief named as recipient: the content key is not encrypted to it.
        let id = aws.recipient.id();
        let at = envelope.windows(32).position(|part| part == id).unwrap();
        let mut readdressed = envelope.clone();
        readdressed[at..at + 32].copy_from_slice(thief.id());
        let error = cms::open(&readdressed, &thief).unwrap_err();
        assert_eq!(error, CmsError::Decrypt);
        let opened = cms::open(&envelope, &aws.recipient).unwrap();
        assert_eq!(*opened.expose_secret(), plain);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_made_as_evidence_releases_nothing() {
    let aws = Aws::start().await;
    let arn = aws.key(Kind::Data).await;
    let (wrapped, _) = aws.writer_data_key(&arn).await;
    let request = AttestationRequest {
        user_data: Some(evidence_user_data(b"key configuration").to_vec()),
        nonce: Some(vec![7; 32]),
        public_key: None,
    };
    let evidence = aws.nsm.attest(request).await.unwrap();
    let (status, body) = shown(&aws, &arn, &wrapped, &evidence).await;
    assert_eq!(status, 400);
    assert_eq!(body["__type"], "ValidationException");
    assert!(body.get("CiphertextForRecipient").is_none() && body.get("Plaintext").is_none());
}
