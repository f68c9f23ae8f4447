//! A parent that alters, cuts, swaps, repeats and forges: it gets refusals, and nobody else gets
//! a wrong answer.
//!
//! Here are the sealed messages; beside are evidence, replays and stolen credentials. Each test ends
//! with the honest way, so that a test does not pass because nothing works.

mod evidence;
mod messages;
mod replay;
mod stolen;

use serde_json::json;
use vouchsafe_client::{Client, MockRoot};
use vouchsafe_common::{
    envelope::{Answer, AnswerBody, Evidence, Query, QueryBody},
    message::{Item, Refusal, Reply},
};
use vouchsafe_tests::{
    Deployment,
    deployment::{call, shown, text},
    interceptor::{Meddler, OnAnswer, OnQuery},
};

/// What [`outcome`] is when all is well.
#[expect(clippy::unnecessary_wraps, reason = "outcomes are compared with it")]
fn good() -> Result<String, String> {
    Ok("*******1120".to_owned())
}

fn item() -> Item {
    text("t", "078-05-1120")
}

/// The result of one masked item, or the code of why there is none.
async fn outcome(client: &Client<MockRoot>) -> Result<String, String> {
    let call = call("mask", &json!({"keep_last": 4}), vec![item()]);
    match client.call(call).await {
        Ok(results) => Ok(shown(&results[0])),
        Err(error) => Err(error.code().to_owned()),
    }
}

fn refused(code: &str) -> Result<String, String> {
    Err(code.to_owned())
}

/// The first item's result in a reply.
fn result(reply: &Reply) -> Result<String, Refusal> {
    match reply {
        Reply::Done { items } => Ok(shown(&items[0])),
        Reply::Refused { code } => Err(*code),
    }
}

fn meddle(deployment: &Deployment, meddler: impl Meddler) {
    deployment.interceptor.as_ref().unwrap().meddle(meddler);
}

fn behave(deployment: &Deployment) {
    deployment.interceptor.as_ref().unwrap().behave();
}

/// Does something to each sealed reply.
fn on_reply(mut change: impl FnMut(Vec<u8>) -> Vec<u8> + Send + 'static) -> impl Meddler {
    OnAnswer(move |_: &[u8], frame: Vec<u8>| match decoded(&frame) {
        AnswerBody::Reply { sealed } => {
            let sealed = change(sealed.into_vec()).into();
            Some(Answer::new(AnswerBody::Reply { sealed }).encode())
        }
        _ => Some(frame),
    })
}

/// Does something to each sealed request.
fn on_request(mut change: impl FnMut(Vec<u8>) -> Vec<u8> + Send + 'static) -> impl Meddler {
    OnQuery(
        move |frame: Vec<u8>| match Query::decode(&frame).unwrap().body {
            QueryBody::Process { sealed } => {
                let sealed = change(sealed.into_vec()).into();
                Some(Query::new(QueryBody::Process { sealed }).encode())
            }
            _ => Some(frame),
        },
    )
}

/// Does something to all evidence; the nonce is what the verifier asked for.
fn on_evidence(
    mut change: impl FnMut([u8; 32], Evidence) -> Evidence + Send + 'static,
) -> impl Meddler {
    OnAnswer(move |query: &[u8], frame: Vec<u8>| {
        match (Query::decode(query).unwrap().body, decoded(&frame)) {
            (QueryBody::Evidence { nonce }, AnswerBody::Evidence(evidence)) => {
                let evidence = change(*nonce, evidence);
                Some(Answer::new(AnswerBody::Evidence(evidence)).encode())
            }
            _ => Some(frame),
        }
    })
}

fn decoded(frame: &[u8]) -> AnswerBody {
    Answer::decode(frame).unwrap().body
}
