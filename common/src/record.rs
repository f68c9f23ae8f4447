//! A sealed record at rest: COSE_Encrypt (RFC 9052 §5.1) under a data key that KMS wraps.
//!
//! Content is AES-256-GCM with a random nonce. The one recipient names the KMS key and holds the
//! wrapped data key; its digest, the place of the record and the format version are in the AAD, so
//! a record cannot be moved to another tenant, dataset, field or row, nor be given another wrapped
//! key. The KMS encryption context repeats tenant, dataset and epoch (no PII: CloudTrail shows it).
//!
//! Who holds the data key: a writer that KMS gave it, and the enclave. Next: docs/PROTOCOL.md §6.

use std::sync::atomic::{AtomicU64, Ordering};

use coset::{
    CborSerializable, CoseEncrypt, CoseEncryptBuilder, CoseRecipient, CoseRecipientBuilder, Header,
    HeaderBuilder, Label, RegisteredLabelWithPrivate, cbor::Value, iana,
};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    rand::{SecureRandom, SystemRandom},
};
use serde::Serialize;
use serde_bytes::Bytes;

use crate::{
    Epoch, Secret,
    cbor::{self, CborError},
    digest::sha256,
    limits::{MAX_NAME_BYTES, MAX_RECORD_BYTES, MAX_WRAPPED_KEY_BYTES},
};

/// Private-use COSE algorithm of the recipient: the key is a KMS ciphertext blob.
pub const ALG_KMS_WRAPPED: i64 = -65_702;
/// Private-use header parameter of the content: the epoch of the data key, an unsigned integer.
const HEADER_EPOCH: i64 = -65_711;
/// The format of the records that this code seals and opens: the `v1` in their AAD.
pub const RECORD_FORMAT: u32 = 1;
/// Messages under one key with random nonces (NIST SP 800-38D §8.3).
const MAX_SEALED_PER_KEY: u64 = 1 << 32;

/// The place that a record belongs to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Place<'a> {
    /// Whose data.
    pub tenant: &'a str,
    /// Which data of the tenant's.
    pub dataset: &'a str,
    /// The field, a column for instance.
    pub field: &'a str,
    /// The row.
    pub record_id: &'a str,
}

/// Why a record was not sealed or did not open.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RecordError {
    /// Longer than [`MAX_RECORD_BYTES`].
    #[error("record is over {MAX_RECORD_BYTES} bytes")]
    TooLong,
    /// Not a COSE_Encrypt of our profile.
    #[error("record is malformed")]
    Malformed,
    /// Altered, or of another place, or under another key. Which of these is not told.
    #[error("record is not authentic")]
    NotAuthentic,
    /// The data key has sealed as many records as it may.
    #[error("data key is used up")]
    KeyUsedUp,
}

impl RecordError {
    /// The stable name for callers.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLong => "record_too_long",
            Self::Malformed => "record_malformed",
            Self::NotAuthentic => "record_not_authentic",
            Self::KeyUsedUp => "data_key_used_up",
        }
    }
}

/// A data key in the hands of a writer, for one tenant, dataset and epoch.
pub struct DataKey {
    key: LessSafeKey,
    epoch: Epoch,
    recipient: CoseRecipient,
    recipient_digest: [u8; 32],
    sealed: AtomicU64,
}

impl DataKey {
    /// A data key as KMS's `GenerateDataKey` gave it, for the epoch of its encryption context.
    ///
    /// # Errors
    ///
    /// [`RecordError::Malformed`] for a wrapped key or name longer than records may hold.
    pub fn new(
        plaintext: &Secret<[u8; 32]>,
        wrapped: &[u8],
        key_arn: &str,
        epoch: Epoch,
    ) -> Result<Self, RecordError> {
        let name_fits = key_arn.len() <= MAX_NAME_BYTES;
        if wrapped.is_empty() || wrapped.len() > MAX_WRAPPED_KEY_BYTES || !name_fits {
            return Err(RecordError::Malformed);
        }
        let recipient = CoseRecipientBuilder::new()
            .protected(recipient_header())
            .unprotected(
                HeaderBuilder::new()
                    .key_id(key_arn.as_bytes().to_vec())
                    .build(),
            )
            .ciphertext(wrapped.to_vec())
            .build();
        let recipient_digest = digest_of(&recipient).ok_or(RecordError::Malformed)?;
        Ok(Self {
            key: aead(plaintext.expose_secret()),
            epoch,
            recipient,
            recipient_digest,
            sealed: AtomicU64::new(0),
        })
    }

