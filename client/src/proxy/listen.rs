//! Where the proxy listens: a loopback address, or a Unix socket that only its owner may use.
//!
//! Any other address is refused while it is parsed, because whoever can connect acts as the
//! configured caller.

use std::fs::{self, Permissions};
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::{DirBuilderExt as _, FileTypeExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use axum::Router;
use tokio::net::{TcpListener, UnixListener, UnixStream};

/// Where to listen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Listen {
    /// A loopback address; port 0 lets the system choose.
    Tcp(SocketAddr),
    /// The path of a Unix socket.
    Unix(PathBuf),
}

/// Why the proxy does not listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Neither `ADDRESS:PORT` nor `unix:PATH`.
    #[error("not ADDRESS:PORT or unix:PATH")]
    Syntax,
    /// An address that others can reach.
    #[error("not a loopback address: whoever reaches the proxy acts as its caller")]
    NotLoopback,
    /// Somebody listens there, or the path is something else than a socket.
    #[error("the address is in use")]
    InUse,
    /// The system refused.
    #[error("cannot listen there")]
    System(#[from] std::io::Error),
}

impl ListenError {
    /// The stable name of the cause.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Syntax => "listen_syntax",
            Self::NotLoopback => "listen_not_loopback",
            Self::InUse => "listen_in_use",
            Self::System(_) => "listen_failed",
        }
    }
}

impl FromStr for Listen {
    type Err = ListenError;

    fn from_str(text: &str) -> Result<Self, ListenError> {
        if let Some(path) = text.strip_prefix("unix:") {
            return if path.is_empty() {
                Err(ListenError::Syntax)
            } else {
                Ok(Self::Unix(PathBuf::from(path)))
            };
        }
        let address: SocketAddr = match text.strip_prefix("localhost:") {
            Some(port) => (
                Ipv4Addr::LOCALHOST,
                port.parse().map_err(|_| ListenError::Syntax)?,
            )
                .into(),
            None => text.parse().map_err(|_| ListenError::Syntax)?,
        };
        if address.ip().is_loopback() {
            Ok(Self::Tcp(address))
        } else {
            Err(ListenError::NotLoopback)
        }
    }
}

/// A socket that listens.
pub enum Door {
    /// On loopback.
    Tcp(TcpListener),
    /// On a path.
    Unix(UnixListener, PathBuf),
}

impl Door {
    /// Opens the socket.
    ///
    /// # Errors
    ///
    /// [`ListenError::InUse`], [`ListenError::System`].
    pub async fn open(listen: &Listen) -> Result<Self, ListenError> {
        match listen {
            Listen::Tcp(address) => match TcpListener::bind(address).await {
                Ok(listener) => Ok(Self::Tcp(listener)),
                Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
                    Err(ListenError::InUse)
                }
                Err(error) => Err(error.into()),
            },
            Listen::Unix(path) => Ok(Self::Unix(bind_unix(path).await?, path.clone())),
        }
    }

    /// The address to connect to, `http://…` or `unix:…`.
    pub fn address(&self) -> String {
        match self {
            Self::Tcp(listener) => match listener.local_addr() {
                Ok(address) => format!("http://{address}"),
                Err(_) => "http://localhost".to_owned(),
            },
            Self::Unix(_, path) => format!("unix:{}", path.display()),
        }
    }
}

/// Binds a socket that is never, not even for a moment, open to others: it is made in a folder of
/// its own and moved to `path` once its mode is set. A dead socket at `path` is replaced.
async fn bind_unix(path: &Path) -> Result<UnixListener, ListenError> {
    match fs::symlink_metadata(path) {
        Ok(found) if !found.file_type().is_socket() => return Err(ListenError::InUse),
        Ok(_) if UnixStream::connect(path).await.is_ok() => return Err(ListenError::InUse),
        _ => {}
    }
    let name = format!(".vouchsafe-{}", hex::encode(crate::client::random::<8>()));
    let folder = path.parent().unwrap_or(Path::new("")).join(name);
    fs::DirBuilder::new().mode(0o700).create(&folder)?;
    let inside = folder.join("s");
    let bound = UnixListener::bind(&inside).and_then(|listener| {
        fs::set_permissions(&inside, Permissions::from_mode(0o600))?;
        fs::rename(&inside, path)?;
        Ok(listener)
    });
    if bound.is_err() && inside.exists() {
        fs::remove_file(&inside)?;
    }
    fs::remove_dir(&folder)?;
    Ok(bound?)
}

/// Serves until `stop` is done, then finishes what is under way.
///
/// # Errors
///
/// What the system says when the socket breaks.
pub async fn serve(
    door: Door,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    match door {
        Door::Tcp(listener) => {
            axum::serve(listener, router)
                .with_graceful_shutdown(stop)
                .await
        }
        Door::Unix(listener, path) => {
            let served = axum::serve(listener, router)
                .with_graceful_shutdown(stop)
                .await;
            fs::remove_file(path)?;
            served
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_and_unix_sockets_are_taken() {
        assert_eq!(
            "127.0.0.1:0".parse::<Listen>().unwrap(),
            Listen::Tcp(([127, 0, 0, 1], 0).into())
        );
        assert_eq!(
            "localhost:80".parse::<Listen>().unwrap(),
            Listen::Tcp(([127, 0, 0, 1], 80).into())
        );
        assert!("[::1]:8080".parse::<Listen>().is_ok());
        assert_eq!(
            "unix:/run/x".parse::<Listen>().unwrap(),
            Listen::Unix("/run/x".into())
        );
        for open in ["0.0.0.0:80", "[::]:80", "10.1.2.3:80"] {
            assert!(
                matches!(open.parse::<Listen>(), Err(ListenError::NotLoopback)),
                "{open}"
            );
        }
        for nothing in ["", "8080", "unix:", "example.com:80", "127.0.0.1"] {
            assert!(
                matches!(nothing.parse::<Listen>(), Err(ListenError::Syntax)),
                "{nothing}"
            );
        }
    }

    #[tokio::test]
    async fn a_unix_socket_belongs_to_its_owner_and_is_not_taken_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("proxy");
        let listen = Listen::Unix(path.clone());
        let door = Door::open(&listen).await.unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(matches!(Door::open(&listen).await, Err(ListenError::InUse)));
        drop(door);
        assert!(
            Door::open(&listen).await.is_ok(),
            "a dead socket is replaced"
        );
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(matches!(
            Door::open(&Listen::Unix(file)).await,
            Err(ListenError::InUse)
        ));
        let nowhere = Listen::Unix(folder.path().join("none/proxy"));
        assert!(matches!(
            Door::open(&nowhere).await,
            Err(ListenError::System(_))
        ));
    }

    #[tokio::test]
    async fn a_port_is_not_taken_twice() {
        let door = Door::open(&"127.0.0.1:0".parse().unwrap()).await.unwrap();
        let taken = door
            .address()
            .trim_start_matches("http://")
            .parse()
            .unwrap();
        assert!(matches!(Door::open(&taken).await, Err(ListenError::InUse)));
    }
}
