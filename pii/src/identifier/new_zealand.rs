//! Identifiers issued in New Zealand.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{checksum, digit, number},
    weights::{complement, multiple},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "NZ_IRD",
        title: "New Zealand inland revenue number",
        country: "NZ",
        kind: Kind::Tax,
        source: "Inland Revenue, RWT specification: weights 3 2 7 6 5 4 3 2, else 7 4 3 2 5 2 7 6, modulus 11; 10 to 150 million",
        context: &["ird", "inland", "revenue", "tax", "tāke"],
        check: Some(ird),
        forms: &[
            form("nz-ird-dashed", "d{2,3}-ddd-ddd", 35),
            form("nz-ird", "d{2,3}~ddd~ddd", 12),
        ],
    },
    Identifier {
        entity: "NZ_NHI",
        title: "New Zealand national health index number",
        country: "NZ",
        kind: Kind::Health,
        source: "Health New Zealand, HISO 10046 Consumer Health Identity: letters without I and O; modulus 11, or 23 when it ends in a letter",
        context: &["nhi", "health", "index", "hospital", "patient"],
        check: Some(nhi),
        forms: &[
            form("nz-nhi", "[A-HJ-NP-Z]{3}d{4}", 30),
            form("nz-nhi-letters", "[A-HJ-NP-Z]{3}dd[A-HJ-NP-Z]{2}", 35),
        ],
    },
    Identifier {
        entity: "NZ_BANK_ACCOUNT",
        title: "New Zealand bank account number",
        country: "NZ",
        kind: Kind::Bank,
        source: "Payments NZ; Inland Revenue, Bank account number validation: weights by bank",
        context: &["bank", "account", "direct", "credit"],
        check: Some(bank_account),
        forms: &[
            form("nz-bank-account-dashed", "dd-dddd-d{7}-d{2,3}", 70),
            form("nz-bank-account", "d{6}?d{7}?d{2,3}", 20),
        ],
    },
    Identifier {
        entity: "NZ_BN",
        title: "New Zealand business number (NZBN)",
        country: "NZ",
        kind: Kind::Company,
        source: "NZBN Register: a GS1 location number that begins with 94",
        context: &["nzbn", "business", "gln"],
        check: Some(nzbn),
        forms: &[form("nz-bn", "94d{11}", 25)],
    },
    Identifier {
        entity: "NZ_DRIVER_LICENSE",
        title: "New Zealand driver licence",
        country: "NZ",
        kind: Kind::Licence,
        source: "NZ Transport Agency: two letters and six digits; form only",
        context: &["driver", "licence", "license"],
        check: None,
        forms: &[form("nz-driver-license", "lld{6}", 5)],
    },
    Identifier {
        entity: "NZ_PASSPORT",
        title: "New Zealand passport",
        country: "NZ",
        kind: Kind::Document,
        source: "Department of Internal Affairs: two letters and six digits; form only",
        context: &["passport", "travel", "document", "uruwhenua"],
        check: None,
        forms: &[form("nz-passport", "[ELR][A-Z]d{6}", 15)],
    },
];

fn ird(digits: &[u8]) -> Result<(), Fault> {
    if !number(digits, 0, digits.len()).is_some_and(|it| (10_000_000..150_000_000).contains(&it)) {
        return Err(Fault::Structure);
    }
    // Eight digits are nine with a zero before them.
    let padded = [if digits.len() == 8 { &b"0"[..] } else { b"" }, digits].concat();
    let expected = match complement(&padded, &[3, 2, 7, 6, 5, 4, 3, 2], 11) {
        Some(10) => complement(&padded, &[7, 4, 3, 2, 5, 2, 7, 6], 11),
        expected => expected,
    };
    checksum(expected.is_some() && expected == digit(&padded, 8))
}

fn nhi(text: &[u8]) -> Result<(), Fault> {
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
    let mut sum = 0;
    for (byte, weight) in text.iter().take(6).zip((2..=7).rev()) {
        let letter = LETTERS.iter().position(|letter| letter == byte);
        let value = letter.map_or(usize::from(byte.saturating_sub(b'0')), |place| place + 1);
        sum += value * weight;
    }
    let last = text.last().copied();
    checksum(if last.is_some_and(|last| last.is_ascii_digit()) {
        let digit = b"?1234567890".get((11 - sum % 11) % 11).copied();
        digit == last
    } else {
        LETTERS.get(23 - sum % 23 - 1).copied() == last
    })
}

/// The weights of places two to fifteen by bank; a product is reduced where the bank says so.
fn bank_account(digits: &[u8]) -> Result<(), Fault> {
    let number_of = |from, to| number(digits, from, to).unwrap_or_default();
    let weights: ([u32; 16], u32, u32) = match number_of(0, 2) {
        8 => ([0, 0, 0, 0, 0, 0, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0], 0, 11),
        9 => ([0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 4, 3, 2, 0, 0, 1], 9, 11),
        25 | 33 => ([0, 0, 0, 0, 0, 0, 1, 7, 3, 1, 7, 3, 1, 0, 0, 0], 0, 10),
        26 | 28 | 29 => ([0, 0, 0, 0, 0, 0, 1, 3, 7, 1, 3, 7, 1, 3, 7, 1], 9, 10),
        31 => return Ok(()),
        1..=4 | 6 | 10..=24 | 27 | 30 | 35 | 38 => {
            if number_of(6, 13) >= 990_000 {
                ([0, 0, 0, 0, 0, 0, 0, 10, 5, 8, 4, 2, 1, 0, 0, 0], 0, 11)
            } else {
                ([0, 0, 6, 3, 7, 9, 0, 10, 5, 8, 4, 2, 1, 0, 0, 0], 0, 11)
            }
        }
        _ => return Err(Fault::Issuer),
    };
    let (weights, reduced_by, modulus) = weights;
    // A suffix of two digits is one of three with a zero before it.
    let (head, suffix) = digits.split_at_checked(13).ok_or(Fault::Length)?;
    let zero: &[u8] = if suffix.len() == 2 { b"0" } else { b"" };
    let padded = [head, zero, suffix].concat();
    let mut sum = 0;
    for (place, weight) in weights.into_iter().enumerate() {
        let product = digit(&padded, place).ok_or(Fault::Length)? * weight;
        sum += if reduced_by > 0 && product > reduced_by {
            product % reduced_by
        } else {
            product
        };
    }
    checksum(sum % modulus == 0)
}

fn nzbn(digits: &[u8]) -> Result<(), Fault> {
    multiple(digits, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1], 10)
}
