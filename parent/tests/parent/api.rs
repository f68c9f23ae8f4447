//! What callers may count on: every route, every problem they can cause.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use vouchsafe_common::envelope::Evidence;
use vouchsafe_common::key_configuration::KeyId;
use vouchsafe_common::limits::MAX_SEALED_REQUEST_BYTES;
use vouchsafe_parent::http::{OPENAPI, ROUTES};
use vouchsafe_parent::problem::Code;

use crate::enclave::{FakeEnclave, evidence, long, sealed};
use crate::support::{COSE, NONCE, TestParent};

#[tokio::test]
async fn evidence_over_the_callers_nonce_passes_unaltered() {
    let (parent, enclave) = TestParent::with_enclave("").await;
    let answered = parent.get(&format!("/v1/evidence?nonce={NONCE}")).await;
    assert_eq!(
        (answered.status, answered.header("content-type")),
        (200, Some("application/cbor"))
    );
    let mut nonce = [0; 32];
    hex::decode_to_slice(NONCE, &mut nonce).unwrap();
    assert_eq!(
        Evidence::decode(&answered.body),
        Ok(evidence(&enclave.keys, nonce))
    );
}

#[tokio::test]
async fn a_reply_passes_unaltered_whatever_its_length() {
    let (parent, enclave) = TestParent::with_enclave("").await;
    let mut client = parent.connect().await;
    for ciphertext in [vec![1], vec![2; 33_000], long(), vec![3; 4_000_000]] {
        let body = sealed(enclave.keys.key_id, &ciphertext);
        let answered = client.process(&body).await;
        let expected: Vec<_> = body.iter().rev().copied().collect();
        assert_eq!(answered.status, 200);
        assert_eq!(
            answered.header("content-type"),
            Some("application/octet-stream")
        );
        assert_eq!(answered.header("cache-control"), Some("no-store"));
        assert!(
            answered.body == expected,
            "a reply of {} bytes differs",
            expected.len()
        );
    }
}

#[tokio::test]
async fn a_body_in_chunks_is_taken_like_any_other() {
    let (parent, enclave) = TestParent::with_enclave("").await;
    let body = sealed(enclave.keys.key_id, &[5; 100]);
    let mut client = parent.connect().await;
    let head = format!(
        "POST /v1/process HTTP/1.1\r\nhost: p\r\ntransfer-encoding: chunked\r\n{COSE}\r\n\r\n"
    );
    client.0.write_all(head.as_bytes()).await.unwrap();
    for chunk in body.chunks(30) {
        client
            .0
            .write_all(format!("{:x}\r\n", chunk.len()).as_bytes())
            .await
            .unwrap();
        client
            .0
            .write_all(&[chunk, b"\r\n"].concat())
            .await
            .unwrap();
    }
    client.0.write_all(b"0\r\n\r\n").await.unwrap();
    assert_eq!(client.answer().await.status, 200);
}

