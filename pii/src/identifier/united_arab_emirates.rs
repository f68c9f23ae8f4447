//! Identifiers issued in The United Arab Emirates.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{Fault, dates::possible, digits::number, weights::luhn};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "AE_EMIRATES_ID",
        title: "Emirates identity card",
        country: "AE",
        kind: Kind::National,
        source: "Federal Authority for Identity and Citizenship: country number 784, year of birth, number and Luhn digit",
        context: &["emirates", "identity", "eid", "الهوية", "هوية"],
        check: Some(emirates),
        forms: &[
            form("ae-emirates-id-dashed", "784-dddd-d{7}-d", 90),
            form("ae-emirates-id", "784?dddd?d{7}?d", 50),
        ],
    },
    Identifier {
        entity: "AE_TRN",
        title: "Emirati tax registration number",
        country: "AE",
        kind: Kind::Tax,
        source: "Federal Tax Authority: fifteen digits that begin with 100; form only",
        context: &["trn", "tax", "vat", "الضريبي"],
        check: None,
        forms: &[
            form("ae-trn", "100d{12}", 20),
            form("ae-trn-printed", "100-dddd-dddd-dddd", 35),
        ],
    },
];

fn emirates(digits: &[u8]) -> Result<(), Fault> {
    possible(number(digits, 3, 7).is_some_and(|year| (1880..2100).contains(&year)))?;
    luhn(digits)
}
