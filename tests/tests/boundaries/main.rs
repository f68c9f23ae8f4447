//! The shape of the workspace: who may depend on whom, and what a released file must not hold.
//!
//! A feature or a dependency switched on in the wrong place compiles and passes every other test;
//! only these see it. Each rule comes with a control, so that a rule which looks at nothing fails.
//! Next: [`arrows`] reads the manifests, [`purity`] the sources, [`released_files`] the binaries,
//! [`claims`] what the documentation says is tested.

#![allow(
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]

mod arrows;
mod claims;
mod purity;
mod released_files;

use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the workspace.
fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests
        .parent()
        .expect("the package lies in the workspace")
        .to_path_buf()
}

/// What `cargo` prints for `arguments`, run at the root without network.
fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .args(["--offline", "--locked"])
        .current_dir(root())
        .output()
        .expect("the cargo that runs the tests is there");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "cargo {}: {errors}",
        arguments.join(" ")
    );
    String::from_utf8(output.stdout).expect("cargo writes UTF-8")
}
