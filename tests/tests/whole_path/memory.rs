//! What an enclave that runs on still has in its memory of what it is done with: nothing.
//!
//! The memory of the real process is read whole and searched for texts and keys that are known to
//! the test. A text in use must be found, and a key that is cached must be, once: so the search sees.

use std::time::{Duration, Instant};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use serde_json::json;
use vouchsafe_common::{
    Epoch, Secret,
    message::{Item, Reply},
    record::DataKey,
};
use vouchsafe_mock::kms::{control::Fault, operations::Operation};
use vouchsafe_tests::{
    Deployment,
    deployment::{TENANT, call, record, shown, text},
    memory::Memory,
    wire::{Draft, request},
};

use crate::leaks;

/// Stands in for a person's data. Sixteen characters that occur nowhere else.
const CANARY: &str = "Wd4hT8sXn6GkQ3zL";
/// A reply may arrive before the enclave's task has let go of what it made it of, and the thread of
/// a long request rests only when it ends, after ten seconds without another.
const PATIENCE: Duration = Duration::from_secs(40);

/// Searches an enclave's memory until `needles` stand in it `expected` times; where they stood last.
/// Nothing where this machine lets nobody read it.
async fn search(
    deployment: &Deployment,
    needles: &[Vec<u8>],
    expected: usize,
) -> Option<Vec<String>> {
    let until = Instant::now() + PATIENCE;
    loop {
        let Some(memory) = Memory::of(deployment.enclave.id()) else {
            println!("skipped: nobody here may read another process's memory");
            return None;
        };
        assert!(memory.len() > 1 << 20, "{} bytes are not all", memory.len());
        let found = memory.find(needles);
        if found.len() == expected || Instant::now() > until {
            return Some(found.into_iter().map(str::to_owned).collect());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Either half of a key: a cipher's key schedule holds both, not always side by side.
fn halves(key: &Secret<[u8; 32]>) -> Vec<Vec<u8>> {
    let (first, second) = key.expose_secret().split_at(16);
    vec![first.to_vec(), second.to_vec()]
}

async fn shown_one(deployment: &Deployment, operation: &str, item: Item) -> String {
    shown(&deployment.call(operation, &json!({}), vec![item]).await[0])
}

#[tokio::test(flavor = "multi_thread")]
async fn of_texts_that_were_processed_nothing_is_left() {
    let mut deployment = Deployment::start().await;
    deployment.add_root().await;
    let key = deployment.data_key().await;
    let email = format!("{CANARY}@example.com");
    let sentence = format!("Write to {email} or call {CANARY} at +1 202-555-0141.");
    let items = |predicate: &str| {
        let mut items = vec![
            text("t", &sentence),
            text("t", &email),
            record(&key, "note", "17", &sentence),
        ];
        if predicate == "equals" {
            for item in &mut items {
                item.other = Some(Secret::new(sentence.clone()));
            }
        }
        items
    };
    let equals = json!({"predicate": "equals"});
    let age = json!({"predicate": "age_at_least", "years": 18});
    let deny = json!({"deny": [CANARY]});
    let calls = [
        ("reveal", json!({}), items(""), &*sentence),
        ("mask", json!({"keep_last": 4}), items(""), "141."),
        ("redact", deny.clone(), items(""), "<DENY_LIST>"),
        ("detect", deny, items(""), "DENY_LIST"),
        ("verify", equals, items("equals"), "true"),
        ("verify", age, items(""), "<not_a_date>"),
        (
            "pseudonymize",
            json!({"entity": "EMAIL_ADDRESS"}),
            items(""),
            "vp1.EMAIL_ADDRESS",
        ),
    ];
    for (operation, parameters, items, part) in calls {
        let results = deployment.call(operation, &parameters, items).await;
        let first = shown(&results[0]);
        assert!(first.contains(part), "{operation}: {first}");
        assert_eq!(first, shown(&results[2]), "{operation}");
    }
    // One that is long enough for a thread of its own.
    let long = sentence.repeat(2_000);
    let results = deployment
        .call("reveal", &json!({}), vec![text("t", &long)])
        .await;
    assert_eq!(shown(&results[0]), long);
    // A request that is read and then refused.
    let unknown = call("mask", &json!({"with": CANARY}), items(""));
    let refused = deployment.client().call(unknown).await;
    assert_eq!(refused.unwrap_err().code(), "invalid_parameter");

    if let Some(found) = search(&deployment, &leaks::forms(CANARY), 0).await {
        assert_eq!(found, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_data_key_there_is_the_one_copy_that_is_cached() {
    let deployment = Deployment::start().await;
    let (plain, wrapped) = deployment.raw_data_key("writer", TENANT).await;
    let key = DataKey::new(&plain, &wrapped, &deployment.data_key, Epoch(1)).unwrap();
    for _ in 0..3 {
        let item = record(&key, "note", "17", "a note");
        assert_eq!(shown_one(&deployment, "reveal", item).await, "a note");
    }
    let counters = deployment.kms.control.counters();
    assert_eq!(counters.calls_of(Operation::Decrypt), 1);
    if let Some(found) = search(&deployment, &halves(&plain), 2).await {
        assert_eq!(found.len(), 2, "{found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_data_key_that_came_as_plaintext_nothing_is_left() {
    let deployment = Deployment::start().await;
    let (plain, wrapped) = deployment.raw_data_key("writer", TENANT).await;
    let key = DataKey::new(&plain, &wrapped, &deployment.data_key, Epoch(1)).unwrap();
    deployment.kms.control.inject(Fault::Plaintext);
    let item = record(&key, "note", "17", "a note");
    let refused = shown_one(&deployment, "reveal", item).await;
    assert_eq!(refused, "<kms_reply_refused>");
    let mut forms = halves(&plain);
    // As it came; its last character is mixed with the end.
    let encoded = STANDARD_NO_PAD.encode(plain.expose_secret());
    forms.push(encoded[..42].into());
    assert!(
        STANDARD
            .encode(plain.expose_secret())
            .starts_with(&encoded[..42])
    );
    if let Some(found) = search(&deployment, &forms, 0).await {
        assert_eq!(found, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_keys_of_a_reply_nothing_is_left() {
    let deployment = Deployment::start().await;
    let enclave = deployment.verified().await;
    let caller = deployment.caller_key();
    let mut secrets = Vec::new();
    // The second is long enough for a thread of its own.
    for note in ["a note".to_owned(), "a note, ".repeat(10_000)] {
        let request = request("reveal", &json!({}), vec![text("t", &note)]);
        let body = request.encode().unwrap();
        let draft = Draft::to(enclave.key_configuration());
        let proof = draft.registered("crm", &caller, &body);
        let sent = draft.seal(&body, proof);
        let reply = deployment.post(&sent.bytes).await.unwrap();
        let Reply::Done { items } = sent.open(request.id, &reply) else {
            panic!("a reply without results");
        };
        assert_eq!(shown(&items[0]), note);
        let made = sent.key_and_nonce(&reply);
        let key: [u8; 32] = made[..32].try_into().unwrap();
        secrets.extend(halves(&sent.exported));
        secrets.extend(halves(&Secret::new(key)));
    }
    if let Some(found) = search(&deployment, &secrets, 0).await {
        assert_eq!(found, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_found_while_its_request_is_under_way_and_not_afterwards() {
    let deployment = Deployment::start().await;
    let key = deployment.data_key().await;
    let items = vec![text("t", CANARY), record(&key, "note", "17", "a note")];
    // The request waits for its data key for as long as the enclave is patient.
    let slow = Fault::Slow(Duration::from_secs(2));
    deployment.kms.control.inject(slow);
    let client = deployment.client();
    let waiting = client.call(call("reveal", &json!({}), items));
    let watching = async {
        loop {
            let found =
                Memory::of(deployment.enclave.id()).map(|memory| memory.find(&[CANARY]).len());
            if found != Some(0) {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let (results, found) = tokio::join!(waiting, tokio::time::timeout(PATIENCE, watching));
    assert_eq!(shown(&results.unwrap()[0]), CANARY);
    assert!(found.is_ok(), "a text that is in use was not found");
    if let Some(found) = search(&deployment, &leaks::forms(CANARY), 0).await {
        assert_eq!(found, [""; 0]);
    }
}
