//! What the proxy answers when there are no results: a problem document, RFC 9457.
//!
//! The code is the one name of the cause, whichever part found it; the status is what HTTP has for
//! it. Codes of the enclave pass through as they are.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use vouchsafe_common::hpke::SealError;
use vouchsafe_common::message::Refusal;

use crate::client::CallError;
use crate::json::JsonError;

/// Seconds after which a caller may try again when there is no room.
const RETRY_AFTER_SECONDS: &str = "1";

/// Why a request to the proxy got no results.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    /// No such path.
    #[error("there is nothing at this path")]
    NotFound,
    /// Another method than the path has.
    #[error("the path has another method")]
    MethodNotAllowed,
    /// An `Origin` header: a browser's request.
    #[error("requests of browsers are refused")]
    BrowserOrigin,
    /// A `Host` header that is not this machine's loopback.
    #[error("the Host header is not localhost")]
    ForeignHost,
    /// The body is not declared as `application/json`.
    #[error("the content type is not application/json")]
    NotJson,
    /// The body is longer than [`super::MAX_BODY_BYTES`], or broke off.
    #[error("the body is longer than {} bytes or broke off", super::MAX_BODY_BYTES)]
    BodyTooLarge,
    /// The body did not arrive in time.
    #[error("the body did not arrive in time")]
    BodyTimeout,
    /// As many requests are under way as may be.
    #[error("too many requests are under way")]
    Busy,
    /// The body is not a request.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// The enclave gave no results.
    #[error(transparent)]
    Call(#[from] CallError),
}

impl ProxyError {
    /// The stable name of the cause.
    pub fn code(&self) -> &str {
        match self {
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::BrowserOrigin => "browser_origin",
            Self::ForeignHost => "foreign_host",
            Self::NotJson => "unsupported_media_type",
            Self::BodyTooLarge => "too_large",
            Self::BodyTimeout => "body_timeout",
            Self::Busy => "busy",
            Self::Json(error) => error.code(),
            Self::Call(error) => error.code(),
        }
    }

    /// The HTTP status for it.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BrowserOrigin | Self::ForeignHost => StatusCode::FORBIDDEN,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Json(_) => StatusCode::BAD_REQUEST,
            Self::Call(error) => status_of_call(error),
        }
    }
}

fn status_of_call(error: &CallError) -> StatusCode {
    match error {
        CallError::Refused(refusal) => status_of_refusal(*refusal),
        CallError::Seal(SealError::TooLong) => StatusCode::PAYLOAD_TOO_LARGE,
        CallError::Seal(SealError::Unencodable) => StatusCode::BAD_REQUEST,
        CallError::NoIdentity | CallError::TokenUnreadable => StatusCode::INTERNAL_SERVER_ERROR,
        _ if error.is_unavailable() => StatusCode::SERVICE_UNAVAILABLE,
        // What came back is not to be believed: evidence, reply, or the parent's own refusal.
        _ => StatusCode::BAD_GATEWAY,
    }
}

const fn status_of_refusal(refusal: Refusal) -> StatusCode {
    match refusal {
        Refusal::UnknownOperation => StatusCode::NOT_FOUND,
        Refusal::UnknownCaller
        | Refusal::ProofInvalid
        | Refusal::TokenInvalid
        | Refusal::TokenExpired
        | Refusal::TokenAudience
        | Refusal::NotPermitted => StatusCode::FORBIDDEN,
        Refusal::Malformed
        | Refusal::UnknownParameter
        | Refusal::InvalidParameter
        | Refusal::ContextRequired
        | Refusal::ItemCount
        | Refusal::InvalidName => StatusCode::BAD_REQUEST,
        Refusal::Replayed
        | Refusal::Stale
        | Refusal::IssuedInFuture
        | Refusal::Overloaded
        | Refusal::PolicyExpired
        | Refusal::ClockUnavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl IntoResponse for ProxyError {
    fn into_response(self) -> Response {
        let status = self.status();
        let code = self.code();
        let body = serde_json::json!({
            "type": format!("https://vouchsafe.dev/problems/{code}"),
            "title": self.to_string(),
            "status": status.as_u16(),
            "code": code,
        });
        let mut response = (status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
        }
        response
    }
}
