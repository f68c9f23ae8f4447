//! How fast the transformations are, beside the crates that they are measured against.
//!
//! `cargo run --release -p vouchsafe-pii --example figures`. Each figure is the best of several rounds
//! on one core, so that what else the machine does counts as little as possible.
#![allow(clippy::unwrap_used, reason = "a panic is how a measurement fails")]
#![allow(clippy::print_stdout, reason = "the figures are the point of the run")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes_siv::siv::Aes256Siv;
use fpe::ff1::{FF1, FlexibleNumeralString};
use vouchsafe_pii::action::Run;
use vouchsafe_pii::ff1::Ff1;
use vouchsafe_pii::format::{Alphabet, FormatCipher, FormatParameters, Luhn};
use vouchsafe_pii::keys::Roots;
use vouchsafe_pii::placeholder::Placeholders;
use vouchsafe_pii::recipe::Recipe;
use vouchsafe_pii::records::{self, OnError};
use vouchsafe_pii::tokenize::{Place, Tokenizer};
use zeroize::Zeroizing;

const BATCH: usize = 1_024;
const ROUNDS: usize = 30;

/// The least time of a round, divided by how many things it does.
fn each(things: usize, mut round: impl FnMut()) -> Duration {
    let best = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            round();
            start.elapsed()
        })
        .min()
        .unwrap();
    best / u32::try_from(things).unwrap()
}

fn report(name: &str, ours: Duration, theirs: Duration, whose: &str) {
    let ratio = theirs.as_secs_f64() / ours.as_secs_f64();
    println!("{name}: {ours:?} each, {whose} {theirs:?}: {ratio:.2} times as fast");
}

fn values() -> Vec<Vec<u16>> {
    let digit = |seed: usize, place: usize| (seed * 7_919 + place * place * 31 + place) % 10;
    (0..BATCH)
        .map(|seed| {
            (0..16)
                .map(|place| u16::try_from(digit(seed, place)).unwrap())
                .collect()
        })
        .collect()
}

/// 16 digits, numerals in and numerals out, key and tweak prepared once on both sides.
fn ff1<C: KeyInit + BlockCipherEncrypt + Clone>(name: &str, key: &[u8]) {
    let tweak = [9; 48];
    let values = values();
    let ours = Ff1::new(key).unwrap();
    let schedule = ours.schedule(10, 16, &tweak).unwrap();
    let mut numerals = [0; 16];
    let fast = each(BATCH, || {
        let mut halves: Vec<_> = values
            .iter()
            .map(|value| schedule.read(value).unwrap())
            .collect();
        ours.encrypt(&schedule, &mut halves);
        for value in &halves {
            schedule.write(value, &mut numerals).unwrap();
            black_box(&numerals);
        }
    });
    let theirs = FF1::<C>::new(key, 10).unwrap();
    let slow = each(BATCH, || {
        for value in &values {
            let value = FlexibleNumeralString::from(value.clone());
            black_box(Vec::<u16>::from(theirs.encrypt(&tweak, &value).unwrap()));
        }
    });
    report(name, fast, slow, "fpe");
}

/// The same values as text, in and out, against `fpe` on numerals alone.
fn format() {
    let parameters = FormatParameters {
        keep_first: 0,
        keep_last: 0,
        alphabet: Alphabet::Digits,
        ..FormatParameters::card(Luhn::Ignore)
    };
    let cipher = FormatCipher::new(&[7; 32], 1, "acme", &parameters).unwrap();
    let text = |value: Vec<u16>| value.iter().map(ToString::to_string).collect::<String>();
    let texts: Vec<String> = values().into_iter().map(text).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let took = each(BATCH, || {
        black_box(cipher.encrypt_batch(&texts));
    });
    println!("encrypt_format, 16 digits as text: {took:?} each");
}

