//! Identifiers issued in India.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{checksum, number, value, verhoeff},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "IN_AADHAAR",
        title: "Indian identity number (Aadhaar)",
        country: "IN",
        kind: Kind::National,
        source: "UIDAI, A UID Numbering Scheme: twelve digits, Verhoeff, not beginning with 0 or 1, no palindrome",
        context: &["aadhaar", "uidai", "आधार", "uid"],
        check: Some(aadhaar),
        forms: &[
            form("in-aadhaar-spaced", "[2-9]ddd dddd dddd", 35),
            form("in-aadhaar-dashed", "[2-9]ddd-dddd-dddd", 35),
            form("in-aadhaar", "[2-9]ddd~dddd~dddd", 20),
        ],
    },
    Identifier {
        entity: "IN_VID",
        title: "Indian virtual identity number of an Aadhaar holder",
        country: "IN",
        kind: Kind::National,
        source: "UIDAI, Circular 1 of 2018: sixteen digits, Verhoeff",
        context: &["vid", "virtual", "aadhaar", "uidai"],
        check: Some(aadhaar),
        forms: &[
            form("in-vid-spaced", "[2-9]ddd dddd dddd dddd", 30),
            form("in-vid", "[2-9]ddd~dddd~dddd~dddd", 15),
        ],
    },
    Identifier {
        entity: "IN_PAN",
        title: "Indian income tax number (PAN)",
        country: "IN",
        kind: Kind::Tax,
        source: "Income Tax Department, Permanent Account Number: fourth letter by kind of holder, serial 0001 to 9999; the check letter is not published",
        context: &["pan", "permanent", "account", "tax", "पैन"],
        check: Some(pan),
        forms: &[form("in-pan", "lll[ABCEFGHJKLPT]ld{4}l", 50)],
    },
    Identifier {
        entity: "IN_GSTIN",
        title: "Indian goods and services tax number (GSTIN)",
        country: "IN",
        kind: Kind::Tax,
        source: "CBIC, CGST Rules 2017 rule 10: state, PAN, entity, Z and a check character, Luhn modulus 36",
        context: &["gstin", "gst", "goods", "tax"],
        check: Some(gstin),
        forms: &[form(
            "in-gstin",
            "d{2}lll[ABCEFGHJKLPT]ld{4}l[1-9A-Z]Zx",
            85,
        )],
    },
    Identifier {
        entity: "IN_PASSPORT",
        title: "Indian passport",
        country: "IN",
        kind: Kind::Document,
        source: "Ministry of External Affairs: a letter and seven digits; form only",
        context: &["passport", "travel", "document", "पासपोर*"],
        check: None,
        forms: &[form("in-passport", "l[1-9]d{5}[1-9]", 15)],
    },
    Identifier {
        entity: "IN_VOTER",
        title: "Indian voter identity card (EPIC)",
        country: "IN",
        kind: Kind::National,
        source: "Election Commission of India, Manual on Electoral Rolls: three letters and seven digits; a Luhn digit is said of newer ones only, so form only",
        context: &["voter", "epic", "election", "elector", "मतदाता"],
        check: None,
        forms: &[form("in-voter", "l{3}d{7}", 35)],
    },
    Identifier {
        entity: "IN_VEHICLE_REGISTRATION",
        title: "Indian number plate",
        country: "IN",
        kind: Kind::Vehicle,
        source: "Central Motor Vehicles Rules 1989, rule 50: state, district, series, number; BH series since 2021",
        context: &["vehicle", "registration", "rto", "plate"],
        check: Some(plate),
        forms: &[
            form("in-vehicle-registration", "ll?dd?l{1,3}?dddd", 35),
            form("in-vehicle-registration-short", "ll?d?l{1,3}?dddd", 25),
            form("in-vehicle-registration-bharat", "dd?BH?dddd?l{1,2}", 45),
            form(
                "in-vehicle-registration-loose",
                "ll?d{1,2}?l{0,3}?d{1,4}",
                5,
            ),
        ],
    },
    Identifier {
        entity: "IN_TAN",
        title: "Indian tax deduction account number (TAN)",
        country: "IN",
        kind: Kind::Tax,
        source: "Income Tax Department: four letters, five digits, a letter; form only",
        context: &["tan", "deduction", "tds"],
        check: None,
        forms: &[form("in-tan", "l{4}d{5}l", 40)],
    },
    Identifier {
        entity: "IN_IFSC",
        title: "Indian bank branch code (IFSC)",
        country: "IN",
        kind: Kind::Bank,
        source: "Reserve Bank of India: four letters, a zero and six characters; form only",
        context: &["ifsc", "bank", "branch", "neft", "rtgs"],
        check: None,
        forms: &[form("in-ifsc", "l{4}0x{6}", 35)],
    },
    Identifier {
        entity: "IN_DRIVER_LICENSE",
        title: "Indian driver's licence",
        country: "IN",
        kind: Kind::Licence,
        source: "Ministry of Road Transport, Sarathi: state, office, year and seven digits",
        context: &["driving", "licence", "license", "dl", "driver"],
        check: Some(licence),
        forms: &[form("in-driver-license", "ll?dd?[12]d{3}?d{7}", 55)],
    },
    Identifier {
        entity: "IN_CIN",
        title: "Indian company number (CIN)",
        country: "IN",
        kind: Kind::Company,
        source: "Ministry of Corporate Affairs: listing, industry, state, year, kind and number; form only",
        context: &["cin", "company", "corporate", "mca"],
        check: None,
        forms: &[form("in-cin", "[LU]d{5}l{2}[12]d{3}l{3}d{6}", 85)],
    },
    Identifier {
        entity: "IN_UAN",
        title: "Indian provident fund number (UAN)",
        country: "IN",
        kind: Kind::National,
        source: "EPFO: twelve digits; form only",
        context: &["uan", "epf", "epfo", "provident", "pf"],
        check: None,
        forms: &[form("in-uan", "1d{11}", 5)],
    },
];

