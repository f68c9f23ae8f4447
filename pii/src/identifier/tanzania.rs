//! Identifiers issued in Tanzania.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{Fault, dates::yyyymmdd};

pub(super) static TABLE: &[Identifier] = &[Identifier {
    entity: "TZ_NIDA",
    title: "Tanzanian identity number (NIDA)",
    country: "TZ",
    kind: Kind::National,
    source: "National Identification Authority: date of birth, place, number; the check digits are not published",
    context: &["nida", "nin", "kitambulisho", "identity"],
    check: Some(born),
    forms: &[
        form("tz-nida-dashed", "d{8}-d{5}-d{5}-dd", 80),
        form("tz-nida", "d{20}", 35),
    ],
}];

fn born(digits: &[u8]) -> Result<(), Fault> {
    yyyymmdd(digits, 0)
}
