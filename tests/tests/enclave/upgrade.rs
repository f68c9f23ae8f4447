//! One image that replaces another under a caller, on machines that the parent starts itself.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::sync::watch;
use vouchsafe_tests::{
    Deployment,
    deployment::{call, record, shown},
    images::Images,
};

use super::{HARMLESS, SSN, options, turn};

/// Starts a machine with an image, until it is told to end.
const EMULATE: &str = env!("CARGO_BIN_EXE_emulate");

/// For what two machines without KVM do on a busy host.
const PATIENCE: Duration = Duration::from_mins(2);

/// Lines of `[supervisor]`.
const SUPERVISOR: &str = "memory_mib = 256\ndrain_ms = 2000\n";

async fn has_upgraded(deployment: &Deployment) -> bool {
    let page = reqwest::get(format!("{}/metrics", deployment.url)).await;
    let page = page.unwrap().text().await.unwrap();
    page.lines()
        .any(|line| line == "vouchsafe_upgrades_total 1")
}

#[tokio::test(flavor = "multi_thread")]
async fn another_image_takes_over_beside_the_old_one_without_a_failed_request() {
    let Some((machine, _turn)) = turn().await else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let (blue, green) = (machine.eif.clone(), folder.path().join("green.eif"));
    let changed = Images::find()
        .unwrap()
        .image("mock")
        .with_a_change_of(HARMLESS);
    std::fs::write(&green, changed.bytes()).unwrap();
    let mut deployment = Deployment::with(options(machine)).await;
    let [old, new] = [&blue, &green].map(|eif| deployment.measurements_of(eif));
    assert_ne!(old.pcrs[&0], new.pcrs[&0]);
    // One statement of the key policy for each, and a caller who accepts both.
    deployment.pin_keys(&[&old, &new]).await;
    let emulate = Path::new(EMULATE);
    deployment
        .supervise_machines(emulate, &blue, SUPERVISOR)
        .await;
    deployment.wait_until_ready().await;

    let (stop, stopped) = watch::channel(false);
    let client = deployment.client_accepting(&[&old, &new]);
    let key = deployment.data_key().await;
    let caller = tokio::spawn(async move {
        let mut answers = 0;
        while !*stopped.borrow() {
            let row = answers.to_string();
            let items = vec![record(&key, "ssn", &row, SSN)];
            let results = client.call(call("reveal", &json!({}), items)).await;
            assert_eq!(shown(&results.unwrap()[0]), SSN);
            answers += 1;
        }
        answers
    });
    deployment.supervise_machines_from(emulate, &green, SUPERVISOR);
    deployment.parent.reload();
    let until = Instant::now() + PATIENCE;
    while !has_upgraded(&deployment).await {
        let ended = caller.is_finished() || Instant::now() > until;
        assert!(!ended, "{}", deployment.parent.log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    stop.send(true).unwrap();
    assert!(caller.await.unwrap() > 0);
    // What answers now is the new image.
    let refused = deployment.client_accepting(&[&old]).attest().await;
    assert_eq!(refused.unwrap_err().code(), "pcr_mismatch");
    deployment.client_accepting(&[&new]).attest().await.unwrap();
    deployment.parent.end(PATIENCE);
}
