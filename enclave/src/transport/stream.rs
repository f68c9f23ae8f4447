//! A stream to or from the parent, whichever kind carries it.
//!
//! A released enclave accepts from the parent's context id only; on Nitro nothing else can reach it,
//! so a stranger means that the machine is not what it should be.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_vsock::{VMADDR_CID_ANY, VsockAddr, VsockListener, VsockStream};
use vouchsafe_common::limits::STREAM_WRITE_BYTES;

use super::{DialAddress, ListenAddress};

/// Bytes both ways. Writes to vsock are cut to the size that it carries best.
#[derive(Debug)]
pub enum Stream {
    /// Over vsock.
    Vsock(VsockStream),
    /// Over a Unix socket.
    #[cfg(feature = "mock")]
    Unix(tokio::net::UnixStream),
}

/// Opens a stream.
///
/// # Errors
/// Whatever the system says. It has no deadline of its own: set one around it.
pub async fn dial(address: &DialAddress) -> io::Result<Stream> {
    match address {
        DialAddress::Vsock { cid, port } => VsockStream::connect(VsockAddr::new(*cid, *port))
            .await
            .map(Stream::Vsock),
        #[cfg(feature = "mock")]
        DialAddress::Unix(path) => tokio::net::UnixStream::connect(path)
            .await
            .map(Stream::Unix),
    }
}

/// Accepts streams of the parent's.
#[derive(Debug)]
pub enum Listener {
    /// On a vsock port.
    Vsock(VsockListener),
    /// On a Unix socket.
    #[cfg(feature = "mock")]
    Unix(tokio::net::UnixListener),
}

impl Listener {
    /// Begins to listen.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn bind(address: &ListenAddress) -> io::Result<Self> {
        match address {
            ListenAddress::Vsock { port } => {
                VsockListener::bind(VsockAddr::new(VMADDR_CID_ANY, *port)).map(Self::Vsock)
            }
            #[cfg(feature = "mock")]
            ListenAddress::Unix(path) => {
                match std::fs::remove_file(path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
                tokio::net::UnixListener::bind(path).map(Self::Unix)
            }
        }
    }

    /// The next stream.
    ///
    /// # Errors
    /// Whatever the system says; a stranger's stream is closed and waited past.
    pub async fn accept(&self) -> io::Result<Stream> {
        match self {
            Self::Vsock(listener) => loop {
                let (stream, from) = listener.accept().await?;
                if is_parent(from.cid()) {
                    return Ok(Stream::Vsock(stream));
                }
            },
            #[cfg(feature = "mock")]
            Self::Unix(listener) => Ok(Stream::Unix(listener.accept().await?.0)),
        }
    }
}

/// Whether a context id is the parent's. An emulator has the parent elsewhere.
fn is_parent(cid: u32) -> bool {
    cfg!(feature = "mock") || cid == super::address::PARENT_CID
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Vsock(stream) => Pin::new(stream).poll_read(context, buffer),
            #[cfg(feature = "mock")]
            Self::Unix(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let bytes = &bytes[..bytes.len().min(STREAM_WRITE_BYTES)];
        match self.get_mut() {
            Self::Vsock(stream) => Pin::new(stream).poll_write(context, bytes),
            #[cfg(feature = "mock")]
            Self::Unix(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Vsock(stream) => Pin::new(stream).poll_flush(context),
            #[cfg(feature = "mock")]
            Self::Unix(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Vsock(stream) => Pin::new(stream).poll_shutdown(context),
            #[cfg(feature = "mock")]
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
