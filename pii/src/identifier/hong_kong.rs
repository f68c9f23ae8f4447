//! Identifiers issued in Hong Kong.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{checksum, value},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "HK_ID",
        title: "Hong Kong identity card (HKID)",
        country: "HK",
        kind: Kind::National,
        source: "Immigration Department; Inland Revenue Department, HKID check digit: one or two letters, six digits, modulus 11, ten is A",
        context: &["hkid", "身份證", "身份证", "identity", "card"],
        check: Some(hkid),
        forms: &[
            form("hk-id", "lld{6}?[0-9A]", 45),
            form("hk-id-letter", "ld{6}?[0-9A]", 35),
            form("hk-id-body", "l{1,2}d{6}", 5),
        ],
    },
    Identifier {
        entity: "HK_PASSPORT",
        title: "passport of Hong Kong",
        country: "HK",
        kind: Kind::Document,
        source: "Immigration Department: H, HJ, HA, HB or K, KJ, KK and eight or seven digits; form only",
        context: &["passport", "護照", "护照"],
        check: None,
        forms: &[
            form("hk-passport", "[HK]d{8}", 10),
            form("hk-passport-letters", "[HK][A-K]d{7}", 10),
        ],
    },
];

/// A single letter has a blank before it, which counts 36. Without its check digit, often printed
/// in parentheses, the number is taken as it stands.
fn hkid(text: &[u8]) -> Result<(), Fault> {
    let letters = text
        .iter()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    if text.len() == letters + 6 {
        return Ok(());
    }
    let Some((last, body)) = text.split_last() else {
        return Err(Fault::Length);
    };
    let mut sum = if letters == 1 { 36 * 9 } else { 0 };
    for (byte, weight) in body.iter().rev().zip(2..) {
        sum += value(*byte).ok_or(Fault::Alphabet)? * weight;
    }
    let last = value(*last).ok_or(Fault::Alphabet)?;
    checksum((sum + last) % 11 == 0)
}
