//! TLS and HTTP around the operations: a request in, an answer or a named error out.
//!
//! Every connection has its own task; their number, the size of a body and the time that a
//! handshake or a request may take are bounded. A request that cannot be authenticated reaches no
//! key. Next: [`super::sigv4`], [`super::operations`].

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use vouchsafe_common::attestation::RootFingerprint;

use super::control::{Control, Fault};
use super::error::KmsError;
use super::operations::{Caller, Operation, Service};
use super::principals::{Principals, PrincipalsError};
use super::sigv4::{Signed, authenticate};
use super::store::{StoreError, random};
use super::{Clock, DEFAULT_REGION, system_clock};
use crate::files::{self, FileError};
use crate::tls::{self, TlsError};

/// Longest request body. The longest legitimate one holds a 256 KiB document in base64.
const MAX_BODY_BYTES: usize = 1024 * 1024;
/// Connections served at once; more wait to be accepted.
const MAX_CONNECTIONS: usize = 256;
/// For a TLS handshake, for the headers of a request, and for its body.
const PATIENCE: Duration = Duration::from_secs(10);

/// How to start a server.
pub struct KmsConfig {
    /// Directory made by [`crate::install::init`].
    pub state: PathBuf,
    /// Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Region in ARNs and signatures.
    pub region: String,
    /// Faults from the start.
    pub faults: Vec<Fault>,
    /// Path of the control socket.
    pub control: Option<PathBuf>,
    /// Where the time comes from.
    pub clock: Clock,
}

