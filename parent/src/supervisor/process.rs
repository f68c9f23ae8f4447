//! Enclaves as processes of this machine: local mode, and emulators.
//!
//! A command of the configuration runs for as long as its enclave does, in a process group of its
//! own. It is told to end by SIGTERM and, when it does not, killed with its group. It gets the
//! parent's environment without the variables of AWS, and writes where the parent logs. Next:
//! [`super::plan`] fills the command in.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io;
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::plan::Launch;
use super::runner::{Runner, RunnerError, Running};

/// Time to end after SIGTERM.
const END_PATIENCE: Duration = Duration::from_secs(3);

/// The processes that were started, by name.
#[derive(Debug, Default)]
pub struct Processes {
    started: Mutex<HashMap<String, Started>>,
}

#[derive(Debug)]
struct Started {
    child: Child,
    cid: u32,
    debug: bool,
}

impl Processes {
    fn started(&self) -> MutexGuard<'_, HashMap<String, Started>> {
        self.started.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Runner for Processes {
    async fn run(&self, launch: &Launch) -> Result<(), RunnerError> {
        let command = launch.command();
        let Some((program, arguments)) = command.split_first() else {
            return Err(RunnerError::BadAnswer);
        };
        let child = spawn(program, arguments).map_err(|source| RunnerError::Unavailable {
            program: PathBuf::from(program),
            source,
        })?;
        let started = Started {
            child,
            cid: launch.cid,
            debug: launch.plan.debug,
        };
        self.started().insert(launch.name.clone(), started);
        Ok(())
    }

    async fn describe(&self) -> Result<Vec<Running>, RunnerError> {
        let mut started = self.started();
        started.retain(|_, process| matches!(process.child.try_wait(), Ok(None)));
        let running = started.iter().map(|(name, process)| Running {
            name: name.clone(),
            cid: process.cid,
            running: true,
            debug: process.debug,
        });
        Ok(running.collect())
    }

    async fn terminate(&self, name: &str) -> Result<(), RunnerError> {
        let Some(mut process) = self.started().remove(name) else {
            return Ok(());
        };
        let id = process.child.id().and_then(|id| i32::try_from(id).ok());
        let Some(group) = id.and_then(Pid::from_raw) else {
            return Ok(());
        };
        // That nobody is left in the group is what is wanted.
        let _ = kill_process_group(group, Signal::TERM);
        let ended = timeout(END_PATIENCE, process.child.wait()).await;
        let _ = kill_process_group(group, Signal::KILL);
        if ended.is_err() {
            let _ = process.child.wait().await;
        }
        Ok(())
    }

    /// Nothing to do: it writes where the parent logs anyway.
    async fn console(&self, _name: &str) {}
}

fn spawn(program: &str, arguments: &[String]) -> io::Result<Child> {
    let output = || io::stderr().as_fd().try_clone_to_owned().map(Stdio::from);
    let aws = |name: &std::ffi::OsStr| name.to_str().is_some_and(|name| name.starts_with("AWS_"));
    Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(std::env::vars_os().filter(|(name, _)| !aws(name)))
        .stdin(Stdio::null())
        .stdout(output()?)
        .stderr(output()?)
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
}
