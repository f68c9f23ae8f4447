//! Certificates in good form that do not fit their place in the chain, or the time.

use super::*;

#[test]
fn an_unknown_extension_is_refused_only_if_critical() {
    let unknown = |critical: &[u8]| extension(b"\x06\x03\x2a\x03\x04", critical, b"\x05\x00");
    // nameConstraints is known to the reader of certificates, but not applied here.
    let names = extension(
        b"\x06\x03\x55\x1d\x1e",
        TRUE,
        b"\x30\x0a\xa0\x08\x30\x06\x82\x04a.de",
    );
    for position in 0..=LEAF {
        let chain = |added: Vec<u8>| Chain::new().with_extensions(position, |it| it.push(added));
        let refused = Err(E::CriticalExtension { position });
        assert_eq!(chain(unknown(TRUE)).inspect(), refused);
        assert_eq!(chain(unknown(b"")).inspect(), Ok(()));
        assert_eq!(chain(names.clone()).inspect(), refused);
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
    // keyAgreement alone, keyCertSign alone, together with digitalSignature, and cRLSign with it.
    for value in [
        &b"\x03\x02\x03\x08"[..],
        b"\x03\x02\x02\x04",
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
