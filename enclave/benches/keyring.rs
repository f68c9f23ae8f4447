//! What the keyring saves: calls to KMS and time when thousands of requests want the same keys.
//!
//! Run by `cargo bench -p vouchsafe-enclave --bench keyring`. KMS is a stand-in that counts calls and
//! answers after a while, as the real one across a network does; so the numbers are the keyring's own.
//! Prints calls, time for all and the cost of one look-up that hits. docs/BENCHMARKS.md has what we saw.

#![allow(clippy::unwrap_used, reason = "a benchmark stops where it fails")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use vouchsafe_common::encryption_context::EncryptionContext;
use vouchsafe_common::key_arn::KeyArn;
use vouchsafe_common::{Epoch, Secret, digest};
use vouchsafe_enclave::keyring::{Keyring, KeyringLimits, Unwrap};
use vouchsafe_enclave::kms::KmsError;

const ARN: &str = "arn:aws:kms:eu-west-1:222222222222:key/12345678-90ab-cdef-1234-567890abcdef";

/// What a call to KMS takes.
const CALL: Duration = Duration::from_millis(5);

/// Look-ups that hit, one after the other.
const HITS: u32 = 200_000;

#[derive(Clone, Default)]
struct Counting(Arc<AtomicUsize>);

impl Unwrap for Counting {
    async fn unwrap_key(
        &self,
        _: &KeyArn,
        wrapped: &[u8],
        _: &EncryptionContext,
        _: Instant,
    ) -> Result<Secret<Vec<u8>>, KmsError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(CALL).await;
        Ok(Secret::new(digest::sha256(&[wrapped]).to_vec()))
    }
}

#[tokio::main]
async fn main() {
    // `cargo test --all-targets` runs benchmarks too, without this argument.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    for (requests, keys) in [(1_000, 1), (10_000, 100)] {
        let kms = Counting::default();
        let keyring = Keyring::new(kms.clone(), KeyringLimits::default());
        let start = Instant::now();
        let tasks: Vec<_> = (0..requests)
            .map(|request| tokio::spawn(fetch(keyring.clone(), request % keys)))
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        println!(
            "{requests} requests at once for {keys} keys: {} calls, {:.1} ms (a call takes {} ms)",
            kms.0.load(Ordering::Relaxed),
            start.elapsed().as_secs_f64() * 1e3,
            CALL.as_millis(),
        );
    }
    let keyring = Keyring::new(Counting::default(), KeyringLimits::default());
    fetch(keyring.clone(), 0).await;
    let start = Instant::now();
    for _ in 0..HITS {
        fetch(keyring.clone(), 0).await;
    }
    let each = start.elapsed().as_secs_f64() * 1e9 / f64::from(HITS);
    println!("a look-up that hits: {each:.0} ns");
}

async fn fetch(keyring: Keyring<Counting>, key: u32) {
    let arn = KeyArn::parse(ARN).unwrap();
    let context = EncryptionContext::record("acme", "customers", Epoch(1));
    let deadline = Instant::now() + Duration::from_secs(10);
    keyring
        .data_key(&arn, &key.to_be_bytes(), &context, 1, deadline)
        .await
        .unwrap();
}
