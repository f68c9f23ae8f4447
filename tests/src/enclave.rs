//! The enclave of a deployment, wherever it runs.

use std::time::Duration;

use crate::{emulator::RunningEnclave, process::Process};

/// A running enclave.
#[derive(Debug)]
pub enum Enclave {
    /// A process of this machine.
    Process(Process),
    /// An image on a machine of its own.
    Machine(RunningEnclave),
}

impl Enclave {
    /// What it has said so far.
    pub fn log(&self) -> String {
        match self {
            Self::Process(process) => process.log(),
            Self::Machine(machine) => machine.console(),
        }
    }

    /// Its process on this machine.
    pub fn id(&self) -> u32 {
        match self {
            Self::Process(process) => process.id(),
            Self::Machine(machine) => machine.id(),
        }
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        match self {
            Self::Process(process) => process.has_ended(),
            Self::Machine(machine) => machine.has_ended(),
        }
    }

    /// Ends it at once, as a crash would.
    pub fn kill(&mut self) {
        match self {
            Self::Process(process) => process.kill(),
            Self::Machine(machine) => machine.kill(),
        }
    }

    /// It must end by itself and say last on its console why it does not start. A process ends with
    /// status 1; a machine ends with its enclave, and process 1 says the status.
    pub fn assert_refused_to_start(&mut self, why: &str, patience: Duration) {
        let refusal = format!("vouchsafe-enclave: refuses to start: {why}");
        match self {
            Self::Process(process) => {
                let ended = process.exit_code(patience);
                let console = process.log();
                assert_eq!(console.lines().last(), Some(&*refusal), "{console}");
                assert_eq!(ended, Some(1), "{console}");
            }
            Self::Machine(machine) => {
                let ended = machine.exit_code(patience);
                let console = machine.console();
                let mut own = console
                    .lines()
                    .filter(|line| line.starts_with("vouchsafe-"));
                let status = "vouchsafe-init: the enclave ended with status 1";
                assert_eq!(own.next_back(), Some(status), "{console}");
                assert_eq!(own.next_back(), Some(&*refusal), "{console}");
                assert_eq!(ended, Some(0), "{console}");
            }
        }
    }
}
