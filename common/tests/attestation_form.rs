//! The form of a document: what is refused before any signature is looked at, each by its name.
//!
//! The 2021 document of AWS's, changed in one place and not signed again; where a change would need
//! a signature to be seen, the test is in `vouchsafe-mock`, src/pki/tests/payload.rs.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use coset::cbor::Value;
use coset::{CborSerializable, CoseSign1};
use vouchsafe_common::UnixMillis;
use vouchsafe_common::attestation::{
    AttestationError as E, Expected, Field, MAX_BUNDLE_CERTIFICATES, MAX_DOCUMENT_BYTES,
    MAX_PAYLOAD_BYTES, RootFingerprint, inspect,
};

const DEFINITE: &[u8] = include_bytes!("vectors/attestation/2021-definite-map.cbor");
const DEFINITE_AT: UnixMillis = UnixMillis(1_616_018_515_685);

fn refusal(document: &[u8]) -> E {
    let root = RootFingerprint::AWS_NITRO_G1;
    inspect(document, &root, DEFINITE_AT, &Expected::default(), false)
        .expect_err("the document was changed")
}

#[test]
fn the_size_of_document_and_payload_is_bounded() {
    let bytes = MAX_DOCUMENT_BYTES + 1;
    assert_eq!(refusal(&vec![0; bytes]), E::DocumentSize { bytes });
    let bytes = MAX_PAYLOAD_BYTES + 1;
    assert_eq!(
        refusal(&with_cose(|cose| cose.payload = Some(vec![0; bytes]))),
        E::PayloadSize { bytes }
    );
    let empty = with_cose(|cose| cose.payload = Some(vec![]));
    assert_eq!(refusal(&empty), E::PayloadSize { bytes: 0 });
}

/// The 2021 document with its COSE structure changed.
fn with_cose(change: impl FnOnce(&mut CoseSign1)) -> Vec<u8> {
    let mut cose = CoseSign1::from_slice(DEFINITE).unwrap();
    change(&mut cose);
    cose.to_vec().unwrap()
}

/// The 2021 document with other payload bytes, so with a signature that does not fit them.
fn with_payload_bytes(change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    with_cose(|cose| cose.payload = cose.payload.take().map(change))
}

/// The 2021 document with the entries of its payload map changed.
fn with_payload(change: impl FnOnce(&mut Vec<(Value, Value)>)) -> Vec<u8> {
    with_payload_bytes(|payload| {
        let value: Value = coset::cbor::de::from_reader(&payload[..]).unwrap();
        let mut entries = value.into_map().unwrap();
        change(&mut entries);
        encode(&Value::Map(entries))
    })
}

/// The 2021 document with one field set.
fn with_field(name: &str, value: impl Into<Value>) -> Vec<u8> {
    with_payload(|entries| {
        entries.retain(|(key, _)| key.as_text() != Some(name));
        entries.push((name.into(), value.into()));
    })
}

fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    coset::cbor::ser::into_writer(value, &mut bytes).unwrap();
    bytes
}

/// A `COSE_Sign1` of these four items, as its bytes; `None` stands for what AWS wrote.
fn structure(items: [Option<&[u8]>; 4]) -> Vec<u8> {
    // Array of 4; protected header of 4 bytes; empty map; payload; 96 bytes of signature.
    let signature = DEFINITE.len() - 98;
    let own = [
        &DEFINITE[1..6],
        &DEFINITE[6..7],
        &DEFINITE[7..signature],
        &DEFINITE[signature..],
    ];
    let items = [0, 1, 2, 3].map(|place| items[place].unwrap_or(own[place]));
    [&DEFINITE[..1], &items.concat()].concat()
}

#[rustfmt::skip] // A case a line.
const PROTECTED: &[(&str, &[u8])] = &[
    ("nothing", b"\x40"),
    ("an empty map", b"\x41\xa0"),
    ("ES512", b"\x44\xa1\x01\x38\x23"),
    ("ES256", b"\x43\xa1\x01\x26"),
    ("ES384 as text", b"\x48\xa1\x01\x65ES384"),
    ("ES384 in a longer form", b"\x45\xa1\x01\x39\x00\x22"),
    ("ES384 in an open map", b"\x45\xbf\x01\x38\x22\xff"),
    ("ES384 and a key id", b"\x47\xa2\x01\x38\x22\x04\x41\x01"),
    ("ES384 and a critical header", b"\x4a\xa3\x01\x38\x22\x02\x81\x05\x05\x41\x01"),
];

#[rustfmt::skip] // A case a line.
const UNPROTECTED: &[(&str, &[u8])] = &[
    ("a key id", b"\xa1\x04\x41\x01"),
    ("a chain of certificates", b"\xa1\x18\x21\x41\x01"),
    ("the algorithm again", b"\xa1\x01\x38\x22"),
    ("a private label", b"\xa1\x3a\x00\x01\x00\x00\x00"),
];

