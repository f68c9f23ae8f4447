//! HTTP/1.1 over TLS over a stream that the parent carries: the SDK's way to KMS.
//!
//! The stock connectors dial by themselves and cannot take a stream, so this is one of our own. It
//! goes to one host only, whatever the request says, proves that host by TLS before a byte of the
//! request leaves, keeps a few connections for reuse and reads replies up to a bound. Retries and
//! deadlines of calls are the SDK's.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::header::{CONNECTION, HOST};
use http::{HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::sync::Semaphore;
use tokio::time::timeout_at;
use tokio_rustls::TlsConnector;

use crate::egress::{Egress, EgressError};

use super::{Endpoint, KmsError};

/// Bytes of a reply. The longest of KMS has about 20 KiB.
const MAX_REPLY_BYTES: usize = 64 * 1024;

/// Streams at a time, and calls: more calls wait.
const MAX_STREAMS: usize = 16;

/// Streams kept for later.
const MAX_IDLE: usize = 4;

/// How long a stream is kept. KMS closes idle ones by itself after about a minute.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// How long the parent and the handshake may take.
const CONNECT_DEADLINE: Duration = Duration::from_secs(3);

/// Why there was no reply.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum ConnectorFault {
    /// The parent gave no stream.
    #[error(transparent)]
    Egress(#[from] EgressError),
    /// The far end did not prove itself, or broke TLS.
    #[error("the far end is not KMS")]
    Impostor,
    /// The stream broke or stood still in the handshake.
    #[error("the stream to KMS broke")]
    Broken,
    /// Not HTTP/1.1, or the stream broke in the middle of it.
    #[error("the exchange with KMS broke off")]
    Http,
    /// The reply is over [`MAX_REPLY_BYTES`].
    #[error("the reply is too long")]
    TooLong,
    /// The request is for another host, or is no request.
    #[error("the request cannot be sent")]
    Request,
}

impl From<&ConnectorFault> for KmsError {
    fn from(fault: &ConnectorFault) -> Self {
        match fault {
            ConnectorFault::Egress(_) | ConnectorFault::Broken | ConnectorFault::Http => {
                Self::Unavailable
            }
            ConnectorFault::Impostor => Self::Impostor,
            ConnectorFault::TooLong => Self::MalformedReply,
            ConnectorFault::Request => Self::Rejected,
        }
    }
}

impl From<ConnectorFault> for ConnectorError {
    /// Faults of the way are worth another attempt; an impostor will be one again.
    fn from(fault: ConnectorFault) -> Self {
        match fault {
            ConnectorFault::Egress(EgressError::Refused(_))
            | ConnectorFault::Impostor
            | ConnectorFault::TooLong
            | ConnectorFault::Request => Self::user(fault.into()),
            ConnectorFault::Egress(_) | ConnectorFault::Broken | ConnectorFault::Http => {
                Self::io(fault.into())
            }
        }
    }
}

type Sender = SendRequest<Full<Bytes>>;

struct Idle {
    sender: Sender,
    since: Instant,
}

struct Inner {
    egress: Egress,
    tls: TlsConnector,
    endpoint: Endpoint,
    name: ServerName<'static>,
    idle: Mutex<Vec<Idle>>,
    places: Semaphore,
}

/// The way to one KMS. Clones share its streams.
#[derive(Clone)]
pub(super) struct Connector(Arc<Inner>);

impl std::fmt::Debug for Connector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_tuple("Connector")
            .field(&self.0.endpoint)
            .finish()
    }
}

impl Connector {
    pub(super) fn new(
        egress: Egress,
        tls: Arc<ClientConfig>,
        endpoint: Endpoint,
    ) -> Result<Self, KmsError> {
        let name =
            ServerName::try_from(endpoint.host.clone()).map_err(|_| KmsError::Unavailable)?;
        Ok(Self(Arc::new(Inner {
            egress,
            tls: tls.into(),
            endpoint,
            name,
            idle: Mutex::default(),
            places: Semaphore::new(MAX_STREAMS),
        })))
    }
}

