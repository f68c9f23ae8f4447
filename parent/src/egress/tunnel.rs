//! Bytes both ways between an enclave and a host, until one of them ends it or a bound does.
//!
//! The bytes are TLS between the two and are not looked at. vsock does not pass a half-close on
//! everywhere, so when one direction ended the other has a short while left. Next: [`super`].

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, split};
use tokio::time::{Instant, timeout, timeout_at};
use vouchsafe_common::limits::STREAM_WRITE_BYTES;

/// Time that the other direction has left when one has ended.
const LINGER: Duration = Duration::from_secs(2);

/// Bounds of one tunnel.
#[derive(Clone, Copy, Debug)]
pub struct TunnelLimits {
    /// Longest time without a byte in either direction.
    pub idle: Duration,
    /// Most bytes in each direction.
    pub bytes: u64,
}

/// Why a tunnel ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum End {
    /// One of the two closed it or broke.
    Closed,
    /// Nothing moved for too long.
    Idle,
    /// One direction carried all it may.
    Bytes,
}

impl End {
    /// The stable name for logs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Idle => "idle",
            Self::Bytes => "bytes",
        }
    }
}

/// What a tunnel carried.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Carried {
    /// Bytes from the enclave to the host.
    pub out: u64,
    /// Bytes from the host to the enclave.
    pub back: u64,
    /// Why it ended.
    pub end: End,
}

/// Carries bytes until the tunnel ends.
pub async fn carry<E, H>(enclave: E, host: H, limits: TunnelLimits) -> Carried
where
    E: AsyncRead + AsyncWrite,
    H: AsyncRead + AsyncWrite,
{
    let (enclave_read, enclave_write) = split(enclave);
    let (host_read, host_write) = split(host);
    let shared = Shared {
        start: Instant::now(),
        moved_ms: AtomicU64::new(0),
        limits,
    };
    let (out_bytes, back_bytes) = (AtomicU64::new(0), AtomicU64::new(0));
    let end = {
        let out = one_way(enclave_read, host_write, &shared, &out_bytes);
        let back = one_way(host_read, enclave_write, &shared, &back_bytes);
        tokio::pin!(out, back);
        tokio::select! {
            end = &mut out => linger(end, back).await,
            end = &mut back => linger(end, out).await,
        }
    };
    Carried {
        out: out_bytes.into_inner(),
        back: back_bytes.into_inner(),
        end,
    }
}

async fn linger(end: End, other: impl Future<Output = End>) -> End {
    if end == End::Closed {
        // The other direction may still hold the last answer.
        let _ = timeout(LINGER, other).await;
    }
    end
}

struct Shared {
    start: Instant,
    /// When a byte last moved in either direction, milliseconds after `start`.
    moved_ms: AtomicU64,
    limits: TunnelLimits,
}

impl Shared {
    fn moved(&self) {
        let now = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.moved_ms.fetch_max(now, Ordering::Relaxed);
    }

    fn idle_deadline(&self) -> Instant {
        let moved = Duration::from_millis(self.moved_ms.load(Ordering::Relaxed));
        self.start + moved + self.limits.idle
    }
}

async fn one_way<R, W>(mut from: R, mut to: W, shared: &Shared, carried: &AtomicU64) -> End
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut buffer = vec![0; STREAM_WRITE_BYTES];
    loop {
        let deadline = shared.idle_deadline();
        let read = match timeout_at(deadline, from.read(&mut buffer)).await {
            Ok(Ok(read)) if read > 0 => read,
            Ok(_) => {
                let _ = timeout(LINGER, to.shutdown()).await;
                return End::Closed;
            }
            // The other direction may have moved the deadline meanwhile.
            Err(_) if shared.idle_deadline() > deadline => continue,
            Err(_) => return End::Idle,
        };
        shared.moved();
        let total = carried.load(Ordering::Relaxed) + read as u64;
        if total > shared.limits.bytes {
            return End::Bytes;
        }
        let bytes = buffer.get(..read).unwrap_or_default();
        match timeout(shared.limits.idle, to.write_all(bytes)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return End::Closed,
            Err(_) => return End::Idle,
        }
        carried.store(total, Ordering::Relaxed);
        shared.moved();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use tokio::io::duplex;

    use super::*;

    const LIMITS: TunnelLimits = TunnelLimits {
        idle: Duration::from_millis(300),
        bytes: 1000,
    };

    #[tokio::test]
    async fn bytes_pass_both_ways_until_one_side_closes() {
        let (mut enclave, near) = duplex(64);
        let (far, mut host) = duplex(64);
        let tunnel = tokio::spawn(carry(near, far, LIMITS));
        enclave.write_all(b"question").await.unwrap();
        let mut question = [0; 8];
        host.read_exact(&mut question).await.unwrap();
        host.write_all(b"answer").await.unwrap();
        drop(host);
        let mut answer = Vec::new();
        enclave.read_to_end(&mut answer).await.unwrap();
        assert_eq!(
            (&question[..], &answer[..]),
            (&b"question"[..], &b"answer"[..])
        );
        drop(enclave);
        assert_eq!(
            tunnel.await.unwrap(),
            Carried {
                out: 8,
                back: 6,
                end: End::Closed
            }
        );
    }

    #[tokio::test]
    async fn a_tunnel_without_traffic_ends() {
        let (_enclave, near) = duplex(64);
        let (far, _host) = duplex(64);
        assert_eq!(carry(near, far, LIMITS).await.end, End::Idle);
    }

    #[tokio::test]
    async fn traffic_in_one_direction_keeps_the_other_open() {
        let (mut enclave, near) = duplex(64);
        let (far, mut host) = duplex(64);
        let tunnel = tokio::spawn(carry(near, far, LIMITS));
        for _ in 0..4 {
            tokio::time::sleep(Duration::from_millis(150)).await;
            enclave.write_all(b"x").await.unwrap();
            host.read_u8().await.unwrap();
        }
        assert!(!tunnel.is_finished());
    }

    #[tokio::test]
    async fn a_tunnel_carries_no_more_than_its_bytes() {
        let (mut enclave, near) = duplex(4096);
        let (far, _host) = duplex(4096);
        let tunnel = tokio::spawn(carry(near, far, LIMITS));
        enclave.write_all(&[0; 1001]).await.unwrap();
        assert_eq!(tunnel.await.unwrap().end, End::Bytes);
    }

    #[tokio::test]
    async fn a_peer_that_does_not_read_ends_the_tunnel() {
        let (mut enclave, near) = duplex(4096);
        let (far, _host) = duplex(16);
        let tunnel = tokio::spawn(carry(near, far, LIMITS));
        enclave.write_all(&[0; 900]).await.unwrap();
        assert_eq!(tunnel.await.unwrap().end, End::Idle);
    }
}
