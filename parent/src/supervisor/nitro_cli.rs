//! Enclaves by `nitro-cli`: its arguments, and what it answers.
//!
//! The shapes are those of version 1.5.2: `run-enclave` and `terminate-enclave` print one object,
//! `describe-enclaves` a list. Members that are not needed are not looked at, so that later
//! versions may add some. Enclaves are ended by the name they were given, because a start that was
//! interrupted has told no id. Next: [`super::tool`] for the call itself.

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};
use tracing::info;

use super::plan::Launch;
use super::runner::{Runner, RunnerError, Running};
use super::tool::{call, spawn};

/// Time to list enclaves. `nitro-cli` itself waits three seconds for each that does not answer.
const DESCRIBE_PATIENCE: Duration = Duration::from_secs(15);

/// Time to end an enclave.
const TERMINATE_PATIENCE: Duration = Duration::from_secs(30);

/// Longest line of a console that is logged whole, bytes.
const MAX_CONSOLE_LINE_BYTES: u64 = 1024;

/// The command.
#[derive(Clone, Debug)]
pub struct NitroCli {
    program: PathBuf,
    run_patience: Duration,
}

/// What `run-enclave` prints.
#[derive(Deserialize)]
struct Ran {
    #[serde(rename = "EnclaveName")]
    name: String,
    #[serde(rename = "EnclaveCID")]
    cid: u64,
}

/// What `terminate-enclave` prints.
#[derive(Deserialize)]
struct Terminated {
    #[serde(rename = "Terminated")]
    terminated: bool,
}

/// An entry of what `describe-enclaves` prints.
#[derive(Deserialize)]
struct Described {
    /// Enclaves of versions before names have none; they are not ours.
    #[serde(rename = "EnclaveName", default)]
    name: String,
    #[serde(rename = "EnclaveCID")]
    cid: u64,
    #[serde(rename = "State")]
    state: String,
    #[serde(rename = "Flags")]
    flags: String,
}

impl NitroCli {
    /// The command at `program`, whose `run-enclave` may take `run_patience`.
    pub const fn new(program: PathBuf, run_patience: Duration) -> Self {
        Self {
            program,
            run_patience,
        }
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        arguments: &[&str],
        patience: Duration,
    ) -> Result<T, RunnerError> {
        let printed = call(&self.program, arguments, patience).await?;
        serde_json::from_slice(&printed).map_err(|_| RunnerError::BadAnswer)
    }
}

impl Runner for NitroCli {
    async fn run(&self, launch: &Launch) -> Result<(), RunnerError> {
        let plan = &launch.plan;
        let eif = plan.eif.to_str().ok_or(RunnerError::BadAnswer)?;
        let (cpu_count, memory_mib, cid) = (
            plan.cpu_count.to_string(),
            plan.memory_mib.to_string(),
            launch.cid.to_string(),
        );
        let mut arguments = vec![
            "run-enclave",
            "--cpu-count",
            &cpu_count,
            "--memory",
            &memory_mib,
            "--eif-path",
            eif,
            "--enclave-cid",
            &cid,
            "--enclave-name",
            &launch.name,
        ];
        if plan.debug {
            arguments.push("--debug-mode");
        }
        let ran: Ran = self.ask(&arguments, self.run_patience).await?;
        if ran.name == launch.name && ran.cid == u64::from(launch.cid) {
            Ok(())
        } else {
            Err(RunnerError::BadAnswer)
        }
    }

    async fn describe(&self) -> Result<Vec<Running>, RunnerError> {
        let listed: Vec<Described> = self.ask(&["describe-enclaves"], DESCRIBE_PATIENCE).await?;
        let running = |described: Described| {
            Ok(Running {
                name: described.name,
                cid: u32::try_from(described.cid).map_err(|_| RunnerError::BadAnswer)?,
                running: described.state == "RUNNING",
                debug: described.flags == "DEBUG_MODE",
            })
        };
        listed.into_iter().map(running).collect()
    }

    async fn terminate(&self, name: &str) -> Result<(), RunnerError> {
        let arguments = ["terminate-enclave", "--enclave-name", name];
        let asked = self.ask::<Terminated>(&arguments, TERMINATE_PATIENCE).await;
        let failed = match asked {
            Ok(answer) if answer.terminated => return Ok(()),
            Ok(_) => RunnerError::BadAnswer,
            Err(error) => error,
        };
        // It fails for an enclave that is gone already, too; the list tells the two apart.
        let listed = self.describe().await?;
        if listed.iter().any(|running| running.name == name) {
            Err(failed)
        } else {
            Ok(())
        }
    }

    async fn console(&self, name: &str) {
        let arguments = ["console", "--enclave-name", name];
        let Ok(mut child) = spawn(&self.program, &arguments) else {
            return;
        };
        drop(child.stderr.take());
        if let Some(stdout) = child.stdout.take() {
            log_lines(name, stdout).await;
        }
    }
}

/// Logs each line; a long one in pieces.
async fn log_lines(name: &str, console: impl AsyncRead + Unpin) {
    let mut console = BufReader::new(console);
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut bounded = (&mut console).take(MAX_CONSOLE_LINE_BYTES);
        match bounded.read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(&line);
        info!(enclave = name, console = text.trim_end(), "console");
    }
}
