//! KMS releases a data key only to this enclave, only for the tenant it was made for; and the
//! enclave takes it only in the one form that proves so.

use std::path::PathBuf;

use serde_json::{Value, json};
use vouchsafe_common::{
    Epoch,
    attestation::Pcr,
    message::{Item, Outcome},
    record::{DataKey, Place},
};
use vouchsafe_mock::{
    install,
    kms::{
        DEFAULT_REGION, KmsConfig, KmsServer, client::KmsClient, control::Fault,
        operations::Operation,
    },
};
use vouchsafe_tests::{
    Deployment, Options,
    deployment::{DATASET, TENANT, call, everything, record, sealed_record, shown, text},
};

const SSN: &str = "078-05-1120";
/// A tenant of the trust anchor under the same KMS key; the tests' writer is not its writer.
const OTHER_TENANT: &str = "bolt";

async fn reveal(deployment: &Deployment, item: Item) -> String {
    shown(&deployment.call("reveal", &json!({}), vec![item]).await[0])
}

/// What is revealed to a caller who says that the record is of that tenant and dataset.
async fn reveal_of(deployment: &Deployment, tenant: &str, dataset: &str, item: Item) -> String {
    let mut call = call("reveal", &json!({}), vec![item]);
    call.tenant = tenant.into();
    call.dataset = dataset.into();
    shown(&deployment.client().call(call).await.unwrap()[0])
}

fn ssn(key: &DataKey) -> Item {
    record(key, "ssn", "17", SSN)
}

fn decrypts(deployment: &Deployment) -> u64 {
    let counters = deployment.kms.control.counters();
    counters.calls_of(Operation::Decrypt)
}

/// A table that lets the caller do everything to two tenants and two datasets.
fn two_tenants() -> Options {
    let mut allow = everything();
    allow[0]["tenants"] = json!([TENANT, OTHER_TENANT]);
    allow[0]["datasets"] = json!([DATASET, "orders"]);
    Options {
        allow,
        ..Options::default()
    }
}

/// A key policy that leaves everything to the permissions of the key's own account.
fn open_policy() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::222222222222:root"},
        "Action": "kms:*",
        "Resource": "*",
    }]})
}

