//! The verifier on chains that are validly signed and wrong in one place, down to the DER.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use coset::cbor::Value;
use vouchsafe_common::attestation::{AttestationError as E, Expected, inspect};
use x509_cert::der::{Any, Decode, Encode, Header, Reader, SliceReader};

use super::certificate::sign_tbs;
use super::*;

const MODULE: &str = "i-0123456789abcdef0-enc0123456789abcdef";
/// 2026-06-01T12:00:00Z.
const NOW: UnixMillis = UnixMillis(1_780_315_200_000);
/// Where the leaf stands in the chain.
const LEAF: usize = 4;

/// Elements of a `TBSCertificate`, in order.
const VERSION: usize = 0;
const SERIAL: usize = 1;
const ALGORITHM: usize = 2;
const ISSUER: usize = 3;
const VALIDITY: usize = 4;
const SUBJECT: usize = 5;
const KEY: usize = 6;
const EXTENSIONS: usize = 7;

/// Extensions of every certificate but the root, in order.
const CONSTRAINTS: usize = 0;
const USAGE: usize = 1;
const OID_CONSTRAINTS: &[u8] = b"\x06\x03\x55\x1d\x13";
const OID_USAGE: &[u8] = b"\x06\x03\x55\x1d\x0f";
const TRUE: &[u8] = b"\x01\x01\xff";
/// cA is true, and no path length.
const AUTHORITY: &[u8] = b"\x30\x03\x01\x01\xff";

/// One element with a tag of one byte.
fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    let head = match length {
        [0, low @ ..=0x7f] => vec![tag, low],
        [0, low] => vec![tag, 0x81, low],
        [high, low] => vec![tag, 0x82, high, low],
    };
    [head, content].concat()
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(0x30, parts)
}

/// The elements inside an element, each as its bytes.
fn split(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = SliceReader::new(bytes).unwrap();
    Header::decode(&mut reader).unwrap();
    let mut parts = Vec::new();
    while !reader.is_finished() {
        parts.push(reader.tlv_bytes().unwrap().to_vec());
    }
    parts
}

