//! Data keys from AWS KMS, released to this enclave alone.
//!
//! Calls go through the real SDK over TLS that ends in here; the parent carries the bytes and can
//! drop them, no more. Each call shows KMS an attestation document that names our RSA key, and takes
//! its answer only as an envelope for that key: a reply with plaintext is refused, as is one by
//! another key. A success of KMS says nothing about when it was given (documents can be replayed).
//! Texts of KMS never leave this module. Next: `kms/connector.rs`, `kms/error.rs`,
//! [`crate::keyring`].

mod connector;
mod credentials;
mod document;
mod endpoint;
mod error;
#[cfg(all(test, feature = "mock"))]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_sdk_kms::Client;
use aws_sdk_kms::config::retry::RetryConfig;
use aws_sdk_kms::config::timeout::TimeoutConfig;
use aws_sdk_kms::config::{
    BehaviorVersion, Config, Region, SharedAsyncSleep, SharedHttpClient,
    StalledStreamProtectionConfig,
};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{
    DataKeySpec, EncryptionAlgorithmSpec, KeyEncryptionMechanism, RecipientInfo,
};
use aws_smithy_async::rt::sleep::TokioSleep;
use rustls::ClientConfig;
use tokio::time::timeout_at;
use vouchsafe_common::Secret;
use vouchsafe_common::encryption_context::EncryptionContext;
use vouchsafe_common::key_arn::KeyArn;
use vouchsafe_common::limits::MAX_WRAPPED_KEY_BYTES;
use zeroize::Zeroize;

use crate::cms;
use crate::egress::Egress;
use crate::nsm::{EnclaveClock, NsmHandle};
use crate::recipient::RecipientKey;

use connector::Connector;
use credentials::ParentCredentials;
use document::RecipientDocument;

pub use endpoint::Endpoint;
#[cfg(feature = "mock")]
pub use endpoint::EndpointError;
pub use error::KmsError;

/// The longest one attempt may take; what is left of the caller's time bounds it further.
const ATTEMPT_DEADLINE: Duration = Duration::from_secs(3);

/// Attempts per call, the first included.
const MAX_ATTEMPTS: u32 = 4;

/// The first wait between attempts, doubled each time and cut by a random share.
const FIRST_BACKOFF: Duration = Duration::from_millis(50);

/// The longest wait between attempts.
const MAX_BACKOFF: Duration = Duration::from_secs(1);

/// Regions spoken to. The trust anchor names the keys, so a second one is rare.
const MAX_REGIONS: usize = 16;

/// Where KMS is.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Endpoints {
    /// At the address that AWS gives it in the key's region.
    #[default]
    Aws,
    /// At one address, whatever the region.
    #[cfg(feature = "mock")]
    Fixed(Endpoint),
}

/// What a [`KmsClient`] is made of.
#[derive(Debug)]
pub struct KmsParts {
    /// The way out.
    pub egress: Egress,
    /// Whom to believe (see [`crate::tls`]).
    pub tls: Arc<ClientConfig>,
    /// Where to go.
    pub endpoints: Endpoints,
    /// Who vouches for this enclave.
    pub nsm: NsmHandle,
    /// What signatures and expiries are dated by.
    pub clock: EnclaveClock,
    /// The key to which KMS answers.
    pub recipient: Arc<RecipientKey>,
}

/// Asks KMS, as one enclave with one recipient key.
#[derive(Debug)]
pub struct KmsClient {
    egress: Egress,
    tls: Arc<ClientConfig>,
    endpoints: Endpoints,
    clock: EnclaveClock,
    recipient: Arc<RecipientKey>,
    document: RecipientDocument,
    credentials: ParentCredentials,
    regions: Mutex<HashMap<String, Client>>,
}

impl KmsClient {
    /// A client that has not spoken yet.
    pub fn new(parts: KmsParts) -> Self {
        Self {
            document: RecipientDocument::new(parts.nsm, parts.recipient.public_key().to_vec()),
            credentials: ParentCredentials::new(parts.egress.clone()),
            egress: parts.egress,
            tls: parts.tls,
            endpoints: parts.endpoints,
            clock: parts.clock,
            recipient: parts.recipient,
            regions: Mutex::default(),
        }
    }

