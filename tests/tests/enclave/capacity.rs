//! Much data through the least memory that an enclave is given.

use serde_json::json;
use vouchsafe_common::{
    envelope::{AnswerBody, QueryBody},
    message::{Outcome, Reply},
};
use vouchsafe_tests::{Deployment, deployment::text, enclave::Enclave, wire};

use super::{options, turn};

/// 64 requests of 1 MiB are 64 MiB in, and as many out.
const REQUESTS: usize = 64;
/// Characters of an item.
const LENGTH: usize = 1024 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_carries_64_mib_of_requests_through_256_mib_of_memory() {
    let Some((machine, _turn)) = turn().await else {
        return;
    };
    assert_eq!(machine.boot.memory_mib, 256);
    let deployment = Deployment::with(options(machine)).await;
    let enclave = deployment.verified().await;
    let Enclave::Machine(machine) = &deployment.enclave else {
        unreachable!("it was deployed on a machine");
    };
    let mut connection = machine.connect_to_server().unwrap();
    for number in 0..REQUESTS {
        let value = format!("{number:08}").repeat(LENGTH / 8);
        let request = wire::request("mask", &json!({"keep_last": 8}), vec![text("t", &value)]);
        let (sealed, opener) = deployment.seal(&enclave, &request);
        let sealed = sealed.into();
        let AnswerBody::Reply { sealed } =
            wire::exchange(&mut connection, QueryBody::Process { sealed })
        else {
            panic!("request {number} was refused");
        };
        let reply = opener.open(&sealed).unwrap();
        let Reply::Done { items } = &reply else {
            panic!("{reply:?}");
        };
        let Outcome::Text(masked) = &items[0].outcome else {
            panic!("{items:?}");
        };
        let expected = format!("{}{number:08}", "*".repeat(LENGTH - 8));
        assert!(*masked.expose_secret() == expected, "request {number}");
    }
}
