//! The Nitro Security Module: measurements, evidence, entropy and the time.
//!
//! [`Nsm`] is one call, answered by the device in a real enclave and by the software NSM in a mock
//! build; [`NsmHandle`] carries calls to the one thread that makes them. The module is trusted: it
//! is the hypervisor's. What it signs is not judged here but by whoever receives it. Nothing here
//! knows what user data means. Next: `nsm/handle.rs`, `nsm/clock.rs`.

mod clock;
mod handle;
#[cfg(feature = "mock")]
mod resigned;
mod time_sources;

use aws_nitro_enclaves_nsm_api::api::{ErrorCode, Request, Response};
use aws_nitro_enclaves_nsm_api::driver;

#[cfg(test)]
pub(crate) use clock::tests::document as document_for_test;
pub(crate) use clock::timestamp;
pub use clock::{ClockError, EnclaveClock, MAX_ANCHOR_AGE};
pub use handle::{AttestationRequest, CALL_DEADLINE, MAX_RANDOM_BYTES, NsmHandle, PcrState};
#[cfg(feature = "mock")]
pub use resigned::Resigned;

/// Something that answers the requests of the NSM API.
pub trait Nsm: Send + Sync {
    /// Answers one request. Blocks for as long as the module takes.
    fn process(&self, request: Request) -> Response;
}

impl Nsm for Box<dyn Nsm> {
    fn process(&self, request: Request) -> Response {
        self.as_ref().process(request)
    }
}

/// Why the module gave no answer that can be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NsmError {
    /// There is no `/dev/nsm`: this is not an enclave.
    #[error("there is no security module")]
    Absent,
    /// The thread that talks to the module could not start or has ended.
    #[error("the security module is not served")]
    Stopped,
    /// No answer within [`CALL_DEADLINE`].
    #[error("the security module did not answer in time")]
    Deadline,
    /// The module said no.
    #[error("the security module refused: {0:?}")]
    Refused(NsmRefusal),
    /// An answer to another question, or a register of another length than SHA-384.
    #[error("the security module gave an unexpected answer")]
    UnexpectedAnswer,
}

impl NsmError {
    /// The stable name of this error.
    pub fn code(self) -> &'static str {
        match self {
            Self::Absent => "nsm_absent",
            Self::Stopped => "nsm_stopped",
            Self::Deadline => "nsm_deadline",
            Self::Refused(_) => "nsm_refused",
            Self::UnexpectedAnswer => "nsm_unexpected_answer",
        }
    }
}

/// What the module names as its reason.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NsmRefusal {
    /// An argument is not allowed.
    InvalidArgument,
    /// There is no such register.
    InvalidIndex,
    /// The module's answer does not fit the request.
    InvalidResponse,
    /// The register is locked.
    ReadOnlyIndex,
    /// The module cannot do this.
    InvalidOperation,
    /// The answer does not fit the buffer.
    BufferTooSmall,
    /// The request is too long.
    InputTooLarge,
    /// The module or its driver failed, or named success as an error.
    InternalError,
}

impl From<ErrorCode> for NsmRefusal {
    fn from(code: ErrorCode) -> Self {
        match code {
            ErrorCode::InvalidArgument => Self::InvalidArgument,
            ErrorCode::InvalidIndex => Self::InvalidIndex,
            ErrorCode::InvalidResponse => Self::InvalidResponse,
            ErrorCode::ReadOnlyIndex => Self::ReadOnlyIndex,
            ErrorCode::InvalidOperation => Self::InvalidOperation,
            ErrorCode::BufferTooSmall => Self::BufferTooSmall,
            ErrorCode::InputTooLarge => Self::InputTooLarge,
            ErrorCode::InternalError | ErrorCode::Success => Self::InternalError,
        }
    }
}

/// The module of a real enclave, behind `/dev/nsm`.
#[derive(Debug)]
pub struct Device {
    descriptor: i32,
}

impl Device {
    /// Opens the device.
    ///
    /// # Errors
    /// [`NsmError::Absent`] when there is none.
    pub fn open() -> Result<Self, NsmError> {
        match driver::nsm_init() {
            descriptor if descriptor < 0 => Err(NsmError::Absent),
            descriptor => Ok(Self { descriptor }),
        }
    }
}

impl Nsm for Device {
    fn process(&self, request: Request) -> Response {
        driver::nsm_process_request(self.descriptor, request)
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        driver::nsm_exit(self.descriptor);
    }
}

#[cfg(feature = "mock")]
impl Nsm for vouchsafe_mock::nsm::SoftwareNsm {
    fn process(&self, request: Request) -> Response {
        vouchsafe_mock::nsm::SoftwareNsm::process(self, request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outside_an_enclave_there_is_no_device() {
        if std::path::Path::new("/dev/nsm").exists() {
            println!("skipped: this machine has a security module");
            return;
        }
        let error = Device::open().expect_err("there is no device");
        assert_eq!((error, error.code()), (NsmError::Absent, "nsm_absent"));
    }

    #[test]
    fn success_named_as_an_error_is_a_fault() {
        assert_eq!(
            NsmRefusal::from(ErrorCode::Success),
            NsmRefusal::InternalError
        );
        assert_eq!(
            NsmRefusal::from(ErrorCode::ReadOnlyIndex),
            NsmRefusal::ReadOnlyIndex
        );
    }
}
