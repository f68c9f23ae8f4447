//! The parent between a fake enclave and raw HTTP, both under the tests' control.
//!
//! Most tests run the library in this process; `lifecycle` starts the binary.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]
#![allow(clippy::format_collect, reason = "short strings, read more easily so")]

mod api;
mod bounds;
mod egress;
mod enclave;
mod hostile;
mod lifecycle;
mod supervisor;
mod support;
mod vsock;
