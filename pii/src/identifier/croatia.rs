//! Croatia.

use super::jmbg;
use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{checksum, mod_11_10},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "HR_OIB",
        title: "Croatian personal identification number (OIB)",
        country: "HR",
        kind: Kind::National,
        source: "Zakon o osobnom identifikacijskom broju; ISO/IEC 7064 MOD 11,10",
        context: &[
            "tax",
            "tin",
            "taxpayer",
            "oib",
            "osobni",
            "identifikacijski",
        ],
        check: Some(oib),
        forms: &[form("hr-oib", "d{11}", 20)],
    },
    Identifier {
        entity: "HR_VAT",
        title: "Croatian VAT number",
        country: "HR",
        kind: Kind::Tax,
        source: "HR and the OIB",
        context: &["vat", "pdv", "oib"],
        check: Some(vat),
        forms: &[form("hr-vat", "HR?d{11}", 85)],
    },
    Identifier {
        entity: "HR_JMBG",
        title: "Croatian citizen number (JMBG, MBG)",
        country: "HR",
        kind: Kind::National,
        source: "Uredba o načinu određivanja matičnog broja (1976): date of birth, region, \
            serial, weights 7 to 2 twice modulo 11",
        context: &[
            "identity", "national", "personal", "id", "jmbg", "mbg", "matični", "građana",
        ],
        check: Some(citizen),
        forms: &[form("hr-jmbg", "d{13}", 45)],
    },
    Identifier {
        entity: "HR_HEALTH_NUMBER",
        title: "Croatian health insurance number (MBO)",
        country: "HR",
        kind: Kind::Health,
        source: "HZZO: nine digits, no published check",
        context: &[
            "health",
            "patient",
            "insurance",
            "mbo",
            "hzzo",
            "zdravstveno",
            "osiguranik*",
        ],
        check: None,
        forms: &[form("hr-health-number", "d{9}", 5)],
    },
    Identifier {
        entity: "HR_ID_CARD",
        title: "Croatian identity card number",
        country: "HR",
        kind: Kind::Document,
        source: "MUP: nine digits, no published check",
        context: &["identity", "osobna", "iskaznica*", "iskaznice"],
        check: None,
        forms: &[form("hr-id-card", "d{9}", 5)],
    },
    Identifier {
        entity: "HR_PASSPORT",
        title: "Croatian passport number",
        country: "HR",
        kind: Kind::Document,
        source: "MUP: nine digits, no published check",
        context: &["passport*", "putovnica*", "putovnice"],
        check: None,
        forms: &[form("hr-passport", "d{9}", 5)],
    },
    Identifier {
        entity: "HR_VEHICLE_REGISTRATION",
        title: "Croatian vehicle registration",
        country: "HR",
        kind: Kind::Vehicle,
        source: "City, three or four digits, one or two letters; cities with Č, Š or Ž are not \
            read",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "registracija*",
            "tablica*",
            "vozilo",
        ],
        check: None,
        forms: &[form("hr-plate", "ll?d{3,4}-l{1,2}", 25)],
    },
];

fn citizen(digits: &[u8]) -> Result<(), Fault> {
    jmbg::check(digits, 30..=39, 3)
}

fn oib(digits: &[u8]) -> Result<(), Fault> {
    checksum(mod_11_10(digits))
}

fn vat(text: &[u8]) -> Result<(), Fault> {
    oib(&text[2..])
}
