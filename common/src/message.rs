//! What only caller and enclave see: the request, the reply, and why one was refused.
//!
//! Everything here is encoded by [`crate::cbor`] and travels sealed. Texts that can hold PII are
//! [`Secret`]; codes, names and numbers are plain. Which parameters an operation takes is the
//! business of the crate that runs it, so they stay a CBOR value here.
//!
//! Next: [`crate::hpke`] seals a request, [`crate::reply`] its reply; docs/PROTOCOL.md §4.

mod parameters;
mod refusal;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use zeroize::Zeroizing;

pub use parameters::{Parameters, ParametersError};
pub use refusal::{ItemError, Refusal};

use crate::{
    Secret, UnixMillis,
    cbor::{self, Bounds, CborError},
    limits::{
        MAX_REPLY_CBOR_ITEMS, MAX_REQUEST_CBOR_ITEMS, MAX_SEALED_REPLY_BYTES,
        MAX_SEALED_REQUEST_BYTES,
    },
    secret::{exposed, exposed_option},
};

/// The names of all operations. A policy that grants another name is refused.
pub const OPERATIONS: &[&str] = &[
    "detect",
    "redact",
    "replace",
    "mask",
    "placeholder",
    "verify",
    "validate",
    "pseudonymize",
    "blind_index",
    "tokenize",
    "detokenize",
    "retokenize",
    "encrypt_format",
    "decrypt_format",
    "generalize",
    "bucket",
    "shift_date",
    "time_part",
    "reveal",
    "reseal",
    "create_root",
];

/// What `reseal` takes. The parameters of the others are those of the engine.
pub const RESEAL_PARAMETERS: &[&str] = &["epoch"];
/// What `create_root` takes.
pub const CREATE_ROOT_PARAMETERS: &[&str] = &["version"];

/// Drawn at random by the caller for each request.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(#[serde(with = "serde_bytes")] pub [u8; 16]);

impl RequestId {
    /// The id in the reply to a request whose own could not be read.
    pub const UNKNOWN: Self = Self([0; 16]);
}

/// One request: an operation over many items of one tenant and dataset.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Accepted once.
    pub id: RequestId,
    /// When it was made, in the enclave's time.
    pub issued_at: UnixMillis,
    /// What the caller says the result is for.
    pub purpose: String,
    /// Whose data.
    pub tenant: String,
    /// Which data of the tenant's.
    pub dataset: String,
    /// The name in the catalogue, `mask` for instance.
    pub operation: String,
    /// What the operation is told.
    pub parameters: Parameters,
    /// At most [`crate::limits::MAX_ITEMS`].
    pub items: Vec<Item>,
}

/// One thing to work on.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The caller's name for it, echoed back.
    pub reference: String,
    /// The data.
    pub input: Input,
    /// What `verify` compares it with; for a text whose date is shifted, whom it is about.
    #[serde(with = "exposed_option")]
    pub other: Option<Secret<String>>,
}

/// Where an item's data comes from.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Input {
    /// Text in the request itself.
    Text(#[serde(with = "exposed")] Secret<String>),
    /// A sealed record, and the place it belongs to.
    Record {
        /// The field, a column for instance.
        field: String,
        /// The row.
        record_id: String,
        /// COSE_Encrypt, see [`crate::record`].
        record: ByteBuf,
    },
}

/// The reply to one request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Reply {
    /// One result per item, in the order of the items.
    Done {
        /// As many as the request had items.
        items: Vec<ItemResult>,
    },
    /// Nothing was done.
    Refused {
        /// Why.
        code: Refusal,
    },
}

/// What became of one item.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemResult {
    /// The item's reference.
    pub reference: String,
    /// Output or error.
    pub outcome: Outcome,
}

