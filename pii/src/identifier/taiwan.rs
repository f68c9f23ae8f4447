//! Identifiers issued in Taiwan.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{checksum, digit, weighted},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "TW_NATIONAL_ID",
        title: "Taiwanese identity or resident number",
        country: "TW",
        kind: Kind::National,
        source: "Ministry of the Interior, 國民身分證統一編號; National Immigration Agency, 統一證號: letter as two digits, weights 1 9 to 1, modulus 10",
        context: &[
            "身分證",
            "身份證",
            "統一編號",
            "居留證",
            "統一證號",
            "identity",
            "resident",
        ],
        check: Some(person),
        forms: &[
            form("tw-national-id", "l[1289]d{8}", 65),
            form("tw-national-id-old-resident", "l[A-D]d{8}", 65),
        ],
    },
    Identifier {
        entity: "TW_UBN",
        title: "Taiwanese company number (統一編號)",
        country: "TW",
        kind: Kind::Company,
        source: "Ministry of Finance, 營利事業統一編號檢查碼邏輯: weights 1 2 1 2 1 2 4 1, sums of digits; a multiple of five since 2023",
        context: &["統一編號", "統編", "ubn", "vat", "company"],
        check: Some(ubn),
        forms: &[form("tw-ubn", "d{8}", 8)],
    },
    Identifier {
        entity: "TW_PASSPORT",
        title: "Taiwanese passport",
        country: "TW",
        kind: Kind::Document,
        source: "Bureau of Consular Affairs: nine digits; form only",
        context: &["護照", "taiwan"],
        check: None,
        forms: &[form("tw-passport", "d{9}", 5)],
    },
];

/// The number of a letter, of which both digits count.
fn letter(byte: u8) -> Option<u32> {
    const ORDER: &[u8] = b"ABCDEFGHJKLMNPQRSTUVXYWZIO";
    let place = ORDER.iter().position(|letter| *letter == byte)?;
    u32::try_from(place).ok().map(|place| place + 10)
}

fn person(text: &[u8]) -> Result<(), Fault> {
    let first = text
        .first()
        .copied()
        .and_then(letter)
        .ok_or(Fault::Alphabet)?;
    // Of the second letter of an old resident number the last digit counts.
    let second = match text.get(1).copied() {
        Some(byte) if byte.is_ascii_digit() => digit(text, 1),
        byte => byte.and_then(letter).map(|number| number % 10),
    };
    let rest = weighted(text.get(2..).unwrap_or_default(), &[7, 6, 5, 4, 3, 2, 1, 1]);
    let (Some(second), Some(rest)) = (second, rest) else {
        return Err(Fault::Alphabet);
    };
    checksum((first / 10 + first % 10 * 9 + second * 8 + rest) % 10 == 0)
}

/// When the seventh digit is seven its product 28 counts as one or as zero.
fn ubn(digits: &[u8]) -> Result<(), Fault> {
    let mut sum = 0;
    for (place, weight) in [1, 2, 1, 2, 1, 2, 4, 1].into_iter().enumerate() {
        let product = digit(digits, place).ok_or(Fault::Alphabet)? * weight;
        sum += product / 10 + product % 10;
    }
    checksum(sum % 5 == 0 || (digit(digits, 6) == Some(7) && (sum + 1) % 5 == 0))
}
