//! Seals values into records that only an attested enclave opens.
//!
//! A [`Sealer`] belongs to one tenant, dataset and epoch. It takes one data key from KMS for many
//! records and another after [`RECORDS_PER_KEY`]; keys are never kept beyond the value. What the
//! record is bound to, and its bytes, are [`vouchsafe_common::record`]'s business.
//!
//! Trusts KMS, over TLS, with the key. Next: [`crate::kms`].

use vouchsafe_common::Epoch;
use vouchsafe_common::encryption_context::EncryptionContext;
use vouchsafe_common::record::{DataKey, Place, RecordError};

use crate::kms::{Kms, KmsError};

/// Records sealed under one data key. Far under the 2³² that random nonces allow; small enough that
/// one key opened in vain opens little, large enough that KMS calls do not matter.
pub const RECORDS_PER_KEY: u64 = 1 << 20;

/// Why a value was not sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealerError {
    /// No data key was had.
    #[error(transparent)]
    Kms(#[from] KmsError),
    /// The value or the key does not fit a record.
    #[error(transparent)]
    Record(#[from] RecordError),
}

impl SealerError {
    /// The stable name of the cause.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Kms(error) => error.code(),
            Self::Record(error) => error.code(),
        }
    }
}

/// Seals records of one tenant, dataset and epoch.
pub struct Sealer {
    kms: Kms,
    tenant: String,
    dataset: String,
    epoch: Epoch,
    key: Option<DataKey>,
    sealed: u64,
}

impl Sealer {
    /// A sealer that asks `kms` for its keys, the first when the first value is sealed.
    pub fn new(kms: Kms, tenant: &str, dataset: &str, epoch: Epoch) -> Self {
        Self {
            kms,
            tenant: tenant.to_owned(),
            dataset: dataset.to_owned(),
            epoch,
            key: None,
            sealed: 0,
        }
    }

    /// Seals the value of `field` in the row `record_id`.
    ///
    /// # Errors
    ///
    /// [`SealerError`].
    pub async fn seal(
        &mut self,
        field: &str,
        record_id: &str,
        value: &[u8],
    ) -> Result<Vec<u8>, SealerError> {
        let place = Place {
            tenant: &self.tenant,
            dataset: &self.dataset,
            field,
            record_id,
        };
        let is_due = self.sealed.is_multiple_of(RECORDS_PER_KEY);
        let key = match &self.key {
            Some(key) if !is_due => key,
            _ => self
                .key
                .insert(new_key(&self.kms, &place, self.epoch).await?),
        };
        let record = key.seal(&place, value)?;
        self.sealed += 1;
        Ok(record)
    }

    /// Records sealed so far.
    pub const fn sealed(&self) -> u64 {
        self.sealed
    }

    /// Data keys taken so far.
    pub const fn data_keys(&self) -> u64 {
        self.sealed.div_ceil(RECORDS_PER_KEY)
    }
}

async fn new_key(kms: &Kms, place: &Place<'_>, epoch: Epoch) -> Result<DataKey, SealerError> {
    let context = EncryptionContext::record(place.tenant, place.dataset, epoch);
    let generated = kms.generate_data_key(&context).await?;
    let arn = kms.key().as_str();
    Ok(DataKey::new(
        &generated.plaintext,
        &generated.wrapped,
        arn,
        epoch,
    )?)
}
