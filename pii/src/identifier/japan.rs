//! Identifiers issued in Japan.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{checksum, digit, weighted},
    weights::complement_follows,
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "JP_MY_NUMBER",
        title: "Japanese individual number (My Number)",
        country: "JP",
        kind: Kind::National,
        source: "行政手続における特定の個人を識別するための番号の利用等に関する法律施行令; Ministry ordinance 85 of 2014: weights 6 5 4 3 2 7 6 5 4 3 2, modulus 11",
        context: &["マイナンバー", "個人番号", "mynumber"],
        check: Some(complement_check),
        forms: &[
            form("jp-my-number-spaced", "dddd dddd dddd", 35),
            form("jp-my-number-dashed", "dddd-dddd-dddd", 35),
            form("jp-my-number", "d{12}", 15),
        ],
    },
    Identifier {
        entity: "JP_CORPORATE_NUMBER",
        title: "Japanese corporate number (法人番号)",
        country: "JP",
        kind: Kind::Company,
        source: "National Tax Agency, Ministry ordinance 70 of 2014: check digit first, modulus 9",
        context: &["法人番号", "corporate", "company"],
        check: Some(corporate),
        forms: &[
            form("jp-corporate-number-dashed", "[1-9]-dddd-dddd-dddd", 45),
            form("jp-corporate-number", "[1-9]d{12}", 15),
        ],
    },
    Identifier {
        entity: "JP_PASSPORT",
        title: "Japanese passport",
        country: "JP",
        kind: Kind::Document,
        source: "Ministry of Foreign Affairs: two letters and seven digits; form only",
        context: &["パスポート", "旅券", "passport"],
        check: None,
        forms: &[form("jp-passport", "[MTHNS][A-Z]d{7}", 15)],
    },
    Identifier {
        entity: "JP_DRIVER_LICENSE",
        title: "Japanese driver's licence",
        country: "JP",
        kind: Kind::Licence,
        source: "National Police Agency: commission, year, number and check digit of unpublished rule, reissues; form only",
        context: &["免許証", "運転免許", "免許", "driver"],
        check: None,
        forms: &[form("jp-driver-license", "[1-9]d{11}", 5)],
    },
    Identifier {
        entity: "JP_RESIDENCE_CARD",
        title: "Japanese residence card (在留カード)",
        country: "JP",
        kind: Kind::Document,
        source: "Immigration Services Agency: two letters, eight digits, two letters; form only",
        context: &["在留カード", "在留", "residence", "zairyu"],
        check: None,
        forms: &[form("jp-residence-card", "lld{8}ll", 35)],
    },
    Identifier {
        entity: "JP_PENSION_NUMBER",
        title: "Japanese basic pension number",
        country: "JP",
        kind: Kind::National,
        source: "Japan Pension Service: four and six digits; form only",
        context: &["基礎年金番号", "年金", "pension"],
        check: None,
        forms: &[form("jp-pension-number-dashed", "dddd-d{6}", 15)],
    },
];

fn complement_check(digits: &[u8]) -> Result<(), Fault> {
    complement_follows(digits, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2], 11)
}

fn corporate(digits: &[u8]) -> Result<(), Fault> {
    let body = digits.get(1..).unwrap_or_default();
    let sum = weighted(body, &[2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]);
    checksum(sum.is_some() && sum.map(|sum| 9 - sum % 9) == digit(digits, 0))
}
