#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use tokio::sync::Semaphore;
use vouchsafe_common::Epoch;

use super::*;

const ARN: &str = "arn:aws:kms:eu-west-1:222222222222:key/12345678-90ab-cdef-1234-567890abcdef";
const OTHER_ARN: &str =
    "arn:aws:kms:eu-west-1:222222222222:key/12345678-90ab-cdef-1234-567890abcde0";

/// Unwraps to the digest of the wrapped key once `gate` opens, and counts.
#[derive(Clone)]
struct FakeKms {
    calls: Arc<AtomicUsize>,
    gate: Arc<Semaphore>,
    outcome: Arc<Mutex<Result<usize, KmsError>>>,
}

impl FakeKms {
    fn open() -> Self {
        let fake = Self::shut();
        fake.gate.add_permits(1_000_000);
        fake
    }

    fn shut() -> Self {
        Self {
            calls: Arc::default(),
            gate: Arc::new(Semaphore::new(0)),
            outcome: Arc::new(Mutex::new(Ok(32))),
        }
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    fn set(&self, outcome: Result<usize, KmsError>) {
        *self.outcome.lock().unwrap() = outcome;
    }
}

impl Unwrap for FakeKms {
    async fn unwrap_key(
        &self,
        _: &KeyArn,
        wrapped: &[u8],
        _: &EncryptionContext,
        _: Instant,
    ) -> Result<Secret<Vec<u8>>, KmsError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.gate.acquire().await.unwrap().forget();
        let length = (*self.outcome.lock().unwrap())?;
        Ok(Secret::new(digest::sha256(&[wrapped])[..length].to_vec()))
    }
}

/// A keyring, its fake KMS and a clock in milliseconds.
struct Fixture {
    keyring: Keyring<FakeKms>,
    kms: FakeKms,
    time: Arc<AtomicU64>,
}

fn fixture(kms: FakeKms, limits: KeyringLimits) -> Fixture {
    let (start, time) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let told = Arc::clone(&time);
    let clock = move || start + Duration::from_millis(told.load(Ordering::SeqCst));
    Fixture {
        keyring: Keyring::with_clock(kms.clone(), limits, Box::new(clock)),
        kms,
        time,
    }
}

fn with(change: impl Fn(&mut KeyringLimits)) -> Fixture {
    let mut limits = KeyringLimits::default();
    change(&mut limits);
    fixture(FakeKms::open(), limits)
}

impl Fixture {
    async fn fetch(&self, wrapped: &[u8]) -> Result<DataKey, KmsError> {
        self.fetch_for(wrapped, 1).await
    }

    async fn fetch_for(&self, wrapped: &[u8], bytes: u64) -> Result<DataKey, KmsError> {
        let (arn, deadline) = (KeyArn::parse(ARN).unwrap(), soon());
        let keyring = &self.keyring;
        keyring
            .data_key(&arn, wrapped, &context(), bytes, deadline)
            .await
    }
}

fn context() -> EncryptionContext {
    EncryptionContext::record("acme", "customers", Epoch(1))
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(10)
}

