//! Identifiers issued in Malaysia.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{Fault, dates::yymmdd, digits::number};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "MY_NRIC",
        title: "Malaysian identity card (MyKad, NRIC)",
        country: "MY",
        kind: Kind::National,
        source: "National Registration Department, kod negeri: date of birth, place of birth, four digits; no check digit",
        context: &["nric", "mykad", "kad", "pengenalan", "ic", "identity"],
        check: Some(mykad),
        forms: &[
            form("my-nric-dashed", "d{6}-dd-dddd", 60),
            form("my-nric", "d{6}?dd?dddd", 20),
        ],
    },
    Identifier {
        entity: "MY_PASSPORT",
        title: "Malaysian passport",
        country: "MY",
        kind: Kind::Document,
        source: "Immigration Department of Malaysia: A, H or K and eight digits; form only",
        context: &["passport", "pasport", "travel", "document"],
        check: None,
        forms: &[form("my-passport", "[AHK]d{8}", 10)],
    },
    Identifier {
        entity: "MY_COMPANY",
        title: "Malaysian company number",
        country: "MY",
        kind: Kind::Company,
        source: "SSM, new registration number: year, kind and six digits; form only",
        context: &["ssm", "company", "syarikat", "pendaftaran", "registration"],
        check: Some(company),
        forms: &[form("my-company", "[12]d{3}?0[1-6]d{6}", 20)],
    },
];

fn mykad(digits: &[u8]) -> Result<(), Fault> {
    yymmdd(digits, 0)?;
    match number(digits, 6, 8) {
        Some(1..=16 | 21..=68 | 71 | 72 | 74..=79 | 82..=93 | 98 | 99) => Ok(()),
        _ => Err(Fault::Area),
    }
}

/// The fifth and sixth digit say which kind of body it is, 01 to 06.
fn company(digits: &[u8]) -> Result<(), Fault> {
    match (number(digits, 0, 4), number(digits, 4, 6)) {
        (Some(1890..=2099), Some(1..=6)) => Ok(()),
        _ => Err(Fault::Structure),
    }
}
