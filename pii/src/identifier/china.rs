//! Identifiers issued in China.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    dates::yyyymmdd,
    digits::{checksum, mod_11_2, number},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "CN_RESIDENT_ID",
        title: "Chinese resident identity number",
        country: "CN",
        kind: Kind::National,
        source: "GB 11643-1999: province, date of birth, order, ISO/IEC 7064 MOD 11-2",
        context: &["身份证", "身份證", "公民身份", "resident", "identity"],
        check: Some(resident),
        forms: &[form("cn-resident-id", "d{6}?d{8}?d{3}[0-9X]", 75)],
    },
    Identifier {
        entity: "CN_USCC",
        title: "Chinese unified social credit code",
        country: "CN",
        kind: Kind::Company,
        source: "GB 32100-2015: authority, kind, region, body and check character modulus 31; no I, O, S, V, Z",
        context: &[
            "统一社会信用代码",
            "信用代码",
            "纳税人识别号",
            "uscc",
            "credit",
        ],
        check: Some(uscc),
        forms: &[form(
            "cn-uscc",
            "[1-9A-HJ-NPQRTUWXY][0-9A-HJ-NPQRTUWXY]d{6}[0-9A-HJ-NPQRTUWXY]{10}",
            35,
        )],
    },
    Identifier {
        entity: "CN_PASSPORT",
        title: "Chinese passport",
        country: "CN",
        kind: Kind::Document,
        source: "National Immigration Administration: E, D, S, P or G with eight characters; form only",
        context: &["护照", "護照", "passport", "通行证"],
        check: None,
        forms: &[
            form("cn-passport", "[EGDSP]d{8}", 15),
            form("cn-passport-new", "E[A-HJ-NP-Z]d{7}", 20),
        ],
    },
];

/// The first two digits of an administrative division say the province.
fn province(text: &[u8], at: usize) -> Result<(), Fault> {
    match number(text, at, at + 2) {
        Some(11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83) => Ok(()),
        _ => Err(Fault::Area),
    }
}

fn resident(text: &[u8]) -> Result<(), Fault> {
    province(text, 0)?;
    yyyymmdd(text, 6)?;
    checksum(mod_11_2(text))
}

fn uscc(text: &[u8]) -> Result<(), Fault> {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    // The nationwide register writes 10 for the province.
    if number(text, 2, 4) != Some(10) {
        province(text, 2)?;
    }
    let mut sum = 0;
    let mut weight = 1;
    for (place, byte) in text.iter().enumerate() {
        let value = ALPHABET.iter().position(|letter| letter == byte);
        // The weights are powers of three; the check character counts as it is.
        sum += value.ok_or(Fault::Alphabet)? * if place == 17 { 1 } else { weight };
        weight = weight * 3 % 31;
    }
    checksum(sum % 31 == 0)
}
