//! A tap on a line: passes bytes both ways and keeps a copy of what passed.
//!
//! Between parent and enclave it shows what the parent sees, all of it, as files to look through.
//! Each stream has its own pair of files, `to-N.bin` and `from-N.bin` as seen from who dialled, so
//! that a value is never cut in two by bytes of another stream. They are readable by their owner
//! only. At its bound the recording ends, and the file `incomplete` says so; bytes still pass.
//!
//! Changes nothing and understands nothing of what passes. Not for production: it keeps everything.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::task::JoinSet;
use vouchsafe_common::limits::{MAX_CONNECTIONS, STREAM_WRITE_BYTES};

/// Bytes that a recording holds, both directions and all streams together.
pub const MAX_RECORDED_BYTES: u64 = 64 * 1024 * 1024;
/// Streams that a recording holds; each has two files.
const MAX_RECORDED_STREAMS: u32 = 4096;
/// The file that says that something passed which was not kept.
pub const INCOMPLETE: &str = "incomplete";

/// Where a tap listens, or whom it dials.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Address {
    /// A Unix socket.
    Unix(PathBuf),
    /// Host and port.
    Tcp(String),
}

/// The text is no address.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("neither unix:PATH nor HOST:PORT")]
pub struct AddressError;

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if let Some(path) = text.strip_prefix("unix:") {
            return if path.is_empty() {
                Err(AddressError)
            } else {
                Ok(Self::Unix(path.into()))
            };
        }
        match text.rsplit_once(':') {
            Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => {
                Ok(Self::Tcp(text.to_owned()))
            }
            _ => Err(AddressError),
        }
    }
}

/// The files that copies go to.
#[derive(Debug)]
pub struct Recording {
    directory: PathBuf,
    limit: u64,
    bytes: AtomicU64,
    streams: AtomicU32,
    complete: AtomicBool,
}

impl Recording {
    /// A recording of at most `limit` bytes in `directory`, which is made, for its owner only.
    ///
    /// # Errors
    ///
    /// When the directory holds a recording already, or cannot be made.
    pub fn create(directory: &Path, limit: u64) -> io::Result<Self> {
        fs::create_dir_all(directory)?;
        fs::set_permissions(directory, fs::Permissions::from_mode(0o700))?;
        if fs::read_dir(directory)?.next().is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        Ok(Self {
            directory: directory.to_owned(),
            limit,
            bytes: AtomicU64::new(0),
            streams: AtomicU32::new(0),
            complete: AtomicBool::new(true),
        })
    }

    /// Whether everything that passed so far was kept.
    pub fn is_complete(&self) -> bool {
        self.complete.load(Ordering::Relaxed)
    }

