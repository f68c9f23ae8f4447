//! Why a document was not accepted: one variant, and one stable code, for each decision.
//!
//! The variants follow the order in which the verifier looks: bytes, COSE, fields, certificates,
//! expectations. They carry positions and sizes only, never bytes of the document. The codes are
//! part of the command line's contract; the meaning of each profile rule is at the code that
//! applies it, in the sibling modules.

use super::document::Field;
use crate::key_configuration::KeyConfigurationError;

/// The decision that refused a document.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AttestationError {
    /// The verifier's own challenge is older than [`super::CHALLENGE_LIFETIME`].
    #[error("the challenge has expired")]
    ChallengeExpired,
    /// Empty, or longer than [`super::MAX_DOCUMENT_BYTES`].
    #[error("document is {bytes} bytes long")]
    DocumentSize {
        /// Length received.
        bytes: usize,
    },
    /// A CBOR head announces more than there is.
    #[error("CBOR is truncated")]
    CborTruncated,
    /// Bytes follow the one CBOR item.
    #[error("bytes follow the CBOR item")]
    CborTrailingBytes,
    /// A CBOR head is longer than its value needs (RFC 8949 §4.1).
    #[error("a CBOR head is not in its shortest form")]
    CborNotShortest,
    /// A length is left open where AWS states it: outside the payload, or on a string.
    #[error("a CBOR length is indefinite where it must not be")]
    CborIndefinite,
    /// Containers nest deeper than [`super::MAX_DEPTH`].
    #[error("CBOR is nested too deeply")]
    CborTooDeep,
    /// More than [`super::MAX_ITEMS`] items in a container, or [`super::MAX_TOTAL_ITEMS`] in all.
    #[error("CBOR holds too many items")]
    CborTooManyItems,
    /// A tag, float, simple value or break where the profile has none.
    #[error("CBOR holds an item that has no place in a document")]
    CborUnexpectedItem,
    /// A text string is not UTF-8.
    #[error("a CBOR text is not UTF-8")]
    CborText,

    /// Not an array of the four parts of `COSE_Sign1` (RFC 9052 §4.2).
    #[error("not a COSE_Sign1 structure")]
    CoseStructure,
    /// The protected header is not exactly {1: -35} (ES384).
    #[error("protected header is not exactly ES384")]
    CoseProtectedHeader,
    /// The unprotected header is not empty; nobody vouches for what it says.
    #[error("unprotected header is not empty")]
    CoseUnprotectedHeader,
    /// The payload is empty or longer than [`super::MAX_PAYLOAD_BYTES`].
    #[error("payload is {bytes} bytes long")]
    PayloadSize {
        /// Length found.
        bytes: usize,
    },
    /// The signature is not the 96 bytes of ES384.
    #[error("signature is {bytes} bytes long")]
    SignatureLength {
        /// Length found.
        bytes: usize,
    },
    /// The signature does not verify under the key of the leaf certificate.
    #[error("document signature does not verify")]
    DocumentSignature,

    /// The payload is not a map.
    #[error("payload is not a map")]
    PayloadNotMap,
    /// The payload has a key that the profile does not know.
    #[error("payload has an unknown field")]
    UnknownField,
    /// A field occurs twice.
    #[error("field {field} occurs twice")]
    DuplicateField {
        /// Which.
        field: Field,
    },
    /// A mandatory field is absent or null.
    #[error("field {field} is missing")]
    MissingField {
        /// Which.
        field: Field,
    },
    /// A field has another CBOR type than the profile gives it.
    #[error("field {field} has another type")]
    FieldType {
        /// Which.
        field: Field,
    },
    /// A field is shorter or longer than the profile allows.
    #[error("field {field} is too short or too long")]
    FieldSize {
        /// Which.
        field: Field,
    },
    /// A `NitroTPM` document: an EC2 instance, no enclave, under the same root.
    #[error("document is of a NitroTPM, not of an enclave")]
    NitroTpm,
    /// `module_id` is not of the form `i-<hex>-enc<hex>`.
    #[error("module id is not that of an enclave")]
    ModuleId,
    /// `digest` is not SHA384.
    #[error("PCR digest is not SHA-384")]
    DigestAlgorithm,
    /// `timestamp` is zero or beyond the range of a time.
    #[error("timestamp is out of range")]
    Timestamp,
    /// A PCR index is not an integer of 0 to 31.
    #[error("a PCR index is out of range")]
    PcrIndex,
    /// A PCR occurs twice.
    #[error("PCR{index} occurs twice")]
    DuplicatePcr {
        /// Which.
        index: u8,
    },
    /// A PCR value is not 48 bytes.
    #[error("PCR{index} is not 48 bytes long")]
    PcrLength {
        /// Which.
        index: u8,
    },

    /// The first certificate of the bundle is not the root that the verifier pins.
    #[error("root certificate is not the pinned one")]
    RootNotPinned,
    /// A certificate is not exactly one DER certificate, or not of the profile's shape.
    #[error("certificate {position} is malformed")]
    CertificateEncoding {
        /// Distance from the root; the leaf comes last.
        position: usize,
    },
    /// A certificate is not X.509 version 3.
    #[error("certificate {position} is not of version 3")]
    CertificateVersion {
        /// Distance from the root.
        position: usize,
    },
    /// A certificate is signed by another algorithm than ecdsa-with-SHA384, or names two.
    #[error("certificate {position} has another signature algorithm")]
    CertificateAlgorithm {
        /// Distance from the root.
        position: usize,
    },
    /// A certificate's key is not an uncompressed point on P-384.
    #[error("the key of certificate {position} is not on P-384")]
    CertificateKey {
        /// Distance from the root.
        position: usize,
    },
    /// The verifier's clock is outside a certificate's validity (both ends belong to it).
    #[error("certificate {position} is not valid at this time")]
    CertificateExpired {
        /// Distance from the root.
        position: usize,
    },
    /// The issuer is not the subject of the certificate before, or key identifiers differ.
    #[error("certificate {position} names another issuer")]
    IssuerMismatch {
        /// Distance from the root.
        position: usize,
    },
    /// A certificate does not verify under the key of the one before.
    #[error("the signature of certificate {position} does not verify")]
    CertificateSignature {
        /// Distance from the root.
        position: usize,
    },
    /// An extension occurs twice.
    #[error("certificate {position} has an extension twice")]
    DuplicateExtension {
        /// Distance from the root.
        position: usize,
    },
    /// A critical extension that this verifier does not apply.
    #[error("certificate {position} has an unknown critical extension")]
    CriticalExtension {
        /// Distance from the root.
        position: usize,
    },
    /// basicConstraints is missing, or says CA of a leaf, or not CA of an issuer.
    #[error("certificate {position} has the wrong basic constraints")]
    BasicConstraints {
        /// Distance from the root.
        position: usize,
    },
    /// More certificates follow than pathLenConstraint allows.
    #[error("certificate {position} has too long a path below it")]
    PathLength {
        /// Distance from the root.
        position: usize,
    },
    /// keyUsage is missing or does not allow what the certificate is used for.
    #[error("certificate {position} has the wrong key usage")]
    KeyUsage {
        /// Distance from the root.
        position: usize,
    },
    /// The document's time lies outside the validity of its leaf certificate.
    #[error("document time is outside its certificate's validity")]
    OutsideLeafWindow,

    /// PCR0, 1 or 2 is zero: the enclave runs in debug mode and its console can be read.
    #[error("enclave runs in debug mode")]
    DebugMode,
    /// A PCR that is compared is not in the document.
    #[error("PCR{index} is missing")]
    PcrMissing {
        /// Which.
        index: u8,
    },
    /// A PCR differs from the expected value.
    #[error("PCR{index} differs from what is expected")]
    PcrMismatch {
        /// Which.
        index: u8,
    },
    /// The nonce is not the verifier's.
    #[error("nonce differs from what is expected")]
    Nonce,
    /// `user_data` does not bind what was expected of it.
    #[error("user data differs from what is expected")]
    UserData,
    /// The document is older than allowed.
    #[error("document is too old")]
    TooOld,
    /// The document is further ahead of the verifier's clock than allowed.
    #[error("document is of the future")]
    FromFuture,
    /// `public_key` is null where a key is required.
    #[error("public key is missing")]
    PublicKeyMissing,
    /// `public_key` is not a canonical RSA key of 2048 bits or more with exponent 65537.
    #[error("public key is not an RSA key that KMS takes")]
    PublicKeyForm,
    /// `public_key` is set: a document made for KMS, not for callers.
    #[error("document was made for KMS, not for callers")]
    PublicKeyPresent,
    /// The key configuration is vouched for but does not decode.
    #[error("key configuration is not acceptable: {0}")]
    KeyConfiguration(#[from] KeyConfigurationError),
    /// The key configuration names another policy bundle than expected.
    #[error("enclave runs another policy bundle")]
    BundleDigest,
    /// The key configuration's `not_after` is past.
    #[error("key configuration has expired")]
    KeyConfigurationExpired,
}

