#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

mod aws;
mod concurrency;
mod documents;
mod retries;
mod scripted;
mod secrecy;

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use vouchsafe_common::Epoch;
use vouchsafe_common::egress::{EgressAnswer, EgressQuery, EgressRefusal};
use vouchsafe_mock::kms::control::Fault;
use vouchsafe_mock::kms::operations::Operation;

use super::*;
use crate::fixture::soon;
use crate::keyring::{Keyring, KeyringLimits};
use crate::tls::{self, Roots};

use aws::{Aws, Kind, context, relay};
use scripted::Script;

#[tokio::test(flavor = "multi_thread")]
async fn what_a_writer_wrapped_the_attested_enclave_unwraps() {
    let aws = Aws::start().await;
    let arn = aws.key(Kind::Data).await;
    let (wrapped, plain) = aws.writer_data_key(&arn).await;
    let (parent, kms) = aws.enclave();
    for _ in 0..3 {
        let key = kms
            .decrypt(&arn, &wrapped, &context(), soon())
            .await
            .unwrap();
        assert_eq!(*key.expose_secret(), plain);
    }
    // One stream and one question for credentials served all three calls.
    let asked = parent.asked();
    let streams = asked
        .iter()
        .filter(|query| **query != EgressQuery::Credentials);
    assert_eq!((streams.count(), asked.len()), (1, 2));
    assert_eq!(aws.kms.control.counters().calls_of(Operation::Decrypt), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_root_is_made_and_unwrapped_inside_only() {
    let aws = Aws::start().await;
    let arn = aws.key(Kind::Root).await;
    let (_parent, kms) = aws.enclave();
    let root = EncryptionContext::root("acme", 1);
    let (wrapped, plain) = kms.generate_data_key(&arn, &root, soon()).await.unwrap();
    let again = kms.decrypt(&arn, &wrapped, &root, soon()).await.unwrap();
    assert_eq!(plain.expose_secret().len(), 32);
    assert_eq!(plain.expose_secret(), again.expose_secret());
    let other = EncryptionContext::root("acme", 2);
    let error = kms
        .decrypt(&arn, &wrapped, &other, soon())
        .await
        .unwrap_err();
    assert_eq!(error, KmsError::WrappedKeyInvalid);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_context_another_image_and_a_disabled_key_are_refused() {
    let aws = Aws::start().await;
    let arn = aws.key(Kind::Data).await;
    let (wrapped, _) = aws.writer_data_key(&arn).await;
    let (_parent, kms) = aws.enclave();
    let foreign = EncryptionContext::record("evil", "customers", Epoch(1));
    let error = kms
        .decrypt(&arn, &wrapped, &foreign, soon())
        .await
        .unwrap_err();
    assert_eq!(error, KmsError::WrappedKeyInvalid);

    let altered = aws.key(Kind::ForAnotherImage).await;
    let (theirs, _) = aws.writer_data_key(&altered).await;
    let error = kms
        .decrypt(&altered, &theirs, &context(), soon())
        .await
        .unwrap_err();
    assert_eq!((error, error.code()), (KmsError::Denied, "kms_denied"));

    aws.admin("DisableKey", &serde_json::json!({"KeyId": arn.as_str()}))
        .await;
    let error = kms
        .decrypt(&arn, &wrapped, &context(), soon())
        .await
        .unwrap_err();
    assert_eq!(
        (error, error.code()),
        (KmsError::KeyDisabled, "key_disabled")
    );

    let absent = KeyArn::parse(&arn.as_str().replace(&arn.as_str()[50..], &"0".repeat(26)));
    assert!(absent.is_err(), "a shortened id is no ARN");
    let (text, zeros) = (arn.as_str(), "00000000-0000-4000-8000-000000000000");
    let absent = KeyArn::parse(&format!("{}{zeros}", &text[..text.len() - 36])).unwrap();
    let made = kms.generate_data_key(&absent, &context(), soon()).await;
    assert_eq!(made.unwrap_err(), KmsError::KeyNotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrapped_key_of_an_impossible_length_costs_no_call() {
    let aws = Aws::start().await;
    let arn = aws.key(Kind::Data).await;
    let (parent, kms) = aws.enclave();
    for wrapped in [&[][..], &[0; MAX_WRAPPED_KEY_BYTES + 1]] {
        let error = kms
            .decrypt(&arn, wrapped, &context(), soon())
            .await
            .unwrap_err();
        assert_eq!(error, KmsError::WrappedKeyInvalid);
    }
    assert_eq!(parent.asked(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_with_plaintext_or_by_another_key_is_refused() {
    let aws = Aws::start().await;
    let arn = aws.key(Kind::Data).await;
    let (wrapped, _) = aws.writer_data_key(&arn).await;
    for (fault, expected, code) in [
        (
            Fault::Plaintext,
            KmsError::PlaintextReply,
            "kms_plaintext_reply",
        ),
        (
            Fault::ForeignKeyId,
            KmsError::ForeignKey,
            "kms_reply_invalid",
        ),
    ] {
        aws.kms.control.clear();
        aws.kms.control.inject(fault);
        let (_parent, kms) = aws.enclave();
        let error = kms
            .decrypt(&arn, &wrapped, &context(), soon())
            .await
            .unwrap_err();
        assert_eq!((error, error.code()), (expected, code));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn throttling_is_retried_and_then_reported() {
    let aws = Aws::start().await;
    let arn = aws.key(Kind::Data).await;
    let (wrapped, _) = aws.writer_data_key(&arn).await;
    let (_parent, kms) = aws.enclave();
    aws.kms.control.inject("throttle:2".parse().unwrap());
    assert!(
        kms.decrypt(&arn, &wrapped, &context(), soon())
            .await
            .is_ok()
    );
    assert_eq!(aws.kms.control.counters().calls_of(Operation::Decrypt), 3);
    aws.kms.control.inject("throttle:1000".parse().unwrap());
    let error = kms
        .decrypt(&arn, &wrapped, &context(), soon())
        .await
        .unwrap_err();
    assert_eq!(
        (error, error.code()),
        (KmsError::Throttled, "kms_throttled")
    );
    aws.kms
        .control
        .inject("error:KMSInternalException".parse().unwrap());
    let error = kms
        .decrypt(&arn, &wrapped, &context(), soon())
        .await
        .unwrap_err();
    assert_eq!(error, KmsError::Unavailable);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kms_that_is_away_or_slow_is_unavailable_within_the_deadline() {
    let aws = Aws::start().await;
    let arn = aws.key(Kind::Data).await;
    let (wrapped, _) = aws.writer_data_key(&arn).await;
    let (_parent, kms) = aws.enclave();
    aws.kms.control.inject(Fault::Slow(Duration::from_secs(5)));
    let started = Instant::now();
    let deadline = started + Duration::from_millis(300);
    let error = kms
        .decrypt(&arn, &wrapped, &context(), deadline)
        .await
        .unwrap_err();
    assert_eq!(
        (error, error.code()),
        (KmsError::Deadline, "kms_unavailable")
    );
    assert!(started.elapsed() < Duration::from_secs(2));
    aws.kms.control.clear();
    aws.kms.control.inject(Fault::Down);
    let error = kms
        .decrypt(&arn, &wrapped, &context(), soon())
        .await
        .unwrap_err();
    assert_eq!(error, KmsError::Unavailable);
    aws.kms.control.clear();
    assert!(
        kms.decrypt(&arn, &wrapped, &context(), soon())
            .await
            .is_ok()
    );
    let over = kms
        .decrypt(&arn, &wrapped, &context(), Instant::now())
        .await;
    assert_eq!(over.unwrap_err(), KmsError::Deadline);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_authority_s_certificate_is_an_impostor_s() {
    let aws = Aws::start().await;
    let arn = aws.key(Kind::Data).await;
    let parent = aws.parent();
    let tls = tls::client_config(Roots::amazon().unwrap(), aws.clock.clone()).unwrap();
    let kms = aws.client(&parent, tls);
    let error = kms
        .decrypt(&arn, b"wrapped", &context(), soon())
        .await
        .unwrap_err();
    assert_eq!((error, error.code()), (KmsError::Impostor, "kms_impostor"));
    // It was not asked again, and nothing but a TLS greeting ever left.
    let streams = parent.asked().into_iter();
    let streams = streams.filter(|query| *query != EgressQuery::Credentials);
    assert_eq!(streams.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enclave_without_a_time_believes_no_certificate() {
    let aws = Aws::start().await;
    let arn = aws.key(Kind::Data).await;
    let roots = Roots::from_pem(&aws.kms.ca_pem).unwrap();
    let tls = tls::client_config(roots, EnclaveClock::new()).unwrap();
    let parent = aws.parent();
    let kms = aws.client(&parent, tls);
    let error = kms
        .decrypt(&arn, b"wrapped", &context(), soon())
        .await
        .unwrap_err();
    assert_eq!(error, KmsError::Impostor);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parent_that_rewrites_bytes_only_breaks_the_stream() {
    let aws = Aws::start().await;
    let arn = aws.key(Kind::Data).await;
    let (wrapped, _) = aws.writer_data_key(&arn).await;
    let credentials = aws.credentials();
    let parent = crate::fixture::Parent::start(move |query, stream| {
        let credentials = credentials();
        async move {
            relay(query, stream, credentials, |mut near, mut far| async move {
                let (mut from_near, mut to_near) = tokio::io::split(&mut near);
                let (mut from_far, mut to_far) = far.split();
                let rewrite = async {
                    let (mut buffer, mut passed) = (vec![0; 4096], 0);
                    while let Ok(count @ 1..) = from_far.read(&mut buffer).await {
                        passed += count;
                        // Past the handshake: inside the reply.
                        if passed > 2600 {
                            buffer[count - 1] ^= 1;
                        }
                        if to_near.write_all(&buffer[..count]).await.is_err() {
                            break;
                        }
                    }
                };
                let _ = tokio::join!(tokio::io::copy(&mut from_near, &mut to_far), rewrite);
            })
            .await;
        }
    });
    let kms = aws.client(&parent, aws.trusting());
    let error = kms
        .decrypt(&arn, &wrapped, &context(), soon())
        .await
        .unwrap_err();
    assert_eq!(error, KmsError::Unavailable);
    assert!(aws.kms.control.counters().calls_of(Operation::Decrypt) > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_none_and_a_closed_way_out_are_told_apart() {
    let aws = Aws::start().await;
    let arn = aws.key(Kind::Data).await;
    let attempt = async |parent: &crate::fixture::Parent| {
        let kms = aws.client(parent, aws.trusting());
        kms.decrypt(&arn, b"wrapped", &context(), soon())
            .await
            .unwrap_err()
    };
    let forged = crate::fixture::Parent::start(|query, stream| async move {
        relay(query, stream, aws::forged_credentials(), aws::pipe).await;
    });
    assert_eq!(attempt(&forged).await, KmsError::Credentials);
    let code = EgressRefusal::NoCredentials;
    let poor = crate::fixture::Parent::answering(move || EgressAnswer::Refused { code });
    let error = attempt(&poor).await;
    assert_eq!(
        (error, error.code()),
        (KmsError::Credentials, "kms_credentials")
    );
    let credentials = aws.credentials();
    let walled =
        crate::fixture::Parent::answering(move || EgressAnswer::Credentials(credentials()));
    assert_eq!(attempt(&walled).await, KmsError::Unavailable);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_asks_kms_once_for_many() {
    let aws = Aws::start().await;
    let arn = aws.key(Kind::Data).await;
    let (wrapped, plain) = aws.writer_data_key(&arn).await;
    let (_parent, kms) = aws.enclave();
    let keyring = Keyring::new(Arc::new(kms), KeyringLimits::default());
    let tasks: Vec<_> = (0..200)
        .map(|_| {
            let (keyring, arn, wrapped) = (keyring.clone(), arn.clone(), wrapped.clone());
            tokio::spawn(async move {
                keyring
                    .data_key(&arn, &wrapped, &context(), 1, soon())
                    .await
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap().expose_secret()[..], plain);
    }
    assert_eq!(aws.kms.control.counters().calls_of(Operation::Decrypt), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_that_are_not_the_protocol_are_refused() {
    let aws = Aws::start().await;
    let arn = aws.key(Kind::Data).await;
    let key_id = arn.as_str();
    let envelope = "MIAGCSqGSIb3DQEHA6CA";
    for (reply, expected) in [
        (serde_json::json!({"KeyId": key_id}), KmsError::NoEnvelope),
        (
            serde_json::json!({"KeyId": key_id, "CiphertextForRecipient": envelope}),
            KmsError::Envelope(crate::cms::CmsError::Ber),
        ),
        (
            serde_json::json!({"KeyId": key_id, "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}),
            KmsError::ForeignAlgorithm,
        ),
        (serde_json::json!({}), KmsError::ForeignKey),
        (serde_json::json!({"KeyId": 7}), KmsError::MalformedReply),
        (
            serde_json::json!({"KeyId": "x".repeat(70_000)}),
            KmsError::MalformedReply,
        ),
    ] {
        let script = Script::start(&aws, 200, reply.to_string()).await;
        let kms = script.client(&aws);
        let error = kms
            .decrypt(&arn, b"wrapped", &context(), soon())
            .await
            .unwrap_err();
        assert_eq!(error, expected, "{reply:.60}");
    }
    for (status, expected) in [(503, KmsError::Unavailable), (418, KmsError::Rejected)] {
        let script = Script::start(&aws, status, "nothing of KMS".into()).await;
        let kms = script.client(&aws);
        let error = kms
            .decrypt(&arn, b"wrapped", &context(), soon())
            .await
            .unwrap_err();
        assert_eq!(error, expected, "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_data_key_without_its_wrapped_form_is_refused() {
    let aws = Aws::start().await;
    let arn = aws.key(Kind::Root).await;
    let public = aws.recipient.public_key();
    let sealed = vouchsafe_mock::kms::cms::RecipientKey::parse(public).unwrap();
    let sealed = sealed.seal(&[7; 32]).unwrap();
    let reply = serde_json::json!({
        "KeyId": arn.as_str(),
        "CiphertextForRecipient": aws::base64(&sealed),
    });
    let script = Script::start(&aws, 200, reply.to_string()).await;
    let made = script
        .client(&aws)
        .generate_data_key(&arn, &context(), soon())
        .await;
    assert_eq!(made.unwrap_err(), KmsError::NoWrappedKey);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_security_module_there_is_nothing_to_show() {
    struct Broken;
    impl crate::nsm::Nsm for Broken {
        fn process(
            &self,
            _: aws_nitro_enclaves_nsm_api::api::Request,
        ) -> aws_nitro_enclaves_nsm_api::api::Response {
            aws_nitro_enclaves_nsm_api::api::Response::LockPCR
        }
    }
    let mut aws = Aws::start().await;
    let arn = aws.key(Kind::Data).await;
    aws.nsm = NsmHandle::start(Broken).unwrap();
    let (parent, kms) = aws.enclave();
    let error = kms
        .decrypt(&arn, b"wrapped", &context(), soon())
        .await
        .unwrap_err();
    let nsm = crate::nsm::NsmError::UnexpectedAnswer;
    assert_eq!(
        (error, error.code()),
        (KmsError::Attestation(nsm), nsm.code())
    );
    assert_eq!(parent.asked(), []);
}
