//! AWS credentials for enclaves: of the instance's role, or written in the configuration.
//!
//! Temporary ones are asked for once and kept until shortly before they expire. They let the holder
//! ask KMS; the key policy still wants an attestation that only the enclave can give. They are
//! never logged. Next: [`super`] hands them over.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_credential_types::provider::ProvideCredentials as _;
use tokio::sync::Mutex;
use tokio::time::timeout;
use vouchsafe_common::egress::AwsCredentials;
use vouchsafe_common::{Secret, UnixMillis};

use crate::config::{Config, CredentialSource};

/// Credentials that end sooner than this are asked for anew. AWS has new ones five minutes before.
const RENEW_BEFORE: Duration = Duration::from_mins(5);

/// Credentials without an end are asked for anew after this time.
const KEEP_ENDLESS: Duration = Duration::from_mins(5);

/// Time for the provider chain, all its sources together.
const PROVIDER_TIMEOUT: Duration = Duration::from_secs(5);

/// Why there are no credentials.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CredentialsError {
    /// No source of the provider chain has any.
    #[error("the provider chain has no credentials")]
    NotFound,
    /// The provider chain did not answer in time.
    #[error("the provider chain did not answer in time")]
    Timeout,
}

impl CredentialsError {
    /// The stable name for logs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotFound => "credentials_not_found",
            Self::Timeout => "credentials_timeout",
        }
    }
}

/// The source of credentials and what it gave last.
#[derive(Debug)]
pub struct Credentials {
    config: Arc<Config>,
    kept: Mutex<Option<Kept>>,
}

#[derive(Debug)]
struct Kept {
    credentials: AwsCredentials,
    renew_at: SystemTime,
}

impl Credentials {
    /// Credentials from the source that `config` names.
    pub fn new(config: &Arc<Config>) -> Self {
        Self {
            config: Arc::clone(config),
            kept: Mutex::new(None),
        }
    }

    /// Credentials that are good now.
    ///
    /// # Errors
    ///
    /// [`CredentialsError`] when the provider chain has none and those kept have expired.
    pub async fn current(&self) -> Result<AwsCredentials, CredentialsError> {
        if let CredentialSource::Static {
            access_key_id,
            secret_access_key,
            session_token,
        } = &self.config.credentials
        {
            return Ok(AwsCredentials {
                access_key_id: access_key_id.clone(),
                secret_access_key: secret_access_key.duplicate(),
                session_token: session_token.as_ref().map(Secret::duplicate),
                expires_at: None,
            });
        }
        // Whoever comes meanwhile waits here instead of asking the chain a second time.
        let mut kept = self.kept.lock().await;
        let now = SystemTime::now();
        if let Some(kept) = kept.as_ref().filter(|kept| now < kept.renew_at) {
            return Ok(duplicate(&kept.credentials));
        }
        match from_default_chain().await {
            Ok((credentials, expiry)) => {
                let renew_at = renewal(now, expiry);
                let handed = duplicate(&credentials);
                *kept = Some(Kept {
                    credentials,
                    renew_at,
                });
                Ok(handed)
            }
            // Old ones that still work are better than none.
            Err(error) => kept
                .as_ref()
                .filter(|kept| {
                    kept.credentials
                        .expires_at
                        .is_some_and(|end| end > millis(now))
                })
                .map(|kept| duplicate(&kept.credentials))
                .ok_or(error),
        }
    }
}

async fn from_default_chain() -> Result<(AwsCredentials, Option<SystemTime>), CredentialsError> {
    let asked = timeout(PROVIDER_TIMEOUT, async {
        DefaultCredentialsChain::builder()
            .build()
            .await
            .provide_credentials()
            .await
    });
    // The chain's own error can quote what it read, so it goes no further.
    let found = asked
        .await
        .map_err(|_| CredentialsError::Timeout)?
        .map_err(|_| CredentialsError::NotFound)?;
    let credentials = AwsCredentials {
        access_key_id: found.access_key_id().to_owned(),
        secret_access_key: Secret::new(found.secret_access_key().to_owned()),
        session_token: found
            .session_token()
            .map(|token| Secret::new(token.to_owned())),
        expires_at: found.expiry().map(millis),
    };
    Ok((credentials, found.expiry()))
}

fn renewal(now: SystemTime, expiry: Option<SystemTime>) -> SystemTime {
    match expiry {
        Some(end) => end.checked_sub(RENEW_BEFORE).unwrap_or(now),
        None => now + KEEP_ENDLESS,
    }
}

fn millis(time: SystemTime) -> UnixMillis {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

fn duplicate(credentials: &AwsCredentials) -> AwsCredentials {
    AwsCredentials {
        access_key_id: credentials.access_key_id.clone(),
        secret_access_key: credentials.secret_access_key.duplicate(),
        session_token: credentials.session_token.as_ref().map(Secret::duplicate),
        expires_at: credentials.expires_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_credentials_are_renewed_before_they_end() {
        let now = SystemTime::now();
        let hour = Duration::from_hours(1);
        assert_eq!(renewal(now, Some(now + hour)), now + hour - RENEW_BEFORE);
        assert!(renewal(now, Some(now + RENEW_BEFORE)) <= now);
        assert_eq!(renewal(now, None), now + KEEP_ENDLESS);
    }

    #[test]
    fn codes_name_the_cause() {
        assert_eq!(CredentialsError::NotFound.code(), "credentials_not_found");
        assert_eq!(CredentialsError::Timeout.code(), "credentials_timeout");
    }
}
