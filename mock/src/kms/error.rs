//! What the KMS answers when it refuses, under the names and status codes of the real service.
//!
//! Texts follow what AWS sends, because clients print them; what decides is the name alone. No
//! variant holds key material, plaintext or a secret: ARNs and fixed words only.

use http::StatusCode;
use serde_json::json;

/// A refusal by the KMS.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum KmsError {
    /// No `X-Amz-Target`, or one that names no operation of KMS.
    #[error("the requested operation is not known")]
    UnknownOperation,
    /// An operation or option of KMS that this stand-in does not have.
    #[error("the operation or option is not supported here")]
    UnsupportedOperation,
    /// The body is not JSON, or a member has another type.
    #[error("the request body cannot be read")]
    Serialization,
    /// The body is longer than the server reads.
    #[error("the request body is too large")]
    RequestTooLarge,
    /// The request carries no `Authorization`.
    #[error("Missing Authentication Token")]
    MissingAuthenticationToken,
    /// `Authorization` or what it refers to is incomplete.
    #[error("the request signature does not conform to AWS standards: {0}")]
    IncompleteSignature(Incomplete),
    /// No principal has this access key id with this session token.
    #[error("The security token included in the request is invalid.")]
    UnrecognizedClient,
    /// The session token of this principal has expired.
    #[error("The security token included in the request is expired")]
    ExpiredToken,
    /// The signature is not the one of this request, or it was made at another time or place.
    #[error("{0}")]
    InvalidSignature(SignatureFault),
    /// A member has a value outside its constraint.
    #[error("1 validation error detected: {0}")]
    Validation(Invalid),
    /// Policies do not let this principal do this.
    #[error("User: {principal} is not authorized to perform: {action} on resource: {resource} {}", why.text(action))]
    AccessDenied {
        /// ARN of the caller.
        principal: String,
        /// The action, such as `kms:Decrypt`.
        action: String,
        /// ARN of the key, or `*`.
        resource: String,
        /// Which policy decided.
        why: DeniedBy,
    },
    /// The ciphertext is not ours, was altered, or has another encryption context.
    #[error("null")]
    InvalidCiphertext,
    /// The ciphertext was made under another key than the one named.
    #[error("The key ID in the request does not identify a CMK that can perform this operation.")]
    IncorrectKey,
    /// The key is disabled.
    #[error("{arn} is disabled.")]
    Disabled {
        /// ARN of the key.
        arn: String,
    },
    /// No such key, or not one the caller can see.
    #[error("Key '{key}' does not exist")]
    NotFound {
        /// The key as the caller named it.
        key: String,
    },
    /// The key policy is not one this service accepts.
    #[error("{0}")]
    MalformedPolicyDocument(vouchsafe_common::key_policy::PolicyFault),
    /// A limit of the service.
    #[error("a limit was exceeded")]
    LimitExceeded,
    /// Too many calls. Only ever injected.
    #[error(
        "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls."
    )]
    Throttling,
    /// A dry run that would have been done.
    #[error("The request would have succeeded, but the DryRun option is set.")]
    DryRun,
    /// The key is in a state that does not allow this.
    #[error("the key is in a state that does not allow this operation")]
    InvalidState,
    /// The service failed; a fault of its own, or an injected one.
    #[error("the service failed")]
    Internal,
    /// A part the service depends on timed out. Only ever injected.
    #[error("a dependency timed out")]
    DependencyTimeout,
    /// The key is unavailable for now. Only ever injected.
    #[error("the key is not available")]
    KeyUnavailable,
}

/// What a signature lacks.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Incomplete {
    /// Not `AWS4-HMAC-SHA256` with Credential, `SignedHeaders` and Signature, each once.
    #[error("Authorization is malformed")]
    Authorization,
    /// The credential is not `id/date/region/service/aws4_request`.
    #[error("Credential is malformed")]
    Credential,
    /// `X-Amz-Date` is missing, malformed or of another day than the credential.
    #[error("X-Amz-Date is missing or malformed")]
    Date,
    /// The list is unsorted, or misses a header that must be signed, or names one not sent.
    #[error("SignedHeaders is incomplete")]
    SignedHeaders,
}

/// Why a well-formed signature is not accepted.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SignatureFault {
    /// Other bytes were signed, or with another secret.
    #[error(
        "The request signature we calculated does not match the signature you provided. Check \
         your AWS Secret Access Key and signing method. Consult the service documentation for \
         details."
    )]
    Mismatch,
    /// Signed more than 15 minutes ago.
    #[error("Signature expired")]
    Expired,
    /// Signed more than 15 minutes ahead of this clock.
    #[error("Signature not yet current")]
    NotYetCurrent,
    /// The credential names another region.
    #[error("Credential should be scoped to a valid region.")]
    Region,
    /// The credential names another service.
    #[error("Credential should be scoped to correct service: 'kms'.")]
    Service,
}

