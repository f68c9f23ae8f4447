//! Streams between the enclave and its parent, and messages on them.
//!
//! vsock in an enclave; a Unix socket too in a mock build, so that the same code runs on a laptop.
//! Every byte from a stream is hostile: a length is checked before memory is taken, memory follows
//! the bytes that came and not the length announced, and each read and write has a deadline. What a
//! message means is not known here. Next: [`crate::egress`], `server`.

mod address;
mod framing;
mod stream;

#[cfg(feature = "mock")]
pub use address::AddressError;
pub use address::{DialAddress, EGRESS, LISTEN, ListenAddress};
pub use framing::{FrameIoError, read_body, read_frame, read_head, skip_body, write_frame};
pub use stream::{Listener, Stream, dial};
