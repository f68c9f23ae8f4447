//! Identifiers issued in Pakistan.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{Fault, digits::digit};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "PK_CNIC",
        title: "Pakistani identity card (CNIC)",
        country: "PK",
        kind: Kind::National,
        source: "NADRA: province, five, seven digits and one for the sex; no check digit published",
        context: &["cnic", "nadra", "identity", "nicop", "شناختی"],
        check: Some(cnic),
        forms: &[
            form("pk-cnic-dashed", "d{5}-d{7}-d", 50),
            form("pk-cnic", "d{13}", 5),
        ],
    },
    Identifier {
        entity: "PK_NTN",
        title: "Pakistani tax number (NTN)",
        country: "PK",
        kind: Kind::Tax,
        source: "Federal Board of Revenue: seven digits and a check digit of unpublished rule; form only",
        context: &["ntn", "fbr", "tax"],
        check: None,
        forms: &[form("pk-ntn", "d{7}-d", 15)],
    },
];

fn cnic(digits: &[u8]) -> Result<(), Fault> {
    match (digit(digits, 0), digit(digits, 12)) {
        (Some(1..=7), Some(1..=9)) => Ok(()),
        _ => Err(Fault::Structure),
    }
}
