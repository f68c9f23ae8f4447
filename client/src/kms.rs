//! Data keys for a writer: KMS `GenerateDataKey` under the encryption context of its records.
//!
//! The real AWS SDK with the default provider chain of credentials. The region follows from the
//! key's ARN, and the answer must come from the very key that was asked.
//! An endpoint and roots of one's own serve a local KMS.
//!
//! Never decrypts: only an attested enclave may. The key leaves here in a [`Secret`].
//! Next: [`crate::seal`].

use std::time::Duration;

use aws_config::{BehaviorVersion, Region};
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kms::operation::generate_data_key::GenerateDataKeyOutput;
use aws_sdk_kms::types::DataKeySpec;
use aws_smithy_http_client::tls;
use aws_smithy_types::timeout::TimeoutConfig;
use vouchsafe_common::Secret;
use vouchsafe_common::encryption_context::EncryptionContext;
use vouchsafe_common::key_arn::KeyArn;
use vouchsafe_common::limits::MAX_WRAPPED_KEY_BYTES;
use zeroize::Zeroizing;

use crate::http::is_loopback;

/// How long KMS may take, all retries together.
const KMS_TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes of a data key: AES-256.
const DATA_KEY_BYTES: usize = 32;

/// Why no data key was had.
#[derive(Debug, thiserror::Error)]
pub enum KmsError {
    /// KMS refused; the name is its own.
    #[error("KMS refused: {name}")]
    Refused {
        /// The error's name in the KMS API, such as `AccessDeniedException`.
        name: String,
    },
    /// KMS could not be reached, was too slow or is throttling.
    #[error("KMS is not available")]
    Unavailable,
    /// There are no AWS credentials, or they could not be loaded.
    #[error("no AWS credentials: set AWS_ACCESS_KEY_ID or AWS_PROFILE, or use an instance role")]
    NoCredentials,
    /// The endpoint is not https, and not on this machine either: the answer holds the data key.
    #[error("the KMS endpoint is not https://HOST[:PORT]")]
    Endpoint,
    /// The answer lacks a member, has a key of another length or comes from another key.
    #[error("KMS answered with something that is not a data key of this key")]
    BadAnswer,
}

impl KmsError {
    /// The stable name of the cause.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "kms_refused",
            Self::Unavailable => "kms_unavailable",
            Self::NoCredentials => "no_aws_credentials",
            Self::Endpoint => "kms_endpoint",
            Self::BadAnswer => "kms_bad_answer",
        }
    }
}

/// A data key in both its forms: for use now, and wrapped to be kept beside the records.
pub struct GeneratedKey {
    /// AES-256 key. Serves the records of one run and is wiped with this value.
    pub plaintext: Secret<[u8; DATA_KEY_BYTES]>,
    /// The same key wrapped by KMS, opaque.
    pub wrapped: Vec<u8>,
}

/// One KMS key, from which data keys are asked.
pub struct Kms {
    client: aws_sdk_kms::Client,
    key: KeyArn,
}

impl Kms {
    /// Prepares to ask `key`, at the host that its ARN names. `endpoint` and `roots` (PEM) stand in
    /// for AWS's own; no setting of the environment does, for what comes back is the data key.
    ///
    /// Credentials come from the AWS default provider chain, when the first key is asked for.
    ///
    /// # Errors
    ///
    /// [`KmsError::Endpoint`].
    pub async fn new(
        key: KeyArn,
        endpoint: Option<&str>,
        roots: Option<Vec<u8>>,
    ) -> Result<Self, KmsError> {
        let endpoint = match endpoint {
            Some(endpoint) => checked(endpoint)?.to_owned(),
            None => format!("https://{}", key.endpoint_host()),
        };
        let timeouts = TimeoutConfig::builder()
            .operation_timeout(KMS_TIMEOUT)
            .build();
        let loaded = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(key.region().to_owned()))
            .timeout_config(timeouts)
            .load()
            .await;
        let mut config = aws_sdk_kms::config::Builder::from(&loaded).endpoint_url(endpoint);
        if let Some(pem) = roots {
            config = config.http_client(client_trusting(pem));
        }
        Ok(Self {
            client: aws_sdk_kms::Client::from_conf(config.build()),
            key,
        })
    }

    /// The key that is asked.
    pub fn key(&self) -> &KeyArn {
        &self.key
    }

    /// A new data key that opens only under exactly `context`.
    ///
    /// # Errors
    ///
    /// [`KmsError`].
    pub async fn generate_data_key(
        &self,
        context: &EncryptionContext,
    ) -> Result<GeneratedKey, KmsError> {
        let request = self
            .client
            .generate_data_key()
            .key_id(self.key.as_str())
            .key_spec(DataKeySpec::Aes256)
            .set_encryption_context(Some(context.to_map()));
        let answer = request.send().await.map_err(|error| refusal(&error))?;
        data_key(answer, &self.key)
    }
}

