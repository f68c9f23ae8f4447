//! Identifiers issued in Zimbabwe.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{checksum, number},
};

pub(super) static TABLE: &[Identifier] = &[Identifier {
    entity: "ZW_ID",
    title: "Zimbabwean identity number",
    country: "ZW",
    kind: Kind::National,
    source: "Registrar General, National Registration Act: office, number, check letter modulus 23, district",
    context: &["identity", "national", "registration"],
    check: Some(letter),
    forms: &[
        form("zw-id-dashed", "dd-d{6,7}?l?dd", 80),
        form("zw-id", "dd?d{6,7}?l?dd", 65),
    ],
}];

fn letter(text: &[u8]) -> Result<(), Fault> {
    let (digits, tail) = text
        .split_at_checked(text.len().saturating_sub(3))
        .ok_or(Fault::Length)?;
    let place = number(digits, 0, digits.len()).ok_or(Fault::Alphabet)? % 23;
    checksum(b"ZABCDEFGHJKLMNPQRSTVWXY".get(place as usize) == tail.first())
}
