//! The secrets that a request needs: data keys of its records, and roots of its tenant.
//!
//! A key is looked up only after the policy permitted the item, only under a KMS key that the trust
//! anchor lists for the tenant, and in an encryption context that is built here and never taken
//! from the record. So a wrapped key that an attacker knows opens nothing under another tenant.
//!
//! Next: `keys/job.rs` has the roots, [`crate::keyring`] caches keys, [`crate::kms`] gets them.

mod action;
mod job;

pub use action::{ActionKey, KeyPlace};
pub use job::{JobSecret, TokenKeys};

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream};
use vouchsafe_common::{
    Epoch, Secret,
    bundle::{Floors, Tenant, TrustAnchor},
    digest::sha256,
    encryption_context::EncryptionContext,
    key_arn::KeyArn,
    limits::MAX_DATA_KEYS,
    message::{Input, Item, ItemError, Request},
    record::{Place, RecordError, SealedRecord},
};

use crate::{
    keyring::{DataKey, Keyring, KeyringLimits},
    kms::{KmsClient, KmsError},
    policy::Grants,
};

/// Data keys of one request that are fetched at once.
const CONCURRENT_FETCHES: usize = 16;
/// What is kept of a request's deadline for the work after the last key arrived.
const RESERVE: Duration = Duration::from_millis(500);

/// Where the secrets of every request come from.
pub struct Keys {
    keyring: Keyring<Arc<KmsClient>>,
    kms: Arc<KmsClient>,
    /// Root blobs by their SHA-256; which of them count, the policy says.
    roots: HashMap<[u8; 32], Vec<u8>>,
}

/// An item's data, ready to be worked on.
#[derive(Debug)]
pub enum Opened {
    /// The text in the item itself.
    Inline,
    /// The content of the record.
    Record(Secret<String>),
}

impl Opened {
    /// The text of the item that this was made of; `None` when it is not that item's.
    pub fn text<'a>(&'a self, input: &'a Input) -> Option<&'a str> {
        match (self, input) {
            (Self::Record(value), Input::Record { .. }) | (Self::Inline, Input::Text(value)) => {
                Some(value.expose_secret())
            }
            _ => None,
        }
    }
}

/// A record of a request that the policy permits, before its key has arrived.
struct Wanted {
    index: usize,
    record: SealedRecord,
    key: usize,
}

/// A data key to fetch, and how many bytes of records it will open.
struct Fetch {
    arn: KeyArn,
    wrapped: Vec<u8>,
    context: EncryptionContext,
    bytes: u64,
}

impl Keys {
    /// Keys from this KMS, with the root blobs that the parent handed over.
    pub fn new(kms: KmsClient, roots: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let kms = Arc::new(kms);
        let keyring = Keyring::new(Arc::clone(&kms), KeyringLimits::default());
        let roots = roots
            .into_iter()
            .map(|blob| (sha256(&[&blob]), blob))
            .collect();
        Self {
            keyring,
            kms,
            roots,
        }
    }

    /// Wipes cached keys that have grown too old.
    pub fn sweep(&self) {
        self.keyring.sweep();
    }

    /// The data of every item, in order: one KMS call per data key, however many records it seals.
    pub async fn gather(
        &self,
        anchor: &TrustAnchor,
        grants: &Grants<'_>,
        request: &Request,
        deadline: Instant,
    ) -> Vec<Result<Opened, ItemError>> {
        let mut plan = Plan::default();
        let outcome = |(index, item): (usize, &Item)| match &item.input {
            input if !grants.permit_input(&request.dataset, input) => {
                Some(Err(ItemError::NotPermitted))
            }
            Input::Text(_) => Some(Ok(Opened::Inline)),
            Input::Record { record, .. } => {
                let added = plan.add(index, anchor, request, record);
                added.err().map(Err)
            }
        };
        let mut outcomes: Vec<_> = request.items.iter().enumerate().map(outcome).collect();
        let keys = self.fetch_all(plan.fetches, deadline).await;
        for Wanted { index, record, key } in plan.wanted {
            let item = &request.items[index];
            outcomes[index] = Some(match &keys[key] {
                Ok(key) => open(request, item, &record, key).map(Opened::Record),
                Err(error) => Err(*error),
            });
        }
        let every = "an item has an outcome, or its record was wanted and has one now";
        outcomes
            .into_iter()
            .map(|outcome| outcome.expect(every))
            .collect()
    }

    async fn fetch_all(
        &self,
        fetches: Vec<Fetch>,
        deadline: Instant,
    ) -> Vec<Result<DataKey, ItemError>> {
        let deadline = for_kms(deadline);
        stream::iter(fetches)
            .map(|fetch| {
                let keyring = self.keyring.clone();
                async move {
                    let Fetch {
                        arn,
                        wrapped,
                        context,
                        bytes,
                    } = fetch;
                    let key = keyring
                        .data_key(&arn, &wrapped, &context, bytes, deadline)
                        .await;
                    key.map_err(item_error)
                }
            })
            .buffered(CONCURRENT_FETCHES)
            .collect()
            .await
    }
}

