//! Latvia.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, checksum, date, digit, number, require, rest},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "LV_PERSONAL_CODE",
        title: "Latvian personal code (personas kods)",
        country: "LV",
        kind: Kind::National,
        source: "Fizisko personu reģistra likums: date, century, serial, weights 10 5 8 4 2 1 6 3 \
            7 9 and one modulo 11; those from 32 have no date and are not checked",
        context: &[
            "identity", "national", "personal", "id", "personas", "kods", "kodu", "pk",
        ],
        check: Some(personal),
        forms: &[
            form("lv-personal-code", "[0-2]d{5}-d{5}", 55),
            form("lv-personal-code-end-of-month", "3[01]d{4}-d{5}", 55),
            form("lv-personal-code-2017", "32d{4}-d{5}", 30),
            form("lv-personal-code-digits", "[0-2]d{10}", 28),
            form("lv-personal-code-digits-2017", "32d{9}", 5),
        ],
    },
    Identifier {
        entity: "LV_COMPANY_NUMBER",
        title: "Latvian registration number (reģistrācijas numurs)",
        country: "LV",
        kind: Kind::Company,
        source: "Uzņēmumu reģistrs, VID: weights 9 1 4 8 3 10 2 5 7 6 1 modulo 11 are three",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "reģistrācijas",
            "reg",
            "uzņēmuma",
        ],
        check: Some(company),
        forms: &[form("lv-company", "[4-9]d{10}", 18)],
    },
    Identifier {
        entity: "LV_VAT",
        title: "Latvian VAT number",
        country: "LV",
        kind: Kind::Tax,
        source: "VID: LV and the registration number or personal code",
        context: &["vat", "pvn"],
        check: Some(vat),
        forms: &[form("lv-vat", "LV?d{11}", 80)],
    },
    Identifier {
        entity: "LV_PASSPORT",
        title: "Latvian passport number",
        country: "LV",
        kind: Kind::Document,
        source: "Two letters and seven digits",
        context: &["passport*", "pases", "pasi"],
        check: None,
        forms: &[form("lv-passport", "L[A-Z]d{7}", 22)],
    },
    Identifier {
        entity: "LV_ID_CARD",
        title: "Latvian identity card number",
        country: "LV",
        kind: Kind::Document,
        source: "Two letters and seven digits",
        context: &[
            "identity",
            "card",
            "id",
            "apliecība",
            "apliecības",
            "personas",
        ],
        check: None,
        forms: &[form("lv-id-card", "P[A-Z]d{7}", 22)],
    },
    Identifier {
        entity: "LV_VEHICLE_REGISTRATION",
        title: "Latvian vehicle registration",
        country: "LV",
        kind: Kind::Vehicle,
        source: "CSDD: two letters and up to four digits",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "reģistrācijas",
            "automašīna*",
        ],
        check: None,
        forms: &[form("lv-plate", "ll-[1-9]d{1,3}", 20)],
    },
];

fn personal(digits: &[u8]) -> Result<(), Fault> {
    if digits.starts_with(b"32") {
        return Ok(());
    }
    let century = digit(digits, 6).filter(|century| *century < 3);
    let year = number(digits, 4, 6).zip(century);
    let year = year.map(|(year, century)| 1800 + century * 100 + year);
    require(
        date(year, number(digits, 2, 4), number(digits, 0, 2)),
        Fault::Date,
    )?;
    let sum = rest(digits, &[10, 5, 8, 4, 2, 1, 6, 3, 7, 9], 11);
    agree(sum.map(|rest| (rest + 1) % 11 % 10), digit(digits, 10))
}

fn company(digits: &[u8]) -> Result<(), Fault> {
    let sum = rest(digits, &[9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1], 11);
    checksum(sum == Some(3))
}

fn vat(text: &[u8]) -> Result<(), Fault> {
    let digits = &text[2..];
    if digits[0] > b'3' {
        company(digits)
    } else {
        personal(digits)
    }
}
