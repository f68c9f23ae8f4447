//! What the kernel of a Nitro enclave says of itself, recorded for machines that are none.
//!
//! A mock enclave reads these files in place of `/sys` and `/proc`, by the same checks as a released
//! one. They prove nothing about this machine; whoever wants to see a check refuse alters one.

use std::path::Path;

use crate::files::{self, FileError};

/// The files as below `/`, and what each says.
const RECORDED: [(&str, &str, &str); 4] = [
    (
        "sys/devices/virtual/misc/hw_random",
        "rng_current",
        "nsm-hwrng\n",
    ),
    (
        "sys/devices/system/clocksource/clocksource0",
        "current_clocksource",
        "kvm-clock\n",
    ),
    ("proc/sys/kernel", "osrelease", "6.12.48\n"),
    (
        "proc",
        "cmdline",
        "reboot=k panic=30 pci=off nomodules console=ttyS0 i8042.noaux i8042.nomux i8042.nopnp \
         i8042.dumbkbd random.trust_cpu=off random.trust_bootloader=off\n",
    ),
];

/// Writes the tree to `system/` of the installation in `state_dir`.
///
/// # Errors
///
/// [`FileError`] with the path.
pub fn record(state_dir: &Path) -> Result<(), FileError> {
    for (folder, name, text) in RECORDED {
        let folder = state_dir.join("system").join(folder);
        files::create_directory(&folder)?;
        files::write_public(&folder.join(name), text.as_bytes())?;
    }
    Ok(())
}
