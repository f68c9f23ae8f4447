//! Identifiers issued in Chile.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{Fault, digits::checksum};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "CL_RUT",
        title: "Chilean national and tax number (RUN, RUT)",
        country: "CL",
        kind: Kind::National,
        source: "Servicio de Impuestos Internos; Registro Civil: modulus 11 with weights 2 to 7 from the right, ten is K",
        context: &["rut", "run", "tributario", "rol", "identidad", "cédula"],
        check: Some(rut),
        forms: &[
            form("cl-rut-dotted", "d{1,2}.ddd.ddd-[0-9K]", 75),
            form("cl-rut-dashed", "d{7,8}-[0-9K]", 35),
            form("cl-rut", "d{7,8}[0-9K]", 10),
        ],
    },
    Identifier {
        entity: "CL_PASSPORT",
        title: "Chilean passport",
        country: "CL",
        kind: Kind::Document,
        source: "Registro Civil: A, P or F and eight digits; form only",
        context: &["pasaporte", "passport"],
        check: None,
        forms: &[form("cl-passport", "[APF]d{8}", 10)],
    },
];

fn rut(text: &[u8]) -> Result<(), Fault> {
    let Some((last, body)) = text.split_last() else {
        return Err(Fault::Length);
    };
    let weights = [2, 3, 4, 5, 6, 7].into_iter().cycle();
    let sum: u32 = body
        .iter()
        .rev()
        .zip(weights)
        .map(|(byte, weight)| u32::from(byte.saturating_sub(b'0')) * weight)
        .sum();
    checksum(b"0K987654321".get((sum % 11) as usize) == Some(last))
}
