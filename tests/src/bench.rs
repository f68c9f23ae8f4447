//! The benchmark: what a request costs, beside what its parts must cost at least.
//!
//! [`measure`] starts a whole deployment and measures its parent and enclave from outside, by
//! `/proc`. What must not be counted runs in processes of its own, each this same binary in another
//! [`Role`]: the load, the stand-ins that echo, and the cryptography alone. Only processes that were
//! started here are measured or ended. Next: docs/BENCHMARKS.md says what the numbers mean.

mod aside;
mod crypto;
mod echo;
mod helper;
mod image;
mod load;
mod measure;
mod report;
mod usage;

use std::io::{self, BufRead, Write};

use serde::{Serialize, de::DeserializeOwned};

pub use image::ImageReport;
pub use measure::{Plan, measure};
pub use report::Report;

/// Plaintext of each record, bytes.
pub const RECORD_BYTES: usize = 1024;

/// What this binary does when the benchmark starts it again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Role {
    /// Seals and sends requests.
    Load,
    /// An enclave that answers every request with the same bytes.
    Echo,
    /// A parent that does nothing but pass bytes.
    Pass,
    /// The cryptography of a request, in a loop.
    Crypto,
}

impl Role {
    /// The one argument that asks for it.
    pub const fn argument(self) -> &'static str {
        match self {
            Self::Load => "--as-load",
            Self::Echo => "--as-echo",
            Self::Pass => "--as-pass",
            Self::Crypto => "--as-crypto",
        }
    }

    /// The role that an argument asks for.
    pub fn of_argument(argument: &str) -> Option<Self> {
        [Self::Load, Self::Echo, Self::Pass, Self::Crypto]
            .into_iter()
            .find(|role| role.argument() == argument)
    }

    /// Plays the role until standard input ends.
    ///
    /// # Errors
    ///
    /// What went wrong, for whoever started it to show.
    pub fn play(self) -> io::Result<()> {
        match self {
            Self::Load => load::main(),
            Self::Echo => echo::enclave_main(),
            Self::Pass => echo::parent_main(),
            Self::Crypto => crypto::main(),
        }
    }
}

/// Reads one line of JSON from standard input; `None` at its end.
fn read_line<T: DeserializeOwned>() -> io::Result<Option<T>> {
    let mut line = String::new();
    if io::stdin().lock().read_line(&mut line)? == 0 {
        return Ok(None);
    }
    Ok(Some(serde_json::from_str(&line)?))
}

/// Writes one line of JSON to standard output.
fn write_line(value: &impl Serialize) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(value)?)?;
    out.flush()
}
