//! Process 1 of the image: prepares the machine, starts the enclave as its one child, buries it.
//!
//! The same binary is both. Process 1 has every privilege and reads nothing from outside but one
//! byte; the enclave, which reads what the parent sends, has none and is ended by its filter
//! ([`crate::boot::process`]) without taking the kernel with it. When the enclave ends, however it
//! does, so does the machine. Nothing is taken from the kernel's command line or the environment,
//! which others may add to. Next: `init/mounts.rs`, `init/heartbeat.rs`, `init/child.rs`.

mod child;
mod heartbeat;
mod mounts;
mod privileges;

use std::{io::ErrorKind, process::ExitCode};

use rustix::{
    io::Errno,
    system::{RebootCommand, reboot},
};

use crate::settings::Measured;

/// Why process 1 could not start an enclave.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InitError {
    /// A file system of the kernel's is not to be had.
    #[error("cannot mount {at}: {kind}")]
    Mount {
        /// Where it belongs.
        at: &'static str,
        /// How it failed.
        kind: ErrorKind,
    },
    /// The security module cannot be given to the enclave.
    #[error("cannot hand over the security module: {0}")]
    Device(ErrorKind),
    /// A limit or a privilege could not be set.
    #[error("cannot set limits and privileges: {0}")]
    Privileges(ErrorKind),
    /// The enclave did not start.
    #[error("cannot start the enclave: {0}")]
    Start(ErrorKind),
    /// The image has no settings that can be used (mock builds).
    #[cfg(feature = "mock")]
    #[error("cannot use the arguments in the image")]
    Arguments,
}

impl InitError {
    /// The stable name of this error.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Mount { .. } => "init_mount",
            Self::Device(_) => "init_device",
            Self::Privileges(_) => "init_privileges",
            Self::Start(_) => "init_start",
            #[cfg(feature = "mock")]
            Self::Arguments => "init_arguments",
        }
    }
}

/// Whether this process is process 1 of an image of ours. A mock build may be the first process of
/// a container, too, where it is an enclave like elsewhere.
pub fn is_first_process() -> bool {
    std::process::id() == 1 && Measured::is_there()
}

/// Does all that process 1 does, and ends with the machine. Returns where it may not end that.
pub fn run() -> ExitCode {
    if let Err(error) = live() {
        eprintln!("vouchsafe-init: {error} ({})", error.code());
    }
    // The hypervisor ends an enclave that starts its machine anew. Were process 1 to end instead,
    // the kernel would stop without an end.
    let refused = reboot(RebootCommand::Restart);
    eprintln!("vouchsafe-init: the machine goes on: {refused:?}");
    ExitCode::FAILURE
}

fn live() -> Result<(), InitError> {
    mounts::mount_all()?;
    let measured = Measured::load()?;
    if let Err(error) = heartbeat::beat(measured.parent_cid) {
        // Whoever waits for it ends the machine; nobody in here depends on it.
        eprintln!("vouchsafe-init: {error}");
    }
    privileges::give_up()?;
    let enclave = child::start(&measured.arguments)?;
    eprintln!("vouchsafe-init: {}", child::bury(enclave));
    Ok(())
}

fn kind(error: Errno) -> ErrorKind {
    std::io::Error::from(error).kind()
}
