//! The payload of a document: nine fields, as the NSM writes them.
//!
//! Order of keys does not matter, an absent optional field equals null, and everything else is
//! strict: no unknown key, none twice, sizes as measured on real hardware (fields up to 1024
//! bytes, although AWS's text also says 512). Values stay unverified until
//! [`super::authenticate`] hands them out as a [`Document`].

use core::fmt;
use std::collections::BTreeMap;

use coset::cbor::Value;

use super::prescan::{Lengths, prescan};
use super::{AttestationError, MAX_BUNDLE_CERTIFICATES, MAX_FIELD_BYTES, Pcr};
use crate::UnixMillis;

/// Registers that an NSM can have.
const PCRS: u8 = 32;

/// The fields of a document, for errors.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Field {
    /// `module_id`.
    ModuleId,
    /// `digest`.
    Digest,
    /// `timestamp`.
    Timestamp,
    /// `pcrs`.
    Pcrs,
    /// `certificate`.
    Certificate,
    /// `cabundle`.
    Cabundle,
    /// `public_key`.
    PublicKey,
    /// `user_data`.
    UserData,
    /// `nonce`.
    Nonce,
}

impl Field {
    const ALL: [Self; 9] = [
        Self::ModuleId,
        Self::Digest,
        Self::Timestamp,
        Self::Pcrs,
        Self::Certificate,
        Self::Cabundle,
        Self::PublicKey,
        Self::UserData,
        Self::Nonce,
    ];

    /// The key in the payload map.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ModuleId => "module_id",
            Self::Digest => "digest",
            Self::Timestamp => "timestamp",
            Self::Pcrs => "pcrs",
            Self::Certificate => "certificate",
            Self::Cabundle => "cabundle",
            Self::PublicKey => "public_key",
            Self::UserData => "user_data",
            Self::Nonce => "nonce",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What an authenticated document says.
///
/// Handed out after signature and chain were verified; holding one proves nothing by itself, for
/// its fields are open. Only [`super::Trusted`] is proof.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Document {
    /// `i-<instance>-enc<enclave>`.
    pub module_id: String,
    /// When the NSM signed.
    pub timestamp: UnixMillis,
    /// The registers by index.
    pub pcrs: BTreeMap<u8, Pcr>,
    /// A key that the enclave asked to be vouched for.
    pub public_key: Option<Vec<u8>>,
    /// Data that the enclave asked to be vouched for; may be present and empty.
    pub user_data: Option<Vec<u8>>,
    /// The verifier's nonce.
    pub nonce: Option<Vec<u8>>,
    /// Start of the leaf certificate's validity.
    pub leaf_not_before: UnixMillis,
    /// End of it, the last second included.
    pub leaf_not_after: UnixMillis,
}

/// The payload as read, before anything was verified.
pub(super) struct Unverified {
    pub(super) module_id: String,
    pub(super) timestamp: UnixMillis,
    pub(super) pcrs: BTreeMap<u8, Pcr>,
    pub(super) certificate: Vec<u8>,
    pub(super) cabundle: Vec<Vec<u8>>,
    pub(super) public_key: Option<Vec<u8>>,
    pub(super) user_data: Option<Vec<u8>>,
    pub(super) nonce: Option<Vec<u8>>,
}

impl Unverified {
    /// Reads a payload.
    pub(super) fn decode(payload: &[u8]) -> Result<Self, AttestationError> {
        prescan(payload, Lengths::OpenContainers)?;
        // After the prescan the only thing left to go wrong is text that is not UTF-8.
        let value: Value =
            coset::cbor::de::from_reader(payload).map_err(|_| AttestationError::CborText)?;
        let Value::Map(entries) = value else {
            return Err(AttestationError::PayloadNotMap);
        };
        let mut fields = Fields::sort(entries)?;
        Ok(Self {
            module_id: module_id(fields.take(Field::ModuleId)?)?,
            timestamp: {
                digest(&fields.take(Field::Digest)?)?;
                timestamp(&fields.take(Field::Timestamp)?)?
            },
            pcrs: pcrs(fields.take(Field::Pcrs)?)?,
            certificate: bytes(Field::Certificate, fields.take(Field::Certificate)?, 1)?,
            cabundle: cabundle(fields.take(Field::Cabundle)?)?,
            public_key: fields.optional(Field::PublicKey, 1)?,
            user_data: fields.optional(Field::UserData, 0)?,
            nonce: fields.optional(Field::Nonce, 0)?,
        })
    }
}

/// The nine values, in the order of [`Field::ALL`].
struct Fields([Option<Value>; 9]);

