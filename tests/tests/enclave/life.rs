//! A machine that is lost, and one that takes its place.

use std::time::{Duration, Instant};

use serde_json::json;
use vouchsafe_client::CallError;
use vouchsafe_mock::kms::control::Fault;
use vouchsafe_tests::{
    Deployment,
    deployment::{call, shown},
};

use super::{SSN, options, reveal, ssn, turn};

async fn wait_until_under_way(deployment: &Deployment) {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        let page = reqwest::get(format!("{}/metrics", deployment.url)).await;
        let page = page.unwrap().text().await.unwrap();
        if page
            .lines()
            .any(|line| line == "vouchsafe_requests_under_way 1")
        {
            return;
        }
        assert!(Instant::now() < until, "{page}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_is_killed_fails_what_is_under_way_and_another_opens_the_same_records() {
    let Some((machine, _turn)) = turn().await else {
        return;
    };
    let mut deployment = Deployment::with(options(machine)).await;
    let (key, fresh) = (deployment.data_key().await, deployment.data_key().await);
    let client = deployment.client();
    assert_eq!(reveal(&deployment, ssn(&key)).await, SSN);

    // Under way: it waits for KMS, which takes longer than the machine lives.
    let slow = Duration::from_secs(5);
    deployment.kms.control.inject(Fault::Slow(slow));
    let reveal_fresh = call("reveal", &json!({}), vec![ssn(&fresh)]);
    let under_way = tokio::spawn(async move { client.call(reveal_fresh).await });
    wait_until_under_way(&deployment).await;
    deployment.enclave.kill();
    match under_way.await.unwrap() {
        Err(error @ CallError::Http(_)) => assert_eq!(error.code(), "enclave_lost"),
        other => panic!("{other:?}"),
    }
    deployment.kms.control.clear();

    deployment.restart_enclave().await;
    let client = deployment.client();
    for key in [&key, &fresh] {
        let revealed = client
            .call(call("reveal", &json!({}), vec![ssn(key)]))
            .await;
        assert_eq!(shown(&revealed.unwrap()[0]), SSN);
    }
}
