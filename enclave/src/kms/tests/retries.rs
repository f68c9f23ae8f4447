//! What is tried again, how often, and when calls stop.

use vouchsafe_mock::kms::control::Fault;
use vouchsafe_mock::kms::operations::Operation;

use super::aws::{Aws, Kind, context};
use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn only_what_may_pass_is_tried_again() {
    let aws = Aws::start().await;
    let arn = aws.key(Kind::Data).await;
    let (wrapped, plain) = aws.writer_data_key(&arn).await;
    let (_parent, kms) = aws.enclave();
    for (name, refused) in [
        ("ThrottlingException", None),
        ("LimitExceededException", None),
        ("KMSInternalException", None),
        ("DependencyTimeoutException", None),
        ("KeyUnavailableException", None),
        ("KMSInvalidStateException", Some(KmsError::KeyDisabled)),
    ] {
        aws.kms.control.clear();
        aws.kms.control.reset_counters();
        let fault = format!("error:{name}:1").parse().unwrap();
        aws.kms.control.inject(fault);
        let outcome = kms.decrypt(&arn, &wrapped, &context(), soon()).await;
        let calls = aws.kms.control.counters().calls_of(Operation::Decrypt);
        match refused {
            None => {
                assert_eq!(*outcome.unwrap().expose_secret(), plain, "{name}");
                assert_eq!(calls, 2, "{name}");
            }
            Some(error) => {
                assert_eq!(outcome.unwrap_err(), error, "{name}");
                assert_eq!(calls, 1, "{name}");
            }
        }
    }
    // Nor is a denial worth a second attempt.
    let altered = aws.key(Kind::ForAnotherImage).await;
    let (theirs, _) = aws.writer_data_key(&altered).await;
    aws.kms.control.clear();
    aws.kms.control.reset_counters();
    let denied = kms.decrypt(&altered, &theirs, &context(), soon()).await;
    assert_eq!(denied.unwrap_err(), KmsError::Denied);
    assert_eq!(aws.kms.control.counters().calls_of(Operation::Decrypt), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn retries_end_with_the_deadline_whatever_is_left_of_them() {
    let aws = Aws::start().await;
    let arn = aws.key(Kind::Data).await;
    let (wrapped, _) = aws.writer_data_key(&arn).await;
    let (_parent, kms) = aws.enclave();
    // Each attempt takes most of the caller's time, so the second is cut off and there is no third.
    aws.kms.control.inject("throttle:1000".parse().unwrap());
    aws.kms
        .control
        .inject(Fault::Slow(Duration::from_millis(400)));
    let deadline = Instant::now() + Duration::from_millis(600);
    let outcome = kms.decrypt(&arn, &wrapped, &context(), deadline).await;
    assert_eq!(outcome.unwrap_err(), KmsError::Deadline);
    assert!(aws.kms.control.counters().calls_of(Operation::Decrypt) <= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_kms_is_away_calls_are_refused_at_once_and_cached_keys_go_on() {
    let aws = Aws::start().await;
    let arn = aws.key(Kind::Data).await;
    let (cached, plain) = aws.writer_data_key(&arn).await;
    let (fresh, _) = aws.writer_data_key(&arn).await;
    let (parent, kms) = aws.enclave();
    let keyring = Keyring::new(Arc::new(kms), KeyringLimits::default());
    let fetch = async |wrapped: &[u8]| keyring.data_key(&arn, wrapped, &context(), 1, soon()).await;
    fetch(&cached).await.unwrap();

    aws.kms.control.inject(Fault::Down);
    // Five calls of four attempts each find it out.
    for _ in 0..5 {
        assert_eq!(fetch(&fresh).await.unwrap_err(), KmsError::Unavailable);
    }
    let asked = parent.asked().len();
    for _ in 0..50 {
        let error = fetch(&fresh).await.unwrap_err();
        assert_eq!(
            (error, error.code()),
            (KmsError::Unavailable, "kms_unavailable")
        );
        assert_eq!(fetch(&cached).await.unwrap().expose_secret()[..], plain);
    }
    assert_eq!(
        parent.asked().len(),
        asked,
        "the parent was asked for a way"
    );
}
