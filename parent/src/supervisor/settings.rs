//! `[supervisor]` of the configuration.
//!
//! Without it the parent starts no enclave and ends none. Next: [`super::plan`] for what an enclave
//! is made from, [`super::policy`] for what the times mean.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::plan::Places;
use super::policy::{Bounds, SLOTS, Slot};

/// What starts and ends enclaves.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunnerKind {
    /// The command `nitro-cli`, on an instance.
    #[default]
    NitroCli,
    /// A command of one's own that runs for as long as the enclave does: local mode, an emulator.
    Command,
}

/// How enclaves are kept running.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Supervision {
    /// `nitro-cli` (default) or `command`.
    #[serde(default)]
    pub runner: RunnerKind,
    /// The image. With the command runner any file that decides what runs.
    pub eif: PathBuf,
    /// Processors of an enclave, 1 to 256. Default 2.
    #[serde(default = "default_cpu_count")]
    pub cpu_count: u32,
    /// Memory of an enclave, MiB, 64 to 1048576. Default 512.
    #[serde(default = "default_memory_mib")]
    pub memory_mib: u64,
    /// Gives the enclave a console and takes its measurements away, so that no key is released to
    /// it. Default false.
    #[serde(default)]
    pub debug: bool,
    /// First of the four context ids that enclaves get. Default 16.
    #[serde(default = "default_cid")]
    pub cid: u32,
    /// The vsock port that enclaves listen on. Default 5005.
    #[serde(default = "default_port")]
    pub port: u32,
    /// The program of the runner `nitro-cli`. Default `/usr/bin/nitro-cli`.
    #[serde(default = "default_nitro_cli")]
    pub nitro_cli: PathBuf,
    /// Program and arguments of the runner `command`.
    #[serde(default)]
    pub command: Vec<String>,
    /// Where an enclave of the runner `command` is dialled.
    #[serde(default)]
    pub address: Option<String>,
    /// Longest pause after the first failure, milliseconds. Default 1000.
    #[serde(default = "default_backoff_min_ms")]
    pub backoff_min_ms: u64,
    /// Longest pause of all, milliseconds. Default 60000.
    #[serde(default = "default_backoff_max_ms")]
    pub backoff_max_ms: u64,
    /// Failures in a row after which it is said that a person must look. Default 5.
    #[serde(default = "default_give_up_after")]
    pub give_up_after: u32,
    /// Time to get ready, milliseconds. Default 60000.
    #[serde(default = "default_ready_timeout_ms")]
    pub ready_timeout_ms: u64,
    /// Time that a replaced enclave keeps its sessions, milliseconds. Default 30000.
    #[serde(default = "default_drain_ms")]
    pub drain_ms: u64,
}

/// Why `[supervisor]` is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SupervisionError {
    /// Enclaves are either started here or by somebody else.
    #[error("[supervisor] and [[enclave]] exclude each other")]
    WithEnclaves,
    /// The runner `command` without one, or without an address.
    #[error("runner = \"command\" needs command and address")]
    CommandMissing,
    /// A command for the runner `nitro-cli`.
    #[error("command and address are for runner = \"command\"")]
    CommandUnused,
    /// `address` is none, or the same for all.
    #[error("address is not unix:, vsock: or hybrid: with {{slot}} or {{cid}} in it")]
    Address,
    /// The shortest pause is longer than the longest.
    #[error("backoff_min_ms is more than backoff_max_ms")]
    Pauses,
}