impl HttpClient for Connector {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let inner = Arc::clone(&self.0);
        HttpConnectorFuture::new(async move { Ok(inner.exchange(request).await?) })
    }
}

impl Inner {
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorFault> {
        let request = self.prepare(request)?;
        let _place = self
            .places
            .acquire()
            .await
            .map_err(|_| ConnectorFault::Broken)?;
        let mut sender = match self.take_idle().await {
            Some(sender) => sender,
            None => self.connect().await?,
        };
        let reply = sender.send_request(request).await;
        let (parts, body) = reply.map_err(|_| ConnectorFault::Http)?.into_parts();
        let body = Limited::new(body, MAX_REPLY_BYTES).collect().await;
        let body = body.map_err(|error| {
            if error.is::<LengthLimitError>() {
                ConnectorFault::TooLong
            } else {
                ConnectorFault::Http
            }
        })?;
        if parts
            .headers
            .get(CONNECTION)
            .is_none_or(|value| value != "close")
        {
            self.keep(sender);
        }
        let reply = Response::from_parts(parts, SdkBody::from(body.to_bytes()));
        HttpResponse::try_from(reply).map_err(|_| ConnectorFault::Http)
    }

    /// Turns the SDK's request into one for this host, in origin form.
    fn prepare(&self, request: HttpRequest) -> Result<Request<Full<Bytes>>, ConnectorFault> {
        let refused = ConnectorFault::Request;
        let body = Bytes::copy_from_slice(request.body().bytes().ok_or(refused)?);
        let request = request.try_into_http1x().map_err(|_| refused)?;
        let (mut parts, _) = request.into_parts();
        let authority = self.endpoint.authority();
        if parts.uri.scheme_str() != Some("https")
            || parts.uri.authority().map(http::uri::Authority::as_str) != Some(&authority)
        {
            return Err(refused);
        }
        let path = parts.uri.path_and_query().cloned().ok_or(refused)?;
        parts.uri = Uri::from(path);
        let host = HeaderValue::try_from(authority).map_err(|_| refused)?;
        parts.headers.insert(HOST, host);
        Ok(Request::from_parts(parts, Full::new(body)))
    }

    async fn connect(&self) -> Result<Sender, ConnectorFault> {
        let deadline = Instant::now() + CONNECT_DEADLINE;
        let Endpoint { host, port } = &self.endpoint;
        let stream = self.egress.connect(host, *port, deadline).await?;
        let handshake = self.tls.connect(self.name.clone(), stream);
        let stream = timeout_at(deadline.into(), handshake)
            .await
            .map_err(|_| ConnectorFault::Broken)?
            .map_err(|error| handshake_fault(&error))?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|_| ConnectorFault::Http)?;
        // Ends with its sender, or with the stream; the sender then tells why.
        tokio::spawn(connection);
        Ok(sender)
    }

    async fn take_idle(&self) -> Option<Sender> {
        loop {
            let Idle { mut sender, since } = self.idle().pop()?;
            if since.elapsed() < IDLE_TIMEOUT && sender.ready().await.is_ok() {
                return Some(sender);
            }
        }
    }

    fn keep(&self, sender: Sender) {
        let since = Instant::now();
        let mut idle = self.idle();
        idle.retain(|kept| kept.since.elapsed() < IDLE_TIMEOUT && !kept.sender.is_closed());
        if idle.len() < MAX_IDLE {
            idle.push(Idle { sender, since });
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A fault that rustls found is the far end's doing; any other is the stream's.
fn handshake_fault(error: &io::Error) -> ConnectorFault {
    match error.get_ref() {
        Some(inner) if inner.is::<rustls::Error>() => ConnectorFault::Impostor,
        _ => ConnectorFault::Broken,
    }
}
