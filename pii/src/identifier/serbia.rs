//! Serbia.

use super::jmbg;
use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{checksum, mod_11_10},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "RS_JMBG",
        title: "Serbian citizen number (JMBG)",
        country: "RS",
        kind: Kind::National,
        source: "Uredba o načinu određivanja matičnog broja (1976): date of birth, region, \
            serial, weights 7 to 2 twice modulo 11",
        context: &[
            "identity",
            "national",
            "personal",
            "id",
            "jmbg",
            "matični",
            "građana",
            "матични",
            "јмбг",
        ],
        check: Some(citizen),
        forms: &[form("rs-jmbg", "d{13}", 45)],
    },
    Identifier {
        entity: "RS_PIB",
        title: "Serbian tax number (PIB)",
        country: "RS",
        kind: Kind::Tax,
        source: "Pravilnik o poreskom identifikacionom broju; ISO/IEC 7064 MOD 11,10",
        context: &["tax", "tin", "taxpayer", "pib", "poreski", "пиб", "порески"],
        check: Some(tax),
        forms: &[form("rs-pib", "d{9}", 15)],
    },
    Identifier {
        entity: "RS_COMPANY_NUMBER",
        title: "Serbian registration number (matični broj)",
        country: "RS",
        kind: Kind::Company,
        source: "APR: eight digits, no check verified here",
        context: &["company", "enterprise", "matični", "матични"],
        check: None,
        forms: &[form("rs-company", "d{8}", 5)],
    },
    Identifier {
        entity: "RS_HEALTH_NUMBER",
        title: "Serbian health insurance number (LBO)",
        country: "RS",
        kind: Kind::Health,
        source: "RFZO: eleven digits, no published check",
        context: &[
            "health",
            "patient",
            "insurance",
            "lbo",
            "osiguranika",
            "лбо",
            "rfzo",
        ],
        check: None,
        forms: &[form("rs-health-number", "d{11}", 5)],
    },
    Identifier {
        entity: "RS_ID_CARD",
        title: "Serbian identity card number",
        country: "RS",
        kind: Kind::Document,
        source: "MUP: nine digits, no published check",
        context: &["identity", "lična", "karta", "лична", "карта"],
        check: None,
        forms: &[form("rs-id-card", "d{9}", 5)],
    },
    Identifier {
        entity: "RS_PASSPORT",
        title: "Serbian passport number",
        country: "RS",
        kind: Kind::Document,
        source: "MUP: nine digits, no published check",
        context: &["passport*", "pasoš*", "пасош*"],
        check: None,
        forms: &[form("rs-passport", "d{9}", 5)],
    },
    Identifier {
        entity: "RS_VEHICLE_REGISTRATION",
        title: "Serbian vehicle registration",
        country: "RS",
        kind: Kind::Vehicle,
        source: "City, three to five digits, two letters",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "registracija*",
            "tablica*",
            "таблица*",
            "vozilo",
        ],
        check: None,
        forms: &[form("rs-plate", "ll?d{3,5}-ll", 30)],
    },
];

/// Regions 80 to 89 are of Vojvodina, which gave 08 to foreigners.
fn citizen(digits: &[u8]) -> Result<(), Fault> {
    jmbg::check(digits, 70..=89, 7).or_else(|fault| match fault {
        Fault::Area => jmbg::check(digits, 80..=89, 8),
        other => Err(other),
    })
}

fn tax(digits: &[u8]) -> Result<(), Fault> {
    checksum(mod_11_10(digits))
}
