//! What the enclave must not get from process 1, and what it needs to do without.
//!
//! Process 1 keeps its privileges, since it ends the machine; its child runs as nobody and gets
//! none back, whatever it would start. Memory may be locked without limit, so that the child can
//! lock its own without a privilege. The one device that it needs becomes its own.

use std::os::unix::fs::chown;

use rustix::{
    process::{Resource, Rlimit, setrlimit},
    thread::{
        CapabilitySet, capability_is_in_bounding_set, remove_capability_from_bounding_set,
        set_no_new_privs,
    },
};

use super::{InitError, kind};

/// The user and group of the enclave: nobody's, by the convention of every distribution.
pub(super) const NOBODY: u32 = 65534;

/// The device of the security module.
const DEVICE: &str = "/dev/nsm";

pub(super) fn give_up() -> Result<(), InitError> {
    match chown(DEVICE, Some(NOBODY), Some(NOBODY)) {
        // The enclave says by itself that there is none.
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(InitError::Device(error.kind()));
        }
        _ => {}
    }
    limits_and_capabilities().map_err(|error| InitError::Privileges(kind(error)))
}

fn limits_and_capabilities() -> rustix::io::Result<()> {
    let limit = |bytes| Rlimit {
        current: bytes,
        maximum: bytes,
    };
    setrlimit(Resource::Core, limit(Some(0)))?;
    // Where that is not allowed, the enclave finds out, and a released one refuses to start.
    let _ = setrlimit(Resource::Memlock, limit(None));
    for capability in CapabilitySet::all() {
        // A kernel does not know those that came after it.
        if capability_is_in_bounding_set(capability) == Ok(true) {
            remove_capability_from_bounding_set(capability)?;
        }
    }
    set_no_new_privs(true)
}
