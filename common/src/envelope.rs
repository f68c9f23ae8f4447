//! What the parent may see: which enclave a request is for, sealed bytes, and short codes.
//!
//! One [`Query`] and one [`Answer`], each a frame, make an exchange; a stream carries many, one
//! after another. Nothing here is secret and nothing here is trusted: the version leaves room for
//! other bodies (session tickets, streams), which an older peer refuses as a wrong shape.
//!
//! Next: `crate::message` is what the sealed bytes hold; docs/PROTOCOL.md shows the bytes.

#[cfg(feature = "sealing")]
use coset::CoseEncrypt0;
use coset::Header;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_bytes::{ByteArray, ByteBuf};

use crate::{
    cbor::{self, Bounds, CborError},
    key_configuration::KeyId,
    limits::{MAX_FRAME_BYTES, MAX_SEALED_REQUEST_BYTES},
};

/// The version of the envelope, apart from that of the messages inside.
pub const ENVELOPE_VERSION: u8 = 1;

/// CBOR items of an envelope: it is flat, whatever it carries.
const MAX_ENVELOPE_ITEMS: usize = 24;

/// Evidence of one enclave: an attestation document and the keys that it vouches for.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The COSE_Sign1 of the NSM.
    pub document: ByteBuf,
    /// Encoded [`crate::key_configuration::KeyConfiguration`].
    pub key_configuration: ByteBuf,
}

/// One message between parent and enclave: a version, and a question or an answer.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope<B> {
    /// [`ENVELOPE_VERSION`].
    pub version: u8,
    /// The question or answer.
    pub body: B,
}

/// What a parent asks of an enclave.
pub type Query = Envelope<QueryBody>;

/// What an enclave answers.
pub type Answer = Envelope<AnswerBody>;

/// The questions there are.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum QueryBody {
    /// Evidence over a nonce that the verifier chose.
    Evidence {
        /// 32 random bytes.
        nonce: ByteArray<32>,
    },
    /// A sealed request.
    Process {
        /// COSE_Encrypt0.
        sealed: ByteBuf,
    },
    /// Whether the enclave serves, and under which key.
    Status,
}

/// The answers there are.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum AnswerBody {
    /// To [`QueryBody::Evidence`].
    Evidence(Evidence),
    /// To [`QueryBody::Process`]: result or refusal, only the caller can tell.
    Reply {
        /// The sealed reply.
        sealed: ByteBuf,
    },
    /// To [`QueryBody::Status`].
    Status(Status),
    /// The enclave could not answer, and there is no key to say so under.
    Refused {
        /// Why.
        code: RefusedCode,
    },
}

/// The state of an enclave that serves.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// The key that requests are sealed to.
    pub key_id: KeyId,
    /// Drawn at boot.
    #[serde(with = "serde_bytes")]
    pub boot_id: [u8; 16],
}

/// Why an enclave refused in clear. Built before anything was opened, so it holds no secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusedCode {
    /// Not an envelope or not a COSE_Encrypt0 of our profile.
    Malformed,
    /// Sealed to a key that this enclave does not hold: attest again.
    UnknownKey,
    /// Does not open: altered, or sealed under another key configuration.
    NotAuthentic,
    /// More bytes than an enclave takes.
    TooLarge,
    /// No room for the request now.
    Busy,
    /// The security module gave no evidence.
    EvidenceUnavailable,
}

impl RefusedCode {
    /// The stable name for problem documents, logs and metrics.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::UnknownKey => "unknown_key",
            Self::NotAuthentic => "not_authentic",
            Self::TooLarge => "too_large",
            Self::Busy => "busy",
            Self::EvidenceUnavailable => "evidence_unavailable",
        }
    }
}

/// Why bytes are not an envelope.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum EnvelopeError {
    /// Not canonical CBOR of a known body.
    #[error("envelope: {0}")]
    Encoding(#[from] CborError),
    /// Another version of the envelope.
    #[error("envelope has version {0}, this code speaks {ENVELOPE_VERSION}")]
    Version(u8),
    /// Longer than a sealed request may be.
    #[error("sealed request is over {MAX_SEALED_REQUEST_BYTES} bytes")]
    TooLong,
    /// No COSE_Encrypt0 with a key id of 16 bytes in its protected header.
    #[error("sealed request names no key")]
    NoKeyId,
}

impl EnvelopeError {
    /// The stable name for logs, metrics and answers.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Encoding(_) => "envelope_encoding",
            Self::Version(_) => "envelope_version",
            Self::TooLong => "too_large",
            Self::NoKeyId => "malformed",
        }
    }
}

