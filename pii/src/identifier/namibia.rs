//! Identifiers issued in Namibia.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{Fault, dates::yymmdd};

pub(super) static TABLE: &[Identifier] = &[Identifier {
    entity: "NA_ID",
    title: "Namibian identity number",
    country: "NA",
    kind: Kind::National,
    source: "Identification Act 21 of 1996: date of birth and five digits; no check digit published",
    context: &["identity", "national"],
    check: Some(born),
    forms: &[form("na-id", "d{6}?d{5}", 15)],
}];

fn born(digits: &[u8]) -> Result<(), Fault> {
    yymmdd(digits, 0)
}
