//! The enclave's way to KMS and to nothing else, and what it needs from its instance.
//!
//! An enclave opens a stream and says in one frame what it wants: a tunnel to a host on the
//! allow-list, AWS credentials, or its boot material. The parent does not trust the enclave with
//! its network: destinations are compared exactly, connects are rated, tunnels bounded in number,
//! bytes and idle time. What flows through a tunnel is TLS of the enclave's and never looked at.
//! Next: [`tunnel`], [`credentials`].

pub mod credentials;
pub mod tunnel;

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_bytes::ByteBuf;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tracing::{debug, info, warn};
use vouchsafe_common::egress::{BootMaterial, EgressAnswer, EgressQuery, EgressRefusal};
use vouchsafe_common::limits::{MAX_BUNDLE_BYTES, MAX_EGRESS_FRAME_BYTES, MAX_WRAPPED_KEY_BYTES};

use crate::config::Config;
use crate::limits::RateLimiter;
use crate::metrics::Metrics;
use crate::relay::Relay;
use crate::transport::{Listener, Stream, read_frame, write_frame};
use credentials::Credentials;
use tunnel::TunnelLimits;

/// Longest query, bytes. A host name is the longest thing in it.
const MAX_QUERY_BYTES: usize = 1024;

/// Time for an answer to be written.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// Pause after `accept` failed, so that a lack of file descriptors does not become a busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The egress proxy of one parent.
#[derive(Debug)]
pub struct Egress {
    config: Arc<Config>,
    credentials: Credentials,
    rate: RateLimiter,
    relay: Arc<Relay>,
    metrics: Arc<Metrics>,
}

impl Egress {
    /// A proxy that does what `config` allows, for the enclaves of `relay`.
    pub fn new(config: &Arc<Config>, relay: &Arc<Relay>, metrics: &Arc<Metrics>) -> Self {
        Self {
            relay: Arc::clone(relay),
            credentials: Credentials::new(config),
            rate: RateLimiter::new(config.egress_limits.connects_per_second),
            config: Arc::clone(config),
            metrics: Arc::clone(metrics),
        }
    }

    /// Serves the streams that `listener` accepts. Runs until dropped, and its streams with it.
    pub async fn serve(self: Arc<Self>, listener: Listener) {
        let room = Arc::new(Semaphore::new(self.config.egress_limits.connections));
        let mut streams = tokio::task::JoinSet::new();
        loop {
            let (stream, peer) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    warn!(code = "egress_accept", kind = ?error.kind(), "accept failed");
                    sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            while streams.try_join_next().is_some() {}
            if !self.knows(peer) {
                self.metrics.egress_refused.one();
                warn!(
                    code = "egress_unknown_peer",
                    peer, "stream from an unknown context id"
                );
                continue;
            }
            let permit = Arc::clone(&room).try_acquire_owned().ok();
            // Refusals are few bytes and short-lived, yet an enclave could open streams faster than
            // they end; beyond twice the bound a stream is closed without a word.
            if permit.is_some() || streams.len() < 2 * self.config.egress_limits.connections {
                let egress = Arc::clone(&self);
                streams.spawn(async move { egress.serve_stream(stream, permit).await });
            }
        }
    }

    /// Over vsock only the enclaves of this instance are served; a Unix socket's file mode says
    /// who may connect.
    fn knows(&self, peer: Option<u32>) -> bool {
        peer.is_none_or(|peer| self.relay.has_cid(peer))
    }

    async fn serve_stream(&self, mut stream: Stream, permit: Option<OwnedSemaphorePermit>) {
        let patience = Duration::from_millis(self.config.egress_limits.first_frame_ms);
        let outcome = if permit.is_none() {
            Err(EgressRefusal::Busy)
        } else {
            match timeout(patience, read_frame(&mut stream, MAX_QUERY_BYTES)).await {
                Ok(Ok(frame)) => match EgressQuery::decode(&frame) {
                    Ok(query) => self.answer(&query).await,
                    Err(_) => Err(EgressRefusal::Malformed),
                },
                Ok(Err(_)) | Err(_) => Err(EgressRefusal::Malformed),
            }
        };
        match outcome {
            Ok(Granted::Answer(answer)) => {
                let _ = send(&mut stream, &answer).await;
            }
            Ok(Granted::Tunnel(host)) => {
                if send(&mut stream, &EgressAnswer::Connected).await.is_ok() {
                    self.carry(stream, host).await;
                }
            }
            Err(code) => {
                self.metrics.egress_refused.one();
                warn!(code = code.code(), "egress refused");
                if send(&mut stream, &EgressAnswer::Refused { code })
                    .await
                    .is_ok()
                {
                    discard(&mut stream).await;
                }
            }
        }
    }

