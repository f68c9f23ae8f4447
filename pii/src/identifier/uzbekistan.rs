//! Identifiers issued in Uzbekistan.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{Fault, dates::ddmmyy, digits::weighted, weights::follows};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "UZ_PINFL",
        title: "Uzbek personal number (ПИНФЛ, JSHSHIR)",
        country: "UZ",
        kind: Kind::National,
        source: "Cabinet of Ministers, resolution on the personal identification number: century and sex, date of birth, weights 7 3 1, modulus 10",
        context: &["пинфл", "jshshir", "pinfl", "жшшир"],
        check: Some(pinfl),
        forms: &[form("uz-pinfl", "[1-6]d{13}", 35)],
    },
    Identifier {
        entity: "UZ_STIR",
        title: "Uzbek tax number (СТИР, ИНН)",
        country: "UZ",
        kind: Kind::Tax,
        source: "lex.uz 499945: nine digits; the check digit is not published",
        context: &["стир", "stir", "инн", "inn"],
        check: None,
        forms: &[form("uz-stir", "[2-7]d{8}", 5)],
    },
    Identifier {
        entity: "UZ_PASSPORT",
        title: "Uzbek passport",
        country: "UZ",
        kind: Kind::Document,
        source: "Ministry of Internal Affairs: two letters and seven digits; form only",
        context: &["паспорт", "passport", "pasport"],
        check: None,
        forms: &[form("uz-passport", "[AKF][A-Z]?d{7}", 15)],
    },
];

fn pinfl(digits: &[u8]) -> Result<(), Fault> {
    ddmmyy(digits, 1)?;
    let sum = weighted(digits, &[7, 3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1, 7]);
    follows(digits, 13, sum)
}