impl Fields {
    fn sort(entries: Vec<(Value, Value)>) -> Result<Self, AttestationError> {
        let mut fields = Self([const { None }; 9]);
        for (key, value) in entries {
            let Value::Text(name) = key else {
                return Err(AttestationError::UnknownField);
            };
            if name == "nitrotpm_pcrs" {
                return Err(AttestationError::NitroTpm);
            }
            let position = Field::ALL.iter().position(|field| field.name() == name);
            let position = position.ok_or(AttestationError::UnknownField)?;
            if fields.0[position].replace(value).is_some() {
                return Err(AttestationError::DuplicateField {
                    field: Field::ALL[position],
                });
            }
        }
        Ok(fields)
    }

    fn present(&mut self, field: Field) -> Option<Value> {
        // `Field` has no explicit discriminants, so they count up in the order of `ALL`.
        self.0[field as usize]
            .take()
            .filter(|value| !value.is_null())
    }

    fn take(&mut self, field: Field) -> Result<Value, AttestationError> {
        self.present(field)
            .ok_or(AttestationError::MissingField { field })
    }

    fn optional(&mut self, field: Field, min: usize) -> Result<Option<Vec<u8>>, AttestationError> {
        self.present(field)
            .map(|value| bytes(field, value, min))
            .transpose()
    }
}

fn bytes(field: Field, value: Value, min: usize) -> Result<Vec<u8>, AttestationError> {
    let Value::Bytes(bytes) = value else {
        return Err(AttestationError::FieldType { field });
    };
    if bytes.len() < min || bytes.len() > MAX_FIELD_BYTES {
        return Err(AttestationError::FieldSize { field });
    }
    Ok(bytes)
}

fn module_id(value: Value) -> Result<String, AttestationError> {
    let Value::Text(id) = value else {
        return Err(AttestationError::FieldType {
            field: Field::ModuleId,
        });
    };
    let is_hex = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    // The longest seen is 39 bytes; 64 leaves room without inviting a megabyte into logs.
    let parts = id
        .strip_prefix("i-")
        .and_then(|rest| rest.split_once("-enc"));
    match parts {
        Some((instance, enclave)) if id.len() <= 64 && is_hex(instance) && is_hex(enclave) => {
            Ok(id)
        }
        _ => Err(AttestationError::ModuleId),
    }
}

fn digest(value: &Value) -> Result<(), AttestationError> {
    match value.as_text() {
        Some("SHA384") => Ok(()),
        Some(_) => Err(AttestationError::DigestAlgorithm),
        None => Err(AttestationError::FieldType {
            field: Field::Digest,
        }),
    }
}

fn timestamp(value: &Value) -> Result<UnixMillis, AttestationError> {
    let Value::Integer(number) = value else {
        return Err(AttestationError::FieldType {
            field: Field::Timestamp,
        });
    };
    // Times beyond i64 are no times; other readers would see them as negative.
    let millis = i64::try_from(*number)
        .ok()
        .and_then(|millis| u64::try_from(millis).ok());
    millis
        .filter(|millis| *millis > 0)
        .map(UnixMillis)
        .ok_or(AttestationError::Timestamp)
}

fn pcrs(value: Value) -> Result<BTreeMap<u8, Pcr>, AttestationError> {
    let Value::Map(entries) = value else {
        return Err(AttestationError::FieldType { field: Field::Pcrs });
    };
    if entries.is_empty() {
        return Err(AttestationError::FieldSize { field: Field::Pcrs });
    }
    let mut pcrs = BTreeMap::new();
    for (key, value) in entries {
        let index = key.as_integer().and_then(|index| u8::try_from(index).ok());
        let index = index
            .filter(|index| *index < PCRS)
            .ok_or(AttestationError::PcrIndex)?;
        let Value::Bytes(value) = value else {
            return Err(AttestationError::FieldType { field: Field::Pcrs });
        };
        let value = value
            .try_into()
            .map_err(|_| AttestationError::PcrLength { index })?;
        if pcrs.insert(index, Pcr(value)).is_some() {
            return Err(AttestationError::DuplicatePcr { index });
        }
    }
    Ok(pcrs)
}

fn cabundle(value: Value) -> Result<Vec<Vec<u8>>, AttestationError> {
    let field = Field::Cabundle;
    let Value::Array(entries) = value else {
        return Err(AttestationError::FieldType { field });
    };
    if entries.is_empty() || entries.len() > MAX_BUNDLE_CERTIFICATES {
        return Err(AttestationError::FieldSize { field });
    }
    entries
        .into_iter()
        .map(|entry| bytes(field, entry, 1))
        .collect()
}
