//! The images that `scripts/test-enclave.sh` has built, and the installation that is inside one.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    eif::{Image, Kind},
    emulator::{BootOptions, Emulator},
};

/// The folder that `VOUCHSAFE_IMAGE_DIR` names, absolute or from the root of the workspace.
#[derive(Clone, Debug)]
pub struct Images {
    folder: PathBuf,
}

impl Images {
    /// Where the mock image looks for KMS: what `scripts/build-enclave.sh mock` writes into it.
    pub const KMS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8443);

    /// The images, or `None` with a message.
    pub fn find() -> Option<Self> {
        let Some(folder) = std::env::var_os("VOUCHSAFE_IMAGE_DIR") else {
            println!("SKIPPED: VOUCHSAFE_IMAGE_DIR is not set; run scripts/test-enclave.sh");
            return None;
        };
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        Some(Self {
            folder: root.join(folder),
        })
    }

    /// What was built of a kind, `release` or `mock`: `enclave.eif` and files about it.
    pub fn folder(&self, kind: &str) -> PathBuf {
        self.folder.join(kind)
    }

    /// The image of a kind.
    pub fn image(&self, kind: &str) -> Image {
        Image::read(std::fs::read(self.folder(kind).join("enclave.eif")).unwrap())
    }

    /// An image, in `folder`, with the kernel and the boot part of the released one around other
    /// files: what lies in `root`.
    pub fn around(&self, emulator: &Emulator, root: &Path, folder: &Path) -> PathBuf {
        let [ramdisk, eif] = ["app.cpio", "enclave.eif"].map(|name| folder.join(name));
        let released = self.image("release");
        let command_line = String::from_utf8(released.sections(Kind::CommandLine).concat());
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/lib/ramdisk.py");
        run(Command::new(script).args([root, &ramdisk]));
        run(Command::new(emulator.program("eif_build"))
            .arg("--kernel")
            .arg(emulator.program("bzImage"))
            .arg("--kernel_config")
            .arg(emulator.program("kernel.config"))
            .args(["--cmdline", command_line.unwrap().trim_end_matches('\0')])
            .arg("--ramdisk")
            .arg(self.folder("release").join("boot.cpio"))
            .arg("--ramdisk")
            .args([&ramdisk, Path::new("--output"), &eif]));
        eif
    }

    /// The installation that the mock image was built for, made by `vouchsafe-mock init`.
    pub fn installation(&self) -> PathBuf {
        self.folder.join("state")
    }
}

fn run(command: &mut Command) {
    let ran = command.output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
}

/// An image to deploy on a machine of its own.
#[derive(Clone, Debug)]
pub struct Machine {
    /// What runs it.
    pub emulator: Emulator,
    /// The image, a mock one.
    pub eif: PathBuf,
    /// The installation inside it.
    pub installation: PathBuf,
    /// The machine.
    pub boot: BootOptions,
}

impl Machine {
    /// The mock image on a machine as it is by default, or `None` with a message.
    pub fn find() -> Option<Self> {
        let images = Images::find()?;
        Some(Self {
            emulator: Emulator::find()?,
            eif: images.folder("mock").join("enclave.eif"),
            installation: images.installation(),
            boot: BootOptions::default(),
        })
    }
}
