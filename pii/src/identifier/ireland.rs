//! Ireland.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{checksum, digit, require, rest, weighted},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "IE_PPSN",
        title: "Irish personal public service number (PPS)",
        country: "IE",
        kind: Kind::National,
        source: "Department of Social Protection; check letter: weights 8 to 2, and 9 for a \
            second letter, modulo 23",
        context: &[
            "social",
            "security",
            "insurance",
            "pps",
            "ppsn",
            "rsi",
            "personal",
            "public",
            "service",
        ],
        check: Some(ppsn),
        forms: &[form("ie-ppsn", "d{7}~[A-W][ABHTWX]{0,1}", 50)],
    },
    Identifier {
        entity: "IE_VAT",
        title: "Irish VAT number",
        country: "IE",
        kind: Kind::Tax,
        source: "Revenue, VAT number; the check letter is that of the PPS number",
        context: &["vat", "cbl"],
        check: Some(vat),
        forms: &[
            form("ie-vat", "IE?d{7}?[A-W][A-IW]{0,1}", 90),
            form("ie-vat-old", "IE?d[A-Z]d{5}[A-W]", 70),
        ],
    },
    Identifier {
        entity: "IE_EIRCODE",
        title: "Irish postcode (Eircode)",
        country: "IE",
        kind: Kind::Place,
        source: "Eircode address database: routing key and unique identifier without look-alike \
            letters",
        context: &["postcode", "postal", "zip", "address", "eircode"],
        check: None,
        forms: &[
            form(
                "ie-eircode",
                "[AC-FHKNPRTV-Y]d[0-9W] [0-9AC-FHKNPRTV-Y]{4}",
                30,
            ),
            form(
                "ie-eircode-joined",
                "[AC-FHKNPRTV-Y]d[0-9W][0-9AC-FHKNPRTV-Y]{4}",
                8,
            ),
        ],
    },
    Identifier {
        entity: "IE_VEHICLE_REGISTRATION",
        title: "Irish vehicle registration",
        country: "IE",
        kind: Kind::Vehicle,
        source: "Vehicle Registration and Taxation Regulations: year, half year, county, number",
        context: &["plate*", "registration", "vehicle", "car", "reg"],
        check: Some(plate),
        forms: &[form("ie-plate", "d{2}[12]{0,1}-l{1,2}-[1-9]d{0,5}", 40)],
    },
    Identifier {
        entity: "IE_PASSPORT",
        title: "Irish passport number",
        country: "IE",
        kind: Kind::Document,
        source: "Department of Foreign Affairs; form without a published check",
        context: &["passport*", "pas"],
        check: None,
        forms: &[form("ie-passport", "[LPX][A-Z]d{7}", 20)],
    },
    Identifier {
        entity: "IE_DRIVING_LICENCE",
        title: "Irish driving licence number",
        country: "IE",
        kind: Kind::Licence,
        source: "NDLS: nine digits, no published check",
        context: &["driving", "driver*", "tiomána", "ndls"],
        check: None,
        forms: &[form("ie-driving-licence", "ddd~ddd~ddd", 5)],
    },
    Identifier {
        entity: "IE_COMPANY_NUMBER",
        title: "Irish company number (CRO)",
        country: "IE",
        kind: Kind::Company,
        source: "Companies Registration Office: six digits, no check",
        context: &["company", "enterprise", "cro"],
        check: None,
        forms: &[form("ie-company", "d{6}", 5)],
    },
];

fn check_letter(sum: Option<u32>, second: Option<&u8>) -> Option<u8> {
    let second = match second {
        Some(letter @ b'A'..=b'I') => u32::from(letter - b'A') + 1,
        _ => 0,
    };
    b"WABCDEFGHIJKLMNOPQRSTUV"
        .get((sum? + 9 * second) as usize % 23)
        .copied()
}

fn ppsn(text: &[u8]) -> Result<(), Fault> {
    let letter = check_letter(rest(text, &[8, 7, 6, 5, 4, 3, 2], 23), text.get(8));
    checksum(letter.is_some() && letter == text.get(7).copied())
}

/// In numbers of the old kind the first digit comes last.
fn vat(text: &[u8]) -> Result<(), Fault> {
    let text = &text[2..];
    if text[1].is_ascii_digit() {
        return ppsn(text);
    }
    let sum = weighted(&text[2..7], &[7, 6, 5, 4, 3]).zip(digit(text, 0));
    let letter = check_letter(sum.map(|(sum, first)| (sum + 2 * first) % 23), None);
    checksum(letter.is_some() && letter == text.get(7).copied())
}

fn plate(text: &[u8]) -> Result<(), Fault> {
    const COUNTIES: [&str; 31] = [
        "C", "CE", "CN", "CW", "D", "DL", "G", "KE", "KK", "KY", "L", "LD", "LH", "LK", "LM", "LS",
        "MH", "MN", "MO", "OY", "RN", "SO", "T", "TN", "TS", "W", "WD", "WH", "WW", "WX", "TA",
    ];
    let mut parts = text
        .split(u8::is_ascii_digit)
        .filter(|part| !part.is_empty());
    let county = parts.next().unwrap_or_default();
    require(
        COUNTIES.iter().any(|known| known.as_bytes() == county),
        Fault::Area,
    )
}
