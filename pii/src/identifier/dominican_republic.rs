//! Identifiers issued in The Dominican Republic.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{checksum, digit, weighted},
    weights::luhn,
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "DO_CEDULA",
        title: "Dominican identity number (cédula de identidad y electoral)",
        country: "DO",
        kind: Kind::National,
        source: "Junta Central Electoral, Ley 8-92: Luhn; some old numbers in use fail it and are not found",
        context: &["cédula", "cedula", "identidad", "electoral", "jce"],
        check: Some(luhn),
        forms: &[
            form("do-cedula-dashed", "ddd-d{7}-d", 50),
            form("do-cedula", "d{11}", 15),
        ],
    },
    Identifier {
        entity: "DO_RNC",
        title: "Dominican tax number (RNC)",
        country: "DO",
        kind: Kind::Tax,
        source: "DGII: weights 7 9 8 6 5 4 3 2, modulus 11",
        context: &["rnc", "contribuyente*", "dgii"],
        check: Some(rnc),
        forms: &[
            form("do-rnc-dashed", "d-dd-ddddd-d", 50),
            form("do-rnc", "d{9}", 12),
        ],
    },
];

fn rnc(digits: &[u8]) -> Result<(), Fault> {
    let sum = weighted(digits, &[7, 9, 8, 6, 5, 4, 3, 2]);
    checksum(sum.map(|sum| (10 - sum % 11) % 9 + 1) == digit(digits, 8))
}
