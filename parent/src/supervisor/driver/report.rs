//! What the supervisor writes to the log: codes, numbers and names that it gave itself.

use tracing::{error, info, warn};

use super::super::plan::Launch;
use super::super::policy::Notice;
use super::super::runner::RunnerError;

pub(super) fn starting(launch: &Launch) {
    info!(
        enclave = launch.name,
        cid = launch.cid,
        "starting an enclave"
    );
}

/// At each enclave in debug mode: a reload can ask for it too.
pub(super) fn debug_mode() {
    warn!(
        code = "enclave_debug",
        "DEBUG MODE: the enclave's console is open and its measurements are zero; no caller should \
         trust it and no key is released to it"
    );
}

pub(super) fn adopted(name: &str) {
    info!(
        enclave = name,
        "took over an enclave that runs since before this parent"
    );
}

pub(super) fn failed(what: &'static str, error: &RunnerError) {
    warn!(
        code = error.code(),
        cause = error.cause(),
        advice = error.advice(),
        what,
        "{error}"
    );
}

/// Logs an error; whether there was none.
pub(super) fn outcome(what: &'static str, outcome: Result<(), RunnerError>) -> bool {
    outcome.inspect_err(|error| failed(what, error)).is_ok()
}

pub(super) fn notice(notice: Notice) {
    match notice {
        Notice::Restarting { failures, pause } => {
            let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
            warn!(
                code = "enclave_restarting",
                failures, pause_ms, "the enclave failed"
            );
        }
        Notice::GaveUp => error!(
            code = "enclave_failing",
            advice = "docs/SUPERVISOR.md, when an enclave does not come up",
            "the enclave keeps failing; it is started again at the longest pause"
        ),
        Notice::UpgradeBegan => info!("starting another enclave beside the one that serves"),
        Notice::UpgradeDone => info!("new sessions go to the new enclave; the old one drains"),
        Notice::RolledBack => warn!(
            code = "upgrade_rolled_back",
            "the new enclave failed; the old one goes on"
        ),
    }
}
