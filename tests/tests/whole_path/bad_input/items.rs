//! Items that fail alone: records of other places, altered, or no records at all.

use coset::{CborSerializable, CoseEncrypt};
use serde_json::json;
use vouchsafe_common::{
    Epoch, Secret,
    limits::{MAX_INLINE_TEXT_BYTES, MAX_RECORD_BYTES},
    message::{Input, Item},
    record::{DataKey, Place},
};
use vouchsafe_tests::{
    Deployment, Options,
    deployment::{DATASET, TENANT, call, everything, record, sealed_record, text},
};

use super::{assert_serves, assert_unharmed, results};

const SSN: &str = "078-05-1120";

/// A deployment whose caller may do everything for two tenants and two datasets.
async fn two_tenants() -> Deployment {
    let mut allow = everything();
    allow[0]["tenants"] = json!([TENANT, "bolt"]);
    allow[0]["datasets"] = json!([DATASET, "leads"]);
    Deployment::with(Options {
        allow,
        ..Options::default()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_opens_in_no_other_tenant_dataset_field_or_row() {
    let mut deployment = two_tenants().await;
    let client = deployment.client();
    let key = deployment.data_key().await;
    let sealed = |field: &str, row: &str| {
        let Input::Record { record, .. } = record(&key, "ssn", "17", SSN).input else {
            panic!("not a record")
        };
        sealed_record(field, row, record.into_vec())
    };
    let reveal = |tenant: &str, dataset: &str, items: Vec<Item>| {
        let mut call = call("reveal", &json!({}), items);
        call.tenant = tenant.into();
        call.dataset = dataset.into();
        call
    };
    for (tenant, dataset, field, row, expected) in [
        (TENANT, DATASET, "ssn", "17", SSN),
        ("bolt", DATASET, "ssn", "17", "<wrapped_key_invalid>"),
        (TENANT, "leads", "ssn", "17", "<wrapped_key_invalid>"),
        (TENANT, DATASET, "name", "17", "<record_not_authentic>"),
        (TENANT, DATASET, "ssn", "18", "<record_not_authentic>"),
        (TENANT, DATASET, "salary", "17", "<not_permitted>"),
        (TENANT, "archive", "ssn", "17", "<not_permitted>"),
        // The key is cached by now, for its own place only.
        ("bolt", DATASET, "ssn", "17", "<wrapped_key_invalid>"),
        (TENANT, DATASET, "ssn", "17", SSN),
    ] {
        let asked = reveal(tenant, dataset, vec![sealed(field, row)]);
        let seen = results(&client, asked).await;
        let place = format!("{tenant}/{dataset}/{field}/{row}");
        assert_eq!(seen, Ok(vec![expected.to_owned()]), "{place}");
    }
    assert_unharmed(&mut deployment);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_none_or_was_altered_fails_alone() {
    type Change = fn(&mut CoseEncrypt);
    let mut deployment = Deployment::start().await;
    let client = deployment.client();
    let key = deployment.data_key().await;
    let place = Place {
        tenant: TENANT,
        dataset: DATASET,
        field: "ssn",
        record_id: "17",
    };
    let good = || key.seal(&place, SSN.as_bytes()).unwrap();
    let altered = |change: Change| {
        let mut cose = CoseEncrypt::from_slice(&good()).unwrap();
        cose.protected.original_data = None;
        change(&mut cose);
        cose.to_vec().unwrap()
    };
    let other_key = {
        let arn = "arn:aws:kms:eu-central-1:222222222222:key/00000000-1111-2222-3333-444444444444";
        DataKey::new(&Secret::new([7; 32]), &[9; 184], arn, Epoch(1)).unwrap()
    };
    let no_arn = DataKey::new(&Secret::new([7; 32]), &[9; 184], "key", Epoch(1)).unwrap();
    let mut cases = vec![
        ("<record_malformed>", Vec::new()),
        ("<record_malformed>", b"garbage".to_vec()),
        ("<record_malformed>", vec![0x81; 5_000]),
        ("<record_malformed>", vec![0; MAX_RECORD_BYTES + 1]),
        ("<record_malformed>", [good(), vec![0]].concat()),
        ("<record_malformed>", altered(|cose| cose.ciphertext = None)),
        (
            "<record_malformed>",
            altered(|cose| cose.recipients.clear()),
        ),
        (
            "<record_malformed>",
            altered(|cose| cose.unprotected.iv = vec![0; 11]),
        ),
        (
            "<record_not_authentic>",
            altered(|cose| cose.unprotected.iv = vec![0; 12]),
        ),
        (
            "<record_not_authentic>",
            altered(|cose| cose.ciphertext = Some(vec![0; 40])),
        ),
        (
            "<wrapped_key_invalid>",
            altered(|cose| cose.recipients[0].ciphertext = Some(vec![9; 184])),
        ),
        ("<key_not_trusted>", other_key.seal(&place, b"x").unwrap()),
        ("<key_not_trusted>", no_arn.seal(&place, b"x").unwrap()),
        ("<invalid_value>", key.seal(&place, &[0xff, 0xfe]).unwrap()),
    ];
    let cut = |length: usize| good()[..length].to_vec();
    cases.extend(
        (0..good().len())
            .step_by(17)
            .map(|length| ("<record_malformed>", cut(length))),
    );
    let mut items = vec![record(&key, "ssn", "17", SSN)];
    let mut expected = vec![SSN.to_owned()];
    for (code, sealed) in cases {
        items.push(sealed_record("ssn", "17", sealed));
        expected.push(code.to_owned());
    }
    items.push(record(&key, "ssn", "17", SSN));
    expected.push(SSN.to_owned());
    let seen = results(&client, call("reveal", &json!({}), items)).await;
    assert_eq!(seen, Ok(expected));
    assert_serves(&client).await;
    assert_unharmed(&mut deployment);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_was_made_to_name_another_key_does_not_take_its_neighbours_along() {
    // In the trust anchor, and not in KMS.
    let absent = "arn:aws:kms:eu-central-1:222222222222:key/00000000-1111-2222-3333-444444444444";
    let mut deployment = Deployment::with(Options {
        data_keys: vec![absent.into()],
        ..Options::default()
    })
    .await;
    let client = deployment.client();
    let key = deployment.data_key().await;
    let honest = || record(&key, "ssn", "17", SSN);
    let Input::Record { record, .. } = honest().input else {
        panic!("not a record")
    };
    let mut cose = CoseEncrypt::from_slice(&record).unwrap();
    cose.recipients[0].unprotected.key_id = absent.into();
    let renamed = || sealed_record("ssn", "17", cose.clone().to_vec().unwrap());
    let items = vec![renamed(), honest(), renamed()];
    let seen = results(&client, call("reveal", &json!({}), items)).await;
    let denied = "<key_denied>";
    assert_eq!(seen, Ok([denied, SSN, denied].map(str::to_owned).to_vec()));
    assert_unharmed(&mut deployment);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_of_the_largest_size_is_worked_on_and_a_longer_one_fails_alone() {
    let mut deployment = Deployment::start().await;
    let client = deployment.client();
    let largest = "x".repeat(MAX_INLINE_TEXT_BYTES);
    let items = vec![
        text("1", &largest),
        text("2", &format!("{largest}x")),
        text("3", "x"),
    ];
    let seen = results(&client, call("reveal", &json!({}), items)).await;
    let longer = "<text_too_long>".to_owned();
    assert_eq!(seen, Ok(vec![largest, longer, "x".to_owned()]));
    assert_serves(&client).await;
    assert_unharmed(&mut deployment);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_the_operation_cannot_work_on_fails_alone() {
    let mut deployment = Deployment::start().await;
    let client = deployment.client();
    let age = json!({"predicate": "age_at_least", "years": 18});
    let dates = ["", "yesterday", "2001-02-29", "9999-01-01", "2000-02-29"];
    let items = dates.map(|date| text("t", date)).into();
    let seen = results(&client, call("verify", &age, items)).await;
    let none = "<not_a_date>";
    let expected = [none, none, none, "<invalid_value>", "true"];
    assert_eq!(seen, Ok(expected.map(str::to_owned).to_vec()));
    // Odd texts of all kinds are texts.
    for odd in ["", "\0", "\u{202e}\u{feff}", "👩‍👩‍👧‍👦", "e\u{301}", "\r\n"] {
        for operation in ["detect", "redact", "mask"] {
            let asked = call(operation, &json!({}), vec![text("t", odd)]);
            let seen = results(&client, asked).await;
            assert!(seen.is_ok(), "{operation} {odd:?}: {seen:?}");
        }
    }
    assert_serves(&client).await;
    assert_unharmed(&mut deployment);
}
