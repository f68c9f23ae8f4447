//! Agreement of FF1 with NIST's samples, which are kept here, with the crate `fpe` over random values,
//! and with the cases of project Wycheproof (Apache-2.0) where they lie beside the workspace.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(
    clippy::print_stdout,
    reason = "how many cases ran is part of the result"
)]

use std::path::PathBuf;

use fpe::ff1::{FF1, FlexibleNumeralString};
use proptest::prelude::*;
use serde_json::Value;
use vouchsafe_pii::ff1::{Ff1, Ff1Error};

/// A file of the folder of published vectors; `None`, saying so, where there is none.
fn published(name: &str) -> Option<Value> {
    let folder = std::env::var_os("VOUCHSAFE_VECTORS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/vectors")),
        PathBuf::from,
    );
    let Ok(json) = std::fs::read(folder.join(name)) else {
        println!("skipped: the folder of published vectors is absent");
        return None;
    };
    Some(serde_json::from_slice(&json).unwrap())
}

fn run(
    key: &[u8],
    radix: u32,
    tweak: &[u8],
    values: &[Vec<u16>],
    way: fn(&Ff1, &vouchsafe_pii::ff1::Schedule, &mut [vouchsafe_pii::ff1::Halves]),
) -> Result<Vec<Vec<u16>>, Ff1Error> {
    let ff1 = Ff1::new(key)?;
    let length = values[0].len();
    let schedule = ff1.schedule(radix, length, tweak)?;
    let mut halves = values
        .iter()
        .map(|value| schedule.read(value))
        .collect::<Result<Vec<_>, _>>()?;
    way(&ff1, &schedule, &mut halves);
    halves
        .iter()
        .map(|value| {
            let mut numerals = vec![0; length];
            schedule.write(value, &mut numerals).map(|()| numerals)
        })
        .collect()
}

fn encrypted(key: &[u8], radix: u32, tweak: &[u8], value: &[u16]) -> Result<Vec<u16>, Ff1Error> {
    run(key, radix, tweak, &[value.to_vec()], Ff1::encrypt).map(|mut values| values.remove(0))
}

fn decrypted(key: &[u8], radix: u32, tweak: &[u8], value: &[u16]) -> Result<Vec<u16>, Ff1Error> {
    run(key, radix, tweak, &[value.to_vec()], Ff1::decrypt).map(|mut values| values.remove(0))
}

fn numerals(text: &str) -> Vec<u16> {
    let value = |letter: char| u16::try_from(letter.to_digit(36).unwrap()).unwrap();
    text.chars().map(value).collect()
}

/// Both ways, and nothing else.
fn sample(radix: u32, key: &str, tweak: &str, plain: &str, sealed: &str) {
    let (key, tweak) = (hex::decode(key).unwrap(), hex::decode(tweak).unwrap());
    let (plain, sealed) = (numerals(plain), numerals(sealed));
    assert_eq!(encrypted(&key, radix, &tweak, &plain), Ok(sealed.clone()));
    assert_eq!(decrypted(&key, radix, &tweak, &sealed), Ok(plain));
}

#[test]
fn the_samples_of_nist_agree_both_ways() {
    let lines = include_str!("ff1/nist.tsv").lines();
    let mut ran = 0;
    for line in lines.filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [radix, key, tweak, plain, sealed] = fields[..] else {
            panic!("five fields a line");
        };
        sample(radix.parse().unwrap(), key, tweak, plain, sealed);
        ran += 1;
    }
    assert_eq!(ran, 9);
}

#[test]
fn the_samples_beside_the_workspace_agree_too() {
    let Some(file) = published("ff1/nist_ff1_samples.json") else {
        return;
    };
    let samples = file["samples"].as_array().unwrap();
    for case in samples {
        let text = |name: &str| case[name].as_str().unwrap();
        let radix = u32::try_from(case["radix"].as_u64().unwrap()).unwrap();
        sample(
            radix,
            text("key"),
            text("tweak"),
            text("plaintext"),
            text("ciphertext"),
        );
    }
    println!("{} samples ran", samples.len());
    assert_eq!(samples.len(), 9);
}

