//! Why an enclave did not start: one variant, one code and one line on the console for each.
//!
//! What to do about each is in docs/BOOT.md, which a test holds to this list. The texts name what
//! was found below the enclave (a file, a register, a number), never anything that it was given to
//! keep.

use std::io::ErrorKind;

use vouchsafe_common::{attestation::AttestationError, bundle::BundleError};
use vouchsafe_pii::{custom::ListError, granted::GrantedError};

use super::{entropy::EntropyError, process::ProcessError, system::SystemError};
use crate::{
    egress::EgressError,
    nsm::{ClockError, NsmError},
    recipient::RecipientError,
    tls::TlsError,
};

/// Why an enclave did not start.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BootError {
    /// A released enclave takes no argument.
    #[cfg(not(feature = "mock"))]
    #[error("a released enclave takes no argument: its settings are measured")]
    Argument,
    /// The process could not be closed off from the rest of its machine.
    #[error("process: {0}")]
    Process(#[from] ProcessError),
    /// The async runtime did not start.
    #[error("no threads to work on: {0}")]
    Runtime(ErrorKind),
    /// The kernel below is not as an enclave needs it.
    #[error("system: {0}")]
    System(#[from] SystemError),
    /// The security module is missing or failed.
    #[error("security module: {0}")]
    Nsm(#[from] NsmError),
    /// PCR0, 1 or 2 is zero: the enclave was started with a console that shows everything.
    #[error("register {0} is zero: the enclave was started in debug mode")]
    DebugMode(u16),
    /// The security module gave no entropy that can be used.
    #[error("entropy: {0}")]
    Entropy(#[from] EntropyError),
    /// A register that is ours alone was used or locked before us.
    #[error("register {0} is not as the hypervisor leaves it")]
    RegisterUsed(u16),
    /// A register does not hold what was measured into it.
    #[error("register {0} does not hold what was measured")]
    RegisterContent(u16),
    /// A register is still open after it was locked.
    #[error("register {0} did not lock")]
    RegisterOpen(u16),
    /// The parent gave no trust anchor and bundle.
    #[error("boot material: {0}")]
    Material(#[from] EgressError),
    /// More or longer boot material than an enclave takes.
    #[error("boot material is over its bounds")]
    MaterialTooLong,
    /// The trust anchor is not acceptable.
    #[error("trust anchor: {0}")]
    TrustAnchor(BundleError),
    /// The policy bundle is not acceptable.
    #[error("policy bundle: {0}")]
    Bundle(BundleError),
    /// A recogniser of the policy cannot be run.
    #[error("policy bundle: {0}")]
    Recogniser(#[from] ListError),
    /// A grant of the policy names what no request can ask for.
    #[error("policy bundle: {0}")]
    Granted(#[from] GrantedError),
    /// There is no time.
    #[error("clock: {0}")]
    Clock(#[from] ClockError),
    /// No RSA key could be made.
    #[error("recipient key: {0}")]
    Recipient(#[from] RecipientError),
    /// TLS could not be set up.
    #[error("TLS: {0}")]
    Tls(#[from] TlsError),
    /// The operating system gave no randomness.
    #[error("no randomness")]
    Randomness,
    /// The security module made no document about the keys.
    #[error("the security module vouches for no keys of this enclave")]
    NoEvidence,
    /// A caller would refuse what the security module says of this enclave, for this reason.
    #[error("a caller would refuse this enclave's evidence: {0}")]
    OwnEvidence(AttestationError),
    /// The address to listen at cannot be had.
    #[error("cannot listen: {0}")]
    Listen(ErrorKind),
    /// The executable cannot be read to measure it (mock builds).
    #[cfg(feature = "mock")]
    #[error("cannot read the executable: {0}")]
    Executable(ErrorKind),
    /// The mock's state cannot be read (mock builds).
    #[cfg(feature = "mock")]
    #[error("cannot read the mock's state: run `vouchsafe-mock init` first")]
    MockState,
    /// The mock KMS's authority cannot be read (mock builds).
    #[cfg(feature = "mock")]
    #[error("cannot read the authority of the mock KMS: {0}")]
    KmsCa(ErrorKind),
}

impl BootError {
    /// The stable name of this error; that of its cause where the cause has one.
    pub fn code(&self) -> &'static str {
        match self {
            #[cfg(not(feature = "mock"))]
            Self::Argument => "argument",
            Self::Process(error) => error.code(),
            Self::Runtime(_) => "runtime",
            Self::System(error) => error.code(),
            Self::Nsm(error) => error.code(),
            Self::DebugMode(_) => "debug_mode",
            Self::Entropy(error) => error.code(),
            Self::RegisterUsed(_) => "register_used",
            Self::RegisterContent(_) => "register_content",
            Self::RegisterOpen(_) => "register_open",
            Self::Material(error) => error.code(),
            Self::MaterialTooLong => "boot_material_too_long",
            Self::TrustAnchor(_) => "trust_anchor",
            Self::Bundle(_) => "policy_bundle",
            Self::Recogniser(_) => "bundle_recogniser",
            Self::Granted(_) => "bundle_granted",
            Self::Clock(error) => error.code(),
            Self::Recipient(error) => error.code(),
            Self::Tls(error) => error.code(),
            Self::Randomness => "no_randomness",
            Self::NoEvidence => "evidence_unavailable",
            Self::OwnEvidence(error) => error.code(),
            Self::Listen(_) => "listen",
            #[cfg(feature = "mock")]
            Self::Executable(_) => "mock_executable",
            #[cfg(feature = "mock")]
            Self::MockState => "mock_state",
            #[cfg(feature = "mock")]
            Self::KmsCa(_) => "mock_kms_ca",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    const MANUAL: &str = include_str!("../../../docs/BOOT.md");

    /// The codes that these sources give.
    fn codes() -> BTreeSet<&'static str> {
        let sources = [
            include_str!("entropy.rs"),
            include_str!("error.rs"),
            include_str!("process.rs"),
            include_str!("system.rs"),
            include_str!("../init.rs"),
            include_str!("../nsm.rs"),
            include_str!("../nsm/clock.rs"),
            include_str!("../tls.rs"),
        ];
        let lines = sources.into_iter().flat_map(str::lines);
        let mut codes: BTreeSet<_> = lines
            .filter_map(|line| line.trim().split_once(" => \"")?.1.strip_suffix("\","))
            .collect();
        // The rest of these families is for other occasions.
        codes.extend([
            "egress_unreachable",
            "egress_deadline",
            "egress_no_answer",
            "egress_no_boot_material",
            "recipient_key_generation",
        ]);
        codes
    }

    #[test]
    fn the_manual_says_what_to_do_about_every_refusal_and_knows_no_other() {
        let rows = MANUAL.lines().filter(|line| line.starts_with("| `"));
        let cells = rows.map(|row| row.split('|').nth(1).unwrap_or_default());
        let listed: BTreeSet<_> = cells
            .flat_map(|cell| cell.split(','))
            .map(|code| code.trim().trim_matches('`'))
            .collect();
        assert_eq!(listed, codes());
        assert!(listed.len() > 40, "{}", listed.len());
    }
}
