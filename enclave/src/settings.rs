//! Where an enclave listens, whom it asks and what it believes.
//!
//! In a released build these are facts of the image: no argument, environment or message changes
//! them. A mock build takes them from its command line, so that the same code runs on a laptop.

use std::path::PathBuf;

use crate::{
    boot::EvidenceRoot,
    kms::Endpoints,
    nsm::Nsm,
    tls::Roots,
    transport::{DialAddress, ListenAddress},
};

/// Everything that differs between a real enclave and a mock one.
pub struct Settings {
    /// Where the parent finds the enclave.
    pub listen: ListenAddress,
    /// Where the enclave finds the parent.
    pub parent: DialAddress,
    /// Under which directory the kernel's files are that the boot looks at.
    pub system_root: PathBuf,
    /// The security module.
    pub nsm: Box<dyn Nsm>,
    /// Under which root its documents must stand.
    pub evidence_root: EvidenceRoot,
    /// Where KMS is.
    pub endpoints: Endpoints,
    /// By which certificates KMS proves itself.
    pub roots: Roots,
}

#[cfg(not(feature = "mock"))]
mod released {
    use super::Settings;
    use crate::{
        boot::{BootError, EvidenceRoot},
        kms::Endpoints,
        nsm::Device,
        tls::Roots,
        transport::{EGRESS, LISTEN},
    };

    impl Settings {
        /// The settings of a released image.
        ///
        /// # Errors
        ///
        /// [`BootError::Argument`] for any argument, [`BootError::Nsm`] without a device.
        pub fn load() -> Result<Self, BootError> {
            if std::env::args_os().nth(1).is_some() {
                return Err(BootError::Argument);
            }
            Ok(Self {
                listen: LISTEN,
                parent: EGRESS,
                system_root: "/".into(),
                nsm: Box::new(Device::open()?),
                evidence_root: EvidenceRoot::Aws,
                endpoints: Endpoints::Aws,
                roots: Roots::amazon()?,
            })
        }
    }
}

#[cfg(feature = "mock")]
mod mock {
    use std::path::PathBuf;

    use clap::{Parser, ValueEnum};
    use vouchsafe_common::{UnixMillis, attestation::RootFingerprint};
    use vouchsafe_mock::nsm::{self, Faults, SoftwareNsm};

    use super::Settings;
    use crate::{
        boot::{BootError, EvidenceRoot},
        kms::{Endpoint, Endpoints},
        tls::Roots,
        transport::{DialAddress, ListenAddress},
    };

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
        /// What goes wrong with the software NSM.
        #[arg(long)]
        mock_fault: Vec<Fault>,
        /// How far the module's clock is ahead of this machine's, milliseconds.
        #[arg(long, default_value_t, allow_negative_numbers = true)]
        mock_clock_skew_ms: i64,
    }

    #[derive(Clone, Copy, Debug, ValueEnum)]
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

    impl Settings {
        /// The settings of the command line.
        ///
        /// # Errors
        ///
        /// [`BootError`] naming what could not be read.
        pub fn load() -> Result<Self, BootError> {
            let arguments = Arguments::parse();
            eprintln!("MOCK: software NSM and mock KMS. Nothing here is confidential.");
            let executable = std::env::current_exe()
                .and_then(std::fs::read)
                .map_err(|error| BootError::Executable(error.kind()))?;
            let nsm = SoftwareNsm::for_executable(&arguments.mock_state, &executable)
                .map_err(|_| BootError::MockState)?;
            // What callers of this installation pin, whatever the module signs with.
            let root = std::fs::read(arguments.mock_state.join("nsm/root.der"))
                .map(|der| RootFingerprint::of_der(&der))
                .map_err(|_| BootError::MockState)?;
            let has = |fault: Fault| {
                arguments
                    .mock_fault
                    .iter()
                    .any(|given| std::mem::discriminant(given) == std::mem::discriminant(&fault))
            };
            let skew = arguments.mock_clock_skew_ms;
            let nsm = nsm.with_clock(Box::new(move || {
                UnixMillis(nsm::system_clock().0.saturating_add_signed(skew))
            }));
            nsm.set_faults(Faults {
                debug_mode: has(Fault::Debug),
                wrong_root: has(Fault::WrongRoot),
                attestation_fails: has(Fault::NoAttestation),
                locks_do_nothing: has(Fault::NoLock),
                random_fails: has(Fault::NoRandom),
                random_is_constant: has(Fault::ConstantRandom),
                ..Faults::default()
            });
            let ca =
                std::fs::read(&arguments.kms_ca).map_err(|error| BootError::KmsCa(error.kind()))?;
            Ok(Self {
                listen: arguments.listen,
                parent: arguments.parent,
                system_root: arguments.mock_state.join("system"),
                nsm: Box::new(nsm),
                evidence_root: EvidenceRoot::Mock(root),
                endpoints: Endpoints::Fixed(arguments.kms_endpoint),
                roots: Roots::from_pem(&ca)?,
            })
        }
    }
}
