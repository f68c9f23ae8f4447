//! Identifiers issued in South Africa.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{Fault, dates::yymmdd, digits::digit, weights::luhn};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "ZA_ID_NUMBER",
        title: "South African identity number",
        country: "ZA",
        kind: Kind::National,
        source: "Identification Act 68 of 1997; Department of Home Affairs: date of birth, sex, citizen, resident or refugee, Luhn",
        context: &[
            "rsa",
            "identity",
            "refugee",
            "resident",
            "permanent",
            "citizen",
            "id",
            "sa",
        ],
        check: Some(person),
        forms: &[
            form("za-id-number-spaced", "d{6} dddd dd d", 60),
            form("za-id-number", "d{6}?dddd?dd?d", 35),
        ],
    },
    Identifier {
        entity: "ZA_TIN",
        title: "South African tax reference number",
        country: "ZA",
        kind: Kind::Tax,
        source: "SARS; OECD TIN sheet: ten digits that begin with 0, 1, 2, 3 or 9, Luhn",
        context: &["tax", "sars", "reference", "tin"],
        check: Some(luhn),
        forms: &[form("za-tin", "[0-39]ddd?ddd?ddd", 12)],
    },
    Identifier {
        entity: "ZA_PASSPORT",
        title: "South African passport",
        country: "ZA",
        kind: Kind::Document,
        source: "Department of Home Affairs: A, D, M or T and eight digits; form only",
        context: &["passport", "travel", "document"],
        check: None,
        forms: &[form("za-passport", "[ADMT]d{8}", 10)],
    },
];

fn person(digits: &[u8]) -> Result<(), Fault> {
    yymmdd(digits, 0)?;
    match digit(digits, 10) {
        Some(0..=2) => luhn(digits),
        _ => Err(Fault::Structure),
    }
}
