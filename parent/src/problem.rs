//! Every answer that is not a result: a stable code, its HTTP status and an RFC 9457 body.
//!
//! The same code names the problem in the body, the metric and the log line. A problem is data
//! until the connection writes it, because only there the request's id is known. Nothing a caller
//! sent is ever repeated. Next: [`crate::http`] answers with them; openapi.json lists them.

use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value};
use vouchsafe_common::envelope::RefusedCode;

use crate::relay::RelayError;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident $name:literal $status:ident $title:literal;)+) => {
        /// The codes there are.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum Code { $($(#[$doc])* $variant,)+ }

        impl Code {
            /// All of them, in the order of their index.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The stable name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The HTTP status that goes with it.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)+ }
            }

            /// One sentence for people, the same each time (RFC 9457 §3.1.3).
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }
        }
    };
}

codes! {
    /// The nonce is missing or is not 64 hexadecimal digits.
    BadNonce "bad_nonce" BAD_REQUEST "The nonce must be 64 hexadecimal digits.";
    /// Not a COSE_Encrypt0 that names a key, or the enclave could not read it.
    Malformed "malformed" BAD_REQUEST "The body is not a sealed request.";
    /// The enclave could not open it.
    NotAuthentic "not_authentic" BAD_REQUEST "The sealed request does not open.";
    /// The body broke off.
    IncompleteBody "incomplete_body" BAD_REQUEST "The body ended early.";
    /// No such path.
    NotFound "not_found" NOT_FOUND "There is nothing at this path.";
    /// Another method than the path has.
    MethodNotAllowed "method_not_allowed" METHOD_NOT_ALLOWED "This path has other methods.";
    /// The body did not arrive in time.
    BodyTimeout "body_timeout" REQUEST_TIMEOUT "The body did not arrive in time.";
    /// The body is longer than a sealed request may be.
    TooLarge "too_large" PAYLOAD_TOO_LARGE "A sealed request has at most 16 MiB.";
    /// Another media type than a COSE_Encrypt0's, or an encoding around it.
    UnsupportedMediaType "unsupported_media_type" UNSUPPORTED_MEDIA_TYPE
        "The body must be application/cose; cose-type=\"cose-encrypt0\", without encoding.";
    /// Sealed to a key that no enclave here holds.
    UnknownKey "unknown_key" MISDIRECTED_REQUEST
        "No enclave here holds this key: verify the evidence and seal again.";
    /// Too many requests from one address.
    RateLimited "rate_limited" TOO_MANY_REQUESTS "Too many requests from this address.";
    /// The enclave died or dropped the stream while it had the request.
    EnclaveLost "enclave_lost" BAD_GATEWAY "The enclave was lost: verify new evidence and seal again.";
    /// What came back from the enclave is not an answer to this request.
    BadEnclaveAnswer "bad_enclave_answer" BAD_GATEWAY "The enclave answered out of protocol.";
    /// No room now: requests, bytes or connections.
    Busy "busy" SERVICE_UNAVAILABLE "No room for the request now.";
    /// No enclave serves.
    EnclaveUnavailable "enclave_unavailable" SERVICE_UNAVAILABLE "No enclave serves now.";
    /// The security module gave no evidence.
    EvidenceUnavailable "evidence_unavailable" SERVICE_UNAVAILABLE "The enclave has no evidence now.";
    /// Not finished in time.
    Deadline "deadline" GATEWAY_TIMEOUT "The request was not finished in time.";
}

impl Code {
    /// Its place in [`Self::ALL`], for counters.
    pub const fn index(self) -> usize {
        self as usize
    }

    const fn retry_after(self) -> Option<Duration> {
        match self {
            Self::Busy
            | Self::EnclaveUnavailable
            | Self::EvidenceUnavailable
            | Self::RateLimited => Some(Duration::from_secs(1)),
            _ => None,
        }
    }
}

/// A problem on its way to the caller.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    /// What it is.
    pub code: Code,
    /// When to try again, where that helps. Rounded up to seconds.
    pub retry_after: Option<Duration>,
    /// With [`Code::UnknownKey`]: evidence over the nonce that the caller sent, if it sent one.
    pub evidence: Option<Vec<u8>>,
}

impl Problem {
    /// A problem with what its code implies.
    pub const fn new(code: Code) -> Self {
        Self {
            code,
            retry_after: code.retry_after(),
            evidence: None,
        }
    }

    /// Too many requests; the rate allows the next one after `wait`.
    pub const fn rate_limited(wait: Duration) -> Self {
        Self {
            code: Code::RateLimited,
            retry_after: Some(wait),
            evidence: None,
        }
    }

