//! The process closed off: nobody looks into its memory, and none of it reaches a disk.
//!
//! Done before a secret exists and before a second thread does. No core dump, no tracing, no new
//! privileges by any program that would be started, no page is ever swapped out, and no call to the
//! kernel but those of `syscalls.rs`. Nothing here wipes memory: that is the allocator of
//! `main.rs`, [`crate::stack`] and `Secret` (docs/decisions/0008-memory.md).

mod filter;
mod syscalls;

use std::io::ErrorKind;

use rustix::{
    io::Errno,
    mm::{MlockAllFlags, mlockall},
    process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit},
    thread::set_no_new_privs,
};

/// Why the process could not be closed off.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ProcessError {
    /// Others of the same user could still trace it and read its memory.
    #[error("cannot be kept from being traced: {0}")]
    Dumpable(ErrorKind),
    /// A core dump could still be written.
    #[error("cannot be kept from dumping core: {0}")]
    CoreDump(ErrorKind),
    /// A program that it starts could still gain privileges.
    #[error("cannot give up new privileges: {0}")]
    Privileges(ErrorKind),
    /// Memory could still be swapped out.
    #[error("cannot lock memory: {0}")]
    MemoryLock(ErrorKind),
    /// It could still make calls to the kernel that an enclave never needs.
    #[error("cannot give up the calls that it does not need")]
    Filter,
}

impl ProcessError {
    /// The stable name of this error.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Dumpable(_) => "process_dumpable",
            Self::CoreDump(_) => "process_core_dump",
            Self::Privileges(_) => "process_privileges",
            Self::MemoryLock(_) => "process_memory_lock",
            Self::Filter => "process_filter",
        }
    }
}

/// Closes the process off. Call it before the first secret and the second thread.
///
/// A mock build goes on without locked memory, and says so: laptops rarely allow it.
///
/// # Errors
///
/// [`ProcessError`], by the first step that fails.
pub fn harden() -> Result<(), ProcessError> {
    set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .map_err(|error| ProcessError::Dumpable(kind(error)))?;
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none).map_err(|error| ProcessError::CoreDump(kind(error)))?;
    set_no_new_privs(true).map_err(|error| ProcessError::Privileges(kind(error)))?;
    match lock_memory() {
        #[cfg(feature = "mock")]
        Err(error) => {
            eprintln!("MOCK: memory may be swapped out: {error}");
            Ok(())
        }
        outcome => outcome,
    }
}

/// Gives up every call to the kernel that is not on the list, for this thread and all made from it.
/// Whatever makes another one from now on ends the process: call it when it is closed off already.
///
/// # Errors
///
/// [`ProcessError::Filter`].
pub fn confine() -> Result<(), ProcessError> {
    filter::apply().map_err(|_| ProcessError::Filter)
}

/// Locks every page that is or will be in use. The limit goes first, or an allocation would fail on
/// it later. A page that was never touched takes no memory: it holds nothing either.
fn lock_memory() -> Result<(), ProcessError> {
    let unlimited = Rlimit {
        current: None,
        maximum: None,
    };
    let all = MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT;
    setrlimit(Resource::Memlock, unlimited)
        .and_then(|()| mlockall(all))
        .map_err(|error| ProcessError::MemoryLock(kind(error)))
}

fn kind(error: Errno) -> ErrorKind {
    std::io::Error::from(error).kind()
}
