//! One cut into the DER of each certificate in turn, and the refusal that it gets.
//!
//! The certificate is of a genuine chain. After the cut its true issuer signs it again, so nothing
//! else is wrong with it; what lies outside the signed part is cut as it stands.

use Cut::{Extensions, Tbs, Whole};
use proptest::prelude::*;

use super::*;

type Parts = Vec<Vec<u8>>;

/// What is cut.
#[derive(Clone, Copy)]
enum Cut {
    /// The elements of the `TBSCertificate`.
    Tbs(fn(&mut Parts)),
    /// The extensions.
    Extensions(fn(&mut Parts)),
    /// The three elements of the certificate.
    Whole(fn(&mut Parts)),
}

/// What is wrong, how it is made, and which error names it.
type Case = (&'static str, Cut, fn(usize) -> E);

const MALFORMED: fn(usize) -> E = |position| E::CertificateEncoding { position };
const DUPLICATE: fn(usize) -> E = |position| E::DuplicateExtension { position };
const VERSION_OTHER: fn(usize) -> E = |position| E::CertificateVersion { position };
const ALGORITHM_OTHER: fn(usize) -> E = |position| E::CertificateAlgorithm { position };
const KEY_OTHER: fn(usize) -> E = |position| E::CertificateKey { position };

const NULL: &[u8] = b"\x05\x00";
const ECDSA_WITH_SHA256: &[u8] = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";
const ECDSA_WITH_SHA384_NULL: &[u8] = b"\x30\x0c\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03\x05\x00";
const EC_ON_P256: &[u8] =
    b"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
/// An extension that is not critical and that nobody knows.
const UNKNOWN: &[u8] = b"\x30\x09\x06\x03\x2a\x03\x04\x04\x02\x05\x00";
const ED25519: &[u8] = b"\x30\x05\x06\x03\x2b\x65\x70";

/// The chain with one certificate cut.
fn chain(position: usize, cut: Cut) -> Chain {
    match cut {
        Tbs(change) => Chain::new().with_tbs(position, change),
        Extensions(change) => Chain::new().with_extensions(position, change),
        Whole(change) => Chain::new().with_outer(position, change),
    }
}

/// Every case on every certificate, root to leaf.
fn refuses(cases: &[Case]) {
    for position in 0..=LEAF {
        for (what, cut, refused) in cases {
            let found = chain(position, *cut).inspect();
            assert_eq!(found, Err(refused(position)), "{what}, in {position}");
        }
    }
}

/// Takes an element apart, changes what is inside and puts it together.
fn within(element: &mut Vec<u8>, change: impl FnOnce(&mut Parts)) {
    let mut parts = split(element);
    change(&mut parts);
    *element = join(element[0], &parts);
}

fn push_null(parts: &mut Parts) {
    parts.push(NULL.to_vec());
}

/// Puts NULL behind type and value of the first attribute of a name.
fn push_into_name(name: &mut Vec<u8>) {
    within(name, |sets| {
        within(&mut sets[0], |set| within(&mut set[0], push_null));
    });
}

/// Another content for the key's bit string, made from its point.
fn set_key(parts: &mut Parts, content: impl FnOnce(&[u8]) -> Vec<u8>) {
    within(&mut parts[KEY], |key| {
        let point = key[1][3..].to_vec();
        key[1] = element(0x03, &[&content(&point)]);
    });
}

fn set_constraints(extensions: &mut Parts, value: &[u8]) {
    extensions[CONSTRAINTS] = extension(OID_CONSTRAINTS, TRUE, value);
}

fn set_usage(extensions: &mut Parts, critical: &[u8], value: &[u8]) {
    extensions[USAGE] = extension(OID_USAGE, critical, value);
}

/// An identifier of the subject's or the issuer's key, in the place of the one that there was.
fn set_identifier(extensions: &mut Parts, oid: &[u8], value: &[u8]) {
    extensions.retain(|extension| split(extension)[0] != oid);
    extensions.push(extension(oid, b"", value));
}

fn set_not_before(parts: &mut Parts, time: &[u8]) {
    within(&mut parts[VALIDITY], |times| times[0] = time.to_vec());
}

/// The same content under a length that is left open.
fn leave_open(element: &mut Vec<u8>) {
    *element = [&[element[0], 0x80], &split(element).concat()[..], &[0, 0]].concat();
}

#[rustfmt::skip] // A case a line.
const TWICE: &[Case] = &[
    ("basicConstraints twice", Extensions(|it| it.push(it[CONSTRAINTS].clone())), DUPLICATE),
    ("keyUsage twice", Extensions(|it| it.push(it[USAGE].clone())), DUPLICATE),
    ("basicConstraints twice, with another meaning",
        Extensions(|it| it.push(extension(OID_CONSTRAINTS, TRUE, b"\x30\x00"))), DUPLICATE),
    ("keyUsage twice, with another meaning",
        Extensions(|it| it.insert(0, extension(OID_USAGE, b"", b"\x03\x02\x01\x86"))), DUPLICATE),
    ("an unknown extension twice",
        Extensions(|it| it.extend([UNKNOWN.to_vec(), UNKNOWN.to_vec()])), DUPLICATE),
];

#[test]
fn an_extension_that_occurs_twice_is_refused() {
    refuses(TWICE);
}

#[rustfmt::skip] // A case a line.
const LEFT_OVER: &[Case] = &[
    ("in the certificate", Whole(push_null), MALFORMED),
    ("in the TBSCertificate", Tbs(push_null), MALFORMED),
    ("issuerUniqueID", Tbs(|it| it.insert(EXTENSIONS, b"\x81\x02\x00\x01".to_vec())), MALFORMED),
    ("subjectUniqueID", Tbs(|it| it.insert(EXTENSIONS, b"\x82\x02\x00\x01".to_vec())), MALFORMED),
    ("two lists of extensions", Tbs(|it| it.push(it[EXTENSIONS].clone())), MALFORMED),
    ("in the signature's AlgorithmIdentifier",
        Whole(|it| within(&mut it[1], push_null)), ALGORITHM_OTHER),
    ("in tbs.signature", Tbs(|it| within(&mut it[ALGORITHM], push_null)), ALGORITHM_OTHER),
    ("in the validity", Tbs(|it| within(&mut it[VALIDITY], push_null)), MALFORMED),
    ("in an attribute of the issuer's name", Tbs(|it| push_into_name(&mut it[ISSUER])), MALFORMED),
    ("in an attribute of the subject's name", Tbs(|it| push_into_name(&mut it[SUBJECT])), MALFORMED),
    ("in the SubjectPublicKeyInfo", Tbs(|it| within(&mut it[KEY], push_null)), KEY_OTHER),
    ("in the key's AlgorithmIdentifier",
        Tbs(|it| within(&mut it[KEY], |key| within(&mut key[0], push_null))), KEY_OTHER),
    ("beside the list of extensions", Tbs(|it| within(&mut it[EXTENSIONS], push_null)), MALFORMED),
    ("in the list of extensions", Extensions(push_null), MALFORMED),
    ("in an extension", Extensions(|it| within(&mut it[USAGE], push_null)), MALFORMED),
    ("in basicConstraints", Extensions(|it| set_constraints(it, b"\x30\x02\x05\x00")), MALFORMED),
    ("in basicConstraints, after both fields",
        Extensions(|it| set_constraints(it, b"\x30\x08\x01\x01\xff\x02\x01\x03\x05\x00")),
        MALFORMED),
    ("in basicConstraints, a second cA",
        Extensions(|it| set_constraints(it, b"\x30\x06\x01\x01\xff\x01\x01\xff")), MALFORMED),
    ("in basicConstraints, a second path length",
        Extensions(|it| set_constraints(it, b"\x30\x09\x01\x01\xff\x02\x01\x03\x02\x01\x03")),
        MALFORMED),
    ("in basicConstraints, path length first",
        Extensions(|it| set_constraints(it, b"\x30\x06\x02\x01\x03\x01\x01\xff")), MALFORMED),
    ("after basicConstraints",
        Extensions(|it| set_constraints(it, b"\x30\x03\x01\x01\xff\x05\x00")), MALFORMED),
    ("after keyUsage", Extensions(|it| set_usage(it, TRUE, b"\x03\x02\x01\x86\x00")), MALFORMED),
    ("after subjectKeyIdentifier",
        Extensions(|it| set_identifier(it, OID_SUBJECT_KEY, b"\x04\x01a\x00")), MALFORMED),
    ("after authorityKeyIdentifier",
        Extensions(|it| set_identifier(it, OID_AUTHORITY_KEY, b"\x30\x03\x80\x01a\x00")), MALFORMED),
    ("in authorityKeyIdentifier",
        Extensions(|it| set_identifier(it, OID_AUTHORITY_KEY, b"\x30\x05\x80\x01a\x05\x00")),
        MALFORMED),
    ("in authorityKeyIdentifier, a second identifier",
        Extensions(|it| set_identifier(it, OID_AUTHORITY_KEY, b"\x30\x06\x80\x01a\x80\x01a")),
        MALFORMED),
];

#[test]
fn a_field_left_over_is_refused_wherever_it_is() {
    refuses(LEFT_OVER);
    for position in 0..=LEAF {
        let mut chain = Chain::new();
        let certificate = [chain.certificate(position), &[0]].concat();
        chain.replace(position, certificate);
        assert_eq!(chain.inspect(), malformed(position), "in {position}");
    }
}

#[rustfmt::skip] // A case a line.
const OTHER_TAGS: &[Case] = &[
    ("UTCTime as IA5String",
        Tbs(|it| within(&mut it[VALIDITY], |times| times[0][0] = 0x16)), MALFORMED),
    ("UTCTime as GeneralizedTime",
        Tbs(|it| within(&mut it[VALIDITY], |times| times[0][0] = 0x18)), MALFORMED),
    ("critical as INTEGER",
        Extensions(|it| set_usage(it, b"\x02\x01\xff", b"\x03\x02\x01\x86")), MALFORMED),
    ("keyUsage as OCTET STRING",
        Extensions(|it| set_usage(it, TRUE, b"\x04\x02\x01\x86")), MALFORMED),
    ("keyUsage as constructed BIT STRING",
        Extensions(|it| set_usage(it, TRUE, b"\x23\x04\x03\x02\x01\x86")), MALFORMED),
    ("basicConstraints as SET",
        Extensions(|it| set_constraints(it, b"\x31\x03\x01\x01\xff")), MALFORMED),
    ("an extension's value as BIT STRING",
        Extensions(|it| within(&mut it[USAGE], |parts| parts.last_mut().unwrap()[0] = 0x03)),
        MALFORMED),
    ("the key as OCTET STRING", Tbs(|it| within(&mut it[KEY], |key| key[1][0] = 0x04)), KEY_OTHER),
    ("a set of a name as SEQUENCE",
        Tbs(|it| within(&mut it[SUBJECT], |sets| sets[0][0] = 0x30)), MALFORMED),
    ("an attribute of a name as SET",
        Tbs(|it| within(&mut it[SUBJECT], |sets| within(&mut sets[0], |set| set[0][0] = 0x31))),
        MALFORMED),
    ("the signature as OCTET STRING", Whole(|it| it[2][0] = 0x04), MALFORMED),
];

#[test]
fn an_element_under_another_tag_is_refused() {
    for part in [
        SERIAL, ALGORITHM, ISSUER, VALIDITY, SUBJECT, KEY, EXTENSIONS,
    ] {
        for tag in [0x04, 0x24, 0x10, 0x31, 0xa1, 0x80, 0x5f, 0xff] {
            let chain = Chain::new().with_tbs(LEAF, |parts| parts[part][0] = tag);
            assert_eq!(chain.inspect(), malformed(LEAF), "part {part}, tag {tag:x}");
        }
    }
    refuses(OTHER_TAGS);
}

#[rustfmt::skip] // A case a line.
const OTHER_FORMS: &[Case] = &[
    ("BOOLEAN true as 1",
        Extensions(|it| set_usage(it, b"\x01\x01\x01", b"\x03\x02\x01\x86")), MALFORMED),
    ("BOOLEAN false, which is the default",
        Extensions(|it| set_usage(it, b"\x01\x01\x00", b"\x03\x02\x01\x86")), MALFORMED),
    ("BOOLEAN of two bytes",
        Extensions(|it| set_usage(it, b"\x01\x02\xff\xff", b"\x03\x02\x01\x86")), MALFORMED),
    ("BOOLEAN of none",
        Extensions(|it| set_usage(it, b"\x01\x00", b"\x03\x02\x01\x86")), MALFORMED),
    ("cA true as 1", Extensions(|it| set_constraints(it, b"\x30\x03\x01\x01\x01")), MALFORMED),
    ("cA false, which is the default",
        Extensions(|it| set_constraints(it, b"\x30\x03\x01\x01\x00")), MALFORMED),
    ("a path length with a needless byte",
        Extensions(|it| set_constraints(it, b"\x30\x07\x01\x01\xff\x02\x02\x00\x03")), MALFORMED),
    ("a negative path length",
        Extensions(|it| set_constraints(it, b"\x30\x06\x01\x01\xff\x02\x01\xff")), MALFORMED),
    ("a path length without bytes",
        Extensions(|it| set_constraints(it, b"\x30\x05\x01\x01\xff\x02\x00")), MALFORMED),
    ("unused bits of keyUsage that are set",
        Extensions(|it| set_usage(it, TRUE, b"\x03\x02\x01\x87")), MALFORMED),
    ("eight unused bits", Extensions(|it| set_usage(it, TRUE, b"\x03\x02\x08\x80")), MALFORMED),
    ("unused bits of nothing", Extensions(|it| set_usage(it, TRUE, b"\x03\x01\x07")), MALFORMED),
    ("keyUsage with a bit too many",
        Extensions(|it| set_usage(it, TRUE, b"\x03\x02\x00\x86")), MALFORMED),
    ("keyUsage with a byte too many",
        Extensions(|it| set_usage(it, TRUE, b"\x03\x03\x07\x86\x00")), MALFORMED),
    ("keyUsage of no bits", Extensions(|it| set_usage(it, TRUE, b"\x03\x01\x00")), MALFORMED),
    ("unused bits in the signature", Whole(|it| it[2][2] = 1), MALFORMED),
    ("unused bits in the key",
        Tbs(|it| set_key(it, |point| [&[1], &point[..96], &[0]].concat())), KEY_OTHER),
    ("a serial number with a needless byte",
        Tbs(|it| it[SERIAL] = b"\x02\x02\x00\x01".to_vec()), MALFORMED),
    ("an object identifier with a needless byte",
        Extensions(|it| it[USAGE] = extension(b"\x06\x04\x55\x1d\x80\x0f", b"", NULL)), MALFORMED),
    ("an object identifier that does not end",
        Extensions(|it| it.push(extension(b"\x06\x03\x55\x1d\x8f", b"", NULL))), MALFORMED),
    ("a length in more bytes than it needs",
        Extensions(|it| set_constraints(it, b"\x30\x81\x00")), MALFORMED),
    ("a key identifier's length in more bytes than it needs",
        Extensions(|it| set_identifier(it, OID_SUBJECT_KEY, b"\x04\x81\x01a")), MALFORMED),
    ("an issuer's key identifier's, likewise",
        Extensions(|it| set_identifier(it, OID_AUTHORITY_KEY, b"\x30\x04\x80\x81\x01a")), MALFORMED),
    ("an indefinite length in an extension",
        Extensions(|it| set_constraints(it, b"\x30\x80\x01\x01\xff\x00\x00")), MALFORMED),
    ("an indefinite subject", Tbs(|it| leave_open(&mut it[SUBJECT])), MALFORMED),
    ("an indefinite key", Tbs(|it| leave_open(&mut it[KEY])), MALFORMED),
    ("indefinite extensions", Tbs(|it| leave_open(&mut it[EXTENSIONS])), MALFORMED),
    ("an indefinite TBSCertificate", Whole(|it| leave_open(&mut it[0])), MALFORMED),
];

#[test]
fn a_value_in_another_form_than_der_is_refused() {
    refuses(OTHER_FORMS);
    for position in 0..=LEAF {
        let mut chain = Chain::new();
        let mut certificate = chain.certificate(position).to_vec();
        leave_open(&mut certificate);
        chain.replace(position, certificate);
        assert_eq!(chain.inspect(), malformed(position), "in {position}");
    }
}

#[rustfmt::skip] // A case a line.
const NO_TIMES: &[Case] = &[
    ("30 February", Tbs(|it| set_not_before(it, b"\x17\x0d260230110000Z")), MALFORMED),
    ("29 February of a common year",
        Tbs(|it| set_not_before(it, b"\x17\x0d260229110000Z")), MALFORMED),
    ("month 0", Tbs(|it| set_not_before(it, b"\x17\x0d260001110000Z")), MALFORMED),
    ("hour 25", Tbs(|it| set_not_before(it, b"\x17\x0d260601250000Z")), MALFORMED),
    ("second 60", Tbs(|it| set_not_before(it, b"\x17\x0d260601110060Z")), MALFORMED),
    ("a letter", Tbs(|it| set_not_before(it, b"\x17\x0d26060111000aZ")), MALFORMED),
    ("a sign", Tbs(|it| set_not_before(it, b"\x17\x0d+60601110000Z")), MALFORMED),
    ("no Z", Tbs(|it| set_not_before(it, b"\x17\x0c260601110000")), MALFORMED),
    ("a digit for the Z", Tbs(|it| set_not_before(it, b"\x17\x0d2606011100000")), MALFORMED),
    ("no seconds", Tbs(|it| set_not_before(it, b"\x17\x0b2606011100Z")), MALFORMED),
    ("an offset", Tbs(|it| set_not_before(it, b"\x17\x11260601110000+0000")), MALFORMED),
    ("30 February, with its century",
        Tbs(|it| set_not_before(it, b"\x18\x0f20500230110000Z")), MALFORMED),
    ("fractions of a second",
        Tbs(|it| set_not_before(it, b"\x18\x1120500601110000.5Z")), MALFORMED),
    ("no Z, with its century", Tbs(|it| set_not_before(it, b"\x18\x0e20500601110000")), MALFORMED),
    // RFC 5280 §4.1.2.5: UTCTime through 2049.
    ("a century before 2050", Tbs(|it| set_not_before(it, b"\x18\x0f20260601110000Z")), MALFORMED),
];

#[test]
fn a_time_that_is_no_time_is_refused() {
    // The same places take a time that is one.
    for time in [&b"\x17\x0d260601110000Z"[..], b"\x17\x0d240229235959Z"] {
        for position in 0..=LEAF {
            let chain = Chain::new().with_tbs(position, |it| set_not_before(it, time));
            assert_eq!(chain.inspect(), Ok(()), "{time:x?}");
        }
    }
    refuses(NO_TIMES);
}

#[test]
fn an_end_of_2050_or_later_is_read_with_its_century() {
    for position in 0..=LEAF {
        let chain = Chain::new().with_tbs(position, |parts| {
            within(&mut parts[VALIDITY], |times| {
                times[1] = b"\x18\x0f20500101000000Z".to_vec();
            });
        });
        assert_eq!(chain.inspect(), Ok(()));
    }
}

#[rustfmt::skip] // A case a line.
const OTHER_ALGORITHMS: &[Case] = &[
    ("tbs.signature alone", Tbs(|it| it[ALGORITHM] = ECDSA_WITH_SHA256.to_vec()), ALGORITHM_OTHER),
    ("signatureAlgorithm alone", Whole(|it| it[1] = ECDSA_WITH_SHA256.to_vec()), ALGORITHM_OTHER),
    ("NULL parameters in tbs.signature",
        Tbs(|it| it[ALGORITHM] = ECDSA_WITH_SHA384_NULL.to_vec()), ALGORITHM_OTHER),
    ("NULL parameters in signatureAlgorithm",
        Whole(|it| it[1] = ECDSA_WITH_SHA384_NULL.to_vec()), ALGORITHM_OTHER),
];

#[test]
fn another_signature_algorithm_or_two_of_them_are_refused() {
    refuses(OTHER_ALGORITHMS);
    for position in 0..=LEAF {
        let chain = Chain::new()
            .with_tbs(position, |it| it[ALGORITHM] = ECDSA_WITH_SHA256.to_vec())
            .with_outer(position, |it| it[1] = ECDSA_WITH_SHA256.to_vec());
        assert_eq!(chain.inspect(), Err(ALGORITHM_OTHER(position)), "both");
    }
}

#[rustfmt::skip] // A case a line.
const NO_KEYS: &[Case] = &[
    ("another curve's name",
        Tbs(|it| within(&mut it[KEY], |key| key[0] = EC_ON_P256.to_vec())), KEY_OTHER),
    ("another kind of key",
        Tbs(|it| it[KEY] = sequence(&[ED25519, &element(0x03, &[&[0; 33]])])), KEY_OTHER),
    ("a compressed point",
        Tbs(|it| set_key(it, |point| [&[0, 2 + point[96] % 2], &point[1..49]].concat())),
        KEY_OTHER),
    ("a hybrid point",
        Tbs(|it| set_key(it, |point| [&[0, 6 + point[96] % 2], &point[1..]].concat())), KEY_OTHER),
    ("a point and a byte", Tbs(|it| set_key(it, |point| [&[0], point, &[0]].concat())), KEY_OTHER),
    ("a point without its last byte",
        Tbs(|it| set_key(it, |point| [&[0], &point[..96]].concat())), KEY_OTHER),
    ("the point at infinity", Tbs(|it| set_key(it, |_| vec![0, 0])), KEY_OTHER),
    ("no key", Tbs(|it| set_key(it, |_| vec![0])), KEY_OTHER),
    ("a point beside the curve",
        Tbs(|it| set_key(it, |point| [&[0], &point[..96], &[point[96] ^ 1]].concat())), KEY_OTHER),
    ("coordinates of zero", Tbs(|it| set_key(it, |_| [&[0, 4][..], &[0; 96]].concat())), KEY_OTHER),
    ("coordinates beyond the field",
        Tbs(|it| set_key(it, |_| [&[0, 4][..], &[0xff; 96]].concat())), KEY_OTHER),
];

#[test]
fn a_key_that_is_no_uncompressed_point_on_p384_is_refused() {
    refuses(NO_KEYS);
}

#[rustfmt::skip] // A case a line.
const OTHER_VERSIONS: &[Case] = &[
    ("version 1: no number, no extensions",
        Tbs(|it| { it.pop(); it.remove(VERSION); }), VERSION_OTHER),
    ("no number, but extensions", Tbs(|it| drop(it.remove(VERSION))), MALFORMED),
    ("version 1, written out", Tbs(|it| it[VERSION] = element(0xa0, &[&[2, 1, 0]])), VERSION_OTHER),
    ("version 2", Tbs(|it| it[VERSION] = element(0xa0, &[&[2, 1, 1]])), VERSION_OTHER),
    ("version 4", Tbs(|it| it[VERSION] = element(0xa0, &[&[2, 1, 3]])), VERSION_OTHER),
    ("version 3 and something",
        Tbs(|it| it[VERSION] = element(0xa0, &[&[2, 1, 2], NULL])), VERSION_OTHER),
    ("version 3 without extensions", Tbs(|it| drop(it.pop())), MALFORMED),
];

#[test]
fn a_certificate_of_another_version_is_refused() {
    refuses(OTHER_VERSIONS);
}

#[test]
fn a_signature_that_is_none_is_refused() {
    let bit_string = |signature: &[u8]| element(0x03, &[&[0], signature]);
    for position in 1..=LEAF {
        for signature in [
            &b""[..],
            b"\x30\x00",
            // r and s zero (CVE-2022-21449), and one.
            b"\x30\x06\x02\x01\x00\x02\x01\x00",
            b"\x30\x06\x02\x01\x01\x02\x01\x01",
            // r and s of the right size, but not as DER.
            &[7; 96],
        ] {
            let chain = Chain::new().with_outer(position, |it| it[2] = bit_string(signature));
            let refused = Err(E::CertificateSignature { position });
            assert_eq!(chain.inspect(), refused, "{signature:x?}");
        }
        let chain = Chain::new().with_outer(position, |it| {
            let mut signature = it[2][3..].to_vec();
            within(&mut signature, push_null);
            it[2] = bit_string(&signature);
        });
        assert_eq!(chain.inspect(), Err(E::CertificateSignature { position }));
    }
}

#[test]
fn a_certificate_cut_at_any_length_is_refused() {
    let mut chain = Chain::new();
    let whole = chain.leaf.certificate.clone();
    for length in 1..whole.len() {
        chain.leaf.certificate = whole[..length].to_vec();
        assert_eq!(chain.inspect(), malformed(LEAF), "cut at {length}");
    }
}

proptest! {
    // Cases are found anew in every run; nothing is written beside the sources.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_certificate_of_any_bytes_under_a_good_signature_is_decided_without_a_panic(
        position in 1..=LEAF,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut chain = Chain::new();
        let mut tbs = split(chain.certificate(position))[0].clone();
        for (place, byte) in changes {
            let place = place.index(tbs.len());
            tbs[place] = byte;
        }
        if let Some(cut) = cut {
            tbs.truncate(cut.index(tbs.len()));
        }
        chain.sign(position, &tbs);
        let _ = chain.inspect();
    }
}
