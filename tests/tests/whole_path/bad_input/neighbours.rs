//! One caller's garbage and another's good requests, at the same time.

use serde_json::json;
use vouchsafe_tests::{
    Deployment,
    deployment::{call, record, text},
    wire::{self, Draft},
};

use super::{assert_unharmed, results};

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_is_unaffected_by_the_garbage_of_another() {
    const ROUNDS: usize = 60;
    let mut deployment = Deployment::start().await;
    let key = deployment.data_key().await;
    let keys = deployment.verified().await.key_configuration().clone();
    let client = deployment.client();

    let (url, caller, bad) = (
        deployment.url.clone(),
        deployment.caller_key(),
        deployment.client(),
    );
    let garbage = tokio::spawn(async move {
        let mut refused = 0;
        for round in 0..ROUNDS {
            let deep = vec![0x81; 1 << 12];
            let draft = Draft::to(&keys);
            let proof = draft.registered("crm", &caller, &deep);
            let mut sealed = draft.seal(&deep, proof).bytes;
            if round % 2 == 0 {
                sealed[2_000] ^= 1;
            }
            let not_opened = wire::post(&url, &sealed).await.is_err();
            assert_eq!(not_opened, round % 2 == 0);
            let not_cose = wire::post(&url, &vec![0x9f; 1 << 16]).await.is_err();
            let unknown = call("unmask", &json!({}), vec![text("t", "x")]);
            let unknown = results(&bad, unknown).await.is_err();
            refused += usize::from(not_cose && unknown);
        }
        refused
    });
    let parameters = json!({"keep_last": 4});
    for round in 0..ROUNDS {
        let row = round.to_string();
        let items = vec![
            text("t", "078-05-1120"),
            record(&key, "ssn", &row, "078-05-1121"),
        ];
        let seen = results(&client, call("mask", &parameters, items)).await;
        let expected = ["*******1120", "*******1121"].map(str::to_owned);
        assert_eq!(seen, Ok(expected.to_vec()), "round {round}");
    }
    assert_eq!(garbage.await.unwrap(), ROUNDS);
    assert_unharmed(&mut deployment);
}