    async fn answer(&self, query: &EgressQuery) -> Result<Granted, EgressRefusal> {
        match query {
            EgressQuery::Connect { host, port } => {
                if !self.config.allows(query) {
                    return Err(EgressRefusal::NotAllowed);
                }
                // One rate for all enclaves: they are one tenant of the instance's network.
                self.rate
                    .take(IpAddr::V4(Ipv4Addr::UNSPECIFIED), Instant::now())
                    .map_err(|_| EgressRefusal::Busy)?;
                let stream = self.connect(host, *port).await?;
                self.metrics.egress_tunnels.one();
                debug!(host, port, "egress tunnel");
                Ok(Granted::Tunnel(stream))
            }
            EgressQuery::Credentials => {
                let credentials = self
                    .credentials
                    .current()
                    .await
                    .map_err(|_| EgressRefusal::NoCredentials)?;
                self.metrics.egress_credentials.one();
                Ok(Granted::Answer(EgressAnswer::Credentials(credentials)))
            }
            EgressQuery::Boot => {
                let config = Arc::clone(&self.config);
                let read = tokio::task::spawn_blocking(move || boot_material(&config)).await;
                let material = match read {
                    Ok(Ok(material)) => material,
                    Ok(Err(error)) => {
                        warn!(kind = ?error.kind(), "boot material cannot be read");
                        return Err(EgressRefusal::NoBootMaterial);
                    }
                    Err(_) => return Err(EgressRefusal::NoBootMaterial),
                };
                self.metrics.egress_boots.one();
                info!("boot material handed to an enclave");
                Ok(Granted::Answer(EgressAnswer::Boot(material)))
            }
        }
    }

    async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, EgressRefusal> {
        let patience = Duration::from_millis(self.config.egress_limits.connect_timeout_ms);
        match timeout(patience, TcpStream::connect((host, port))).await {
            Ok(Ok(stream)) => {
                // TLS records are whole messages; waiting for more only delays them.
                let _ = stream.set_nodelay(true);
                Ok(stream)
            }
            Ok(Err(_)) | Err(_) => Err(EgressRefusal::Unreachable),
        }
    }

    async fn carry(&self, enclave: Stream, host: TcpStream) {
        let limits = &self.config.egress_limits;
        let limits = TunnelLimits {
            idle: Duration::from_millis(limits.idle_timeout_ms),
            bytes: limits.tunnel_bytes,
        };
        let carried = tunnel::carry(enclave, host, limits).await;
        self.metrics.egress_bytes_out.add(carried.out);
        self.metrics.egress_bytes_in.add(carried.back);
        debug!(
            out = carried.out,
            back = carried.back,
            end = carried.end.code(),
            "tunnel ended"
        );
    }
}

/// What a query is answered by.
enum Granted {
    Answer(EgressAnswer),
    Tunnel(TcpStream),
}

async fn send(stream: &mut Stream, answer: &EgressAnswer) -> Result<(), EgressRefusal> {
    let bytes = answer.encode();
    match timeout(
        ANSWER_TIMEOUT,
        write_frame(stream, &bytes, MAX_EGRESS_FRAME_BYTES),
    )
    .await
    {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(EgressRefusal::Malformed),
    }
}

/// Reads a little of what the enclave may still send, so that closing does not destroy the
/// refusal on its way.
async fn discard(stream: &mut Stream) {
    let mut bytes = [0; 1024];
    let _ = timeout(Duration::from_millis(200), stream.read(&mut bytes)).await;
}

fn boot_material(config: &Config) -> io::Result<BootMaterial> {
    let mut roots = Vec::with_capacity(config.roots.len());
    for path in &config.roots {
        roots.push(read_bounded(path, MAX_WRAPPED_KEY_BYTES)?);
    }
    Ok(BootMaterial {
        trust_anchor: read_bounded(&config.trust_anchor, MAX_BUNDLE_BYTES)?,
        bundle: read_bounded(&config.bundle, MAX_BUNDLE_BYTES)?,
        roots,
    })
}

fn read_bounded(path: &Path, max_bytes: usize) -> io::Result<ByteBuf> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let one_more = max_bytes as u64 + 1;
    std::fs::File::open(path)?
        .take(one_more)
        .read_to_end(&mut bytes)?;
    if bytes.len() > max_bytes {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(ByteBuf::from(bytes))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn a_file_over_its_bound_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bundle");
        std::fs::write(&path, [7; 11]).unwrap();
        assert_eq!(read_bounded(&path, 11).unwrap().len(), 11);
        assert_eq!(
            read_bounded(&path, 10).unwrap_err().kind(),
            io::ErrorKind::FileTooLarge
        );
        std::fs::remove_file(&path).unwrap();
        assert_eq!(
            read_bounded(&path, 10).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
    }

    #[test]
    fn the_largest_boot_material_fits_into_a_frame() {
        let roots = vouchsafe_common::limits::MAX_ROOTS;
        let material = BootMaterial {
            trust_anchor: ByteBuf::from(vec![0; MAX_BUNDLE_BYTES]),
            bundle: ByteBuf::from(vec![0; MAX_BUNDLE_BYTES]),
            roots: vec![ByteBuf::from(vec![0; MAX_WRAPPED_KEY_BYTES]); roots],
        };
        assert!(EgressAnswer::Boot(material).encode().len() <= MAX_EGRESS_FRAME_BYTES);
    }
}
