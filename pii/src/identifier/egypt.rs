//! Identifiers issued in Egypt.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    dates::possible,
    digits::{date, digit, number},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "EG_NATIONAL_ID",
        title: "Egyptian national number",
        country: "EG",
        kind: Kind::National,
        source: "Civil Status Law 143 of 1994: century, date of birth, governorate; the check digit is not published",
        context: &["القومي", "قومي", "national", "identity"],
        check: Some(born),
        forms: &[form("eg-national-id", "[23]d{13}", 35)],
    },
    Identifier {
        entity: "EG_TAX",
        title: "Egyptian tax registration number",
        country: "EG",
        kind: Kind::Tax,
        source: "Egyptian Tax Authority: nine digits; form only",
        context: &["الضريبي", "ضريبي", "tax"],
        check: None,
        forms: &[
            form("eg-tax-dashed", "ddd-ddd-ddd", 15),
            form("eg-tax", "d{9}", 5),
        ],
    },
    Identifier {
        entity: "EG_PASSPORT",
        title: "Egyptian passport",
        country: "EG",
        kind: Kind::Document,
        source: "Passports, Immigration and Nationality Administration: A and eight digits; form only",
        context: &["passport", "جواز"],
        check: None,
        forms: &[form("eg-passport", "Ad{8}", 10)],
    },
];

fn born(digits: &[u8]) -> Result<(), Fault> {
    let century = if digit(digits, 0) == Some(2) {
        1900
    } else {
        2000
    };
    let year = number(digits, 1, 3).map(|year| century + year);
    possible(date(year, number(digits, 3, 5), number(digits, 5, 7)))?;
    match number(digits, 7, 9) {
        Some(1..=4 | 11..=19 | 21..=29 | 31..=35 | 88) => Ok(()),
        _ => Err(Fault::Area),
    }
}
