//! The verifier on real documents, on every cut of them, and on documents changed in one place.
//!
//! What needs validly signed but wrong documents is tested where something can sign them: in
//! `vouchsafe-mock`: src/pki/tests.rs and src/nsm/tests.rs.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use coset::cbor::Value;
use coset::{CborSerializable, CoseSign1};
use proptest::prelude::*;
use vouchsafe_common::UnixMillis;
use vouchsafe_common::attestation::{
    AttestationError as E, Challenge, Compare, Expectations, Expected, Field, Inspection,
    IssuerCache, MAX_BUNDLE_CERTIFICATES, MAX_DOCUMENT_BYTES, MAX_PAYLOAD_BYTES, Pcr,
    RootFingerprint, authenticate, inspect, verify,
};
use vouchsafe_common::envelope::Evidence;

const DEFINITE: &[u8] = include_bytes!("vectors/attestation/2021-definite-map.cbor");
const DEFINITE_AT: UnixMillis = UnixMillis(1_616_018_515_685);
const INDEFINITE: &[u8] = include_bytes!("vectors/attestation/2025-indefinite-map.cbor");
const INDEFINITE_AT: UnixMillis = UnixMillis(1_762_795_210_812);
const HOUR_MS: u64 = 3_600_000;

fn look(document: &[u8], at: UnixMillis, expected: &Expected) -> Result<Inspection, E> {
    inspect(
        document,
        &RootFingerprint::AWS_NITRO_G1,
        at,
        expected,
        false,
    )
}

fn refusal(document: &[u8]) -> E {
    look(document, DEFINITE_AT, &Expected::default()).expect_err("the document was changed")
}

#[test]
fn real_documents_of_both_forms_verify_at_their_time() {
    let old = look(DEFINITE, DEFINITE_AT, &Expected::default()).unwrap();
    assert!(!old.debug);
    assert_eq!(
        old.document.module_id,
        "i-078824548edcf6519-enc01784234ec227b58"
    );
    assert_eq!(old.document.timestamp, DEFINITE_AT);
    assert_eq!((old.document.nonce, old.document.user_data), (None, None));
    let new = look(INDEFINITE, INDEFINITE_AT, &Expected::default()).unwrap();
    assert_eq!(new.document.pcrs.len(), 17);
    assert_eq!(new.document.user_data, Some(vec![]));
}

#[test]
fn a_document_with_the_cose_tag_verifies_and_with_another_does_not() {
    let tagged = [&[0xd2], DEFINITE].concat();
    assert!(look(&tagged, DEFINITE_AT, &Expected::default()).is_ok());
    assert_eq!(
        refusal(&[&[0xd1], DEFINITE].concat()),
        E::CborUnexpectedItem
    );
    assert_eq!(
        refusal(&[&[0xd2, 0xd2], DEFINITE].concat()),
        E::CborUnexpectedItem
    );
}

#[test]
fn a_document_cut_at_any_length_is_refused() {
    for (document, at) in [(DEFINITE, DEFINITE_AT), (INDEFINITE, INDEFINITE_AT)] {
        for length in 0..document.len() {
            let refused =
                look(&document[..length], at, &Expected::default()).expect_err("it is cut");
            let expected = if length == 0 {
                E::DocumentSize { bytes: 0 }
            } else {
                E::CborTruncated
            };
            assert_eq!(refused, expected, "cut at {length}");
        }
    }
}

#[test]
fn a_document_with_any_one_byte_changed_is_refused() {
    for (document, at) in [(DEFINITE, DEFINITE_AT), (INDEFINITE, INDEFINITE_AT)] {
        let mut issuers = IssuerCache::default();
        let mut look =
            |bytes: &[u8]| authenticate(bytes, &RootFingerprint::AWS_NITRO_G1, at, &mut issuers);
        assert!(look(document).is_ok());
        let mut changed = document.to_vec();
        for place in 0..document.len() {
            // Another bit in each byte; which one is no more than a choice.
            changed[place] ^= 1 << (place % 8);
            assert!(look(&changed).is_err(), "at {place}");
            changed[place] = document[place];
        }
    }
}

/// Bytes of r and of s, at the end of a document.
const HALF: usize = 48;
/// The order of P-384's group (FIPS 186-4 §D.1.2.4).
const ORDER: [u8; HALF] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf,
    0x58, 0x1a, 0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73,
];