impl AttestationError {
    /// The stable name of this decision, for problem documents, metrics and the command line.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ChallengeExpired => "challenge_expired",
            Self::DocumentSize { .. } => "document_size",
            Self::CborTruncated => "cbor_truncated",
            Self::CborTrailingBytes => "cbor_trailing_bytes",
            Self::CborNotShortest => "cbor_not_shortest",
            Self::CborIndefinite => "cbor_indefinite",
            Self::CborTooDeep => "cbor_too_deep",
            Self::CborTooManyItems => "cbor_too_many_items",
            Self::CborUnexpectedItem => "cbor_unexpected_item",
            Self::CborText => "cbor_text",
            Self::CoseStructure => "cose_structure",
            Self::CoseProtectedHeader => "cose_protected_header",
            Self::CoseUnprotectedHeader => "cose_unprotected_header",
            Self::PayloadSize { .. } => "payload_size",
            Self::SignatureLength { .. } => "signature_length",
            Self::DocumentSignature => "document_signature",
            Self::PayloadNotMap => "payload_not_map",
            Self::UnknownField => "unknown_field",
            Self::DuplicateField { .. } => "duplicate_field",
            Self::MissingField { .. } => "missing_field",
            Self::FieldType { .. } => "field_type",
            Self::FieldSize { .. } => "field_size",
            Self::NitroTpm => "nitro_tpm",
            Self::ModuleId => "module_id",
            Self::DigestAlgorithm => "digest_algorithm",
            Self::Timestamp => "timestamp",
            Self::PcrIndex => "pcr_index",
            Self::DuplicatePcr { .. } => "duplicate_pcr",
            Self::PcrLength { .. } => "pcr_length",
            Self::RootNotPinned => "root_not_pinned",
            Self::CertificateEncoding { .. } => "certificate_encoding",
            Self::CertificateVersion { .. } => "certificate_version",
            Self::CertificateAlgorithm { .. } => "certificate_algorithm",
            Self::CertificateKey { .. } => "certificate_key",
            Self::CertificateExpired { .. } => "certificate_expired",
            Self::IssuerMismatch { .. } => "issuer_mismatch",
            Self::CertificateSignature { .. } => "certificate_signature",
            Self::DuplicateExtension { .. } => "duplicate_extension",
            Self::CriticalExtension { .. } => "critical_extension",
            Self::BasicConstraints { .. } => "basic_constraints",
            Self::PathLength { .. } => "path_length",
            Self::KeyUsage { .. } => "key_usage",
            Self::OutsideLeafWindow => "outside_leaf_window",
            Self::DebugMode => "debug_mode",
            Self::PcrMissing { .. } => "pcr_missing",
            Self::PcrMismatch { .. } => "pcr_mismatch",
            Self::Nonce => "nonce",
            Self::UserData => "user_data",
            Self::TooOld => "too_old",
            Self::FromFuture => "from_future",
            Self::PublicKeyMissing => "public_key_missing",
            Self::PublicKeyForm => "public_key_form",
            Self::PublicKeyPresent => "public_key_present",
            Self::KeyConfiguration(_) => "key_configuration",
            Self::BundleDigest => "bundle_digest",
            Self::KeyConfigurationExpired => "key_configuration_expired",
        }
    }
}
