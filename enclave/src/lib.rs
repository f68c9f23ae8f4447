//! The enclave: opens sealed requests, works on them in isolation, seals the results.
//!
//! Every byte from outside came through the parent, which may drop, replay or rewrite it; nothing
//! is trusted but this code, the security module below it and what KMS says over TLS that ends in
//! here. Plaintext never reaches a log, an error text or the parent. `main.rs` joins the parts;
//! next: `boot`, then [`kms`] for how data keys arrive.

pub mod boot;
pub mod cms;
pub mod egress;
#[cfg(all(test, feature = "mock"))]
mod fixture;
pub mod identity;
pub mod init;
pub mod keyring;
pub mod keys;
pub mod kms;
pub mod nsm;
pub mod operation;
pub mod policy;
pub mod questions;
pub mod recipient;
pub mod replay;
pub mod server;
pub mod session;
pub mod settings;
pub mod stack;
pub mod tls;
pub mod transport;
