//! Calls the KMS as one of its principals: for the command line and for tests.
//!
//! One connection per call, signed by `aws-sigv4`, over TLS that trusts the installation's own CA
//! and nothing else. Not a client for production: that one is the real SDK.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::principals::{Principals, PrincipalsError};
use crate::files::{self, FileError};
use crate::tls::{self, TlsError};

/// Longest answer that is read, bytes.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;
/// For one call from connecting to the last byte.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a call had no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// A file of the installation cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// `principals.toml` is not accepted.
    #[error(transparent)]
    Principals(#[from] PrincipalsError),
    /// No principal has this name.
    #[error("principals.toml has no principal of this name")]
    UnknownPrincipal,
    /// The CA is not accepted.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The endpoint is not `https://HOST:PORT`.
    #[error("the endpoint must be https://HOST:PORT")]
    Endpoint,
    /// The request cannot be signed.
    #[error("the request cannot be signed")]
    Signing,
    /// The connection failed.
    #[error("the KMS cannot be reached")]
    Connection(#[from] std::io::Error),
    /// The connection broke during the exchange, or the answer is too long.
    #[error("the KMS did not answer")]
    Http,
    /// No answer in time.
    #[error("the KMS did not answer in time")]
    Timeout,
    /// The answer is not JSON.
    #[error("the answer of the KMS cannot be read")]
    Answer,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// 200 for success.
    pub status: StatusCode,
    /// The answer, or the error with its `__type`.
    pub body: Value,
}

impl Answer {
    /// The name of the error; `None` for success.
    pub fn error(&self) -> Option<&str> {
        if self.status.is_success() {
            None
        } else {
            self.body["__type"].as_str()
        }
    }
}

/// Calls as any principal of an installation.
pub struct KmsClient {
    endpoint: Uri,
    region: String,
    principals: Principals,
    tls: TlsConnector,
}

impl KmsClient {
    /// Reads the CA and the principals of the installation in `state`.
    ///
    /// # Errors
    ///
    /// [`CallError`] when one of them, or the endpoint, is not accepted.
    pub fn new(state: &Path, endpoint: &str, region: &str) -> Result<Self, CallError> {
        let kms = state.join("kms");
        let principals = files::read(&kms.join("principals.toml"))?;
        let tls = tls::client_config(&files::read(&kms.join("ca.pem"))?)?;
        let endpoint: Uri = endpoint.parse().map_err(|_| CallError::Endpoint)?;
        if endpoint.scheme_str() != Some("https") || endpoint.port_u16().is_none() {
            return Err(CallError::Endpoint);
        }
        Ok(Self {
            endpoint,
            region: region.to_owned(),
            principals: Principals::parse(&String::from_utf8_lossy(&principals))?,
            tls: TlsConnector::from(Arc::new(tls)),
        })
    }

    /// Calls an operation as the principal of that short name.
    ///
    /// # Errors
    ///
    /// [`CallError`] when there is no answer; a refusal is an answer.
    pub async fn call(
        &self,
        principal: &str,
        operation: &str,
        input: &Value,
    ) -> Result<Answer, CallError> {
        let request = self.signed(principal, operation, input)?;
        tokio::time::timeout(PATIENCE, self.exchange(request))
            .await
            .map_err(|_| CallError::Timeout)?
    }

    fn signed(
        &self,
        principal: &str,
        operation: &str,
        input: &Value,
    ) -> Result<Request<Full<Bytes>>, CallError> {
        let principal = self
            .principals
            .by_name(principal)
            .ok_or(CallError::UnknownPrincipal)?;
        let token = principal
            .session
            .as_ref()
            .map(|session| session.token.expose_secret().clone());
        let secret = principal.secret_access_key.expose_secret().as_str();
        let identity =
            Credentials::new(&principal.access_key_id, secret, token, None, "principals").into();
        let mut settings = SigningSettings::default();
        settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("kms")
            .time(SystemTime::now())
            .settings(settings)
            .build()
            .map_err(|_| CallError::Signing)?
            .into();

        let authority = self
            .endpoint
            .authority()
            .ok_or(CallError::Endpoint)?
            .as_str();
        let target = format!("TrentService.{operation}");
        let body = input.to_string();
        let headers = [
            ("host", authority),
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", target.as_str()),
        ];
        let signable = SignableRequest::new(
            "POST",
            format!("https://{authority}/"),
            headers.into_iter(),
            SignableBody::Bytes(body.as_bytes()),
        )
        .map_err(|_| CallError::Signing)?;
        let (instructions, _) = sign(signable, &params)
            .map_err(|_| CallError::Signing)?
            .into_parts();
        let mut request = Request::post("/");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let mut request = request
            .body(Full::new(Bytes::from(body)))
            .map_err(|_| CallError::Signing)?;
        instructions.apply_to_request_http1x(&mut request);
        Ok(request)
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Answer, CallError> {
        let host = self.endpoint.host().ok_or(CallError::Endpoint)?;
        let bare = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let port = self.endpoint.port_u16().ok_or(CallError::Endpoint)?;
        let stream = TcpStream::connect((bare.as_str(), port)).await?;
        let name = ServerName::try_from(bare).map_err(|_| CallError::Endpoint)?;
        let stream = self.tls.connect(name, stream).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|_| CallError::Http)?;
        let connection = tokio::spawn(connection);
        let response = sender
            .send_request(request)
            .await
            .map_err(|_| CallError::Http)?;
        let status = response.status();
        let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES)
            .collect()
            .await
            .map_err(|_| CallError::Http)?
            .to_bytes();
        connection.abort();
        let body = serde_json::from_slice(&body).map_err(|_| CallError::Answer)?;
        Ok(Answer { status, body })
    }
}
