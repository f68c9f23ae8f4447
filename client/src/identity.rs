//! Who a client is to the enclave, and where its proof comes from.
//!
//! A key signs each request; a token names who holds the key. Token and key are used only while a
//! request is sealed, and the token travels only inside it. A token in a file is read again for
//! each request, since tokens are replaced while a client runs.

use std::path::PathBuf;

use vouchsafe_common::Secret;
use vouchsafe_common::hpke::Credentials;
use vouchsafe_common::limits::MAX_TOKEN_BYTES;
use vouchsafe_common::proof::CallerKey;
use zeroize::Zeroize as _;

use crate::CallError;

/// Who sends the requests.
pub enum Identity {
    /// A caller whose key the policy bundle lists.
    Registered {
        /// The name in the bundle.
        name: String,
        /// The private key.
        key: CallerKey,
    },
    /// A token that names its key (`cnf`, RFC 7800), and that key.
    Token {
        /// Where the JWT is.
        token: TokenSource,
        /// The private key.
        key: CallerKey,
    },
    /// A token alone. The enclave never grants it plaintext or resealing.
    Bearer {
        /// Where the JWT is.
        token: TokenSource,
    },
}

/// Where a token comes from.
pub enum TokenSource {
    /// Always this one.
    Fixed(Secret<String>),
    /// What the file holds when a request is made.
    File(PathBuf),
}

impl TokenSource {
    async fn current(&self) -> Result<Secret<String>, CallError> {
        match self {
            Self::Fixed(token) => Ok(token.duplicate()),
            Self::File(path) => {
                let read = tokio::fs::read_to_string(path).await;
                let mut content = read.map_err(|_| CallError::TokenUnreadable)?;
                let token = Secret::new(content.trim().to_owned());
                content.zeroize();
                if (1..=MAX_TOKEN_BYTES).contains(&token.expose_secret().len()) {
                    Ok(token)
                } else {
                    Err(CallError::TokenUnreadable)
                }
            }
        }
    }
}

impl Identity {
    /// The token to send now, where there is one.
    pub(crate) async fn current_token(&self) -> Result<Option<Secret<String>>, CallError> {
        match self {
            Self::Registered { .. } => Ok(None),
            Self::Token { token, .. } | Self::Bearer { token } => token.current().await.map(Some),
        }
    }

    /// What a request is proved with; `token` is that of [`Identity::current_token`].
    pub(crate) const fn credentials<'a>(
        &'a self,
        token: Option<&'a Secret<String>>,
    ) -> Option<Credentials<'a>> {
        match (self, token) {
            (Self::Registered { name, key }, _) => Some(Credentials::Registered {
                caller: name.as_str(),
                key,
            }),
            (Self::Token { key, .. }, Some(token)) => Some(Credentials::Token { token, key }),
            (Self::Bearer { .. }, Some(token)) => Some(Credentials::Bearer { token }),
            (_, None) => None,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_token_file_is_read_again_for_each_request() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let identity = Identity::Bearer {
            token: TokenSource::File(path.clone()),
        };
        assert!(matches!(
            identity.current_token().await,
            Err(CallError::TokenUnreadable)
        ));
        for text in ["one\n", "two"] {
            std::fs::write(&path, text).unwrap();
            let token = identity.current_token().await.unwrap().unwrap();
            assert_eq!(token.expose_secret(), text.trim());
        }
        for text in [
            String::new(),
            " \n".to_owned(),
            "x".repeat(MAX_TOKEN_BYTES + 1),
        ] {
            std::fs::write(&path, text).unwrap();
            assert!(matches!(
                identity.current_token().await,
                Err(CallError::TokenUnreadable)
            ));
        }
    }
}
