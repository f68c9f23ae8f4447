//! Frames over a stream, with bounds on their length and their time.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};
use vouchsafe_common::frame::{self, FrameError};
use vouchsafe_common::limits::STREAM_WRITE_BYTES;

/// Memory taken before the first byte of a message has come; it grows with what comes.
const FIRST_BUFFER_BYTES: usize = 64 * 1024;

/// Why no frame went or came.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FrameIoError {
    /// The length is over the limit, or nothing.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The peer sent nothing, or read nothing, for too long.
    #[error("the peer was too slow")]
    Deadline,
    /// The stream ended inside a frame.
    #[error("the stream ended inside a frame")]
    Truncated,
    /// The stream broke.
    #[error("the stream broke: {0}")]
    Io(io::ErrorKind),
}

impl FrameIoError {
    /// The stable name of this error.
    pub fn code(self) -> &'static str {
        match self {
            Self::Frame(error) => error.code(),
            Self::Deadline => "frame_deadline",
            Self::Truncated => "frame_truncated",
            Self::Io(_) => "frame_io",
        }
    }
}

impl From<io::Error> for FrameIoError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated,
            kind => Self::Io(kind),
        }
    }
}

/// Reads one frame of at most `limit` bytes, or `None` when the stream ends before one begins.
///
/// The peer may stay silent for `idle`; once the first byte has come, the whole frame must come
/// within `whole`.
///
/// # Errors
/// [`FrameIoError`]. The stream is of no use afterwards.
pub async fn read_frame(
    stream: &mut (impl AsyncRead + Unpin),
    limit: usize,
    idle: Duration,
    whole: Duration,
) -> Result<Option<Vec<u8>>, FrameIoError> {
    match read_head(stream, limit, idle).await? {
        Some(length) => read_body(stream, length, whole).await.map(Some),
        None => Ok(None),
    }
}

/// Reads the head of a frame: the length of the body, at most `limit`, for which no memory has been
/// taken yet; or `None` when the stream ends before one begins.
///
/// # Errors
/// [`FrameIoError`]. The stream is of no use afterwards.
pub async fn read_head(
    stream: &mut (impl AsyncRead + Unpin),
    limit: usize,
    idle: Duration,
) -> Result<Option<usize>, FrameIoError> {
    let mut head = [0; frame::HEAD_BYTES];
    let read = async {
        if stream.read(&mut head[..1]).await? == 0 {
            return Ok(None);
        }
        stream.read_exact(&mut head[1..]).await?;
        Ok(Some(frame::length(head, limit)?))
    };
    timeout_at(Instant::now() + idle, read)
        .await
        .map_err(|_| FrameIoError::Deadline)?
}

/// Reads the body of a frame, which must come within `whole`. Memory grows with what comes.
///
/// # Errors
/// [`FrameIoError`]. The stream is of no use afterwards.
pub async fn read_body(
    stream: &mut (impl AsyncRead + Unpin),
    length: usize,
    whole: Duration,
) -> Result<Vec<u8>, FrameIoError> {
    let read = async {
        let mut bytes = Vec::with_capacity(length.min(FIRST_BUFFER_BYTES));
        let mut body = (&mut *stream).take(u64::try_from(length).unwrap_or(u64::MAX));
        while bytes.len() < length {
            if body.read_buf(&mut bytes).await? == 0 {
                return Err(FrameIoError::Truncated);
            }
        }
        Ok(bytes)
    };
    timeout_at(Instant::now() + whole, read)
        .await
        .map_err(|_| FrameIoError::Deadline)?
}

/// Reads the body of a frame and keeps nothing of it, so that the stream can be answered and go on.
///
/// # Errors
/// [`FrameIoError`]. The stream is of no use afterwards.
pub async fn skip_body(
    stream: &mut (impl AsyncRead + Unpin),
    length: usize,
    whole: Duration,
) -> Result<(), FrameIoError> {
    let length = u64::try_from(length).unwrap_or(u64::MAX);
    let mut body = (&mut *stream).take(length);
    let mut nowhere = tokio::io::sink();
    let skip = tokio::io::copy(&mut body, &mut nowhere);
    let skipped = timeout_at(Instant::now() + whole, skip)
        .await
        .map_err(|_| FrameIoError::Deadline)??;
    if skipped == length {
        Ok(())
    } else {
        Err(FrameIoError::Truncated)
    }
}