/// The document with s replaced by n − s, which is as good a signature.
fn with_other_s(document: &[u8]) -> Vec<u8> {
    let mut other = document.to_vec();
    let at = other.len() - HALF;
    let mut borrow = false;
    for (digit, order) in other[at..].iter_mut().zip(ORDER).rev() {
        let (difference, one) = order.overflowing_sub(*digit);
        let (difference, two) = difference.overflowing_sub(borrow.into());
        (*digit, borrow) = (difference, one || two);
    }
    other
}

#[test]
fn a_document_verifies_with_either_s_so_its_bytes_identify_nothing() {
    for (document, at) in [(DEFINITE, DEFINITE_AT), (INDEFINITE, INDEFINITE_AT)] {
        let other = with_other_s(document);
        assert_ne!(other, document);
        assert_eq!(with_other_s(&other), document);
        let look = |bytes: &[u8]| look(bytes, at, &Expected::default()).unwrap();
        assert_eq!(look(&other), look(document));
    }
}

#[test]
fn a_signature_out_of_range_is_refused() {
    let zero = [0; HALF];
    let one = [&zero[1..], &[1]].concat();
    let (r, s) = DEFINITE[DEFINITE.len() - 2 * HALF..].split_at(HALF);
    for (r, s) in [
        // CVE-2022-21449.
        (&zero[..], &zero[..]),
        (&zero, s),
        (r, &zero),
        (&ORDER, s),
        (r, &ORDER),
        (&one, &one),
        (&[0xff; HALF], &[0xff; HALF]),
        (s, r),
    ] {
        let changed = with_cose(|cose| cose.signature = [r, s].concat());
        assert_eq!(refusal(&changed), E::DocumentSignature);
    }
}

proptest! {
    // Cases are found anew in every run; nothing is written beside the sources.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_document_with_changed_bytes_is_never_accepted(
        changes in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 1..4),
    ) {
        for (document, at) in [(DEFINITE, DEFINITE_AT), (INDEFINITE, INDEFINITE_AT)] {
            let mut changed = document.to_vec();
            for (place, difference) in &changes {
                let place = place.index(changed.len());
                changed[place] ^= difference;
            }
            prop_assume!(changed != document);
            prop_assert!(look(&changed, at, &Expected::default()).is_err());
        }
    }

    #[test]
    fn a_document_with_bytes_put_in_or_left_out_is_never_accepted(
        place in any::<prop::sample::Index>(),
        removed in 0_usize..80,
        added in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        let from = place.index(INDEFINITE.len());
        let to = (from + removed).min(INDEFINITE.len());
        let changed = [&INDEFINITE[..from], &added, &INDEFINITE[to..]].concat();
        // The one thing that may stand in front is the COSE tag.
        prop_assume!(changed != INDEFINITE && changed != [&[0xd2], INDEFINITE].concat());
        prop_assert!(look(&changed, INDEFINITE_AT, &Expected::default()).is_err());
    }
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

