//! Agreement of the AES-SIV beneath tokens with RFC 5297 appendix A, and with the cases of project
//! Wycheproof (Apache-2.0) where they lie beside the workspace.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::PathBuf;

use aes_siv::{
    KeyInit,
    siv::{Aes128Siv, Aes256Siv},
};
use serde_json::Value;

fn bytes(hex_digits: &str) -> Vec<u8> {
    hex::decode(hex_digits.replace(' ', "")).unwrap()
}

/// Sealed, and opened again.
fn sealed_and_opened(key: &[u8], pieces: &[Vec<u8>], plain: &[u8]) -> Vec<u8> {
    let mut siv = Aes128Siv::new_from_slice(key).unwrap();
    let sealed = siv.encrypt(pieces, plain).unwrap();
    assert_eq!(siv.decrypt(pieces, &sealed).unwrap(), plain);
    sealed
}

#[test]
fn deterministic_encryption_agrees_with_rfc_5297_appendix_a_1() {
    let key = bytes("fffefdfc fbfaf9f8 f7f6f5f4 f3f2f1f0 f0f1f2f3 f4f5f6f7 f8f9fafb fcfdfeff");
    let piece = bytes("10111213 14151617 18191a1b 1c1d1e1f 20212223 24252627");
    let plain = bytes("11223344 55667788 99aabbcc ddee");
    assert_eq!(
        sealed_and_opened(&key, &[piece], &plain),
        bytes("85632d07 c6e8f37f 950acd32 0a2ecc93 40c02b96 90c4dc04 daef7f6a fe5c")
    );
}

#[test]
fn several_pieces_of_associated_data_agree_with_rfc_5297_appendix_a_2() {
    let key = bytes("7f7e7d7c 7b7a7978 77767574 73727170 40414243 44454647 48494a4b 4c4d4e4f");
    let pieces = [
        bytes(
            "00112233 44556677 8899aabb ccddeeff deaddada deaddada ffeeddcc bbaa9988 77665544 \
             33221100",
        ),
        bytes("10203040 50607080 90a0"),
        bytes("09f91102 9d74e35b d84156c5 635688c0"),
    ];
    let plain = bytes(
        "74686973 20697320 736f6d65 20706c61 696e7465 78742074 6f20656e 63727970 74207573 696e6720 \
         5349562d 414553",
    );
    assert_eq!(
        sealed_and_opened(&key, &pieces, &plain),
        bytes(
            "7bdb6e3b 432667eb 06f4d14b ff2fbd0f cb900f2f ddbe4043 26601965 c889bf17 dba77ceb \
             094fa663 b7a3f748 ba8af829 ea64ad54 4a272e9c 485b62a3 fd5c0d"
        )
    );
}

#[test]
fn every_case_of_wycheproof_is_decided_alike() {
    let folder = std::env::var_os("VOUCHSAFE_VECTORS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/vectors")),
        PathBuf::from,
    );
    let Ok(text) = std::fs::read(folder.join("wycheproof/aes_siv_cmac_test.json")) else {
        println!("skipped: the folder of published vectors is absent");
        return;
    };
    let file: Value = serde_json::from_slice(&text).unwrap();
    let (mut ran, mut other) = (0, 0);
    for group in file["testGroups"].as_array().unwrap() {
        for case in group["tests"].as_array().unwrap() {
            let part = |name: &str| bytes(case[name].as_str().unwrap());
            let (key, piece, sealed) = (part("key"), [part("aad")], part("ct"));
            let (made, opened) = match key.len() {
                32 => {
                    let mut siv = Aes128Siv::new_from_slice(&key).unwrap();
                    (
                        siv.encrypt(&piece, &part("msg")),
                        siv.decrypt(&piece, &sealed),
                    )
                }
                64 => {
                    let mut siv = Aes256Siv::new_from_slice(&key).unwrap();
                    (
                        siv.encrypt(&piece, &part("msg")),
                        siv.decrypt(&piece, &sealed),
                    )
                }
                // AES-192, which we do not use.
                _ => {
                    other += 1;
                    continue;
                }
            };
            let is_valid = case["result"] == "valid";
            assert_eq!(
                opened.ok(),
                is_valid.then(|| part("msg")),
                "{}",
                case["tcId"]
            );
            assert_eq!(made.unwrap() == sealed, is_valid, "{}", case["tcId"]);
            ran += 1;
        }
    }
    println!("{ran} cases decided alike, {other} with AES-192 left out");
    assert_eq!(file["numberOfTests"], ran + other);
    assert!(ran > 200);
}