const STATES: &[u8] =
    b"ANAPARASBRCGCHDDDLDNGAGJHPHRJHJKKAKLLALDMHMLMNMPMZNLODORPBPYRJSKTGTNTRTSUAUKUPWB";

fn state(text: &[u8]) -> Result<(), Fault> {
    let found = text.get(..2).unwrap_or_default();
    if STATES.chunks_exact(2).any(|state| state == found) {
        Ok(())
    } else {
        Err(Fault::Area)
    }
}

fn aadhaar(digits: &[u8]) -> Result<(), Fault> {
    if digits.iter().eq(digits.iter().rev()) {
        return Err(Fault::NeverIssued);
    }
    checksum(verhoeff(digits))
}

fn pan(text: &[u8]) -> Result<(), Fault> {
    match number(text, 5, 9) {
        Some(0) | None => Err(Fault::Serial),
        Some(_) => Ok(()),
    }
}

fn gstin(text: &[u8]) -> Result<(), Fault> {
    if !number(text, 0, 2).is_some_and(|state| matches!(state, 1..=38 | 97 | 99)) {
        return Err(Fault::Area);
    }
    pan(text.get(2..).unwrap_or_default())?;
    let mut sum = 0;
    for (byte, weight) in text.iter().rev().zip([1, 2].into_iter().cycle()) {
        let product = value(*byte).ok_or(Fault::Alphabet)? * weight;
        sum += product / 36 + product % 36;
    }
    checksum(sum % 36 == 0)
}

fn plate(text: &[u8]) -> Result<(), Fault> {
    if text.first().is_some_and(u8::is_ascii_digit) {
        Ok(())
    } else {
        state(text)
    }
}

fn licence(text: &[u8]) -> Result<(), Fault> {
    state(text)?;
    match number(text, 4, 8) {
        Some(1930..=2049) => Ok(()),
        _ => Err(Fault::Date),
    }
}
