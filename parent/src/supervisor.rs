//! Keeps an enclave running: starts it, waits until it serves, starts it again, replaces it.
//!
//! What happens when is decided by [`policy`], which does no I/O; [`driver`] watches and acts; a
//! [`runner`] is what starts and ends enclaves. The supervisor is trusted with availability and
//! nothing more: what an enclave is, callers and KMS see from its evidence. Read [`policy`] first,
//! then [`driver`].

mod driver;
pub mod nitro_cli;
pub mod plan;
pub mod policy;
pub mod process;
pub mod runner;
pub mod settings;
mod tool;

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::config::Limits;
use crate::limits::ByteBudget;
use crate::metrics::Metrics;
use crate::relay::Relay;
use driver::Driver;
use nitro_cli::NitroCli;
use plan::Plan;
use process::Processes;
use runner::{Runner, RunnerError};
use settings::{RunnerKind, Supervision};

/// Settings read anew that wait to be looked at.
const MAX_RELOADS: usize = 4;

/// A supervisor that has read its image and has started nothing yet.
#[derive(Debug)]
pub struct Supervisor {
    settings: Supervision,
    plan: Arc<Plan>,
    reload: mpsc::Sender<Supervision>,
    reloads: mpsc::Receiver<Supervision>,
}

/// What it needs of the parent.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Where enclaves are taken in and out.
    pub relay: Arc<Relay>,
    /// For the streams of the status question.
    pub budget: ByteBudget,
    /// Where it counts.
    pub metrics: Arc<Metrics>,
    /// How long a request may be under way.
    pub limits: Limits,
}

impl Supervisor {
    /// Reads the image that `settings` name.
    ///
    /// # Errors
    ///
    /// [`RunnerError::ImageUnreadable`].
    pub async fn new(settings: Supervision) -> Result<Self, RunnerError> {
        let plan = Plan::read(&settings).await?;
        let (reload, reloads) = mpsc::channel(MAX_RELOADS);
        Ok(Self {
            settings,
            plan,
            reload,
            reloads,
        })
    }

    /// Where settings that were read anew are sent. Image, size, debug and command count; the rest
    /// of them is for the next start of the parent.
    pub fn reload(&self) -> mpsc::Sender<Supervision> {
        self.reload.clone()
    }

    /// Starts to supervise.
    pub fn start(self, surroundings: Surroundings) -> Supervising {
        match self.settings.runner {
            RunnerKind::NitroCli => {
                let patience = self.settings.ready_timeout();
                let program = self.settings.nitro_cli.clone();
                self.start_with(NitroCli::new(program, patience), surroundings)
            }
            RunnerKind::Command => self.start_with(Processes::default(), surroundings),
        }
    }

    fn start_with<R: Runner>(self, runner: R, surroundings: Surroundings) -> Supervising {
        let (stop, stopped) = oneshot::channel();
        let driver = Driver::new(runner, &self.settings, self.plan, surroundings);
        let task = tokio::spawn(driver.run(self.reloads, stopped));
        Supervising { stop, task }
    }
}

/// A supervisor at work. Its enclaves outlive it unless it is told to [`Self::stop`].
#[derive(Debug)]
pub struct Supervising {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Supervising {
    /// Ends its enclaves; returns when they have, or have been given up.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        // A driver that panicked has been reported by the runtime.
        let _ = self.task.await;
    }
}
