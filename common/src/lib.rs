//! What caller, parent and enclave share: message formats, sealing and attestation.
//!
//! Bytes and a time in, values out. No socket, file, clock or task lives here, so every function can
//! be tested as it stands; the one thing taken from outside is the operating system's randomness,
//! for keys and nonces. Everything that opens or seals is behind the feature `sealing`, which the
//! parent is built without.
//!
//! Start reading at [`envelope`] (what the parent sees), `message` (what only caller and enclave
//! see) and [`attestation`] (who the enclave is).

pub mod attestation;
pub mod cbor;
pub mod digest;
pub mod egress;
pub mod envelope;
pub mod frame;
pub mod key_configuration;
pub mod limits;
mod secret;
mod time;

#[cfg(feature = "sealing")]
pub mod bundle;
#[cfg(feature = "sealing")]
pub mod encryption_context;
#[cfg(feature = "sealing")]
mod epoch;
#[cfg(feature = "sealing")]
pub mod hpke;
#[cfg(feature = "sealing")]
pub mod key_arn;
#[cfg(feature = "key-policy")]
pub mod key_policy;
#[cfg(feature = "sealing")]
pub mod message;
#[cfg(feature = "sealing")]
pub mod padding;
#[cfg(feature = "sealing")]
pub mod proof;
#[cfg(feature = "sealing")]
pub mod record;
#[cfg(feature = "sealing")]
pub mod reply;
#[cfg(feature = "sealing")]
pub mod signed;

#[cfg(feature = "sealing")]
pub use epoch::{Epoch, EpochError};
pub use secret::Secret;
pub use time::UnixMillis;

#[cfg(all(test, feature = "sealing"))]
mod tests;
