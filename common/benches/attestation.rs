//! What it costs to authenticate a document, beside the signature checks that it cannot do without.
//!
//! The document is a real one of AWS's. Behind it stand five ECDSA P-384 signatures: region, zone,
//! instance, leaf, document; two remain once its issuers are known. Both are measured in turn with
//! as many bare verifications by aws-lc-rs, round after round in one run, so what else the machine
//! does falls on both. Results: docs/BENCHMARKS.md.

use std::hint::black_box;
use std::time::Instant;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, KeyPair,
    UnparsedPublicKey,
};
use vouchsafe_common::UnixMillis;
use vouchsafe_common::attestation::{IssuerCache, RootFingerprint, authenticate};

const DOCUMENT: &[u8] = include_bytes!("../tests/vectors/attestation/2025-indefinite-map.cbor");
const DOCUMENT_AT: UnixMillis = UnixMillis(1_762_795_210_812);
/// What a certificate signs is about as long.
const MESSAGE: [u8; 600] = [0x5a; 600];
const ROUNDS: usize = 101;
/// Calls of each kind in a round.
const CALLS: u32 = 10;

/// Authenticates the document, its issuers known or not.
fn authenticate_once(issuers: &mut IssuerCache) {
    let root = RootFingerprint::AWS_NITRO_G1;
    let document = authenticate(black_box(DOCUMENT), &root, DOCUMENT_AT, issuers);
    assert!(black_box(document).is_ok());
}

/// Milliseconds that one call takes, on average over [`CALLS`].
fn time(mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..CALLS {
        call();
    }
    start.elapsed().as_secs_f64() * 1000.0 / f64::from(CALLS)
}

/// Least, median and greatest.
fn spread(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [
        values[0],
        values[values.len() / 2],
        values[values.len() - 1],
    ]
}

fn report(what: &str, unit: &str, values: Vec<f64>) {
    let [least, median, greatest] = spread(values);
    println!("{what:<44} {median:>7.3} {unit:<3} ({least:.3} to {greatest:.3})");
}

fn main() {
    let key = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_ASN1_SIGNING).expect("keys can be made");
    let signature = key.sign(&SystemRandom::new(), &MESSAGE).expect("keys sign");
    let key = UnparsedPublicKey::new(&ECDSA_P384_SHA384_ASN1, key.public_key().as_ref().to_vec());
    let check = |times: usize| {
        for _ in 0..times {
            let good = black_box(&key).verify(&MESSAGE, signature.as_ref());
            assert!(black_box(good).is_ok());
        }
    };
    let mut known = IssuerCache::default();
    authenticate_once(&mut known);

    let [mut five, mut whole, mut two, mut again] = [const { Vec::new() }; 4];
    for _ in 0..ROUNDS {
        five.push(time(|| check(5)));
        whole.push(time(|| authenticate_once(&mut IssuerCache::default())));
        two.push(time(|| check(2)));
        again.push(time(|| authenticate_once(&mut known)));
    }
    let ratios = |ours: &[f64], bare: &[f64]| ours.iter().zip(bare).map(|(a, b)| a / b).collect();
    let (first, repeated) = (ratios(&whole, &five), ratios(&again, &two));
    println!("{ROUNDS} rounds of {CALLS}: median (least to greatest)");
    report("five ECDSA P-384 verifications", "ms", five);
    report("a document", "ms", whole);
    report("two ECDSA P-384 verifications", "ms", two);
    report("a document whose issuers are known", "ms", again);
    report("document / five verifications", "", first);
    report("with known issuers / two verifications", "", repeated);
}
