//! The instance role's credentials, as the parent passes them.
//!
//! Untrusted input: with wrong ones KMS says no, and with right ones only what the key policy grants
//! to this image happens. The SDK asks again shortly before they expire and keeps them till then.

use std::time::{Duration, Instant, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};

use vouchsafe_common::Secret;

use crate::egress::Egress;

/// How long the parent may take.
const ANSWER_DEADLINE: Duration = Duration::from_secs(3);

/// Longest member of the credentials, bytes. Session tokens have some 1,000.
const MAX_MEMBER_BYTES: usize = 4096;

/// Asks the parent each time.
#[derive(Clone, Debug)]
pub(super) struct ParentCredentials {
    egress: Egress,
}

impl ParentCredentials {
    pub(super) fn new(egress: Egress) -> Self {
        Self { egress }
    }

    async fn ask(&self) -> Result<Credentials, CredentialsError> {
        let given = self
            .egress
            .credentials(Instant::now() + ANSWER_DEADLINE)
            .await
            .map_err(CredentialsError::provider_error)?;
        let token = given.session_token.as_ref().map(Secret::expose_secret);
        let texts = [
            &given.access_key_id,
            given.secret_access_key.expose_secret(),
        ];
        if !texts
            .into_iter()
            .chain(token)
            .all(|text| is_header_text(text))
        {
            return Err(CredentialsError::invalid_configuration(NotHeaderText));
        }
        let expires = given
            .expires_at
            .and_then(|time| UNIX_EPOCH.checked_add(Duration::from_millis(time.0)));
        Ok(Credentials::new(
            given.access_key_id,
            given.secret_access_key.expose_secret(),
            given
                .session_token
                .map(|token| token.expose_secret().clone()),
            expires,
            "parent",
        ))
    }
}

/// A member of the credentials that no header can carry.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the parent's credentials are not text of a header")]
struct NotHeaderText;

/// Whether a member is text that the SDK can put into a header. It takes that for granted of
/// credentials, and would panic on the parent's word.
fn is_header_text(text: &str) -> bool {
    (1..=MAX_MEMBER_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

impl ProvideCredentials for ParentCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.ask())
    }
}

#[cfg(all(test, feature = "mock"))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

    use vouchsafe_common::UnixMillis;
    use vouchsafe_common::egress::{AwsCredentials, EgressAnswer, EgressRefusal};

    use super::*;
    use crate::fixture::Parent;

    #[tokio::test]
    async fn what_the_parent_gives_reaches_the_sdk() {
        let parent = Parent::answering(|| {
            EgressAnswer::Credentials(AwsCredentials {
                access_key_id: "AKID".into(),
                secret_access_key: Secret::new("secret".into()),
                session_token: Some(Secret::new("token".into())),
                expires_at: Some(UnixMillis(2_000)),
            })
        });
        let provider = ParentCredentials::new(parent.egress());
        let found = provider.provide_credentials().await.unwrap();
        assert_eq!(found.access_key_id(), "AKID");
        assert_eq!(found.secret_access_key(), "secret");
        assert_eq!(found.session_token(), Some("token"));
        assert_eq!(found.expiry(), Some(UNIX_EPOCH + Duration::from_secs(2)));
    }

    #[tokio::test]
    async fn credentials_that_no_header_can_carry_are_refused() {
        for [id, secret, token] in [
            ["AKID\n", "secret", "token"],
            ["AKID", "sec ret", "token"],
            ["AKID", "secret", "t\u{f6}ken"],
            ["", "secret", "token"],
        ] {
            let parent = Parent::answering(move || {
                EgressAnswer::Credentials(AwsCredentials {
                    access_key_id: id.into(),
                    secret_access_key: Secret::new(secret.into()),
                    session_token: Some(Secret::new(token.into())),
                    expires_at: None,
                })
            });
            let provider = ParentCredentials::new(parent.egress());
            let error = provider.provide_credentials().await.unwrap_err();
            let is_refused = matches!(error, CredentialsError::InvalidConfiguration(_));
            assert!(is_refused, "{error:?}");
        }
    }

    #[tokio::test]
    async fn a_parent_without_credentials_is_an_error_of_the_provider() {
        let code = EgressRefusal::NoCredentials;
        let parent = Parent::answering(move || EgressAnswer::Refused { code });
        let provider = ParentCredentials::new(parent.egress());
        let error = provider.provide_credentials().await.unwrap_err();
        assert!(matches!(error, CredentialsError::ProviderError(_)));
    }

    #[tokio::test]
    async fn an_expiry_beyond_all_clocks_counts_as_none() {
        let parent = Parent::answering(|| {
            EgressAnswer::Credentials(AwsCredentials {
                access_key_id: "AKID".into(),
                secret_access_key: Secret::new("secret".into()),
                session_token: None,
                expires_at: Some(UnixMillis(u64::MAX)),
            })
        });
        let provider = ParentCredentials::new(parent.egress());
        assert!(provider.provide_credentials().await.is_ok());
    }
}
