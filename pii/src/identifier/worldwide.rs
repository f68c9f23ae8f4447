//! Identifiers that are written alike in every country.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    country_codes::is_assigned,
    digits::{checksum, mod_11_2, mod_97_10, value},
    weights::luhn,
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "IMEI",
        title: "identity of a mobile device (IMEI)",
        country: "",
        kind: Kind::Network,
        source: "3GPP TS 23.003 §6.2 and annex B: fifteen digits with Luhn",
        context: &["imei", "device", "handset", "telephone", "serial"],
        check: Some(luhn),
        forms: &[
            form("imei-printed", "dd-d{6}-d{6}-d", 65),
            form("imei", "dd?d{6}?d{6}?d", 20),
        ],
    },
    Identifier {
        entity: "ICCID",
        title: "number of a SIM card (ICCID)",
        country: "",
        kind: Kind::Network,
        source: "ITU-T E.118: begins with 89, nineteen or twenty digits with Luhn",
        context: &["iccid", "sim", "card", "esim"],
        check: Some(luhn),
        forms: &[
            form("iccid", "89d{17}", 40),
            form("iccid-long", "89d{18}", 40),
        ],
    },
    Identifier {
        entity: "IMSI",
        title: "identity of a mobile subscriber (IMSI)",
        country: "",
        kind: Kind::Network,
        source: "ITU-T E.212: fifteen digits that begin with a country code of 2 to 7; form only",
        context: &["imsi", "subscriber", "sim"],
        check: None,
        forms: &[form("imsi", "[2-7]d{14}", 5)],
    },
    Identifier {
        entity: "VIN",
        title: "vehicle identification number (VIN)",
        country: "",
        kind: Kind::Vehicle,
        source: "ISO 3779; 49 CFR 565.15: seventeen without I, O, Q; check digit in North America and China",
        context: &[
            "vin",
            "chassis",
            "vehicle",
            "fahrgestellnummer",
            "fin",
            "bastidor",
            "châssis",
            "telaio",
        ],
        check: Some(vin),
        forms: &[
            form(
                "vin",
                "[1-5L][A-HJ-NPR-Z0-9]{7}[0-9X][A-HJ-NPR-Z0-9]{4}dddd",
                75,
            ),
            form("vin-other", "[6-9A-HJKM-Z][A-HJ-NPR-Z0-9]{12}dddd", 25),
        ],
    },
    Identifier {
        entity: "ISIN",
        title: "securities number (ISIN)",
        country: "",
        kind: Kind::Bank,
        source: "ISO 6166: country or XS, nine characters, Luhn over letters as two digits",
        context: &["isin", "securities", "wertpapier", "depot", "valor"],
        check: Some(isin),
        forms: &[
            form("isin-germany", "DE000x{6}d", 70),
            form("isin-first", "[G-Z]lx{9}d", 70),
            form("isin-second", "[A-F][G-Z]x{9}d", 70),
            form("isin", "[A-F][A-F]x{9}d", 30),
        ],
    },
    Identifier {
        entity: "LEI",
        title: "legal entity identifier (LEI)",
        country: "",
        kind: Kind::Company,
        source: "ISO 17442: eighteen characters and two digits, ISO/IEC 7064 MOD 97-10",
        context: &["lei", "legal", "entity"],
        check: Some(lei),
        forms: &[form("lei", "x{18}dd", 60)],
    },
    Identifier {
        entity: "SWIFT_CODE",
        title: "bank identifier code (BIC, SWIFT)",
        country: "",
        kind: Kind::Bank,
        source: "ISO 9362: institution, country, place and branch; no check digit",
        context: &["swift", "bic", "bankleitzahl"],
        check: Some(bic),
        forms: &[
            form("swift-code", "llllllxx", 5),
            form("swift-code-place", "llllll[2-9]x", 25),
            form("swift-code-branch", "llllllxxxxx", 5),
            form("swift-code-head-office", "llllllxxXXX", 45),
            form("swift-code-branch-digits", "llllllxxddd", 25),
        ],
    },
    Identifier {
        entity: "ORCID",
        title: "researcher identifier (ORCID iD)",
        country: "",
        kind: Kind::Name,
        source: "ORCID, Structure of the identifier: ISO/IEC 7064 MOD 11-2 in a block of the ISNI",
        context: &["orcid", "researcher", "author"],
        check: Some(mod_11_2_follows),
        forms: &[form("orcid", "000[0-39]-dddd-dddd-ddd[0-9X]", 85)],
    },
    Identifier {
        entity: "ISNI",
        title: "international standard name identifier (ISNI)",
        country: "",
        kind: Kind::Name,
        source: "ISO 27729: sixteen digits, ISO/IEC 7064 MOD 11-2",
        context: &["isni", "author"],
        check: Some(mod_11_2_follows),
        forms: &[
            form("isni-spaced", "dddd dddd dddd ddd[0-9X]", 35),
            form("isni", "d{15}[0-9X]", 15),
        ],
    },
];

fn mod_11_2_follows(text: &[u8]) -> Result<(), Fault> {
    checksum(mod_11_2(text))
}

/// The check digit is obligatory in North America (1 to 5) and China (L) only.
fn vin(text: &[u8]) -> Result<(), Fault> {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    if !text.iter().any(u8::is_ascii_alphabetic) {
        return Err(Fault::Structure);
    }
    if !matches!(text.first(), Some(b'1'..=b'5' | b'L')) {
        return Ok(());
    }
    let mut sum = 0;
    for (byte, weight) in text.iter().zip(WEIGHTS) {
        // Letters count as digits: A to I 1 to 9, J to R 1 to 9, S to Z 2 to 9.
        let number = match value(*byte).ok_or(Fault::Alphabet)? {
            letter @ 10..=18 => letter - 9,
            letter @ 19..=27 => letter - 18,
            letter @ 28.. => letter - 26,
            digit => digit,
        };
        sum += number * weight;
    }
    checksum(b"0123456789X".get((sum % 11) as usize) == text.get(8))
}

fn isin(text: &[u8]) -> Result<(), Fault> {
    let country = text.get(..2).unwrap_or_default();
    if !is_assigned(country)
        && !matches!(
            country,
            b"XS" | b"EU" | b"XA" | b"XB" | b"XC" | b"XD" | b"XF" | b"XK"
        )
    {
        return Err(Fault::Country);
    }
    let mut digits = Vec::with_capacity(24);
    for byte in text {
        let value = value(*byte).and_then(|value| u8::try_from(value).ok());
        let value = value.ok_or(Fault::Alphabet)?;
        if value > 9 {
            digits.push(b'0' + value / 10);
        }
        digits.push(b'0' + value % 10);
    }
    luhn(&digits)
}

fn lei(text: &[u8]) -> Result<(), Fault> {
    if !text.iter().any(u8::is_ascii_alphabetic) {
        return Err(Fault::Structure);
    }
    checksum(mod_97_10(text))
}

/// XK is Kosovo, which SWIFT codes although ISO 3166 does not.
fn bic(text: &[u8]) -> Result<(), Fault> {
    match text.get(4..6) {
        Some(country) if country == b"XK" || is_assigned(country) => Ok(()),
        _ => Err(Fault::Country),
    }
}
