//! Bulgaria.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, complement, date, digit, number, require, rest},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "BG_EGN",
        title: "Bulgarian citizen number (ЕГН)",
        country: "BG",
        kind: Kind::National,
        source: "Закон за гражданската регистрация: date with the century in the month, weights 2 \
            4 8 5 10 9 7 3 6 modulo 11",
        context: &[
            "identity",
            "national",
            "personal",
            "id",
            "егн",
            "egn",
            "единен",
            "граждански",
        ],
        check: Some(egn),
        forms: &[form("bg-egn", "d{10}", 35)],
    },
    Identifier {
        entity: "BG_LNCH",
        title: "Bulgarian number of a foreigner (ЛНЧ)",
        country: "BG",
        kind: Kind::National,
        source: "Weights 21 19 17 13 11 9 7 3 1 modulo 10",
        context: &["identity", "national", "лнч", "lnch", "чужденец"],
        check: Some(foreigner),
        forms: &[form("bg-lnch", "d{10}", 12)],
    },
    Identifier {
        entity: "BG_EIK",
        title: "Bulgarian company number (ЕИК, БУЛСТАТ)",
        country: "BG",
        kind: Kind::Company,
        source: "Закон за регистър БУЛСТАТ: weights 1 to 8, or 3 to 10; for a branch 2 7 3 5, or \
            4 9 5 7, modulo 11",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "еик",
            "eik",
            "булстат",
            "bulstat",
        ],
        check: Some(eik),
        forms: &[form("bg-eik", "d{9}", 15), form("bg-eik-13", "d{13}", 35)],
    },
    Identifier {
        entity: "BG_VAT",
        title: "Bulgarian VAT number",
        country: "BG",
        kind: Kind::Tax,
        source: "BG and the company number, a citizen number, or weights 4 3 2 7 6 5 4 3 2 modulo \
            11",
        context: &["vat", "ддс", "dds"],
        check: Some(vat),
        forms: &[
            form("bg-vat", "BG?d{9}", 80),
            form("bg-vat-10", "BG?d{10}", 75),
        ],
    },
    Identifier {
        entity: "BG_ID_CARD",
        title: "Bulgarian identity card number",
        country: "BG",
        kind: Kind::Document,
        source: "МВР: nine digits, or two letters and seven digits since 2024",
        context: &["identity", "лична", "карта", "личната"],
        check: None,
        forms: &[
            form("bg-id-card", "d{9}", 5),
            form("bg-id-card-2024", "lld{7}", 12),
        ],
    },
    Identifier {
        entity: "BG_PASSPORT",
        title: "Bulgarian passport number",
        country: "BG",
        kind: Kind::Document,
        source: "МВР: nine digits, no published check",
        context: &["passport*", "паспорт*"],
        check: None,
        forms: &[form("bg-passport", "d{9}", 5)],
    },
    Identifier {
        entity: "BG_DRIVING_LICENCE",
        title: "Bulgarian driving licence number",
        country: "BG",
        kind: Kind::Licence,
        source: "МВР: nine digits, no published check",
        context: &["driving", "driver*", "шофьорска", "свидетелство", "книжка"],
        check: None,
        forms: &[form("bg-driving-licence", "d{9}", 5)],
    },
    Identifier {
        entity: "BG_VEHICLE_REGISTRATION",
        title: "Bulgarian vehicle registration",
        country: "BG",
        kind: Kind::Vehicle,
        source: "Letters that Latin and Cyrillic share: district, four digits, two letters",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "регистрационен",
            "номер*",
            "автомобил*",
        ],
        check: None,
        forms: &[form(
            "bg-plate",
            "[ABEKMHOPCTYX]{1,2}?dddd?[ABEKMHOPCTYX]{2}",
            25,
        )],
    },
];

fn egn(digits: &[u8]) -> Result<(), Fault> {
    let month = number(digits, 2, 4);
    let (century, month) = match month {
        Some(month @ 41..) => (2000, month - 40),
        Some(month @ 21..) => (1800, month - 20),
        other => (1900, other.unwrap_or(0)),
    };
    let year = number(digits, 0, 2).map(|year| century + year);
    require(date(year, Some(month), number(digits, 4, 6)), Fault::Date)?;
    let sum = rest(digits, &[2, 4, 8, 5, 10, 9, 7, 3, 6], 11).map(|rest| rest % 10);
    agree(sum, digit(digits, 9))
}

fn foreigner(digits: &[u8]) -> Result<(), Fault> {
    agree(
        rest(digits, &[21, 19, 17, 13, 11, 9, 7, 3, 1], 10),
        digit(digits, 9),
    )
}

/// The remainder by the first weights, or where it is ten by the second; ten again is zero.
fn in_rounds(digits: &[u8], first: &[u32], second: &[u32]) -> Option<u32> {
    match rest(digits, first, 11)? {
        10 => rest(digits, second, 11).map(|rest| rest % 10),
        rest => Some(rest),
    }
}

fn eik(digits: &[u8]) -> Result<(), Fault> {
    let short = in_rounds(
        digits,
        &[1, 2, 3, 4, 5, 6, 7, 8],
        &[3, 4, 5, 6, 7, 8, 9, 10],
    );
    agree(short, digit(digits, 8))?;
    if digits.len() == 9 {
        return Ok(());
    }
    agree(
        in_rounds(&digits[8..], &[2, 7, 3, 5], &[4, 9, 5, 7]),
        digit(digits, 12),
    )
}

fn vat(text: &[u8]) -> Result<(), Fault> {
    let digits = &text[2..];
    if digits.len() == 9 {
        return eik(digits);
    }
    let other = complement(digits, &[4, 3, 2, 7, 6, 5, 4, 3, 2], 11);
    egn(digits)
        .or_else(|_| foreigner(digits))
        .or_else(|_| agree(other, digit(digits, 9)))
}