#[test]
fn wycheproofs_cases_agree_or_are_refused_for_their_reason() {
    let Some(file) = published("wycheproof/aes_ff1_radix10_test.json") else {
        return;
    };
    let (mut valid, mut small, mut long, mut invalid) = (0, 0, 0, 0);
    let groups = file["testGroups"].as_array().unwrap();
    for case in groups
        .iter()
        .flat_map(|group| group["tests"].as_array().unwrap())
    {
        let bytes = |name: &str| hex::decode(case[name].as_str().unwrap()).unwrap();
        // A numeral below zero or above 16 bits is as wrong as ten.
        let digits = |name: &str| -> Vec<u16> {
            let value = |digit: &Value| u16::try_from(digit.as_i64().unwrap()).unwrap_or(u16::MAX);
            case[name].as_array().unwrap().iter().map(value).collect()
        };
        let (key, tweak) = (bytes("key"), bytes("tweak"));
        let (plain, sealed) = (digits("msg"), digits("ct"));
        let made = encrypted(&key, 10, &tweak, &plain);
        match (case["result"].as_str().unwrap(), plain.len()) {
            ("valid", 0..6) => {
                let size = 10_u128.pow(u32::try_from(plain.len()).unwrap());
                assert_eq!(made, Err(Ff1Error::Domain { size }));
                small += 1;
            }
            ("valid", 39..) => {
                let length = plain.len();
                assert_eq!(made, Err(Ff1Error::TooLong { length, most: 38 }));
                long += 1;
            }
            ("valid", _) => {
                assert_eq!(made, Ok(sealed.clone()));
                assert_eq!(decrypted(&key, 10, &tweak, &sealed), Ok(plain));
                valid += 1;
            }
            _ => {
                assert!(made.is_err(), "{}", case["comment"]);
                invalid += 1;
            }
        }
    }
    println!(
        "{valid} agree both ways; refused: {invalid} invalid, {small} of a small domain, {long} too long"
    );
    assert_eq!(
        valid + small + long + invalid,
        file["numberOfTests"].as_u64().unwrap()
    );
    assert_eq!((valid, small, long, invalid), (3_249, 12, 51, 533));
}

fn by_fpe(key: &[u8], radix: u32, tweak: &[u8], value: &[u16]) -> (Vec<u16>, Vec<u16>) {
    let value = FlexibleNumeralString::from(value.to_vec());
    let both = |sealed: FlexibleNumeralString, opened: FlexibleNumeralString| {
        (sealed.into(), opened.into())
    };
    match key.len() {
        16 => {
            let ff1 = FF1::<aes::Aes128>::new(key, radix).unwrap();
            both(
                ff1.encrypt(tweak, &value).unwrap(),
                ff1.decrypt(tweak, &value).unwrap(),
            )
        }
        24 => {
            let ff1 = FF1::<aes::Aes192>::new(key, radix).unwrap();
            both(
                ff1.encrypt(tweak, &value).unwrap(),
                ff1.decrypt(tweak, &value).unwrap(),
            )
        }
        _ => {
            let ff1 = FF1::<aes::Aes256>::new(key, radix).unwrap();
            both(
                ff1.encrypt(tweak, &value).unwrap(),
                ff1.decrypt(tweak, &value).unwrap(),
            )
        }
    }
}

/// A key, a radix, a tweak, and 1 to 80 values of one length that the radix allows.
fn cases() -> impl Strategy<Value = (Vec<u8>, u32, Vec<u8>, Vec<Vec<u16>>)> {
    (2_u32..=36, any::<u16>(), 1_usize..=80).prop_flat_map(|(radix, place, count)| {
        let reaches = |length: usize, size: u128| {
            u128::from(radix).pow(u32::try_from(length).unwrap()) >= size
        };
        let least = (2..=20).find(|length| reaches(*length, 1_000_000)).unwrap();
        let over = (1..=65).find(|half| reaches(*half, (1 << 64) + 1)).unwrap();
        let most = 2 * (over - 1);
        let length = least + usize::from(place) % (most - least + 1);
        let key = (prop::sample::select(&[16_usize, 24, 32][..]))
            .prop_flat_map(|bytes| prop::collection::vec(any::<u8>(), bytes));
        let digit = 0..u16::try_from(radix).unwrap();
        // Runs of the largest and smallest numeral are where arithmetic breaks.
        let value = prop_oneof![
            4 => prop::collection::vec(digit, length),
            1 => Just(vec![0; length]),
            1 => Just(vec![u16::try_from(radix - 1).unwrap(); length]),
        ];
        (
            key,
            Just(radix),
            prop::collection::vec(any::<u8>(), 0..70),
            prop::collection::vec(value, count),
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn batches_are_what_fpe_makes_of_each_value((key, radix, tweak, values) in cases()) {
        let sealed = run(&key, radix, &tweak, &values, Ff1::encrypt).unwrap();
        let opened = run(&key, radix, &tweak, &values, Ff1::decrypt).unwrap();
        for (value, ours) in values.iter().zip(sealed.iter().zip(&opened)) {
            let theirs = by_fpe(&key, radix, &tweak, value);
            prop_assert_eq!(ours, (&theirs.0, &theirs.1));
        }
        let back = run(&key, radix, &tweak, &sealed, Ff1::decrypt).unwrap();
        prop_assert_eq!(back, values);
    }
}
