//! The streams between parent and enclave: vsock in production, a Unix socket in local mode, and a
//! Unix socket that leads to vsock where a virtual machine monitor ends it in user space.
//!
//! An address is text in the configuration (`unix:PATH`, `vsock:CID:PORT`, `vsock:PORT`,
//! `hybrid:PATH:PORT`) and a type here. Every write is at most [`STREAM_WRITE_BYTES`] long,
//! whatever the caller hands over, because vsock throughput collapses beyond it. Nothing here
//! trusts the other end: a frame's length is checked before memory is taken for it. Next:
//! `transport/hybrid.rs`, [`crate::pool`] and [`crate::egress`].

mod hybrid;

use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::str::FromStr;
use std::task::{Context, Poll};

use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::{UnixListener, UnixStream};
use tokio_vsock::{VMADDR_CID_ANY, VsockAddr, VsockListener, VsockStream};
use vouchsafe_common::frame::{self, FrameError};
use vouchsafe_common::limits::STREAM_WRITE_BYTES;

/// Where the parent dials an enclave: `unix:PATH`, `vsock:CID:PORT` or `hybrid:PATH:PORT`.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub enum DialAddress {
    /// A Unix socket, for local mode.
    Unix(PathBuf),
    /// A vsock port of the enclave with this context id.
    Vsock {
        /// Context id that the hypervisor gave the enclave.
        cid: u32,
        /// Port the enclave listens on.
        port: u32,
    },
    /// A vsock port behind the Unix socket of vhost-device-vsock, Firecracker or Cloud Hypervisor.
    Hybrid {
        /// The monitor's socket.
        path: PathBuf,
        /// Port the enclave listens on.
        port: u32,
    },
}

/// Where the parent listens for its enclaves: `unix:PATH` or `vsock:PORT`. For enclaves behind a
/// monitor's socket at PATH, whose guests dial port P of their host, it is `unix:PATH_P`.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub enum ListenAddress {
    /// A Unix socket, for local mode. A socket left over at this path is replaced.
    Unix(PathBuf),
    /// A vsock port of the parent.
    Vsock {
        /// Port to listen on.
        port: u32,
    },
}

/// Why a text is not an address.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AddressError {
    /// None of the schemes in front.
    #[error("an address starts with unix: or vsock:, one to dial with hybrid: too")]
    UnknownScheme,
    /// `unix:` without a path.
    #[error("unix: needs a path")]
    EmptyPath,
    /// The context id or port is missing, too many, or not a number of 32 bits.
    #[error("a vsock address is vsock:CID:PORT to dial and vsock:PORT to listen")]
    BadVsock,
    /// The path or the port is missing, or the port is not a number of 32 bits.
    #[error("a hybrid address is hybrid:PATH:PORT")]
    BadHybrid,
}

impl FromStr for DialAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if let Some(path) = text.strip_prefix("unix:") {
            return unix_path(path).map(Self::Unix);
        }
        if let Some(rest) = text.strip_prefix("hybrid:") {
            let (path, port) = rest.rsplit_once(':').ok_or(AddressError::BadHybrid)?;
            return Ok(Self::Hybrid {
                path: unix_path(path)?,
                port: port.parse().map_err(|_| AddressError::BadHybrid)?,
            });
        }
        let rest = text
            .strip_prefix("vsock:")
            .ok_or(AddressError::UnknownScheme)?;
        let (cid, port) = rest.split_once(':').ok_or(AddressError::BadVsock)?;
        Ok(Self::Vsock {
            cid: number(cid)?,
            port: number(port)?,
        })
    }
}

impl FromStr for ListenAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if let Some(path) = text.strip_prefix("unix:") {
            return unix_path(path).map(Self::Unix);
        }
        let port = text
            .strip_prefix("vsock:")
            .ok_or(AddressError::UnknownScheme)?;
        Ok(Self::Vsock {
            port: number(port)?,
        })
    }
}

impl TryFrom<String> for DialAddress {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        text.parse()
    }
}

impl TryFrom<String> for ListenAddress {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        text.parse()
    }
}

fn unix_path(path: &str) -> Result<PathBuf, AddressError> {
    if path.is_empty() {
        Err(AddressError::EmptyPath)
    } else {
        Ok(PathBuf::from(path))
    }
}

fn number(text: &str) -> Result<u32, AddressError> {
    text.parse().map_err(|_| AddressError::BadVsock)
}

/// A connected stream of either kind.
#[derive(Debug)]
pub enum Stream {
    /// A Unix socket.
    Unix(UnixStream),
    /// A vsock stream.
    Vsock(VsockStream),
}

