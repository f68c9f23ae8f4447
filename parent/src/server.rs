//! The parent at work: listens, serves each connection in bounds, and stops in order.
//!
//! Connections are bounded in number, in the time for a head, and in the time a caller may leave a
//! reply unread. Each request is counted and logged here, by code and size, never by content. On
//! shutdown the parent stops listening, lets requests under way finish, and leaves. Next:
//! [`crate::http`] for the routes, [`crate::egress`] for the other door.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::response::Response;
use http::{HeaderValue, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tower::Service as _;
use tracing::{debug, info, warn};

use crate::config::{Config, Limits};
use crate::egress::Egress;
use crate::http::{App, Caller, router};
use crate::limits::{ByteBudget, quarter_of_memory};
use crate::metrics::{Metrics, Route};
use crate::problem::{Code, Problem};
use crate::relay::Relay;
use crate::stall::StallGuard;
use crate::supervisor::runner::RunnerError;
use crate::supervisor::settings::Supervision;
use crate::supervisor::{Supervisor, Surroundings};
use crate::trace::{RequestIds, trace_ids};
use crate::transport::{ListenAddress, Listener};

/// Pause after `accept` failed, so that a lack of file descriptors does not become a busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Connections over the bound that are told so at once; further ones are closed without a word.
const MAX_REFUSALS: usize = 64;

/// Most headers of a request.
const MAX_HEADERS: usize = 64;

/// Why the parent did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address of the HTTP API cannot be listened at.
    #[error("cannot listen for callers at {address}")]
    Listen {
        /// From the configuration.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The address of the egress proxy cannot be listened at.
    #[error("cannot listen for enclaves at {address:?}")]
    EgressListen {
        /// From the configuration.
        address: ListenAddress,
        /// What the system said.
        source: io::Error,
    },
    /// There is nothing to start an enclave from.
    #[error("cannot start an enclave")]
    Supervisor(#[from] RunnerError),
}

impl StartError {
    /// The stable name for logs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Listen { .. } => "listen_failed",
            Self::EgressListen { .. } => "egress_listen_failed",
            Self::Supervisor(error) => error.code(),
        }
    }
}

/// A parent that listens and does not serve yet.
#[derive(Debug)]
pub struct Parent {
    config: Arc<Config>,
    listener: TcpListener,
    address: SocketAddr,
    egress: Listener,
    supervisor: Option<Supervisor>,
}

impl Parent {
    /// Listens at the addresses of `config`.
    ///
    /// # Errors
    ///
    /// [`StartError`] names the address or the image that cannot be had.
    pub async fn bind(config: Config) -> Result<Self, StartError> {
        let supervisor = match &config.supervisor {
            Some(settings) => Some(Supervisor::new(settings.clone()).await?),
            None => None,
        };
        let failed = |source| StartError::Listen {
            address: config.listen,
            source,
        };
        let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let egress =
            Listener::bind(&config.egress_listen).map_err(|source| StartError::EgressListen {
                address: config.egress_listen.clone(),
                source,
            })?;
        Ok(Self {
            config: Arc::new(config),
            listener,
            address,
            egress,
            supervisor,
        })
    }

    /// Where `[supervisor]` of a configuration that was read anew is sent: when another image or
    /// size is named there, enclaves are replaced. None when the parent starts no enclaves.
    pub fn reload(&self) -> Option<mpsc::Sender<Supervision>> {
        self.supervisor.as_ref().map(Supervisor::reload)
    }

    /// Where the HTTP API listens, with the port that was found when the configuration said 0.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` is ready, then finishes what is under way within the drain time.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) {
        let limits = self.config.limits;
        let metrics = Arc::new(Metrics::default());
        let budget = ByteBudget::new(match limits.memory_bytes {
            0 => quarter_of_memory(),
            bytes => bytes,
        });
        let relay = Arc::new(Relay::new(&metrics));
        let egress = Arc::new(Egress::new(&self.config, &relay, &metrics));
        let app = Arc::new(App::new(
            Arc::clone(&relay),
            Arc::clone(&metrics),
            budget.clone(),
            limits,
        ));

        // Enclaves keep their way to KMS until the last request is answered.
        let mut helpers = JoinSet::new();
        for enclave in &self.config.enclaves {
            helpers.spawn(Relay::watch(
                relay.add(enclave.address.clone()),
                budget.clone(),
            ));
        }
        helpers.spawn(egress.serve(self.egress));
        let surroundings = Surroundings {
            relay,
            budget,
            metrics,
            limits,
        };
        let supervising = self
            .supervisor
            .map(|supervisor| supervisor.start(surroundings));

        let (stop, stopping) = watch::channel(false);
        let door = Arc::new(Door {
            router: router(Arc::clone(&app)),
            app: Arc::clone(&app),
            ids: RequestIds::default(),
            stopping,
        });
        info!(address = %self.address, enclaves = self.config.enclaves.len(), "serving");
        let mut connections = JoinSet::new();
        tokio::select! {
            () = accept(&self.listener, &door, &mut connections) => {}
            () = shutdown => {}
        }
        drop(self.listener);
        app.drain();
        let _ = stop.send(true);
        info!(connections = connections.len(), "stopping");
        let finished = timeout(limits.drain(), async {
            while connections.join_next().await.is_some() {}
        });
        if finished.await.is_err() {
            warn!(
                connections = connections.len(),
                "stopped before every connection had finished"
            );
        }
        if let Some(supervising) = supervising {
            supervising.stop().await;
        }
        info!("stopped");
    }
}

/// What every connection needs.
struct Door {
    router: Router,
    app: Arc<App>,
    ids: RequestIds,
    stopping: watch::Receiver<bool>,
}

