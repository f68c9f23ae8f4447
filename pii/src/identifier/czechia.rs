//! Czechia.

use super::birth_number;
use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, digit, require, rest},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "CZ_BIRTH_NUMBER",
        title: "Czech birth number (rodné číslo)",
        country: "CZ",
        kind: Kind::National,
        source: "Zákon 133/2000 Sb. § 13: date of birth, serial, divisible by eleven since 1954",
        context: &[
            "identity", "national", "personal", "id", "rodné", "rodného", "rodne", "číslo",
            "cislo", "rč",
        ],
        check: Some(birth_number::check),
        forms: &[
            form("cz-birth-number", "d{6}/d{4}", 55),
            form("cz-birth-number-old", "d{6}/ddd", 30),
            form("cz-birth-number-digits", "d{10}", 30),
        ],
    },
    Identifier {
        entity: "CZ_ICO",
        title: "Czech identification number of an organisation (IČO)",
        country: "CZ",
        kind: Kind::Company,
        source: "ČSÚ: weights 8 to 2 modulo 11",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "ičo",
            "ico",
            "ič",
        ],
        check: Some(birth_number::organisation),
        forms: &[form("cz-ico", "d{8}", 15)],
    },
    Identifier {
        entity: "CZ_VAT",
        title: "Czech VAT number (DIČ)",
        country: "CZ",
        kind: Kind::Tax,
        source: "Zákon o DPH: CZ and eight digits of an organisation, a birth number, or 6 and \
            eight digits",
        context: &["vat", "dič", "dic", "dph"],
        check: Some(vat),
        forms: &[
            form("cz-vat", "CZ?d{8}", 85),
            form("cz-vat-9", "CZ?d{9}", 60),
            form("cz-vat-10", "CZ?d{10}", 85),
        ],
    },
    Identifier {
        entity: "CZ_ID_CARD",
        title: "Czech identity card number",
        country: "CZ",
        kind: Kind::Document,
        source: "Nine digits, no published check",
        context: &["identity", "občanský", "občanského", "průkaz*"],
        check: None,
        forms: &[form("cz-id-card", "d{9}", 5)],
    },
    Identifier {
        entity: "CZ_PASSPORT",
        title: "Czech passport number",
        country: "CZ",
        kind: Kind::Document,
        source: "Eight digits, no published check",
        context: &["passport*", "pasu", "cestovní"],
        check: None,
        forms: &[form("cz-passport", "d{8}", 5)],
    },
    Identifier {
        entity: "CZ_DRIVING_LICENCE",
        title: "Czech driving licence number",
        country: "CZ",
        kind: Kind::Licence,
        source: "Two letters and six digits, no published check",
        context: &[
            "driving",
            "driver*",
            "licence",
            "license",
            "řidičský",
            "řidičského",
            "průkaz*",
        ],
        check: None,
        forms: &[form("cz-driving-licence", "[A-Z]{2}~d{6}", 12)],
    },
    Identifier {
        entity: "CZ_VEHICLE_REGISTRATION",
        title: "Czech vehicle registration",
        country: "CZ",
        kind: Kind::Vehicle,
        source: "Digit, region, digit or letter, four digits",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "spz",
            "rz",
            "registrační",
            "značka*",
        ],
        check: None,
        forms: &[form("cz-plate", "d[ABCEHJKLMPSTUZ]x?dddd", 22)],
    },
];

fn vat(text: &[u8]) -> Result<(), Fault> {
    let digits = &text[2..];
    match digits.len() {
        8 => {
            require(digits[0] != b'9', Fault::Issuer)?;
            birth_number::organisation(digits)
        }
        9 if digits[0] == b'6' => {
            let sum = rest(&digits[1..], &[8, 7, 6, 5, 4, 3, 2], 11);
            agree(
                sum.map(|rest| (8 + 10 - (10 + 11 - rest) % 11) % 10),
                digit(digits, 8),
            )
        }
        _ => birth_number::check(digits),
    }
}
