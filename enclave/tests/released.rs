//! The binary as it is released: whoever starts it tells it nothing.
#![cfg(not(feature = "mock"))]
#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::process::Command;

#[test]
fn an_argument_ends_the_boot() {
    for argument in ["", "x", "--help", "--listen=unix:x", "--mock-state=x"] {
        let ended = Command::new(env!("CARGO_BIN_EXE_vouchsafe-enclave"))
            .arg(argument)
            .output()
            .unwrap();
        assert_eq!(ended.status.code(), Some(1), "{argument:?}");
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(
            said,
            "vouchsafe-enclave: refuses to start: a released enclave takes no argument: its \
             settings are measured (argument)\n"
        );
        assert!(ended.stdout.is_empty());
    }
}