impl Stream {
    /// Connects to `address`. Bounded in time by the caller.
    ///
    /// # Errors
    ///
    /// Whatever the socket says: refused, no such path, no such context id. A monitor that does not
    /// connect to the port is a refused connection.
    pub async fn connect(address: &DialAddress) -> io::Result<Self> {
        match address {
            DialAddress::Unix(path) => UnixStream::connect(path).await.map(Self::Unix),
            DialAddress::Vsock { cid, port } => VsockStream::connect(VsockAddr::new(*cid, *port))
                .await
                .map(Self::Vsock),
            DialAddress::Hybrid { path, port } => {
                hybrid::connect(path, *port).await.map(Self::Unix)
            }
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Unix(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Vsock(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let bytes = bytes.get(..STREAM_WRITE_BYTES).unwrap_or(bytes);
        match self.get_mut() {
            Self::Unix(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Vsock(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Unix(stream) => Pin::new(stream).poll_flush(cx),
            Self::Vsock(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Vsock(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

/// A listening socket of either kind.
#[derive(Debug)]
pub enum Listener {
    /// A Unix socket; its file is removed when this is dropped.
    Unix(UnixListener, SocketFile),
    /// A vsock port.
    Vsock(VsockListener),
}

/// The file of a listening Unix socket, removed on drop.
#[derive(Debug)]
pub struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Nothing can be done about a file that is gone already.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Listener {
    /// Listens at `address`. A Unix socket is its owner's only (mode 0600), from the first moment.
    ///
    /// # Errors
    ///
    /// The path holds something that is not a socket, or the socket cannot be bound.
    pub fn bind(address: &ListenAddress) -> io::Result<Self> {
        match address {
            ListenAddress::Unix(path) => {
                remove_stale_socket(path)?;
                let listener = bind_private(path)?;
                Ok(Self::Unix(listener, SocketFile(path.clone())))
            }
            ListenAddress::Vsock { port } => {
                VsockListener::bind(VsockAddr::new(VMADDR_CID_ANY, *port)).map(Self::Vsock)
            }
        }
    }

    /// The next connection, and over vsock the context id of the enclave that made it.
    ///
    /// # Errors
    ///
    /// Whatever `accept` says; the listener stays usable.
    pub async fn accept(&self) -> io::Result<(Stream, Option<u32>)> {
        match self {
            Self::Unix(listener, _) => listener
                .accept()
                .await
                .map(|(stream, _)| (Stream::Unix(stream), None)),
            Self::Vsock(listener) => {
                let (stream, peer) = listener.accept().await?;
                Ok((Stream::Vsock(stream), Some(peer.cid())))
            }
        }
    }
}

fn remove_stale_socket(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::FileTypeExt as _;
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => {
            // One that still answers belongs to another process.
            match std::os::unix::net::UnixStream::connect(path) {
                Ok(_) => Err(io::ErrorKind::AddrInUse.into()),
                Err(_) => std::fs::remove_file(path),
            }
        }
        Ok(_) => Err(io::Error::new(io::ErrorKind::AlreadyExists, "not a socket")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Binds a socket that is never, not even for a moment, open to others, whatever the umask: it is
/// made in a folder of its owner's and moved to `path` once its mode is set.
fn bind_private(path: &Path) -> io::Result<UnixListener> {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    let name = format!(".vouchsafe-{}", std::process::id());
    let folder = path.parent().unwrap_or(Path::new("")).join(name);
    let inside = folder.join("s");
    // A process of the same number may have been killed between these steps.
    let _ = std::fs::remove_file(&inside);
    let _ = std::fs::remove_dir(&folder);
    std::fs::DirBuilder::new().mode(0o700).create(&folder)?;
    let bound = UnixListener::bind(&inside).and_then(|listener| {
        std::fs::set_permissions(&inside, std::fs::Permissions::from_mode(0o600))?;
        std::fs::rename(&inside, path)?;
        Ok(listener)
    });
    if bound.is_err() {
        // Not there unless `bind` itself succeeded.
        let _ = std::fs::remove_file(&inside);
    }
    std::fs::remove_dir(&folder)?;
    bound
}

/// Why a whole frame did not pass over a stream.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// The stream failed or ended inside a frame.
    #[error("the stream broke")]
    Io(#[from] io::Error),
    /// The length in front of the frame is refused.
    #[error("the frame is refused")]
    Frame(#[from] FrameError),
}

/// Reads one frame of at most `max_bytes`. Takes memory only after the length was checked.
///
/// # Errors
///
/// [`StreamError`] when the stream ends early or announces more.
pub async fn read_frame<S>(stream: &mut S, max_bytes: usize) -> Result<Vec<u8>, StreamError>
where
    S: AsyncRead + Unpin,
{
    let mut head = [0; 4];
    stream.read_exact(&mut head).await?;
    let mut bytes = vec![0; frame::length(head, max_bytes)?];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}

/// Writes one frame of at most `max_bytes`, its head and a short body in one write.
///
/// # Errors
///
/// [`StreamError`] when `bytes` is longer or the stream fails.
pub async fn write_frame<S>(
    stream: &mut S,
    bytes: &[u8],
    max_bytes: usize,
) -> Result<(), StreamError>
where
    S: AsyncWrite + Unpin,
{
    let head = frame::head(bytes.len(), max_bytes)?;
    let (first, rest) = bytes.split_at(bytes.len().min(STREAM_WRITE_BYTES - head.len()));
    let mut start = Vec::with_capacity(head.len() + first.len());
    start.extend_from_slice(&head);
    start.extend_from_slice(first);
    stream.write_all(&start).await?;
    stream.write_all(rest).await?;
    stream.flush().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn addresses_are_read_in_both_forms_and_nothing_else() {
        assert_eq!(
            "unix:/run/e.sock".parse(),
            Ok(DialAddress::Unix("/run/e.sock".into()))
        );
        assert_eq!(
            "vsock:16:5005".parse(),
            Ok(DialAddress::Vsock {
                cid: 16,
                port: 5005
            })
        );
        assert_eq!(
            "hybrid:/run/vm:1.vsock:5005".parse(),
            Ok(DialAddress::Hybrid {
                path: "/run/vm:1.vsock".into(),
                port: 5005
            })
        );
        for (bad, error) in [
            ("hybrid:", AddressError::BadHybrid),
            ("hybrid:/run/vm.vsock", AddressError::BadHybrid),
            ("hybrid:/run/vm.vsock:", AddressError::BadHybrid),
            ("hybrid:/run/vm.vsock:x", AddressError::BadHybrid),
            ("hybrid::5005", AddressError::EmptyPath),
        ] {
            assert_eq!(bad.parse::<DialAddress>(), Err(error), "{bad}");
        }
        assert_eq!(
            "hybrid:/run/vm.vsock:5006".parse::<ListenAddress>(),
            Err(AddressError::UnknownScheme)
        );
        assert_eq!(
            "vsock:5006".parse(),
            Ok(ListenAddress::Vsock { port: 5006 })
        );
        assert_eq!(
            "tcp:1".parse::<DialAddress>(),
            Err(AddressError::UnknownScheme)
        );
        assert_eq!(
            "unix:".parse::<ListenAddress>(),
            Err(AddressError::EmptyPath)
        );
        for bad in [
            "vsock:",
            "vsock:1",
            "vsock:1:",
            "vsock:1:2:3",
            "vsock:-1:2",
            "vsock:a:b",
        ] {
            assert_eq!(
                bad.parse::<DialAddress>(),
                Err(AddressError::BadVsock),
                "{bad}"
            );
        }
        assert_eq!(
            "vsock:1:2".parse::<ListenAddress>(),
            Err(AddressError::BadVsock)
        );
    }

    #[tokio::test]
    async fn a_write_is_never_longer_than_the_limit() {
        let (near, _far) = UnixStream::pair().unwrap();
        let mut near = Stream::Unix(near);
        let wrote = near.write(&vec![0; 4 * STREAM_WRITE_BYTES]).await.unwrap();
        assert_eq!(wrote, STREAM_WRITE_BYTES);
    }

    #[tokio::test]
    async fn a_frame_cut_at_any_length_is_an_error_and_whole_it_returns() {
        let mut wire = Vec::new();
        write_frame(&mut wire, b"seven b", 64).await.unwrap();
        for cut in 0..wire.len() {
            let outcome = read_frame(&mut &wire[..cut], 64).await;
            assert!(matches!(outcome, Err(StreamError::Io(_))), "cut at {cut}");
        }
        assert_eq!(read_frame(&mut &wire[..], 64).await.unwrap(), b"seven b");
        let outcome = read_frame(&mut &wire[..], 6).await;
        assert!(matches!(outcome, Err(StreamError::Frame(_))));
    }

    #[tokio::test]
    async fn a_socket_left_over_is_replaced_and_one_in_use_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let address = ListenAddress::Unix(path.clone());
        let listener = Listener::bind(&address).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
        let refused = Listener::bind(&address).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AddrInUse);
        drop(listener);
        assert!(!path.exists());
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in ".{0,40}") {
            let _outcomes = (text.parse::<DialAddress>(), text.parse::<ListenAddress>());
        }
    }

    #[test]
    fn a_file_that_is_not_a_socket_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("precious");
        std::fs::write(&path, "keep").unwrap();
        let refused = Listener::bind(&ListenAddress::Unix(path.clone())).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&path).unwrap(), b"keep");
    }
}
