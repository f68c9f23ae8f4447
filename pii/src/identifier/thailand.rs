//! Identifiers issued in Thailand.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{number, weighted},
    weights::follows,
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "TH_TNIN",
        title: "Thai identity number",
        country: "TH",
        kind: Kind::National,
        source: "Department of Provincial Administration: kind, province, registry, number, modulus 11",
        context: &[
            "เลขประจำตัวประชาชน",
            "บัตรประชาชน",
            "tnin",
            "thai",
            "identity",
            "national",
        ],
        check: Some(person),
        forms: &[
            form("th-tnin-printed", "[1-8]-dddd-ddddd-dd-d", 70),
            form("th-tnin-spaced", "[1-8] dddd ddddd dd d", 60),
            form("th-tnin", "[1-8]d{12}", 25),
        ],
    },
    Identifier {
        entity: "TH_TAX_ID",
        title: "Thai company tax number",
        country: "TH",
        kind: Kind::Tax,
        source: "Department of Business Development, พ.ศ. 2542: thirteen digits that begin with 0, modulus 11",
        context: &["เสียภาษี", "tax", "tin", "company"],
        check: Some(thirteen),
        forms: &[
            form("th-tax-id-printed", "0-dd-d-ddd-ddddd-d", 70),
            form("th-tax-id", "0d{12}", 20),
        ],
    },
    Identifier {
        entity: "TH_PASSPORT",
        title: "Thai passport",
        country: "TH",
        kind: Kind::Document,
        source: "Department of Consular Affairs: two letters and seven digits; form only",
        context: &["หนังสือเดินทาง", "passport"],
        check: None,
        forms: &[
            form("th-passport", "A[A-C]d{7}", 15),
            form("th-passport-old", "[A-Z]d{6}", 5),
        ],
    },
];

fn thirteen(digits: &[u8]) -> Result<(), Fault> {
    let sum = weighted(digits, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    follows(digits, 12, sum.map(|sum| (11 - sum % 11) % 10))
}

/// The second and third digit are a province of ISO 3166-2:TH.
fn person(digits: &[u8]) -> Result<(), Fault> {
    match number(digits, 1, 3) {
        Some(10..=27 | 30..=49 | 50..=58 | 60..=67 | 70..=77 | 80..=86 | 90..=96) => {
            thirteen(digits)
        }
        _ => Err(Fault::Area),
    }
}
