#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use vouchsafe_common::message::{Input, ItemError, Outcome, Refusal};

use super::*;
use crate::client::CallError;

/// Answers each item with its own text in capitals, or refuses when the operation says so.
struct Fake;

impl Service for Fake {
    async fn call(&self, call: Call) -> Result<Vec<ItemResult>, CallError> {
        match call.operation.as_str() {
            "refuse" => return Err(CallError::Refused(Refusal::NotPermitted)),
            "slow" => tokio::time::sleep(Duration::from_mins(1)).await,
            _ => {}
        }
        let scope = format!("{}/{}/{}", call.tenant, call.dataset, call.purpose);
        let outcome = |input| match input {
            Input::Text(text) => {
                let text = format!("{scope}:{}", text.expose_secret().to_uppercase());
                Outcome::Text(vouchsafe_common::Secret::new(text))
            }
            Input::Record { .. } => Outcome::Error(ItemError::RecordMalformed),
        };
        let result = |item: vouchsafe_common::message::Item| ItemResult {
            outcome: outcome(item.input),
            reference: item.reference,
        };
        Ok(call.items.into_iter().map(result).collect())
    }

    async fn ready(&self) -> Result<(), CallError> {
        Err(CallError::UnknownKey)
    }
}

/// Starts a proxy over [`Fake`] and returns its address.
async fn started() -> String {
    let defaults = Defaults {
        tenant: Some("acme".into()),
        dataset: Some("customers".into()),
        purpose: "test".into(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let stop = std::future::pending();
    tokio::spawn(serve(
        Door::Tcp(listener),
        router(Fake, defaults, true),
        stop,
    ));
    address
}

fn request(url: &str, body: &Value) -> reqwest::RequestBuilder {
    reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .post(url)
        .json(body)
}

async fn sent(request: reqwest::RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    let status = response.status();
    (status, response.json().await.unwrap())
}

fn one_text() -> Value {
    json!({"items": [{"reference": "r", "text": "secret"}]})
}

#[tokio::test]
async fn items_come_back_with_results_or_errors() {
    let url = format!("{}/v1/mask", started().await);
    let body = json!({
        "dataset": "tickets",
        "parameters": {"keep_last": 4},
        "items": [
            {"reference": "a", "text": "x"},
            {"reference": "b", "record": "AQI", "field": "f", "record_id": "1"},
        ],
    });
    let (status, answer) = sent(request(&url, &body)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        answer,
        json!({"items": [
            {"reference": "a", "result": "acme/tickets/test:X"},
            {"reference": "b", "error": {"code": "record_malformed"}},
        ]})
    );
}

#[tokio::test]
async fn a_request_with_an_origin_or_a_foreign_host_is_refused() {
    let url = format!("{}/v1/mask", started().await);
    for (name, value, code) in [
        ("origin", "http://localhost", "browser_origin"),
        ("origin", "null", "browser_origin"),
        ("host", "evil.example", "foreign_host"),
        ("host", "localhost.evil.example:8080", "foreign_host"),
        ("host", "127.0.0.1.evil.example", "foreign_host"),
        ("host", "user@evil.example", "foreign_host"),
        ("host", "", "foreign_host"),
    ] {
        let (status, problem) = sent(request(&url, &one_text()).header(name, value)).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::FORBIDDEN, &json!(code)),
            "{value}"
        );
    }
    for host in ["localhost", "LOCALHOST:1", "127.0.0.1:99", "[::1]:8080"] {
        let (status, _) = sent(request(&url, &one_text()).header("host", host)).await;
        assert_eq!(status, StatusCode::OK, "{host}");
    }
}

#[tokio::test]
async fn a_refusal_is_a_problem_document_with_the_enclaves_code() {
    let url = format!("{}/v1/refuse", started().await);
    let response = request(&url, &one_text()).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["code"], "not_permitted");
    assert_eq!(problem["status"], 403);
    assert_eq!(
        problem["type"],
        "https://vouchsafe.dev/problems/not_permitted"
    );
}

#[tokio::test]
async fn a_body_that_is_no_request_is_named_and_never_repeated() {
    let url = format!("{}/v1/mask", started().await);
    let many: Vec<Value> = (0..10_001)
        .map(|i| json!({"reference": i.to_string(), "text": ""}))
        .collect();
    for (body, code) in [
        (json!("CANARY"), "malformed"),
        (json!({"items": [], "CANARY": 1}), "malformed"),
        (json!({"items": []}), "item_count"),
        (json!({"items": many}), "item_count"),
        (json!({"items": [{"reference": "CANARY"}]}), "item_shape"),
        (
            json!({"items": [{"reference": "", "text": "CANARY"}]}),
            "invalid_name",
        ),
        (
            json!({"parameters": ["CANARY"], "items": [{"reference": "r", "text": "t"}]}),
            "invalid_parameter",
        ),
    ] {
        let (status, problem) = sent(request(&url, &body)).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::BAD_REQUEST, &json!(code))
        );
        assert!(!problem.to_string().contains("CANARY"));
    }
}

#[tokio::test]
async fn another_content_type_path_or_method_is_refused() {
    let address = started().await;
    let url = format!("{address}/v1/mask");
    let plain = request(&url, &one_text()).header("content-type", "text/plain");
    assert_eq!(sent(plain).await.1["code"], "unsupported_media_type");
    let nowhere = request(&format!("{address}/v2/mask"), &one_text());
    assert_eq!(sent(nowhere).await.1["code"], "not_found");
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    assert_eq!(sent(client.get(&url)).await.1["code"], "method_not_allowed");
    assert_eq!(
        sent(client.get(format!("{address}/readyz"))).await.1["code"],
        "unknown_key"
    );
    let health = client
        .get(format!("{address}/healthz"))
        .send()
        .await
        .unwrap();
    assert_eq!(health.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let url = format!("{}/v1/mask", started().await);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let long = client.post(&url).header("content-type", "application/json");
    let (status, problem) = sent(long.body(vec![b' '; MAX_BODY_BYTES + 1])).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::PAYLOAD_TOO_LARGE, &json!("too_large"))
    );
}

#[tokio::test]
async fn beyond_the_limit_of_requests_the_answer_is_to_come_back() {
    let address = started().await;
    let slow = format!("{address}/v1/slow");
    for _ in 0..MAX_CONCURRENT {
        let request = request(&slow, &one_text());
        tokio::spawn(request.send());
    }
    for _ in 0..200 {
        let response = request(&format!("{address}/v1/mask"), &one_text())
            .send()
            .await
            .unwrap();
        if response.status() == StatusCode::SERVICE_UNAVAILABLE {
            assert_eq!(response.headers()["retry-after"], "1");
            let problem: Value = response.json().await.unwrap();
            assert_eq!(problem["code"], "busy");
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    unreachable!("the slow requests fill every place");
}

#[test]
fn a_scope_that_nobody_gives_is_missing() {
    let body = br#"{"items":[{"reference":"r","text":"t"}]}"#;
    let refused = call("mask".into(), body, &Defaults::default());
    assert_eq!(refused.err(), Some(JsonError::Scope));
}
