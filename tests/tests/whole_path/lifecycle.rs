//! A parent that supervises: enclaves that die and are started again, images that are replaced
//! under load, with real enclaves, clients and keys of KMS throughout.

use std::{
    ops::Deref,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::{sync::watch, task::JoinSet};
use vouchsafe_client::{CallError, Client, MockRoot};
use vouchsafe_common::record::DataKey;
use vouchsafe_mock::measure::Measurements;
use vouchsafe_tests::{
    Deployment,
    deployment::{call, record, shown, text},
    process::binary,
};

/// For what should happen soon, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_mins(1);

/// A copy of the enclave's binary, so that it can be named apart and measures the same.
fn image(deployment: &Deployment, name: &str) -> PathBuf {
    let path = deployment.directory().join(name);
    // By another process: a file that is open for writing anywhere is not run.
    let copied = Command::new("cp")
        .arg(binary("vouchsafe-enclave"))
        .arg(&path)
        .status();
    assert!(copied.unwrap().success());
    path
}

/// An image that does the same and measures otherwise: the loader does not read its last byte.
fn another_image(deployment: &Deployment, name: &str) -> PathBuf {
    let path = image(deployment, name);
    let made = Command::new("sh")
        .args(["-c", "printf 2 >> \"$0\""])
        .arg(&path)
        .status();
    assert!(made.unwrap().success());
    path
}

/// A deployment whose parent ends its enclaves before the test does, passed or failed.
struct Supervised(Deployment);

impl Drop for Supervised {
    fn drop(&mut self) {
        self.0.parent.end(PATIENCE);
    }
}

impl Deref for Supervised {
    type Target = Deployment;

    fn deref(&self) -> &Deployment {
        &self.0
    }
}

async fn supervised(more: &str) -> (Supervised, PathBuf) {
    let mut deployment = Supervised(Deployment::start().await);
    let eif = image(&deployment, "image-1");
    deployment.0.supervise(&eif, more).await;
    deployment.wait_until_ready().await;
    (deployment, eif)
}

async fn wait_until(what: &str, deployment: &Deployment, mut holds: impl AsyncFnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !holds().await {
        assert!(
            Instant::now() < until,
            "{what}; parent:\n{}",
            deployment.parent.log()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn metric(deployment: &Deployment, name: &str) -> u64 {
    let page = reqwest::get(format!("{}/metrics", deployment.url)).await;
    let page = page.unwrap().text().await.unwrap();
    let mut lines = page.lines();
    let line = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap().parse().unwrap()
}

/// The processes whose executable is this file.
fn processes(eif: &Path) -> Vec<String> {
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    let of_image = all.filter(|entry| {
        let executable = std::fs::read_link(entry.path().join("exe"));
        executable.is_ok_and(|executable| executable == eif)
    });
    of_image
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect()
}

fn kill(pid: &str) {
    let killed = Command::new("kill").args(["-KILL", pid]).status().unwrap();
    assert!(killed.success());
}

/// Asks for a value both ways; what comes back must be it.
async fn reveal(client: &Client<MockRoot>, key: &DataKey, value: &str) -> Result<(), CallError> {
    let items = vec![text("t", value), record(key, "ssn", value, value)];
    let results = client.call(call("reveal", &json!({}), items)).await?;
    assert_eq!([shown(&results[0]), shown(&results[1])], [value; 2]);
    Ok(())
}

/// Callers that go on until told to stop. Each value they get must be the one they asked for; the
/// codes of what failed are returned.
struct Load {
    stop: watch::Sender<bool>,
    callers: JoinSet<Vec<String>>,
}

impl Load {
    async fn start(deployment: &Deployment) -> Self {
        Self::of(deployment, &[&deployment.measurements()]).await
    }

    /// Callers that accept enclaves of these measurements. Each has been answered once when this
    /// returns.
    async fn of(deployment: &Deployment, accepted: &[&Measurements]) -> Self {
        let (stop, stopped) = watch::channel(false);
        let key = Arc::new(deployment.data_key().await);
        let mut callers = JoinSet::new();
        for caller in 0..4 {
            let client = deployment.client_accepting(accepted);
            let (stopped, key) = (stopped.clone(), Arc::clone(&key));
            reveal(&client, &key, "first").await.unwrap();
            callers.spawn(async move {
                let mut failed = Vec::new();
                for asked in 0.. {
                    if *stopped.borrow() {
                        break;
                    }
                    let asked = reveal(&client, &key, &format!("{caller}-{asked}")).await;
                    // Who comes again at once is held back by the parent before long.
                    let pause = if asked.is_ok() { 5 } else { 50 };
                    failed.extend(asked.err().map(|error| error.code().to_owned()));
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
                failed
            });
        }
        Self { stop, callers }
    }

    /// Stops; the codes of all calls that failed.
    async fn stop(mut self) -> Vec<String> {
        self.stop.send(true).unwrap();
        let mut failed = Vec::new();
        while let Some(caller) = self.callers.join_next().await {
            failed.extend(caller.unwrap());
        }
        failed
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enclave_that_is_killed_is_started_again_and_callers_recover_by_themselves() {
    let (deployment, eif) = supervised("backoff_min_ms = 50").await;
    let client = deployment.client();
    let ask = || call("reveal", &json!({}), vec![text("t", "078-05-1120")]);
    client.call(ask()).await.unwrap();
    let load = Load::start(&deployment).await;
    for killed in 1..3 {
        let running = processes(&eif);
        assert_eq!(running.len(), 1, "{running:?}");
        kill(&running[0]);
        wait_until("it was not noticed", &deployment, async || {
            metric(&deployment, "vouchsafe_enclave_failures_total").await == killed
        })
        .await;
        deployment.wait_until_ready().await;
    }
    let failed = load.stop().await;
    let known = ["enclave_lost", "enclave_unavailable", "unknown_key"];
    assert!(
        failed.iter().all(|code| known.contains(&code.as_str())),
        "{failed:?}"
    );
    // The same client, which knows only an enclave that died long ago.
    assert_eq!(shown(&client.call(ask()).await.unwrap()[0]), "078-05-1120");
    assert_eq!(
        metric(&deployment, "vouchsafe_enclave_starts_total").await,
        3
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_under_load_fails_no_request_and_leaves_the_new_enclave_alone() {
    let (deployment, old) = supervised("drain_ms = 500").await;
    let load = Load::start(&deployment).await;
    let new = image(&deployment, "image-2");
    deployment.supervise_from(&new, "drain_ms = 500");
    deployment.parent.reload();
    wait_until("no upgrade", &deployment, async || {
        metric(&deployment, "vouchsafe_upgrades_total").await == 1
    })
    .await;
    wait_until("the old one stays", &deployment, async || {
        processes(&old).is_empty()
    })
    .await;
    assert_eq!(load.stop().await, Vec::<String>::new());
    assert_eq!(processes(&new).len(), 1);
    assert_eq!(
        metric(&deployment, "vouchsafe_enclave_failures_total").await,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_measures_otherwise_replaces_one_without_a_failure_for_who_accepts_both() {
    let (deployment, old_image) = supervised("drain_ms = 500").await;
    let new_image = another_image(&deployment, "image-2");
    let old = deployment.measurements_of(&old_image);
    let new = deployment.measurements_of(&new_image);
    assert_eq!(old, deployment.measurements());
    deployment.pin_keys(&[&old, &new]).await;
    let load = Load::of(&deployment, &[&old, &new]).await;
    deployment.supervise_from(&new_image, "drain_ms = 500");
    deployment.parent.reload();
    wait_until("no upgrade", &deployment, async || {
        metric(&deployment, "vouchsafe_upgrades_total").await == 1
    })
    .await;
    wait_until("the old one stays", &deployment, async || {
        processes(&old_image).is_empty()
    })
    .await;
    assert_eq!(load.stop().await, Vec::<String>::new());
    assert_eq!(processes(&new_image).len(), 1);
    // What runs now is the new release, and nobody else's: who pins the old one alone is refused.
    let refused = deployment.client_accepting(&[&old]).attest().await;
    assert_eq!(refused.unwrap_err().code(), "pcr_mismatch");
    deployment.client_accepting(&[&new]).attest().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_does_not_start_is_rolled_back_without_a_failed_request() {
    let (deployment, old) = supervised("").await;
    let load = Load::start(&deployment).await;
    let bad = deployment.directory().join("image-2");
    std::os::unix::fs::symlink("/bin/false", &bad).unwrap();
    deployment.supervise_from(&bad, "");
    deployment.parent.reload();
    wait_until("no rollback", &deployment, async || {
        metric(&deployment, "vouchsafe_upgrades_rolled_back_total").await == 1
    })
    .await;
    assert_eq!(load.stop().await, Vec::<String>::new());
    assert_eq!(processes(&old).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_used_changes_nothing_and_the_end_takes_the_enclave_along() {
    let (mut deployment, eif) = supervised("").await;
    std::fs::write(deployment.directory().join("parent.toml"), "colour = 1").unwrap();
    deployment.parent.reload();
    wait_until("it was not read", &deployment, async || {
        deployment.parent.log().contains("config_syntax")
    })
    .await;
    assert!(deployment.is_ready().await);
    deployment.0.parent.terminate();
    assert!(
        deployment.0.parent.wait(PATIENCE),
        "it ended with a failure"
    );
    assert_eq!(processes(&eif), Vec::<String>::new());
}
