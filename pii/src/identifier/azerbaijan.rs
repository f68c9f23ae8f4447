//! Azerbaijan.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, digit, require, rest},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "AZ_FIN",
        title: "Azerbaijani personal identification number (FİN)",
        country: "AZ",
        kind: Kind::National,
        source: "Seven letters (no I, O) and digits; no published check",
        context: &["identity", "national", "fi̇n", "kod", "şəxsi"],
        check: Some(mixed),
        forms: &[form("az-fin", "[0-9A-HJ-NP-Z]{7}", 5)],
    },
    Identifier {
        entity: "AZ_VOEN",
        title: "Azerbaijani taxpayer number (VÖEN)",
        country: "AZ",
        kind: Kind::Tax,
        source: "Vergilər: weights 4 1 8 6 2 7 5 3 modulo 11, then 1 for a company, 2 for a person",
        context: &["tax", "tin", "taxpayer", "vöen", "voen", "vergi"],
        check: Some(taxpayer),
        forms: &[form("az-voen", "d{9}[12]", 18)],
    },
    Identifier {
        entity: "AZ_PASSPORT",
        title: "Azerbaijani passport number",
        country: "AZ",
        kind: Kind::Document,
        source: "C or P and eight digits; AZE and eight digits on identity cards",
        context: &["passport*", "pasport*", "vəsiqə*"],
        check: None,
        forms: &[
            form("az-passport", "[CP]d{8}", 15),
            form("az-id-card", "AZE?d{8}", 45),
        ],
    },
    Identifier {
        entity: "AZ_VEHICLE_REGISTRATION",
        title: "Azerbaijani vehicle registration",
        country: "AZ",
        kind: Kind::Vehicle,
        source: "Region, two letters, three digits",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "nömrə*",
            "avtomobil*",
            "nişan*",
        ],
        check: None,
        forms: &[form("az-plate", "dd-[A-Z]{2}-ddd", 35)],
    },
];

fn mixed(text: &[u8]) -> Result<(), Fault> {
    let mixed = text.iter().any(u8::is_ascii_digit) && text.iter().any(u8::is_ascii_uppercase);
    require(mixed, Fault::Structure)
}

fn taxpayer(digits: &[u8]) -> Result<(), Fault> {
    agree(
        rest(digits, &[4, 1, 8, 6, 2, 7, 5, 3], 11),
        digit(digits, 8),
    )
}
