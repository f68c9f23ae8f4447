//! Identifiers issued in Kuwait.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    dates::yymmdd,
    digits::{checksum, digit, weighted},
};

pub(super) static TABLE: &[Identifier] = &[Identifier {
    entity: "KW_CIVIL_ID",
    title: "Kuwaiti civil number",
    country: "KW",
    kind: Kind::National,
    source: "Public Authority for Civil Information; OECD TIN sheet: century, date of birth, weights 2 1 6 3 7 9 10 5 8 4 2, modulus 11",
    context: &["civil", "المدني", "مدني"],
    check: Some(civil),
    forms: &[form("kw-civil-id", "[23]d{11}", 35)],
}];

fn civil(digits: &[u8]) -> Result<(), Fault> {
    yymmdd(digits, 1)?;
    let sum = weighted(digits, &[2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
    checksum(sum.is_some() && sum.map(|sum| 11 - sum % 11) == digit(digits, 11))
}
