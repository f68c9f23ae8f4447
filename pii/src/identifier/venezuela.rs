//! Identifiers issued in Venezuela.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{Fault, digits::weighted, weights::follows};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "VE_RIF",
        title: "Venezuelan tax number (RIF)",
        country: "VE",
        kind: Kind::Tax,
        source: "SENIAT, Providencia 0073: kind and eight digits, modulus 11",
        context: &["rif", "fiscal", "seniat", "contribuyente*"],
        check: Some(rif),
        forms: &[
            form("ve-rif-dashed", "[VEJPG]-d{8}-d", 85),
            form("ve-rif", "[VEJPG]d{9}", 45),
            form("ve-rif-parts", "[VEJPG]?d{8}?d", 35),
        ],
    },
    Identifier {
        entity: "VE_CI",
        title: "Venezuelan identity number (cédula de identidad)",
        country: "VE",
        kind: Kind::National,
        source: "SAIME: V or E and six to eight digits; form only",
        context: &["cédula", "cedula", "identidad", "ci", "saime"],
        check: None,
        forms: &[
            form("ve-ci-dotted", "[VE]?dd.ddd.ddd", 45),
            form("ve-ci", "[VE]-d{6,8}", 25),
            form("ve-ci-plain", "[VE]d{6,8}", 5),
        ],
    },
];

fn rif(text: &[u8]) -> Result<(), Fault> {
    let kind = match text.first() {
        Some(b'V') => 4,
        Some(b'E') => 8,
        Some(b'J') => 12,
        Some(b'P') => 16,
        Some(b'G') => 20,
        _ => return Err(Fault::Issuer),
    };
    let sum = weighted(text.get(1..).unwrap_or_default(), &[3, 2, 7, 6, 5, 4, 3, 2]);
    let expected = sum.map(|sum| match 11 - (sum + kind) % 11 {
        10 | 11 => 0,
        digit => digit,
    });
    follows(text, 9, expected)
}
