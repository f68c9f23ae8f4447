//! Identifiers issued in Singapore.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{checksum, weighted},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "SG_NRIC_FIN",
        title: "Singaporean identity number (NRIC, FIN)",
        country: "SG",
        kind: Kind::National,
        source: "ICA and IRAS, Singapore TIN: S, T, F, G or M, seven digits, check letter by weights 2 7 6 5 4 3 2, modulus 11",
        context: &["nric", "fin", "identification", "identity"],
        check: Some(nric),
        forms: &[form("sg-nric-fin", "[STFGM]d{7}[A-Z]", 75)],
    },
    Identifier {
        entity: "SG_UEN",
        title: "Singaporean entity number (UEN)",
        country: "SG",
        kind: Kind::Company,
        source: "ACRA, Unique Entity Number: three forms, check letter modulus 11",
        context: &["uen", "entity", "company", "business", "acra"],
        check: Some(uen),
        forms: &[
            form("sg-uen-business", "d{8}l", 45),
            form("sg-uen-company", "[12]ddd?d{5}l", 55),
            form("sg-uen-other", "[RST]dd[A-Z]{2}d{4}l", 80),
        ],
    },
    Identifier {
        entity: "SG_PASSPORT",
        title: "Singaporean passport",
        country: "SG",
        kind: Kind::Document,
        source: "ICA: a letter, seven digits and a letter; form only",
        context: &["passport", "travel", "document"],
        check: None,
        forms: &[form("sg-passport", "[EK]d{7}l", 15)],
    },
];

/// T and G add four to the sum, M adds three; citizens, foreigners and M have tables of their own.
fn nric(text: &[u8]) -> Result<(), Fault> {
    let sum = weighted(text.get(1..).unwrap_or_default(), &[2, 7, 6, 5, 4, 3, 2]);
    let (letters, offset) = match text.first() {
        Some(b'S') => (b"JZIHGFEDCBA", 0),
        Some(b'T') => (b"JZIHGFEDCBA", 4),
        Some(b'F') => (b"XWUTRQPNMLK", 0),
        Some(b'G') => (b"XWUTRQPNMLK", 4),
        Some(b'M') => (b"XWUTRQPNJLK", 3),
        _ => return Err(Fault::Issuer),
    };
    let expected = sum.and_then(|sum| letters.get(((sum + offset) % 11) as usize));
    checksum(expected.is_some() && expected == text.last())
}

fn uen(text: &[u8]) -> Result<(), Fault> {
    let expected = if text.len() == 9 {
        let sum = weighted(text, &[10, 4, 9, 3, 8, 2, 7, 1]);
        sum.and_then(|sum| b"XMKECAWLJDB".get((sum % 11) as usize))
    } else if text.first().is_some_and(u8::is_ascii_digit) {
        let sum = weighted(text, &[10, 8, 6, 4, 9, 7, 5, 3, 1]);
        sum.and_then(|sum| b"ZKCMDNERGWH".get((sum % 11) as usize))
    } else {
        other_entity(text)
    };
    checksum(expected.is_some() && expected == text.last())
}

/// The check letter by places in an alphabet of its own, less five.
fn other_entity(text: &[u8]) -> Option<&'static u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWX0123456789";
    let mut sum = 0;
    for (byte, weight) in text.iter().zip([4, 3, 5, 3, 10, 2, 2, 5, 7]) {
        sum += ALPHABET.iter().position(|letter| letter == byte)? * weight;
    }
    ALPHABET.get((sum + 6) % 11)
}
