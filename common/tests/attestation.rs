//! The verifier on real documents, on every cut of them, and on every byte of them changed.
//!
//! What has another form is in `attestation_form.rs`; what needs validly signed but wrong documents is
//! where something can sign them: in `vouchsafe-mock`, src/pki/tests and src/nsm/tests.rs.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use proptest::prelude::*;
use vouchsafe_common::UnixMillis;
use vouchsafe_common::attestation::{
    AttestationError as E, Challenge, Compare, Expectations, Expected, Inspection, IssuerCache,
    Pcr, Pinned, RootFingerprint, authenticate, inspect, verify,
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

/// A document as AWS signed it, and what is known of it.
struct Real {
    document: &'static [u8],
    at: UnixMillis,
    debug: bool,
    registers: usize,
    /// Lengths of `public_key`, `user_data` and `nonce`.
    fields: [Option<usize>; 3],
}

const REAL: [Real; 5] = [
    Real {
        document: DEFINITE,
        at: DEFINITE_AT,
        debug: false,
        registers: 16,
        fields: [None; 3],
    },
    Real {
        document: include_bytes!("vectors/attestation/2021-debug.cbor"),
        at: UnixMillis(1_619_410_153_100),
        debug: true,
        registers: 16,
        fields: [None; 3],
    },
    Real {
        document: include_bytes!("vectors/attestation/2024-full-fields.cbor"),
        at: UnixMillis(1_725_719_859_545),
        debug: false,
        registers: 16,
        fields: [Some(1024); 3],
    },
    Real {
        document: INDEFINITE,
        at: INDEFINITE_AT,
        debug: false,
        registers: 17,
        fields: [Some(32), Some(0), None],
    },
    Real {
        document: include_bytes!("vectors/attestation/2026-indefinite-map.cbor"),
        at: UnixMillis(1_770_918_962_724),
        debug: false,
        registers: 16,
        fields: [Some(5), Some(68), Some(20)],
    },
];

#[test]
fn real_documents_of_every_form_verify_at_their_time() {
    for real in REAL {
        let root = RootFingerprint::AWS_NITRO_G1;
        let seen = inspect(real.document, &root, real.at, &Expected::default(), true).unwrap();
        let document = seen.document;
        assert_eq!((document.timestamp, seen.debug), (real.at, real.debug));
        assert_eq!(document.pcrs.len(), real.registers);
        let fields = [document.public_key, document.user_data, document.nonce];
        let lengths = fields.map(|field| field.as_ref().map(Vec::len));
        assert_eq!(lengths, real.fields, "{}", real.at.0);
    }
    let old = look(DEFINITE, DEFINITE_AT, &Expected::default()).unwrap();
    assert_eq!(
        old.document.module_id,
        "i-078824548edcf6519-enc01784234ec227b58"
    );
}

#[test]
fn a_real_document_of_debug_mode_is_refused_although_not_all_its_registers_are_zero() {
    let real = REAL.iter().find(|real| real.debug).unwrap();
    let refused = look(real.document, real.at, &Expected::default());
    assert_eq!(refused.unwrap_err(), E::DebugMode);
    let root = RootFingerprint::AWS_NITRO_G1;
    let pcrs = authenticate(real.document, &root, real.at, &mut IssuerCache::default())
        .unwrap()
        .pcrs;
    assert!((0..3).all(|index| pcrs[&index].is_zero()));
    assert!(!pcrs[&4].is_zero());
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
    for Real { document, at, .. } in REAL {
        let other = with_other_s(document);
        assert_ne!(other, document);
        assert_eq!(with_other_s(&other), document);
        let look = |bytes: &[u8]| {
            let issuers = &mut IssuerCache::default();
            authenticate(bytes, &RootFingerprint::AWS_NITRO_G1, at, issuers).unwrap()
        };
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
        let changed = [&DEFINITE[..DEFINITE.len() - 2 * HALF], r, s].concat();
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
    let pinned = Pinned::from(Expectations {
        pcr0: document.pcrs[&0],
        pcr1: document.pcrs[&1],
        pcr2: document.pcrs[&2],
        pcr16: Pcr::ZERO,
        pcr8: None,
        bundle_digest: [0; 48],
    });
    let result = |at| {
        let issuers = &mut IssuerCache::default();
        verify(&evidence, &pinned, Challenge::draw(at), at, issuers).unwrap_err()
    };
    assert_eq!(result(DEFINITE_AT), E::Nonce);
    assert_eq!(result(UnixMillis(DEFINITE_AT.0 + 300_001)), E::TooOld);
    assert_eq!(
        result(UnixMillis(DEFINITE_AT.0 + 24 * HOUR_MS)),
        E::CertificateExpired { position: 3 }
    );
}
