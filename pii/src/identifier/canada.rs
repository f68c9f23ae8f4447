//! Identifiers issued in Canada.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    dates::yymmdd_with_offset,
    digits::{checksum, digit},
    weights::luhn,
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "CA_SIN",
        title: "Canadian social insurance number",
        country: "CA",
        kind: Kind::National,
        source: "Employment and Social Development Canada, SIN code of practice: Luhn; 0 and 8 are not issued to people",
        context: &["sin", "social", "insurance", "nas", "assurance", "sociale"],
        check: Some(luhn),
        forms: &[
            form("ca-sin-dashed", "[1-79]dd-ddd-ddd", 35),
            form("ca-sin-spaced", "[1-79]dd ddd ddd", 30),
            form("ca-sin", "[1-79]d{8}", 15),
        ],
    },
    Identifier {
        entity: "CA_BN",
        title: "Canadian business number",
        country: "CA",
        kind: Kind::Company,
        source: "Canada Revenue Agency, Business number: nine digits with Luhn, a program and a reference",
        context: &["bn", "business", "gst", "hst", "cra", "entreprise", "tps"],
        check: Some(business_number),
        forms: &[
            form("ca-bn-account", "ddddd?dddd?R[A-Z]?dddd", 75),
            form("ca-bn", "d{5}?d{4}", 10),
        ],
    },
    Identifier {
        entity: "CA_PHN_BC",
        title: "personal health number of British Columbia",
        country: "CA",
        kind: Kind::Health,
        source: "British Columbia Ministry of Health, conformance standards: begins with 9, modulus 11",
        context: &["phn", "health", "msp", "carecard", "bc"],
        check: Some(phn_bc),
        forms: &[
            form("ca-phn-bc-spaced", "9ddd ddd ddd", 30),
            form("ca-phn-bc", "9ddd~ddd~ddd", 12),
        ],
    },
    Identifier {
        entity: "CA_HEALTH_CARD_ON",
        title: "Ontario health card",
        country: "CA",
        kind: Kind::Health,
        source: "Ontario Ministry of Health, Health Card Validation: ten digits with Luhn and a version code",
        context: &["health", "ohip", "card", "santé", "version"],
        check: Some(ohip),
        forms: &[
            form("ca-health-card-on-version", "[1-9]ddd-ddd-ddd-ll", 60),
            form("ca-health-card-on-version-plain", "[1-9]d{9}ll", 30),
            form("ca-health-card-on-version-last", "[1-9]d{9}-ll", 45),
            form(
                "ca-health-card-on-version-spaced",
                "[1-9]ddd ddd ddd ll",
                25,
            ),
            form("ca-health-card-on-spaced", "[1-9]ddd-ddd-ddd", 30),
            form("ca-health-card-on", "[1-9]d{9}", 12),
        ],
    },
    Identifier {
        entity: "CA_HEALTH_CARD_QC",
        title: "Quebec health insurance number (NAM)",
        country: "CA",
        kind: Kind::Health,
        source: "Régie de l'assurance maladie du Québec: four letters of the name, year, month (50 more for women), day and two characters",
        context: &["nam", "ramq", "health", "maladie", "assurance", "carte"],
        check: Some(nam),
        forms: &[
            form("ca-health-card-qc-spaced", "llll dddd dddd", 25),
            form("ca-health-card-qc", "l{4}d{8}", 45),
        ],
    },
    Identifier {
        entity: "CA_PASSPORT",
        title: "Canadian passport",
        country: "CA",
        kind: Kind::Document,
        source: "Immigration, Refugees and Citizenship Canada: two letters and six digits; a letter, six digits and two letters since 2023; form only",
        context: &["passport", "passeport", "travel", "document"],
        check: None,
        forms: &[
            form("ca-passport", "lld{6}", 10),
            form("ca-passport-new", "ld{6}ll", 15),
        ],
    },
    Identifier {
        entity: "CA_DRIVER_LICENSE",
        title: "driver's licence of Ontario or Quebec",
        country: "CA",
        kind: Kind::Licence,
        source: "Ontario Ministry of Transportation: a letter, eight digits and the date of birth, month 50 more for women; Quebec: a letter and twelve digits, form only",
        context: &["driver", "licence", "license", "permis", "conduire", "dl"],
        check: Some(licence_date),
        forms: &[
            form("ca-driver-license-ontario", "ldddd-ddddd-ddddd", 55),
            form("ca-driver-license-ontario-plain", "ldddd?ddddd?ddddd", 25),
            form("ca-driver-license-quebec", "ldddd-dddddd-dd", 45),
        ],
    },
];

fn business_number(text: &[u8]) -> Result<(), Fault> {
    luhn(text.get(..9).unwrap_or_default())
}

/// Each product of digits two to nine is reduced by 11 before they are added.
fn phn_bc(digits: &[u8]) -> Result<(), Fault> {
    let weights = [2, 4, 8, 5, 10, 9, 7, 3];
    let mut sum = 0;
    for (place, weight) in (1..).zip(weights) {
        sum += digit(digits, place).ok_or(Fault::Alphabet)? * weight % 11;
    }
    checksum(Some((11 - sum % 11) % 11) == digit(digits, 9))
}

fn ohip(text: &[u8]) -> Result<(), Fault> {
    luhn(text.get(..10).unwrap_or_default())
}

fn nam(text: &[u8]) -> Result<(), Fault> {
    yymmdd_with_offset(text, 4, 50, 0)
}

/// Ontario's ends in a date; Quebec's is shorter.
fn licence_date(text: &[u8]) -> Result<(), Fault> {
    if text.len() == 15 {
        yymmdd_with_offset(text, 9, 50, 0)
    } else {
        Ok(())
    }
}
