//! Romania.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, day_month, digit, number, require, rest},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "RO_CNP",
        title: "Romanian personal code (CNP)",
        country: "RO",
        kind: Kind::National,
        source: "Legea 105/1996: sex and century, date, county, weights 2 7 9 1 4 6 3 5 8 2 7 9 \
            modulo 11",
        context: &["identity", "national", "personal", "id", "cnp", "numeric"],
        check: Some(cnp),
        forms: &[form("ro-cnp", "[1-9]d{12}", 45)],
    },
    Identifier {
        entity: "RO_CUI",
        title: "Romanian fiscal code of a company (CUI, CIF)",
        country: "RO",
        kind: Kind::Company,
        source: "OUG 116/2009: weights 7 5 3 2 1 7 5 3 2 times ten modulo 11",
        context: &["tax", "tin", "taxpayer", "cui", "cif", "fiscal"],
        check: Some(fiscal),
        forms: &[form("ro-cui", "[1-9]d{5,9}", 10)],
    },
    Identifier {
        entity: "RO_VAT",
        title: "Romanian VAT number",
        country: "RO",
        kind: Kind::Tax,
        source: "RO and the fiscal code",
        context: &["vat", "tva", "cif"],
        check: Some(fiscal),
        forms: &[form("ro-vat", "RO?[1-9]d{3,9}", 65)],
    },
    Identifier {
        entity: "RO_COMPANY_NUMBER",
        title: "Romanian trade register number (ONRC)",
        country: "RO",
        kind: Kind::Company,
        source: "Legea 26/1990: J, F or C, county, number, year",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "onrc",
            "comerțului",
            "registrul",
        ],
        check: Some(register),
        forms: &[form("ro-company", "[JFC]d{1,2}/d{1,5}/[12]ddd", 75)],
    },
    Identifier {
        entity: "RO_ID_CARD",
        title: "Romanian identity card number",
        country: "RO",
        kind: Kind::Document,
        source: "Two letters of the county and six or seven digits",
        context: &["identity", "buletin", "carte", "identitate", "seria"],
        check: None,
        forms: &[form("ro-id-card", "[A-Z]{2}~d{6,7}", 12)],
    },
    Identifier {
        entity: "RO_PASSPORT",
        title: "Romanian passport number",
        country: "RO",
        kind: Kind::Document,
        source: "Eight or nine digits, no published check",
        context: &["passport*", "pașaport*", "pasaport*"],
        check: None,
        forms: &[form("ro-passport", "d{8,9}", 5)],
    },
    Identifier {
        entity: "RO_VEHICLE_REGISTRATION",
        title: "Romanian vehicle registration",
        country: "RO",
        kind: Kind::Vehicle,
        source: "County, two or three digits, three letters",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "înmatriculare",
            "inmatriculare",
            "mașină",
        ],
        check: Some(plate),
        forms: &[
            form("ro-plate", "l{1,2}-d{2,3}-lll", 35),
            form("ro-plate-spaced", "l{1,2} d{2,3} lll", 18),
        ],
    },
];

/// Counties of the numeric code and of the register.
fn is_county(county: Option<u32>) -> bool {
    county.is_some_and(|county| matches!(county, 1..=48 | 51 | 52 | 70 | 80..=83))
}

fn cnp(digits: &[u8]) -> Result<(), Fault> {
    let day = number(digits, 5, 7);
    let born = day_month(day, number(digits, 3, 5), number(digits, 1, 3));
    require(born, Fault::Date)?;
    require(is_county(number(digits, 7, 9)), Fault::Area)?;
    let sum = rest(digits, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9], 11);
    agree(
        sum.map(|rest| if rest == 10 { 1 } else { rest }),
        digit(digits, 12),
    )
}

fn fiscal(text: &[u8]) -> Result<(), Fault> {
    const WEIGHTS: [u32; 9] = [7, 5, 3, 2, 1, 7, 5, 3, 2];
    let digits = text.strip_prefix(b"RO").unwrap_or(text);
    let (_, body) = digits.split_last().ok_or(Fault::Length)?;
    let weights = WEIGHTS.get(9 - body.len().min(9)..).unwrap_or_default();
    let sum = rest(body, weights, 11).map(|rest| rest * 10 % 11 % 10);
    agree(sum, digit(digits, body.len()))
}

/// The year is the last four digits.
fn register(text: &[u8]) -> Result<(), Fault> {
    let year = number(text, text.len() - 4, text.len());
    require(
        year.is_some_and(|year| (1990..2100).contains(&year)),
        Fault::Date,
    )
}

fn plate(text: &[u8]) -> Result<(), Fault> {
    const COUNTIES: [&str; 42] = [
        "AB", "AG", "AR", "B", "BC", "BH", "BN", "BR", "BT", "BV", "BZ", "CJ", "CL", "CS", "CT",
        "CV", "DB", "DJ", "GJ", "GL", "GR", "HD", "HR", "IF", "IL", "IS", "MH", "MM", "MS", "NT",
        "OT", "PH", "SB", "SJ", "SM", "SV", "TL", "TM", "TR", "VL", "VN", "VS",
    ];
    let letters = text
        .iter()
        .take_while(|byte| byte.is_ascii_uppercase())
        .count();
    let county = &text[..letters];
    require(
        COUNTIES.iter().any(|known| known.as_bytes() == county),
        Fault::Area,
    )
}