#[test]
fn a_header_that_says_more_or_less_than_es384_is_refused() {
    assert!(structure([None; 4]) == DEFINITE);
    for (what, header) in PROTECTED {
        let refused = refusal(&structure([Some(header), None, None, None]));
        assert_eq!(refused, E::CoseProtectedHeader, "{what}");
    }
    for (what, header) in UNPROTECTED {
        let refused = refusal(&structure([None, Some(header), None, None]));
        assert_eq!(refused, E::CoseUnprotectedHeader, "{what}");
    }
}

#[test]
fn a_cose_structure_of_another_form_is_refused() {
    for structure in [
        Value::Array(vec![Value::Null; 3]),
        Value::Array(vec![Value::Null; 4]),
        Value::Array(vec![Value::Null; 5]),
        Value::Map(vec![]),
        Value::Bytes(vec![]),
        Value::Null,
    ] {
        assert_eq!(
            refusal(&encode(&structure)),
            E::CoseStructure,
            "{structure:?}"
        );
    }
    // What AWS wrote, and a fifth item, or without the last.
    let five = [b"\x85", &DEFINITE[1..], b"\x40"].concat();
    assert_eq!(refusal(&five), E::CoseStructure);
    let three = [b"\x83", &DEFINITE[1..DEFINITE.len() - 98]].concat();
    assert_eq!(refusal(&three), E::CoseStructure);
    for items in [
        [Some(&b"\xa1\x01\x38\x22"[..]), None, None, None],
        [None, Some(b"\xf6"), None, None],
        [None, Some(b"\x41\xa0"), None, None],
        [None, None, Some(b"\xf6"), None],
        [None, None, Some(b"\xa0"), None],
        [None, None, None, Some(b"\xf6")],
    ] {
        assert_eq!(refusal(&structure(items)), E::CoseStructure, "{items:x?}");
    }
    for bytes in [0, 1, 95, 97, 102] {
        let other = with_cose(|cose| cose.signature = vec![1; bytes]);
        assert_eq!(refusal(&other), E::SignatureLength { bytes });
    }
}

#[test]
fn a_tag_other_than_that_of_cose_sign1_is_refused() {
    // COSE_Mac0, COSE_Sign, COSE_Encrypt0, CWT around COSE_Sign1, and COSE_Sign1 twice.
    for tag in [
        &b"\xd1"[..],
        b"\xd8\x62",
        b"\xd0",
        b"\xd8\x3d\xd2",
        b"\xd2\xd2",
    ] {
        let refused = refusal(&[tag, DEFINITE].concat());
        assert_eq!(refused, E::CborUnexpectedItem, "{tag:x?}");
    }
    // The right one in a longer form.
    assert_eq!(
        refusal(&[b"\xd8\x12", DEFINITE].concat()),
        E::CborNotShortest
    );
}

#[test]
fn cbor_outside_the_profile_is_refused_in_document_and_payload() {
    assert_eq!(refusal(&[DEFINITE, &[0]].concat()), E::CborTrailingBytes);
    assert_eq!(
        refusal(&[&[0x9f], &DEFINITE[1..], &[0xff]].concat()),
        E::CborIndefinite
    );
    assert_eq!(
        refusal(&[&[0x98, 0x04], &DEFINITE[1..]].concat()),
        E::CborNotShortest
    );
    let trailing = with_payload_bytes(|payload| [payload, vec![0]].concat());
    assert_eq!(refusal(&trailing), E::CborTrailingBytes);
    let tagged = with_payload_bytes(|payload| [vec![0xc0], payload].concat());
    assert_eq!(refusal(&tagged), E::CborUnexpectedItem);
    let cut = with_payload_bytes(|payload| payload[..100].to_vec());
    assert_eq!(refusal(&cut), E::CborTruncated);
    let deep = with_payload_bytes(|_| [vec![0x81; 2000], vec![0]].concat());
    assert_eq!(refusal(&deep), E::CborTooDeep);
    let many = with_payload_bytes(|_| encode(&Value::Array(vec![Value::Null; 65])));
    assert_eq!(refusal(&many), E::CborTooManyItems);
    let text = with_payload_bytes(|mut payload| {
        let place = payload
            .windows(2)
            .position(|window| window == b"i-")
            .unwrap();
        payload[place] = 0xff;
        payload
    });
    assert_eq!(refusal(&text), E::CborText);
}

