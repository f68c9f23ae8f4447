//! The whole path, through the real binaries: a deployment of its own for each test.
//!
//! `scripts/test.sh` builds the binaries and names their directory in `VOUCHSAFE_BIN_DIR`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    reason = "a test stops where it fails, and its name says what it is"
)]

mod bad_input;
mod boot;
mod environment;
mod failures;
mod grants;
mod hostile_parent;
mod identity;
mod key_release;
mod leaks;
mod lifecycle;
mod memory;
mod moto;
mod operations;
mod recognisers;
mod recovery;
mod release;
mod roots;
mod round_trip;
