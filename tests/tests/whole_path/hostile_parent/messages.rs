//! Sealed requests and replies, altered, cut, swapped and repeated.

use std::ops::Range;

use coset::{CborSerializable, CoseEncrypt0, Label, cbor::Value};
use serde_json::json;
use vouchsafe_common::envelope::{AnswerBody, QueryBody, RefusedCode};
use vouchsafe_tests::{Deployment, wire};

use super::{behave, good, item, meddle, on_reply, on_request, outcome, refused};

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_altered_cut_or_lengthened_is_refused() {
    let deployment = Deployment::intercepted().await;
    let client = deployment.client();
    assert_eq!(outcome(&client).await, good());
    // The random part, the message and the tag.
    for position in [0, 31, 32, 100, 287, 288, 303] {
        let flip = move |mut reply: Vec<u8>| {
            reply[position] ^= 1;
            reply
        };
        meddle(&deployment, on_reply(flip));
        let refusal = refused("reply_not_authentic");
        assert_eq!(outcome(&client).await, refusal, "byte {position}");
    }
    for (length, code) in [
        (0, "reply_length"),
        (31, "reply_length"),
        (32, "reply_not_authentic"),
        (48, "reply_not_authentic"),
        (303, "reply_not_authentic"),
        (305, "reply_not_authentic"),
    ] {
        let resize = move |mut reply: Vec<u8>| {
            assert_eq!(reply.len(), 304);
            reply.resize(length, 0);
            reply
        };
        meddle(&deployment, on_reply(resize));
        assert_eq!(outcome(&client).await, refused(code), "{length} bytes");
    }
    behave(&deployment);
    assert_eq!(outcome(&client).await, good());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_to_an_older_request_is_refused_each_time() {
    let deployment = Deployment::intercepted().await;
    let client = deployment.client();
    let mut first = None;
    let repeat = move |reply: Vec<u8>| first.get_or_insert(reply).clone();
    meddle(&deployment, on_reply(repeat));
    assert_eq!(outcome(&client).await, good());
    for _ in 0..3 {
        assert_eq!(outcome(&client).await, refused("reply_not_authentic"));
    }
    behave(&deployment);
    assert_eq!(outcome(&client).await, good());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replies_that_change_places_are_both_refused() {
    let deployment = Deployment::intercepted().await;
    let clients = [deployment.client(), deployment.client()];
    for client in &clients {
        assert_eq!(outcome(client).await, good());
    }
    deployment.interceptor.as_ref().unwrap().swap_two_replies();
    let swapped = tokio::join!(outcome(&clients[0]), outcome(&clients[1]));
    let refusal = || refused("reply_not_authentic");
    assert_eq!(swapped, (refusal(), refusal()));
    for client in &clients {
        assert_eq!(outcome(client).await, good());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_altered_in_any_part_is_refused_by_the_name_of_that_part() {
    type Change = fn(&mut CoseEncrypt0);
    let deployment = Deployment::intercepted().await;
    let client = deployment.client();
    let cases: [(&str, Change); 8] = [
        ("unknown_key", |cose| cose.protected.header.key_id[0] ^= 1),
        ("malformed", |cose| cose.protected.header.key_id.push(0)),
        ("malformed", |cose| cose.protected.header.alg = None),
        ("malformed", |cose| cose.unprotected.rest.clear()),
        ("malformed", |cose| cose.unprotected.key_id = vec![0; 16]),
        ("malformed", |cose| cose.ciphertext = None),
        ("not_authentic", |cose| {
            cose.unprotected.rest = vec![(Label::Int(-4), Value::Bytes(vec![9; 1120]))];
        }),
        ("not_authentic", |cose| {
            cose.ciphertext = Some(vec![9; 300]);
        }),
    ];
    for (index, (code, change)) in cases.into_iter().enumerate() {
        let rewrite = move |sealed: Vec<u8>| {
            let mut cose = CoseEncrypt0::from_slice(&sealed).unwrap();
            cose.protected.original_data = None;
            change(&mut cose);
            cose.to_vec().unwrap()
        };
        meddle(&deployment, on_request(rewrite));
        assert_eq!(outcome(&client).await, refused(code), "case {index}");
    }
    behave(&deployment);
    assert_eq!(outcome(&client).await, good());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_altered_at_any_byte_or_cut_anywhere_does_not_open() {
    let deployment = Deployment::start().await;
    let enclave = deployment.verified().await;
    let socket = deployment.directory().join("enclave.sock");
    let request = wire::request("mask", &json!({"keep_last": 4}), vec![item()]);
    let (sealed, reply) = deployment.seal(&enclave, &request);
    let ask = |sealed: &[u8]| {
        let sealed = sealed.to_vec().into();
        wire::ask(&socket, QueryBody::Process { sealed })
    };
    let refusal = |code| AnswerBody::Refused { code };

    let cose = CoseEncrypt0::from_slice(&sealed).unwrap();
    let Value::Bytes(ek) = &cose.unprotected.rest[0].1 else {
        panic!("no encapsulated key")
    };
    let key_id = place(&sealed, &cose.protected.header.key_id);
    let authentic = [
        place(&sealed, ek),
        place(&sealed, cose.ciphertext.as_deref().unwrap()),
    ];
    // Every byte of what surrounds the long parts, and every seventh of those.
    for position in 0..sealed.len() {
        let long = authentic.iter().any(|part| part.contains(&position));
        if long && position % 7 != 0 {
            continue;
        }
        let mut altered = sealed.clone();
        altered[position] ^= 1;
        let code = if key_id.contains(&position) {
            RefusedCode::UnknownKey
        } else if long {
            RefusedCode::NotAuthentic
        } else {
            RefusedCode::Malformed
        };
        assert_eq!(ask(&altered), refusal(code), "byte {position}");
    }
    for length in (0..sealed.len()).step_by(29) {
        let answer = ask(&sealed[..length]);
        assert_eq!(answer, refusal(RefusedCode::Malformed), "cut at {length}");
    }
    let longer = [sealed.as_slice(), &[0]].concat();
    assert_eq!(ask(&longer), refusal(RefusedCode::Malformed));
    // None of these used it up.
    let AnswerBody::Reply { sealed } = ask(&sealed) else {
        panic!("no reply")
    };
    let reply = reply.open(&sealed).unwrap();
    assert!(matches!(
        reply,
        vouchsafe_common::message::Reply::Done { .. }
    ));
}

fn place(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = whole.windows(part.len()).position(|here| here == part);
    let start = start.unwrap();
    start..start + part.len()
}
