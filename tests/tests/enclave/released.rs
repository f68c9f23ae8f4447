//! The released image on the emulated machine, whose documents nobody signs.

use std::time::Duration;

use vouchsafe_tests::{
    emulator::{BootOptions, Emulator},
    images::Images,
};

/// A machine without KVM on a busy host; the image also waits for a parent that it cannot reach.
const PATIENCE: Duration = Duration::from_mins(1);

#[test]
fn the_released_image_refuses_to_serve_where_its_documents_are_not_signed_by_aws() {
    let (Some(images), Some(emulator)) = (Images::find(), Emulator::find()) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let eif = images.folder("release").join("enclave.eif");
    let mut machine = emulator.boot(&eif, folder.path(), &BootOptions::default());
    // The guest ends its machine, which `nitro-cli` would see as the end of the enclave.
    assert_eq!(machine.exit_code(PATIENCE), Some(0));
    let console = machine.console();
    let own: Vec<_> = console
        .lines()
        .filter(|line| line.starts_with("vouchsafe-"))
        .collect();
    assert_eq!(
        own,
        [
            "vouchsafe-init: nobody takes the sign of life: timed out",
            "vouchsafe-enclave: refuses to start: a caller would refuse this enclave's evidence: \
             not a COSE_Sign1 structure (cose_structure)",
            "vouchsafe-init: the enclave ended with status 1",
        ],
        "{console}"
    );
}