    /// Unwraps `wrapped` under the key `arn` and `context`, before `deadline`.
    ///
    /// # Errors
    /// [`KmsError`].
    pub async fn decrypt(
        &self,
        arn: &KeyArn,
        wrapped: &[u8],
        context: &EncryptionContext,
        deadline: Instant,
    ) -> Result<Secret<Vec<u8>>, KmsError> {
        if wrapped.is_empty() || wrapped.len() > MAX_WRAPPED_KEY_BYTES {
            return Err(KmsError::WrappedKeyInvalid);
        }
        let call = async {
            let reply = self
                .client(arn)?
                .decrypt()
                .key_id(arn.as_str())
                .ciphertext_blob(Blob::new(wrapped))
                .encryption_algorithm(EncryptionAlgorithmSpec::SymmetricDefault)
                .set_encryption_context(Some(context.to_map()))
                .recipient(self.recipient_info().await?)
                .customize()
                .config_override(within(deadline)?)
                .send()
                .await
                .map_err(|error| KmsError::from_sdk(&error))?;
            let algorithm = reply.encryption_algorithm;
            if algorithm.is_some_and(|found| found != EncryptionAlgorithmSpec::SymmetricDefault) {
                return Err(KmsError::ForeignAlgorithm);
            }
            let envelope = reply.ciphertext_for_recipient;
            self.open(arn, reply.key_id.as_deref(), reply.plaintext, envelope)
        };
        by(deadline, call).await
    }

    /// Makes a data key of 32 bytes under the key `arn` and `context`, before `deadline`, and
    /// returns it wrapped and plain.
    ///
    /// # Errors
    /// [`KmsError`].
    pub async fn generate_data_key(
        &self,
        arn: &KeyArn,
        context: &EncryptionContext,
        deadline: Instant,
    ) -> Result<(Vec<u8>, Secret<Vec<u8>>), KmsError> {
        let call = async {
            let reply = self
                .client(arn)?
                .generate_data_key()
                .key_id(arn.as_str())
                .key_spec(DataKeySpec::Aes256)
                .set_encryption_context(Some(context.to_map()))
                .recipient(self.recipient_info().await?)
                .customize()
                .config_override(within(deadline)?)
                .send()
                .await
                .map_err(|error| KmsError::from_sdk(&error))?;
            let envelope = reply.ciphertext_for_recipient;
            let plain = self.open(arn, reply.key_id.as_deref(), reply.plaintext, envelope)?;
            let wrapped = reply.ciphertext_blob.map(Blob::into_inner);
            match wrapped {
                Some(wrapped) if (1..=MAX_WRAPPED_KEY_BYTES).contains(&wrapped.len()) => {
                    Ok((wrapped, plain))
                }
                _ => Err(KmsError::NoWrappedKey),
            }
        };
        by(deadline, call).await
    }

    /// Judges a reply and opens its envelope. Plaintext where an envelope was asked for means that
    /// whoever answered does not enforce attestation: it is wiped and refused before all else.
    fn open(
        &self,
        arn: &KeyArn,
        key_id: Option<&str>,
        plaintext: Option<Blob>,
        envelope: Option<Blob>,
    ) -> Result<Secret<Vec<u8>>, KmsError> {
        if let Some(plaintext) = plaintext {
            let mut plaintext = plaintext.into_inner();
            if !plaintext.is_empty() {
                plaintext.zeroize();
                return Err(KmsError::PlaintextReply);
            }
        }
        if key_id != Some(arn.as_str()) {
            return Err(KmsError::ForeignKey);
        }
        let envelope = envelope.ok_or(KmsError::NoEnvelope)?;
        Ok(cms::open(envelope.as_ref(), &self.recipient)?)
    }

    async fn recipient_info(&self) -> Result<RecipientInfo, KmsError> {
        let document = self.document.fresh().await?;
        Ok(RecipientInfo::builder()
            .key_encryption_algorithm(KeyEncryptionMechanism::RsaesOaepSha256)
            .attestation_document(Blob::new(document.as_slice()))
            .build())
    }

    /// The SDK's client for the region of `arn`. Nothing in it comes from the environment.
    fn client(&self, arn: &KeyArn) -> Result<Client, KmsError> {
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = regions.get(arn.region()) {
            return Ok(client.clone());
        }
        if regions.len() >= MAX_REGIONS {
            return Err(KmsError::Busy);
        }
        let endpoint = match &self.endpoints {
            Endpoints::Aws => Endpoint::of(arn),
            #[cfg(feature = "mock")]
            Endpoints::Fixed(endpoint) => endpoint.clone(),
        };
        let url = endpoint.url();
        let connector = Connector::new(self.egress.clone(), Arc::clone(&self.tls), endpoint)?;
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(arn.region().to_owned()))
            .endpoint_url(url)
            .credentials_provider(self.credentials.clone())
            .http_client(SharedHttpClient::new(connector))
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .time_source(self.clock.clone())
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
            .build();
        let client = Client::from_conf(config);
        regions.insert(arn.region().to_owned(), client.clone());
        Ok(client)
    }
}

/// The time limits of one call.
fn within(deadline: Instant) -> Result<aws_sdk_kms::config::Builder, KmsError> {
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

async fn by<T>(
    deadline: Instant,
    call: impl Future<Output = Result<T, KmsError>>,
) -> Result<T, KmsError> {
    timeout_at(deadline.into(), call)
        .await
        .unwrap_or(Err(KmsError::Deadline))
}