async fn accept(listener: &TcpListener, door: &Arc<Door>, connections: &mut JoinSet<()>) {
    let limits = door.app.limits();
    let room = Arc::new(Semaphore::new(limits.connections));
    let refusals = Arc::new(Semaphore::new(MAX_REFUSALS));
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                warn!(code = "accept", kind = ?error.kind(), "accept failed");
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        while connections.try_join_next().is_some() {}
        if let Ok(permit) = Arc::clone(&room).try_acquire_owned() {
            door.app.metrics.connections.one();
            let door = Arc::clone(door);
            connections.spawn(async move {
                serve_connection(stream, peer.ip(), &door, limits).await;
                drop(permit);
            });
        } else {
            door.app.metrics.connections_refused.one();
            if let Ok(permit) = Arc::clone(&refusals).try_acquire_owned() {
                let id = door.ids.next();
                connections.spawn(async move {
                    // However it ends, the connection is closed.
                    let _ = timeout(Duration::from_secs(1), refuse(stream, &id)).await;
                    drop(permit);
                });
            }
        }
    }
}

async fn serve_connection(stream: TcpStream, peer: IpAddr, door: &Arc<Door>, limits: Limits) {
    let _ = stream.set_nodelay(true);
    let io = TokioIo::new(StallGuard::new(stream, limits.write_stall()));
    let service = service_fn(|request| {
        let door = Arc::clone(door);
        async move { Ok::<_, std::convert::Infallible>(door.answer(request, peer).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout())
        .max_header_size(limits.head_bytes)
        .max_headers(MAX_HEADERS)
        .serve_connection(io, service);
    let mut stopping = door.stopping.clone();
    let stopped = async move { stopping.wait_for(|stopping| *stopping).await.map(drop) };
    tokio::pin!(connection);
    // How a connection ends is the caller's business: broken, late and well-behaved ends alike.
    let ended = tokio::select! {
        biased;
        ended = connection.as_mut() => ended,
        _ = stopped => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        debug!(
            timeout = error.is_timeout(),
            parse = error.is_parse(),
            "connection failed"
        );
    }
}

impl Door {
    async fn answer(&self, mut request: Request<Incoming>, peer: IpAddr) -> Response<Body> {
        let start = Instant::now();
        let route = Route::of(request.uri().path());
        let trace = request.headers().get("traceparent").cloned();
        let received = request.body().size_hint().exact();
        request.extensions_mut().insert(Caller {
            address: peer,
            start,
        });
        let mut router = self.router.clone();
        let mut response = match router.call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let problem = response.extensions_mut().remove::<Problem>();
        let took = start.elapsed();
        self.app
            .metrics
            .request(route, problem.as_ref().map(|problem| problem.code), took);
        if let Some(problem) = problem {
            let id = self.ids.next();
            problem.write(&mut response, &id);
            log(&Line {
                route,
                code: Some(problem.code),
                id: &id,
                trace: trace.as_ref(),
                received,
                sent: None,
                took,
            });
        } else if tracing::enabled!(tracing::Level::DEBUG) {
            let sent = response.body().size_hint().exact();
            let id = self.ids.next();
            log(&Line {
                route,
                code: None,
                id: &id,
                trace: trace.as_ref(),
                received,
                sent,
                took,
            });
        }
        response
    }
}

/// What the log says of one request.
struct Line<'a> {
    route: Route,
    code: Option<Code>,
    id: &'a str,
    trace: Option<&'a HeaderValue>,
    received: Option<u64>,
    sent: Option<u64>,
    took: Duration,
}

fn log(line: &Line<'_>) {
    let (trace_id, parent_id) = line
        .trace
        .and_then(|header| trace_ids(header.as_bytes()))
        .map_or((None, None), |(trace, parent)| (Some(trace), Some(parent)));
    let took_us = u64::try_from(line.took.as_micros()).unwrap_or(u64::MAX);
    macro_rules! write_at {
        ($level:ident, $code:expr) => {
            $level!(
                request_id = line.id,
                route = line.route.name(),
                code = $code,
                received_bytes = line.received,
                sent_bytes = line.sent,
                took_us,
                trace_id,
                parent_id,
                "request"
            )
        };
    }
    match line.code {
        None => write_at!(debug, "ok"),
        Some(code) if code.status().is_server_error() => write_at!(warn, code.name()),
        Some(code) => write_at!(info, code.name()),
    }
}

/// Answers a connection over the bound without reading a request.
async fn refuse(mut stream: TcpStream, id: &str) -> io::Result<()> {
    let body = Problem::new(Code::Busy).body(id);
    let head = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\n\
         retry-after: 1\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), &body].concat()).await?;
    stream.shutdown().await?;
    // Reading on until the caller closes keeps the answer from being lost under its request.
    let mut bytes = [0; 4096];
    while stream.read(&mut bytes).await? > 0 {}
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[tokio::test]
    async fn an_address_that_cannot_be_had_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let taken = TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap()
            .local_addr()
            .unwrap();
        let _taken = TcpListener::bind(taken).await.unwrap();
        for (listen, egress, code) in [
            (taken.to_string(), "egress", "listen_failed"),
            (
                "127.0.0.1:0".to_owned(),
                "no/such/folder",
                "egress_listen_failed",
            ),
        ] {
            let egress = folder.path().join(egress);
            let config = Config::parse(&format!(
                "listen = \"{listen}\"\negress_listen = \"unix:{}\"\ntrust_anchor = \"a\"\nbundle = \"b\"\n[[enclave]]\naddress = \"unix:e\"\n",
                egress.display()
            ));
            let error = Parent::bind(config.unwrap()).await.unwrap_err();
            assert_eq!(error.code(), code);
        }
    }
}