impl<B: Serialize + DeserializeOwned> Envelope<B> {
    /// An envelope of this version around `body`.
    pub const fn new(body: B) -> Self {
        Self {
            version: ENVELOPE_VERSION,
            body,
        }
    }

    /// The bytes of one frame.
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(self).expect("an envelope of byte strings and integers always encodes")
    }

    /// Reads the bytes of one frame.
    ///
    /// # Errors
    ///
    /// [`EnvelopeError::Encoding`] or [`EnvelopeError::Version`].
    pub fn decode(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let bounds = Bounds::new(MAX_FRAME_BYTES, MAX_ENVELOPE_ITEMS);
        let this: Self = cbor::decode(bytes, bounds)?;
        if this.version == ENVELOPE_VERSION {
            Ok(this)
        } else {
            Err(EnvelopeError::Version(this.version))
        }
    }
}

impl Evidence {
    /// The body of `GET /v1/evidence`.
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(self).expect("two byte strings always encode")
    }

    /// Reads the body of `GET /v1/evidence`.
    ///
    /// # Errors
    ///
    /// [`CborError`] when the bytes are not canonical evidence.
    pub fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        use crate::limits::{MAX_DOCUMENT_BYTES, MAX_KEY_CONFIGURATION_BYTES};
        let bytes_bound = MAX_DOCUMENT_BYTES + MAX_KEY_CONFIGURATION_BYTES + 64;
        cbor::decode(bytes, Bounds::new(bytes_bound, MAX_ENVELOPE_ITEMS))
    }
}

/// Items of a COSE_Encrypt0: protected header, unprotected header, ciphertext (RFC 9052 §5.2).
const COSE_ENCRYPT0_ITEMS: u64 = 3;
/// Longest protected header that is read for routing, bytes; ours has 25.
const MAX_ROUTED_HEADER_BYTES: usize = 64;

/// The key that a sealed request names, for routing. Nothing is opened and nothing is trusted: a
/// wrong name only leads to an enclave that refuses.
///
/// The structure is walked without reading or copying what is in it, and only the protected header
/// is decoded. Whether the rest is as our profile has it, the enclave judges.
///
/// # Errors
///
/// [`EnvelopeError::TooLong`], or [`EnvelopeError::NoKeyId`] when the bytes are not one well-formed
/// array of three whose protected header names a key.
pub fn key_id(sealed: &[u8]) -> Result<KeyId, EnvelopeError> {
    let protected = cbor::leading_bytes(sealed, COSE_ENCRYPT0_ITEMS, MAX_SEALED_REQUEST_BYTES);
    let header = protected.and_then(|bytes| cbor::decode_cose(bytes, MAX_ROUTED_HEADER_BYTES));
    let header: Header = header.map_err(|error| match error {
        CborError::TooLong { limit, .. } if limit == MAX_SEALED_REQUEST_BYTES => {
            EnvelopeError::TooLong
        }
        _ => EnvelopeError::NoKeyId,
    })?;
    key_id_in(&header)
}

/// The COSE structure of a sealed request, within bounds. The ciphertext is copied once.
#[cfg(feature = "sealing")]
pub(crate) fn parse_sealed(sealed: &[u8]) -> Result<CoseEncrypt0, EnvelopeError> {
    cbor::decode_cose(sealed, MAX_SEALED_REQUEST_BYTES).map_err(|error| match error {
        CborError::TooLong { .. } => EnvelopeError::TooLong,
        _ => EnvelopeError::NoKeyId,
    })
}

#[cfg(feature = "sealing")]
pub(crate) fn key_id_of(cose: &CoseEncrypt0) -> Result<KeyId, EnvelopeError> {
    key_id_in(&cose.protected.header)
}

fn key_id_in(header: &Header) -> Result<KeyId, EnvelopeError> {
    let kid = header.key_id.as_slice();
    kid.try_into()
        .map(KeyId)
        .map_err(|_| EnvelopeError::NoKeyId)
}

#[cfg(test)]
mod tests {
    use coset::{CborSerializable, HeaderBuilder};
    use proptest::prelude::*;

    use super::*;

    fn queries() -> Vec<Query> {
        [
            QueryBody::Evidence {
                nonce: ByteArray::new([9; 32]),
            },
            QueryBody::Process {
                sealed: ByteBuf::from(vec![1, 2, 3]),
            },
            QueryBody::Status,
        ]
        .map(Query::new)
        .into()
    }