/// An endpoint whose answers nobody on the way can read.
fn checked(endpoint: &str) -> Result<&str, KmsError> {
    let uri: http::Uri = endpoint.parse().map_err(|_| KmsError::Endpoint)?;
    let is_private = match (uri.scheme_str(), uri.host()) {
        (Some("https"), Some(_)) => true,
        (Some("http"), Some(host)) => is_loopback(host),
        _ => false,
    };
    if is_private {
        Ok(endpoint)
    } else {
        Err(KmsError::Endpoint)
    }
}

fn data_key(answer: GenerateDataKeyOutput, key: &KeyArn) -> Result<GeneratedKey, KmsError> {
    let plaintext = Zeroizing::new(answer.plaintext.ok_or(KmsError::BadAnswer)?.into_inner());
    let plaintext = <[u8; DATA_KEY_BYTES]>::try_from(plaintext.as_slice());
    let plaintext = Secret::new(plaintext.map_err(|_| KmsError::BadAnswer)?);
    let wrapped = answer
        .ciphertext_blob
        .ok_or(KmsError::BadAnswer)?
        .into_inner();
    let is_length = (1..=MAX_WRAPPED_KEY_BYTES).contains(&wrapped.len());
    if !is_length || answer.key_id.as_deref() != Some(key.as_str()) {
        return Err(KmsError::BadAnswer);
    }
    Ok(GeneratedKey { plaintext, wrapped })
}

fn refusal<E, R>(error: &SdkError<E, R>) -> KmsError
where
    E: ProvideErrorMetadata,
{
    match error {
        SdkError::ServiceError(service) => match service.err().code() {
            None
            | Some(
                "ThrottlingException"
                | "KMSInternalException"
                | "DependencyTimeoutException"
                | "KeyUnavailableException",
            ) => KmsError::Unavailable,
            Some(name) => KmsError::Refused {
                name: name.to_owned(),
            },
        },
        SdkError::ConstructionFailure(_) => KmsError::NoCredentials,
        SdkError::DispatchFailure(failure) if failure.is_other() || failure.is_user() => {
            KmsError::NoCredentials
        }
        _ => KmsError::Unavailable,
    }
}

/// The SDK's own HTTPS client, trusting the certificates of `pem` and no others.
fn client_trusting(pem: Vec<u8>) -> aws_smithy_runtime_api::client::http::SharedHttpClient {
    let store = tls::TrustStore::empty().with_pem_certificate(pem);
    let context = tls::TlsContext::builder()
        .with_trust_store(store)
        .build()
        .expect("a context with nothing but a trust store has no name that could be refused");
    aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(
            tls::rustls_provider::CryptoMode::AwsLc,
        ))
        .tls_context(context)
        .build_https()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_kms::primitives::Blob;

    const ARN: &str =
        "arn:aws:kms:eu-central-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    fn arn() -> KeyArn {
        ARN.parse().expect("a key ARN")
    }

    #[test]
    fn an_endpoint_in_clear_is_refused_unless_it_is_this_machine() {
        for private in [
            "https://kms.example.com",
            "https://127.0.0.1:1",
            "http://127.0.0.1:1",
        ] {
            assert!(checked(private).is_ok(), "{private}");
        }
        for open in [
            "http://kms.example.com",
            "ftp://kms",
            "kms.example.com",
            "",
            "https://",
        ] {
            assert!(matches!(checked(open), Err(KmsError::Endpoint)), "{open}");
        }
    }

    fn answer() -> aws_sdk_kms::operation::generate_data_key::builders::GenerateDataKeyOutputBuilder
    {
        GenerateDataKeyOutput::builder()
            .key_id(ARN)
            .plaintext(Blob::new([7; 32]))
            .ciphertext_blob(Blob::new([8; 184]))
    }

    #[test]
    fn an_answer_is_a_data_key_only_when_whole_and_of_the_key_that_was_asked() {
        let key = data_key(answer().build(), &arn()).expect("a whole answer");
        assert_eq!(key.plaintext.expose_secret(), &[7; 32]);
        assert_eq!(key.wrapped, [8; 184]);
        let other = ARN.replace('1', "9");
        for broken in [
            answer().key_id(other),
            answer().set_key_id(None),
            answer().set_plaintext(None),
            answer().plaintext(Blob::new([7; 16])),
            answer().plaintext(Blob::new([7; 33])),
            answer().set_ciphertext_blob(None),
            answer().ciphertext_blob(Blob::new([])),
            answer().ciphertext_blob(Blob::new([8; MAX_WRAPPED_KEY_BYTES + 1])),
        ] {
            assert!(matches!(
                data_key(broken.build(), &arn()),
                Err(KmsError::BadAnswer)
            ));
        }
    }
}