    /// Seals one value for its place.
    ///
    /// # Errors
    ///
    /// [`RecordError::TooLong`], or [`RecordError::KeyUsedUp`] after 2³² records.
    pub fn seal(&self, place: &Place<'_>, plaintext: &[u8]) -> Result<Vec<u8>, RecordError> {
        if plaintext.len() > MAX_RECORD_BYTES {
            return Err(RecordError::TooLong);
        }
        if self.sealed.fetch_add(1, Ordering::Relaxed) >= MAX_SEALED_PER_KEY {
            return Err(RecordError::KeyUsedUp);
        }
        let mut nonce = [0; ring::aead::NONCE_LEN];
        SystemRandom::new()
            .fill(&mut nonce)
            .expect("the system's random source answers");
        let external = external_aad(place, self.epoch, &self.recipient_digest);
        let record = CoseEncryptBuilder::new()
            .protected(content_header(self.epoch))
            .unprotected(HeaderBuilder::new().iv(nonce.to_vec()).build())
            .add_recipient(self.recipient.clone())
            .create_ciphertext(plaintext, &external, |plaintext, aad| {
                let mut sealed = plaintext.to_vec();
                self.key
                    .seal_in_place_append_tag(
                        Nonce::assume_unique_for_key(nonce),
                        Aad::from(aad),
                        &mut sealed,
                    )
                    .expect("a record is shorter than AES-GCM's limit of 64 GiB");
                sealed
            })
            .build()
            .to_vec()
            .expect("a record of byte strings always encodes");
        if record.len() > MAX_RECORD_BYTES {
            Err(RecordError::TooLong)
        } else {
            Ok(record)
        }
    }
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("DataKey")
            .field("epoch", &self.epoch)
            .finish_non_exhaustive()
    }
}

/// A record whose structure was checked and whose content is still sealed.
#[derive(Clone, Debug, PartialEq)]
pub struct SealedRecord {
    cose: CoseEncrypt,
    key_arn: String,
    epoch: Epoch,
    nonce: [u8; ring::aead::NONCE_LEN],
    recipient_digest: [u8; 32],
}

impl SealedRecord {
    /// Reads the structure. Nothing in it is authentic yet.
    ///
    /// # Errors
    ///
    /// [`RecordError::TooLong`] or [`RecordError::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordError> {
        let cose = cbor::decode_cose(bytes, MAX_RECORD_BYTES).map_err(|error| match error {
            CborError::TooLong { .. } => RecordError::TooLong,
            _ => RecordError::Malformed,
        })?;
        Self::from_cose(cose).ok_or(RecordError::Malformed)
    }

    fn from_cose(cose: CoseEncrypt) -> Option<Self> {
        let [(Label::Int(HEADER_EPOCH), Value::Integer(epoch))] =
            cose.protected.header.rest.as_slice()
        else {
            return None;
        };
        let epoch = Epoch(u32::try_from(*epoch).ok()?);
        let [recipient] = cose.recipients.as_slice() else {
            return None;
        };
        let nonce = cose.unprotected.iv.as_slice().try_into().ok()?;
        let key_arn = String::from_utf8(recipient.unprotected.key_id.clone()).ok()?;
        let wrapped = recipient.ciphertext.as_deref()?;
        let exact = cose.protected.header == content_header(epoch)
            && cose.unprotected == HeaderBuilder::new().iv(cose.unprotected.iv.clone()).build()
            && recipient.protected.header == recipient_header()
            && recipient.unprotected
                == HeaderBuilder::new()
                    .key_id(recipient.unprotected.key_id.clone())
                    .build()
            && recipient.recipients.is_empty()
            && cose.ciphertext.is_some()
            && (1..=MAX_WRAPPED_KEY_BYTES).contains(&wrapped.len())
            && key_arn.len() <= MAX_NAME_BYTES;
        let recipient_digest = digest_of(recipient)?;
        exact.then_some(Self {
            cose,
            key_arn,
            epoch,
            nonce,
            recipient_digest,
        })
    }

    /// The KMS key that wraps the data key.
    pub fn key_arn(&self) -> &str {
        &self.key_arn
    }

    /// The epoch of the data key.
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The format of the record: there is one so far, and the parser takes no other.
    pub const fn format(&self) -> u32 {
        RECORD_FORMAT
    }

    /// The wrapped data key.
    pub fn wrapped_key(&self) -> &[u8] {
        self.cose.recipients[0]
            .ciphertext
            .as_deref()
            .expect("the parser saw it")
    }

    /// Opens the content for the place that the caller says it belongs to.
    ///
    /// # Errors
    ///
    /// [`RecordError::NotAuthentic`], one for every cause.
    pub fn open(&self, key: &[u8; 32], place: &Place<'_>) -> Result<Secret<Vec<u8>>, RecordError> {
        let external = external_aad(place, self.epoch, &self.recipient_digest);
        self.cose
            .decrypt_ciphertext(
                &external,
                || RecordError::NotAuthentic,
                |ciphertext, aad| {
                    let mut buffer = ciphertext.to_vec();
                    let nonce = Nonce::assume_unique_for_key(self.nonce);
                    let length = aead(key)
                        .open_in_place(nonce, Aad::from(aad), &mut buffer)
                        .map_err(|_| RecordError::NotAuthentic)?
                        .len();
                    buffer.truncate(length);
                    Ok(buffer)
                },
            )
            .map(Secret::new)
    }
}

