//! An enclave that lies, dies or dawdles: no caller gets a wrong answer, and service recovers.

use std::time::Duration;

use serde_bytes::ByteBuf;
use vouchsafe_common::envelope::{Answer, AnswerBody, RefusedCode, Status};
use vouchsafe_common::limits::MAX_FRAME_BYTES;

use crate::enclave::{FakeEnclave, Manner, evidence, framed, sealed};
use crate::support::{NONCE, TestParent, eventually};

/// What a caller is told when the enclave answers with `manner`; then that the next request is
/// served, on a stream of its own.
async fn outcome(parent: &TestParent, enclave: &FakeEnclave, manner: Manner) -> (u16, String) {
    let body = sealed(enclave.keys.key_id, b"first");
    let before = enclave.requests();
    enclave.behave(manner);
    let told = parent.process(&body).await.code();
    assert_eq!(enclave.requests(), before + 1, "the request was sent once");
    enclave.behave(Manner::Honest);
    parent.until_ready(true).await;
    let next = sealed(enclave.keys.key_id, b"second");
    let answered = parent.process(&next).await;
    assert_eq!(
        (answered.status, answered.body),
        (200, next.into_iter().rev().collect())
    );
    told
}

#[tokio::test]
async fn an_answer_out_of_protocol_is_refused_and_its_stream_never_used_again() {
    let (parent, enclave) = TestParent::with_enclave("").await;
    let reply = || {
        framed(AnswerBody::Reply {
            sealed: ByteBuf::from("for another"),
        })
    };
    let status = Status {
        key_id: enclave.keys.key_id,
        boot_id: enclave.keys.boot_id,
    };
    let other_version = {
        let mut answer = Answer::new(AnswerBody::Reply {
            sealed: ByteBuf::from("x"),
        });
        answer.version = 9;
        let bytes = answer.encode();
        [
            &u32::try_from(bytes.len()).unwrap().to_be_bytes()[..],
            &bytes,
        ]
        .concat()
    };
    let too_long = u32::try_from(MAX_FRAME_BYTES + 1)
        .unwrap()
        .to_be_bytes()
        .to_vec();
    for bytes in [
        vec![0, 0, 0, 0],
        too_long,
        vec![0xff; 4],
        vec![0, 0, 0, 3, 1, 2, 3],
        framed(AnswerBody::Status(status)),
        framed(AnswerBody::Evidence(evidence(&enclave.keys, [0; 32]))),
        other_version,
        [reply(), reply()].concat(),
        [reply(), vec![0]].concat(),
    ] {
        let told = outcome(&parent, &enclave, Manner::Raw(bytes.clone())).await;
        assert_eq!(told, (502, "bad_enclave_answer".into()), "{bytes:02x?}");
    }
    let dropped = parent.metric("vouchsafe_streams_dropped_total").await;
    assert_eq!(dropped, 9);
}

#[tokio::test]
async fn an_answer_cut_at_any_length_is_a_lost_enclave() {
    let (parent, enclave) = TestParent::with_enclave("").await;
    let whole = framed(AnswerBody::Reply {
        sealed: ByteBuf::from("reply"),
    });
    for cut in 0..whole.len() {
        let manner = Manner::RawThenClose(whole[..cut].to_vec());
        let told = outcome(&parent, &enclave, manner).await;
        assert_eq!(told, (502, "enclave_lost".into()), "cut at {cut}");
    }
}

#[tokio::test]
async fn a_late_reply_is_given_to_nobody() {
    let limits = "[limits]\nrequest_deadline_ms = 150";
    let (parent, enclave) = TestParent::with_enclave(limits).await;
    let late = Manner::Late(Duration::from_millis(300));
    assert_eq!(
        outcome(&parent, &enclave, late).await,
        (504, "deadline".into())
    );
    assert_eq!(
        outcome(&parent, &enclave, Manner::Silent).await,
        (504, "deadline".into())
    );
}

#[tokio::test]
async fn a_refusal_in_clear_keeps_its_code() {
    let (parent, enclave) = TestParent::with_enclave("").await;
    for (code, status) in [
        (RefusedCode::Malformed, 400),
        (RefusedCode::UnknownKey, 421),
        (RefusedCode::NotAuthentic, 400),
        (RefusedCode::TooLarge, 413),
        (RefusedCode::Busy, 503),
        (RefusedCode::EvidenceUnavailable, 503),
    ] {
        let told = outcome(&parent, &enclave, Manner::Refuse(code)).await;
        assert_eq!(told, (status, code.code().to_owned()));
    }
    assert_eq!(parent.metric("vouchsafe_streams_dropped_total").await, 0);
}

#[tokio::test]
async fn a_stream_that_was_closed_meanwhile_costs_the_caller_nothing() {
    let (parent, enclave) = TestParent::with_enclave("").await;
    let body = sealed(enclave.keys.key_id, b"x");
    for round in 1..=5 {
        assert_eq!(parent.process(&body).await.status, 200);
        enclave.hang_up();
        // Until the parent's status stream is closed too, the streams of requests may not be.
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(parent.process(&body).await.status, 200, "round {round}");
    }
    assert_eq!(enclave.requests(), 10);
    assert_eq!(parent.metric("vouchsafe_streams_retried_total").await, 5);
}

#[tokio::test]
async fn a_dead_enclave_is_noticed_and_its_successor_found() {
    let (parent, enclave) = TestParent::with_enclave("").await;
    let old = sealed(enclave.keys.key_id, b"x");
    enclave.behave(Manner::Silent);
    let mut client = parent.connect().await;
    let in_flight = async { client.process(&old).await.code() };
    let death = async {
        eventually(async || enclave.requests() == 1).await;
        drop(enclave);
    };
    let (told, ()) = tokio::join!(in_flight, death);
    assert_eq!(told, (502, "enclave_lost".into()));
    parent.until_ready(false).await;
    assert_eq!(
        client.process(&old).await.code(),
        (503, "enclave_unavailable".into())
    );

    let successor = FakeEnclave::start(&parent.enclave_path(0), 2);
    parent.until_ready(true).await;
    assert_eq!(
        client.process(&old).await.code(),
        (421, "unknown_key".into())
    );
    assert_eq!(successor.requests(), 0);
    let new = sealed(successor.keys.key_id, b"x");
    assert_eq!(client.process(&new).await.status, 200);
}

#[tokio::test]
async fn evidence_that_passes_tells_the_key_of_a_restarted_enclave_at_once() {
    let (parent, enclave) = TestParent::with_enclave("").await;
    drop(enclave);
    let successor = FakeEnclave::start(&parent.enclave_path(0), 2);
    let mut client = parent.connect().await;
    let path = format!("/v1/evidence?nonce={NONCE}");
    eventually(async || client.call("GET", &path, &[], b"").await.status == 200).await;
    let new = sealed(successor.keys.key_id, b"x");
    assert_eq!(client.process(&new).await.status, 200);
}
