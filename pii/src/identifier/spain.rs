//! Spain.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, checksum, number, remainder, require},
    luhn,
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "ES_NIF",
        title: "Spanish tax number of a person (NIF, DNI)",
        country: "ES",
        kind: Kind::National,
        source: "Real Decreto 1553/2005 and 1065/2007: number modulo 23 as a letter; K, L, M in \
            front of seven digits",
        context: &[
            "tax",
            "tin",
            "taxpayer",
            "dni",
            "nif",
            "documento",
            "identidad",
            "identificación",
        ],
        check: Some(nif),
        forms: &[
            form("es-nif", "d{8}~l", 75),
            form("es-nif-short", "d{7}~l", 50),
            form("es-nif-klm", "[KLM]?d{7}?l", 70),
            form("es-nif-dotted", "dd.ddd.ddd-l", 80),
        ],
    },
    Identifier {
        entity: "ES_NIE",
        title: "Spanish number of a foreigner (NIE)",
        country: "ES",
        kind: Kind::National,
        source: "Orden INT/2058/2008: X, Y, Z as 0, 1, 2 and the letter of the NIF",
        context: &[
            "identity",
            "card",
            "id",
            "nie",
            "extranjero*",
            "número",
            "identificación",
        ],
        check: Some(nie),
        forms: &[form("es-nie", "[XYZ]?d{7}?l", 80)],
    },
    Identifier {
        entity: "ES_CIF",
        title: "Spanish tax number of an organisation (CIF)",
        country: "ES",
        kind: Kind::Company,
        source: "Orden EHA/451/2008: letter, seven digits, Luhn digit or its letter",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "cif",
            "nif",
            "empresa",
            "sociedad",
        ],
        check: Some(cif),
        forms: &[form("es-cif", "[A-HJNP-SUVW]?d{7}?[0-9A-J]", 50)],
    },
    Identifier {
        entity: "ES_VAT",
        title: "Spanish VAT number",
        country: "ES",
        kind: Kind::Tax,
        source: "ES and the NIF, NIE or CIF",
        context: &["vat", "iva", "nif"],
        check: Some(vat),
        forms: &[
            form("es-vat", "ES?d{8}l", 85),
            form("es-vat-other", "ES?ld{7}x", 80),
        ],
    },
    Identifier {
        entity: "ES_SOCIAL_SECURITY",
        title: "Spanish social security number (NUSS)",
        country: "ES",
        kind: Kind::National,
        source: "TGSS: province, number, both modulo 97",
        context: &[
            "social",
            "security",
            "insurance",
            "nuss",
            "naf",
            "seguridad",
            "afiliación",
        ],
        check: Some(social),
        forms: &[
            form("es-social-security", "dd/d{8}/dd", 60),
            form("es-social-security-plain", "dd~d{8}~dd", 40),
        ],
    },
    Identifier {
        entity: "ES_PASSPORT",
        title: "Spanish passport number",
        country: "ES",
        kind: Kind::Document,
        source: "Policía Nacional: two or three letters and six digits, no published check",
        context: &["passport*", "pasaporte*"],
        check: None,
        forms: &[
            form("es-passport", "l{3}d{6}", 20),
            form("es-passport-old", "l{2}d{6}", 8),
        ],
    },
    Identifier {
        entity: "ES_VEHICLE_REGISTRATION",
        title: "Spanish vehicle registration (matrícula)",
        country: "ES",
        kind: Kind::Vehicle,
        source: "Real Decreto 2822/1998: four digits and three consonants; province before 2000",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "matrícula*",
            "matricula*",
            "vehículo",
            "coche",
        ],
        check: None,
        forms: &[
            form("es-plate", "dddd?[BCDFGHJ-NPRSTV-Z]{3}", 25),
            form("es-plate-old", "l{1,2}-dddd-l{1,2}", 30),
        ],
    },
    Identifier {
        entity: "ES_HEALTH_CARD",
        title: "Spanish health card number (CIP-SNS)",
        country: "ES",
        kind: Kind::Health,
        source: "Real Decreto 183/2004: BBBBBBBB, two letters, six digits",
        context: &[
            "health",
            "patient",
            "insurance",
            "tarjeta",
            "sanitaria",
            "cip",
            "sns",
        ],
        check: None,
        forms: &[form("es-health-card", "BBBBBBBBlld{6}", 80)],
    },
];

fn letter_of(number: Option<u32>) -> Option<u8> {
    b"TRWAGMYFPDXBNJZSQVHLCKE"
        .get(number? as usize % 23)
        .copied()
}

/// With seven digits the leading zero is left out; K, L and M count for nothing.
fn nif(text: &[u8]) -> Result<(), Fault> {
    let (last, body) = text.split_last().ok_or(Fault::Length)?;
    let digits = if body[0].is_ascii_digit() {
        body
    } else {
        &body[1..]
    };
    let letter = letter_of(number(digits, 0, digits.len()));
    checksum(letter == Some(*last))
}

fn nie(text: &[u8]) -> Result<(), Fault> {
    let first = u32::from(text[0] - b'X') * 10_000_000;
    let number = number(text, 1, 8).map(|number| first + number);
    checksum(letter_of(number) == text.last().copied())
}

/// Organisations of some kinds have a digit, of others a letter; sources differ on which.
fn cif(text: &[u8]) -> Result<(), Fault> {
    let last = text[8];
    let written = if last.is_ascii_digit() {
        last
    } else {
        b'0' + (last - b'A' + 1) % 10
    };
    let known = b"ABCDEFGHJNPQRSUVW".contains(&text[0]) && (last <= b'J');
    require(known, Fault::Structure)?;
    let mut digits = [written; 8];
    digits[..7].copy_from_slice(&text[1..8]);
    checksum(luhn::passes(&digits))
}

fn vat(text: &[u8]) -> Result<(), Fault> {
    let text = &text[2..];
    match text[0] {
        b'X'..=b'Z' => nie(text),
        b'K'..=b'M' | b'0'..=b'9' => nif(text),
        _ => cif(text),
    }
}

fn social(digits: &[u8]) -> Result<(), Fault> {
    let province = number(digits, 0, 2);
    let serial = number(digits, 2, 10);
    require(
        province.is_some_and(|it| matches!(it, 1..=53 | 66)),
        Fault::Area,
    )?;
    // A leading zero of the number is left out where the two are joined.
    let begin = if serial < Some(10_000_000) { 3 } else { 2 };
    let joined = digits[..2].iter().chain(&digits[begin..10]);
    agree(remainder(joined, 97), number(digits, 10, 12))
}