#[tokio::test(flavor = "multi_thread")]
async fn kms_refuses_an_enclave_that_differs_in_any_one_pinned_register() {
    let deployment = Deployment::start().await;
    let key = deployment.data_key().await;
    let measured = deployment.measurements();
    for pcr in [0, 1, 2, 16] {
        let mut other = measured.clone();
        other.pcrs.insert(pcr, Pcr([0xa5; 48]));
        deployment.pin_keys(&[&other]).await;
        let refused = reveal(&deployment, ssn(&key)).await;
        assert_eq!(refused, "<key_denied>", "PCR{pcr}");
        let parameters = json!({"version": 1});
        let made = deployment
            .call("create_root", &parameters, vec![text("root", "")])
            .await;
        assert_eq!(shown(&made[0]), "<key_denied>", "PCR{pcr}");
    }
    // A refusal is not remembered.
    deployment.pin_keys(&[&measured]).await;
    assert_eq!(reveal(&deployment, ssn(&key)).await, SSN);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_parents_own_credentials_decrypt_nothing() {
    let deployment = Deployment::start().await;
    let (_, wrapped) = deployment.raw_data_key("writer", TENANT).await;
    let kms = KmsClient::new(
        &deployment.state(),
        &deployment.kms.endpoint,
        DEFAULT_REGION,
    )
    .unwrap();
    let context = json!({"vouchsafe": "1", "tenant": TENANT, "dataset": DATASET, "epoch": "1"});
    let decrypt = json!({
        "KeyId": deployment.data_key,
        "CiphertextBlob": in_base64(&wrapped),
        "EncryptionContext": context,
    });
    for principal in ["enclave-parent", "writer", "admin", "break-glass"] {
        let answer = kms.call(principal, "Decrypt", &decrypt).await.unwrap();
        assert_eq!(answer.error(), Some("AccessDeniedException"), "{principal}");
    }
    // Nor does anybody make a data key under the root key, where only an enclave makes roots.
    let context = json!({"vouchsafe": "1", "root": TENANT, "version": "1"});
    let generate = json!({
        "KeyId": deployment.root_key, "KeySpec": "AES_256", "EncryptionContext": context,
    });
    for principal in ["enclave-parent", "writer", "admin", "break-glass"] {
        let answer = kms
            .call(principal, "GenerateDataKey", &generate)
            .await
            .unwrap();
        assert_eq!(answer.error(), Some("AccessDeniedException"), "{principal}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrapped_key_serves_only_the_dataset_and_epoch_it_was_made_for() {
    let deployment = Deployment::with(two_tenants()).await;
    let (plain, wrapped) = deployment.raw_data_key("writer", TENANT).await;
    let key = DataKey::new(&plain, &wrapped, &deployment.data_key, Epoch(1)).unwrap();
    // The key is in the enclave's cache from now on; in another context that must not count.
    assert_eq!(reveal(&deployment, ssn(&key)).await, SSN);

    let later = DataKey::new(&plain, &wrapped, &deployment.data_key, Epoch(2)).unwrap();
    assert_eq!(
        reveal(&deployment, ssn(&later)).await,
        "<wrapped_key_invalid>"
    );
    let place = Place {
        tenant: TENANT,
        dataset: "orders",
        field: "ssn",
        record_id: "17",
    };
    let sealed = key.seal(&place, SSN.as_bytes()).unwrap();
    let moved = sealed_record("ssn", "17", sealed);
    assert_eq!(
        reveal_of(&deployment, TENANT, "orders", moved).await,
        "<wrapped_key_invalid>"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_eight_contexts_a_wrapped_key_serves_in_its_own_alone() {
    let deployment = Deployment::with(two_tenants()).await;
    // Whoever made the record knows the key, so only the context can refuse it.
    let (plain, wrapped) = deployment.raw_data_key("writer", TENANT).await;
    for tenant in [TENANT, OTHER_TENANT] {
        for dataset in [DATASET, "orders"] {
            for epoch in [Epoch(1), Epoch(2)] {
                let key = DataKey::new(&plain, &wrapped, &deployment.data_key, epoch).unwrap();
                let place = Place {
                    tenant,
                    dataset,
                    field: "ssn",
                    record_id: "17",
                };
                let sealed = key.seal(&place, SSN.as_bytes()).unwrap();
                let item = sealed_record("ssn", "17", sealed);
                let is_own = (tenant, dataset, epoch) == (TENANT, DATASET, Epoch(1));
                let expected = if is_own { SSN } else { "<wrapped_key_invalid>" };
                assert_eq!(
                    reveal_of(&deployment, tenant, dataset, item).await,
                    expected,
                    "{tenant} {dataset} {epoch}"
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrapped_key_known_to_an_attacker_opens_nothing_under_another_tenant() {
    let deployment = Deployment::with(two_tenants()).await;
    let for_place = |key: &DataKey, tenant| {
        let place = Place {
            tenant,
            dataset: DATASET,
            field: "ssn",
            record_id: "17",
        };
        let sealed = key.seal(&place, SSN.as_bytes()).unwrap();
        sealed_record("ssn", "17", sealed)
    };
    // A writer of acme's knows this key, plain and wrapped, and can seal what it likes with it.
    let (plain, wrapped) = deployment.raw_data_key("writer", TENANT).await;
    let known = DataKey::new(&plain, &wrapped, &deployment.data_key, Epoch(1)).unwrap();
    assert_eq!(reveal(&deployment, ssn(&known)).await, SSN);

    let before = decrypts(&deployment);
    let planted = for_place(&known, OTHER_TENANT);
    assert_eq!(
        reveal_of(&deployment, OTHER_TENANT, DATASET, planted).await,
        "<wrapped_key_invalid>"
    );
    // KMS was asked, in the other tenant's name: the cached key was not.
    assert_eq!(decrypts(&deployment), before + 1);
    let genuine = ssn(&known);
    assert_eq!(
        reveal_of(&deployment, OTHER_TENANT, DATASET, genuine).await,
        "<wrapped_key_invalid>"
    );

    // The other tenant's own key works, so it was the context that refused.
    deployment
        .put_policy(&deployment.data_key, &open_policy())
        .await;
    let (plain, wrapped) = deployment.raw_data_key("admin", OTHER_TENANT).await;
    deployment.pin_keys(&[&deployment.measurements()]).await;
    let own = DataKey::new(&plain, &wrapped, &deployment.data_key, Epoch(1)).unwrap();
    let item = for_place(&own, OTHER_TENANT);
    assert_eq!(
        reveal_of(&deployment, OTHER_TENANT, DATASET, item).await,
        SSN
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_the_trust_anchor_does_not_list_is_never_asked_for() {
    let deployment = Deployment::start().await;
    let (plain, wrapped) = deployment.raw_data_key("writer", TENANT).await;
    // A key of the same account that would serve anybody.
    let made = deployment
        .kms_call(
            "admin",
            "CreateKey",
            &json!({"Policy": open_policy().to_string()}),
        )
        .await;
    let foreign = made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
    let listed = &deployment.data_key;
    let (head, id) = listed.split_once(":key/").unwrap();
    let unlisted = [
        foreign,
        deployment.root_key.clone(),
        id.to_owned(),
        format!("{head}:alias/customers"),
        "alias/customers".to_owned(),
        listed.replace(DEFAULT_REGION, "eu-west-1"),
        listed.replace("222222222222", "333333333333"),
        listed.to_uppercase(),
        format!("{listed} "),
        format!("{listed}/"),
        String::new(),
    ];
    deployment.kms.control.reset_counters();
    for arn in &unlisted {
        let key = DataKey::new(&plain, &wrapped, arn, Epoch(1)).unwrap();
        let refused = reveal(&deployment, ssn(&key)).await;
        assert_eq!(refused, "<key_not_trusted>", "{arn}");
    }
    let counters = deployment.kms.control.counters();
    assert!(counters.calls.is_empty(), "{counters:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_is_asked_for_before_the_policy_has_permitted_the_item() {
    let deployment = Deployment::start().await;
    let key = deployment.data_key().await;
    deployment.kms.control.reset_counters();
    let hidden = record(&key, "salary", "17", "1");
    assert_eq!(reveal(&deployment, hidden).await, "<not_permitted>");
    assert_eq!(decrypts(&deployment), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_key_is_told_by_name_and_cached_keys_outlive_it() {
    let deployment = Deployment::start().await;
    let (cached, fresh) = (deployment.data_key().await, deployment.data_key().await);
    assert_eq!(reveal(&deployment, ssn(&cached)).await, SSN);
    let key = json!({"KeyId": deployment.data_key});
    deployment.kms_call("admin", "DisableKey", &key).await;
    assert_eq!(reveal(&deployment, ssn(&cached)).await, SSN);
    assert_eq!(reveal(&deployment, ssn(&fresh)).await, "<key_disabled>");
    deployment.kms_call("admin", "EnableKey", &key).await;
    assert_eq!(reveal(&deployment, ssn(&fresh)).await, SSN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_with_plaintext_or_of_another_key_is_refused_and_not_kept() {
    let deployment = Deployment::start().await;
    let key = deployment.data_key().await;
    for fault in [Fault::Plaintext, Fault::ForeignKeyId] {
        deployment.kms.control.inject(fault.clone());
        assert_eq!(
            reveal(&deployment, ssn(&key)).await,
            "<kms_reply_refused>",
            "{fault:?}"
        );
        let parameters = json!({"version": 1});
        let made = deployment
            .call("create_root", &parameters, vec![text("root", "")])
            .await;
        assert_eq!(shown(&made[0]), "<kms_reply_refused>", "{fault:?}");
        deployment.kms.control.clear();
    }
    assert_eq!(reveal(&deployment, ssn(&key)).await, SSN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kms_whose_certificate_is_of_another_authority_is_never_spoken_to() {
    let elsewhere = tempfile::tempdir().unwrap();
    let install = |name: &str| -> PathBuf {
        let state = elsewhere.path().join(name);
        install::init(&state, DEFAULT_REGION, std::time::SystemTime::now()).unwrap();
        state
    };
    let (impostor, believed) = (install("impostor"), install("believed"));
    let kms = KmsServer::start(KmsConfig::local(&impostor)).await.unwrap();
    let deployment = Deployment::with(Options {
        kms: Some((kms.endpoint.clone(), believed.join("kms/ca.pem"))),
        ..Options::default()
    })
    .await;
    let key = deployment.data_key().await;
    assert_eq!(reveal(&deployment, ssn(&key)).await, "<kms_unavailable>");
    let counters = kms.control.counters();
    assert!(counters.calls.is_empty() && counters.errors.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_root_counts_only_as_the_blob_tenant_version_and_key_that_the_bundle_names() {
    let mut deployment = Deployment::start().await;
    deployment.add_root().await;
    let good = deployment.policy.clone();
    let path = deployment.directory().join("root-1");
    let named = std::fs::read(&path).unwrap();
    assert!(pseudonym(&deployment).await.starts_with("vp1.US_SSN.k1."));

    // As good a root as the first, by the same enclave's KMS: the bundle does not name it.
    let parameters = json!({"version": 1});
    let another = deployment
        .call("create_root", &parameters, vec![text("root", "")])
        .await;
    let Outcome::Blob(another) = &another[0].outcome else {
        panic!("{:?}", another[0])
    };
    std::fs::write(&path, another).unwrap();
    deployment.restart_enclave().await;
    assert_eq!(pseudonym(&deployment).await, "<root_missing>");
    std::fs::write(&path, &named).unwrap();

    // Under a name that it was not made for, KMS does not open it.
    deployment.policy["roots"][0]["version"] = 2.into();
    deployment.replace_bundle().await;
    assert_eq!(pseudonym(&deployment).await, "<wrapped_key_invalid>");
    // Under a key that the anchor does not list for roots, KMS is not asked.
    deployment.policy = good;
    deployment.policy["roots"][0]["key"] = deployment.data_key.clone().into();
    deployment.replace_bundle().await;
    deployment.kms.control.reset_counters();
    assert_eq!(pseudonym(&deployment).await, "<key_not_trusted>");
    assert_eq!(decrypts(&deployment), 0);
}

async fn pseudonym(deployment: &Deployment) -> String {
    let parameters = json!({"entity": "US_SSN"});
    let results = deployment
        .call("pseudonymize", &parameters, vec![text("t", SSN)])
        .await;
    shown(&results[0])
}

fn in_base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
