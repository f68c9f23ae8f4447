//! Data keys from AWS KMS, released to this enclave alone.
//!
//! Calls go through the real SDK over TLS that ends in here; the parent carries the bytes and can
//! drop them, no more. Each call shows KMS an attestation document that names our RSA key, and takes
//! its answer only as an envelope for that key: a reply with plaintext is refused, as is one by
//! another key. A success of KMS says nothing about when it was given (documents can be replayed).
//! Texts of KMS never leave this module. Next: `kms/region.rs` for retries, `kms/connector.rs` for the
//! way there, `kms/error.rs`, [`crate::keyring`].

mod breaker;
mod connector;
mod credentials;
mod document;
mod endpoint;
mod error;
mod region;
#[cfg(all(test, feature = "mock"))]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_kms::config::{SharedAsyncSleep, SharedHttpClient};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{
    DataKeySpec, EncryptionAlgorithmSpec, KeyEncryptionMechanism, RecipientInfo,
};
use aws_smithy_async::rt::sleep::TokioSleep;
use rustls::ClientConfig;
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
use region::{RegionalKms, within};

pub use endpoint::Endpoint;
#[cfg(feature = "mock")]
pub use endpoint::EndpointError;
pub use error::KmsError;

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
    regions: Mutex<HashMap<String, Arc<RegionalKms>>>,
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
        let kms = self.regional(arn)?;
        let call = async {
            let reply = kms
                .client
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
        kms.call(deadline, call).await
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
        let kms = self.regional(arn)?;
        let call = async {
            let reply = kms
                .client
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
        kms.call(deadline, call).await
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

    /// KMS in the region of `arn`.
    fn regional(&self, arn: &KeyArn) -> Result<Arc<RegionalKms>, KmsError> {
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kms) = regions.get(arn.region()) {
            return Ok(Arc::clone(kms));
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
        let kms = Arc::new(RegionalKms::new(region::Parts {
            region: arn.region().to_owned(),
            url,
            credentials: SharedCredentialsProvider::new(self.credentials.clone()),
            http: SharedHttpClient::new(connector),
            sleep: SharedAsyncSleep::new(TokioSleep::new()),
            clock: self.clock.clone(),
        }));
        regions.insert(arn.region().to_owned(), Arc::clone(&kms));
        Ok(kms)
    }
}
