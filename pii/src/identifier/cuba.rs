//! Identifiers issued in Cuba.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{Fault, dates::yymmdd};

pub(super) static TABLE: &[Identifier] = &[Identifier {
    entity: "CU_NI",
    title: "Cuban identity number (carné de identidad)",
    country: "CU",
    kind: Kind::National,
    source: "Ministerio del Interior, Registro de Población: date of birth, century, sex; no check digit published",
    context: &["identidad", "carné", "carnet", "ci"],
    check: Some(born),
    forms: &[form("cu-ni", "d{6}?d{5}", 10)],
}];

fn born(digits: &[u8]) -> Result<(), Fault> {
    yymmdd(digits, 0)
}
