//! What opening a reply of KMS costs beyond RSA, and whether its time tells why it did not open.
//!
//! Run by `cargo bench -p vouchsafe-enclave --features mock --bench cms`. Envelopes of four kinds (right, bad padding,
//! bad padding in another place, content key that does not decrypt) and the bare RSA-OAEP operation of
//! aws-lc-rs are timed in turn, in an order drawn anew each round, so that whatever else the machine does
//! meets all alike. Printed: medians, the ratio to RSA alone, and Welch's t between kinds (dudect,
//! <https://eprint.iacr.org/2016/1123>: above 4.5 the two can be told apart). Never a test: a busy
//! machine must fail nothing. docs/BENCHMARKS.md has what we saw.

#![allow(clippy::unwrap_used, reason = "a benchmark stops where it fails")]

use std::hint::black_box;
use std::time::Instant;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{
    KeySize, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
    PrivateDecryptingKey, PublicEncryptingKey,
};
use vouchsafe_enclave::cms;
use vouchsafe_enclave::recipient::RecipientKey;
use vouchsafe_mock::kms::cms::RecipientKey as Sealer;

/// Rounds; each times every kind once.
const ROUNDS: usize = 20_000;

/// Distinct envelopes of a kind, so that no single ciphertext decides.
const VARIANTS: usize = 64;

/// Five ends of contents close an envelope of KMS; its content ends before them.
const TAIL_BYTES: usize = 10;

/// The block of AES.
const BLOCK_BYTES: usize = 16;

const KINDS: [&str; 5] = [
    "right",
    "padding: last byte",
    "padding: first byte",
    "content key",
    "RSA-OAEP alone",
];

fn main() {
    // `cargo test --all-targets` runs benchmarks too, without this argument.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
    let pkcs8: Pkcs8V1Der = private.as_der().unwrap();
    let key = RecipientKey::from_pkcs8_for_test(pkcs8.as_ref()).unwrap();
    let envelopes = envelopes(&key);
    let encrypted = encrypted(&key);
    // The operation that no implementation can leave out.
    let rsa = OaepPrivateDecryptingKey::new(private).unwrap();
    let mut buffer = [0; 256];
    let mut times: [Vec<f64>; 5] = Default::default();
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    for round in 0..ROUNDS {
        for kind in order(&mut seed) {
            let start = Instant::now();
            if let Some(envelopes) = envelopes.get(kind) {
                let outcome = cms::open(&envelopes[round % VARIANTS], &key);
                let taken = start.elapsed();
                assert_eq!(outcome.is_ok(), kind == 0);
                times[kind].push(taken.as_secs_f64() * 1e6);
            } else {
                let opened = rsa.decrypt(&OAEP_SHA256_MGF1SHA256, &encrypted, &mut buffer, None);
                black_box(opened.unwrap());
                times[kind].push(start.elapsed().as_secs_f64() * 1e6);
            }
        }
    }
    let medians = times.each_ref().map(|times| median(times));
    println!("{ROUNDS} rounds, median:");
    for (kind, median) in KINDS.iter().zip(medians) {
        println!("  {kind:<20} {median:8.2} µs");
    }
    println!(
        "opening / RSA-OAEP alone: {:.3} (target: at most 1.2)",
        medians[0] / medians[4]
    );
    // The last pair does differ, by a few µs: so the measure sees what there is.
    for (one, other) in [(0, 1), (1, 2), (1, 3), (0, 3), (0, 4)] {
        let t = welch(&trimmed(&times[one]), &trimmed(&times[other]));
        println!("Welch's t, {} vs {}: {t:+.2}", KINDS[one], KINDS[other]);
    }
}

/// The first four kinds, in their order.
fn envelopes(key: &RecipientKey) -> [Vec<Vec<u8>>; 4] {
    let sealer = Sealer::parse(key.public_key()).unwrap();
    let right: Vec<Vec<u8>> = (0..VARIANTS)
        .map(|_| sealer.seal(&[7; 32]).unwrap())
        .collect();
    let altered = |at: &dyn Fn(&[u8]) -> usize| {
        let alter = |envelope: &Vec<u8>| {
            let mut envelope = envelope.clone();
            let at = at(&envelope);
            envelope[at] ^= 0x40;
            envelope
        };
        right.iter().map(alter).collect()
    };
    // 32 bytes have a whole block of padding; a byte of the block before it alters one of them.
    let padding = |envelope: &[u8]| envelope.len() - TAIL_BYTES - 2 * BLOCK_BYTES;
    let last = altered(&|envelope| padding(envelope) + BLOCK_BYTES - 1);
    let first = altered(&padding);
    // The encrypted key is the one OCTET STRING of 256 bytes.
    let content_key = altered(&|envelope| {
        let head = [0x04, 0x82, 0x01, 0x00];
        envelope
            .windows(4)
            .position(|window| window == head)
            .unwrap()
            + 200
    });
    [right, last, first, content_key]
}

/// A content key as KMS would encrypt it.
fn encrypted(key: &RecipientKey) -> Vec<u8> {
    let public = PublicEncryptingKey::from_der(key.public_key()).unwrap();
    let public = OaepPublicEncryptingKey::new(public).unwrap();
    let mut encrypted = vec![0; public.ciphertext_size()];
    public
        .encrypt(&OAEP_SHA256_MGF1SHA256, &[7; 32], &mut encrypted, None)
        .unwrap();
    encrypted
}

/// The kinds in an order drawn anew (xorshift64).
fn order(seed: &mut u64) -> [usize; 5] {
    let mut order = [0, 1, 2, 3, 4];
    for last in (1..order.len()).rev() {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        let drawn = usize::try_from(*seed >> 33).unwrap_or(0) % (last + 1);
        order.swap(last, drawn);
    }
    order
}

fn median(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// Without the slowest tenth: those were interrupted (dudect, §3).
fn trimmed(times: &[f64]) -> Vec<f64> {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.truncate(sorted.len() * 9 / 10);
    sorted
}

#[allow(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn welch(one: &[f64], other: &[f64]) -> f64 {
    let moments = |times: &[f64]| {
        let count = times.len() as f64;
        let mean = times.iter().sum::<f64>() / count;
        let squares = times.iter().map(|time| (time - mean).powi(2)).sum::<f64>();
        (mean, squares / (count - 1.0) / count)
    };
    let ((mean, error), (other_mean, other_error)) = (moments(one), moments(other));
    (mean - other_mean) / (error + other_error).sqrt()
}
