//! Belarus.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, day_month, digit, number, require, value},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "BY_PERSONAL_NUMBER",
        title: "Belarusian personal number",
        country: "BY",
        kind: Kind::National,
        source: "Указ 200: sex and century, date, letter of the region, serial, two letters, a \
            digit; the digit is not verified here",
        context: &[
            "identity",
            "national",
            "personal",
            "id",
            "личный",
            "персональны",
            "идентификационный",
            "нумар",
            "номер",
        ],
        check: Some(personal),
        forms: &[form("by-personal-number", "[1-7]d{6}[ABCEHKM]dddl{2}d", 70)],
    },
    Identifier {
        entity: "BY_UNP",
        title: "Belarusian taxpayer number (УНП)",
        country: "BY",
        kind: Kind::Tax,
        source: "МНС: weights 29 23 19 17 13 7 5 3 modulo 11; letters of an individual as their \
            place",
        context: &["tax", "tin", "taxpayer", "унп", "unp", "плательщика"],
        check: Some(taxpayer),
        forms: &[
            form("by-unp", "[1-7]d{8}", 15),
            form("by-unp-letters", "[ABCEHKM][ABCEHKMOPT]d{7}", 60),
        ],
    },
    Identifier {
        entity: "BY_PASSPORT",
        title: "Belarusian passport number",
        country: "BY",
        kind: Kind::Document,
        source: "МВД: two letters of the region and seven digits",
        context: &["passport*", "паспорт*", "пашпарт*"],
        check: Some(passport),
        forms: &[form("by-passport", "ll~d{7}", 25)],
    },
    Identifier {
        entity: "BY_VEHICLE_REGISTRATION",
        title: "Belarusian vehicle registration",
        country: "BY",
        kind: Kind::Vehicle,
        source: "СТБ 914: four digits, two letters that Latin and Cyrillic share, region",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "номер*",
            "автомобил*",
            "госномер*",
        ],
        check: None,
        forms: &[form("by-plate", "dddd [ABEIKMHOPCTX]{2}-[0-8]", 45)],
    },
];

fn personal(text: &[u8]) -> Result<(), Fault> {
    let day = number(text, 1, 3);
    require(
        day_month(day, number(text, 3, 5), number(text, 5, 7)),
        Fault::Date,
    )
}

fn taxpayer(text: &[u8]) -> Result<(), Fault> {
    let terms = text.iter().zip([29, 23, 19, 17, 13, 7, 5, 3]).enumerate();
    let sum = terms.map(|(place, (byte, weight))| {
        let letter = b"ABCEHKMOPT"
            .iter()
            .zip(0..)
            .find(|(letter, _)| *letter == byte);
        let value = match letter {
            Some((_, order)) if place == 1 => order,
            _ => value(*byte)?,
        };
        Some(value * weight)
    });
    agree(sum.sum::<Option<u32>>().map(|sum| sum % 11), digit(text, 8))
}

fn passport(text: &[u8]) -> Result<(), Fault> {
    const SERIES: [&[u8]; 11] = [
        b"AB", b"BM", b"HB", b"KH", b"MP", b"MC", b"KB", b"PP", b"SP", b"DP", b"PD",
    ];
    require(SERIES.contains(&&text[..2]), Fault::Issuer)
}
