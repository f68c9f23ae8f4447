//! Identifiers issued in Uruguay.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{checksum, digit, number},
    weights::{complement, complement_follows},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "UY_CI",
        title: "Uruguayan identity number (cédula de identidad)",
        country: "UY",
        kind: Kind::National,
        source: "DNIC: weights 2 9 8 7 6 3 4, modulus 10",
        context: &["cédula", "cedula", "identidad", "ci"],
        check: Some(ci),
        forms: &[
            form("uy-ci-dotted", "d.ddd.ddd-d", 55),
            form("uy-ci-dashed", "d{7}-d", 30),
            form("uy-ci", "d{8}", 10),
        ],
    },
    Identifier {
        entity: "UY_RUT",
        title: "Uruguayan tax number (RUT)",
        country: "UY",
        kind: Kind::Tax,
        source: "DGI: weights 4 3 2 9 8 7 6 5 4 3 2, modulus 11",
        context: &["rut", "ruc", "dgi", "tributario"],
        check: Some(rut),
        forms: &[
            form("uy-rut-dashed", "dd-d{6}-ddd-d", 50),
            form("uy-rut", "dd?d{6}?ddd?d", 30),
        ],
    },
];

fn ci(digits: &[u8]) -> Result<(), Fault> {
    complement_follows(digits, &[2, 9, 8, 7, 6, 3, 4], 10)
}

fn rut(digits: &[u8]) -> Result<(), Fault> {
    let office = number(digits, 0, 2).is_some_and(|office| (1..=22).contains(&office));
    if !office || number(digits, 2, 8) == Some(0) || number(digits, 8, 11) != Some(1) {
        return Err(Fault::Structure);
    }
    let expected = complement(digits, &[4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2], 11);
    checksum(expected.is_some() && expected == digit(digits, 11))
}
