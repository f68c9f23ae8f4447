//! Identifiers issued in Paraguay.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{Fault, digits::checksum};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "PY_RUC",
        title: "Paraguayan tax number (RUC)",
        country: "PY",
        kind: Kind::Tax,
        source: "DNIT (SET), Algoritmo para el cálculo del dígito verificador: weights 2 upwards from the right, modulus 11",
        context: &["ruc", "contribuyente*", "dnit"],
        check: Some(ruc),
        forms: &[
            form("py-ruc-dashed", "d{6,8}-d", 35),
            form("py-ruc", "d{6,8}d", 10),
        ],
    },
    Identifier {
        entity: "PY_CI",
        title: "Paraguayan identity number (cédula de identidad)",
        country: "PY",
        kind: Kind::National,
        source: "Policía Nacional, Departamento de Identificaciones: up to seven digits; form only",
        context: &["cédula", "cedula", "identidad", "ci"],
        check: None,
        forms: &[
            form("py-ci-dotted", "d.ddd.ddd", 10),
            form("py-ci", "d{6,7}", 5),
        ],
    },
];

fn ruc(digits: &[u8]) -> Result<(), Fault> {
    let Some((last, body)) = digits.split_last() else {
        return Err(Fault::Length);
    };
    let sum: u32 = (2..)
        .zip(body.iter().rev())
        .map(|(weight, byte)| u32::from(byte.saturating_sub(b'0')) * weight)
        .sum();
    checksum(u32::from(last.saturating_sub(b'0')) == (11 - sum % 11) % 11 % 10)
}
