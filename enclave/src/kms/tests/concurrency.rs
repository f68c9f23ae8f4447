//! Thousands who want data keys at the same time.

use vouchsafe_mock::kms::operations::Operation;

use super::aws::{Aws, Kind, context};
use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_requests_for_a_hundred_keys_make_a_hundred_calls() {
    const KEYS: usize = 100;
    let aws = Aws::start().await;
    let arn = aws.key(Kind::Data).await;
    let mut made = Vec::new();
    for _ in 0..KEYS {
        made.push(aws.writer_data_key(&arn).await);
    }
    let (_parent, kms) = aws.enclave();
    let keyring = Keyring::new(Arc::new(kms), KeyringLimits::default());
    let deadline = Instant::now() + Duration::from_mins(1);
    let tasks: Vec<_> = (0..100 * KEYS)
        .map(|request| {
            let (keyring, arn) = (keyring.clone(), arn.clone());
            let (wrapped, plain) = made[request % KEYS].clone();
            tokio::spawn(async move {
                let key = keyring
                    .data_key(&arn, &wrapped, &context(), 1, deadline)
                    .await;
                assert_eq!(key.unwrap().expose_secret()[..], plain);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let counters = aws.kms.control.counters();
    assert_eq!(counters.calls_of(Operation::Decrypt), KEYS as u64);
}
