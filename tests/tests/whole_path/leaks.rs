//! Personal data is planted wherever a caller can put it, and then looked for wherever it must not
//! be: logs at their most talkative, metrics, errors, files, and the bytes that the parent carries.

use std::path::Path;

use base64::{
    Engine as _,
    alphabet::{STANDARD, URL_SAFE},
    engine::{GeneralPurpose, general_purpose::NO_PAD},
};
use serde_json::json;
use vouchsafe_common::{Secret, message::Item};
use vouchsafe_tests::{
    Deployment,
    deployment::{call, record, shown, text},
};

/// Stands in for a person's data. Sixteen characters that occur nowhere else.
const CANARY: &str = "Zq7xK9wVt2mJ4rYb";

/// The ways in which a text could be written that somebody else could read.
pub(crate) fn forms(text: &str) -> Vec<Vec<u8>> {
    let hex = hex::encode(text);
    let mut forms = vec![
        text.into(),
        text.to_lowercase().into(),
        text.to_uppercase().into(),
        text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        hex.to_uppercase().into(),
        hex.into(),
        // As a list of numbers: a derived `Debug` of bytes, or serde_json's.
        numbers(text, ", "),
        numbers(text, ","),
    ];
    // In base64 a text looks different at each of three places, and its ends mix with what is
    // beside it: those are left off.
    for alphabet in [STANDARD, URL_SAFE] {
        for before in 0..3 {
            let padded = [&b"\0\0"[..before], text.as_bytes()].concat();
            let encoded = GeneralPurpose::new(&alphabet, NO_PAD).encode(&padded);
            let own = (before * 8).div_ceil(6)..padded.len() * 8 / 6;
            forms.push(encoded[own].into());
        }
    }
    forms
}

fn numbers(text: &str, separator: &str) -> Vec<u8> {
    let numbers: Vec<_> = text.bytes().map(|byte| byte.to_string()).collect();
    numbers.join(separator).into_bytes()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    let at = |form: &[u8]| bytes.windows(form.len()).any(|part| part == form);
    forms(text).iter().any(|form| at(form))
}

fn assert_silent(what: &str, bytes: impl AsRef<[u8]>) {
    let bytes = bytes.as_ref();
    assert!(
        !holds(bytes, CANARY),
        "{what}: {}",
        String::from_utf8_lossy(bytes)
    );
}

/// Searches all that the deployment has left behind, and every file of it.
async fn assert_no_trace(deployment: &Deployment) {
    for (place, bytes) in deployment.traces().await {
        assert!(
            !bytes.is_empty(),
            "{place} is empty, so the search says nothing"
        );
        assert_silent(place, bytes);
    }
    assert!(search_files(deployment.directory()) > 10);
}

/// How many files were searched.
fn search_files(directory: &Path) -> usize {
    let mut searched = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            searched += search_files(&entry.path());
        } else if kind.is_file() {
            let name = entry.path().display().to_string();
            assert_silent(&name, std::fs::read(entry.path()).unwrap());
            searched += 1;
        }
    }
    searched
}