/// 16-byte values, key and associated data prepared once on both sides; ours are in base32.
///
/// Both do the same AES-SIV, so ours can hardly be the faster one. How `aes-siv` is compiled here
/// depends on how often this file calls it, by more than a factor of two, so it is called in two ways
/// and the faster one counts; the turns show how much of the rest is chance.
fn tokens() {
    let values: Vec<String> = (0..BATCH).map(|it| format!("{it:016}")).collect();
    let place = Place {
        tenant: "acme",
        entity: "US_SSN",
        context: "claims",
    };
    let mut tokenizer = Tokenizer::new(&[7; 64], 3, &place).unwrap();
    let pieces: [&[u8]; 5] = [b"vs1", b"acme", b"US_SSN", b"claims", &[0, 0, 0, 3]];
    let mut siv = Aes256Siv::new(&[7; 64].into());
    let mut token = String::new();
    for value in &values {
        token.clear();
        tokenizer.append(value, &mut token).unwrap();
        let sealed = siv.encrypt(pieces, value.as_bytes()).unwrap();
        let shown = token.rsplit('.').next().unwrap().to_uppercase();
        let ours = data_encoding::BASE32_NOPAD
            .decode(shown.as_bytes())
            .unwrap();
        assert_eq!(ours, sealed, "both sides must do the same work");
    }
    for _ in 0..4 {
        let ours = each(BATCH, || {
            for value in &values {
                token.clear();
                tokenizer.append(black_box(value), &mut token).unwrap();
                black_box(token.as_bytes());
            }
        });
        let theirs = each(BATCH, || {
            for value in &values {
                black_box(
                    siv.encrypt(black_box(pieces), black_box(value).as_bytes())
                        .unwrap(),
                );
            }
        });
        let mut buffer = [0_u8; 16];
        let in_place = each(BATCH, || {
            for value in &values {
                buffer.copy_from_slice(black_box(value).as_bytes());
                let buffer = buffer.as_mut_slice();
                let tag = siv.encrypt_inout_detached(black_box(pieces), buffer.into());
                black_box((tag.unwrap(), &buffer));
            }
        });
        report("token, 16 bytes", ours, theirs.min(in_place), "aes-siv");
    }
}

/// A table of ten columns: how many cells a second are read and written.
fn table(name: &str, action: &str, is_quoted: bool) {
    const COLUMNS: usize = 10;
    const ROWS: usize = 20_000;
    let names: Vec<String> = (0..COLUMNS).map(|it| format!("c{it}")).collect();
    let mut input = names.join(",") + "\n";
    for row in 0..ROWS {
        let cells = (0..COLUMNS).map(|column| {
            let cell = format!("{:010}", row * 7_919 + column);
            if is_quoted {
                format!("\"{cell}\"")
            } else {
                cell
            }
        });
        input.push_str(&cells.collect::<Vec<_>>().join(","));
        input.push('\n');
    }
    let fields: Vec<String> = names.iter().map(|it| format!("{it} = {action}")).collect();
    let fields = fields.join("\n");
    let recipe = format!("format = 'csv'\ndefault = 'drop'\n[fields]\n{fields}");
    let recipe = Recipe::from_toml(&recipe).unwrap();
    let roots = Roots::new("acme").with(1, Zeroizing::new([5; 32]));
    let mut placeholders = Placeholders::new(&[1; 32]);
    let mut run = Run {
        find: None,
        placeholders: &mut placeholders,
    };
    let mut output = Vec::with_capacity(4 * input.len());
    let took = each(1, || {
        output.clear();
        let (input, output) = (&mut input.as_bytes(), &mut output);
        let made = records::transform(&recipe, &roots, &mut run, input, output, OnError::Stop);
        assert_eq!(made.unwrap().written, ROWS as u64);
    });
    let cells = f64::from(u32::try_from(COLUMNS * ROWS).unwrap()) / took.as_secs_f64() / 1e6;
    println!("CSV, {name}: {cells:.1} million cells a second");
}

fn main() {
    ff1::<aes::Aes128>("FF1, 16 digits, AES-128", &[7; 16]);
    ff1::<aes::Aes256>("FF1, 16 digits, AES-256", &[7; 32]);
    format();
    tokens();
    table("all kept", "'keep'", false);
    table("all kept, quoted", "'keep'", true);
    table("all left out", "'drop'", false);
    table("all masked", "{ action = 'mask', keep_last = 4 }", false);
    table("all in buckets", "{ action = 'bucket', width = 10 }", false);
    table("all tokens", "{ action = 'tokenize', entity = 'A' }", false);
    let format = "{ action = 'encrypt_format', entity = 'A', alphabet = 'digits' }";
    table("all tokens of their format", format, false);
    table(
        "all pseudonyms",
        "{ action = 'pseudonymize', entity = 'A' }",
        false,
    );
}
