//! The settings of a mock build: where its stand-ins are, and what goes wrong with them.
//!
//! On a laptop they come from the command line. In an image they are lines of a measured file,
//! which process 1 hands over as a command line, so that there is one way to read them.

use std::path::{Path, PathBuf};

use clap::{Parser, ValueEnum};
use vouchsafe_common::{UnixMillis, attestation::RootFingerprint};
use vouchsafe_mock::nsm::{self, Faults, Resigner, SoftwareNsm};

use super::{Measured, Settings};
use crate::{
    boot::{BootError, EvidenceRoot},
    init::InitError,
    kms::{Endpoint, Endpoints},
    nsm::{Device, Nsm, Resigned},
    tls::Roots,
    transport::{DialAddress, ListenAddress},
};

/// Where an image for the emulator holds its arguments, one a line.
const IN_IMAGE: &str = "/etc/vouchsafe/arguments";

/// The enclave in local mode: a software NSM under a root of its own, and a mock KMS.
#[derive(Debug, Parser)]
#[command(
    name = "vouchsafe-enclave",
    version,
    after_help = "Example:\n  \
    vouchsafe-enclave --listen unix:enclave.sock --parent unix:egress.sock \\\n    \
    --mock-state state --kms-endpoint https://127.0.0.1:8443 --kms-ca state/kms/ca.pem"
)]
struct Arguments {
    /// Where to listen: unix:PATH or vsock:PORT.
    #[arg(long)]
    listen: ListenAddress,
    /// The parent's egress proxy: unix:PATH or vsock:CID:PORT.
    #[arg(long)]
    parent: DialAddress,
    /// Directory made by `vouchsafe-mock init`.
    #[arg(long)]
    mock_state: PathBuf,
    /// The mock KMS, https://HOST:PORT.
    #[arg(long)]
    kms_endpoint: Endpoint,
    /// PEM file with the authority of its certificate.
    #[arg(long)]
    kms_ca: PathBuf,
    /// Which security module.
    #[arg(long, default_value = "software")]
    nsm: Module,
    /// What goes wrong with the software NSM.
    #[arg(long)]
    mock_fault: Vec<Fault>,
    /// How far the software NSM's clock is ahead of this machine's, milliseconds.
    #[arg(long, default_value_t, allow_negative_numbers = true)]
    mock_clock_skew_ms: i64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Module {
    /// In software, and the kernel's files are those recorded in the state.
    Software,
    /// The device of an emulated Nitro machine, its documents signed here; the kernel's own files.
    Device,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Fault {
    /// PCR0, 1 and 2 are zero, as in debug mode.
    Debug,
    /// Documents are signed under another root.
    WrongRoot,
    /// There is no evidence.
    NoAttestation,
    /// Registers cannot be locked.
    NoLock,
    /// There is no entropy.
    NoRandom,
    /// Entropy is the same byte again and again.
    ConstantRandom,
}

impl Measured {
    /// Whether this is an image for the emulator.
    pub(crate) fn is_there() -> bool {
        Path::new(IN_IMAGE).exists()
    }

    /// Reads the arguments in the image, and where the parent is from them.
    pub(crate) fn load() -> Result<Self, InitError> {
        std::fs::read_to_string(IN_IMAGE)
            .ok()
            .and_then(|text| Self::parse(&text))
            .ok_or(InitError::Arguments)
    }

    fn parse(text: &str) -> Option<Self> {
        let arguments: Vec<String> = text.lines().map(str::to_owned).collect();
        let name = [env!("CARGO_PKG_NAME").to_owned()];
        let parsed = Arguments::try_parse_from(name.iter().chain(&arguments)).ok()?;
        match parsed.parent {
            DialAddress::Vsock { cid, .. } => Some(Self {
                arguments,
                parent_cid: cid,
            }),
            DialAddress::Unix(_) => None,
        }
    }
}

impl Settings {
    /// The settings of the command line.
    ///
    /// # Errors
    ///
    /// [`BootError`] naming what could not be read.
    pub fn load() -> Result<Self, BootError> {
        let arguments = Arguments::parse();
        eprintln!("MOCK: own NSM root and mock KMS. Nothing here is confidential.");
        let (nsm, system_root) = module(&arguments)?;
        // What callers of this installation pin, whatever the module signs with.
        let root = std::fs::read(arguments.mock_state.join("nsm/root.der"))
            .map(|der| RootFingerprint::of_der(&der))
            .map_err(|_| BootError::MockState)?;
        let ca =
            std::fs::read(&arguments.kms_ca).map_err(|error| BootError::KmsCa(error.kind()))?;
        Ok(Self {
            listen: arguments.listen,
            parent: arguments.parent,
            system_root,
            nsm,
            evidence_root: EvidenceRoot::Mock(root),
            endpoints: Endpoints::Fixed(arguments.kms_endpoint),
            roots: Roots::from_pem(&ca)?,
        })
    }
}

/// The security module, and where the kernel's files are that go with it.
fn module(arguments: &Arguments) -> Result<(Box<dyn Nsm>, PathBuf), BootError> {
    let state = &arguments.mock_state;
    match arguments.nsm {
        Module::Software => Ok((Box::new(software(arguments)?), state.join("system"))),
        Module::Device => {
            let resigner = Resigner::load(state).map_err(|_| BootError::MockState)?;
            let nsm = Resigned::new(Device::open()?, resigner);
            Ok((Box::new(nsm), "/".into()))
        }
    }
}

fn software(arguments: &Arguments) -> Result<SoftwareNsm, BootError> {
    let executable = std::env::current_exe()
        .and_then(std::fs::read)
        .map_err(|error| BootError::Executable(error.kind()))?;
    let nsm = SoftwareNsm::for_executable(&arguments.mock_state, &executable)
        .map_err(|_| BootError::MockState)?;
    let skew = arguments.mock_clock_skew_ms;
    let nsm = nsm.with_clock(Box::new(move || {
        UnixMillis(nsm::system_clock().0.saturating_add_signed(skew))
    }));
    let has = |fault| arguments.mock_fault.contains(&fault);
    nsm.set_faults(Faults {
        debug_mode: has(Fault::Debug),
        wrong_root: has(Fault::WrongRoot),
        attestation_fails: has(Fault::NoAttestation),
        locks_do_nothing: has(Fault::NoLock),
        random_fails: has(Fault::NoRandom),
        random_is_constant: has(Fault::ConstantRandom),
        ..Faults::default()
    });
    Ok(nsm)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARGUMENTS: &str = "--listen\nvsock:5005\n--parent\nvsock:2:5006\n\
        --mock-state\n/etc/vouchsafe/state\n--nsm\ndevice\n\
        --kms-endpoint\nhttps://127.0.0.1:8443\n--kms-ca\n/etc/vouchsafe/state/kms/ca.pem\n";

    #[test]
    fn an_image_names_its_arguments_one_a_line_and_its_parent_among_them() {
        let measured = Measured::parse(ARGUMENTS).expect("the arguments of an image");
        assert_eq!(measured.parent_cid, 2);
        assert_eq!(measured.arguments.len(), 12);
        assert_eq!(measured.arguments[..2], ["--listen", "vsock:5005"]);
    }

    #[test]
    fn arguments_that_are_none_or_name_no_parent_over_vsock_are_refused() {
        for bad in [
            String::new(),
            "--help\n".into(),
            ARGUMENTS.replace("--nsm\ndevice", "--nsm\nother"),
            ARGUMENTS.replace("vsock:2:5006", "unix:parent.sock"),
            ARGUMENTS.replace("--listen\nvsock:5005\n", "--listen vsock:5005\n"),
        ] {
            assert_eq!(Measured::parse(&bad), None, "{bad}");
        }
    }
}
