//! Credentials that the parent got hold of: worth nothing, or little, without the key.

use serde_json::json;
use vouchsafe_common::{
    message::{Refusal, Request, RequestId},
    proof::CallerKey,
};
use vouchsafe_tests::{
    Deployment,
    deployment::{call, shown},
    wire::{self, Draft},
};

use super::{good, item, outcome, result};
use crate::identity::{Fixture, bearer, with_key};

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_token_that_names_a_key_is_worth_nothing_without_the_key() {
    let fixture = Fixture::start().await;
    let token = fixture.token(Some(&fixture.key()));
    let refusal = Err("proof_invalid".to_owned());
    let thief = with_key(token.clone(), CallerKey::generate_ed25519());
    assert_eq!(fixture.reveal(thief).await, refusal);
    assert_eq!(fixture.reveal(bearer(token.clone())).await, refusal);
    let owner = with_key(token, fixture.key());
    assert_eq!(fixture.reveal(owner).await, Ok("078-05-1120".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_alone_gets_masks_and_never_plaintext_or_resealed_data() {
    let fixture = Fixture::start().await;
    let token = fixture.token(None);
    let client = fixture.deployment.client_as(bearer(token.clone()));
    assert_eq!(outcome(&client).await, good());
    for (operation, parameters) in [
        ("reveal", json!({})),
        ("create_root", json!({"version": 1})),
        ("reseal", json!({"epoch": 1})),
        ("detokenize", json!({"entity": "US_SSN"})),
        ("mask", json!({"keep_last": -1})),
        ("redact", json!({"allow": ["078-05-1120"]})),
    ] {
        let asked = client.call(call(operation, &parameters, vec![item()]));
        let error = asked.await.expect_err(operation);
        assert_eq!(error.code(), "not_permitted", "{operation}");
    }
    // This one turns out to be plaintext only with the value at hand.
    let keeps_all = call("mask", &json!({"keep_last": 64}), vec![item()]);
    let results = client.call(keeps_all).await.unwrap();
    assert_eq!(shown(&results[0]), "<not_permitted>");
    // A token that names no key proves nothing by somebody's key either.
    let somebody = with_key(token, CallerKey::generate_ed25519());
    let refusal = Err("proof_invalid".to_owned());
    assert_eq!(fixture.reveal(somebody).await, refusal);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_of_one_request_proves_nothing_in_another() {
    let deployment = Deployment::start().await;
    let enclave = deployment.verified().await;
    let keys = enclave.key_configuration();
    let caller = deployment.caller_key();
    let reveal = || wire::request("reveal", &json!({}), vec![item()]);
    let (request, other) = (reveal(), reveal());
    let body = |request: &Request| request.encode().unwrap().to_vec();
    let first = Draft::to(keys);
    let stolen = first.registered("crm", &caller, &body(&request));
    let refusal = Err(Refusal::ProofInvalid);

    // The very request, sealed anew by whoever saw inside.
    let resealed = Draft::to(keys).seal(&body(&request), stolen.clone());
    let reply = deployment.post(&resealed.bytes).await.unwrap();
    assert_eq!(result(&resealed.open(RequestId::UNKNOWN, &reply)), refusal);
    // Another request in the first one's seal.
    let swapped = first.seal(&body(&other), stolen);
    let reply = deployment.post(&swapped.bytes).await.unwrap();
    assert_eq!(result(&swapped.open(RequestId::UNKNOWN, &reply)), refusal);

    let honest = Draft::to(keys);
    let proof = honest.registered("crm", &caller, &body(&request));
    let honest = honest.seal(&body(&request), proof);
    let reply = deployment.post(&honest.bytes).await.unwrap();
    let plaintext = Ok("078-05-1120".to_owned());
    assert_eq!(result(&honest.open(request.id, &reply)), plaintext);
}
