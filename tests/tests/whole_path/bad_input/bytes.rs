//! Bytes that are no request: refused by the first who can know.

use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
    time::Duration,
};

use coset::cbor::Value as Cbor;
use serde_json::json;
use vouchsafe_common::{
    envelope::{AnswerBody, QueryBody, RefusedCode},
    limits::MAX_SEALED_REQUEST_BYTES,
    message::{Refusal, Reply, RequestId},
    padding,
};
use vouchsafe_tests::{
    Deployment,
    deployment::text,
    wire::{self, Draft, Sent, bytes_of, map, refused},
};

use super::{assert_serves, assert_unharmed};

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_sealed_request_is_refused_by_the_parent() {
    let mut deployment = Deployment::start().await;
    let client = deployment.client();
    for (status, code, body) in [
        (413, "too_large", vec![0; MAX_SEALED_REQUEST_BYTES + 1]),
        (400, "malformed", vec![0; MAX_SEALED_REQUEST_BYTES]),
        (400, "malformed", Vec::new()),
        (400, "malformed", b"{\"operation\": \"mask\"}".to_vec()),
        (400, "malformed", vec![0x81; 100_000]),
        (400, "malformed", vec![0x9f; 100]),
        (
            400,
            "malformed",
            vec![0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ),
    ] {
        let length = body.len();
        let seen = deployment.post(&body).await;
        assert_eq!(seen, refused(status, code), "{length} bytes");
        assert_serves(&client).await;
    }
    assert_unharmed(&mut deployment);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_parent_can_know_has_an_http_status_and_a_problem_document() {
    let mut deployment = Deployment::start().await;
    let http = reqwest::Client::new();
    let url = |path: &str| format!("{}{path}", deployment.url);
    let cose = "application/cose";
    let post = |media_type: &str| {
        http.post(url("/v1/process"))
            .header("content-type", media_type)
    };
    let short = format!("/v1/evidence?nonce={}", "0".repeat(63));
    for (status, code, request) in [
        (404, "not_found", http.get(url("/v2/process"))),
        (405, "method_not_allowed", http.get(url("/v1/process"))),
        (405, "method_not_allowed", http.delete(url("/v1/evidence"))),
        (400, "bad_nonce", http.get(url("/v1/evidence"))),
        (400, "bad_nonce", http.get(url(&short))),
        (
            400,
            "bad_nonce",
            post(cose).header("vouchsafe-nonce", "x").body("x"),
        ),
        (
            415,
            "unsupported_media_type",
            http.post(url("/v1/process")).body("x"),
        ),
        (
            415,
            "unsupported_media_type",
            post("application/json").body("{}"),
        ),
        (
            415,
            "unsupported_media_type",
            post(cose).header("content-encoding", "gzip").body("x"),
        ),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status, "{code}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let problem: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(problem["code"], code);
        assert_eq!(problem["status"], status);
    }
    assert_serves(&deployment.client()).await;
    assert_unharmed(&mut deployment);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plaintext_that_is_no_request_is_refused_under_seal() {
    let mut deployment = Deployment::start().await;
    let client = deployment.client();
    let keys = deployment.verified().await.key_configuration().clone();
    let caller = deployment.caller_key();
    let nested = |depth: usize| [vec![0x81; depth], vec![0xf6]].concat();
    let good = request_with([]);
    let mut bodies = vec![
        ("nothing", Vec::new()),
        ("garbage", b"garbage".to_vec()),
        ("too deep", nested(17)),
        ("far too deep", nested(1_000_000)),
        (
            "too deep in a member",
            bytes_of(&request_with([("parameters", deep(20))])),
        ),
        ("a list without end", vec![0x9f, 0xff]),
        (
            "a length that is a lie",
            vec![0xbb, 0xff, 0, 0, 0, 0, 0, 0, 0],
        ),
        ("bytes left over", [bytes_of(&good), vec![0]].concat()),
        ("a list for an object", bytes_of(&Cbor::Array(vec![]))),
        ("a tag", bytes_of(&Cbor::Tag(0, Box::new(good.clone())))),
        (
            "a number for items",
            bytes_of(&request_with([("items", 1.into())])),
        ),
        (
            "a text for an item",
            bytes_of(&request_with([("items", list("x".into()))])),
        ),
        (
            "a short id",
            bytes_of(&request_with([("id", Cbor::Bytes(vec![1; 15]))])),
        ),
        (
            "a text for a time",
            bytes_of(&request_with([("issued_at", "now".into())])),
        ),
        (
            "a negative time",
            bytes_of(&request_with([("issued_at", (-1).into())])),
        ),
        (
            "a number for a tenant",
            bytes_of(&request_with([("tenant", 1.into())])),
        ),
        ("an unknown member", {
            let Cbor::Map(mut members) = good.clone() else {
                panic!("not a map")
            };
            members.push(("debug".into(), true.into()));
            bytes_of(&Cbor::Map(members))
        }),
        ("a missing member", without_last(&good)),
        ("members in another order", {
            let Cbor::Map(mut members) = good.clone() else {
                panic!("not a map")
            };
            members.reverse();
            bytes_of(&Cbor::Map(members))
        }),
    ];
    let whole = bytes_of(&good);
    let cuts = (0..whole.len()).step_by(41);
    bodies.extend(cuts.map(|length| ("cut", whole[..length].to_vec())));
    for (what, body) in bodies {
        let draft = Draft::to(&keys);
        let proof = draft.registered("crm", &caller, &body);
        assert_malformed(&deployment, draft.seal(&body, proof), what).await;
    }
    assert_serves(&client).await;
    assert_unharmed(&mut deployment);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_whose_proof_members_or_padding_are_wrong_is_refused_under_seal() {
    let mut deployment = Deployment::start().await;
    let client = deployment.client();
    let keys = deployment.verified().await.key_configuration().clone();
    let whole = bytes_of(&request_with([]));
    let body = Cbor::Bytes(whole.clone());
    for (what, proof) in [
        ("no proof", Cbor::Null),
        ("an unknown proof", map([("Trusted", map([]))])),
        (
            "a proof without signature",
            map([("Registered", map([("caller", "crm".into())]))]),
        ),
        ("a proof that is too deep", deep(20)),
    ] {
        let sent = Draft::to(&keys).seal(&whole, proof);
        assert_malformed(&deployment, sent, what).await;
    }
    for (what, inside) in [
        ("nothing inside", Vec::new()),
        ("a body alone", bytes_of(&map([("body", body)]))),
        ("garbage inside", vec![0xff; 100]),
    ] {
        let sent = Draft::to(&keys).seal_inside(&inside);
        assert_malformed(&deployment, sent, what).await;
    }
    let padded = padding::pad(b"message").unwrap();
    for (what, padded) in [
        ("no padding", Vec::new()),
        ("a length beyond the end", vec![0xff; 256]),
        ("filler that is not zero", {
            let mut padded = padded.to_vec();
            padded[255] = 1;
            padded
        }),
        ("too much filler", [padded.to_vec(), vec![0; 16]].concat()),
    ] {
        let sent = Draft::to(&keys).seal_padded(&padded);
        assert_malformed(&deployment, sent, what).await;
    }
    assert_serves(&client).await;
    assert_unharmed(&mut deployment);
}

async fn assert_malformed(deployment: &Deployment, sent: Sent, what: &str) {
    let reply = deployment.post(&sent.bytes).await;
    let reply = reply.unwrap_or_else(|refused| panic!("{what}: {refused:?}"));
    // Its id was not read, so the reply carries none.
    let reply = sent.open(RequestId::UNKNOWN, &reply);
    let Reply::Refused { code } = reply else {
        panic!("{what}: {reply:?}")
    };
    assert_eq!(code, Refusal::Malformed, "{what}");
}

/// A good request as a value, with some members replaced.
fn request_with<const N: usize>(changed: [(&str, Cbor); N]) -> Cbor {
    let request = wire::request("mask", &json!({}), vec![text("t", "x")]);
    let bytes = request.encode().unwrap();
    let Ok(Cbor::Map(mut members)) = coset::cbor::de::from_reader(bytes.as_slice()) else {
        panic!("not a map")
    };
    for (name, value) in changed {
        let member = members
            .iter_mut()
            .find(|(key, _)| key.as_text() == Some(name));
        member.unwrap().1 = value;
    }
    Cbor::Map(members)
}

fn without_last(request: &Cbor) -> Vec<u8> {
    let Cbor::Map(mut members) = request.clone() else {
        panic!("not a map")
    };
    members.pop();
    bytes_of(&Cbor::Map(members))
}

fn list(item: Cbor) -> Cbor {
    Cbor::Array(vec![item])
}

fn deep(depth: usize) -> Cbor {
    (0..depth).fold(Cbor::Null, |inner, _| map([("x", inner)]))
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_that_are_no_query_leave_the_enclave_serving() {
    let mut deployment = Deployment::start().await;
    let client = deployment.client();
    let socket = deployment.directory().join("enclave.sock");
    let send = |bytes: &[u8]| {
        let mut stream = UnixStream::connect(&socket).unwrap();
        stream.write_all(bytes).unwrap();
        stream
    };
    // Nothing, or more than a query may have: the stream is closed, and nothing was waited for.
    let too_long = u32::try_from(MAX_SEALED_REQUEST_BYTES + 1025).unwrap();
    for head in [0, too_long, u32::MAX] {
        let mut stream = send(&head.to_be_bytes());
        stream
            .set_read_timeout(Some(Duration::from_secs(5)))
            .unwrap();
        assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    }
    // Frames that break off, some of them while others are served.
    let mut open = Vec::new();
    for bytes in [&[][..], &[0], &[0, 0, 1, 0], &[0, 0, 1, 0, 0xa2]] {
        drop(send(bytes));
        open.push(send(bytes));
    }
    for garbage in [&b"garbage"[..], &[0x9f], &[0x81; 5_000]] {
        let length = u32::try_from(garbage.len()).unwrap().to_be_bytes();
        let mut stream = send(&[&length, garbage].concat());
        let mut head = [0; 4];
        stream.read_exact(&mut head).unwrap();
        let mut frame = vec![0; usize::try_from(u32::from_be_bytes(head)).unwrap()];
        stream.read_exact(&mut frame).unwrap();
        let answer = vouchsafe_common::envelope::Answer::decode(&frame).unwrap();
        let malformed = AnswerBody::Refused {
            code: RefusedCode::Malformed,
        };
        assert_eq!(answer.body, malformed);
    }
    let status = wire::ask(&socket, QueryBody::Status);
    assert!(matches!(status, AnswerBody::Status(_)));
    assert_serves(&client).await;
    drop(open);
    assert_unharmed(&mut deployment);
}
