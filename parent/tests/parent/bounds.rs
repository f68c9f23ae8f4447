//! Slow, greedy and too many callers: each is refused quickly, and what it held comes back.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::time::Instant;

use crate::enclave::{FakeEnclave, Manner, sealed};
use crate::support::{COSE, Client, NONCE, TestParent, eventually};

const BUSY: (u16, &str) = (503, "busy");

fn is(answered: &crate::support::Answered, expected: (u16, &str)) {
    let (status, code) = answered.code();
    assert_eq!((status, code.as_str()), expected);
    if [429, 503].contains(&status) {
        let wait: u64 = answered.header("retry-after").unwrap().parse().unwrap();
        assert!(wait >= 1);
    }
}

async fn all_given_back(parent: &TestParent) {
    eventually(async || parent.metric("vouchsafe_budget_used_bytes").await == 0).await;
}

#[tokio::test]
async fn a_body_that_trickles_in_is_given_up() {
    let (parent, enclave) = TestParent::with_enclave("[limits]\nbody_timeout_ms = 300").await;
    let mut slow = parent.connect().await;
    slow.send_head("POST", "/v1/process", &[COSE], 1000).await;
    let trickle = async {
        loop {
            tokio::time::sleep(Duration::from_millis(20)).await;
            if slow.0.write_all(b"x").await.is_err() {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(Duration::from_millis(350), trickle).await;
    is(&slow.answer().await, (408, "body_timeout"));
    assert!(slow.is_closed().await);
    assert_eq!(enclave.requests(), 0);
    all_given_back(&parent).await;
}

#[tokio::test]
async fn a_head_that_trickles_in_is_cut_off() {
    let parent = TestParent::start("[limits]\nhead_timeout_ms = 200").await;
    let mut slow = parent.connect().await;
    slow.0
        .write_all(b"GET /healthz HTTP/1.1\r\nhost:")
        .await
        .unwrap();
    let start = Instant::now();
    assert!(slow.is_closed().await);
    assert!(start.elapsed() < Duration::from_secs(3));
    let mut idle = parent.connect().await;
    assert_eq!(idle.call("GET", "/healthz", &[], b"").await.status, 200);
    assert!(idle.is_closed().await);
}

#[tokio::test]
async fn a_head_over_its_bound_is_refused() {
    let parent = TestParent::start("[limits]\nhead_bytes = 8192").await;
    let mut client = parent.connect().await;
    let long = format!("x-long: {}", "a".repeat(20_000));
    client.send_head("GET", "/healthz", &[&long], 0).await;
    assert_eq!(client.answer().await.status, 431);
}

#[tokio::test]
async fn a_body_that_does_not_fit_into_memory_is_refused_before_it_is_read() {
    let limits = "[limits]\nmemory_bytes = 6000000";
    let (parent, enclave) = TestParent::with_enclave(limits).await;
    let mut first = parent.connect().await;
    first
        .send_head("POST", "/v1/process", &[COSE], 1_500_000)
        .await;
    eventually(async || parent.metric("vouchsafe_budget_used_bytes").await > 3_000_000).await;

    let mut second = parent.connect().await;
    let headers = [COSE, "expect: 100-continue"];
    second
        .send_head("POST", "/v1/process", &headers, 1_000_000)
        .await;
    is(&second.answer().await, BUSY);
    let small = sealed(enclave.keys.key_id, b"x");
    assert_eq!(parent.process(&small).await.status, 200);

    drop(first);
    all_given_back(&parent).await;
    let body = sealed(enclave.keys.key_id, &vec![0; 500_000]);
    assert_eq!(parent.process(&body).await.status, 200);
    all_given_back(&parent).await;
}

#[tokio::test]
async fn a_reply_that_does_not_fit_into_memory_is_refused() {
    let limits = "[limits]\nmemory_bytes = 4000000";
    let (parent, enclave) = TestParent::with_enclave(limits).await;
    enclave.behave(Manner::Long(2_000_000));
    let body = sealed(enclave.keys.key_id, b"x");
    is(&parent.process(&body).await, BUSY);
    enclave.behave(Manner::Long(1_000_000));
    assert_eq!(parent.process(&body).await.body.len(), 1_000_000);
    all_given_back(&parent).await;
}

#[tokio::test]
async fn a_caller_that_does_not_read_its_reply_is_cut_off() {
    let limits = "[limits]\nwrite_stall_ms = 300";
    let (parent, enclave) = TestParent::with_enclave(limits).await;
    enclave.behave(Manner::Long(30_000_000));
    let body = sealed(enclave.keys.key_id, b"x");
    let mut lazy = parent.connect().await;
    lazy.send_head("POST", "/v1/process", &[COSE], body.len())
        .await;
    lazy.0.write_all(&body).await.unwrap();
    eventually(async || parent.metric("vouchsafe_budget_used_bytes").await > 20_000_000).await;
    all_given_back(&parent).await;
}

#[tokio::test]
async fn a_caller_that_leaves_frees_what_it_held() {
    let (parent, enclave) = TestParent::with_enclave("").await;
    enclave.behave(Manner::Silent);
    let body = sealed(enclave.keys.key_id, b"x");
    let mut gone = parent.connect().await;
    gone.send_head("POST", "/v1/process", &[COSE], body.len())
        .await;
    gone.0.write_all(&body).await.unwrap();
    eventually(async || enclave.requests() == 1).await;
    drop(gone);
    all_given_back(&parent).await;
    assert_eq!(parent.metric("vouchsafe_requests_under_way").await, 0);
}

#[tokio::test]
async fn more_requests_at_once_than_allowed_are_shed_at_once() {
    let limits = "[limits]\nconcurrent_requests = 2";
    let (parent, enclave) = TestParent::with_enclave(limits).await;
    enclave.behave(Manner::Late(Duration::from_millis(500)));
    let body = sealed(enclave.keys.key_id, b"x");
    let (mut one, mut two) = (parent.connect().await, parent.connect().await);
    let third = async {
        eventually(async || enclave.requests() == 2).await;
        let start = Instant::now();
        is(&parent.process(&body).await, BUSY);
        is(
            &parent.get(&format!("/v1/evidence?nonce={NONCE}")).await,
            BUSY,
        );
        assert_eq!(parent.get("/readyz").await.status, 200);
        assert!(start.elapsed() < Duration::from_millis(400));
    };
    let (one, two, ()) = tokio::join!(one.process(&body), two.process(&body), third);
    assert_eq!((one.status, two.status), (200, 200));
}

#[tokio::test]
async fn a_connection_over_the_bound_is_told_so() {
    let parent = TestParent::start("[limits]\nconnections = 2").await;
    let mut kept = Vec::new();
    for _ in 0..2 {
        let mut client = parent.connect().await;
        assert_eq!(client.call("GET", "/healthz", &[], b"").await.status, 200);
        kept.push(client);
    }
    for _ in 0..10 {
        let mut third = parent.connect().await;
        is(&third.call("GET", "/healthz", &[], b"").await, BUSY);
        assert!(third.is_closed().await);
    }
    drop(kept);
    eventually(async || {
        let mut client = parent.connect().await;
        client.call("GET", "/healthz", &[], b"").await.status == 200
    })
    .await;
}

#[tokio::test]
async fn a_caller_over_its_rate_is_told_when_to_come_back() {
    let limits = "[limits]\nrequests_per_second = 1";
    let (parent, enclave) = TestParent::with_enclave(limits).await;
    let body = sealed(enclave.keys.key_id, b"x");
    let mut client = parent.connect().await;
    let mut served = 0;
    let refused = loop {
        let answered = client.process(&body).await;
        if answered.status != 200 {
            break answered;
        }
        served += 1;
    };
    is(&refused, (429, "rate_limited"));
    // Slow machines earn more while they ask; no machine gets less.
    assert!((2..20).contains(&served), "{served}");
    eventually(async || client.process(&body).await.status == 200).await;
}

#[tokio::test]
async fn evidence_has_a_rate_of_its_own_also_when_it_comes_with_an_unknown_key() {
    let limits = "[limits]\nevidence_per_second = 1";
    let (parent, enclave) = TestParent::with_enclave(limits).await;
    let stale = sealed(vouchsafe_common::key_configuration::KeyId([9; 16]), b"x");
    let nonce = format!("vouchsafe-nonce: {NONCE}");
    let path = format!("/v1/evidence?nonce={NONCE}");
    let mut client = parent.connect().await;
    let mut limited = Vec::new();
    for _ in 0..4 {
        limited.push(client.call("GET", &path, &[], b"").await);
    }
    for _ in 0..4 {
        limited.push(
            client
                .call("POST", "/v1/process", &[COSE, &nonce], &stale)
                .await,
        );
    }
    assert!(limited.iter().any(|answered| answered.status == 200));
    let evidence = limited
        .iter()
        .take(4)
        .find(|answered| answered.status == 429);
    is(evidence.unwrap(), (429, "rate_limited"));
    let unknown = limited
        .iter()
        .skip(4)
        .find(|answered| answered.status == 429);
    is(unknown.unwrap(), (429, "rate_limited"));
    is(&client.process(&stale).await, (421, "unknown_key"));
    let good = sealed(enclave.keys.key_id, b"x");
    assert_eq!(client.process(&good).await.status, 200);
}

#[tokio::test]
async fn shutdown_finishes_what_is_under_way_and_takes_nothing_new() {
    let (mut parent, enclave) = TestParent::with_enclave("").await;
    enclave.behave(Manner::Late(Duration::from_millis(400)));
    let body = sealed(enclave.keys.key_id, b"x");
    let (mut busy, mut idle) = (parent.connect().await, parent.connect().await);
    assert_eq!(idle.call("GET", "/healthz", &[], b"").await.status, 200);
    let address = parent.address;
    let stop = async {
        eventually(async || enclave.requests() == 1).await;
        parent.tell_to_stop();
        eventually(async || tokio::net::TcpStream::connect(address).await.is_err()).await;
        assert!(idle.is_closed().await);
        assert_eq!(enclave.requests(), 1);
    };
    let (answered, ()) = tokio::join!(busy.process(&body), stop);
    assert_eq!(answered.status, 200);
    assert_eq!(answered.header("connection"), Some("close"));
    parent.stop().await;
}

#[tokio::test]
async fn shutdown_waits_no_longer_than_the_drain_time() {
    let limits = "[limits]\ndrain_ms = 200";
    let (parent, enclave) = TestParent::with_enclave(limits).await;
    enclave.behave(Manner::Silent);
    let body = sealed(enclave.keys.key_id, b"x");
    let mut stuck = Client::connect(parent.address).await;
    stuck
        .send_head("POST", "/v1/process", &[COSE], body.len())
        .await;
    stuck.0.write_all(&body).await.unwrap();
    eventually(async || enclave.requests() == 1).await;
    let start = Instant::now();
    parent.stop().await;
    assert!(start.elapsed() < Duration::from_secs(2));
    let _alive: FakeEnclave = enclave;
}
