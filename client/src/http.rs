//! The two HTTP requests that a client makes of the parent: evidence, and one sealed request.
//!
//! Carries bytes and judges nothing: what comes back is the parent's word until
//! [`crate::verify`] or a reply opener has checked it. Every wait has an end and every body a
//! bound; redirects are never followed, and no proxy of the environment is used for loopback.
//!
//! No identity token passes through here outside a sealed request. Next: [`crate::session`].

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Certificate, Response, StatusCode, Url, redirect};
use serde::Deserialize;
use vouchsafe_common::limits;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long an exchange may take: the enclave's deadline, and time to carry two large bodies.
const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(limits::REQUEST_DEADLINE.as_secs() + 20);
/// Longest evidence that is read: a document, a key configuration and the CBOR around them.
const MAX_EVIDENCE_BYTES: usize = limits::MAX_DOCUMENT_BYTES + 16 * 1024;
/// Longest problem document that is read; one of 421 carries evidence in base64.
const MAX_PROBLEM_BYTES: usize = 2 * MAX_EVIDENCE_BYTES;
/// Longest problem code that is passed on.
const MAX_CODE_CHARS: usize = 64;

/// Content type of a sealed request, RFC 9052 §16 with HPKE integrated encryption.
const SEALED_REQUEST_TYPE: &str = "application/cose; cose-type=\"cose-encrypt0\"";
/// Header that carries the nonce for the evidence that a 421 answer brings along.
const NONCE_HEADER: &str = "vouchsafe-nonce";

/// Why the parent could not be asked, or what it answered instead.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The address is not an http or https URL with a host.
    #[error("the address is not an http or https URL")]
    Address,
    /// A certificate given for TLS could not be read.
    #[error("the certificate for TLS is not PEM")]
    Certificate,
    /// The HTTP client could not be set up.
    #[error("TLS could not be set up")]
    Setup(#[source] reqwest::Error),
    /// No connection, or it broke.
    #[error("the service cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// The answer did not come in time.
    #[error("the service did not answer in time")]
    TimedOut,
    /// The answer is longer than its bound.
    #[error("the answer is longer than {limit} bytes")]
    TooLarge {
        /// The bound in bytes.
        limit: usize,
    },
    /// The parent refused, with a problem document or without.
    #[error("the service answered {status} ({code})")]
    Refused {
        /// HTTP status.
        status: u16,
        /// The problem's code, `http_error` when it has none.
        code: String,
    },
}

impl HttpError {
    /// The stable name of the cause.
    pub fn code(&self) -> &str {
        match self {
            Self::Address => "bad_address",
            Self::Certificate => "bad_certificate",
            Self::Setup(_) => "tls_setup",
            Self::Unreachable(_) => "unreachable",
            Self::TimedOut => "timed_out",
            Self::TooLarge { .. } => "answer_too_large",
            Self::Refused { code, .. } => code,
        }
    }

    /// Whether the parent or the enclave had no room for the request, and did nothing with it.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == "busy" || code == "rate_limited")
    }

    /// Whether the same request may succeed later: nobody answered, or too busy to.
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::TimedOut => true,
            Self::Refused { status, .. } => *status == 429 || *status >= 500,
            _ => false,
        }
    }
}

/// What the parent answers to a sealed request.
pub(crate) enum ProcessAnswer {
    /// A sealed reply.
    Reply(Vec<u8>),
    /// 421: no enclave here holds the key the request is sealed to.
    UnknownKey {
        /// The current evidence for the nonce that was sent, not yet verified.
        evidence: Option<Vec<u8>>,
    },
}

/// A parent, by its address.
pub struct Parent {
    client: reqwest::Client,
    evidence: Url,
    process: Url,
}

