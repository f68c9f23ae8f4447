//! Identifiers issued in Guatemala.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{checksum, digit, number, weighted},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "GT_NIT",
        title: "Guatemalan tax number (NIT)",
        country: "GT",
        kind: Kind::Tax,
        source: "SAT, FEL reglas y validaciones: weights 2 upwards from the right, modulus 11, ten is K",
        context: &["nit", "tributaria", "contribuyente*"],
        check: Some(nit),
        forms: &[
            form("gt-nit-dashed", "d{5,11}-[0-9K]", 25),
            form("gt-nit", "d{6,8}[0-9K]", 10),
        ],
    },
    Identifier {
        entity: "GT_CUI",
        title: "Guatemalan identity number (CUI, DPI)",
        country: "GT",
        kind: Kind::National,
        source: "RENAP: eight digits, check digit by modulus 11, department and municipality",
        context: &["cui", "dpi", "identificación", "renap", "documento"],
        check: Some(cui),
        forms: &[
            form("gt-cui-spaced", "dddd ddddd dddd", 50),
            form("gt-cui", "dddd?ddddd?dddd", 25),
        ],
    },
];

fn nit(text: &[u8]) -> Result<(), Fault> {
    let Some((last, body)) = text.split_last() else {
        return Err(Fault::Length);
    };
    let sum: u32 = (2..)
        .zip(body.iter().rev())
        .map(|(weight, byte)| u32::from(byte.saturating_sub(b'0')) * weight)
        .sum();
    let place = (11 - sum % 11) % 11;
    checksum(b"0123456789K".get(place as usize) == Some(last))
}

fn cui(digits: &[u8]) -> Result<(), Fault> {
    let department = number(digits, 9, 11).is_some_and(|it| (1..=22).contains(&it));
    let municipality = number(digits, 11, 13).is_some_and(|it| (1..=33).contains(&it));
    if !department || !municipality {
        return Err(Fault::Area);
    }
    let sum = weighted(digits, &[2, 3, 4, 5, 6, 7, 8, 9]);
    checksum(sum.is_some() && sum.map(|sum| sum % 11) == digit(digits, 8))
}
