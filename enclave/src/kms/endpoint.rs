//! The address of a KMS.
//!
//! It follows from the ARN of the key that is asked for; a mock build may name one of its own.

use vouchsafe_common::key_arn::KeyArn;

/// Host and port of a KMS.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Endpoint {
    pub(super) host: String,
    pub(super) port: u16,
}

impl Endpoint {
    /// Where AWS runs KMS for a key.
    pub(super) fn of(arn: &KeyArn) -> Self {
        Self {
            host: arn.endpoint_host(),
            port: 443,
        }
    }

    pub(super) fn url(&self) -> String {
        format!("https://{}", self.authority())
    }

    /// As it stands in the `Host` header that is signed.
    pub(super) fn authority(&self) -> String {
        match self.port {
            443 => self.host.clone(),
            port => format!("{}:{port}", self.host),
        }
    }
}

#[cfg(feature = "mock")]
mod parse {
    use super::Endpoint;

    /// The text is not `https://HOST:PORT`.
    #[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
    #[error("an endpoint is https://HOST or https://HOST:PORT")]
    pub struct EndpointError;

    impl std::str::FromStr for Endpoint {
        type Err = EndpointError;

        fn from_str(text: &str) -> Result<Self, EndpointError> {
            let uri: http::Uri = text.parse().map_err(|_| EndpointError)?;
            match (uri.scheme_str(), uri.host(), uri.path(), uri.query()) {
                (Some("https"), Some(host), "/", None) => Ok(Self {
                    host: host.into(),
                    port: uri.port_u16().unwrap_or(443),
                }),
                _ => Err(EndpointError),
            }
        }
    }
}

#[cfg(feature = "mock")]
pub use parse::EndpointError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_of_aws_is_the_host_of_the_key_without_a_port() {
        let arn = "arn:aws:kms:eu-west-1:222222222222:key/12345678-90ab-cdef-1234-567890abcdef";
        let endpoint = Endpoint::of(&KeyArn::parse(arn).expect("the ARN of a key"));
        assert_eq!(endpoint.url(), "https://kms.eu-west-1.amazonaws.com");
        assert_eq!(endpoint.authority(), "kms.eu-west-1.amazonaws.com");
    }
}
