//! Where an enclave listens, whom it asks and what it believes.
//!
//! In a released build these are facts of the image: no argument, environment or message changes
//! them. A mock build takes them from its command line, so that the same code runs on a laptop, or,
//! as process 1, from a file of the image. Next: `settings/mock.rs`.

#[cfg(feature = "mock")]
mod mock;

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

/// What process 1 takes from the image, all of it measured.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Measured {
    /// What the enclave is started with; a released one with nothing.
    pub arguments: Vec<String>,
    /// The parent's context id.
    pub parent_cid: u32,
}

#[cfg(not(feature = "mock"))]
mod released {
    use super::{Measured, Settings};
    use crate::{
        boot::{BootError, EvidenceRoot},
        init::InitError,
        kms::Endpoints,
        nsm::Device,
        tls::Roots,
        transport::{DialAddress, EGRESS, LISTEN},
    };

    impl Measured {
        /// Whether this is an image of ours: what is released is nothing else.
        pub(crate) const fn is_there() -> bool {
            true
        }

        /// Facts of the code.
        #[expect(clippy::unnecessary_wraps, reason = "a mock build reads a file")]
        pub(crate) const fn load() -> Result<Self, InitError> {
            let DialAddress::Vsock { cid, .. } = EGRESS;
            Ok(Self {
                arguments: Vec::new(),
                parent_cid: cid,
            })
        }
    }

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
