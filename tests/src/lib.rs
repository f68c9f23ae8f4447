//! What the whole-path tests stand on: a deployment of the real binaries, and a hostile parent.
//!
//! [`Deployment`] starts the enclave (mock build), the parent and a KMS on loopback, with fresh
//! keys, policy and measurements for each test. [`Interceptor`] sits between parent and enclave and
//! does to their messages what a hostile parent would. [`wire`] speaks the protocol by hand, [`forge`]
//! makes evidence that no honest enclave gives, [`samples`] makes the sample data. [`emulator`]
//! boots a real enclave image.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::missing_errors_doc,
    reason = "a fixture stops where it fails"
)]

pub mod bench;
pub mod deployment;
pub mod eif;
pub mod emulator;
pub mod enclave;
pub mod forge;
pub mod images;
pub mod interceptor;
pub mod memory;
pub mod process;
pub mod samples;
pub mod wire;

pub use deployment::{Deployment, Options};
pub use interceptor::Interceptor;