#[tokio::test]
async fn many_callers_at_once_get_each_their_own_reply() {
    let (parent, enclave) = TestParent::with_enclave("").await;
    let calls: Vec<_> = (0..10u8)
        .map(|caller| {
            let (address, key) = (parent.address, enclave.keys.key_id);
            tokio::spawn(async move {
                let mut client = crate::support::Client::connect(address).await;
                for round in 0..50 {
                    let body = sealed(key, &[caller, round, 9]);
                    let answered = client.process(&body).await;
                    let expected: Vec<_> = body.into_iter().rev().collect();
                    assert_eq!((answered.status, answered.body), (200, expected));
                }
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap();
    }
    assert_eq!(enclave.requests(), 500);
    // One stream for the status, and at most one for each caller.
    assert!(enclave.streams() <= 11, "{} streams", enclave.streams());
    assert_eq!(
        parent
            .metric("vouchsafe_requests_total{route=\"process\",code=\"ok\"}")
            .await,
        500
    );
}

#[tokio::test]
async fn requests_find_the_enclave_that_holds_their_key() {
    let parent = TestParent::start_with(3, "", "").await;
    let enclaves: Vec<_> = (0..3u8)
        .map(|index| FakeEnclave::start(&parent.enclave_path(usize::from(index)), index + 1))
        .collect();
    for (index, _) in enclaves.iter().enumerate() {
        let up = format!("vouchsafe_enclave_up{{enclave=\"{index}\"}}");
        crate::support::eventually(async || parent.metric(&up).await == 1).await;
    }
    for (index, enclave) in enclaves.iter().enumerate() {
        for _ in 0..=index {
            assert_eq!(
                parent
                    .process(&sealed(enclave.keys.key_id, b"x"))
                    .await
                    .status,
                200
            );
        }
    }
    let requests: Vec<_> = enclaves.iter().map(FakeEnclave::requests).collect();
    assert_eq!(requests, [1, 2, 3]);
}

#[tokio::test]
async fn an_unknown_key_is_answered_with_evidence_over_the_nonce_that_came_along() {
    let (parent, enclave) = TestParent::with_enclave("").await;
    let body = sealed(KeyId([0xee; 16]), b"stale");
    let nonce = format!("vouchsafe-nonce: {NONCE}");
    let mut client = parent.connect().await;
    let answered = client
        .call("POST", "/v1/process", &[COSE, &nonce], &body)
        .await;
    assert_eq!(answered.code(), (421, "unknown_key".into()));
    let told = answered.problem()["evidence"].as_str().unwrap().to_owned();
    let told = Evidence::decode(&URL_SAFE_NO_PAD.decode(told).unwrap()).unwrap();
    let mut nonce = [0; 32];
    hex::decode_to_slice(NONCE, &mut nonce).unwrap();
    assert_eq!(told, evidence(&enclave.keys, nonce));
    let without = client.process(&body).await;
    assert_eq!(without.code(), (421, "unknown_key".into()));
    assert_eq!(without.problem()["evidence"], Value::Null);
    assert_eq!(enclave.requests(), 0);
}

/// Method, path, headers and body; status and code.
type Case<'a> = (&'a str, &'a str, &'a [&'a str], &'a [u8], u16, &'a str);

#[tokio::test]
async fn what_is_wrong_with_a_request_has_a_stable_code() {
    let (parent, enclave) = TestParent::with_enclave("").await;
    let good = sealed(enclave.keys.key_id, b"x");
    let nonce = "vouchsafe-nonce: 00";
    let cases: &[Case] = &[
        ("GET", "/v1/evidence", &[], b"", 400, "bad_nonce"),
        ("GET", "/v1/evidence?nonce=12", &[], b"", 400, "bad_nonce"),
        (
            "POST",
            "/v1/process",
            &[COSE, nonce],
            &good,
            400,
            "bad_nonce",
        ),
        (
            "POST",
            "/v1/process",
            &[COSE],
            b"not COSE",
            400,
            "malformed",
        ),
        ("POST", "/v1/process", &[COSE], b"", 400, "malformed"),
        (
            "POST",
            "/v1/process",
            &[],
            &good,
            415,
            "unsupported_media_type",
        ),
        (
            "POST",
            "/v1/process",
            &["content-type: text/plain"],
            &good,
            415,
            "unsupported_media_type",
        ),
        (
            "POST",
            "/v1/process",
            &[COSE, "content-encoding: gzip"],
            &good,
            415,
            "unsupported_media_type",
        ),
        ("GET", "/v1/process", &[], b"", 405, "method_not_allowed"),
        (
            "DELETE",
            "/v1/evidence",
            &[],
            b"",
            405,
            "method_not_allowed",
        ),
        ("GET", "/", &[], b"", 404, "not_found"),
        ("GET", "/v1/process/..", &[], b"", 404, "not_found"),
    ];
    let mut client = parent.connect().await;
    for (method, path, headers, body, status, code) in cases {
        let answered = client.call(method, path, headers, body).await;
        assert_eq!(
            answered.code(),
            (*status, (*code).to_owned()),
            "{method} {path} {headers:?}"
        );
        let problem = answered.problem();
        assert_eq!(
            problem["type"],
            format!("https://vouchsafe.dev/problems/{code}")
        );
        assert!(
            problem["request_id"]
                .as_str()
                .is_some_and(|id| id.len() > 8)
        );
        if *status == 405 {
            assert!(answered.header("allow").is_some());
        }
    }
    assert_eq!(enclave.requests(), 0);
    // The same connection serves on: a refused request harms no other.
    assert_eq!(client.process(&good).await.status, 200);
}

#[tokio::test]
async fn a_body_over_the_limit_is_too_large_before_and_while_it_is_read() {
    let (parent, enclave) = TestParent::with_enclave("").await;
    let body = vec![0; MAX_SEALED_REQUEST_BYTES + 1];
    assert_eq!(
        parent.process(&body).await.code(),
        (413, "too_large".into())
    );

    let mut waits = parent.connect().await;
    let headers = [COSE, "expect: 100-continue"];
    waits
        .send_head("POST", "/v1/process", &headers, body.len())
        .await;
    assert_eq!(waits.answer().await.code(), (413, "too_large".into()));

    let mut chunked = parent.connect().await;
    let head = format!(
        "POST /v1/process HTTP/1.1\r\nhost: p\r\ntransfer-encoding: chunked\r\n{COSE}\r\n\r\n{:x}\r\n",
        body.len()
    );
    chunked.0.write_all(head.as_bytes()).await.unwrap();
    chunked.0.write_all(&body).await.unwrap();
    chunked.0.write_all(b"\r\n0\r\n\r\n").await.unwrap();
    assert_eq!(chunked.answer().await.code(), (413, "too_large".into()));
    assert_eq!(enclave.requests(), 0);
}

#[tokio::test]
async fn without_an_enclave_nothing_is_ready_and_everything_says_so() {
    let parent = TestParent::start("").await;
    let unavailable = (503, String::from("enclave_unavailable"));
    for path in ["/readyz", &format!("/v1/evidence?nonce={NONCE}")] {
        let answered = parent.get(path).await;
        assert_eq!(answered.code(), unavailable);
        assert_eq!(answered.header("retry-after"), Some("1"));
    }
    let body = sealed(KeyId([1; 16]), b"x");
    assert_eq!(parent.process(&body).await.code(), unavailable);
    assert_eq!(parent.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn the_description_names_every_route_and_code_and_no_other() {
    let (parent, _enclave) = TestParent::with_enclave("").await;
    let served = parent.get("/openapi.json").await;
    assert_eq!(served.body, OPENAPI.as_bytes());
    let description: Value = serde_json::from_str(OPENAPI).unwrap();
    let mut described = BTreeSet::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            described.insert((method.to_uppercase(), path.clone()));
            for (status, response) in operation["responses"].as_object().unwrap() {
                let said = response["description"].as_str().unwrap();
                for code in said
                    .strip_prefix("Problem: ")
                    .into_iter()
                    .flat_map(|s| s.split(", "))
                {
                    let name = code.trim_end_matches('.');
                    let code = Code::ALL.iter().find(|code| code.name() == name).unwrap();
                    assert_eq!(code.status().as_str(), status);
                }
            }
        }
    }
    let routes: BTreeSet<_> = ROUTES
        .iter()
        .map(|(method, path)| ((*method).to_owned(), (*path).to_owned()))
        .collect();
    assert_eq!(described, routes);
    let codes =
        description["components"]["schemas"]["Problem"]["properties"]["code"]["enum"].clone();
    let all: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(codes, serde_json::json!(all));

    for (method, path) in ROUTES {
        let mut client = parent.connect().await;
        let status = client.call(method, path, &[], b"").await.status;
        assert!(
            ![404, 405].contains(&status),
            "{method} {path} answers {status}"
        );
        let other = if *method == "GET" { "POST" } else { "GET" };
        assert_eq!(
            client.call(other, path, &[], b"").await.status,
            405,
            "{other} {path}"
        );
    }
}