    fn answers() -> Vec<Answer> {
        let evidence = Evidence {
            document: ByteBuf::from(vec![4; 70]),
            key_configuration: ByteBuf::from(vec![5; 70]),
        };
        [
            AnswerBody::Evidence(evidence),
            AnswerBody::Reply {
                sealed: ByteBuf::from(vec![6; 300]),
            },
            AnswerBody::Status(Status {
                key_id: KeyId([7; 16]),
                boot_id: [8; 16],
            }),
            AnswerBody::Refused {
                code: RefusedCode::UnknownKey,
            },
        ]
        .map(Answer::new)
        .into()
    }

    #[test]
    fn every_envelope_decodes_to_what_was_encoded() {
        for query in queries() {
            assert_eq!(Query::decode(&query.encode()), Ok(query));
        }
        for answer in answers() {
            assert_eq!(Answer::decode(&answer.encode()), Ok(answer));
        }
    }

    #[test]
    fn an_envelope_cut_at_any_length_is_refused() {
        for bytes in queries().iter().map(Query::encode) {
            for length in 0..bytes.len() {
                let refused = Err(EnvelopeError::Encoding(CborError::Truncated));
                assert_eq!(Query::decode(&bytes[..length]), refused);
            }
        }
        for bytes in answers().iter().map(Answer::encode) {
            for length in 0..bytes.len() {
                let refused = Err(EnvelopeError::Encoding(CborError::Truncated));
                assert_eq!(Answer::decode(&bytes[..length]), refused);
            }
        }
    }

    #[test]
    fn another_version_is_refused_by_number() {
        let query = Query {
            version: 2,
            body: QueryBody::Status,
        };
        assert_eq!(
            Query::decode(&query.encode()),
            Err(EnvelopeError::Version(2))
        );
        let body = AnswerBody::Refused {
            code: RefusedCode::Busy,
        };
        let answer = Answer { version: 3, body };
        assert_eq!(
            Answer::decode(&answer.encode()),
            Err(EnvelopeError::Version(3))
        );
    }

    #[test]
    fn a_sealed_request_without_a_key_id_is_refused() {
        let empty = coset::CoseEncrypt0::default()
            .to_vec()
            .expect("an empty structure encodes");
        assert_eq!(key_id(&empty), Err(EnvelopeError::NoKeyId));
        assert_eq!(key_id(b"not cose"), Err(EnvelopeError::NoKeyId));
    }

    fn sealed(protected: Header, ciphertext: usize) -> Vec<u8> {
        coset::CoseEncrypt0Builder::new()
            .protected(protected)
            .unprotected(HeaderBuilder::new().iv(vec![3; 12]).build())
            .ciphertext(vec![5; ciphertext])
            .build()
            .to_vec()
            .expect("byte strings encode")
    }

    fn naming(kid: &[u8]) -> Header {
        HeaderBuilder::new().key_id(kid.to_vec()).build()
    }

    #[cfg(feature = "sealing")]
    #[test]
    fn the_key_is_read_alike_for_routing_and_for_opening() {
        for kid in [&[7; 16][..], &[7; 15], &[7; 17], &[], &[7; 100]] {
            let bytes = sealed(naming(kid), 3000);
            let whole = parse_sealed(&bytes).and_then(|cose| key_id_of(&cose));
            assert_eq!(key_id(&bytes), whole);
            assert_eq!(whole.is_ok(), kid.len() == 16);
        }
    }

    #[test]
    fn a_sealed_request_cut_or_prolonged_or_with_a_long_header_names_no_key() {
        let bytes = sealed(naming(&[7; 16]), 40);
        for length in 0..bytes.len() {
            assert_eq!(key_id(&bytes[..length]), Err(EnvelopeError::NoKeyId));
        }
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(key_id(&longer), Err(EnvelopeError::NoKeyId));
        let long = Header {
            content_type: Some(coset::ContentType::Text("x".repeat(64))),
            ..naming(&[7; 16])
        };
        assert_eq!(key_id(&sealed(long, 4)), Err(EnvelopeError::NoKeyId));
    }

    #[test]
    fn a_sealed_request_over_the_limit_is_refused_unread() {
        let long = vec![0; MAX_SEALED_REQUEST_BYTES + 1];
        assert_eq!(key_id(&long), Err(EnvelopeError::TooLong));
    }

    #[test]
    fn a_refused_code_is_written_as_its_stable_name() {
        for code in [
            RefusedCode::Malformed,
            RefusedCode::UnknownKey,
            RefusedCode::NotAuthentic,
            RefusedCode::TooLarge,
            RefusedCode::Busy,
            RefusedCode::EvidenceUnavailable,
        ] {
            let name = serde_json::to_value(code).expect("a unit variant has a name");
            assert_eq!(name, code.code());
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _outcomes = (Query::decode(&bytes), Answer::decode(&bytes), key_id(&bytes));
        }
    }
}