/// Which constraint a member violates.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Invalid {
    /// A required member is absent.
    #[error("Value null at '{0}' failed to satisfy constraint: Member must not be null")]
    Missing(&'static str),
    /// A value is empty, too long or out of range.
    #[error("Value at '{0}' failed to satisfy constraint: Member must have a length in range")]
    Length(&'static str),
    /// A value is not one of the allowed ones.
    #[error("Value at '{0}' failed to satisfy constraint: Member must satisfy enum value set")]
    Choice(&'static str),
    /// Both or neither of `KeySpec` and `NumberOfBytes`.
    #[error("Please specify either number of bytes or key spec.")]
    KeySpecOrBytes,
    /// The attestation document does not verify.
    #[error("the attestation document is not valid")]
    Attestation,
    /// The attestation document carries no RSA-2048 public key.
    #[error("the attestation document has no public key of the right kind")]
    AttestedKey,
    /// The marker was not given out by this service.
    #[error("the marker is not valid")]
    Marker,
}

/// Which policy refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DeniedBy {
    /// A Deny statement of the key policy matched.
    ExplicitDeny,
    /// No Allow statement of the key policy matched.
    NoResourcePolicy,
    /// The caller's own permissions do not include the action.
    NoIdentityPolicy,
}

impl DeniedBy {
    fn text(self, action: &str) -> String {
        match self {
            Self::ExplicitDeny => "with an explicit deny in a resource-based policy".to_owned(),
            Self::NoResourcePolicy => {
                format!("because no resource-based policy allows the {action} action")
            }
            Self::NoIdentityPolicy => {
                format!("because no identity-based policy allows the {action} action")
            }
        }
    }
}

impl KmsError {
    /// The name that `__type` and `x-amzn-ErrorType` carry.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::UnknownOperation => "UnknownOperationException",
            Self::UnsupportedOperation => "UnsupportedOperationException",
            Self::Serialization => "SerializationException",
            Self::RequestTooLarge => "RequestEntityTooLargeException",
            Self::MissingAuthenticationToken => "MissingAuthenticationTokenException",
            Self::IncompleteSignature(_) => "IncompleteSignatureException",
            Self::UnrecognizedClient => "UnrecognizedClientException",
            Self::ExpiredToken => "ExpiredTokenException",
            Self::InvalidSignature(_) => "InvalidSignatureException",
            Self::Validation(_) => "ValidationException",
            Self::AccessDenied { .. } => "AccessDeniedException",
            Self::InvalidCiphertext => "InvalidCiphertextException",
            Self::IncorrectKey => "IncorrectKeyException",
            Self::Disabled { .. } => "DisabledException",
            Self::NotFound { .. } => "NotFoundException",
            Self::MalformedPolicyDocument(_) => "MalformedPolicyDocumentException",
            Self::LimitExceeded => "LimitExceededException",
            Self::Throttling => "ThrottlingException",
            Self::DryRun => "DryRunOperationException",
            Self::InvalidState => "KMSInvalidStateException",
            Self::Internal => "KMSInternalException",
            Self::DependencyTimeout => "DependencyTimeoutException",
            Self::KeyUnavailable => "KeyUnavailableException",
        }
    }

    /// 400 for what the caller did, 500 or 503 for what the service did.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::RequestTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Internal | Self::KeyUnavailable => StatusCode::INTERNAL_SERVER_ERROR,
            Self::DependencyTimeout => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// The body; `AccessDeniedException` spells its member `Message`, the rest `message`.
    pub fn body(&self) -> serde_json::Value {
        match self {
            Self::AccessDenied { .. } => {
                json!({"__type": self.name(), "Message": self.to_string()})
            }
            Self::InvalidCiphertext => json!({"__type": self.name(), "message": null}),
            _ => json!({"__type": self.name(), "message": self.to_string()}),
        }
    }

    /// The error that `--fault error:NAME` may inject; `None` for every other name.
    pub fn injectable(name: &str) -> Option<Self> {
        [
            Self::Throttling,
            Self::InvalidState,
            Self::Internal,
            Self::DependencyTimeout,
            Self::KeyUnavailable,
            Self::LimitExceeded,
        ]
        .into_iter()
        .find(|error| error.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_denied_spells_message_with_a_capital() {
        let denied = KmsError::AccessDenied {
            principal: "arn:aws:iam::111111111111:role/r".to_owned(),
            action: "kms:Decrypt".to_owned(),
            resource: "*".to_owned(),
            why: DeniedBy::NoResourcePolicy,
        };
        let body = denied.body();
        assert_eq!(body["__type"], "AccessDeniedException");
        assert_eq!(
            body["Message"],
            "User: arn:aws:iam::111111111111:role/r is not authorized to perform: kms:Decrypt on \
             resource: * because no resource-based policy allows the kms:Decrypt action"
        );
        assert!(body.get("message").is_none());
    }

    #[test]
    fn faults_of_the_service_are_5xx_and_the_rest_4xx() {
        assert_eq!(KmsError::Internal.status(), 500);
        assert_eq!(KmsError::DependencyTimeout.status(), 503);
        assert_eq!(KmsError::Throttling.status(), 400);
        assert_eq!(KmsError::IncorrectKey.status(), 400);
    }

    #[test]
    fn only_faults_of_the_service_can_be_injected() {
        assert_eq!(
            KmsError::injectable("KMSInternalException"),
            Some(KmsError::Internal)
        );
        assert_eq!(KmsError::injectable("AccessDeniedException"), None);
    }
}
