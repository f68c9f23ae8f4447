//! KMS in one region: the SDK's client for it, how it tries again, and when it stops trying.
//!
//! What the SDK does well is left to it: signing, full-jitter backoff, which errors are worth another
//! attempt, a quota of retries that all calls share, and the time limits of attempt and call. What it
//! lacks is next door: [`super::breaker`]. Everything a client is made of is an argument here; nothing
//! is read from the environment or from files, since `aws-config`, which would, is no dependency.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_kms::Client;
use aws_sdk_kms::config::retry::RetryConfig;
use aws_sdk_kms::config::timeout::TimeoutConfig;
use aws_sdk_kms::config::{
    BehaviorVersion, Builder, Config, Region, SharedAsyncSleep, SharedHttpClient,
    StalledStreamProtectionConfig,
};
use tokio::time::timeout_at;

use super::KmsError;
use super::breaker::Breaker;
use crate::nsm::EnclaveClock;

/// The longest one attempt may take; what is left of the caller's time bounds it further.
const ATTEMPT_DEADLINE: Duration = Duration::from_secs(3);

/// Attempts per call, the first included.
const MAX_ATTEMPTS: u32 = 4;

/// The bound of the first wait between attempts, doubled each time; the wait itself is drawn evenly
/// from nothing to the bound, so that enclaves which failed together do not come back together.
const FIRST_BACKOFF: Duration = Duration::from_millis(50);

/// The bound of any wait between attempts.
const MAX_BACKOFF: Duration = Duration::from_secs(1);

/// What a client is made of; see [`sdk_config`].
pub(super) struct Parts {
    pub(super) region: String,
    pub(super) url: String,
    pub(super) credentials: SharedCredentialsProvider,
    pub(super) http: SharedHttpClient,
    pub(super) sleep: SharedAsyncSleep,
    pub(super) clock: EnclaveClock,
}

/// One region's client behind its breaker.
#[derive(Debug)]
pub(super) struct RegionalKms {
    pub(super) client: Client,
    breaker: Mutex<Breaker>,
}

impl RegionalKms {
    pub(super) fn new(parts: Parts) -> Self {
        Self {
            client: Client::from_conf(sdk_config(parts)),
            breaker: Mutex::default(),
        }
    }

    /// Carries out `call` before `deadline`, unless KMS has been away for a while.
    pub(super) async fn call<T>(
        &self,
        deadline: Instant,
        call: impl Future<Output = Result<T, KmsError>>,
    ) -> Result<T, KmsError> {
        let start = Instant::now();
        if start >= deadline {
            return Err(KmsError::Deadline);
        }
        if !self.breaker().admits(start) {
            return Err(KmsError::Unavailable);
        }
        let outcome = timeout_at(deadline.into(), call)
            .await
            .unwrap_or(Err(KmsError::Deadline));
        match outcome.as_ref().err() {
            Some(KmsError::Unavailable) => self.breaker().failed(Instant::now()),
            // Silence counts if KMS had the time of an attempt; a caller in a hurry proves nothing.
            Some(KmsError::Deadline) if deadline - start >= ATTEMPT_DEADLINE => {
                self.breaker().failed(Instant::now());
            }
            // Not KMS's doing, so no news of it.
            Some(
                KmsError::Deadline
                | KmsError::Credentials
                | KmsError::Impostor
                | KmsError::Attestation(_),
            ) => {}
            // An answer. Throttling is one too: to stop calling altogether would make a limit an
            // outage, and the SDK's quota of retries eases the load already.
            _ => self.breaker().answered(),
        }
        outcome
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The whole configuration of the SDK.
fn sdk_config(parts: Parts) -> Config {
    Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(parts.region))
        .endpoint_url(parts.url)
        .credentials_provider(parts.credentials)
        .http_client(parts.http)
        .sleep_impl(parts.sleep)
        .time_source(parts.clock)
        // The time is the hypervisor's, and no reply corrects it.
        .disable_clock_skew_correction(true)
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(MAX_ATTEMPTS)
                .with_initial_backoff(FIRST_BACKOFF)
                .with_max_backoff(MAX_BACKOFF),
        )
        // Replies are short and read whole, within the attempt's own deadline.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build()
}

