//! vsock behind a Unix socket, as monitors offer it that end vsock in user space.
//!
//! The caller connects to the monitor's socket, writes `CONNECT <port>` and a line feed, and reads
//! `OK <port of its own>` and a line feed; from then on the bytes are the guest's. A port on which
//! nobody listens is answered by closing, or not at all (Firecracker, `docs/vsock.md`,
//! "Host-initiated connections"; vhost-device-vsock and Cloud Hypervisor do the same).
//!
//! The answer is read byte by byte, so that nothing of what the guest sends first is taken for it.

use std::io;
use std::path::Path;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

/// Longest answer, bytes: `OK `, a number of 32 bits and a line feed.
const MAX_ANSWER_BYTES: usize = 14;

/// Connects to a port of the guest behind `socket`. Bounded in time by the caller.
pub(super) async fn connect(socket: &Path, port: u32) -> io::Result<UnixStream> {
    let mut stream = UnixStream::connect(socket).await?;
    let request = format!("CONNECT {port}\n");
    stream.write_all(request.as_bytes()).await?;
    read_answer(&mut stream).await?;
    Ok(stream)
}

async fn read_answer(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
    let mut answer = Vec::with_capacity(MAX_ANSWER_BYTES);
    while answer.len() < MAX_ANSWER_BYTES {
        answer.push(stream.read_u8().await.map_err(|_| refused())?);
        if let Some(line) = answer.strip_suffix(b"\n") {
            let port = line
                .strip_prefix(b"OK ")
                .and_then(|port| str::from_utf8(port).ok());
            let is_port = port.is_some_and(|port| port.parse::<u32>().is_ok());
            return if is_port { Ok(()) } else { Err(refused()) };
        }
    }
    Err(refused())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use tokio::net::UnixListener;

    use super::*;

    #[tokio::test]
    async fn the_port_is_named_and_the_guests_first_bytes_are_not_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vm.vsock");
        let monitor = UnixListener::bind(&path).unwrap();
        let guest = tokio::spawn(async move {
            let (mut stream, _) = monitor.accept().await.unwrap();
            let mut request = [0; 13];
            stream.read_exact(&mut request).await.unwrap();
            stream.write_all(b"OK 1073741824\nhello").await.unwrap();
            request
        });
        let mut stream = connect(&path, 5005).await.unwrap();
        let mut first = [0; 5];
        stream.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"hello");
        assert_eq!(&guest.await.unwrap(), b"CONNECT 5005\n");
    }

    #[tokio::test]
    async fn any_other_answer_and_one_cut_at_any_length_is_a_refusal() {
        let whole = b"OK 4294967295\n";
        assert!(read_answer(&mut &whole[..]).await.is_ok());
        let cuts = (0..whole.len()).map(|cut| &whole[..cut]);
        let others = [
            &b"\n"[..],
            b"OK\n",
            b"OK \n",
            b"OK 4294967296\n",
            b"OK -1\n",
            b"ok 1\n",
            b"NO 1\n",
            b"OK 1 \n",
            b"OK 1\r\n",
            b"OK 00000000000000000001\n",
            b"\xff\xff\n",
        ];
        for answer in cuts.chain(others) {
            let mut bytes = answer;
            let error = read_answer(&mut bytes).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused, "{answer:?}");
        }
    }
}
