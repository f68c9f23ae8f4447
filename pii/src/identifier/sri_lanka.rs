//! Identifiers issued in Sri Lanka.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{Fault, dates::possible, digits::number};

pub(super) static TABLE: &[Identifier] = &[Identifier {
    entity: "LK_NIC",
    title: "Sri Lankan identity card (NIC)",
    country: "LK",
    kind: Kind::National,
    source: "Department for Registration of Persons: year and day of birth (500 more for women), number; the check digit is not published",
    context: &["nic", "identity", "national", "හැඳුනුම*", "අடையாள"],
    check: Some(born),
    forms: &[
        form("lk-nic-old", "d{9}[VX]", 60),
        form("lk-nic", "[12]d{11}", 15),
    ],
}];

/// Days are counted as if each year had 29 days in February.
fn born(text: &[u8]) -> Result<(), Fault> {
    let at = if text.len() == 10 { 2 } else { 4 };
    let year = number(text, 0, 4).filter(|_| at == 4).unwrap_or(1900);
    let day = number(text, at, at + 3);
    possible(
        (1850..2100).contains(&year) && day.is_some_and(|day| matches!(day, 1..=366 | 501..=866)),
    )
}