/// The time limits of one call: all its attempts and waits end by `deadline`.
///
/// # Errors
/// [`KmsError::Deadline`] when that is over.
pub(super) fn within(deadline: Instant) -> Result<Builder, KmsError> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(KmsError::Deadline);
    }
    let limits = TimeoutConfig::builder()
        .operation_timeout(left)
        .operation_attempt_timeout(left.min(ATTEMPT_DEADLINE))
        .build();
    Ok(Config::builder().timeout_config(limits))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use aws_credential_types::Credentials;
    use aws_sdk_kms::config::retry::RetryPartition;
    use aws_sdk_kms::primitives::Blob;
    use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep};
    use aws_smithy_runtime_api::client::http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
    };
    use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
    use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
    use aws_smithy_types::body::SdkBody;

    use super::*;
    use crate::nsm::NsmError;

    /// Throttles every call until its last attempt.
    #[derive(Clone, Debug, Default)]
    struct Throttling(Arc<AtomicUsize>);

    impl HttpConnector for Throttling {
        fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
            let last = MAX_ATTEMPTS as usize - 1;
            let is_last = self.0.fetch_add(1, Ordering::SeqCst) % MAX_ATTEMPTS as usize == last;
            let (status, body) = if is_last {
                (200, "{}")
            } else {
                (400, r#"{"__type":"ThrottlingException"}"#)
            };
            let reply = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
            HttpConnectorFuture::ready(Ok(reply))
        }
    }

    impl HttpClient for Throttling {
        fn http_connector(
            &self,
            _: &HttpConnectorSettings,
            _: &RuntimeComponents,
        ) -> SharedHttpConnector {
            SharedHttpConnector::new(self.clone())
        }
    }

    /// Writes waits down instead of waiting. Longer ones are time limits, which never strike here.
    #[derive(Clone, Debug, Default)]
    struct Notes(Arc<Mutex<Vec<Duration>>>);

    impl AsyncSleep for Notes {
        fn sleep(&self, wait: Duration) -> Sleep {
            if wait > MAX_BACKOFF {
                return Sleep::new(std::future::pending());
            }
            self.0.lock().unwrap().push(wait);
            Sleep::new(std::future::ready(()))
        }
    }

    fn regional(http: SharedHttpClient, sleep: SharedAsyncSleep) -> RegionalKms {
        RegionalKms::new(Parts {
            region: "eu-west-1".into(),
            url: "https://kms.eu-west-1.amazonaws.com".into(),
            credentials: SharedCredentialsProvider::new(Credentials::new(
                "AKID", "secret", None, None, "test",
            )),
            http,
            sleep,
            clock: EnclaveClock::new(),
        })
    }

    #[tokio::test]
    async fn waits_are_drawn_evenly_below_a_bound_that_doubles() {
        const CALLS: u32 = 400;
        let (http, notes) = (Throttling::default(), Notes::default());
        let kms = regional(
            SharedHttpClient::new(http.clone()),
            SharedAsyncSleep::new(notes.clone()),
        );
        for call in 0..CALLS {
            // A quota of retries of its own, or so many in a row would use up the common one.
            let quota = RetryPartition::new(format!("test {call}"));
            let call = kms.client.decrypt().ciphertext_blob(Blob::new(b"wrapped"));
            let call = call
                .customize()
                .config_override(Config::builder().retry_partition(quota));
            call.send().await.unwrap();
        }
        assert_eq!(
            http.0.load(Ordering::SeqCst),
            (CALLS * MAX_ATTEMPTS) as usize
        );
        let waits = notes.0.lock().unwrap();
        let retries = MAX_ATTEMPTS as usize - 1;
        assert_eq!(waits.len(), CALLS as usize * retries);
        let mut bound = FIRST_BACKOFF;
        for retry in 0..retries {
            let waits: Vec<_> = waits.iter().skip(retry).step_by(retries).collect();
            assert!(waits.iter().all(|wait| **wait <= bound), "retry {retry}");
            // Even in each quarter: of 400 draws about 100, and never under 50 by chance.
            for quarter in 0..4 {
                let range = bound * quarter / 4..bound * (quarter + 1) / 4;
                let count = waits.iter().filter(|wait| range.contains(**wait)).count();
                assert!(count >= 50, "retry {retry}, quarter {quarter}: {count}");
            }
            bound *= 2;
        }
    }

    #[tokio::test]
    async fn only_silence_and_faults_of_kms_open_the_breaker() {
        let nsm = KmsError::Attestation(NsmError::UnexpectedAnswer);
        for (error, opens) in [
            (KmsError::Unavailable, true),
            (KmsError::Deadline, true),
            (KmsError::Throttled, false),
            (KmsError::Denied, false),
            (KmsError::Credentials, false),
            (KmsError::Impostor, false),
            (nsm, false),
        ] {
            let kms = regional(
                SharedHttpClient::new(Throttling::default()),
                SharedAsyncSleep::new(Notes::default()),
            );
            let deadline = Instant::now() + 2 * ATTEMPT_DEADLINE;
            for _ in 0..10 {
                let _ = kms.call(deadline, async { Err::<(), _>(error) }).await;
            }
            let next = kms.call(deadline, async { Ok(()) }).await;
            assert_eq!(next.is_err(), opens, "{error:?}");
            if opens {
                assert_eq!(next, Err(KmsError::Unavailable));
            }
        }
    }

    #[tokio::test]
    async fn callers_in_a_hurry_do_not_open_the_breaker() {
        let kms = regional(
            SharedHttpClient::new(Throttling::default()),
            SharedAsyncSleep::new(Notes::default()),
        );
        for _ in 0..10 {
            let hasty = Instant::now() + Duration::from_millis(5);
            let silence = std::future::pending::<Result<(), _>>();
            assert_eq!(kms.call(hasty, silence).await, Err(KmsError::Deadline));
        }
        let over = kms.call(Instant::now(), async { Ok(()) }).await;
        assert_eq!(over, Err(KmsError::Deadline));
        let deadline = Instant::now() + ATTEMPT_DEADLINE;
        assert_eq!(kms.call(deadline, async { Ok(()) }).await, Ok(()));
    }
}
