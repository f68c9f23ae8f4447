//! Identifiers issued in Nicaragua.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{Fault, dates::ddmmyy};

pub(super) static TABLE: &[Identifier] = &[Identifier {
    entity: "NI_CEDULA",
    title: "Nicaraguan identity number (cédula de identidad)",
    country: "NI",
    kind: Kind::National,
    source: "Consejo Supremo Electoral, Ley 152: municipality, date of birth, number and letter; date and form only",
    context: &["cédula", "cedula", "identidad"],
    check: Some(born),
    forms: &[
        form("ni-cedula-dashed", "ddd-d{6}-ddddl", 65),
        form("ni-cedula", "d{13}l", 30),
    ],
}];

fn born(text: &[u8]) -> Result<(), Fault> {
    ddmmyy(text, 3)
}