fn aead(key: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("32 bytes are an AES-256 key"))
}

fn content_header(epoch: Epoch) -> Header {
    HeaderBuilder::new()
        .algorithm(iana::Algorithm::A256GCM)
        .value(HEADER_EPOCH, Value::from(epoch.0))
        .build()
}

fn recipient_header() -> Header {
    HeaderBuilder::new()
        .algorithm_label(RegisteredLabelWithPrivate::<iana::Algorithm>::PrivateUse(
            ALG_KMS_WRAPPED,
        ))
        .build()
}

fn digest_of(recipient: &CoseRecipient) -> Option<[u8; 32]> {
    recipient
        .clone()
        .to_vec()
        .ok()
        .map(|bytes| sha256(&[&bytes]))
}

/// What the content is bound to beside its headers, as canonical CBOR.
#[derive(Serialize)]
struct Bound<'a> {
    format: &'static str,
    tenant: &'a str,
    dataset: &'a str,
    epoch: Epoch,
    field: &'a str,
    record_id: &'a str,
    recipient: &'a Bytes,
}

fn external_aad(place: &Place<'_>, epoch: Epoch, recipient: &[u8; 32]) -> Vec<u8> {
    cbor::encode(&Bound {
        format: "vouchsafe/record/v1",
        tenant: place.tenant,
        dataset: place.dataset,
        epoch,
        field: place.field,
        record_id: place.record_id,
        recipient: Bytes::new(recipient),
    })
    .expect("texts, a number and a byte string always encode")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ARN: &str = "arn:aws:kms:eu-west-1:222222222222:key/00000000-1111-2222-3333-444444444444";
    const PLACE: Place<'_> = Place {
        tenant: "acme",
        dataset: "customers",
        field: "ssn",
        record_id: "17",
    };

    fn data_key() -> DataKey {
        DataKey::new(&Secret::new([7; 32]), &[9; 184], ARN, Epoch(1)).expect("within bounds")
    }

    fn opened(record: &[u8], key: &[u8; 32], place: &Place<'_>) -> Result<Vec<u8>, RecordError> {
        SealedRecord::parse(record)?
            .open(key, place)
            .map(|plain| plain.expose_secret().clone())
    }

    #[test]
    fn a_record_opens_in_its_place() {
        let record = data_key().seal(&PLACE, b"078-05-1120").expect("short");
        assert_eq!(
            opened(&record, &[7; 32], &PLACE),
            Ok(b"078-05-1120".to_vec())
        );
        let parsed = SealedRecord::parse(&record).expect("it was just sealed");
        assert_eq!((parsed.key_arn(), parsed.epoch()), (ARN, Epoch(1)));
        assert_eq!(parsed.wrapped_key(), [9; 184]);
    }

    #[test]
    fn a_record_moved_to_another_tenant_dataset_field_or_row_does_not_open() {
        let record = data_key().seal(&PLACE, b"078-05-1120").expect("short");
        for place in [
            Place {
                tenant: "bolt",
                ..PLACE
            },
            Place {
                dataset: "leads",
                ..PLACE
            },
            Place {
                field: "name",
                ..PLACE
            },
            Place {
                record_id: "18",
                ..PLACE
            },
        ] {
            assert_eq!(
                opened(&record, &[7; 32], &place),
                Err(RecordError::NotAuthentic)
            );
        }
    }

    #[test]
    fn a_record_under_another_key_or_with_another_wrapped_key_does_not_open() {
        let record = data_key().seal(&PLACE, b"078-05-1120").expect("short");
        assert_eq!(
            opened(&record, &[8; 32], &PLACE),
            Err(RecordError::NotAuthentic)
        );
        let mut cose = CoseEncrypt::from_slice(&record).expect("it was just sealed");
        cose.recipients[0].ciphertext = Some(vec![10; 184]);
        let swapped = cose.to_vec().expect("encodes");
        assert_eq!(
            opened(&swapped, &[7; 32], &PLACE),
            Err(RecordError::NotAuthentic)
        );
    }

    #[test]
    fn a_record_altered_anywhere_or_cut_at_any_length_does_not_open() {
        let record = data_key().seal(&PLACE, b"078-05-1120").expect("short");
        for position in 0..record.len() {
            assert_eq!(
                opened(&record[..position], &[7; 32], &PLACE),
                Err(RecordError::Malformed)
            );
            let mut altered = record.clone();
            altered[position] ^= 1;
            assert!(
                opened(&altered, &[7; 32], &PLACE).is_err(),
                "byte {position}"
            );
        }
    }

    #[test]
    fn an_epoch_that_is_no_unsigned_number_below_2_to_the_32_is_malformed() {
        let record = data_key().seal(&PLACE, b"078-05-1120").expect("short");
        let with_epoch = |epoch: Value| {
            let mut cose = CoseEncrypt::from_slice(&record).expect("it was just sealed");
            cose.protected.original_data = None;
            cose.protected.header.rest = vec![(Label::Int(HEADER_EPOCH), epoch)];
            SealedRecord::parse(&cose.to_vec().expect("encodes")).map(|record| record.epoch())
        };
        for epoch in [0, 1, u32::MAX] {
            assert_eq!(with_epoch(Value::from(epoch)), Ok(Epoch(epoch)));
        }
        for other in [
            Value::from(u64::from(u32::MAX) + 1),
            Value::from(-1),
            Value::Text("1".into()),
            Value::Null,
        ] {
            assert_eq!(with_epoch(other), Err(RecordError::Malformed));
        }
    }

    #[test]
    fn a_record_moved_to_another_epoch_does_not_open() {
        let seal = |epoch| {
            DataKey::new(&Secret::new([7; 32]), &[9; 184], ARN, epoch)
                .and_then(|key| key.seal(&PLACE, b"x"))
                .expect("within bounds")
        };
        let (old, new) = (seal(Epoch(1)), seal(Epoch(2)));
        assert!(opened(&new, &[7; 32], &PLACE).is_ok());
        let mut cose = CoseEncrypt::from_slice(&old).expect("it was just sealed");
        cose.protected = CoseEncrypt::from_slice(&new)
            .expect("it was just sealed")
            .protected;
        let moved = cose.to_vec().expect("encodes");
        assert_eq!(
            opened(&moved, &[7; 32], &PLACE),
            Err(RecordError::NotAuthentic)
        );
    }

    #[test]
    fn two_records_of_one_value_share_no_bytes_of_ciphertext() {
        let key = data_key();
        let nonces = [(); 2].map(|()| {
            let record = key.seal(&PLACE, b"same").expect("short");
            SealedRecord::parse(&record)
                .expect("it was just sealed")
                .nonce
        });
        assert_ne!(nonces[0], nonces[1]);
    }

    #[test]
    fn what_is_too_long_is_refused_on_both_sides() {
        let long = vec![0; MAX_RECORD_BYTES + 1];
        assert_eq!(data_key().seal(&PLACE, &long), Err(RecordError::TooLong));
        assert_eq!(
            data_key().seal(&PLACE, &long[1..]),
            Err(RecordError::TooLong)
        );
        assert_eq!(SealedRecord::parse(&long), Err(RecordError::TooLong));
        let key = Secret::new([7; 32]);
        let refused = DataKey::new(&key, &[0; MAX_WRAPPED_KEY_BYTES + 1], ARN, Epoch(1)).err();
        assert_eq!(refused, Some(RecordError::Malformed));
    }

    #[test]
    fn a_used_up_data_key_seals_nothing_more() {
        let key = data_key();
        key.sealed.store(MAX_SEALED_PER_KEY, Ordering::Relaxed);
        assert_eq!(key.seal(&PLACE, b"x"), Err(RecordError::KeyUsedUp));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_refused_and_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(SealedRecord::parse(&bytes).is_err());
        }
    }
}
