//! Identifiers issued in Honduras.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{Fault, dates::possible, digits::number};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "HN_DNI",
        title: "Honduran identity number (DNI)",
        country: "HN",
        kind: Kind::National,
        source: "Registro Nacional de las Personas: department, municipality, year of birth and five digits; form only",
        context: &["dni", "identidad", "rnp", "tarjeta"],
        check: Some(place_and_year),
        forms: &[
            form("hn-dni-dashed", "dddd-dddd-ddddd", 40),
            form("hn-dni", "dddd?dddd?d{5}", 10),
        ],
    },
    Identifier {
        entity: "HN_RTN",
        title: "Honduran tax number (RTN)",
        country: "HN",
        kind: Kind::Tax,
        source: "SAR: the identity number and a digit; form only",
        context: &["rtn", "tributario", "sar"],
        check: Some(place_and_year),
        forms: &[form("hn-rtn", "dddd?dddd?d{6}", 10)],
    },
];

fn place_and_year(digits: &[u8]) -> Result<(), Fault> {
    if !number(digits, 0, 2).is_some_and(|department| (1..=18).contains(&department)) {
        return Err(Fault::Area);
    }
    possible(number(digits, 4, 8).is_some_and(|year| (1880..2100).contains(&year)))
}
