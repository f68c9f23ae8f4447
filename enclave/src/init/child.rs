//! The enclave as the child of process 1, and how it ended.
//!
//! It starts with an empty environment, the arguments of its image and no privilege. Children that
//! it might leave behind are buried too; its filter lets it have none.

use std::{fmt, os::unix::process::CommandExt, process::Command};

use rustix::{
    io::Errno,
    process::{Pid, WaitOptions, WaitStatus, wait},
};

use super::{InitError, privileges::NOBODY};

/// How the enclave ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Ending {
    /// By itself, with this status.
    Exit(i32),
    /// By a signal: SIGSYS for a call that its filter does not allow, SIGKILL for want of memory.
    Signal(i32),
    /// Nobody knows: there is no child.
    Unseen,
}

impl fmt::Display for Ending {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit(status) => write!(formatter, "the enclave ended with status {status}"),
            Self::Signal(signal) => write!(formatter, "the enclave was ended by signal {signal}"),
            Self::Unseen => formatter.write_str("the enclave is gone"),
        }
    }
}

/// Starts this very program again, as the enclave.
pub(super) fn start(arguments: &[String]) -> Result<Pid, InitError> {
    std::env::current_exe()
        .and_then(|program| {
            Command::new(program)
                .args(arguments)
                .env_clear()
                .uid(NOBODY)
                .gid(NOBODY)
                .spawn()
        })
        .map(|child| Pid::from_child(&child))
        .map_err(|error| InitError::Start(error.kind()))
}

/// Waits until this child ends, and buries every other meanwhile.
pub(super) fn bury(enclave: Pid) -> Ending {
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid == enclave => return ending(status),
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return Ending::Unseen,
        }
    }
}

fn ending(status: WaitStatus) -> Ending {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(status), _) => Ending::Exit(status),
        (_, Some(signal)) => Ending::Signal(signal),
        _ => Ending::Unseen,
    }
}
