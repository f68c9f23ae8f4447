//! North Macedonia.

use super::jmbg;
use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, complement, digit},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "MK_EMBG",
        title: "Macedonian citizen number (EMBG)",
        country: "MK",
        kind: Kind::National,
        source: "Uredba o načinu određivanja matičnog broja (1976): date of birth, region, \
            serial, weights 7 to 2 twice modulo 11",
        context: &[
            "identity",
            "national",
            "personal",
            "id",
            "embg",
            "ембг",
            "матичен",
            "единствен",
        ],
        check: Some(citizen),
        forms: &[form("mk-embg", "d{13}", 45)],
    },
    Identifier {
        entity: "MK_TAX_NUMBER",
        title: "Macedonian tax number (EDB)",
        country: "MK",
        kind: Kind::Tax,
        source: "UJP: weights 7 to 2 twice modulo 11",
        context: &["tax", "tin", "taxpayer", "edb", "едб", "даночен", "ддв"],
        check: Some(tax),
        forms: &[
            form("mk-tax-number", "[45]d{12}", 20),
            form("mk-tax-number-mk", "MK?[45]d{12}", 80),
        ],
    },
    Identifier {
        entity: "MK_ID_CARD",
        title: "Macedonian identity card number",
        country: "MK",
        kind: Kind::Document,
        source: "MVR: a letter and seven digits",
        context: &["identity", "лична", "карта", "lična"],
        check: None,
        forms: &[form("mk-id-card", "[A-Z]d{7}", 8)],
    },
    Identifier {
        entity: "MK_PASSPORT",
        title: "Macedonian passport number",
        country: "MK",
        kind: Kind::Document,
        source: "MVR: a letter and seven digits",
        context: &["passport*", "пасош*", "патна"],
        check: None,
        forms: &[form("mk-passport", "[A-Z]d{7}", 8)],
    },
    Identifier {
        entity: "MK_VEHICLE_REGISTRATION",
        title: "Macedonian vehicle registration",
        country: "MK",
        kind: Kind::Vehicle,
        source: "City, three or four digits, two letters",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "регистрација*",
            "таблица*",
            "возило",
        ],
        check: None,
        forms: &[
            form("mk-plate", "ll-d{3,4}-ll", 35),
            form("mk-plate-spaced", "ll d{3,4}-ll", 30),
        ],
    },
];

fn citizen(digits: &[u8]) -> Result<(), Fault> {
    jmbg::check(digits, 41..=49, 4)
}

fn tax(text: &[u8]) -> Result<(), Fault> {
    let digits = &text[text.len() - 13..];
    let computed = complement(digits, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2], 11);
    agree(computed.map(|digit| digit % 10), digit(digits, 12))
}