#[test]
fn the_search_finds_a_text_in_every_form() {
    let standard = GeneralPurpose::new(&STANDARD, NO_PAD);
    for before in 0..5 {
        let inside = format!("{}{CANARY} and more", "-".repeat(before));
        for written in [
            inside.clone(),
            hex::encode(&inside),
            standard.encode(&inside),
            format!("{:?}", inside.as_bytes()),
            serde_json::to_string(inside.as_bytes()).unwrap(),
            inside.to_uppercase(),
        ] {
            assert!(holds(written.as_bytes(), CANARY), "{written}");
        }
    }
    // Where the two alphabets of base64 differ.
    let odd = "\u{fb}\u{ff}?>".repeat(4);
    let url_safe = GeneralPurpose::new(&URL_SAFE, NO_PAD).encode(&odd);
    assert!(holds(url_safe.as_bytes(), &odd));
    assert!(!holds(b"Zq7xK9wVt2mJ4rY", CANARY));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_search_finds_what_the_parent_may_see() {
    let deployment = Deployment::intercepted().await;
    // A nonce passes to the enclave as it is; a trace id is logged.
    let nonce = hex::encode(CANARY.repeat(2));
    let answer = reqwest::Client::new()
        .get(format!("{}/v1/evidence?nonce={nonce}", deployment.url))
        .header(
            "traceparent",
            format!("00-{}-00f067aa0ba902b7-01", hex::encode(CANARY)),
        )
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_success());
    let traces = deployment.traces().await;
    let found = traces.iter().filter(|(_, bytes)| holds(bytes, CANARY));
    let found: Vec<_> = found.map(|(place, _)| *place).collect();
    assert_eq!(
        found,
        ["the parent's log", "what passed between parent and enclave"]
    );
    assert_eq!(
        deployment.leaks("ready after").await,
        ["the enclave's console"]
    );
    assert_eq!(
        deployment.leaks("vouchsafe_enclave_up").await,
        ["the parent's metrics"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_processed_leaves_no_trace() {
    let mut deployment = Deployment::intercepted().await;
    deployment.add_root().await;
    let key = deployment.data_key().await;
    let email = format!("{CANARY}@example.com");
    let sentence = format!("Write to {email} or call {CANARY} at +1 202-555-0141.");
    let items = || -> Vec<Item> {
        let mut named = record(&key, "note", CANARY, &sentence);
        named.reference = format!("row of {CANARY}");
        let mut moved = record(&key, "note", CANARY, &sentence);
        if let vouchsafe_common::message::Input::Record { record_id, .. } = &mut moved.input {
            record_id.push('x');
        }
        vec![text(CANARY, &sentence), text("t", &email), named, moved]
    };
    let with_other = || -> Vec<Item> {
        let mut items = items();
        for item in &mut items {
            item.other = Some(Secret::new(sentence.clone()));
        }
        items
    };
    let equals = json!({"predicate": "equals", "expected": sentence});
    let own_other = json!({"predicate": "equals"});
    let age = json!({"predicate": "age_at_least", "years": 18});
    let deny = json!({"deny": [CANARY]});
    let pseudonym = json!({"entity": "EMAIL_ADDRESS"});
    let calls = [
        ("reveal", json!({}), items(), &*sentence),
        ("mask", json!({"keep_last": 4}), items(), "141."),
        ("redact", deny.clone(), items(), "<DENY_LIST>"),
        ("detect", deny, items(), "DENY_LIST"),
        ("verify", equals, items(), "true"),
        ("verify", own_other, with_other(), "true"),
        ("verify", age, items(), "<not_a_date>"),
        ("pseudonymize", pseudonym, items(), "vp1.EMAIL_ADDRESS"),
    ];
    for (operation, parameters, items, part) in calls {
        let results = deployment.call(operation, &parameters, items).await;
        assert_eq!(results.len(), 4);
        assert!(
            shown(&results[0]).contains(part),
            "{operation}: {}",
            shown(&results[0])
        );
        assert_eq!(shown(&results[0]), shown(&results[2]), "{operation}");
        assert_eq!(shown(&results[3]), "<record_not_authentic>", "{operation}");
        // Not even where a program prints its results for debugging; references are its own.
        let outcomes: Vec<_> = results.iter().map(|result| &result.outcome).collect();
        assert_silent(operation, format!("{outcomes:?}"));
    }
    assert_no_trace(&deployment).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_leaves_no_trace_and_no_echo() {
    let deployment = Deployment::intercepted().await;
    let key = deployment.data_key().await;
    let client = deployment.client();
    let items = || vec![text(CANARY, CANARY), record(&key, CANARY, "17", CANARY)];
    let calls = [
        (call(CANARY, &json!({}), items()), "unknown_operation"),
        (
            call("mask", &json!({CANARY: 1}), items()),
            "unknown_parameter",
        ),
        (
            call("mask", &json!({"with": CANARY}), items()),
            "invalid_parameter",
        ),
        (
            call("redact", &json!({"entities": [CANARY]}), items()),
            "invalid_parameter",
        ),
        (call("reveal", &json!({}), Vec::new()), "item_count"),
        (
            call("reveal", &json!({}), vec![text("", CANARY)]),
            "invalid_name",
        ),
        (
            vouchsafe_client::Call {
                purpose: CANARY.into(),
                ..call("reveal", &json!({}), items())
            },
            "not_permitted",
        ),
        (
            vouchsafe_client::Call {
                tenant: CANARY.into(),
                ..call("reveal", &json!({}), items())
            },
            "not_permitted",
        ),
    ];
    for (call, code) in calls {
        let error = client.call(call).await.unwrap_err();
        assert_eq!(error.code(), code);
        assert_silent(code, format!("{error} {error:?}"));
    }
    let results = client
        .call(call("reveal", &json!({}), items()))
        .await
        .unwrap();
    assert_eq!(shown(&results[1]), "<not_permitted>");
    assert_no_trace(&deployment).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_forgets_to_seal_is_refused_without_an_echo() {
    let deployment = Deployment::intercepted().await;
    let http = reqwest::Client::new();
    let url = &deployment.url;
    let sealed_type = "application/cose; cose-type=\"cose-encrypt0\"";
    let process = |kind: &str, body: Vec<u8>| {
        http.post(format!("{url}/v1/process"))
            .header("content-type", kind)
            .body(body)
    };
    let plain = json!({"operation": "mask", "items": [CANARY]}).to_string();
    let requests = [
        (
            process("application/json", plain.clone().into()),
            "unsupported_media_type",
        ),
        (
            process(CANARY, plain.clone().into()),
            "unsupported_media_type",
        ),
        (process(sealed_type, plain.into()), "malformed"),
        (
            process(
                sealed_type,
                b"\xd0\x83".iter().copied().chain(CANARY.bytes()).collect(),
            ),
            "malformed",
        ),
        (
            http.get(format!("{url}/{CANARY}?{CANARY}={CANARY}")),
            "not_found",
        ),
        (
            http.put(format!("{url}/v1/process?{CANARY}")),
            "method_not_allowed",
        ),
        (
            process(sealed_type, Vec::new()).header("vouchsafe-nonce", CANARY),
            "bad_nonce",
        ),
        (
            http.get(format!("{url}/v1/evidence?nonce={CANARY}")),
            "bad_nonce",
        ),
    ];
    for (request, code) in requests {
        let answer = request
            .header("authorization", format!("Bearer {CANARY}"))
            .header("cookie", CANARY)
            .header("user-agent", CANARY)
            .header("traceparent", format!("00-{CANARY}"))
            .send()
            .await
            .unwrap();
        assert_silent(code, format!("{:?}", answer.headers()));
        let body = answer.bytes().await.unwrap();
        assert_silent(code, &body);
        let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem["code"], code);
    }
    assert_no_trace(&deployment).await;
}
