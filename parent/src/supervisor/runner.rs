//! What can start and end enclaves, and why it could not.
//!
//! A runner does one thing at a time and decides nothing: when and what is [`super::policy`]'s.
//! What its tools print is bounded, read as data and never repeated in a log; an error is a code
//! and a number. Next: [`super::nitro_cli`] on an instance, [`super::process`] on any machine.

use std::io;
use std::path::PathBuf;

use super::plan::Launch;

/// Starts, lists and ends enclaves.
pub trait Runner: Send + Sync + 'static {
    /// Starts an enclave; returns when it runs, ready or not.
    fn run(&self, launch: &Launch) -> impl Future<Output = Result<(), RunnerError>> + Send;

    /// Lists what it runs.
    fn describe(&self) -> impl Future<Output = Result<Vec<Running>, RunnerError>> + Send;

    /// Ends the enclave of this name. That there is none is a success.
    fn terminate(&self, name: &str) -> impl Future<Output = Result<(), RunnerError>> + Send;

    /// Writes the console of an enclave in debug mode to the log, until it ends.
    fn console(&self, name: &str) -> impl Future<Output = ()> + Send;
}

/// One enclave that a runner lists.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Running {
    /// As it was given in [`Launch`].
    pub name: String,
    /// Its context id.
    pub cid: u32,
    /// Not starting and not ending.
    pub running: bool,
    /// With a console, and without measurements.
    pub debug: bool,
}

/// The number of an error of `nitro-cli`, 27 for `E27`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cause(pub u8);

/// Why a runner did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum RunnerError {
    /// The program cannot be started.
    #[error("cannot start {}", program.display())]
    Unavailable {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The program did not end in time, and was ended.
    #[error("the program took too long")]
    Late,
    /// The program says that it failed.
    #[error("the program failed (exit {exit:?}, cause {cause:?})")]
    Failed {
        /// Exit code, if no signal ended it.
        exit: Option<i32>,
        /// What it names as the cause.
        cause: Option<Cause>,
    },
    /// It printed more than is read.
    #[error("the program printed more than {limit} bytes")]
    TooLong {
        /// The bound.
        limit: usize,
    },
    /// What it printed is not what its version prints, or not about what was asked.
    #[error("the program's answer is not understood")]
    BadAnswer,
    /// The image cannot be read.
    #[error("cannot read the image {}", path.display())]
    ImageUnreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The image is another one than when it was named.
    #[error("the image {} was replaced", path.display())]
    ImageChanged {
        /// The file.
        path: PathBuf,
    },
}

impl RunnerError {
    /// The stable name for logs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "runner_unavailable",
            Self::Late => "runner_late",
            Self::Failed { .. } => "runner_failed",
            Self::TooLong { .. } => "runner_output_too_long",
            Self::BadAnswer => "runner_bad_answer",
            Self::ImageUnreadable { .. } => "image_unreadable",
            Self::ImageChanged { .. } => "image_changed",
        }
    }

    /// The number that `nitro-cli` gives its cause.
    pub const fn cause(&self) -> Option<u8> {
        match self {
            Self::Failed {
                cause: Some(Cause(number)),
                ..
            } => Some(*number),
            _ => None,
        }
    }

    /// What an operator can do about it.
    pub const fn advice(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "install the program, or name its path in [supervisor]",
            Self::Late => {
                "see the log of the program; raise ready_timeout_ms if the machine is slow"
            }
            Self::Failed { cause, .. } => match cause {
                Some(Cause(7)) => "the parent's user needs the sockets of nitro-cli: group ne",
                Some(Cause(20..=24)) => {
                    "the allocator sets too few processors aside for two enclaves"
                }
                Some(Cause(26)) => "memory_mib must be four times the size of the image",
                Some(Cause(27)) => "the allocator sets too little memory aside for two enclaves",
                Some(Cause(28..=33)) => {
                    "the device /dev/nitro_enclaves refuses; see the kernel's log"
                }
                Some(Cause(35 | 59)) => "the image is damaged; verify it against its release",
                Some(Cause(36)) => {
                    "the enclave did not boot; docs/BOOT.md, and debug = true shows why"
                }
                _ => "run the same command by hand; nitro-cli explain tells what a cause is",
            },
            Self::TooLong { .. } | Self::BadAnswer => {
                "the program is of a version that is not known here; 1.5.2 is"
            }
            Self::ImageUnreadable { .. } => {
                "name an image that the parent's user may read in [supervisor]"
            }
            Self::ImageChanged { .. } => "give each image a path of its own and send SIGHUP",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_names_every_code_and_each_comes_with_advice() {
        let manual = include_str!("../../../docs/SUPERVISOR.md");
        let (program, path) = (PathBuf::new(), PathBuf::new());
        let source = || io::Error::from(io::ErrorKind::NotFound);
        let failed = |number| RunnerError::Failed {
            exit: Some(1),
            cause: Some(Cause(number)),
        };
        let mut errors = vec![
            RunnerError::Unavailable {
                program,
                source: source(),
            },
            RunnerError::Late,
            RunnerError::TooLong { limit: 1 },
            RunnerError::BadAnswer,
            RunnerError::ImageUnreadable {
                path: path.clone(),
                source: source(),
            },
            RunnerError::ImageChanged { path },
        ];
        errors.extend((0..100).map(failed));
        for error in errors {
            let row = format!("`{}`", error.code());
            assert!(manual.contains(&row), "{row} is not in the manual");
            assert!(error.advice().len() > 20, "{error}");
        }
    }
}