impl Supervision {
    /// Numbers with their ranges.
    pub(crate) fn ranges(&self) -> [(&'static str, u64, u64, u64); 9] {
        const HOUR_MS: u64 = 3_600_000;
        // Below 4 are the hypervisor, this machine and its host; the topmost means any.
        let last_cid = u64::from(u32::MAX) - u64::from(SLOTS);
        [
            ("supervisor.cpu_count", self.cpu_count.into(), 1, 256),
            ("supervisor.memory_mib", self.memory_mib, 64, 1024 * 1024),
            ("supervisor.cid", self.cid.into(), 4, last_cid),
            (
                "supervisor.port",
                self.port.into(),
                1,
                u64::from(u32::MAX) - 1,
            ),
            ("supervisor.backoff_min_ms", self.backoff_min_ms, 1, HOUR_MS),
            ("supervisor.backoff_max_ms", self.backoff_max_ms, 1, HOUR_MS),
            (
                "supervisor.give_up_after",
                self.give_up_after.into(),
                1,
                1000,
            ),
            (
                "supervisor.ready_timeout_ms",
                self.ready_timeout_ms,
                1,
                HOUR_MS,
            ),
            ("supervisor.drain_ms", self.drain_ms, 0, HOUR_MS),
        ]
    }

    /// What no single number shows.
    ///
    /// # Errors
    ///
    /// [`SupervisionError`] names the keys.
    pub(crate) fn check(&self) -> Result<(), SupervisionError> {
        if self.backoff_min_ms > self.backoff_max_ms {
            return Err(SupervisionError::Pauses);
        }
        match self.runner {
            RunnerKind::NitroCli if self.command.is_empty() && self.address.is_none() => Ok(()),
            RunnerKind::NitroCli => Err(SupervisionError::CommandUnused),
            RunnerKind::Command if self.command.is_empty() || self.address.is_none() => {
                Err(SupervisionError::CommandMissing)
            }
            RunnerKind::Command => {
                let places = Places::new(self);
                let address = |slot| places.address(Slot(slot)).ok();
                match (address(0), address(1)) {
                    (Some(one), Some(other)) if one != other => Ok(()),
                    _ => Err(SupervisionError::Address),
                }
            }
        }
    }

    /// The times of the policy; requests under way have `finish` to end.
    pub(crate) const fn bounds(&self, finish: Duration) -> Bounds {
        Bounds {
            shortest_pause: Duration::from_millis(self.backoff_min_ms),
            longest_pause: Duration::from_millis(self.backoff_max_ms),
            give_up_after: self.give_up_after,
            ready_timeout: self.ready_timeout(),
            drain: Duration::from_millis(self.drain_ms),
            finish,
        }
    }

    /// Time to get ready.
    pub(crate) const fn ready_timeout(&self) -> Duration {
        Duration::from_millis(self.ready_timeout_ms)
    }
}

const fn default_cpu_count() -> u32 {
    2
}

const fn default_memory_mib() -> u64 {
    512
}

const fn default_cid() -> u32 {
    16
}

const fn default_port() -> u32 {
    5005
}

fn default_nitro_cli() -> PathBuf {
    "/usr/bin/nitro-cli".into()
}

const fn default_backoff_min_ms() -> u64 {
    1_000
}

const fn default_backoff_max_ms() -> u64 {
    60_000
}

const fn default_give_up_after() -> u32 {
    5
}

const fn default_ready_timeout_ms() -> u64 {
    60_000
}

const fn default_drain_ms() -> u64 {
    30_000
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;
    use crate::config::{Config, ConfigError};

    fn parsed(supervisor: &str) -> Result<Config, ConfigError> {
        Config::parse(&format!(
            "trust_anchor = \"a\"\nbundle = \"b\"\n[supervisor]\neif = \"e.eif\"\n{supervisor}"
        ))
    }

    #[test]
    fn an_image_is_all_that_an_instance_must_name() {
        let settings = parsed("").unwrap().supervisor.unwrap();
        let expected = Supervision {
            runner: RunnerKind::NitroCli,
            eif: "e.eif".into(),
            cpu_count: 2,
            memory_mib: 512,
            debug: false,
            cid: 16,
            port: 5005,
            nitro_cli: "/usr/bin/nitro-cli".into(),
            command: Vec::new(),
            address: None,
            backoff_min_ms: 1_000,
            backoff_max_ms: 60_000,
            give_up_after: 5,
            ready_timeout_ms: 60_000,
            drain_ms: 30_000,
        };
        assert_eq!(settings, expected);
    }

    #[test]
    fn what_contradicts_itself_is_refused_for_what_it_is() {
        let enclave = "[[enclave]]\naddress = \"unix:e\"\n";
        let command = "runner = \"command\"\ncommand = [\"{eif}\"]\n";
        for (text, expected) in [
            (enclave.to_owned(), SupervisionError::WithEnclaves),
            (
                "backoff_min_ms = 60001".to_owned(),
                SupervisionError::Pauses,
            ),
            (
                "command = [\"x\"]".to_owned(),
                SupervisionError::CommandUnused,
            ),
            (
                "address = \"unix:e\"".to_owned(),
                SupervisionError::CommandUnused,
            ),
            (
                "runner = \"command\"".to_owned(),
                SupervisionError::CommandMissing,
            ),
            (command.to_owned(), SupervisionError::CommandMissing),
            (
                format!("{command}address = \"unix:e\""),
                SupervisionError::Address,
            ),
            (
                format!("{command}address = \"e{{slot}}\""),
                SupervisionError::Address,
            ),
        ] {
            let error = parsed(&text).unwrap_err();
            assert!(
                matches!(error, ConfigError::Supervisor(found) if found == expected),
                "{text}: {error}"
            );
            assert_eq!(error.code(), "config_supervisor");
        }
        for address in [
            "unix:/run/e{slot}",
            "vsock:{cid}:5005",
            "hybrid:/run/{cid}:5005",
        ] {
            assert!(parsed(&format!("{command}address = \"{address}\"")).is_ok());
        }
    }

    #[test]
    fn numbers_outside_their_range_are_refused_by_key() {
        for (line, named) in [
            ("cid = 3", "supervisor.cid"),
            ("cid = 4294967292", "supervisor.cid"),
            ("cpu_count = 0", "supervisor.cpu_count"),
            ("memory_mib = 63", "supervisor.memory_mib"),
            ("give_up_after = 0", "supervisor.give_up_after"),
        ] {
            let error = parsed(line).unwrap_err();
            assert!(
                matches!(error, ConfigError::OutOfRange { key, .. } if key == named),
                "{line}: {error}"
            );
        }
    }
}
