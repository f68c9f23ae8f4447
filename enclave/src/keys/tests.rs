use serde_bytes::ByteBuf;
use serde_json::json;
use vouchsafe_common::{
    UnixMillis,
    message::{Parameters, RequestId},
    record::{self, RECORD_FORMAT},
};

use super::*;

const KEY: &str = "arn:aws:kms:eu-west-1:222222222222:key/12345678-90ab-cdef-1234-567890abcdef";

/// A trust anchor with these floors for `acme`, and none to speak of for `bolt`.
fn anchor(epoch: u32, record_format: u32) -> TrustAnchor {
    let anchor = json!({
        "version": 1, "fleet": "test", "authorities": [],
        "tenants": [
            {"name": "acme", "data_keys": [KEY], "floors": {"epoch": epoch, "root_version": 0}},
            {"name": "bolt", "data_keys": [KEY], "floors": {"epoch": 0, "root_version": 0}},
        ],
        "floors": {"bundle_serial": 0, "record_format": record_format},
    });
    TrustAnchor::parse(anchor.to_string().as_bytes()).expect("a valid anchor")
}

fn request(tenant: &str, items: Vec<Item>) -> Request {
    Request {
        id: RequestId([1; 16]),
        issued_at: UnixMillis(0),
        purpose: "support".into(),
        tenant: tenant.into(),
        dataset: "customers".into(),
        operation: "reveal".into(),
        parameters: Parameters::none(),
        items,
    }
}

fn sealed(epoch: u32) -> Vec<u8> {
    let key = record::DataKey::new(&Secret::new([7; 32]), &[9; 184], KEY, Epoch(epoch));
    let place = Place {
        tenant: "acme",
        dataset: "customers",
        field: "ssn",
        record_id: "17",
    };
    key.expect("within bounds")
        .seal(&place, b"078-05-1120")
        .expect("short")
}

/// What becomes of a record, and how many data keys KMS would be asked for.
fn planned(anchor: &TrustAnchor, tenant: &str, record: &[u8]) -> (Result<(), ItemError>, usize) {
    let mut plan = Plan::default();
    let outcome = plan.add(0, anchor, &request(tenant, vec![]), record);
    (outcome, plan.fetches.len())
}

#[test]
fn a_record_is_asked_for_from_its_tenants_epoch_on_and_below_it_kms_is_not_asked() {
    let anchor = anchor(5, RECORD_FORMAT);
    let refused = (Err(ItemError::EpochBelowFloor), 0);
    assert_eq!(planned(&anchor, "acme", &sealed(0)), refused);
    assert_eq!(planned(&anchor, "acme", &sealed(4)), refused);
    assert_eq!(planned(&anchor, "acme", &sealed(5)), (Ok(()), 1));
    assert_eq!(planned(&anchor, "acme", &sealed(u32::MAX)), (Ok(()), 1));
    // Another tenant's floor is another tenant's business.
    assert_eq!(planned(&anchor, "bolt", &sealed(4)), (Ok(()), 1));
}

#[test]
fn a_record_format_counts_up_to_the_one_that_this_code_reads() {
    for format in [0, RECORD_FORMAT] {
        let outcome = planned(&anchor(1, format), "acme", &sealed(1));
        assert_eq!(outcome, (Ok(()), 1), "{format}");
    }
    let outcome = planned(&anchor(1, RECORD_FORMAT + 1), "acme", &sealed(1));
    assert_eq!(outcome, (Err(ItemError::FormatBelowFloor), 0));
}

#[test]
fn what_is_no_record_or_of_no_tenant_is_not_asked_for() {
    let anchor = anchor(1, RECORD_FORMAT);
    let malformed = (Err(ItemError::RecordMalformed), 0);
    assert_eq!(planned(&anchor, "acme", b"record"), malformed);
    let unknown = (Err(ItemError::KeyNotTrusted), 0);
    assert_eq!(planned(&anchor, "carol", &sealed(1)), unknown);
}

#[test]
fn records_of_one_data_key_share_a_fetch_and_of_another_epoch_do_not() {
    let (anchor, request) = (anchor(1, RECORD_FORMAT), request("acme", vec![]));
    let mut plan = Plan::default();
    for (index, epoch) in [1, 1, 2].into_iter().enumerate() {
        let added = plan.add(index, &anchor, &request, &sealed(epoch));
        assert_eq!(added, Ok(()));
    }
    assert_eq!((plan.wanted.len(), plan.fetches.len()), (3, 2));
}

#[test]
fn an_opened_item_has_its_own_text_and_no_other() {
    let (text, record) = (
        Input::Text(Secret::new("inline".into())),
        Input::Record {
            field: "ssn".into(),
            record_id: "17".into(),
            record: ByteBuf::new(),
        },
    );
    let opened = Opened::Record(Secret::new("sealed".into()));
    assert_eq!(Opened::Inline.text(&text), Some("inline"));
    assert_eq!(opened.text(&record), Some("sealed"));
    assert_eq!(Opened::Inline.text(&record), None);
    assert_eq!(opened.text(&text), None);
}
