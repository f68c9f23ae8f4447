//! Why KMS gave no key, in our words.
//!
//! KMS and the SDK explain themselves in texts that name principals, keys and hosts. None of that
//! leaves: an error becomes one of the variants here by its name alone.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use crate::cms::CmsError;
use crate::nsm::NsmError;

use super::connector::ConnectorFault;

/// Why there is no data key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum KmsError {
    /// KMS could not be reached, or failed by itself, in every attempt.
    #[error("KMS is not available")]
    Unavailable,
    /// KMS says that it is asked too often.
    #[error("KMS is throttling")]
    Throttled,
    /// The caller's time was over.
    #[error("KMS did not answer in time")]
    Deadline,
    /// More keys are being fetched already than may be.
    #[error("too many keys are being fetched")]
    Busy,
    /// Whoever answered is not KMS: TLS refused its certificate or its words.
    #[error("the far end is not KMS")]
    Impostor,
    /// KMS does not allow it: the key's policy, this image's measurements or the context.
    #[error("KMS denies access")]
    Denied,
    /// The parent gave no credentials, or KMS does not accept them.
    #[error("there are no valid credentials for KMS")]
    Credentials,
    /// The key is disabled, being deleted or otherwise not in service.
    #[error("the key is disabled")]
    KeyDisabled,
    /// There is no such key.
    #[error("the key does not exist")]
    KeyNotFound,
    /// The key is of another kind or use.
    #[error("the key is not for encryption")]
    KeyUnusable,
    /// The wrapped key is not one that this key and this context made.
    #[error("the wrapped key is invalid")]
    WrappedKeyInvalid,
    /// KMS does not accept the call: most likely the attestation document.
    #[error("KMS rejects the call")]
    Rejected,
    /// The reply is not what the protocol says.
    #[error("the reply is malformed")]
    MalformedReply,
    /// The reply holds plaintext where only an envelope may be: attestation is not enforced there.
    #[error("the reply holds plaintext")]
    PlaintextReply,
    /// The reply holds no envelope.
    #[error("the reply holds no envelope")]
    NoEnvelope,
    /// The reply is by another key than was asked for.
    #[error("the reply is by another key")]
    ForeignKey,
    /// The reply names another algorithm than `SYMMETRIC_DEFAULT`.
    #[error("the reply is by another algorithm")]
    ForeignAlgorithm,
    /// The envelope in the reply does not open.
    #[error(transparent)]
    Envelope(#[from] CmsError),
    /// A new data key came without its wrapped form, or with one of an impossible length.
    #[error("the reply holds no wrapped key")]
    NoWrappedKey,
    /// The key inside is not 32 bytes long.
    #[error("the data key is not 32 bytes")]
    DataKeyLength,
    /// The security module made no document to show.
    #[error(transparent)]
    Attestation(#[from] NsmError),
}

impl KmsError {
    /// The stable name of this error. Variants with which a caller would do the same share one.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unavailable | Self::Deadline => "kms_unavailable",
            Self::Throttled => "kms_throttled",
            Self::Busy => "kms_busy",
            Self::Impostor => "kms_impostor",
            Self::Denied => "kms_denied",
            Self::Credentials => "kms_credentials",
            Self::KeyDisabled => "key_disabled",
            Self::KeyNotFound => "key_not_found",
            Self::KeyUnusable => "key_unusable",
            Self::WrappedKeyInvalid | Self::DataKeyLength => "wrapped_key_invalid",
            Self::Rejected => "kms_rejected",
            Self::PlaintextReply => "kms_plaintext_reply",
            Self::MalformedReply
            | Self::NoEnvelope
            | Self::ForeignKey
            | Self::ForeignAlgorithm
            | Self::Envelope(_)
            | Self::NoWrappedKey => "kms_reply_invalid",
            Self::Attestation(error) => error.code(),
        }
    }

    /// Translates an error of the SDK.
    pub(super) fn from_sdk<E>(error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        match error {
            SdkError::ServiceError(service) => match service.err().code() {
                Some(name) => Self::from_name(name, service.raw().status().as_u16()),
                None => Self::from_status(service.raw().status().as_u16()),
            },
            SdkError::TimeoutError(_) => Self::Deadline,
            SdkError::ResponseError(_) => Self::MalformedReply,
            other => Self::from_causes(other),
        }
    }

    /// Translates the name of an error of KMS (API reference, "Common Errors" and per action).
    fn from_name(name: &str, status: u16) -> Self {
        match name {
            "AccessDeniedException" | "AccessDenied" => Self::Denied,
            "DisabledException" | "KMSInvalidStateException" => Self::KeyDisabled,
            "NotFoundException" => Self::KeyNotFound,
            "InvalidKeyUsageException" | "UnsupportedOperationException" => Self::KeyUnusable,
            "InvalidCiphertextException" | "IncorrectKeyException" => Self::WrappedKeyInvalid,
            "ThrottlingException"
            | "Throttling"
            | "LimitExceededException"
            | "RequestLimitExceeded"
            | "TooManyRequestsException" => Self::Throttled,
            "KMSInternalException"
            | "DependencyTimeoutException"
            | "KeyUnavailableException"
            | "InternalFailure"
            | "ServiceUnavailable"
            | "ServiceUnavailableException" => Self::Unavailable,
            "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "SignatureDoesNotMatch"
            | "ExpiredTokenException"
            | "ExpiredToken"
            | "MissingAuthenticationToken"
            | "MissingAuthenticationTokenException"
            | "IncompleteSignature"
            | "OptInRequired"
            | "NotAuthorized" => Self::Credentials,
            _ => Self::from_status(status),
        }
    }

    fn from_status(status: u16) -> Self {
        match status {
            // A success that the SDK cannot read.
            200..300 => Self::MalformedReply,
            429 => Self::Throttled,
            500.. => Self::Unavailable,
            _ => Self::Rejected,
        }
    }

    fn from_causes(error: &(dyn Error + 'static)) -> Self {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if error.is::<CredentialsError>() {
                return Self::Credentials;
            }
            if let Some(fault) = error.downcast_ref::<ConnectorFault>() {
                return fault.into();
            }
            cause = error.source();
        }
        Self::Unavailable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_kms_become_ours() {
        for (name, expected, code) in [
            ("AccessDeniedException", KmsError::Denied, "kms_denied"),
            ("DisabledException", KmsError::KeyDisabled, "key_disabled"),
            (
                "KMSInvalidStateException",
                KmsError::KeyDisabled,
                "key_disabled",
            ),
            ("NotFoundException", KmsError::KeyNotFound, "key_not_found"),
            (
                "InvalidKeyUsageException",
                KmsError::KeyUnusable,
                "key_unusable",
            ),
            (
                "InvalidCiphertextException",
                KmsError::WrappedKeyInvalid,
                "wrapped_key_invalid",
            ),
            (
                "IncorrectKeyException",
                KmsError::WrappedKeyInvalid,
                "wrapped_key_invalid",
            ),
            ("ThrottlingException", KmsError::Throttled, "kms_throttled"),
            (
                "ExpiredTokenException",
                KmsError::Credentials,
                "kms_credentials",
            ),
            ("ValidationException", KmsError::Rejected, "kms_rejected"),
            (
                "KMSInternalException",
                KmsError::Unavailable,
                "kms_unavailable",
            ),
        ] {
            let found = KmsError::from_name(name, 400);
            assert_eq!((found, found.code()), (expected, code), "{name}");
        }
    }

    #[test]
    fn an_unknown_name_is_judged_by_its_status() {
        assert_eq!(KmsError::from_name("New", 503), KmsError::Unavailable);
        assert_eq!(KmsError::from_name("New", 429), KmsError::Throttled);
        assert_eq!(KmsError::from_name("New", 400), KmsError::Rejected);
    }
}
