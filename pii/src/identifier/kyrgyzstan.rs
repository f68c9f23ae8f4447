//! Identifiers issued in Kyrgyzstan.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    dates::possible,
    digits::{date, number},
};

pub(super) static TABLE: &[Identifier] = &[Identifier {
    entity: "KG_PIN",
    title: "Kyrgyz personal number (ПИН, ИНН)",
    country: "KG",
    kind: Kind::National,
    source: "State Registration Service: sex, date of birth, five digits; the check digit is not published",
    context: &["пин", "инн", "pin", "inn"],
    check: Some(pin),
    forms: &[form("kg-pin", "[12]d{13}", 25)],
}];

fn pin(digits: &[u8]) -> Result<(), Fault> {
    let year = number(digits, 5, 9).filter(|year| (1850..2100).contains(year));
    possible(date(year, number(digits, 3, 5), number(digits, 1, 3)))
}