/// The output of one item, or why there is none.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Outcome {
    /// Masked or redacted text, a pseudonym, or plaintext to those who may have it.
    Text(#[serde(with = "exposed")] Secret<String>),
    /// The answer of a check.
    Boolean(bool),
    /// Whether a value is well-formed.
    Validity {
        /// The first rule that it breaks; none when it is well-formed.
        rule: Option<String>,
    },
    /// A token that does not say itself of which version its key is.
    Versioned {
        /// The token.
        #[serde(with = "exposed")]
        text: Secret<String>,
        /// Of the root that its key was derived from.
        version: u32,
    },
    /// Where identifiers are.
    Findings {
        /// What offsets count: `byte`, `codepoint` or `utf16`.
        offsets: String,
        /// All of them, in order; a text that was not scanned whole is an error.
        findings: Vec<Finding>,
    },
    /// A KMS ciphertext, opened only by an attested enclave.
    Blob(ByteBuf),
    /// A sealed record, and the place that it is bound to.
    Record {
        /// Whose data.
        tenant: String,
        /// Which data of the tenant's.
        dataset: String,
        /// The field.
        field: String,
        /// The row.
        record_id: String,
        /// COSE_Encrypt, see [`crate::record`].
        record: ByteBuf,
    },
    /// No output.
    Error(ItemError),
}

/// One identifier in a text. Never the value.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The type's name, as Presidio has it where it has the type.
    pub entity: String,
    /// Where it starts.
    pub start: u64,
    /// Where what follows it starts.
    pub end: u64,
    /// Confidence in percent.
    pub confidence_percent: u8,
    /// The pattern that matched.
    pub pattern: String,
    /// Whether a checksum or structural check passed; absent where the type has none. Only who asks for
    /// values that look like identifiers gets those of which it failed.
    pub checksum: Option<bool>,
    /// Whether a context word stood before it.
    pub context: bool,
}

impl Request {
    const BOUNDS: Bounds = Bounds::new(MAX_SEALED_REQUEST_BYTES, MAX_REQUEST_CBOR_ITEMS);

    /// The bytes that are signed and sealed: never any that [`Self::decode`] would not take.
    ///
    /// # Errors
    ///
    /// [`CborError::Unencodable`] when parameters hold a value without a CBOR form, and what a
    /// receiver would say when they are nested too deeply or the request is too large.
    pub fn encode(&self) -> Result<Zeroizing<Vec<u8>>, CborError> {
        let bytes = Zeroizing::new(cbor::encode(self)?);
        Self::BOUNDS.scan(&bytes)?;
        Ok(bytes)
    }

    /// Reads them.
    ///
    /// # Errors
    ///
    /// [`CborError`] when they are not a request in its one form.
    pub fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        cbor::decode(bytes, Self::BOUNDS)
    }
}