#[test]
fn fields_that_are_unknown_missing_or_double_are_refused() {
    let array = with_payload_bytes(|_| encode(&Value::Array(vec![])));
    assert_eq!(refusal(&array), E::PayloadNotMap);
    assert_eq!(refusal(&with_field("other", 1)), E::UnknownField);
    let number = with_payload(|entries| entries.push((1.into(), 1.into())));
    assert_eq!(refusal(&number), E::UnknownField);
    assert_eq!(
        refusal(&with_field("nitrotpm_pcrs", Value::Map(vec![]))),
        E::NitroTpm
    );
    let twice = with_payload(|entries| entries.push(("pcrs".into(), Value::Map(vec![]))));
    assert_eq!(refusal(&twice), E::DuplicateField { field: Field::Pcrs });
    for field in [
        Field::ModuleId,
        Field::Digest,
        Field::Timestamp,
        Field::Pcrs,
        Field::Certificate,
        Field::Cabundle,
    ] {
        let name = field.name();
        let missing =
            with_payload(|entries| entries.retain(|(key, _)| key.as_text() != Some(name)));
        assert_eq!(refusal(&missing), E::MissingField { field });
        assert_eq!(
            refusal(&with_field(name, Value::Null)),
            E::MissingField { field }
        );
    }
}

#[test]
fn an_optional_field_left_out_equals_null() {
    for name in ["public_key", "user_data", "nonce"] {
        let without =
            with_payload(|entries| entries.retain(|(key, _)| key.as_text() != Some(name)));
        // All is well up to the signature, which was over null.
        assert_eq!(refusal(&without), E::DocumentSignature);
    }
}

#[test]
fn fields_of_another_type_or_size_are_refused() {
    use Field::{
        Cabundle, Certificate, Digest, ModuleId, Nonce, Pcrs, PublicKey, Timestamp, UserData,
    };
    for field in [
        ModuleId,
        Digest,
        Timestamp,
        Pcrs,
        Certificate,
        Cabundle,
        PublicKey,
        UserData,
        Nonce,
    ] {
        let other = with_field(field.name(), Value::Array(vec![Value::Null]));
        assert_eq!(refusal(&other), E::FieldType { field });
    }
    for field in [Certificate, PublicKey, UserData, Nonce] {
        assert_eq!(
            refusal(&with_field(field.name(), vec![0; 1025])),
            E::FieldSize { field }
        );
    }
    for field in [UserData, Nonce] {
        assert_eq!(
            refusal(&with_field(field.name(), Value::Bytes(vec![]))),
            E::DocumentSignature
        );
    }
    for field in [Certificate, PublicKey] {
        assert_eq!(
            refusal(&with_field(field.name(), Value::Bytes(vec![]))),
            E::FieldSize { field }
        );
    }
    let bundle =
        |entry: Vec<u8>, count| with_field("cabundle", Value::Array(vec![entry.into(); count]));
    for wrong in [
        bundle(vec![], 1),
        bundle(vec![0], 0),
        bundle(vec![0; 1025], 1),
        bundle(vec![0], MAX_BUNDLE_CERTIFICATES + 1),
    ] {
        assert_eq!(refusal(&wrong), E::FieldSize { field: Cabundle });
    }
    assert_eq!(
        refusal(&bundle(vec![0], MAX_BUNDLE_CERTIFICATES)),
        E::RootNotPinned
    );
    assert_eq!(
        refusal(&with_field("pcrs", Value::Map(vec![]))),
        E::FieldSize { field: Pcrs }
    );
}

#[test]
fn values_outside_the_profile_are_refused() {
    for id in [
        "",
        "i-",
        "i-1-enc",
        "i--enc1",
        "i-1-tpm1",
        "i-1-ENC1",
        "i-g-enc1",
        "i-1-enc1 ",
        "i-A-enc1",
    ] {
        assert_eq!(refusal(&with_field("module_id", id)), E::ModuleId, "{id}");
    }
    let long = format!("i-1-enc{}", "0".repeat(58));
    assert_eq!(refusal(&with_field("module_id", long)), E::ModuleId);
    assert_eq!(refusal(&with_field("digest", "SHA512")), E::DigestAlgorithm);
    for time in [Value::from(0), Value::from(-1), Value::from(1_u64 << 63)] {
        assert_eq!(refusal(&with_field("timestamp", time)), E::Timestamp);
    }
    let pcrs = |entries: Vec<(Value, Vec<u8>)>| {
        let entries = entries
            .into_iter()
            .map(|(key, value)| (key, Value::from(value)));
        with_field("pcrs", Value::Map(entries.collect()))
    };
    for index in [
        Value::from(32),
        Value::from(256),
        Value::from(-1),
        Value::from("0"),
    ] {
        assert_eq!(refusal(&pcrs(vec![(index, vec![0; 48])])), E::PcrIndex);
    }
    for length in [0, 32, 47, 49, 64] {
        assert_eq!(
            refusal(&pcrs(vec![(3.into(), vec![0; length])])),
            E::PcrLength { index: 3 }
        );
    }
    let twice = vec![(3.into(), vec![0; 48]), (3.into(), vec![1; 48])];
    assert_eq!(refusal(&pcrs(twice)), E::DuplicatePcr { index: 3 });
    let other = with_field("pcrs", Value::Map(vec![(0.into(), Value::Null)]));
    assert_eq!(refusal(&other), E::FieldType { field: Field::Pcrs });
}
