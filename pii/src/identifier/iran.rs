//! Identifiers issued in Iran.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{checksum, digit, weighted},
};

pub(super) static TABLE: &[Identifier] = &[Identifier {
    entity: "IR_NATIONAL_ID",
    title: "Iranian national code (کد ملی)",
    country: "IR",
    kind: Kind::National,
    source: "National Organization for Civil Registration: weights 10 to 2, modulus 11",
    context: &["ملی", "ملي", "کدملی", "national", "melli"],
    check: Some(code),
    forms: &[
        form("ir-national-id-dashed", "ddd-d{6}-d", 45),
        form("ir-national-id", "d{10}", 15),
    ],
}];

fn code(digits: &[u8]) -> Result<(), Fault> {
    if digits.iter().all(|digit| Some(digit) == digits.first()) {
        return Err(Fault::NeverIssued);
    }
    let rest = weighted(digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2]).map(|sum| sum % 11);
    let expected = rest.map(|rest| if rest < 2 { rest } else { 11 - rest });
    checksum(expected.is_some() && expected == digit(digits, 9))
}
