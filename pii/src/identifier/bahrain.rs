//! Identifiers issued in Bahrain.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{Fault, dates::possible, digits::number};

pub(super) static TABLE: &[Identifier] = &[Identifier {
    entity: "BH_CPR",
    title: "Bahraini personal number (CPR)",
    country: "BH",
    kind: Kind::National,
    source: "Information and eGovernment Authority: year and month of birth, number; the check digit is not published",
    context: &["cpr", "personal", "السكاني", "الشخصي"],
    check: Some(born),
    forms: &[form("bh-cpr", "d{9}", 10)],
}];

fn born(digits: &[u8]) -> Result<(), Fault> {
    possible(number(digits, 2, 4).is_some_and(|month| (1..=12).contains(&month)))
}
