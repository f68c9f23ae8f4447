//! Italy.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, checksum, day_month, number, require, value},
    luhn,
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "IT_FISCAL_CODE",
        title: "Italian fiscal code (codice fiscale)",
        country: "IT",
        kind: Kind::National,
        source: "DM 23 dicembre 1976, art. 7: check letter by tables of odd and even places; \
            letters for digits where two persons would share one",
        context: &["tax", "tin", "taxpayer", "codice", "fiscale", "cf"],
        check: Some(fiscal_code),
        forms: &[
            form(
                "it-fiscal-code",
                "l{6}~[0-9LMNP-V]{2}[ABCDEHLMPRST][0-9LMNP-V]{2}~l[0-9LMNP-V]{3}l",
                95,
            ),
            form(
                "it-fiscal-code-four",
                "lll lll [0-9LMNP-V]{2}[ABCDEHLMPRST][0-9LMNP-V]{2} l[0-9LMNP-V]{3}l",
                95,
            ),
        ],
    },
    Identifier {
        entity: "IT_VAT_CODE",
        title: "Italian VAT number (partita IVA)",
        country: "IT",
        kind: Kind::Tax,
        source: "DPR 633/1972 art. 35; DM 23 dicembre 1976: number, province, Luhn",
        context: &["vat", "iva", "partita", "piva"],
        check: Some(vat),
        forms: &[
            form("it-vat-code", "d{11}", 20),
            form("it-vat-code-it", "IT?d{11}", 85),
        ],
    },
    Identifier {
        entity: "IT_DRIVER_LICENSE",
        title: "Italian driving licence number (patente)",
        country: "IT",
        kind: Kind::Licence,
        source: "MIT: U1 and seven consonants or digits and a letter, or two letters, seven \
            digits and a letter; no published check",
        context: &[
            "driving", "driver*", "licence", "license", "patente", "guida",
        ],
        check: None,
        forms: &[
            form("it-driver-license-u1", "U1[B-DF-HJ-NP-TV-Z0-9]{7}l", 45),
            form("it-driver-license", "lld{7}l", 25),
        ],
    },
    Identifier {
        entity: "IT_IDENTITY_CARD",
        title: "Italian identity card number (carta d’identità)",
        country: "IT",
        kind: Kind::Document,
        source: "Ministero dell’Interno: CIE of two letters, five digits, two letters; seven \
            digits and two letters; paper of two letters and seven digits; no published check",
        context: &[
            "identity",
            "card",
            "id",
            "carta",
            "identità",
            "cie",
            "documento",
        ],
        check: None,
        forms: &[
            form("it-identity-card", "lld{5}ll", 25),
            form("it-identity-card-old", "d{7}ll", 15),
            form("it-identity-card-paper", "ll~d{7}", 12),
        ],
    },
    Identifier {
        entity: "IT_PASSPORT",
        title: "Italian passport number",
        country: "IT",
        kind: Kind::Document,
        source: "Polizia di Stato: two letters and seven digits, no published check",
        context: &["passport*", "passaporto"],
        check: None,
        forms: &[form("it-passport", "lld{7}", 15)],
    },
    Identifier {
        entity: "IT_VEHICLE_REGISTRATION",
        title: "Italian vehicle registration (targa)",
        country: "IT",
        kind: Kind::Vehicle,
        source: "DPR 495/1992: two letters, three digits, two letters; no I, O, Q, U",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "targa",
            "veicolo",
        ],
        check: None,
        forms: &[form(
            "it-plate",
            "[A-HJ-NPR-TV-Z]{2}~ddd~[A-HJ-NPR-TV-Z]{2}",
            18,
        )],
    },
    Identifier {
        entity: "IT_REA",
        title: "Italian economic register number (REA)",
        country: "IT",
        kind: Kind::Company,
        source: "DPR 581/1995: province and number",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "rea",
            "camera",
            "commercio",
        ],
        check: None,
        forms: &[form("it-rea", "ll-d{5,7}", 20)],
    },
    Identifier {
        entity: "IT_HEALTH_CARD",
        title: "Italian health card number (tessera sanitaria)",
        country: "IT",
        kind: Kind::Health,
        source: "EHIC, decision S1: 80380 and fifteen digits; the check digit is not verified here",
        context: &["health", "patient", "insurance", "tessera", "sanitaria"],
        check: None,
        forms: &[form("it-health-card", "80380d{15}", 60)],
    },
];

/// A digit of a fiscal code, or the letter that stands for it.
fn digit_of(byte: u8) -> Option<u32> {
    let letters = b"LMNPQRSTUV";
    let place = letters.iter().position(|letter| *letter == byte);
    place.map_or((byte as char).to_digit(10), |place| {
        u32::try_from(place).ok()
    })
}

/// Places count from one: the odd ones have a table of their own.
fn fiscal_code(text: &[u8]) -> Result<(), Fault> {
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let month = b"ABCDEHLMPRST"
        .iter()
        .zip(1..)
        .find(|(letter, _)| **letter == text[8]);
    let pair = |at: usize| Some(digit_of(text[at])? * 10 + digit_of(text[at + 1])?);
    // Forty is added to the day of a woman.
    let day = pair(9).map(|day| if day > 40 { day - 40 } else { day });
    require(
        day_month(day, month.map(|(_, month)| month), pair(6)),
        Fault::Date,
    )?;
    let sum = text[..15].iter().enumerate().map(|(place, byte)| {
        let value = value(*byte).map(|value| if value > 9 { value - 10 } else { value })?;
        if place % 2 == 0 {
            ODD.get(value as usize).copied()
        } else {
            Some(value)
        }
    });
    let letter = sum.sum::<Option<u32>>().map(|sum| sum % 26 + 10);
    agree(letter, value(text[15]))
}

fn vat(text: &[u8]) -> Result<(), Fault> {
    let digits = &text[text.len() - 11..];
    require(
        number(digits, 0, 7).is_some_and(|number| number > 0),
        Fault::Serial,
    )?;
    let province = number(digits, 7, 10);
    let known = province.is_some_and(|it| matches!(it, 1..=100 | 120 | 121 | 888 | 999));
    require(known, Fault::Area)?;
    checksum(luhn::passes(digits))
}