#[test]
fn a_cose_structure_of_another_form_is_refused() {
    assert_eq!(
        refusal(&encode(&Value::Array(vec![Value::Null; 5]))),
        E::CoseStructure
    );
    assert_eq!(refusal(&encode(&Value::Map(vec![]))), E::CoseStructure);
    assert_eq!(
        refusal(&with_cose(|cose| cose.payload = None)),
        E::CoseStructure
    );
    let short = with_cose(|cose| cose.signature.truncate(95));
    assert_eq!(refusal(&short), E::SignatureLength { bytes: 95 });
    let long = with_cose(|cose| cose.signature.push(0));
    assert_eq!(refusal(&long), E::SignatureLength { bytes: 97 });
    // An algorithm written as {1: -36}, and the right one in a longer form.
    for protected in [
        &[0xa1, 0x01, 0x38, 0x23][..],
        &[0xa1, 0x01, 0x39, 0x00, 0x22],
        &[],
    ] {
        let other = [
            &[0x84, 0x40 + u8::try_from(protected.len()).unwrap()],
            protected,
            &DEFINITE[6..],
        ];
        assert_eq!(refusal(&other.concat()), E::CoseProtectedHeader);
    }
    let unprotected = with_cose(|cose| cose.unprotected.key_id = vec![1]);
    assert_eq!(refusal(&unprotected), E::CoseUnprotectedHeader);
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

#[test]
fn another_root_is_refused_even_if_the_document_is_real() {
    let other = RootFingerprint::of_der(b"another root");
    let refused = inspect(DEFINITE, &other, DEFINITE_AT, &Expected::default(), true);
    assert_eq!(refused.unwrap_err(), E::RootNotPinned);
}

#[test]
fn a_document_verifies_within_the_validity_of_its_chain_only() {
    let window = look(DEFINITE, DEFINITE_AT, &Expected::default())
        .unwrap()
        .document;
    let (first, last) = (window.leaf_not_before, window.leaf_not_after);
    // The last second belongs to it (RFC 5280 §4.1.2.5).
    for at in [first, last] {
        assert!(look(DEFINITE, at, &Expected::default()).is_ok());
    }
    for at in [UnixMillis(first.0 - 1), UnixMillis(last.0 + 1)] {
        let refused = look(DEFINITE, at, &Expected::default());
        assert_eq!(refused.unwrap_err(), E::CertificateExpired { position: 4 });
    }
    for at in [UnixMillis(0), UnixMillis(u64::MAX)] {
        assert!(matches!(
            look(DEFINITE, at, &Expected::default()),
            Err(E::CertificateExpired { .. })
        ));
    }
}

#[test]
fn an_inspection_compares_what_it_is_given() {
    let document = look(INDEFINITE, INDEFINITE_AT, &Expected::default())
        .unwrap()
        .document;
    let later = UnixMillis(INDEFINITE_AT.0 + 60_000);
    let refused = |expected: Expected| look(INDEFINITE, later, &expected).unwrap_err();
    let good = Expected {
        pcrs: document.pcrs.clone(),
        nonce: Compare::Absent,
        user_data: Compare::Equal(vec![]),
        max_age_ms: Some(60_000),
        skew_ms: Some(0),
        rsa_public_key: false,
    };
    assert!(look(INDEFINITE, later, &good).is_ok());
    let pcr = |index| Expected {
        pcrs: [(index, Pcr([9; 48]))].into(),
        ..good.clone()
    };
    assert_eq!(refused(pcr(4)), E::PcrMismatch { index: 4 });
    assert_eq!(refused(pcr(17)), E::PcrMissing { index: 17 });
    assert_eq!(
        refused(Expected {
            nonce: Compare::Equal(vec![1]),
            ..good.clone()
        }),
        E::Nonce
    );
    assert_eq!(
        refused(Expected {
            user_data: Compare::Absent,
            ..good.clone()
        }),
        E::UserData
    );
    assert_eq!(
        refused(Expected {
            max_age_ms: Some(59_999),
            ..good.clone()
        }),
        E::TooOld
    );
    assert_eq!(
        refused(Expected {
            rsa_public_key: true,
            ..good.clone()
        }),
        E::PublicKeyForm
    );
    let without_key = Expected {
        rsa_public_key: true,
        ..Expected::default()
    };
    assert_eq!(
        look(DEFINITE, DEFINITE_AT, &without_key).unwrap_err(),
        E::PublicKeyMissing
    );
    let early = UnixMillis(INDEFINITE_AT.0 - 1);
    let strict = Expected {
        skew_ms: Some(0),
        ..Expected::default()
    };
    assert_eq!(look(INDEFINITE, early, &strict).unwrap_err(), E::FromFuture);
}

#[test]
fn a_real_document_of_another_service_is_no_evidence() {
    let document = look(DEFINITE, DEFINITE_AT, &Expected::default())
        .unwrap()
        .document;
    let evidence = Evidence {
        document: DEFINITE.to_vec().into(),
        key_configuration: vec![].into(),
    };
    let expectations = Expectations {
        pcr0: document.pcrs[&0],
        pcr1: document.pcrs[&1],
        pcr2: document.pcrs[&2],
        pcr16: Pcr::ZERO,
        pcr8: None,
        bundle_digest: [0; 48],
    };
    let result = |at| {
        let issuers = &mut IssuerCache::default();
        verify(&evidence, &expectations, Challenge::draw(at), at, issuers).unwrap_err()
    };
    assert_eq!(result(DEFINITE_AT), E::Nonce);
    assert_eq!(result(UnixMillis(DEFINITE_AT.0 + 300_001)), E::TooOld);
    assert_eq!(
        result(UnixMillis(DEFINITE_AT.0 + 24 * HOUR_MS)),
        E::CertificateExpired { position: 3 }
    );
}