    /// Whether there is room for so many bytes, which are then counted.
    fn reserve(&self, length: usize) -> bool {
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        let added = |kept: u64| {
            kept.checked_add(length)
                .filter(|&kept| self.is_complete() && kept <= self.limit)
        };
        self.bytes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, added)
            .is_ok()
    }

    /// Ends the recording and says so, once.
    fn end(&self) {
        if self.complete.swap(false, Ordering::Relaxed) {
            tracing::warn!("the recording ends here; bytes pass on unrecorded");
            if let Err(error) = File::create(self.directory.join(INCOMPLETE)) {
                tracing::error!(kind = ?error.kind(), "cannot say that the recording ended");
            }
        }
    }

    fn next_stream(&self) -> u32 {
        self.streams.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// One direction of one stream. Its file is made with its first byte.
struct Track {
    recording: Arc<Recording>,
    direction: &'static str,
    stream: u32,
    file: Option<File>,
}

impl Track {
    fn keep(&mut self, bytes: &[u8]) {
        let has_room = self.stream <= MAX_RECORDED_STREAMS && self.recording.reserve(bytes.len());
        if !has_room || self.write(bytes).is_err() {
            self.recording.end();
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let file = if let Some(file) = &mut self.file {
            file
        } else {
            let name = format!("{}-{}.bin", self.direction, self.stream);
            let path = self.recording.directory.join(name);
            let mut options = OpenOptions::new();
            options.write(true).create_new(true).mode(0o600);
            self.file.insert(options.open(path)?)
        };
        file.write_all(bytes)
    }
}

trait Line: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Line for T {}
type Stream = Box<dyn Line>;

enum Listener {
    Unix(UnixListener, PathBuf),
    Tcp(TcpListener),
}

/// A tap that listens.
pub struct Tap(Listener);

impl Tap {
    /// Listens; port 0 takes a free one, a socket left over at a path is replaced.
    ///
    /// # Errors
    ///
    /// When the address cannot be had.
    pub async fn bind(address: &Address) -> io::Result<Self> {
        match address {
            Address::Tcp(address) => Ok(Self(Listener::Tcp(TcpListener::bind(address).await?))),
            Address::Unix(path) => {
                let found = fs::symlink_metadata(path);
                if found.is_ok_and(|found| found.file_type().is_socket()) {
                    fs::remove_file(path)?;
                }
                let listener = UnixListener::bind(path)?;
                fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
                Ok(Self(Listener::Unix(listener, path.clone())))
            }
        }
    }

    /// The address to connect to.
    ///
    /// # Errors
    ///
    /// When the system does not know its own socket.
    pub fn address(&self) -> io::Result<String> {
        match &self.0 {
            Listener::Unix(_, path) => Ok(format!("unix:{}", path.display())),
            Listener::Tcp(listener) => Ok(listener.local_addr()?.to_string()),
        }
    }

    /// Passes every stream on to `dial` until dropped.
    ///
    /// # Errors
    ///
    /// When no more streams can be accepted.
    pub async fn serve(self, dial: Address, recording: Arc<Recording>) -> io::Result<()> {
        let mut streams = JoinSet::new();
        loop {
            let near = self.accept().await?;
            while streams.try_join_next().is_some() {}
            if streams.len() >= MAX_CONNECTIONS {
                streams.join_next().await;
            }
            let (dial, recording) = (dial.clone(), Arc::clone(&recording));
            streams.spawn(async move {
                // Dialled before a byte is read: where nobody listens, nothing has passed.
                if let Ok(far) = connect(&dial).await {
                    pass(near, far, &recording).await;
                }
            });
        }
    }

    async fn accept(&self) -> io::Result<Stream> {
        Ok(match &self.0 {
            Listener::Unix(listener, _) => Box::new(listener.accept().await?.0),
            Listener::Tcp(listener) => Box::new(listener.accept().await?.0),
        })
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        if let Listener::Unix(_, path) = &self.0 {
            // A socket that cannot be removed is replaced by the next tap.
            let _ = fs::remove_file(path);
        }
    }
}

async fn connect(address: &Address) -> io::Result<Stream> {
    Ok(match address {
        Address::Unix(path) => Box::new(UnixStream::connect(path).await?),
        Address::Tcp(address) => Box::new(TcpStream::connect(address).await?),
    })
}

/// Passes one stream until both ends closed or one broke.
async fn pass(near: Stream, far: Stream, recording: &Arc<Recording>) {
    let stream = recording.next_stream();
    let track = |direction| Track {
        recording: Arc::clone(recording),
        direction,
        stream,
        file: None,
    };
    let (near_read, near_write) = tokio::io::split(near);
    let (far_read, far_write) = tokio::io::split(far);
    // A broken end closes the other: both halves are dropped.
    let _ = tokio::try_join!(
        copy(near_read, far_write, track("to")),
        copy(far_read, near_write, track("from")),
    );
}

async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut track: Track,
) -> io::Result<()> {
    let mut buffer = vec![0; STREAM_WRITE_BYTES];
    loop {
        let length = from.read(&mut buffer).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        track.keep(&buffer[..length]);
        to.write_all(&buffer[..length]).await?;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at what cannot fail")]
    use super::*;

    struct Fixture {
        folder: tempfile::TempDir,
        recording: Arc<Recording>,
        tapped: Address,
        far: TcpListener,
        _serving: JoinSet<io::Result<()>>,
    }

    impl Fixture {
        async fn start(limit: u64) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let far = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let dial = Address::Tcp(far.local_addr().unwrap().to_string());
            let tapped = Address::Unix(folder.path().join("tap"));
            let tap = Tap::bind(&tapped).await.unwrap();
            assert_eq!(tap.address().unwrap().parse(), Ok(tapped.clone()));
            let recording = Recording::create(&folder.path().join("record"), limit).unwrap();
            let recording = Arc::new(recording);
            let mut serving = JoinSet::new();
            serving.spawn(tap.serve(dial, Arc::clone(&recording)));
            Self {
                folder,
                recording,
                tapped,
                far,
                _serving: serving,
            }
        }

        /// Sends `question` through the tap and `answer` back; both ends see the other's end.
        async fn exchange(&self, question: &[u8], answer: &[u8]) {
            let mut near = connect(&self.tapped).await.unwrap();
            let (mut far, _) = self.far.accept().await.unwrap();
            near.write_all(question).await.unwrap();
            near.shutdown().await.unwrap();
            let mut read = Vec::new();
            far.read_to_end(&mut read).await.unwrap();
            assert_eq!(read, question);
            far.write_all(answer).await.unwrap();
            drop(far);
            read.clear();
            near.read_to_end(&mut read).await.unwrap();
            assert_eq!(read, answer);
        }

        fn kept(&self, name: &str) -> io::Result<Vec<u8>> {
            fs::read(self.folder.path().join("record").join(name))
        }
    }

    #[tokio::test]
    async fn what_passes_is_kept_stream_by_stream_for_its_owner_only() {
        let fixture = Fixture::start(MAX_RECORDED_BYTES).await;
        let long = vec![7; 3 * STREAM_WRITE_BYTES + 1];
        fixture.exchange(b"one", &long).await;
        fixture.exchange(b"two", b"").await;
        assert_eq!(fixture.kept("to-1.bin").unwrap(), b"one");
        assert_eq!(fixture.kept("from-1.bin").unwrap(), long);
        assert_eq!(fixture.kept("to-2.bin").unwrap(), b"two");
        assert!(fixture.kept("from-2.bin").is_err(), "nothing came back");
        assert!(fixture.recording.is_complete());
        for file in ["record/to-1.bin", "record/from-1.bin", "tap"] {
            let found = fs::metadata(fixture.folder.path().join(file)).unwrap();
            assert_eq!(found.permissions().mode() & 0o777, 0o600, "{file}");
        }
    }

    #[tokio::test]
    async fn at_its_bound_the_recording_ends_and_says_so_and_bytes_still_pass() {
        let fixture = Fixture::start(6).await;
        fixture.exchange(b"one", b"1").await;
        assert!(fixture.kept(INCOMPLETE).is_err());
        fixture.exchange(b"two", b"2").await;
        assert!(!fixture.recording.is_complete());
        assert_eq!(fixture.kept(INCOMPLETE).unwrap(), b"");
        assert!(fixture.kept("to-2.bin").is_err(), "no part of it is kept");
        assert!(fixture.kept("from-2.bin").is_err(), "nor what came later");
    }

    #[tokio::test]
    async fn a_stream_to_nobody_is_closed_and_leaves_no_file() {
        let Fixture {
            folder,
            tapped,
            far,
            _serving,
            ..
        } = Fixture::start(MAX_RECORDED_BYTES).await;
        drop(far);
        let mut near = connect(&tapped).await.unwrap();
        assert_eq!(near.read(&mut [0; 1]).await.unwrap(), 0);
        let mut files = fs::read_dir(folder.path().join("record")).unwrap();
        assert!(files.next().is_none());
    }

    #[test]
    fn a_recording_never_mixes_with_an_older_one() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("to-1.bin"), "older").unwrap();
        let refused = Recording::create(folder.path(), 1).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn an_address_is_a_path_or_a_host_with_a_port_and_nothing_else() {
        assert_eq!("unix:/run/a".parse(), Ok(Address::Unix("/run/a".into())));
        assert_eq!("[::1]:80".parse(), Ok(Address::Tcp("[::1]:80".to_owned())));
        for bad in ["", "unix:", ":80", "host", "host:", "host:x", "host:65536"] {
            assert_eq!(bad.parse::<Address>(), Err(AddressError), "{bad}");
        }
    }
}
