//! Identifiers issued in Bangladesh.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{Fault, digits::number};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "BD_NID",
        title: "Bangladeshi national identity card",
        country: "BD",
        kind: Kind::National,
        source: "Bangladesh Election Commission: ten, thirteen or seventeen digits, the last with the year of birth; form only",
        context: &["nid", "national", "identity", "voter", "জাতীয*", "পরিচয*"],
        check: Some(year),
        forms: &[
            form("bd-nid", "d{10}", 5),
            form("bd-nid-old", "d{13}", 5),
            form("bd-nid-year", "[12]d{16}", 15),
        ],
    },
    Identifier {
        entity: "BD_PASSPORT",
        title: "Bangladeshi passport",
        country: "BD",
        kind: Kind::Document,
        source: "Department of Immigration and Passports: two letters and seven digits, or a letter and eight; form only",
        context: &["passport", "পাসপোর*"],
        check: None,
        forms: &[
            form("bd-passport", "[AB][A-Z]?d{7}", 10),
            form("bd-passport-electronic", "[AE]d{8}", 10),
        ],
    },
];

fn year(digits: &[u8]) -> Result<(), Fault> {
    match (digits.len(), number(digits, 0, 4)) {
        (17, Some(1880..=2099)) | (..17, _) => Ok(()),
        _ => Err(Fault::Date),
    }
}
