//! Cyprus.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, digit, require, value},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "CY_TAX_ID",
        title: "Cypriot tax identification code (TIC)",
        country: "CY",
        kind: Kind::Tax,
        source: "Tax Department: eight digits and a letter, odd places by the Italian table",
        context: &[
            "tax",
            "tin",
            "taxpayer",
            "tic",
            "φορολογικό*",
            "αφτ",
            "φόρου",
        ],
        check: Some(tax),
        forms: &[form("cy-tax-id", "d{8}l", 55)],
    },
    Identifier {
        entity: "CY_VAT",
        title: "Cypriot VAT number",
        country: "CY",
        kind: Kind::Tax,
        source: "CY and the tax identification code",
        context: &["vat", "φπα"],
        check: Some(vat),
        forms: &[form("cy-vat", "CY?d{8}?l", 90)],
    },
    Identifier {
        entity: "CY_ID_CARD",
        title: "Cypriot identity card number",
        country: "CY",
        kind: Kind::National,
        source: "Civil Registry: up to ten digits, no check",
        context: &["identity", "ταυτότητα*", "ταυτότητας", "δελτίο", "kimlik"],
        check: None,
        forms: &[form("cy-id-card", "d{6,10}", 5)],
    },
    Identifier {
        entity: "CY_PASSPORT",
        title: "Cypriot passport number",
        country: "CY",
        kind: Kind::Document,
        source: "Civil Registry: E and six digits, K and eight since 2010",
        context: &["passport*", "διαβατήριο*", "διαβατηρίου", "pasaport"],
        check: None,
        forms: &[
            form("cy-passport", "Kd{8}", 20),
            form("cy-passport-old", "Ed{6}", 12),
        ],
    },
    Identifier {
        entity: "CY_COMPANY_NUMBER",
        title: "Cypriot company number",
        country: "CY",
        kind: Kind::Company,
        source: "DRCIP: letters HE and up to six digits",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "εταιρεία*",
            "μητρώο",
            "έφορος",
        ],
        check: None,
        forms: &[form("cy-company", "HE?[1-9]d{3,5}", 25)],
    },
    Identifier {
        entity: "CY_VEHICLE_REGISTRATION",
        title: "Cypriot vehicle registration",
        country: "CY",
        kind: Kind::Vehicle,
        source: "RTD: three letters and three digits",
        context: &["plate*", "πινακίδα*", "αυτοκίνητο*"],
        check: None,
        forms: &[form("cy-plate", "lll~ddd", 5)],
    },
];

fn tax(text: &[u8]) -> Result<(), Fault> {
    const ODD: [u32; 10] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
    require(!text.starts_with(b"12"), Fault::Issuer)?;
    let sum = (0..8).map(|place| {
        let digit = digit(text, place)?;
        if place % 2 == 0 {
            ODD.get(digit as usize).copied()
        } else {
            Some(digit)
        }
    });
    let letter = sum.sum::<Option<u32>>().map(|sum| sum % 26 + 10);
    agree(letter, value(text[8]))
}

fn vat(text: &[u8]) -> Result<(), Fault> {
    tax(&text[2..])
}
