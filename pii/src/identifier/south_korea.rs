//! Identifiers issued in South Korea.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    dates::{possible, yymmdd},
    digits::{checksum, date, digit, number, weighted},
    weights::complement_follows,
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "KR_RRN",
        title: "Korean resident registration number",
        country: "KR",
        kind: Kind::National,
        source: "주민등록법 시행규칙: date of birth, century and sex; since October 2020 the rest is random, so no check digit",
        context: &["주민등록번호", "주민번호", "주민등록", "resident", "rrn"],
        check: Some(born),
        forms: &[
            form("kr-rrn-dashed", "d{6}-[1-4]d{6}", 55),
            form("kr-rrn", "d{6}?[1-4]d{6}", 30),
        ],
    },
    Identifier {
        entity: "KR_FRN",
        title: "Korean foreigner registration number",
        country: "KR",
        kind: Kind::National,
        source: "출입국관리법 시행규칙: as the resident number, with 5 to 8 for century and sex; no check digit since October 2020",
        context: &["외국인등록번호", "외국인등록", "foreigner", "frn", "alien"],
        check: Some(born),
        forms: &[
            form("kr-frn-dashed", "d{6}-[5-8]d{6}", 55),
            form("kr-frn", "d{6}?[5-8]d{6}", 30),
        ],
    },
    Identifier {
        entity: "KR_BRN",
        title: "Korean business registration number",
        country: "KR",
        kind: Kind::Company,
        source: "National Tax Service, 사업자등록번호: weights 1 3 7 1 3 7 1 3 5, modulus 10",
        context: &["사업자등록번호", "사업자번호", "사업자", "business", "brn"],
        check: Some(business),
        forms: &[
            form("kr-brn-dashed", "ddd-dd-ddddd", 50),
            form("kr-brn", "d{10}", 12),
        ],
    },
    Identifier {
        entity: "KR_CRN",
        title: "Korean corporate registration number",
        country: "KR",
        kind: Kind::Company,
        source: "대법원, 법인의 등기에 관한 사무처리규칙: weights 1 and 2, modulus 10",
        context: &["법인등록번호", "법인번호", "corporate"],
        check: Some(corporate),
        forms: &[
            form("kr-crn-dashed", "d{6}-d{7}", 25),
            form("kr-crn", "d{13}", 10),
        ],
    },
    Identifier {
        entity: "KR_PASSPORT",
        title: "Korean passport",
        country: "KR",
        kind: Kind::Document,
        source: "Ministry of Foreign Affairs: kind, then eight digits, or three digits, a letter and four digits since 2021; form only",
        context: &["여권번호", "여권", "passport", "korean"],
        check: None,
        forms: &[
            form("kr-passport-new", "[MSRODG]dddld{4}", 40),
            form("kr-passport", "[MSRODG]d{8}", 15),
        ],
    },
    Identifier {
        entity: "KR_DRIVER_LICENSE",
        title: "Korean driver's licence",
        country: "KR",
        kind: Kind::Licence,
        source: "Korean National Police Agency, 운전면허번호: region 11 to 28, year, number, two digits of an unpublished check",
        context: &["운전면허", "면허번호", "driver", "license"],
        check: Some(region),
        forms: &[
            form("kr-driver-license-dashed", "dd-dd-d{6}-dd", 50),
            form("kr-driver-license", "d{12}", 5),
        ],
    },
];

/// One to four: born in 1900 to 1999 and in 2000 to 2099; five to eight the same of foreigners.
fn born(digits: &[u8]) -> Result<(), Fault> {
    let century = match digit(digits, 6) {
        Some(1 | 2 | 5 | 6) => 1900,
        Some(3 | 4 | 7 | 8) => 2000,
        _ => return yymmdd(digits, 0),
    };
    let year = number(digits, 0, 2).map(|year| century + year);
    possible(date(year, number(digits, 2, 4), number(digits, 4, 6)))
}

fn business(digits: &[u8]) -> Result<(), Fault> {
    let sum = weighted(digits, &[1, 3, 7, 1, 3, 7, 1, 3, 5]);
    let carried = digit(digits, 8).map(|digit| digit * 5 / 10);
    let (Some(sum), Some(carried), Some(last)) = (sum, carried, digit(digits, 9)) else {
        return Err(Fault::Alphabet);
    };
    checksum((sum + carried + last) % 10 == 0)
}

fn corporate(digits: &[u8]) -> Result<(), Fault> {
    complement_follows(digits, &[1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2], 10)
}

fn region(digits: &[u8]) -> Result<(), Fault> {
    match number(digits, 0, 2) {
        Some(11..=26 | 28) => Ok(()),
        _ => Err(Fault::Area),
    }
}