impl KmsConfig {
    /// A free port on loopback, the default region, the machine's clock, no fault.
    pub fn local(state: impl Into<PathBuf>) -> Self {
        Self {
            state: state.into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            region: DEFAULT_REGION.to_owned(),
            faults: Vec::new(),
            control: None,
            clock: system_clock(),
        }
    }
}

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A file of the installation cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// `principals.toml` is not accepted.
    #[error(transparent)]
    Principals(#[from] PrincipalsError),
    /// The keys cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The certificate or its key is not accepted.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The address or the control socket cannot be bound.
    #[error("cannot listen")]
    Listen(#[source] std::io::Error),
}

/// The server; see [`KmsServer::start`].
pub struct KmsServer {
    service: Service,
    principals: Principals,
    region: String,
    clock: Clock,
    control: Control,
}

/// A server that runs until this value is dropped.
#[derive(Debug)]
pub struct RunningKms {
    /// `https://127.0.0.1:PORT`.
    pub endpoint: String,
    /// What a client must trust.
    pub ca_pem: Vec<u8>,
    /// Faults and counters.
    pub control: Control,
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for RunningKms {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl KmsServer {
    /// Starts serving within the current Tokio runtime.
    ///
    /// # Errors
    ///
    /// [`StartError`]: files of the installation missing or bad, or an address in use.
    pub async fn start(config: KmsConfig) -> Result<RunningKms, StartError> {
        let kms = config.state.join("kms");
        let root = files::read(&config.state.join("nsm/root.der"))?;
        let principals = files::read(&kms.join("principals.toml"))?;
        let ca_pem = files::read(&kms.join("ca.pem"))?;
        let tls = tls::server_config(
            &files::read(&kms.join("server.pem"))?,
            &files::read(&kms.join("server.key"))?,
        )?;
        let control = Control::default();
        config
            .faults
            .into_iter()
            .for_each(|fault| control.inject(fault));
        let server = Arc::new(Self {
            service: Service::open(
                &kms.join("keys.json"),
                RootFingerprint::of_der(&root),
                &config.region,
            )?,
            principals: Principals::parse(&String::from_utf8_lossy(&principals))?,
            region: config.region,
            clock: config.clock,
            control: control.clone(),
        });

        let listener = TcpListener::bind(config.listen)
            .await
            .map_err(StartError::Listen)?;
        let address = listener.local_addr().map_err(StartError::Listen)?;
        let mut tasks = Vec::new();
        if let Some(path) = &config.control {
            tasks.push(control.listen(path).map_err(StartError::Listen)?);
        }
        tasks.push(tokio::spawn(
            server.accept(listener, TlsAcceptor::from(Arc::new(tls))),
        ));
        Ok(RunningKms {
            endpoint: format!("https://{address}"),
            ca_pem,
            control,
            tasks,
        })
    }

    async fn accept(self: Arc<Self>, listener: TcpListener, tls: TlsAcceptor) {
        let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let mut connections = JoinSet::new();
        loop {
            let slot = slots
                .clone()
                .acquire_owned()
                .await
                .expect("the semaphore is never closed");
            while connections.try_join_next().is_some() {}
            match listener.accept().await {
                Ok((stream, _)) => {
                    let (server, tls) = (self.clone(), tls.clone());
                    connections.spawn(async move {
                        server.connection(stream, tls).await;
                        drop(slot);
                    });
                }
                // Out of file descriptors, most likely: others must end first.
                Err(error) => {
                    tracing::warn!(error = %error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    async fn connection(self: Arc<Self>, stream: TcpStream, tls: TlsAcceptor) {
        if self.control.is_down() {
            // Closing with zero linger sends a reset; if that cannot be set, a plain close does.
            let _ = stream.set_zero_linger();
            return;
        }
        let Ok(Ok(stream)) = timeout(PATIENCE, tls.accept(stream)).await else {
            return;
        };
        let service = service_fn(move |request| {
            let server = self.clone();
            async move { server.exchange(request).await }
        });
        let served = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(PATIENCE)
            .serve_connection(TokioIo::new(stream), service)
            .await;
        if let Err(error) = served {
            tracing::debug!(error = %error, "a connection ended early");
        }
    }

    /// One request. An error closes the connection without an answer.
    async fn exchange(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, ConnectionDown> {
        if self.control.is_down() {
            return Err(ConnectionDown);
        }
        let (parts, body) = request.into_parts();
        let control = self.control.clone();
        let outcome = match timeout(PATIENCE, read(body)).await {
            Err(_) => return Err(ConnectionDown),
            Ok(Err(error)) => Err(error),
            Ok(Ok(body)) => {
                tokio::time::sleep(control.delay()).await;
                // Signature checks and RSA take milliseconds of work: not on the async workers.
                tokio::task::spawn_blocking(move || self.process(&parts, &body))
                    .await
                    .unwrap_or(Err(KmsError::Internal))
            }
        };
        if let Err(error) = &outcome {
            control.count_error(error);
            tracing::info!(error = error.name(), "refused");
        }
        Ok(response(outcome))
    }

    fn process(&self, parts: &Parts, body: &[u8]) -> Result<Value, KmsError> {
        if parts.method != Method::POST || parts.uri.path() != "/" {
            return Err(KmsError::UnknownOperation);
        }
        let target = parts
            .headers
            .get("x-amz-target")
            .and_then(|value| value.to_str().ok());
        let operation = Operation::parse(target.unwrap_or_default())?;
        let now = (self.clock)();
        let signed = Signed {
            method: parts.method.as_str(),
            path: parts.uri.path_and_query().map_or("/", |path| path.as_str()),
            headers: &parts.headers,
            body,
        };
        let principal = authenticate(&signed, &self.principals, &self.region, now)?;
        let tampering = self.control.begin(operation)?;
        tracing::debug!(
            operation = operation.name(),
            principal = principal.name,
            "call"
        );
        self.service.answer(
            operation,
            &Caller {
                principal,
                now,
                tampering,
            },
            body,
        )
    }
}

/// The connection ends here, on purpose.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed without an answer")]
struct ConnectionDown;

async fn read(body: Incoming) -> Result<Bytes, KmsError> {
    match Limited::new(body, MAX_BODY_BYTES).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(KmsError::RequestTooLarge),
        Err(_) => Err(KmsError::Serialization),
    }
}

fn response(outcome: Result<Value, KmsError>) -> Response<Full<Bytes>> {
    let (status, kind, body) = match outcome {
        Ok(answer) => (StatusCode::OK, None, answer),
        Err(error) => (error.status(), Some(error.name()), error.body()),
    };
    let mut response = Response::builder()
        .status(status)
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amzn-requestid", hex::encode(random::<16>()))
        .header(
            "cache-control",
            "no-cache, no-store, must-revalidate, private",
        );
    if let Some(kind) = kind {
        response = response.header("x-amzn-errortype", kind);
    }
    let body = Full::new(Bytes::from(body.to_string()));
    response
        .body(body)
        .expect("fixed header names, and values of hex and letters")
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
