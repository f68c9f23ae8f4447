//! Germany.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{checksum, mod_11_10},
};

pub(super) static TABLE: &[Identifier] = &[Identifier {
    entity: "DE_TAX_ID",
    title: "German tax identification number (Steuerliche Identifikationsnummer)",
    country: "DE",
    kind: Kind::Tax,
    source: "§ 139b AO; Steueridentifikationsnummerverordnung; check digit ISO/IEC 7064 MOD 11,10",
    context: &[
        "steuer",
        "idnr",
        "tin",
        "steueridentifikationsnummer*",
        "steuerid",
    ],
    check: Some(tax_id),
    forms: &[form("de-tax-id", "[1-9]d~ddd~ddd~ddd", 20)],
}];

/// One digit stands twice or three times among the first ten, the others at most once.
fn tax_id(digits: &[u8]) -> Result<(), Fault> {
    let mut counts = [0_u8; 10];
    for digit in &digits[..10] {
        counts[usize::from(digit - b'0')] += 1;
    }
    let repeated = counts.iter().filter(|count| **count > 1).count();
    if repeated != 1 || counts.iter().any(|count| *count > 3) {
        return Err(Fault::Structure);
    }
    checksum(mod_11_10(digits))
}
