//! The same request again: at once, later, in another order, and to the enclave's next life.

use std::collections::HashSet;

use coset::{CborSerializable, CoseEncrypt0};
use serde_json::json;
use vouchsafe_common::{
    envelope::{AnswerBody, QueryBody, RefusedCode},
    message::{Refusal, Request},
};
use vouchsafe_tests::{
    Deployment,
    deployment::{now, text},
    wire::{self, Draft},
};

use super::{good, item, outcome, result};

fn mask() -> Request {
    wire::request("mask", &json!({"keep_last": 4}), vec![item()])
}

#[expect(clippy::unnecessary_wraps, reason = "outcomes are compared with it")]
fn served() -> Result<String, Refusal> {
    Ok("*******1120".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_sent_again_is_refused_under_seal() {
    let deployment = Deployment::start().await;
    let enclave = deployment.verified().await;
    let (sealed, opener) = deployment.seal(&enclave, &mask());
    deployment.post(&sealed).await.unwrap();
    let second = deployment.post(&sealed).await.unwrap();
    let second = opener.open(&second).unwrap();
    assert_eq!(result(&second), Err(Refusal::Replayed));
    // A request of its own under the same id counts as the same.
    let request = mask();
    let again = Request {
        id: request.id,
        ..mask()
    };
    let (sealed, opener) = deployment.seal(&enclave, &request);
    let first = opener.open(&deployment.post(&sealed).await.unwrap());
    assert_eq!(result(&first.unwrap()), served());
    let (sealed, opener) = deployment.seal(&enclave, &again);
    let second = opener.open(&deployment.post(&sealed).await.unwrap());
    assert_eq!(result(&second.unwrap()), Err(Refusal::Replayed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_sent_many_times_at_once_is_served_once_and_no_key_seals_two_replies() {
    const TIMES: usize = 24;
    let deployment = Deployment::start().await;
    let enclave = deployment.verified().await;
    let request = mask();
    let body = request.encode().unwrap();
    let draft = Draft::to(enclave.key_configuration());
    let proof = draft.registered("crm", &deployment.caller_key(), &body);
    let sent = draft.seal(&body, proof);

    let posts: Vec<_> = (0..TIMES)
        .map(|_| {
            let (url, sealed) = (deployment.url.clone(), sent.bytes.clone());
            tokio::spawn(async move { wire::post(&url, &sealed).await.unwrap() })
        })
        .collect();
    let (mut results, mut keys) = (Vec::new(), HashSet::new());
    for post in posts {
        let reply = post.await.unwrap();
        keys.insert(sent.key_and_nonce(&reply));
        results.push(result(&sent.open(request.id, &reply)));
    }
    assert_eq!(keys.len(), TIMES);
    let count = |wanted| results.iter().filter(|result| **result == wanted).count();
    assert_eq!(count(served()), 1);
    assert_eq!(count(Err(Refusal::Replayed)), TIMES - 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_in_another_order_get_each_its_own_reply() {
    let deployment = Deployment::start().await;
    let enclave = deployment.verified().await;
    let mut sent: Vec<_> = (0..4)
        .map(|number| {
            let items = vec![text(&format!("{number}"), &format!("{number}078-05-1120"))];
            let request = wire::request("reveal", &json!({}), items);
            (number, deployment.seal(&enclave, &request))
        })
        .collect();
    sent.reverse();
    for (number, (sealed, opener)) in sent {
        let reply = deployment.post(&sealed).await.unwrap();
        let result = result(&opener.open(&reply).unwrap());
        assert_eq!(result, Ok(format!("{number}078-05-1120")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_held_back_or_dated_ahead_is_refused() {
    let deployment = Deployment::start().await;
    let enclave = deployment.verified().await;
    let start = enclave.evidence_time();
    for (issued_at, refusal) in [
        (start.0 - 61_000, Refusal::Stale),
        // Before this life of the enclave, whatever the window.
        (start.0 - 10_000, Refusal::Stale),
        (now().0 + 5_000, Refusal::IssuedInFuture),
    ] {
        let mut request = mask();
        request.issued_at.0 = issued_at;
        let (sealed, opener) = deployment.seal(&enclave, &request);
        let reply = opener.open(&deployment.post(&sealed).await.unwrap());
        assert_eq!(result(&reply.unwrap()), Err(refusal));
    }
    assert_eq!(outcome(&deployment.client()).await, good());
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_old_requests_do_not_open_and_clients_attest_again_by_themselves() {
    let mut deployment = Deployment::intercepted().await;
    let client = deployment.client();
    assert_eq!(outcome(&client).await, good());
    let enclave = deployment.verified().await;
    let (sealed, opener) = deployment.seal(&enclave, &mask());
    let reply = deployment.post(&sealed).await.unwrap();
    assert_eq!(result(&opener.open(&reply).unwrap()), served());
    let (unsent, _) = deployment.seal(&enclave, &mask());

    deployment.restart_enclave().await;
    let socket = deployment.directory().join("enclave.sock");
    let renewed = deployment.verified().await;
    for sealed in [&sealed, &unsent] {
        assert_eq!(
            deployment.post(sealed).await,
            wire::refused(421, "unknown_key")
        );
        // Not even when the parent sends it where it was not routed to, or renames its key.
        let ask = |sealed: Vec<u8>| {
            let sealed = sealed.into();
            wire::ask(&socket, QueryBody::Process { sealed })
        };
        let refusal = |code| AnswerBody::Refused { code };
        assert_eq!(ask(sealed.clone()), refusal(RefusedCode::UnknownKey));
        let mut renamed = CoseEncrypt0::from_slice(sealed).unwrap();
        renamed.protected.original_data = None;
        renamed.protected.header.key_id = renewed.key_configuration().key_id.0.to_vec();
        let renamed = renamed.to_vec().unwrap();
        assert_eq!(ask(renamed), refusal(RefusedCode::NotAuthentic));
    }
    for _ in 0..8 {
        assert_eq!(outcome(&client).await, good());
    }
    // Every reply of both lives began with random bytes of its own.
    let replies = replies(&deployment);
    let distinct: HashSet<_> = replies.iter().map(|reply| &reply[..32]).collect();
    assert_eq!((replies.len(), distinct.len()), (10, 10));
}

/// Every reply that the parent has seen.
fn replies(deployment: &Deployment) -> Vec<Vec<u8>> {
    deployment.interceptor.as_ref().unwrap().replies()
}
