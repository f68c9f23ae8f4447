//! Identifiers issued in Vietnam.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{checksum, digit, number, weighted},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "VN_CCCD",
        title: "Vietnamese citizen identity number (CCCD)",
        country: "VN",
        kind: Kind::National,
        source: "Nghị định 137/2015/NĐ-CP: province, century and sex, year, six digits; no check digit",
        context: &[
            "cccd", "căn", "cước", "định", "danh", "công", "dân", "citizen", "identity",
        ],
        check: Some(cccd),
        forms: &[form("vn-cccd", "0d{11}", 20)],
    },
    Identifier {
        entity: "VN_MST",
        title: "Vietnamese tax number (MST)",
        country: "VN",
        kind: Kind::Tax,
        source: "Thông tư 105/2020/TT-BTC: weights 31 29 23 19 17 13 7 5 3, modulus 11; three digits of a branch",
        context: &["mst", "thuế", "tax"],
        check: Some(mst),
        forms: &[
            form("vn-mst-branch", "d{10}-ddd", 45),
            form("vn-mst-branch-plain", "d{13}", 12),
            form("vn-mst", "d{10}", 15),
        ],
    },
    Identifier {
        entity: "VN_PASSPORT",
        title: "Vietnamese passport",
        country: "VN",
        kind: Kind::Document,
        source: "Ministry of Public Security: a letter and seven or eight digits; form only",
        context: &["hộ", "chiếu", "passport"],
        check: None,
        forms: &[form("vn-passport", "[BCEKNP]d{7,8}", 10)],
    },
];

fn cccd(digits: &[u8]) -> Result<(), Fault> {
    match number(digits, 0, 3) {
        Some(1..=96) => Ok(()),
        _ => Err(Fault::Area),
    }
}

fn mst(digits: &[u8]) -> Result<(), Fault> {
    if number(digits, 2, 9) == Some(0) || number(digits, 10, 13) == Some(0) {
        return Err(Fault::Serial);
    }
    let sum = weighted(digits, &[31, 29, 23, 19, 17, 13, 7, 5, 3]);
    checksum(sum.is_some() && sum.map(|sum| 10 - sum % 11) == digit(digits, 9))
}
