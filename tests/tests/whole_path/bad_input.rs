//! Input that is too large, too deep, cut, of the wrong type, unknown or foreign: a stable code each
//! time, in clear where only the parent can know it, sealed where only the enclave can.
//!
//! After each the same processes still serve a good request, and in the end neither has panicked.

mod bytes;
mod items;
mod neighbours;
mod requests;

use serde_json::json;
use vouchsafe_client::{Call, Client, MockRoot};
use vouchsafe_tests::{
    Deployment,
    deployment::{call, shown, text},
};

/// The results of a call, or the code of why there are none.
async fn results(client: &Client<MockRoot>, call: Call) -> Result<Vec<String>, String> {
    match client.call(call).await {
        Ok(results) => Ok(results.iter().map(shown).collect()),
        Err(error) => Err(error.code().to_owned()),
    }
}

async fn assert_serves(client: &Client<MockRoot>) {
    let good = call(
        "mask",
        &json!({"keep_last": 4}),
        vec![text("t", "078-05-1120")],
    );
    let good = results(client, good).await;
    assert_eq!(good, Ok(vec!["*******1120".to_owned()]));
}

/// Both processes run, and neither has said that something panicked.
fn assert_unharmed(deployment: &mut Deployment) {
    let (enclave, parent) = (&mut deployment.enclave, &mut deployment.parent);
    let logs = [enclave.log(), parent.log()];
    assert!(!enclave.has_ended() && !parent.has_ended(), "{logs:?}");
    for log in logs {
        let faults = ["panicked", "fault at"];
        assert!(!faults.iter().any(|word| log.contains(word)), "{log}");
    }
}
