//! A process that closed itself off, as the kernel then describes it. Alone in its file, because it
//! is this process that changes.

#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use rustix::{
    process::{DumpableBehavior, Resource, Rlimit, dumpable_behavior, getrlimit},
    thread::no_new_privs,
};
use vouchsafe_enclave::boot::process;

#[test]
fn a_process_closed_off_is_not_traced_dumps_no_core_and_gains_no_privileges() {
    assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::Dumpable);
    assert!(!no_new_privs().unwrap());
    // A released build refuses where memory cannot be locked, as on most laptops, but not before
    // the rest is done.
    let outcome = process::harden();
    assert!(
        matches!(outcome, Ok(()) | Err(process::ProcessError::MemoryLock(_))),
        "{outcome:?}"
    );
    assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    assert!(no_new_privs().unwrap());
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    assert_eq!(getrlimit(Resource::Core), none);
    if cfg!(feature = "mock") {
        assert_eq!(outcome, Ok(()));
    }
}
