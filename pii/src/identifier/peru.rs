//! Identifiers issued in Peru.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{checksum, digit, weighted},
    weights::{complement, follows},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "PE_DNI",
        title: "Peruvian identity number (DNI, CUI)",
        country: "PE",
        kind: Kind::National,
        source: "RENIEC: eight digits, and a check digit or letter in use since 2005",
        context: &["dni", "cui", "identidad", "documento", "reniec"],
        check: Some(dni),
        forms: &[
            form("pe-dni-check", "d{8}-[0-9A-K]", 35),
            form("pe-dni-check-plain", "d{8}[A-K]", 20),
            form("pe-dni-check-digit", "d{9}", 12),
            form("pe-dni", "d{8}", 5),
        ],
    },
    Identifier {
        entity: "PE_RUC",
        title: "Peruvian tax number (RUC)",
        country: "PE",
        kind: Kind::Tax,
        source: "SUNAT: kind 10, 15, 16, 17 or 20, weights 5 4 3 2 7 6 5 4 3 2, modulus 11",
        context: &["ruc", "contribuyente*", "sunat", "tributario"],
        check: Some(ruc),
        forms: &[form("pe-ruc", "[12]d{10}", 20)],
    },
];

fn dni(text: &[u8]) -> Result<(), Fault> {
    if text.len() == 8 {
        return Ok(());
    }
    // The weighted sum says the place in a table of digits and in one of letters.
    let place = complement(text, &[3, 2, 7, 6, 5, 4, 3, 2], 11);
    let expected = place.and_then(|place| {
        let place = (11 - place as usize) % 11;
        Some([b"65432110987".get(place)?, b"KJIHGFEDCBA".get(place)?])
    });
    checksum(
        expected.is_some_and(|expected| expected.into_iter().any(|it| text.last() == Some(it))),
    )
}

fn ruc(digits: &[u8]) -> Result<(), Fault> {
    match (digit(digits, 0), digit(digits, 1)) {
        (Some(1), Some(0 | 5 | 6 | 7)) | (Some(2), Some(0)) => {
            // A complement of eleven is written as one, of ten as zero.
            let sum = weighted(digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]);
            follows(digits, 10, sum.map(|sum| 11 - sum % 11))
        }
        _ => Err(Fault::Issuer),
    }
}
