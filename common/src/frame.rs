//! A message on a stream: its length as four bytes, big-endian, then its bytes.
//!
//! The length is checked against the receiver's bound before memory is taken. Reading and writing
//! are the business of whoever holds the stream.

/// Bytes in front of each message.
pub const HEAD_BYTES: usize = 4;

/// Why a frame was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FrameError {
    /// The message is longer than the bound of this stream.
    #[error("frame of {bytes} bytes is over the limit of {limit}")]
    TooLong {
        /// Length announced or asked for, bytes.
        bytes: usize,
        /// The bound, bytes.
        limit: usize,
    },
    /// A message of no bytes carries nothing.
    #[error("frame is empty")]
    Empty,
}

impl FrameError {
    /// The stable name for logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "frame_too_long",
            Self::Empty => "frame_empty",
        }
    }
}

/// The head for a message of `bytes` bytes.
///
/// # Errors
///
/// [`FrameError`] when the message is empty or longer than `limit` (or 4 GiB).
pub fn head(bytes: usize, limit: usize) -> Result<[u8; HEAD_BYTES], FrameError> {
    let length = u32::try_from(bytes).map_err(|_| FrameError::TooLong { bytes, limit })?;
    checked(bytes, limit)?;
    Ok(length.to_be_bytes())
}

/// The length that a received head announces.
///
/// # Errors
///
/// [`FrameError`] when it is nothing or more than `limit`.
pub fn length(head: [u8; HEAD_BYTES], limit: usize) -> Result<usize, FrameError> {
    let bytes = usize::try_from(u32::from_be_bytes(head)).unwrap_or(usize::MAX);
    checked(bytes, limit)
}

fn checked(bytes: usize, limit: usize) -> Result<usize, FrameError> {
    match bytes {
        0 => Err(FrameError::Empty),
        _ if bytes > limit => Err(FrameError::TooLong { bytes, limit }),
        _ => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_length_survives_the_way_through_a_head() {
        for bytes in [1, 255, 256, 65_536, 1 << 24] {
            assert_eq!(
                head(bytes, 1 << 24).and_then(|head| length(head, 1 << 24)),
                Ok(bytes)
            );
        }
    }

    #[test]
    fn a_head_is_big_endian() {
        assert_eq!(head(0x0102_0304, usize::MAX), Ok([1, 2, 3, 4]));
    }

    #[test]
    fn a_length_over_the_limit_is_refused_on_both_sides() {
        let refused = FrameError::TooLong {
            bytes: 101,
            limit: 100,
        };
        assert_eq!(head(101, 100), Err(refused));
        assert_eq!(length([0, 0, 0, 101], 100), Err(refused));
        assert_eq!(
            length([0xff; 4], 100),
            Err(FrameError::TooLong {
                bytes: 0xffff_ffff,
                limit: 100
            })
        );
    }

    #[test]
    fn an_empty_frame_is_refused_on_both_sides() {
        assert_eq!(head(0, 100), Err(FrameError::Empty));
        assert_eq!(length([0; 4], 100), Err(FrameError::Empty));
    }

    proptest! {
        #[test]
        fn whatever_head_is_taken_is_the_one_of_its_length(head: [u8; HEAD_BYTES], limit: u32) {
            let limit = limit as usize;
            match length(head, limit) {
                Ok(bytes) => prop_assert_eq!(super::head(bytes, limit), Ok(head)),
                Err(refused) => {
                    let bytes = u32::from_be_bytes(head) as usize;
                    prop_assert_eq!(super::head(bytes, limit), Err(refused));
                }
            }
        }
    }
}
