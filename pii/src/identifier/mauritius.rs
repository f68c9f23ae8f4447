//! Identifiers issued in Mauritius.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    dates::ddmmyy,
    digits::{checksum, value},
};

pub(super) static TABLE: &[Identifier] = &[Identifier {
    entity: "MU_NID",
    title: "Mauritian identity number",
    country: "MU",
    kind: Kind::National,
    source: "Civil Status Division, National Identity Card Act: first letter of the surname, date of birth, number, modulus 17",
    context: &["nid", "identity", "identité", "carte"],
    check: Some(nid),
    forms: &[form("mu-nid", "ld{12}x", 80)],
}];

fn nid(text: &[u8]) -> Result<(), Fault> {
    ddmmyy(text, 1)?;
    let mut sum = 0;
    for (byte, weight) in text.iter().zip((2..=14).rev()) {
        sum += value(*byte).ok_or(Fault::Alphabet)? * weight;
    }
    let last = text.get(13).copied().and_then(value);
    checksum(last == Some((17 - sum % 17) % 17))
}
