//! The sign of life that `nitro-cli` waits for: one byte to the parent, which sends it back.
//!
//! `nitro-cli` ends an enclave that does not give it (AWS's own init,
//! aws-nitro-enclaves-sdk-bootstrap, sends the same byte to the same port). It says that process 1
//! runs, and nothing of the enclave. What comes back is compared and forgotten.

use std::{
    io::{ErrorKind, Read, Write},
    time::Duration,
};

use vsock::{VsockAddr, VsockStream};

/// Where the parent listens for it.
const PORT: u32 = 9000;
/// The byte.
const BEAT: u8 = 0xb7;
/// For sending it, and for its return. The kernel gives a connection two seconds.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why there was no sign of life.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum HeartbeatError {
    /// Nobody listens, or nobody answers.
    #[error("nobody takes the sign of life: {0}")]
    Unheard(ErrorKind),
    /// Another byte came back.
    #[error("the sign of life came back as another byte")]
    Altered,
}

/// Sends it to the parent at this context id.
pub(super) fn beat(parent_cid: u32) -> Result<(), HeartbeatError> {
    let exchanged = || {
        let stream = VsockStream::connect(&VsockAddr::new(parent_cid, PORT))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        exchange(stream)
    };
    match exchanged() {
        Ok(BEAT) => Ok(()),
        Ok(_) => Err(HeartbeatError::Altered),
        Err(error) => Err(HeartbeatError::Unheard(error.kind())),
    }
}

/// Writes the byte and reads the one that comes back.
fn exchange(mut stream: impl Read + Write) -> std::io::Result<u8> {
    stream.write_all(&[BEAT])?;
    let mut back = [0];
    stream.read_exact(&mut back)?;
    Ok(back[0])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn one_byte_goes_out_and_the_one_that_comes_back_is_told() {
        for answer in [BEAT, 0] {
            let (ours, mut parents) = UnixStream::pair().unwrap();
            parents.write_all(&[answer]).unwrap();
            assert_eq!(exchange(&ours).unwrap(), answer);
            drop(ours);
            let mut sent = Vec::new();
            parents.read_to_end(&mut sent).unwrap();
            assert_eq!(sent, [0xb7]);
        }
    }

    #[test]
    fn a_parent_that_closes_without_a_word_has_not_heard() {
        let (ours, parents) = UnixStream::pair().unwrap();
        parents.shutdown(std::net::Shutdown::Write).unwrap();
        let error = exchange(&ours).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    }
}
