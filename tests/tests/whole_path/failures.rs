//! Parts that die, are slow or are missing: named errors in bounded time, no wrong answer, and
//! everything right again once the part is back.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use coset::{CborSerializable, CoseSign1Builder, HeaderBuilder, iana::Algorithm};
use serde_json::{Value, json};
use vouchsafe_client::CallError;
use vouchsafe_common::{
    bundle,
    limits::REQUEST_DEADLINE,
    message::{Item, ItemResult},
    proof::CallerKey,
    record::DataKey,
};
use vouchsafe_mock::kms::{control::Fault, operations::Operation};
use vouchsafe_tests::{
    Deployment,
    deployment::{call, record, shown, text},
};

const SSN: &str = "078-05-1120";
/// For what should happen soon, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(15);

fn ssn(key: &DataKey) -> Item {
    record(key, "ssn", "17", SSN)
}

async fn reveal(deployment: &Deployment, item: Item) -> String {
    shown(&deployment.call("reveal", &json!({}), vec![item]).await[0])
}

/// Waits for a line of the parent's metrics.
async fn wait_for_metric(url: &str, line: &str) {
    let until = Instant::now() + PATIENCE;
    loop {
        let metrics = reqwest::get(format!("{url}/metrics")).await.unwrap();
        let metrics = metrics.text().await.unwrap();
        if metrics.lines().any(|found| found == line) {
            return;
        }
        assert!(Instant::now() < until, "no {line} in\n{metrics}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until the parent has seen that no enclave is there.
pub(super) async fn wait_until_unready(deployment: &Deployment) {
    let until = Instant::now() + PATIENCE;
    while deployment.is_ready().await {
        assert!(Instant::now() < until, "still ready");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// One call of a client of its own, which waits for a slow KMS when this returns.
async fn call_under_way(
    deployment: &Deployment,
    delay: Duration,
) -> tokio::task::JoinHandle<Result<Vec<ItemResult>, CallError>> {
    let (client, key) = (deployment.client(), deployment.data_key().await);
    deployment.kms.control.inject(Fault::Slow(delay));
    let reveal = call("reveal", &json!({}), vec![ssn(&key)]);
    let under_way = tokio::spawn(async move { client.call(reveal).await });
    wait_for_metric(&deployment.url, "vouchsafe_egress_tunnels_total 1").await;
    wait_for_metric(&deployment.url, "vouchsafe_requests_under_way 1").await;
    under_way
}

#[tokio::test(flavor = "multi_thread")]
async fn without_kms_cached_keys_go_on_and_the_rest_is_refused_soon() {
    let deployment = Deployment::start().await;
    let (cached, fresh) = (deployment.data_key().await, deployment.data_key().await);
    assert_eq!(reveal(&deployment, ssn(&cached)).await, SSN);
    deployment.kms.control.inject(Fault::Down);

    let start = Instant::now();
    let items = vec![ssn(&cached), ssn(&fresh), text("t", SSN)];
    let results = deployment.call("reveal", &json!({}), items).await;
    let results: Vec<_> = results.iter().map(shown).collect();
    assert_eq!(results, [SSN, "<kms_unavailable>", SSN]);
    let parameters = json!({"version": 1});
    let made = deployment
        .call("create_root", &parameters, vec![text("root", "")])
        .await;
    assert_eq!(shown(&made[0]), "<kms_unavailable>");
    assert!(start.elapsed() < REQUEST_DEADLINE, "{:?}", start.elapsed());
    assert!(deployment.is_ready().await);

    deployment.kms.control.clear();
    assert_eq!(reveal(&deployment, ssn(&fresh)).await, SSN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kms_slower_than_the_deadline_fails_its_items_before_the_parent_gives_up() {
    let deployment = Deployment::start().await;
    let (cached, fresh) = (deployment.data_key().await, deployment.data_key().await);
    assert_eq!(reveal(&deployment, ssn(&cached)).await, SSN);
    deployment
        .kms
        .control
        .inject(Fault::Slow(3 * REQUEST_DEADLINE));

    let start = Instant::now();
    let (none, version) = (json!({}), json!({"version": 1}));
    let one = deployment.call("reveal", &none, vec![ssn(&fresh), ssn(&cached)]);
    let other = deployment.call("create_root", &version, vec![text("root", "")]);
    // Meanwhile whoever needs no KMS is served at once.
    let third = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let shown = reveal(&deployment, ssn(&cached)).await;
        (shown, start.elapsed())
    };
    let (one, other, (third, soon)) = tokio::join!(one, other, third);
    assert_eq!(shown(&one[0]), "<kms_unavailable>");
    assert_eq!(shown(&one[1]), SSN);
    assert_eq!(shown(&other[0]), "<kms_unavailable>");
    assert_eq!(third, SSN);
    assert!(soon < REQUEST_DEADLINE / 2, "{soon:?}");
    assert!(start.elapsed() < REQUEST_DEADLINE + Duration::from_secs(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn throttling_is_waited_out_within_the_deadline_and_told_when_it_lasts() {
    let deployment = Deployment::start().await;
    let key = deployment.data_key().await;
    let control = &deployment.kms.control;
    control.reset_counters();
    control.inject("throttle:2".parse().unwrap());
    assert_eq!(reveal(&deployment, ssn(&key)).await, SSN);
    assert_eq!(control.counters().calls_of(Operation::Decrypt), 3);
    assert_eq!(control.counters().errors["ThrottlingException"], 2);

    let other = deployment.data_key().await;
    control.inject("throttle:1000".parse().unwrap());
    let start = Instant::now();
    assert_eq!(reveal(&deployment, ssn(&other)).await, "<kms_unavailable>");
    assert!(start.elapsed() < REQUEST_DEADLINE, "{:?}", start.elapsed());
    control.clear();
    assert_eq!(reveal(&deployment, ssn(&other)).await, SSN);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enclave_killed_in_mid_request_is_named_and_its_successor_is_attested_by_itself() {
    let mut deployment = Deployment::start().await;
    let client = deployment.client();
    client.attest().await.unwrap();
    let under_way = call_under_way(&deployment, PATIENCE).await;

    let start = Instant::now();
    deployment.enclave.kill();
    assert_refused(under_way.await.unwrap(), 502, "enclave_lost");
    wait_until_unready(&deployment).await;
    let ask = || call("reveal", &json!({}), vec![text("t", SSN)]);
    assert_refused(client.call(ask()).await, 503, "enclave_unavailable");
    assert!(start.elapsed() < REQUEST_DEADLINE, "{:?}", start.elapsed());

    deployment.kms.control.clear();
    deployment.restart_enclave().await;
    // The same client, which knows only the enclave that died.
    assert_eq!(shown(&client.call(ask()).await.unwrap()[0]), SSN);
    let key = deployment.data_key().await;
    assert_eq!(reveal(&deployment, ssn(&key)).await, SSN);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_enclaves_die_every_answer_is_right_or_a_named_refusal() {
    let mut deployment = Deployment::start().await;
    let key = deployment.data_key().await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let key = Arc::new(key);
    let callers: Vec<_> = (0..4)
        .map(|caller| {
            let (client, stopped) = (deployment.client(), stopped.clone());
            let key = Arc::clone(&key);
            tokio::spawn(async move {
                let mut right = 0;
                while !*stopped.borrow() {
                    let value = format!("{caller}-{right}");
                    let items = vec![text("t", &value), record(&key, "ssn", &value, &value)];
                    match client.call(call("reveal", &json!({}), items)).await {
                        Ok(results) => {
                            assert_eq!([shown(&results[0]), shown(&results[1])], [&*value; 2]);
                            right += 1;
                        }
                        Err(error) => assert!(
                            ["enclave_lost", "enclave_unavailable", "unknown_key"]
                                .contains(&error.code()),
                            "{error}"
                        ),
                    }
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                right
            })
        })
        .collect();
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(300)).await;
        deployment.restart_enclave().await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    stop.send(true).unwrap();
    for caller in callers {
        let right = tokio::time::timeout(PATIENCE, caller)
            .await
            .unwrap()
            .unwrap();
        assert!(right > 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parent_killed_and_started_again_has_lost_nothing() {
    let mut deployment = Deployment::start().await;
    let (cached, fresh) = (deployment.data_key().await, deployment.data_key().await);
    let client = deployment.client();
    let ask = |key: &DataKey| call("reveal", &json!({}), vec![ssn(key)]);
    assert_eq!(shown(&client.call(ask(&cached)).await.unwrap()[0]), SSN);
    let console = deployment.enclave.log();

    deployment.parent.kill();
    let lost = client.call(ask(&cached)).await.unwrap_err();
    assert_eq!(lost.code(), "unreachable");
    deployment.restart_parent().await;
    // The client's session and the enclave's cached key are those of before; the way to KMS is new.
    deployment.kms.control.reset_counters();
    assert_eq!(shown(&client.call(ask(&cached)).await.unwrap()[0]), SSN);
    let counters = deployment.kms.control.counters();
    assert_eq!(counters.calls_of(Operation::Decrypt), 0);
    assert_eq!(shown(&client.call(ask(&fresh)).await.unwrap()[0]), SSN);
    assert_eq!(deployment.enclave.log(), console);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parent_told_to_stop_finishes_what_is_under_way_and_takes_nothing_new() {
    let mut deployment = Deployment::start().await;
    let delay = Duration::from_secs(2);
    let under_way = call_under_way(&deployment, delay).await;
    let start = Instant::now();
    deployment.parent.terminate();
    let until = Instant::now() + delay;
    while reqwest::get(format!("{}/healthz", deployment.url))
        .await
        .is_ok()
    {
        assert!(Instant::now() < until, "it still accepts connections");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(!under_way.is_finished());
    let results = under_way.await.unwrap().unwrap();
    assert_eq!(shown(&results[0]), SSN);
    assert!(deployment.parent.wait(PATIENCE), "it ended with a failure");
    assert!(start.elapsed() < REQUEST_DEADLINE, "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enclave_with_a_bad_bundle_or_trust_anchor_does_not_start_and_says_why() {
    let mut deployment = Deployment::start().await;
    let good = deployment.policy.clone();
    let changed = |name: &str, value: Value| {
        let mut policy = good.clone();
        policy[name] = value;
        policy
    };
    let valid = |from: u64, to: u64| {
        let mut policy = changed("not_before", from.into());
        policy["not_after"] = to.into();
        policy
    };
    let authority = &deployment.authority;
    let signed = |policy: &Value| bundle::sign(policy.to_string().as_bytes(), authority).unwrap();
    let stranger = CallerKey::generate_ed25519();
    let mut altered = signed(&good);
    *altered.last_mut().unwrap() ^= 1;
    let (past, future) = (1_000_000_000_000, u64::from(u32::MAX) * 1_000);
    let bundles = [
        (
            "bundle is not signed by an authority of the trust anchor",
            bundle::sign(good.to_string().as_bytes(), &stranger).unwrap(),
        ),
        (
            "bundle is not signed by an authority of the trust anchor",
            altered,
        ),
        (
            "bundle is not a COSE_Sign1 of the profile",
            good.to_string().into_bytes(),
        ),
        ("bundle is not a COSE_Sign1 of the profile", Vec::new()),
        (
            "bundle has serial 0, the trust anchor asks for 1 or later",
            signed(&changed("serial", 0.into())),
        ),
        ("bundle is outside its validity", signed(&valid(0, past))),
        (
            "bundle is outside its validity",
            signed(&valid(future, future)),
        ),
        (
            "not_after is before not_before",
            sign_unparsed(valid(future, past).to_string().as_bytes(), authority),
        ),
        (
            "document does not parse at line 2, column 29: expected u64",
            sign_unparsed(b"{\n  \"version\": 1, \"serial\": \"1\"\n}", authority),
        ),
        (
            "document has version 2, this code reads 1",
            sign_unparsed(
                changed("version", 2.into()).to_string().as_bytes(),
                authority,
            ),
        ),
    ];
    let (bundle, anchor) = (
        deployment.directory().join("bundle.cose"),
        deployment.directory().join("anchor.json"),
    );
    let (good_bundle, good_anchor) = (
        std::fs::read(&bundle).unwrap(),
        std::fs::read(&anchor).unwrap(),
    );
    for (why, bytes) in bundles {
        std::fs::write(&bundle, bytes).unwrap();
        let why = format!("policy bundle: {why} (policy_bundle)");
        assert_refuses_to_start(&mut deployment, &why);
    }
    std::fs::write(&bundle, &good_bundle).unwrap();

    std::fs::write(&anchor, "{\n\n  \"fleet\": 7}").unwrap();
    let why = "trust anchor: document does not parse at line 3, column 12: \
               expected a string (trust_anchor)";
    assert_refuses_to_start(&mut deployment, why);
    // An alias could be pointed at another key after the anchor was measured.
    let mut with_alias: Value = serde_json::from_slice(&good_anchor).unwrap();
    with_alias["tenants"][0]["data_keys"][0] =
        json!("arn:aws:kms:eu-central-1:222222222222:alias/customers");
    std::fs::write(&anchor, with_alias.to_string()).unwrap();
    let why = "trust anchor: entry number 0 names a key that cannot be used: \
               an alias is not a key: it can be pointed at another one (trust_anchor)";
    assert_refuses_to_start(&mut deployment, why);
    std::fs::remove_file(&anchor).unwrap();
    let why = "boot material: the parent refused: egress_no_boot_material \
               (egress_no_boot_material)";
    assert_refuses_to_start(&mut deployment, why);
    wait_until_unready(&deployment).await;

    // What was wrong was the files and nothing else.
    std::fs::write(&anchor, &good_anchor).unwrap();
    deployment.restart_enclave().await;
    assert_eq!(reveal(&deployment, text("t", SSN)).await, SSN);
}

fn assert_refused<T: std::fmt::Debug>(outcome: Result<T, CallError>, status: u16, code: &str) {
    let error = outcome.unwrap_err();
    assert_eq!(error.code(), code, "{error}");
    assert_eq!(
        error.to_string(),
        format!("the service answered {status} ({code})")
    );
}

/// Starts an enclave, which must end by itself and say why on its console.
pub(super) fn assert_refuses_to_start(deployment: &mut Deployment, why: &str) {
    deployment.replace_enclave();
    deployment.assert_refused_to_start(why);
}

/// Signs what [`bundle::sign`] would not: it parses first.
fn sign_unparsed(policy: &[u8], authority: &CallerKey) -> Vec<u8> {
    let header = HeaderBuilder::new().algorithm(Algorithm::EdDSA).build();
    CoseSign1Builder::new()
        .protected(header)
        .payload(policy.to_vec())
        .create_signature(b"vouchsafe/bundle/v1", |message| authority.sign(message))
        .build()
        .to_vec()
        .unwrap()
}