impl Reply {
    /// The bytes that are sealed.
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(cbor::encode(self).expect("a reply of texts and numbers always encodes"))
    }

    /// Reads them.
    ///
    /// # Errors
    ///
    /// [`CborError`] when they are not a reply in its one form.
    pub fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        cbor::decode(
            bytes,
            Bounds::new(MAX_SEALED_REPLY_BYTES, MAX_REPLY_CBOR_ITEMS),
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::limits::MAX_CBOR_DEPTH;

    fn request() -> Request {
        Request {
            id: RequestId([1; 16]),
            issued_at: UnixMillis(1_790_000_000_000),
            purpose: "support".into(),
            tenant: "acme".into(),
            dataset: "customers".into(),
            operation: "mask".into(),
            parameters: Parameters::from_json(&serde_json::json!({"keep_last": 4, "with": "*"}))
                .expect("a JSON object"),
            items: vec![
                Item {
                    reference: "1".into(),
                    input: Input::Text(Secret::new("078-05-1120".into())),
                    other: Some(Secret::new("078-05-1121".into())),
                },
                Item {
                    reference: "2".into(),
                    input: Input::Record {
                        field: "ssn".into(),
                        record_id: "17".into(),
                        record: ByteBuf::from(vec![0xd8; 40]),
                    },
                    other: None,
                },
            ],
        }
    }

    fn reply() -> Reply {
        let finding = Finding {
            entity: "US_SSN".into(),
            start: 0,
            end: 11,
            confidence_percent: 85,
            pattern: "dashed".into(),
            checksum: Some(true),
            context: false,
        };
        let outcomes = [
            Outcome::Text(Secret::new("***".into())),
            Outcome::Boolean(true),
            Outcome::Validity {
                rule: Some("checksum".into()),
            },
            Outcome::Validity { rule: None },
            Outcome::Versioned {
                text: Secret::new("302-05-7114".into()),
                version: 3,
            },
            Outcome::Findings {
                offsets: "codepoint".into(),
                findings: vec![finding],
            },
            Outcome::Blob(ByteBuf::from(vec![1])),
            Outcome::Record {
                tenant: "acme".into(),
                dataset: "customers".into(),
                field: "ssn".into(),
                record_id: "17".into(),
                record: ByteBuf::from(vec![0xd8; 40]),
            },
            Outcome::Error(ItemError::RecordNotAuthentic),
        ];
        let items = outcomes
            .into_iter()
            .map(|outcome| ItemResult {
                reference: "r".into(),
                outcome,
            })
            .collect();
        Reply::Done { items }
    }

    #[test]
    fn a_request_decodes_to_the_same_bytes() {
        let bytes = request().encode().expect("plain parameters");
        let again = Request::decode(&bytes).expect("it was just encoded");
        assert_eq!(again.encode().expect("plain parameters"), bytes);
        assert_eq!(again.items.len(), 2);
    }

    #[test]
    fn a_request_that_no_enclave_would_read_is_not_encoded() {
        let with = |value| Request {
            parameters: Parameters::from_json(&serde_json::json!({ "x": value })).expect("object"),
            ..request()
        };
        // The request and its parameters are two of the levels.
        let nested =
            |depth| (0..depth).fold(serde_json::json!(1), |inner, _| serde_json::json!([inner]));
        let encoded = |value| {
            with(value)
                .encode()
                .map(|bytes| Request::decode(&bytes).is_ok())
        };
        assert_eq!(encoded(nested(MAX_CBOR_DEPTH - 2)), Ok(true));
        assert_eq!(encoded(nested(MAX_CBOR_DEPTH - 1)), Err(CborError::TooDeep));
        let many = vec![serde_json::json!(1); MAX_REQUEST_CBOR_ITEMS];
        assert_eq!(encoded(many.into()), Err(CborError::TooManyItems));
    }

    #[test]
    fn a_request_cut_at_any_length_is_refused() {
        let bytes = request().encode().expect("plain parameters");
        for length in 0..bytes.len() {
            let refused = Request::decode(&bytes[..length]).expect_err("it was cut");
            assert_eq!(refused, CborError::Truncated);
        }
    }

    #[test]
    fn a_reply_decodes_to_the_same_bytes_and_is_refused_when_cut() {
        let bytes = reply().encode();
        assert_eq!(
            Reply::decode(&bytes).expect("it was just encoded").encode(),
            bytes
        );
        for length in 0..bytes.len() {
            assert!(Reply::decode(&bytes[..length]).is_err(), "cut at {length}");
        }
    }

    #[test]
    fn nothing_that_can_hold_pii_is_printed() {
        let printed = format!("{:?}{:?}", request(), reply());
        assert!(!printed.contains("078-05"), "{printed}");
        assert!(!printed.contains("keep_last"), "{printed}");
    }

    proptest! {
        #[test]
        fn any_request_survives_and_altered_is_refused_or_another_in_its_one_form(
            names in proptest::array::uniform4(".{0,12}"),
            texts in proptest::collection::vec((".{0,8}", ".{0,40}"), 0..4),
            place: proptest::sample::Index,
            byte: u8,
        ) {
            let [purpose, tenant, dataset, operation] = names;
            let items = texts.into_iter().map(|(reference, text)| Item {
                reference,
                input: Input::Text(Secret::new(text)),
                other: None,
            });
            let items = items.collect();
            let request = Request { purpose, tenant, dataset, operation, items, ..request() };
            let mut bytes = request.encode().expect("plain parameters");
            let again = Request::decode(&bytes).expect("it was just encoded");
            prop_assert_eq!(&again.encode().expect("plain parameters"), &bytes);
            let place = place.index(bytes.len());
            bytes[place] = byte;
            if let Ok(other) = Request::decode(&bytes) {
                prop_assert_eq!(other.encode().expect("plain parameters"), bytes);
            }
        }

        #[test]
        fn an_altered_reply_is_refused_or_another_in_its_one_form(
            place: proptest::sample::Index,
            byte: u8,
        ) {
            let mut bytes = reply().encode();
            let place = place.index(bytes.len());
            bytes[place] = byte;
            if let Ok(other) = Reply::decode(&bytes) {
                prop_assert_eq!(other.encode(), bytes);
            }
        }
    }
}
