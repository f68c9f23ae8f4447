//! Identifiers issued in El Salvador.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{digit, number, weighted},
    weights::{complement, complement_follows, follows},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "SV_DUI",
        title: "Salvadoran identity number (DUI)",
        country: "SV",
        kind: Kind::National,
        source: "RNPN: weights 9 to 2, modulus 10",
        context: &["dui", "identidad", "documento", "único"],
        check: Some(dui),
        forms: &[
            form("sv-dui-dashed", "d{8}-d", 30),
            form("sv-dui", "d{9}", 10),
        ],
    },
    Identifier {
        entity: "SV_NIT",
        title: "Salvadoran tax number (NIT)",
        country: "SV",
        kind: Kind::Tax,
        source: "Ministerio de Hacienda: municipality, date, number; modulus 11 in an old and a new way",
        context: &["nit", "tributaria", "hacienda", "contribuyente*"],
        check: Some(nit),
        forms: &[
            form("sv-nit-dashed", "dddd-d{6}-ddd-d", 55),
            form("sv-nit", "[019]d{13}", 20),
        ],
    },
];

fn dui(digits: &[u8]) -> Result<(), Fault> {
    complement_follows(digits, &[9, 8, 7, 6, 5, 4, 3, 2], 10)
}

fn nit(digits: &[u8]) -> Result<(), Fault> {
    if !matches!(digit(digits, 0), Some(0 | 1 | 9)) {
        return Err(Fault::Issuer);
    }
    let expected = if number(digits, 10, 13) <= Some(100) {
        weighted(digits, &[14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]).map(|sum| sum % 11)
    } else {
        complement(digits, &[2, 7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2], 11)
    };
    follows(digits, 13, expected)
}
