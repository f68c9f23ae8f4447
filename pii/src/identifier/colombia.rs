//! Identifiers issued in Colombia.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{Fault, digits::checksum};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "CO_NIT",
        title: "Colombian tax number (NIT)",
        country: "CO",
        kind: Kind::Tax,
        source: "DIAN, Orden Administrativa 4 de 1989: prime weights, modulus 11",
        context: &["nit", "rut", "dian", "tributaria"],
        check: Some(nit),
        forms: &[
            form("co-nit-dotted", "ddd.ddd.ddd-d", 60),
            form("co-nit-dashed", "d{8,10}-d", 35),
            form("co-nit", "d{9}?d", 12),
        ],
    },
    Identifier {
        entity: "CO_CC",
        title: "Colombian identity card (cédula de ciudadanía)",
        country: "CO",
        kind: Kind::National,
        source: "Registraduría Nacional: six to ten digits; form only",
        context: &[
            "cédula",
            "cedula",
            "ciudadanía",
            "ciudadania",
            "cc",
            "identidad",
        ],
        check: None,
        forms: &[
            form("co-cc-dotted", "d.ddd.ddd.ddd", 15),
            form("co-cc-dotted-old", "d{1,3}.ddd.ddd", 10),
            form("co-cc", "d{6,10}", 5),
        ],
    },
];

fn nit(digits: &[u8]) -> Result<(), Fault> {
    const WEIGHTS: [u32; 10] = [3, 7, 13, 17, 19, 23, 29, 37, 41, 43];
    let Some((last, body)) = digits.split_last() else {
        return Err(Fault::Length);
    };
    let sum: u32 = body
        .iter()
        .rev()
        .zip(WEIGHTS)
        .map(|(byte, weight)| u32::from(byte.saturating_sub(b'0')) * weight)
        .sum();
    checksum(b"01987654321".get((sum % 11) as usize) == Some(last))
}
