//! Lithuania.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, day_month, digit, number, require, two_rounds_of_11},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "LT_PERSONAL_CODE",
        title: "Lithuanian personal code (asmens kodas)",
        country: "LT",
        kind: Kind::National,
        source: "Gyventojų registro įstatymas: sex and century, date, serial, two rounds modulo 11",
        context: &[
            "identity", "national", "personal", "id", "asmens", "kodas", "kodą", "ak",
        ],
        check: Some(personal),
        forms: &[form("lt-personal-code", "[1-6]d{10}", 38)],
    },
    Identifier {
        entity: "LT_COMPANY_CODE",
        title: "Lithuanian company code (įmonės kodas)",
        country: "LT",
        kind: Kind::Company,
        source: "Registrų centras: two rounds modulo 11",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "įmonės",
            "imones",
            "kodas",
            "juridinio",
        ],
        check: Some(company),
        forms: &[form("lt-company", "d{9}", 15)],
    },
    Identifier {
        entity: "LT_VAT",
        title: "Lithuanian VAT number",
        country: "LT",
        kind: Kind::Tax,
        source: "VMI: nine or twelve digits, the last but one 1, two rounds modulo 11",
        context: &["vat", "pvm", "mokėtojo"],
        check: Some(vat),
        forms: &[
            form("lt-vat", "LT?d{7}1d", 85),
            form("lt-vat-12", "LT?d{10}1d", 85),
        ],
    },
    Identifier {
        entity: "LT_ID_CARD",
        title: "Lithuanian identity card number",
        country: "LT",
        kind: Kind::Document,
        source: "Eight digits, no published check",
        context: &["identity", "tapatybės", "tapatybes", "kortelė*"],
        check: None,
        forms: &[form("lt-id-card", "d{8}", 5)],
    },
    Identifier {
        entity: "LT_PASSPORT",
        title: "Lithuanian passport number",
        country: "LT",
        kind: Kind::Document,
        source: "Eight digits, no published check",
        context: &["passport*", "pasas", "pasą"],
        check: None,
        forms: &[form("lt-passport", "d{8}", 5)],
    },
    Identifier {
        entity: "LT_VEHICLE_REGISTRATION",
        title: "Lithuanian vehicle registration",
        country: "LT",
        kind: Kind::Vehicle,
        source: "Regitra: three letters and three digits",
        context: &["plate*", "automobilio", "valstybinis"],
        check: None,
        forms: &[form("lt-plate", "[A-PR-VYZ]{3}~ddd", 8)],
    },
];

/// The first digit tells the century; where the day is not known it is 00, or month and day are.
fn personal(digits: &[u8]) -> Result<(), Fault> {
    let (month, day) = (number(digits, 3, 5), number(digits, 5, 7));
    let partly = day == Some(0) && month <= Some(12);
    require(
        partly || day_month(day, month, number(digits, 1, 3)),
        Fault::Date,
    )?;
    company(digits)
}

fn company(digits: &[u8]) -> Result<(), Fault> {
    let (_, body) = digits.split_last().ok_or(Fault::Length)?;
    agree(two_rounds_of_11(body), digit(digits, body.len()))
}

fn vat(text: &[u8]) -> Result<(), Fault> {
    company(&text[2..])
}
