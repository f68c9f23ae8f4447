//! Addresses of crypto-currencies, by their own checksums: base58check (Bitcoin and its kin, XRP,
//! TRON), bech32 and bech32m (BIP 173, BIP 350), and the form alone for Ethereum.

use ring::digest::{SHA256, digest};

use super::scan::Scan;
use super::{Checksum, Match, doubt};
use crate::check::{Fault, digits::checksum};

/// The shortest and longest word that is looked at.
const LENGTHS: core::ops::RangeInclusive<usize> = 26..=110;

const BITCOIN: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const RIPPLE: &[u8; 58] = b"rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";
const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// Version bytes of addresses: Bitcoin, Litecoin, Dogecoin, Dash, TRON, their test networks.
const VERSIONS: &[u8] = &[
    0x00, 0x05, 0x30, 0x32, 0x1e, 0x16, 0x4c, 0x10, 0x41, 0x6f, 0xc4,
];

/// Human-readable parts of segwit and Cardano addresses.
const HUMAN: &[&str] = &["bc", "tb", "ltc", "addr", "stake"];

/// Looks at the word of this index.
pub(super) fn scan(scan: &mut Scan<'_>, index: usize) {
    let word = scan.words()[index];
    if !LENGTHS.contains(&word.len()) {
        return;
    }
    let identifier = scan.engine.places.crypto;
    let bytes = &scan.text.as_bytes()[word.start..word.end];
    let Some((pattern, percent, checksum)) = address(bytes, scan.plan.looks_like()) else {
        return;
    };
    scan.offer_at(
        index,
        Match {
            identifier,
            start: word.start,
            end: word.end,
            pattern,
            percent,
            checksum,
        },
    );
}

/// Pattern, confidence and checksum. Of base58 a wrong checksum leaves a word like any other; what
/// begins as bech32 does and goes on in its letters is meant to be an address.
fn address(bytes: &[u8], looks_like: bool) -> Option<(&'static str, u8, Option<Checksum>)> {
    let passed = Some(Checksum::Passed);
    Some(match bytes {
        [b'0', b'x', hex @ ..] if hex.len() == 40 && hex.iter().all(u8::is_ascii_hexdigit) => {
            ("ethereum", 60, None)
        }
        [b'r', ..] if base58check(bytes, RIPPLE).is_some() => ("ripple", 100, passed),
        _ if base58check(bytes, BITCOIN).is_some_and(|version| VERSIONS.contains(&version)) => {
            ("base58check", 100, passed)
        }
        _ => {
            let checksum = doubt::judge(Some(bech32(bytes)), looks_like).ok()?;
            ("bech32", 100, checksum)
        }
    })
}

/// The version byte of 20 bytes in base58 whose checksum is right.
fn base58check(text: &[u8], alphabet: &[u8; 58]) -> Option<u8> {
    if text.len() > 36 {
        return None;
    }
    let mut decoded = [0_u8; 25];
    for byte in text {
        let mut carry = alphabet.iter().position(|letter| letter == byte)?;
        for place in decoded.iter_mut().rev() {
            carry += usize::from(*place) * 58;
            *place = (carry % 256).try_into().ok()?;
            carry /= 256;
        }
        if carry != 0 {
            return None;
        }
    }
    let (payload, check) = decoded.split_at(21);
    let hash = digest(&SHA256, digest(&SHA256, payload).as_ref());
    (hash.as_ref()[..4] == *check).then_some(payload[0])
}

/// Whether this is bech32 or bech32m, all in one case, and its checksum holds.
fn bech32(text: &[u8]) -> Result<(), Fault> {
    let mixed = text.iter().any(u8::is_ascii_uppercase) && text.iter().any(u8::is_ascii_lowercase);
    let lower = text.to_ascii_lowercase();
    let separator = lower.iter().rposition(|byte| *byte == b'1');
    let at = separator.ok_or(Fault::Structure)?;
    let (human, data) = (&lower[..at], &lower[at + 1..]);
    if mixed || data.len() < 6 || !HUMAN.iter().any(|known| known.as_bytes() == human) {
        return Err(Fault::Structure);
    }
    let mut sum = 1;
    let high = human.iter().map(|byte| byte >> 5);
    let low = human.iter().map(|byte| byte & 31);
    for value in high.chain([0]).chain(low) {
        sum = step(sum, value);
    }
    for byte in data {
        let value = BECH32.iter().position(|letter| letter == byte);
        let value = value.ok_or(Fault::Alphabet)?;
        sum = step(sum, u8::try_from(value).unwrap_or(0));
    }
    checksum(matches!(sum, 1 | 0x2bc8_30a3))
}

/// One step of the BCH code of BIP 173.
fn step(sum: u32, value: u8) -> u32 {
    const GENERATOR: [u32; 5] = [
        0x3b6a_57b2,
        0x2650_8e6d,
        0x1ea1_19fa,
        0x3d42_33dd,
        0x2a14_62b3,
    ];
    let top = sum >> 25;
    let shifted = (sum & 0x1ff_ffff) << 5 ^ u32::from(value);
    (0..5)
        .filter(|bit| top >> bit & 1 == 1)
        .fold(shifted, |sum, bit| sum ^ GENERATOR[bit])
}
