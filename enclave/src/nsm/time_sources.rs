//! The enclave's clock in the shapes that rustls and the AWS SDK ask for.
//!
//! Certificates and signatures must not be judged by a wall clock that drifts, so both take their
//! time here. Without a time, certificates are refused and signatures are made for 1970, which KMS
//! refuses.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_smithy_async::time::TimeSource;
use rustls::time_provider::TimeProvider;
use rustls_pki_types::UnixTime;

use super::EnclaveClock;

impl EnclaveClock {
    fn since_epoch(&self) -> Option<Duration> {
        self.now().ok().map(|now| Duration::from_millis(now.0))
    }
}

impl TimeProvider for EnclaveClock {
    fn current_time(&self) -> Option<UnixTime> {
        self.since_epoch().map(UnixTime::since_unix_epoch)
    }
}

impl TimeSource for EnclaveClock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + self.since_epoch().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_time_certificates_and_signatures_fail() {
        let clock = EnclaveClock::new();
        assert!(clock.current_time().is_none());
        assert_eq!(TimeSource::now(&clock), UNIX_EPOCH);
    }
}