fn join(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    element(tag, &parts.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// A whole chain, root first, and the keys that signed it.
struct Chain {
    pki: Pki,
    leaf: Leaf,
}

impl Chain {
    fn new() -> Self {
        let pki = Pki::generate(NOW);
        let leaf = pki.issue_leaf(MODULE, NOW);
        Self { pki, leaf }
    }

    fn certificate(&self, position: usize) -> &[u8] {
        self.leaf
            .bundle
            .get(position)
            .unwrap_or(&self.leaf.certificate)
    }

    fn replace(&mut self, position: usize, certificate: Vec<u8>) {
        match self.leaf.bundle.get_mut(position) {
            Some(place) => *place = certificate,
            None => self.leaf.certificate = certificate,
        }
        if position == 0 {
            self.pki.root.certificate.clone_from(&self.leaf.bundle[0]);
        }
    }

    /// Signs `tbs` in the place of the certificate at `position`, by its true issuer.
    fn sign(&mut self, position: usize, tbs: &[u8]) {
        let authorities = self.pki.authorities.lock().unwrap();
        let signer = match position {
            0 | 1 => &self.pki.root.key,
            _ => &authorities[position - 2].key,
        };
        let certificate = sign_tbs(tbs, signer);
        drop(authorities);
        self.replace(position, certificate);
    }

    /// Changes the elements of a `TBSCertificate` and signs it again.
    fn with_tbs(mut self, position: usize, change: impl FnOnce(&mut Vec<Vec<u8>>)) -> Self {
        let mut parts = split(&split(self.certificate(position))[0]);
        change(&mut parts);
        self.sign(position, &join(0x30, &parts));
        self
    }

    /// Changes the list of extensions of a certificate and signs it again.
    fn with_extensions(self, position: usize, change: impl FnOnce(&mut Vec<Vec<u8>>)) -> Self {
        self.with_tbs(position, |parts| {
            let mut extensions = split(&split(&parts[EXTENSIONS])[0]);
            change(&mut extensions);
            parts[EXTENSIONS] = element(0xa3, &[&join(0x30, &extensions)]);
        })
    }

    /// Changes the three parts of a certificate and leaves the signature as it is.
    fn with_outer(mut self, position: usize, change: impl FnOnce(&mut Vec<Vec<u8>>)) -> Self {
        let mut parts = split(self.certificate(position));
        change(&mut parts);
        self.replace(position, join(0x30, &parts));
        self
    }

    fn document_at(&self, timestamp: UnixMillis) -> Vec<u8> {
        let pcrs = (0..3)
            .map(|index| (index.into(), vec![7; 48].into()))
            .collect();
        let bundle = self
            .leaf
            .bundle
            .iter()
            .map(|it| it.clone().into())
            .collect();
        let entries: Vec<(&str, Value)> = vec![
            ("module_id", MODULE.into()),
            ("digest", "SHA384".into()),
            ("timestamp", timestamp.0.into()),
            ("pcrs", Value::Map(pcrs)),
            ("certificate", self.leaf.certificate.clone().into()),
            ("cabundle", Value::Array(bundle)),
        ];
        let entries = entries
            .into_iter()
            .map(|(name, value)| (name.into(), value))
            .collect();
        let mut payload = Vec::new();
        coset::cbor::ser::into_writer(&Value::Map(entries), &mut payload).unwrap();
        self.leaf.sign(payload)
    }

    fn inspect_at(&self, at: UnixMillis) -> Result<(), E> {
        let root = self.pki.root_fingerprint();
        inspect(
            &self.document_at(NOW),
            &root,
            at,
            &Expected::default(),
            false,
        )
        .map(|_| ())
    }

    fn inspect(&self) -> Result<(), E> {
        self.inspect_at(NOW)
    }
}

/// Whether the chain is refused as malformed at `position`.
fn malformed(position: usize) -> Result<(), E> {
    Err(E::CertificateEncoding { position })
}

fn extension(oid: &[u8], critical: &[u8], value: &[u8]) -> Vec<u8> {
    sequence(&[oid, critical, &element(0x04, &[value])])
}

#[test]
fn a_chain_taken_apart_and_put_together_verifies() {
    for position in 0..=LEAF {
        assert_eq!(Chain::new().with_tbs(position, |_| ()).inspect(), Ok(()));
        assert_eq!(
            Chain::new().with_extensions(position, |_| ()).inspect(),
            Ok(())
        );
        assert_eq!(Chain::new().with_outer(position, |_| ()).inspect(), Ok(()));
    }
}

#[test]
fn an_extension_that_occurs_twice_is_refused() {
    for position in [0, 2, LEAF] {
        for double in [CONSTRAINTS, USAGE] {
            let chain = Chain::new().with_extensions(position, |it| it.push(it[double].clone()));
            assert_eq!(chain.inspect(), Err(E::DuplicateExtension { position }));
        }
    }
}

#[test]
fn an_unknown_extension_is_refused_only_if_critical() {
    let unknown = |critical: &[u8]| extension(b"\x06\x03\x2a\x03\x04", critical, b"\x05\x00");
    // nameConstraints is known to the reader of certificates, but not applied here.
    let names = extension(b"\x06\x03\x55\x1d\x1e", TRUE, b"\x30\x00");
    for position in [1, LEAF] {
        let chain = |added: Vec<u8>| Chain::new().with_extensions(position, |it| it.push(added));
        let refused = Err(E::CriticalExtension { position });
        assert_eq!(chain(unknown(TRUE)).inspect(), refused);
        assert_eq!(chain(unknown(b"")).inspect(), Ok(()));
        assert_ne!(chain(names.clone()).inspect(), Ok(()));
    }
}

#[test]
fn anything_left_over_inside_a_certificate_is_refused() {
    const NULL: &[u8] = b"\x05\x00";
    let extra = |parts: &mut Vec<Vec<u8>>| parts.push(NULL.to_vec());
    assert_eq!(
        Chain::new().with_tbs(LEAF, extra).inspect(),
        malformed(LEAF)
    );
    assert_eq!(
        Chain::new().with_outer(LEAF, extra).inspect(),
        malformed(LEAF)
    );
    assert_eq!(
        Chain::new().with_extensions(LEAF, extra).inspect(),
        malformed(LEAF)
    );
    for part in [VALIDITY, EXTENSIONS] {
        let chain = Chain::new().with_tbs(LEAF, |parts| {
            let tag = parts[part][0];
            let mut inside = split(&parts[part]);
            inside.push(NULL.to_vec());
            parts[part] = join(tag, &inside);
        });
        assert_eq!(chain.inspect(), malformed(LEAF), "part {part}");
    }
    let chain = Chain::new().with_tbs(LEAF, |parts| {
        parts[KEY] = {
            let mut inside = split(&parts[KEY]);
            inside.push(NULL.to_vec());
            join(0x30, &inside)
        }
    });
    assert_eq!(chain.inspect(), Err(E::CertificateKey { position: LEAF }));
    for (place, oid, value) in [
        (CONSTRAINTS, OID_CONSTRAINTS, &b"\x30\x00\x05\x00"[..]),
        (CONSTRAINTS, OID_CONSTRAINTS, b"\x30\x02\x05\x00"),
        (USAGE, OID_USAGE, b"\x03\x02\x07\x80\x00"),
    ] {
        let chain =
            Chain::new().with_extensions(LEAF, |it| it[place] = extension(oid, TRUE, value));
        assert_eq!(chain.inspect(), malformed(LEAF), "{value:x?}");
    }
    let chain = Chain::new().with_extensions(LEAF, |it| {
        it[USAGE] = sequence(&[OID_USAGE, TRUE, b"\x04\x04\x03\x02\x07\x80", NULL]);
    });
    assert_eq!(chain.inspect(), malformed(LEAF));
    let mut chain = Chain::new();
    let certificate = [chain.certificate(2), &[0]].concat();
    chain.replace(2, certificate);
    assert_eq!(chain.inspect(), malformed(2));
}

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
    let chain = Chain::new().with_tbs(LEAF, |parts| {
        let time = parts[VALIDITY]
            .iter()
            .position(|byte| *byte == 0x17)
            .unwrap();
        parts[VALIDITY][time] = 0x16;
    });
    assert_eq!(chain.inspect(), malformed(LEAF));
}

#[test]
fn values_in_another_form_than_der_are_refused() {
    for critical in [
        &b"\x01\x01\x01"[..],
        b"\x01\x01\x00",
        b"\x01\x02\xff\xff",
        b"\x01\x00",
    ] {
        let chain = Chain::new().with_extensions(LEAF, |it| {
            it[USAGE] = extension(OID_USAGE, critical, b"\x03\x02\x07\x80");
        });
        assert_eq!(chain.inspect(), malformed(LEAF), "{critical:x?}");
    }
    for usage in [
        &b"\x03\x02\x06\xc1"[..],
        b"\x03\x02\x08\x80",
        b"\x03\x01\x07",
        b"\x23\x04\x03\x02\x07\x80",
    ] {
        let chain =
            Chain::new().with_extensions(LEAF, |it| it[USAGE] = extension(OID_USAGE, TRUE, usage));
        assert_eq!(chain.inspect(), malformed(LEAF), "{usage:x?}");
    }
    for constraints in [
        &b"\x30\x03\x01\x01\x00"[..],
        b"\x30\x03\x01\x01\x01",
        b"\x30\x80\x00\x00",
        b"\x30\x81\x00",
    ] {
        let chain = Chain::new().with_extensions(LEAF, |it| {
            it[CONSTRAINTS] = extension(OID_CONSTRAINTS, TRUE, constraints);
        });
        assert_eq!(chain.inspect(), malformed(LEAF), "{constraints:x?}");
    }
    // A path length with a needless byte, and a negative one.
    for length in [&b"\x02\x02\x00\x00"[..], b"\x02\x01\xff", b"\x02\x00"] {
        let value = sequence(&[TRUE, length]);
        let chain = Chain::new().with_extensions(3, |it| {
            it[CONSTRAINTS] = extension(OID_CONSTRAINTS, TRUE, &value);
        });
        assert_eq!(chain.inspect(), malformed(3), "{length:x?}");
    }
    let serial = b"\x02\x02\x00\x01".to_vec();
    assert_eq!(
        Chain::new()
            .with_tbs(LEAF, |it| it[SERIAL] = serial)
            .inspect(),
        malformed(LEAF)
    );
    let open = |bytes: &[u8]| {
        let parts = split(bytes).concat();
        [&[bytes[0], 0x80], &parts[..], &[0, 0]].concat()
    };
    for part in [SUBJECT, KEY, EXTENSIONS] {
        let chain = Chain::new().with_tbs(LEAF, |parts| parts[part] = open(&parts[part]));
        assert_eq!(chain.inspect(), malformed(LEAF), "part {part}");
    }
    let mut chain = Chain::new();
    let certificate = open(chain.certificate(LEAF));
    chain.replace(LEAF, certificate);
    assert_eq!(chain.inspect(), malformed(LEAF));
    // The signature as a bit string with unused bits.
    let chain = Chain::new().with_outer(LEAF, |parts| parts[2][2] = 1);
    assert_eq!(chain.inspect(), malformed(LEAF));
}

#[test]
fn times_that_are_no_times_are_refused() {
    let with = |time: &[u8]| {
        let time = time.to_vec();
        Chain::new().with_tbs(LEAF, |parts| {
            let until = split(&parts[VALIDITY])[1].clone();
            parts[VALIDITY] = sequence(&[&time, &until]);
        })
    };
    assert_eq!(with(b"\x17\x0d260601110000Z").inspect(), Ok(()));
    assert_eq!(with(b"\x18\x0f20260601110000Z").inspect(), Ok(()));
    for time in [
        &b"\x17\x0d260230110000Z"[..],
        b"\x17\x0d260001110000Z",
        b"\x17\x0d260601250000Z",
        b"\x17\x0d26060111000aZ",
        b"\x17\x0c260601110000",
        b"\x17\x0b2606011100Z",
        b"\x17\x11260601110000+0000",
        b"\x18\x0f20260230110000Z",
        b"\x18\x1120260601110000.5Z",
        b"\x18\x0e20260601110000",
    ] {
        assert_eq!(
            with(time).inspect(),
            malformed(LEAF),
            "{}",
            String::from_utf8_lossy(time)
        );
    }
}

#[test]
fn another_algorithm_or_two_of_them_are_refused() {
    let refused = |position| Err(E::CertificateAlgorithm { position });
    let sha256 = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";
    let with_null = b"\x30\x0c\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03\x05\x00";
    for position in [2, LEAF] {
        for algorithm in [&sha256[..], &with_null[..]] {
            let inner = Chain::new().with_tbs(position, |it| it[ALGORITHM] = algorithm.to_vec());
            assert_eq!(inner.inspect(), refused(position));
            let outer = Chain::new().with_outer(position, |it| it[1] = algorithm.to_vec());
            assert_eq!(outer.inspect(), refused(position));
        }
    }
}

#[test]
fn a_key_that_is_no_uncompressed_point_on_p384_is_refused() {
    let with = |algorithm: &[u8], key: &dyn Fn(&[u8]) -> Vec<u8>| {
        Chain::new().with_tbs(LEAF, |parts| {
            let point = split(&parts[KEY])[1][3..].to_vec();
            parts[KEY] = sequence(&[algorithm, &element(0x03, &[&key(&point)])]);
        })
    };
    let p384 = b"\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22";
    let p256 =
        b"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
    let ed25519 = b"\x30\x05\x06\x03\x2b\x65\x70";
    let whole = |point: &[u8]| [&[0], point].concat();
    assert_eq!(with(p384, &whole).inspect(), Ok(()));
    let refused = Err(E::CertificateKey { position: LEAF });
    assert_eq!(with(p256, &whole).inspect(), refused);
    assert_eq!(
        with(ed25519, &|point| [&[0], &point[..32]].concat()).inspect(),
        refused
    );
    assert_eq!(
        with(p384, &|point| [&[0, 2], &point[1..49]].concat()).inspect(),
        refused
    );
    assert_eq!(
        with(p384, &|point| [&[0], point, &[0]].concat()).inspect(),
        refused
    );
    assert_eq!(
        with(p384, &|point| [&[0], &point[..96]].concat()).inspect(),
        refused
    );
    assert_eq!(
        with(p384, &|point| [&[1], &point[..96], &[0]].concat()).inspect(),
        refused
    );
    assert_eq!(with(p384, &|_| vec![0, 0]).inspect(), refused);
    // A point beside the curve has the right form.
    let beside = with(p384, &|point| {
        [&[0], &point[..96], &[point[96] ^ 1]].concat()
    });
    assert_eq!(beside.inspect(), refused);
}

#[test]
fn certificates_of_older_versions_are_refused() {
    let refused = Err(E::CertificateVersion { position: LEAF });
    let first = Chain::new().with_tbs(LEAF, |parts| {
        parts.pop();
        parts.remove(VERSION);
    });
    assert_eq!(first.inspect(), refused);
    for version in [0, 1, 3] {
        let other = element(0xa0, &[&[2, 1, version]]);
        assert_eq!(
            Chain::new()
                .with_tbs(LEAF, |it| it[VERSION] = other)
                .inspect(),
            refused
        );
    }
}

#[test]
fn constraints_and_usage_must_fit_the_place_in_the_chain() {
    let with = |position, place, oid: &[u8], value: &[u8]| {
        Chain::new()
            .with_extensions(position, |it| it[place] = extension(oid, TRUE, value))
            .inspect()
    };
    let constraints = |position, value: &[u8]| with(position, CONSTRAINTS, OID_CONSTRAINTS, value);
    let usage = |position, value: &[u8]| with(position, USAGE, OID_USAGE, value);
    for position in 0..LEAF {
        let refused = Err(E::BasicConstraints { position });
        assert_eq!(constraints(position, b"\x30\x00"), refused);
        let without = Chain::new().with_extensions(position, |it| drop(it.remove(CONSTRAINTS)));
        assert_eq!(without.inspect(), refused);
        assert_eq!(constraints(position, AUTHORITY), Ok(()));
        let refused = Err(E::KeyUsage { position });
        // digitalSignature alone, then no usage at all.
        assert_eq!(usage(position, b"\x03\x02\x07\x80"), refused);
        let without = Chain::new().with_extensions(position, |it| drop(it.remove(USAGE)));
        assert_eq!(without.inspect(), refused);
    }
    // Under the root stand three authorities, under the region two, under the zone one.
    for (position, limit) in [(0, 2), (1, 1), (2, 0)] {
        let value = sequence(&[TRUE, &[2, 1, limit]]);
        assert_eq!(
            constraints(position, &value),
            Err(E::PathLength { position })
        );
        let value = sequence(&[TRUE, &[2, 1, limit + 1]]);
        assert_eq!(constraints(position, &value), Ok(()));
    }
    let refused = Err(E::BasicConstraints { position: LEAF });
    assert_eq!(constraints(LEAF, AUTHORITY), refused);
    assert_eq!(constraints(LEAF, b"\x30\x03\x02\x01\x00"), refused);
    let without = Chain::new().with_extensions(LEAF, |it| drop(it.remove(CONSTRAINTS)));
    assert_eq!(without.inspect(), refused);
    let refused = Err(E::KeyUsage { position: LEAF });
    // keyCertSign alone, together with digitalSignature, and cRLSign with it.
    for value in [
        &b"\x03\x02\x02\x04"[..],
        b"\x03\x02\x02\x84",
        b"\x03\x02\x01\x82",
    ] {
        assert_eq!(usage(LEAF, value), refused, "{value:x?}");
    }
    let without = Chain::new().with_extensions(LEAF, |it| drop(it.remove(USAGE)));
    assert_eq!(without.inspect(), refused);
}

#[test]
fn an_issuer_of_another_name_or_key_is_refused() {
    for position in 1..=LEAF {
        let refused = Err(E::IssuerMismatch { position });
        let other = Chain::new().with_tbs(position, |parts| {
            let last = parts[ISSUER].len() - 1;
            parts[ISSUER][last] ^= 1;
        });
        assert_eq!(other.inspect(), refused);
        let mut foreign = Chain::new();
        let tbs = split(foreign.certificate(position))[0].clone();
        foreign.replace(position, sign_tbs(&tbs, &Pki::generate(NOW).root.key));
        assert_eq!(foreign.inspect(), Err(E::CertificateSignature { position }));
    }
    // The authority key identifier stands last; its last byte is of the identifier.
    for position in 1..LEAF {
        let other = Chain::new().with_extensions(position, |it| {
            let identifier = it.last_mut().unwrap();
            *identifier.last_mut().unwrap() ^= 1;
        });
        assert_eq!(other.inspect(), Err(E::IssuerMismatch { position }));
    }
}

#[test]
fn a_bundle_with_a_link_missing_double_or_swapped_is_refused() {
    let with = |change: fn(&mut Vec<Vec<u8>>)| {
        let mut chain = Chain::new();
        change(&mut chain.leaf.bundle);
        chain.inspect()
    };
    assert_eq!(
        with(|it| drop(it.remove(2))),
        Err(E::IssuerMismatch { position: 2 })
    );
    assert_eq!(with(|it| drop(it.remove(0))), Err(E::RootNotPinned));
    assert_eq!(
        with(|it| it.swap(1, 2)),
        Err(E::IssuerMismatch { position: 1 })
    );
    assert_eq!(
        with(|it| it.insert(1, it[1].clone())),
        Err(E::PathLength { position: 1 })
    );
    assert_eq!(
        with(|it| it.truncate(1)),
        Err(E::IssuerMismatch { position: 1 })
    );
}

#[test]
fn a_leaf_cannot_issue() {
    let mut chain = Chain::new();
    let authority = chain.leaf.certificate.clone();
    let signer = std::mem::replace(&mut chain.leaf.key, PrivateKey::generate());
    // Another leaf, signed by the first.
    let tbs = split(&authority)[0].clone();
    let mut parts = split(&tbs);
    parts[ISSUER] = parts[SUBJECT].clone();
    chain.leaf.certificate = sign_tbs(&join(0x30, &parts), &signer);
    chain.leaf.bundle.push(authority);
    // The instance's path length says so before the leaf's constraints do.
    assert_eq!(chain.inspect(), Err(E::PathLength { position: 1 }));
}

#[test]
fn every_certificate_must_be_valid_at_the_verifiers_time_to_the_second() {
    let to = |position, time: &'static [u8]| {
        Chain::new().with_tbs(position, move |parts| {
            let from = split(&parts[VALIDITY])[0].clone();
            parts[VALIDITY] = sequence(&[&from, time]);
        })
    };
    for position in 0..=LEAF {
        let refused = Err(E::CertificateExpired { position });
        let chain = to(position, b"\x17\x0d260601120000Z");
        // The second named is the last one of the validity.
        assert_eq!(chain.inspect_at(UnixMillis(NOW.0 + 999)), Ok(()));
        assert_eq!(chain.inspect_at(UnixMillis(NOW.0 + 1000)), refused);
        let chain = Chain::new().with_tbs(position, |parts| {
            let until = split(&parts[VALIDITY])[1].clone();
            parts[VALIDITY] = sequence(&[b"\x17\x0d260601120001Z", &until]);
        });
        assert_eq!(chain.inspect(), refused);
    }
}

