//! Identifiers issued in Mozambique.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{checksum, digit, weighted},
};

pub(super) static TABLE: &[Identifier] = &[Identifier {
    entity: "MZ_NUIT",
    title: "Mozambican tax number (NUIT)",
    country: "MZ",
    kind: Kind::Tax,
    source: "Autoridade Tributária: weights 8 9 4 5 6 7 8 9, modulus 11",
    context: &["nuit", "tributária", "contribuinte"],
    check: Some(nuit),
    forms: &[
        form("mz-nuit-spaced", "ddd ddd ddd", 25),
        form("mz-nuit", "d{9}", 12),
    ],
}];

fn nuit(digits: &[u8]) -> Result<(), Fault> {
    let sum = weighted(digits, &[8, 9, 4, 5, 6, 7, 8, 9]);
    let expected = sum.map(|sum| if sum % 11 == 10 { 1 } else { sum % 11 });
    checksum(expected.is_some() && expected == digit(digits, 8))
}
