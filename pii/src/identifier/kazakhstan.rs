//! Identifiers issued in Kazakhstan.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    dates::{possible, yymmdd},
    digits::{checksum, digit, number, weighted},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "KZ_IIN",
        title: "Kazakh individual number (ИИН)",
        country: "KZ",
        kind: Kind::National,
        source: "Government decree 565 of 2003 and 406 of 2007: date of birth, century and sex, modulus 11 in two passes",
        context: &["иин", "жсн", "iin", "инн", "individual"],
        check: Some(iin),
        forms: &[form("kz-iin", "d{6}[0-6]d{5}", 35)],
    },
    Identifier {
        entity: "KZ_BIN",
        title: "Kazakh business number (БИН)",
        country: "KZ",
        kind: Kind::Company,
        source: "Government decree 406 of 2007: year and month of registration, kind, modulus 11 in two passes",
        context: &["бин", "бсн", "bin", "business"],
        check: Some(bin),
        forms: &[form("kz-bin", "dddd[4-6][0-3]d{6}", 25)],
    },
];

/// A remainder of ten is computed again with the weights turned by two; twice ten is never issued.
fn twice(digits: &[u8]) -> Result<(), Fault> {
    let first = weighted(digits, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]).map(|sum| sum % 11);
    let second = weighted(digits, &[3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]).map(|sum| sum % 11);
    let expected = if first == Some(10) { second } else { first };
    checksum(expected.is_some() && expected == digit(digits, 11))
}

fn iin(digits: &[u8]) -> Result<(), Fault> {
    yymmdd(digits, 0)?;
    twice(digits)
}

fn bin(digits: &[u8]) -> Result<(), Fault> {
    possible(number(digits, 2, 4).is_some_and(|month| (1..=12).contains(&month)))?;
    twice(digits)
}
