//! Slovakia.

use super::birth_number;
use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{checksum, remainder, require},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "SK_BIRTH_NUMBER",
        title: "Slovak birth number (rodné číslo)",
        country: "SK",
        kind: Kind::National,
        source: "Zákon 301/1995 Z. z.: date of birth, serial, divisible by eleven since 1954",
        context: &[
            "identity", "national", "personal", "id", "rodné", "rodného", "číslo", "cislo", "rč",
        ],
        check: Some(birth_number::check),
        forms: &[
            form("sk-birth-number", "d{6}/d{4}", 50),
            form("sk-birth-number-old", "d{6}/ddd", 25),
            form("sk-birth-number-digits", "d{10}", 28),
        ],
    },
    Identifier {
        entity: "SK_ICO",
        title: "Slovak identification number of an organisation (IČO)",
        country: "SK",
        kind: Kind::Company,
        source: "ŠÚ SR: weights 8 to 2 modulo 11",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "ičo",
            "ico",
        ],
        check: Some(birth_number::organisation),
        forms: &[form("sk-ico", "d{8}", 14)],
    },
    Identifier {
        entity: "SK_VAT",
        title: "Slovak VAT number (IČ DPH)",
        country: "SK",
        kind: Kind::Tax,
        source: "Zákon o DPH: ten digits divisible by eleven, the third one of 2, 3, 4, 7, 8, 9",
        context: &["vat", "dph", "ič"],
        check: Some(vat),
        forms: &[form("sk-vat", "SK?[1-9]d{9}", 85)],
    },
    Identifier {
        entity: "SK_DIC",
        title: "Slovak tax number (DIČ)",
        country: "SK",
        kind: Kind::Tax,
        source: "Finančná správa: ten digits; checked as the VAT number is where it serves as \
            one, so not here",
        context: &["tax", "tin", "taxpayer", "dič", "dic", "daňové"],
        check: None,
        forms: &[form("sk-dic", "[1-9]d{9}", 5)],
    },
    Identifier {
        entity: "SK_ID_CARD",
        title: "Slovak identity card number",
        country: "SK",
        kind: Kind::Document,
        source: "MV SR: two letters and six digits",
        context: &["identity", "občiansky", "občianskeho", "preukaz*"],
        check: None,
        forms: &[form("sk-id-card", "[A-Z]{2}~d{6}", 12)],
    },
    Identifier {
        entity: "SK_PASSPORT",
        title: "Slovak passport number",
        country: "SK",
        kind: Kind::Document,
        source: "MV SR: a letter or two and seven digits",
        context: &["passport*", "pasu", "cestovný"],
        check: None,
        forms: &[form("sk-passport", "[BP][A-Z]{0,1}d{7}", 15)],
    },
    Identifier {
        entity: "SK_VEHICLE_REGISTRATION",
        title: "Slovak vehicle registration",
        country: "SK",
        kind: Kind::Vehicle,
        source: "District, three digits, two letters",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "ečv",
            "evč",
            "značka*",
        ],
        check: None,
        forms: &[
            form("sk-plate", "[A-Z]{2}-dddll", 30),
            form("sk-plate-spaced", "[A-Z]{2}~ddd~ll", 12),
        ],
    },
];

fn vat(text: &[u8]) -> Result<(), Fault> {
    let digits = &text[2..];
    require(b"234789".contains(&digits[2]), Fault::Structure)?;
    checksum(remainder(digits, 11) == Some(0))
}
