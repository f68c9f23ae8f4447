//! A KMS for local use: AWS JSON 1.1 over TLS, signatures, key policies, attestation, CMS replies.
//!
//! A request passes, in this order: TLS and HTTP ([`server`]), its signature ([`sigv4`]), the
//! operation's own checks ([`operations`]), the attestation document ([`recipient`]), the key's
//! policy ([`vouchsafe_common::key_policy`]), and only then the key ([`store`]). Errors carry the names of the real
//! service ([`error`]).
//!
//! Trusts the state directory of its installation and nothing that arrives over the network. Not
//! here: grants, aliases, key pairs, rotation, IAM beyond a list of action patterns per principal.

pub mod client;
pub mod cms;
pub mod control;
pub mod error;
pub mod operations;
pub mod principals;
pub mod recipient;
pub mod server;
pub mod sigv4;
pub mod store;
pub mod wire;

pub use server::{KmsConfig, KmsServer, RunningKms, StartError};

/// Where the server takes the time from; tests give it a fixed one.
pub type Clock = std::sync::Arc<dyn Fn() -> std::time::SystemTime + Send + Sync>;

/// The machine's clock.
pub fn system_clock() -> Clock {
    std::sync::Arc::new(std::time::SystemTime::now)
}

/// Region an installation answers for unless told otherwise.
pub const DEFAULT_REGION: &str = "eu-central-1";

/// Milliseconds since 1970; a clock before that counts as 1970.
pub fn unix_millis(time: std::time::SystemTime) -> vouchsafe_common::UnixMillis {
    let since = time
        .duration_since(std::time::SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    vouchsafe_common::UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    /// A folder of vectors that others made: under `VOUCHSAFE_VECTORS`, or beside the workspace.
    /// `None` says so and skips the test.
    pub(super) fn vectors(folder: &str) -> Option<PathBuf> {
        let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors");
        let folder = std::env::var_os("VOUCHSAFE_VECTORS")
            .map_or_else(beside, PathBuf::from)
            .join(folder);
        if folder.exists() {
            return Some(folder);
        }
        eprintln!("SKIPPED: no {}; set VOUCHSAFE_VECTORS", folder.display());
        None
    }
}
