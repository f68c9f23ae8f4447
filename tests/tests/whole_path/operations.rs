//! What is done to values, item by item, from a caller's parameters to its results: each operation
//! once through the real binaries, on sealed records and on texts, and where an item fails alone.

use serde_json::{Value, json};
use vouchsafe_common::{Secret, message::Item};
use vouchsafe_tests::{
    Deployment, Options,
    deployment::{DATASET, TENANT, call, record, shown, text},
};

use crate::roots::name_roots;

const SSN: &str = "078-05-1123";

async fn done(
    deployment: &Deployment,
    operation: &str,
    parameters: Value,
    items: Vec<Item>,
) -> Vec<String> {
    let results = deployment.call(operation, &parameters, items).await;
    results.iter().map(shown).collect()
}

fn texts(values: &[&str]) -> Vec<Item> {
    values.iter().map(|value| text("t", value)).collect()
}

async fn refused(
    deployment: &Deployment,
    operation: &str,
    parameters: Value,
    items: Vec<Item>,
) -> String {
    let call = call(operation, &parameters, items);
    let refused = deployment.client().call(call).await.unwrap_err();
    refused.code().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_made_less_exact_or_judged_each_with_its_own_error() {
    let deployment = Deployment::start().await;
    let key = deployment.data_key().await;
    for (operation, parameters, value, output, bad, error) in [
        (
            "replace",
            json!({"with": "[gone]"}),
            SSN,
            "[gone]",
            "",
            "[gone]",
        ),
        (
            "placeholder",
            json!({"label": "PERSON"}),
            "Jo",
            "PERSON_1",
            "Ann",
            "PERSON_2",
        ),
        (
            "validate",
            json!({"entity": "US_SSN"}),
            SSN,
            "valid",
            "000-05-1123",
            "area",
        ),
        (
            "bucket",
            json!({"bounds": [18, 65]}),
            "37",
            "18-64",
            "old",
            "<not_a_number>",
        ),
        (
            "generalize",
            json!({"kind": "date", "to": "year"}),
            "1984-07-03",
            "1984",
            "1984",
            "<not_a_date>",
        ),
        (
            "time_part",
            json!({"part": "month"}),
            "1984-07-03",
            "7",
            "2001-02-29",
            "<not_a_date>",
        ),
    ] {
        let items = vec![
            record(&key, "note", "17", value),
            record(&key, "note", "18", bad),
            record(&key, "salary", "17", value),
            text("t", value),
        ];
        let seen = done(&deployment, operation, parameters, items).await;
        assert_eq!(
            seen,
            [output, error, "<not_permitted>", output],
            "{operation}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_the_values_form_and_indexes_outlive_a_root_by_its_version() {
    let mut deployment = Deployment::start().await;
    let format = |version: Option<u32>| json!({"entity": "US_SSN", "alphabet": "digits", "skip": "-", "version": version});
    let ssn = json!({"entity": "US_SSN"});
    let missing = done(&deployment, "encrypt_format", format(None), texts(&[SSN])).await;
    assert_eq!(missing, ["<root_missing>"]);
    let first = deployment.create_root(1).await;
    name_roots(&mut deployment, &[&first]).await;
    let key = deployment.data_key().await;
    let items = vec![
        record(&key, "ssn", "17", SSN),
        text("t", "07-05"),
        text("t", SSN),
    ];
    let made = done(&deployment, "encrypt_format", format(None), items).await;
    assert_eq!(made[1], "<domain_too_small>");
    assert_eq!(made[0], made[2]);
    let (old, version) = made[0].split_once(' ').unwrap();
    assert!(
        version == "k1" && old != SSN && old.len() == SSN.len(),
        "{made:?}"
    );
    let old_index = done(&deployment, "blind_index", ssn.clone(), texts(&[SSN])).await;
    assert!(old_index[0].starts_with("vb1.US_SSN.k1."), "{old_index:?}");

    let second = deployment.create_root(2).await;
    name_roots(&mut deployment, &[&second, &first]).await;
    let new = done(&deployment, "encrypt_format", format(None), texts(&[SSN])).await;
    assert!(new[0].ends_with(" k2") && new[0] != made[0], "{new:?}");
    for (version, expected) in [(1, SSN), (3, "<root_missing>")] {
        let opened = done(
            &deployment,
            "decrypt_format",
            format(Some(version)),
            texts(&[old]),
        )
        .await;
        assert_eq!(opened, [expected], "k{version}");
    }
    let guessed = refused(&deployment, "decrypt_format", format(None), texts(&[old])).await;
    assert_eq!(guessed, "invalid_parameter");
    let joined = json!({"entity": "US_SSN", "version": 1});
    assert_eq!(
        done(&deployment, "blind_index", joined, texts(&[SSN])).await,
        old_index
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dates_of_a_row_move_together_by_days_that_are_the_rows_own() {
    let mut deployment = Deployment::start().await;
    deployment.add_root().await;
    let key = deployment.data_key().await;
    let shift = json!({"days": 30});
    let date = "2021-06-15";
    let rows = || {
        vec![
            record(&key, "birthday", "17", date),
            record(&key, "note", "17", date),
            record(&key, "birthday", "17", "15 June"),
        ]
    };
    let seen = done(&deployment, "shift_date", shift.clone(), rows()).await;
    assert!(seen[0].starts_with("2021-0") && seen[0] != date, "{seen:?}");
    assert_eq!((&seen[1], seen[2].as_str()), (&seen[0], "<not_a_date>"));
    let mut named = rows();
    named[0].other = Some(Secret::new("18".into()));
    let code = refused(&deployment, "shift_date", shift.clone(), named).await;
    assert_eq!(code, "invalid_parameter");
    let nobody = done(&deployment, "shift_date", shift, texts(&[date])).await;
    assert_eq!(nobody, ["<subject_missing>"]);
}

/// Bounds of the caller's own would search a value out: two widths, or one bound again and again.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_policy_does_not_name_with_its_parameters_is_refused() {
    let deployment = Deployment::start().await;
    for (operation, parameters) in [
        ("bucket", json!({"bounds": [18]})),
        ("bucket", json!({"width": 2})),
        ("generalize", json!({"kind": "date", "to": "month"})),
        ("generalize", json!({"kind": "prefix", "keep": 10})),
        ("time_part", json!({"part": "day"})),
        ("time_part", json!({"part": "month", "order": "dmy"})),
        ("shift_date", json!({"days": 1})),
        ("validate", json!({"entity": "IBAN_CODE"})),
        ("blind_index", json!({"entity": "US_SSN", "context": "x"})),
        (
            "encrypt_format",
            json!({"entity": "US_SSN", "alphabet": "digits", "skip": "-", "keep_last": 3}),
        ),
        (
            "encrypt_format",
            json!({"entity": "US_SSN", "alphabet": {"custom": "01234567"}, "skip": "-"}),
        ),
        (
            "decrypt_format",
            json!({"entity": "US_SSN", "alphabet": "alnum", "skip": "-", "version": 1}),
        ),
    ] {
        let code = refused(&deployment, operation, parameters.clone(), texts(&[SSN])).await;
        assert_eq!(code, "not_permitted", "{operation} {parameters}");
    }
    for (operation, parameters) in [
        ("bucket", json!({"width": 1})),
        ("generalize", json!({"kind": "number", "width": 1})),
        ("detect", json!({"regions": vec!["DE"; 251]})),
    ] {
        let code = refused(&deployment, operation, parameters.clone(), texts(&[SSN])).await;
        assert_eq!(code, "invalid_parameter", "{operation} {parameters}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_label_beside_a_record_is_a_guess_at_it_and_a_permission_of_its_own() {
    let allow = json!([{
        "callers": ["crm"], "operations": ["placeholder"], "classes": ["masked"],
        "purposes": ["test"], "tenants": [TENANT], "datasets": [DATASET], "fields": ["ssn"],
        "inline": true,
    }]);
    let deployment = Deployment::with(Options {
        allow,
        ..Options::default()
    })
    .await;
    let key = deployment.data_key().await;
    let label = json!({"label": "SSN"});
    let both = vec![record(&key, "ssn", "17", SSN), text("guess", SSN)];
    let seen = done(&deployment, "placeholder", label.clone(), both).await;
    assert_eq!(seen, ["SSN_1", "<not_permitted>"]);
    let alone = done(&deployment, "placeholder", label, texts(&[SSN, "x", SSN])).await;
    assert_eq!(alone, ["SSN_1", "SSN_2", "SSN_1"]);
}