/// When to stop waiting for KMS, so that its absence is told before the request's deadline.
fn for_kms(deadline: Instant) -> Instant {
    deadline.checked_sub(RESERVE).unwrap_or(deadline)
}

/// The records of a request that are to be opened, and the keys that takes.
#[derive(Default)]
struct Plan {
    wanted: Vec<Wanted>,
    fetches: Vec<Fetch>,
    /// By ARN too: a record that names another key must not decide for its neighbours.
    positions: HashMap<(KeyArn, Vec<u8>, Epoch), usize>,
}

impl Plan {
    /// Adds the record of an item, if the trust anchor lists its KMS key for the tenant, accepts
    /// records as old, and the request has no more keys than it may.
    fn add(
        &mut self,
        index: usize,
        anchor: &TrustAnchor,
        request: &Request,
        record: &[u8],
    ) -> Result<(), ItemError> {
        let bytes = record.len() as u64;
        let record = SealedRecord::parse(record).map_err(|_| ItemError::RecordMalformed)?;
        let tenant = anchor
            .tenant(&request.tenant)
            .ok_or(ItemError::KeyNotTrusted)?;
        let arn = trusted_key(&record, tenant)?;
        check_floors(&record, &anchor.floors, tenant)?;
        let wrapped = record.wrapped_key().to_vec();
        let id = (arn.clone(), wrapped.clone(), record.epoch());
        let key = match self.positions.get(&id) {
            Some(&key) => key,
            None if self.fetches.len() == MAX_DATA_KEYS => return Err(ItemError::TooManyKeys),
            None => {
                let (tenant, dataset) = (&request.tenant, &request.dataset);
                let context = EncryptionContext::record(tenant, dataset, record.epoch());
                let bytes = 0;
                self.fetches.push(Fetch {
                    arn,
                    wrapped,
                    context,
                    bytes,
                });
                self.positions.insert(id, self.fetches.len() - 1);
                self.fetches.len() - 1
            }
        };
        self.fetches[key].bytes += bytes;
        self.wanted.push(Wanted { index, record, key });
        Ok(())
    }
}

/// The KMS key that a record names, if it is one of the tenant's.
fn trusted_key(record: &SealedRecord, tenant: &Tenant) -> Result<KeyArn, ItemError> {
    KeyArn::parse(record.key_arn())
        .ok()
        .filter(|arn| tenant.data_keys.iter().any(|key| key == arn.as_str()))
        .ok_or(ItemError::KeyNotTrusted)
}

/// What a record says of its age is authentic only once it opens; but what says that it is too old
/// need not be opened, and what lies about it does not open.
fn check_floors(record: &SealedRecord, floors: &Floors, tenant: &Tenant) -> Result<(), ItemError> {
    if record.format() < floors.record_format {
        Err(ItemError::FormatBelowFloor)
    } else if record.epoch() < tenant.floors.epoch {
        Err(ItemError::EpochBelowFloor)
    } else {
        Ok(())
    }
}

fn open(
    request: &Request,
    item: &Item,
    record: &SealedRecord,
    key: &DataKey,
) -> Result<Secret<String>, ItemError> {
    let Input::Record {
        field, record_id, ..
    } = &item.input
    else {
        return Err(ItemError::RecordMalformed);
    };
    let (tenant, dataset) = (&request.tenant, &request.dataset);
    let place = Place {
        tenant,
        dataset,
        field,
        record_id,
    };
    let content = record
        .open(key.expose_secret(), &place)
        .map_err(|error| match error {
            RecordError::NotAuthentic => ItemError::RecordNotAuthentic,
            RecordError::Malformed | RecordError::TooLong | RecordError::KeyUsedUp => {
                ItemError::RecordMalformed
            }
        })?;
    let text = std::str::from_utf8(content.expose_secret()).map_err(|_| ItemError::InvalidValue)?;
    Ok(Secret::new(text.to_owned()))
}

/// What a caller is told of a failure towards KMS: what to do about it, and no more.
const fn item_error(error: KmsError) -> ItemError {
    match error {
        KmsError::Unavailable
        | KmsError::Throttled
        | KmsError::Deadline
        | KmsError::Busy
        | KmsError::Impostor
        | KmsError::Credentials
        | KmsError::Attestation(_) => ItemError::KmsUnavailable,
        KmsError::Denied | KmsError::KeyNotFound | KmsError::KeyUnusable | KmsError::Rejected => {
            ItemError::KeyDenied
        }
        KmsError::KeyDisabled => ItemError::KeyDisabled,
        KmsError::WrappedKeyInvalid | KmsError::DataKeyLength => ItemError::WrappedKeyInvalid,
        KmsError::MalformedReply
        | KmsError::PlaintextReply
        | KmsError::NoEnvelope
        | KmsError::ForeignKey
        | KmsError::ForeignAlgorithm
        | KmsError::Envelope(_)
        | KmsError::NoWrappedKey => ItemError::KmsReplyRefused,
    }
}

#[cfg(test)]
mod tests;