#[test]
fn a_document_of_a_time_outside_its_leaf_is_refused() {
    let chain = Chain::new();
    let root = chain.pki.root_fingerprint();
    let at = |time| {
        let document = chain.document_at(UnixMillis(time));
        inspect(&document, &root, NOW, &Expected::default(), false).map(|_| ())
    };
    let from = NOW.0 - LEAF_HEAD_START * 1000;
    let to = from + LEAF_LIFE * 1000 + 999;
    assert_eq!((at(from), at(to)), (Ok(()), Ok(())));
    assert_eq!(at(from - 1), Err(E::OutsideLeafWindow));
    assert_eq!(at(to + 1), Err(E::OutsideLeafWindow));
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

#[test]
fn an_installation_is_read_back_as_it_was_saved() {
    let directory = tempfile::tempdir().unwrap();
    let pki = Pki::generate(NOW);
    pki.save(directory.path()).unwrap();
    let loaded = Pki::load(directory.path()).unwrap();
    assert_eq!(loaded.root_fingerprint(), pki.root_fingerprint());
    let leaf = loaded.issue_leaf(MODULE, NOW);
    assert_eq!(Chain { pki: loaded, leaf }.inspect(), Ok(()));
}

#[test]
fn every_installation_has_a_root_of_its_own() {
    assert_ne!(
        Pki::generate(NOW).root_fingerprint(),
        Pki::generate(NOW).root_fingerprint()
    );
}

#[test]
fn an_installation_that_was_altered_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().join("nsm");
    let load = || Pki::load(directory.path()).map(|_| ()).unwrap_err();
    assert!(matches!(load(), PkiError::File(_)));
    Pki::generate(NOW).save(directory.path()).unwrap();
    let mode = std::fs::metadata(folder.join("pki.json"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    std::fs::write(folder.join("root.der"), Pki::generate(NOW).root_der()).unwrap();
    assert!(matches!(load(), PkiError::Mismatch));
    for json in [
        &b"{}"[..],
        b"",
        br#"{"notice":"","root_certificate":"?","root_key":""}"#,
    ] {
        std::fs::write(folder.join("pki.json"), json).unwrap();
        assert!(matches!(load(), PkiError::Format));
    }
}

#[test]
fn certificates_stay_within_the_sizes_of_real_ones() {
    let chain = Chain::new();
    assert!((500..=804).contains(&chain.leaf.certificate.len()));
    assert!(
        chain
            .leaf
            .bundle
            .iter()
            .all(|it| (400..=804).contains(&it.len()))
    );
    // x509-cert reads what its parts wrote, strictly.
    for position in 0..=LEAF {
        let any = Any::from_der(chain.certificate(position)).unwrap();
        assert_eq!(any.to_der().unwrap(), chain.certificate(position));
        x509_cert::Certificate::from_der(chain.certificate(position)).unwrap();
    }
}
