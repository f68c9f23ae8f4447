//! Luxembourg.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, checksum, date, number, remainder, require, verhoeff},
    luhn,
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "LU_NATIONAL_ID",
        title: "Luxembourgish identification number (matricule)",
        country: "LU",
        kind: Kind::National,
        source: "Loi du 19 juin 2013: date of birth, number, Luhn digit and Verhoeff digit over \
            the first eleven",
        context: &[
            "social",
            "security",
            "insurance",
            "matricule*",
            "cns",
            "personal",
            "personnel",
            "identification",
        ],
        check: Some(national),
        forms: &[
            form("lu-national-id", "dddd~dd~dd~ddd~dd", 60),
            form("lu-national-id-block", "d{8}~d{5}", 60),
        ],
    },
    Identifier {
        entity: "LU_VAT",
        title: "Luxembourgish VAT number",
        country: "LU",
        kind: Kind::Tax,
        source: "AED: six digits modulo 89",
        context: &["vat", "tva", "mwst"],
        check: Some(vat),
        forms: &[form("lu-vat", "LU?ddd?ddd?dd", 80)],
    },
    Identifier {
        entity: "LU_COMPANY_NUMBER",
        title: "Luxembourgish trade register number (RCS)",
        country: "LU",
        kind: Kind::Company,
        source: "LBR: the letter of a section and a number",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "rcs",
            "registre",
            "commerce",
        ],
        check: None,
        forms: &[form("lu-company", "B?d{5,6}", 15)],
    },
    Identifier {
        entity: "LU_VEHICLE_REGISTRATION",
        title: "Luxembourgish vehicle registration",
        country: "LU",
        kind: Kind::Vehicle,
        source: "SNCA: two letters and four digits",
        context: &["plate*", "plaque*", "immatriculation*"],
        check: None,
        forms: &[form("lu-plate", "ll?dddd", 10)],
    },
];

fn national(digits: &[u8]) -> Result<(), Fault> {
    let year = number(digits, 0, 4).filter(|year| (1850..2150).contains(year));
    let born = date(year, number(digits, 4, 6), number(digits, 6, 8));
    require(born, Fault::Date)?;
    let mut of_verhoeff = [0; 12];
    of_verhoeff.copy_from_slice(&digits[..12]);
    of_verhoeff[11] = digits[12];
    checksum(luhn::passes(&digits[..12]) && verhoeff(&of_verhoeff))
}

fn vat(text: &[u8]) -> Result<(), Fault> {
    agree(remainder(&text[2..8], 89), number(text, 8, 10))
}
