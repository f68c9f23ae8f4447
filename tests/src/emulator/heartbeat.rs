//! The part of `nitro-cli` that waits for an enclave: its first byte comes back, and is remembered.

use std::{
    io::{Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use crate::process::pause;

/// The parent's port that an enclave sends its heartbeat to.
pub(super) const PORT: u32 = 9000;

/// The byte that an enclave sends, and reads back, when it has booted.
const BYTE: u8 = 0xB7;

/// A listener, on a thread of its own, that ends when dropped.
#[derive(Debug)]
pub(super) struct Heartbeat {
    came: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Heartbeat {
    pub(super) fn listen(path: &Path) -> Self {
        let listener = UnixListener::bind(path).unwrap();
        listener.set_nonblocking(true).unwrap();
        let came = Arc::new(AtomicBool::new(false));
        let stop = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let (came, stop) = (Arc::clone(&came), Arc::clone(&stop));
            move || {
                while !stop.load(Ordering::SeqCst) {
                    match listener.accept() {
                        Ok((stream, _)) if echo(&stream) => {
                            came.store(true, Ordering::SeqCst);
                        }
                        _ => pause(),
                    }
                }
            }
        });
        Self {
            came,
            stop,
            thread: Some(thread),
        }
    }

    /// Whether an enclave has sent its byte and was given it back.
    pub(super) fn came(&self) -> bool {
        self.came.load(Ordering::SeqCst)
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Whether the peer sent a heartbeat and took its echo.
fn echo(mut stream: &UnixStream) -> bool {
    let mut byte = [0];
    stream.set_nonblocking(false).is_ok()
        && stream
            .set_read_timeout(Some(Duration::from_secs(5)))
            .is_ok()
        && stream.read_exact(&mut byte).is_ok()
        && byte == [BYTE]
        && stream.write_all(&byte).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_byte_of_a_heartbeat_is_sent_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vm.vsock_9000");
        let heartbeat = Heartbeat::listen(&path);
        for (sent, answered) in [(0x00, 0), (BYTE, 1)] {
            let mut stream = UnixStream::connect(&path).unwrap();
            stream.write_all(&[sent]).unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).unwrap();
            assert_eq!(answer.len(), answered);
            assert_eq!(heartbeat.came(), answered == 1);
        }
    }
}
