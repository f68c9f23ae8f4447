//! Austria.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, checksum, day_month, digit, number, require, rest},
    luhn,
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "AT_SVNR",
        title: "Austrian social security number (SVNR)",
        country: "AT",
        kind: Kind::National,
        source: "§ 30c ASVG: number, check digit, date of birth; weights 3 7 9 5 8 4 2 1 6 modulo \
            11; months 13 to 15 where the numbers of a day ran out",
        context: &[
            "social",
            "security",
            "insurance",
            "svnr",
            "sozialversicherung*",
            "versicherungsnummer*",
            "vsnr",
            "ecard",
        ],
        check: Some(social),
        forms: &[
            form("at-svnr", "dddd~d{6}", 35),
            form("at-svnr-dated", "dddd?dd.dd.dd", 45),
        ],
    },
    Identifier {
        entity: "AT_TAX_NUMBER",
        title: "Austrian tax number (Abgabenkontonummer)",
        country: "AT",
        kind: Kind::Tax,
        source: "BMF: office, number, check digit as in Luhn",
        context: &[
            "tax",
            "tin",
            "taxpayer",
            "steuernummer*",
            "abgabenkonto*",
            "finanzamt*",
            "stnr",
        ],
        check: Some(tax),
        forms: &[
            form("at-tax-number", "dd-ddd/dddd", 45),
            form("at-tax-number-spaced", "dd ddd/dddd", 45),
            form("at-tax-number-digits", "d{9}", 12),
        ],
    },
    Identifier {
        entity: "AT_VAT",
        title: "Austrian VAT number (UID)",
        country: "AT",
        kind: Kind::Tax,
        source: "BMF: ATU and eight digits, 96 less the sum of Luhn",
        context: &["vat", "uid", "ust", "umsatzsteuer*", "ustid*"],
        check: Some(vat),
        forms: &[
            form("at-vat", "AT?Ud{8}", 90),
            form("at-vat-short", "Ud{8}", 45),
        ],
    },
    Identifier {
        entity: "AT_COMPANY_NUMBER",
        title: "Austrian company register number (Firmenbuch)",
        country: "AT",
        kind: Kind::Company,
        source: "FBG: FN, up to six digits, a check letter of no published rule",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "firmenbuch*",
            "fn",
            "firmenbuchnummer*",
        ],
        check: None,
        forms: &[form("at-company", "FN?[1-9]d{0,5}?l", 50)],
    },
    Identifier {
        entity: "AT_PASSPORT",
        title: "Austrian passport number",
        country: "AT",
        kind: Kind::Document,
        source: "BMI: one or two letters and seven digits, no published check",
        context: &["passport*", "reisepass*", "passnummer*"],
        check: None,
        forms: &[form("at-passport", "l{1,2}d{7}", 12)],
    },
    Identifier {
        entity: "AT_ID_CARD",
        title: "Austrian identity card number",
        country: "AT",
        kind: Kind::Document,
        source: "BMI: one or two letters and seven digits, no published check",
        context: &["identity", "personalausweis*", "ausweis*"],
        check: None,
        forms: &[form("at-id-card", "l{1,2}d{7}", 8)],
    },
    Identifier {
        entity: "AT_DRIVING_LICENCE",
        title: "Austrian driving licence number",
        country: "AT",
        kind: Kind::Licence,
        source: "FSG: eight digits, no published check",
        context: &["driving", "driver*", "führerschein*", "lenkberechtigung*"],
        check: None,
        forms: &[form("at-driving-licence", "d{8}", 5)],
    },
    Identifier {
        entity: "AT_VEHICLE_REGISTRATION",
        title: "Austrian vehicle registration",
        country: "AT",
        kind: Kind::Vehicle,
        source: "KFG § 48: district, digits and letters",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "kennzeichen*",
            "kfz",
        ],
        check: None,
        forms: &[form("at-plate", "l{1,2}-[1-9]d{0,4}?l{1,3}", 25)],
    },
];

fn social(digits: &[u8]) -> Result<(), Fault> {
    let month = number(digits, 6, 8);
    let day = number(digits, 4, 6);
    let fits = if month.is_some_and(|month| (13..=15).contains(&month)) {
        day.is_some_and(|day| (1..=31).contains(&day))
    } else {
        day_month(day, month, number(digits, 8, 10))
    };
    require(fits && digits[0] != b'0', Fault::Date)?;
    agree(
        rest(digits, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6], 11),
        digit(digits, 3),
    )
}

fn tax(digits: &[u8]) -> Result<(), Fault> {
    checksum(luhn::passes(digits))
}

fn vat(text: &[u8]) -> Result<(), Fault> {
    let digits = &text[text.len() - 8..];
    let body = digits[..7].iter().enumerate().map(|(place, byte)| {
        let product = u32::from(byte - b'0') * if place % 2 == 0 { 1 } else { 2 };
        product / 10 + product % 10
    });
    agree(Some((96 - body.sum::<u32>()) % 10), digit(digits, 7))
}