    /// Sealed to another key; `evidence` is canonical CBOR.
    pub const fn unknown_key(evidence: Option<Vec<u8>>) -> Self {
        Self {
            code: Code::UnknownKey,
            retry_after: None,
            evidence,
        }
    }

    /// The body, RFC 9457 §3: type, title, status, and the members `code` and `request_id`.
    pub fn body(&self, request_id: &str) -> Vec<u8> {
        let name = self.code.name();
        let mut members = Map::new();
        members.insert(
            "type".into(),
            format!("https://vouchsafe.dev/problems/{name}").into(),
        );
        members.insert("title".into(), self.code.title().into());
        members.insert("status".into(), self.code.status().as_u16().into());
        members.insert("code".into(), name.into());
        members.insert("request_id".into(), request_id.into());
        if self.code == Code::UnknownKey {
            let evidence = self
                .evidence
                .as_deref()
                .map(|cbor| URL_SAFE_NO_PAD.encode(cbor));
            members.insert("evidence".into(), evidence.map_or(Value::Null, Value::from));
        }
        Value::Object(members).to_string().into_bytes()
    }

    /// Puts the body and its headers into the response that carried this problem here.
    pub fn write(&self, response: &mut Response, request_id: &str) {
        let headers = response.headers_mut();
        // It was counted while the body was still empty; the connection counts again.
        headers.remove(CONTENT_LENGTH);
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_millis().div_ceil(1000).max(1);
            headers.insert(
                RETRY_AFTER,
                u64::try_from(seconds).unwrap_or(u64::MAX).into(),
            );
        }
        *response.body_mut() = Body::from(self.body(request_id));
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

impl From<RelayError> for Problem {
    fn from(error: RelayError) -> Self {
        Self::new(match error {
            RelayError::NoEnclave => Code::EnclaveUnavailable,
            RelayError::UnknownKey => Code::UnknownKey,
            RelayError::Lost => Code::EnclaveLost,
            RelayError::BadAnswer => Code::BadEnclaveAnswer,
            RelayError::NoMemory => Code::Busy,
            RelayError::Deadline => Code::Deadline,
            RelayError::Refused(refused) => match refused {
                RefusedCode::Malformed => Code::Malformed,
                RefusedCode::UnknownKey => Code::UnknownKey,
                RefusedCode::NotAuthentic => Code::NotAuthentic,
                RefusedCode::TooLarge => Code::TooLarge,
                RefusedCode::Busy => Code::Busy,
                RefusedCode::EvidenceUnavailable => Code::EvidenceUnavailable,
            },
        })
    }
}

impl IntoResponse for Problem {
    /// An empty response that carries the problem to [`crate::server`], which writes the body.
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn a_code_of_the_enclave_keeps_its_name_on_the_way_out() {
        for refused in [
            RefusedCode::Malformed,
            RefusedCode::UnknownKey,
            RefusedCode::NotAuthentic,
            RefusedCode::TooLarge,
            RefusedCode::Busy,
            RefusedCode::EvidenceUnavailable,
        ] {
            let problem = Problem::from(RelayError::Refused(refused));
            assert_eq!(problem.code.name(), refused.code());
        }
    }

    #[test]
    fn names_are_unique_and_indices_match_their_place() {
        let mut names: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
        assert!(
            Code::ALL
                .iter()
                .enumerate()
                .all(|(index, code)| code.index() == index)
        );
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
    }

    #[test]
    fn the_body_has_the_members_of_rfc_9457() {
        let body: Value = serde_json::from_slice(&Problem::new(Code::Busy).body("r-1")).unwrap();
        assert_eq!(
            body,
            serde_json::json!({
                "type": "https://vouchsafe.dev/problems/busy",
                "title": "No room for the request now.",
                "status": 503,
                "code": "busy",
                "request_id": "r-1",
            })
        );
    }

    #[test]
    fn an_unknown_key_carries_evidence_or_null() {
        let body =
            |problem: Problem| -> Value { serde_json::from_slice(&problem.body("r")).unwrap() };
        let with = body(Problem::unknown_key(Some(vec![0xff, 0xef, 1])));
        assert_eq!(with["evidence"], "_-8B");
        assert_eq!(body(Problem::unknown_key(None))["evidence"], Value::Null);
        assert!(body(Problem::new(Code::Busy)).get("evidence").is_none());
    }

    #[test]
    fn a_wait_is_told_in_whole_seconds_and_never_as_zero() {
        for (wait, seconds) in [(1, "1"), (1000, "1"), (1001, "2")] {
            let problem = Problem::rate_limited(Duration::from_millis(wait));
            let mut response = problem.clone().into_response();
            problem.write(&mut response, "r");
            assert_eq!(response.headers()[RETRY_AFTER], seconds);
        }
    }
}
