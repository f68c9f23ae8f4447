//! Identifiers issued in Rwanda.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{Fault, dates::possible, digits::number};

pub(super) static TABLE: &[Identifier] = &[Identifier {
    entity: "RW_NID",
    title: "Rwandan identity number",
    country: "RW",
    kind: Kind::National,
    source: "NIDA, law 14/2008: status, year of birth, sex (7 or 8), number, issue; the check digits are not published",
    context: &["indangamuntu", "identity", "national", "nid"],
    check: Some(born),
    forms: &[
        form("rw-nid-spaced", "[1-3] dddd [78] d{7} d dd", 70),
        form("rw-nid", "[1-3]?dddd?[78]?d{7}?d?dd", 25),
    ],
}];

fn born(digits: &[u8]) -> Result<(), Fault> {
    possible(number(digits, 1, 5).is_some_and(|year| (1880..2100).contains(&year)))
}