async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_key_is_fetched_once_and_then_found() {
    let fixture = with(|_| ());
    let key = fixture.fetch(b"wrapped").await.unwrap();
    assert_eq!(*key.expose_secret(), digest::sha256(&[b"wrapped"]));
    let again = fixture.fetch(b"wrapped").await.unwrap();
    assert!(Arc::ptr_eq(&key, &again));
    assert_eq!(fixture.kms.calls(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_requests_for_one_key_make_one_call() {
    let fixture = fixture(FakeKms::shut(), KeyringLimits::default());
    let arn = KeyArn::parse(ARN).unwrap();
    let tasks: Vec<_> = (0..1000)
        .map(|_| {
            let (keyring, arn) = (fixture.keyring.clone(), arn.clone());
            tokio::spawn(async move {
                keyring
                    .data_key(&arn, b"wrapped", &context(), 1, soon())
                    .await
            })
        })
        .collect();
    until(|| fixture.kms.calls() > 0).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    fixture.kms.gate.add_permits(1);
    for task in tasks {
        assert!(task.await.unwrap().is_ok());
    }
    assert_eq!(fixture.kms.calls(), 1);
}

#[tokio::test]
async fn another_arn_wrapped_key_or_context_is_another_key() {
    let fixture = with(|_| ());
    let (arn, other) = (
        KeyArn::parse(ARN).unwrap(),
        KeyArn::parse(OTHER_ARN).unwrap(),
    );
    let foreign = EncryptionContext::record("evil", "customers", Epoch(1));
    let shifted = EncryptionContext::record("acmecustomers", "", Epoch(1));
    let keyring = &fixture.keyring;
    for (count, (arn, wrapped, context)) in (1..).zip([
        (&arn, &b"wrapped"[..], &context()),
        (&other, b"wrapped", &context()),
        (&arn, b"wrappe", &context()),
        (&arn, b"wrapped", &foreign),
        (&arn, b"wrapped", &shifted),
        (&arn, b"wrapped", &EncryptionContext::root("acme", 1)),
    ]) {
        keyring
            .data_key(arn, wrapped, context, 1, soon())
            .await
            .unwrap();
        assert_eq!(fixture.kms.calls(), count);
    }
}

#[tokio::test]
async fn a_failure_is_told_to_all_who_wait_and_then_forgotten() {
    let fixture = fixture(FakeKms::shut(), KeyringLimits::default());
    fixture.kms.set(Err(KmsError::Denied));
    fixture.kms.gate.add_permits(1);
    let outcomes = tokio::join!(fixture.fetch(b"a"), fixture.fetch(b"a"));
    assert_eq!(outcomes.0.unwrap_err(), KmsError::Denied);
    assert_eq!(outcomes.1.unwrap_err(), KmsError::Denied);
    assert_eq!((fixture.kms.calls(), fixture.keyring.len()), (1, 0));
    fixture.kms.set(Ok(32));
    fixture.kms.gate.add_permits(1);
    assert!(fixture.fetch(b"a").await.is_ok());
    assert_eq!(fixture.kms.calls(), 2);
}

#[tokio::test]
async fn a_first_caller_that_leaves_strands_nobody() {
    let fixture = Arc::new(fixture(FakeKms::shut(), KeyringLimits::default()));
    let first = tokio::spawn({
        let fixture = Arc::clone(&fixture);
        async move { fixture.fetch(b"a").await }
    });
    until(|| fixture.kms.calls() == 1).await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    fixture.kms.gate.add_permits(1);
    assert!(fixture.fetch(b"a").await.is_ok());
    assert_eq!(fixture.kms.calls(), 1);
}

#[tokio::test]
async fn each_waiter_has_a_deadline_of_its_own() {
    let fixture = fixture(FakeKms::shut(), KeyringLimits::default());
    let arn = KeyArn::parse(ARN).unwrap();
    let hasty = Instant::now() + Duration::from_millis(30);
    let keyring = &fixture.keyring;
    let late = keyring.data_key(&arn, b"a", &context(), 1, hasty).await;
    assert_eq!(late.unwrap_err(), KmsError::Deadline);
    fixture.kms.gate.add_permits(1);
    assert!(fixture.fetch(b"a").await.is_ok());
    assert_eq!(fixture.kms.calls(), 1);
}

#[tokio::test]
async fn fetches_at_a_time_are_bounded() {
    let limits = KeyringLimits {
        fetches: 1,
        ..KeyringLimits::default()
    };
    let fixture = Arc::new(fixture(FakeKms::shut(), limits));
    let first = tokio::spawn({
        let fixture = Arc::clone(&fixture);
        async move { fixture.fetch(b"a").await }
    });
    until(|| fixture.kms.calls() == 1).await;
    assert_eq!(fixture.fetch(b"b").await.unwrap_err(), KmsError::Busy);
    fixture.kms.gate.add_permits(2);
    assert!(first.await.unwrap().is_ok());
    assert!(fixture.fetch(b"b").await.is_ok());
}

#[tokio::test]
async fn a_key_grows_too_old() {
    let fixture = with(|limits| limits.age = Duration::from_millis(100));
    fixture.fetch(b"a").await.unwrap();
    fixture.time.store(99, Ordering::SeqCst);
    fixture.fetch(b"a").await.unwrap();
    assert_eq!(fixture.kms.calls(), 1);
    fixture.time.store(100, Ordering::SeqCst);
    fixture.fetch(b"a").await.unwrap();
    assert_eq!(fixture.kms.calls(), 2);
}

#[tokio::test]
async fn a_key_serves_so_many_uses_and_bytes_and_no_more() {
    let fixture = with(|limits| limits.uses = 2);
    for calls in [1, 1, 2, 2, 3] {
        fixture.fetch(b"a").await.unwrap();
        assert_eq!(fixture.kms.calls(), calls);
    }
    let fixture = with(|limits| limits.bytes = 100);
    for (bytes, calls) in [(60, 1), (40, 1), (1, 2), (100, 3)] {
        fixture.fetch_for(b"a", bytes).await.unwrap();
        assert_eq!(fixture.kms.calls(), calls);
    }
}

#[tokio::test]
async fn the_key_not_used_for_longest_makes_room() {
    let fixture = with(|limits| limits.entries = 2);
    for (time, wrapped) in (0..).zip([b"a", b"b", b"a", b"c"]) {
        fixture.time.store(time, Ordering::SeqCst);
        fixture.fetch(wrapped).await.unwrap();
    }
    assert_eq!((fixture.kms.calls(), fixture.keyring.len()), (3, 2));
    fixture.fetch(b"a").await.unwrap();
    assert_eq!(fixture.kms.calls(), 3);
    fixture.fetch(b"b").await.unwrap();
    assert_eq!(fixture.kms.calls(), 4);
}

#[tokio::test]
async fn an_evicted_key_is_wiped_when_its_last_user_lets_go() {
    let fixture = with(|limits| limits.age = Duration::from_millis(100));
    let key = fixture.fetch(b"a").await.unwrap();
    let watcher = Arc::downgrade(&key);
    fixture.time.store(100, Ordering::SeqCst);
    fixture.keyring.sweep();
    assert!(fixture.keyring.is_empty());
    assert!(watcher.upgrade().is_some());
    drop(key);
    until(|| watcher.upgrade().is_none()).await;
}

#[tokio::test]
async fn a_key_of_another_length_is_refused() {
    let fixture = with(|_| ());
    fixture.kms.set(Ok(16));
    let error = fixture.fetch(b"a").await.unwrap_err();
    assert_eq!(error, KmsError::DataKeyLength);
    assert_eq!(error.code(), "wrapped_key_invalid");
}
