//! Identifiers issued in Ecuador.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{digit, number},
    weights::{luhn, multiple},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "EC_CI",
        title: "Ecuadorian identity number (cédula de identidad)",
        country: "EC",
        kind: Kind::National,
        source: "Registro Civil: province, modulus 10",
        context: &["cédula", "cedula", "identidad", "ci", "ciudadanía"],
        check: Some(ci),
        forms: &[
            form("ec-ci-dashed", "d{9}-d", 40),
            form("ec-ci", "d{10}", 20),
        ],
    },
    Identifier {
        entity: "EC_RUC",
        title: "Ecuadorian tax number (RUC)",
        country: "EC",
        kind: Kind::Tax,
        source: "SRI, Ley del RUC: cédula or company number, establishment; modulus 10 or 11",
        context: &["ruc", "contribuyente*", "sri"],
        check: Some(ruc),
        forms: &[form("ec-ruc", "d{10}?d{3}", 25)],
    },
];

fn province(digits: &[u8]) -> Result<(), Fault> {
    match number(digits, 0, 2) {
        Some(1..=24 | 30 | 50) => Ok(()),
        _ => Err(Fault::Area),
    }
}

fn ci(digits: &[u8]) -> Result<(), Fault> {
    province(digits)?;
    match digit(digits, 2) {
        Some(0..=6) => luhn(digits),
        _ => Err(Fault::Structure),
    }
}

/// The third digit tells people (0–5), public bodies (6) and companies (9) apart.
fn ruc(digits: &[u8]) -> Result<(), Fault> {
    province(digits)?;
    // The last three or four digits are the establishment, counted from one.
    let numbered = |zeros: &[u8]| {
        if digits.ends_with(zeros) {
            Err(Fault::Serial)
        } else {
            Ok(())
        }
    };
    let person = || {
        numbered(b"000")?;
        ci(digits.get(..10).unwrap_or_default())
    };
    let public = || {
        numbered(b"0000")?;
        multiple(digits, &[3, 2, 7, 6, 5, 4, 3, 2, 1], 11)
    };
    let company = || {
        numbered(b"000")?;
        multiple(digits, &[4, 3, 2, 7, 6, 5, 4, 3, 2, 1], 11)
    };
    match digit(digits, 2) {
        Some(0..=5) => person(),
        Some(6) => public().or_else(|_| person()),
        Some(9) => company().or_else(|_| public()),
        _ => Err(Fault::Structure),
    }
}