/// Writes one frame of at most `limit` bytes within `whole`.
///
/// # Errors
/// [`FrameIoError`]. The stream is of no use afterwards, unless the variant is `Frame`.
pub async fn write_frame(
    stream: &mut (impl AsyncWrite + Unpin),
    bytes: &[u8],
    limit: usize,
    whole: Duration,
) -> Result<(), FrameIoError> {
    let head = frame::head(bytes.len(), limit)?;
    let write = async {
        // A small message leaves in one write with its head.
        let first = bytes.len().min(STREAM_WRITE_BYTES - head.len());
        let opening = [&head[..], &bytes[..first]].concat();
        stream.write_all(&opening).await?;
        for piece in bytes[first..].chunks(STREAM_WRITE_BYTES) {
            stream.write_all(piece).await?;
        }
        stream.flush().await?;
        Ok(())
    };
    timeout_at(Instant::now() + whole, write)
        .await
        .map_err(|_| FrameIoError::Deadline)?
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

    use tokio::io::duplex;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const SHORT: Duration = Duration::from_millis(30);

    #[tokio::test]
    async fn a_skipped_body_leaves_the_stream_at_the_next_frame() {
        let (mut near, mut far) = duplex(1 << 20);
        for body in [&vec![7; 100_000][..], b"next"] {
            write_frame(&mut near, body, 1 << 20, SECOND).await.unwrap();
        }
        let length = read_head(&mut far, 1 << 20, SECOND).await.unwrap();
        assert_eq!(length, Some(100_000));
        skip_body(&mut far, 100_000, SECOND).await.unwrap();
        let next = read_frame(&mut far, 1 << 20, SECOND, SECOND).await;
        assert_eq!(next, Ok(Some(b"next".to_vec())));
        drop(near);
        let cut = skip_body(&mut far, 1, SECOND).await;
        assert_eq!(cut, Err(FrameIoError::Truncated));
    }

    #[tokio::test]
    async fn frames_of_all_sizes_arrive_in_order() {
        let (mut near, mut far) = duplex(4096);
        let sizes = [1, 5, 32_763, 32_764, 32_765, 200_000];
        let writer = tokio::spawn(async move {
            for size in sizes {
                let bytes = vec![0x5a; size];
                write_frame(&mut near, &bytes, 1 << 20, SECOND)
                    .await
                    .unwrap();
            }
        });
        for size in sizes {
            let bytes = read_frame(&mut far, 1 << 20, SECOND, SECOND).await.unwrap();
            assert_eq!(bytes.unwrap(), vec![0x5a; size]);
        }
        writer.await.unwrap();
        assert_eq!(read_frame(&mut far, 9, SECOND, SECOND).await, Ok(None));
    }

    #[tokio::test]
    async fn a_length_over_the_limit_takes_no_memory() {
        let (mut near, mut far) = duplex(64);
        near.write_all(&[0xff; 4]).await.unwrap();
        let error = read_frame(&mut far, 100, SECOND, SECOND).await.unwrap_err();
        assert_eq!(error.code(), "frame_too_long");
        let refused = write_frame(&mut near, &[0; 101], 100, SECOND).await;
        assert_eq!(refused.unwrap_err().code(), "frame_too_long");
    }

    #[tokio::test]
    async fn a_frame_cut_at_any_length_is_truncated() {
        let whole = [&[0, 0, 0, 9][..], &[7; 9]].concat();
        for length in 1..whole.len() {
            let mut cut = &whole[..length];
            let outcome = read_frame(&mut cut, 100, SECOND, SECOND).await;
            assert_eq!(outcome, Err(FrameIoError::Truncated), "{length}");
        }
    }

    #[tokio::test]
    async fn a_silent_peer_and_a_slow_one_meet_their_deadlines() {
        let (mut near, mut far) = duplex(64);
        let silent = read_frame(&mut far, 100, SHORT, SECOND).await;
        assert_eq!(silent, Err(FrameIoError::Deadline));
        near.write_all(&[0, 0]).await.unwrap();
        let slow = read_frame(&mut far, 100, SECOND, SHORT).await;
        assert_eq!(slow, Err(FrameIoError::Deadline));
    }

    #[tokio::test]
    async fn a_peer_that_reads_nothing_meets_the_deadline() {
        let (mut near, _far) = duplex(64);
        let stuck = write_frame(&mut near, &[0; 1000], 1000, SHORT).await;
        assert_eq!(stuck, Err(FrameIoError::Deadline));
    }

    #[tokio::test]
    async fn a_broken_stream_is_named_by_its_kind() {
        let (mut near, far) = duplex(64);
        drop(far);
        let error = write_frame(&mut near, &[1], 10, SECOND).await.unwrap_err();
        assert_eq!(error, FrameIoError::Io(io::ErrorKind::BrokenPipe));
        assert_eq!(error.code(), "frame_io");
    }
}
