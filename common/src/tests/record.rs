//! A sealed record.

use coset::cbor::Value;

use super::{
    Vector,
    annotate::item,
    hand::{self, bytes, header, map},
};
use crate::{
    Epoch, Secret,
    digest::sha256,
    encryption_context::EncryptionContext,
    record::{DataKey, Place, SealedRecord},
};

const ARN: &str = "arn:aws:kms:eu-central-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const PLACE: Place<'_> = Place {
    tenant: "acme",
    dataset: "customers",
    field: "ssn",
    record_id: "17",
};
const EPOCH: Epoch = Epoch(1);
const VALUE: &[u8] = b"078-05-1120";
const DATA_KEY: [u8; 32] = [0x44; 32];

/// The ciphertext of the data key, as KMS would give it; a real one is opaque and longer.
fn wrapped() -> [u8; 40] {
    hand::counting(0x01)
}

/// Recipient, external AAD and the whole record under a nonce, by the words of the page.
fn record(nonce: &[u8]) -> [Vec<u8>; 4] {
    let recipient = Value::Array(vec![
        bytes(&hand::cbor(&header([(1, (-65_702).into())]))),
        header([(4, bytes(ARN.as_bytes()))]),
        bytes(&wrapped()),
    ]);
    let external = hand::cbor(&map([
        ("format", "vouchsafe/record/v1".into()),
        ("tenant", PLACE.tenant.into()),
        ("dataset", PLACE.dataset.into()),
        ("epoch", EPOCH.0.into()),
        ("field", PLACE.field.into()),
        ("record_id", PLACE.record_id.into()),
        ("recipient", bytes(&sha256(&[&hand::cbor(&recipient)]))),
    ]));
    let protected = hand::cbor(&header([(1, 3.into()), (-65_711, EPOCH.0.into())]));
    let aad = hand::cbor(&Value::Array(vec![
        "Encrypt".into(),
        bytes(&protected),
        bytes(&external),
    ]));
    let ciphertext = hand::seal(&DATA_KEY, nonce, &aad, VALUE);
    let record = hand::cbor(&Value::Array(vec![
        bytes(&protected),
        header([(5, bytes(nonce))]),
        bytes(&ciphertext),
        Value::Array(vec![recipient]),
    ]));
    [external, aad, ciphertext, record]
}

fn nonce() -> [u8; 12] {
    hand::counting(0xe0)
}

#[test]
fn the_examples_of_a_record_are_what_the_code_makes() {
    let [external, aad, _, sealed] = record(&nonce());
    let parsed = SealedRecord::parse(&sealed).expect("the profile");
    let opened = parsed.open(&DATA_KEY, &PLACE).expect("authentic");
    assert_eq!(opened.expose_secret(), VALUE);

    // The code's own record has a nonce of its own; by hand, the rest follows from it.
    let key = DataKey::new(&Secret::new(DATA_KEY), &wrapped(), ARN, EPOCH).expect("short");
    let made = key.seal(&PLACE, VALUE).expect("short");
    let at = sealed
        .windows(12)
        .position(|window| window == nonce())
        .expect("it stands in clear");
    assert_eq!(made, record(&made[at..at + 12])[3]);

    let context = EncryptionContext::record(PLACE.tenant, PLACE.dataset, EPOCH);
    let pairs: Vec<_> = context.pairs().collect();
    let pairs = serde_json::to_string(&Value::Map(
        pairs
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect(),
    ));
    let notes = &[
        ("", "COSE_Encrypt, without a tag"),
        ("0", "CBOR: protected header"),
        ("0./#1", "alg"),
        ("0./1", "AES-256-GCM"),
        ("0./#-65711", "epoch"),
        ("0./-65711", "of the data key"),
        ("1", "unprotected header"),
        ("1/#5", "IV"),
        ("1/5", "the nonce"),
        ("2", "ciphertext and tag"),
        ("3", "recipients, always one"),
        ("3/0/0", "CBOR: protected header"),
        ("3/0/0./#1", "alg"),
        ("3/0/0./1", "the key is wrapped by KMS"),
        ("3/0/1", "unprotected header"),
        ("3/0/1/#4", "kid"),
        ("3/0/1/4", "ARN of the KMS key, as text"),
        ("3/0/2", "CiphertextBlob of KMS, opaque"),
    ];
    let examples = [
        ("record", item(&sealed, notes)),
        (
            "record-external",
            item(&external, &[("recipient", "SHA-256(encoded recipient)")]),
        ),
        (
            "record-aad",
            item(
                &aad,
                &[("1", "protected header"), ("2", "external data, above")],
            ),
        ),
        ("record-context", pairs.expect("texts") + "\n"),
    ];
    super::hold_examples("protocol/record.md", &examples);
}

pub(super) fn vectors() -> Vec<Vector> {
    let [_, _, _, sealed] = record(&nonce());
    vec![("data_key", DATA_KEY.to_vec()), ("sealed_record", sealed)]
}
