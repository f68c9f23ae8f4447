//! Hungary.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, checksum, day_month, digit, number, require, rest},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "HU_PERSONAL_ID",
        title: "Hungarian personal identifier (személyi azonosító)",
        country: "HU",
        kind: Kind::National,
        source: "1996. évi XX. törvény: sex and century, date, serial; weights 1 to 10, or 10 to \
            1 since 1997, modulo 11",
        context: &[
            "identity",
            "national",
            "personal",
            "id",
            "személyi",
            "szemelyi",
            "azonosító",
            "azonosito",
        ],
        check: Some(personal),
        forms: &[form("hu-personal-id", "[1-8]~d{6}~dddd", 35)],
    },
    Identifier {
        entity: "HU_TAX_ID",
        title: "Hungarian tax number of a person (adóazonosító jel)",
        country: "HU",
        kind: Kind::Tax,
        source: "1996. évi XX. törvény: 8, days since 1867, serial; weights 1 to 9 modulo 11",
        context: &[
            "tax",
            "tin",
            "taxpayer",
            "adóazonosító*",
            "adoazonosito*",
            "adó",
        ],
        check: Some(tax_id),
        forms: &[form("hu-tax-id", "8d{9}", 20)],
    },
    Identifier {
        entity: "HU_TAJ",
        title: "Hungarian social security number (TAJ)",
        country: "HU",
        kind: Kind::Health,
        source: "1996. évi XX. törvény: weights 3 and 7 in turn modulo 10",
        context: &[
            "social",
            "security",
            "insurance",
            "taj",
            "tajszám*",
            "társadalombiztosítási",
        ],
        check: Some(taj),
        forms: &[form("hu-taj", "ddd~ddd~ddd", 15)],
    },
    Identifier {
        entity: "HU_TAX_NUMBER",
        title: "Hungarian tax number of a company (adószám)",
        country: "HU",
        kind: Kind::Company,
        source: "NAV: weights 9 7 3 1 modulo 10, code of VAT, code of county",
        context: &["tax", "tin", "taxpayer", "adószám*", "adoszam*", "cég"],
        check: Some(tax_number),
        forms: &[form("hu-tax-number", "d{8}-[1-5]-dd", 60)],
    },
    Identifier {
        entity: "HU_VAT",
        title: "Hungarian VAT number",
        country: "HU",
        kind: Kind::Tax,
        source: "HU and the first eight digits of the tax number",
        context: &["vat", "áfa", "adószám*", "közösségi"],
        check: Some(vat),
        forms: &[form("hu-vat", "HU?d{8}", 80)],
    },
    Identifier {
        entity: "HU_COMPANY_NUMBER",
        title: "Hungarian company register number (cégjegyzékszám)",
        country: "HU",
        kind: Kind::Company,
        source: "Court, kind, number; no check",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "cégjegyzék*",
            "cegjegyzek*",
            "cg",
        ],
        check: None,
        forms: &[form("hu-company", "[0-2]d-dd-d{6}", 40)],
    },
    Identifier {
        entity: "HU_ID_CARD",
        title: "Hungarian identity card number",
        country: "HU",
        kind: Kind::Document,
        source: "Six digits and two letters; two letters and six digits before",
        context: &[
            "identity",
            "card",
            "id",
            "személyi",
            "szemelyi",
            "igazolvány*",
            "okmány*",
        ],
        check: None,
        forms: &[
            form("hu-id-card", "d{6}[A-Z]{2}", 20),
            form("hu-id-card-old", "[A-Z]{2}~d{6}", 8),
        ],
    },
    Identifier {
        entity: "HU_PASSPORT",
        title: "Hungarian passport number",
        country: "HU",
        kind: Kind::Document,
        source: "Two letters and six or seven digits",
        context: &["passport*", "útlevél*", "utlevel*"],
        check: None,
        forms: &[form("hu-passport", "[A-Z]{2}d{6,7}", 12)],
    },
    Identifier {
        entity: "HU_DRIVING_LICENCE",
        title: "Hungarian driving licence number",
        country: "HU",
        kind: Kind::Licence,
        source: "Two letters and six digits",
        context: &[
            "driving",
            "driver*",
            "licence",
            "license",
            "jogosítvány*",
            "vezetői",
            "engedély*",
        ],
        check: None,
        forms: &[form("hu-driving-licence", "[A-Z]{2}d{6}", 10)],
    },
    Identifier {
        entity: "HU_VEHICLE_REGISTRATION",
        title: "Hungarian vehicle registration",
        country: "HU",
        kind: Kind::Vehicle,
        source: "Three letters and three digits; four letters and three digits since 2022",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "rendszám*",
            "rendszam*",
            "gépjármű*",
        ],
        check: None,
        forms: &[
            form("hu-plate", "lll-ddd", 22),
            form("hu-plate-new", "ll?ll-ddd", 30),
        ],
    },
];

fn personal(digits: &[u8]) -> Result<(), Fault> {
    let day = number(digits, 5, 7);
    let born = day_month(day, number(digits, 3, 5), number(digits, 1, 3));
    require(born, Fault::Date)?;
    let before = rest(digits, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 11);
    let since = rest(digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 11);
    agree(before, digit(digits, 10)).or_else(|_| agree(since, digit(digits, 10)))
}

fn tax_id(digits: &[u8]) -> Result<(), Fault> {
    agree(
        rest(digits, &[1, 2, 3, 4, 5, 6, 7, 8, 9], 11),
        digit(digits, 9),
    )
}

fn taj(digits: &[u8]) -> Result<(), Fault> {
    agree(
        rest(digits, &[3, 7, 3, 7, 3, 7, 3, 7], 10),
        digit(digits, 8),
    )
}

fn tax_number(digits: &[u8]) -> Result<(), Fault> {
    checksum(rest(digits, &[9, 7, 3, 1, 9, 7, 3, 1], 10) == Some(0))
}

fn vat(text: &[u8]) -> Result<(), Fault> {
    tax_number(&text[2..])
}