impl Parent {
    /// A parent at `address`; `certificates` (PEM) replace the system's roots for TLS when given.
    ///
    /// # Errors
    ///
    /// [`HttpError::Address`], [`HttpError::Certificate`], [`HttpError::Setup`].
    pub fn new(address: &str, certificates: Option<&[u8]>) -> Result<Self, HttpError> {
        let mut base = Url::parse(address).map_err(|_| HttpError::Address)?;
        if !matches!(base.scheme(), "http" | "https") || base.query().is_some() {
            return Err(HttpError::Address);
        }
        let host = base.host_str().ok_or(HttpError::Address)?;
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("vouchsafe/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(EXCHANGE_TIMEOUT)
            .tcp_nodelay(true);
        if is_loopback(host) {
            builder = builder.no_proxy();
        }
        if let Some(pem) = certificates {
            let roots = Certificate::from_pem_bundle(pem).map_err(|_| HttpError::Certificate)?;
            if roots.is_empty() {
                return Err(HttpError::Certificate);
            }
            builder = builder.tls_certs_only(roots);
        }
        let client = builder.build().map_err(HttpError::Setup)?;
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let join = |path| base.join(path).map_err(|_| HttpError::Address);
        Ok(Self {
            client,
            evidence: join("v1/evidence")?,
            process: join("v1/process")?,
        })
    }

    /// The current evidence for `nonce`, as the parent hands it over (CBOR, unverified).
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn evidence(&self, nonce: &[u8; 32]) -> Result<Vec<u8>, HttpError> {
        let mut url = self.evidence.clone();
        url.query_pairs_mut()
            .append_pair("nonce", &hex::encode(nonce));
        let response = self.client.get(url).send().await.map_err(transport)?;
        if response.status() == StatusCode::OK {
            body(response, MAX_EVIDENCE_BYTES).await
        } else {
            Err(refusal(response).await?.0)
        }
    }

    /// Hands over one sealed request and returns what came back. `nonce` is for the evidence of a
    /// 421 answer.
    pub(crate) async fn process(
        &self,
        sealed: Vec<u8>,
        nonce: &[u8; 32],
    ) -> Result<ProcessAnswer, HttpError> {
        let request = self
            .client
            .post(self.process.clone())
            .header(reqwest::header::CONTENT_TYPE, SEALED_REQUEST_TYPE)
            .header(NONCE_HEADER, hex::encode(nonce))
            .body(sealed);
        let response = request.send().await.map_err(transport)?;
        match response.status() {
            StatusCode::OK => Ok(ProcessAnswer::Reply(
                body(response, limits::MAX_SEALED_REPLY_BYTES).await?,
            )),
            StatusCode::MISDIRECTED_REQUEST => {
                let (_, evidence) = refusal(response).await?;
                Ok(ProcessAnswer::UnknownKey { evidence })
            }
            _ => Err(refusal(response).await?.0),
        }
    }
}

/// Whether `host` of a URL is this machine's loopback, by name or by address.
pub fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn transport(error: reqwest::Error) -> HttpError {
    // The URL holds the nonce, which is nobody's business in a log.
    let error = error.without_url();
    if error.is_timeout() {
        HttpError::TimedOut
    } else {
        HttpError::Unreachable(error)
    }
}

/// The body of `response`, at most `limit` bytes of it.
async fn body(mut response: Response, limit: usize) -> Result<Vec<u8>, HttpError> {
    let announced = response.content_length().unwrap_or(0);
    if announced > limit as u64 {
        return Err(HttpError::TooLarge { limit });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(announced).unwrap_or(0));
    while let Some(chunk) = response.chunk().await.map_err(transport)? {
        if bytes.len() + chunk.len() > limit {
            return Err(HttpError::TooLarge { limit });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// The members of an RFC 9457 problem that a client reads.
#[derive(Default, Deserialize)]
struct Problem {
    code: Option<String>,
    evidence: Option<String>,
}

/// Reads a problem document off the wire; the evidence is that of a 421 answer.
async fn refusal(response: Response) -> Result<(HttpError, Option<Vec<u8>>), HttpError> {
    let status = response.status().as_u16();
    let bytes = body(response, MAX_PROBLEM_BYTES).await?;
    Ok(problem(status, &bytes))
}

/// What an answer of the parent's that is not a result says: its refusal, always one whose code can
/// be printed, and the evidence that comes with 421. A body that is no problem has neither.
#[doc(hidden)]
pub fn problem(status: u16, body: &[u8]) -> (HttpError, Option<Vec<u8>>) {
    let problem: Problem = serde_json::from_slice(body).unwrap_or_default();
    let evidence = problem
        .evidence
        .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    let code = problem
        .code
        .filter(|code| is_code(code))
        .unwrap_or_else(|| "http_error".to_owned());
    (HttpError::Refused { status, code }, evidence)
}

/// Whether a code of the parent's has the form of one, so that it can be printed as it is.
fn is_code(code: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    (1..=MAX_CODE_CHARS).contains(&code.len()) && code.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn loopback_is_known_by_name_and_by_address() {
        for host in [
            "localhost",
            "LOCALHOST",
            "127.0.0.1",
            "127.1.2.3",
            "::1",
            "[::1]",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "localhost.example",
            "10.0.0.1",
            "0.0.0.0",
            "::2",
            "example.com",
            "",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn an_address_that_is_not_http_is_refused() {
        for address in [
            "",
            "127.0.0.1:80",
            "ftp://x/",
            "file:///x",
            "unix:/x",
            "http://x/?a=b",
        ] {
            assert!(
                matches!(Parent::new(address, None), Err(HttpError::Address)),
                "{address}"
            );
        }
    }

    #[test]
    fn a_path_in_the_address_stays_in_front() {
        let parent = Parent::new("http://127.0.0.1:1/pii", None).expect("a good address");
        assert_eq!(
            parent.evidence.as_str(),
            "http://127.0.0.1:1/pii/v1/evidence"
        );
        assert_eq!(parent.process.as_str(), "http://127.0.0.1:1/pii/v1/process");
    }

    #[test]
    fn a_certificate_that_is_not_pem_is_refused() {
        let refused = Parent::new("https://x/", Some(b"nothing"));
        assert!(matches!(refused, Err(HttpError::Certificate)));
    }

    #[test]
    fn a_code_with_other_characters_is_not_passed_on() {
        assert!(is_code("unknown_key"));
        assert!(
            !is_code("") && !is_code("a b") && !is_code("\u{1b}[2J") && !is_code(&"a".repeat(65))
        );
    }

    fn code(body: &[u8]) -> String {
        problem(503, body).0.code().to_owned()
    }

    #[test]
    fn a_problem_cut_at_any_length_says_nothing() {
        let body = br#"{"code":"busy","evidence":"AQID"}"#;
        assert_eq!(code(body), "busy");
        assert_eq!(problem(421, body).1, Some(vec![1, 2, 3]));
        for length in 0..body.len() {
            assert_eq!(code(&body[..length]), "http_error", "cut at {length}");
            assert_eq!(problem(421, &body[..length]).1, None);
        }
    }

    proptest! {
        #[test]
        fn a_code_survives_and_whatever_comes_can_be_printed(
            given in "[a-z0-9_]{1,64}",
            bytes: Vec<u8>,
            text in ".{0,80}",
        ) {
            let body = |code: &str| serde_json::json!({ "code": code }).to_string().into_bytes();
            prop_assert_eq!(code(&body(&given)), given);
            for body in [bytes, body(&text)] {
                prop_assert!(is_code(&code(&body)));
            }
        }
    }
}
