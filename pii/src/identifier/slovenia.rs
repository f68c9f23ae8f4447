//! Slovenia.

use super::jmbg;
use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, complement, digit, rest},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "SI_EMSO",
        title: "Slovenian citizen number (EMŠO)",
        country: "SI",
        kind: Kind::National,
        source: "Zakon o centralnem registru prebivalstva; Uredba o načinu određivanja matičnog \
            broja (1976): date of birth, region, serial, weights 7 to 2 twice modulo 11",
        context: &[
            "identity", "national", "personal", "id", "emšo", "emso", "matična", "občana",
        ],
        check: Some(citizen),
        forms: &[form("si-emso", "d{13}", 45)],
    },
    Identifier {
        entity: "SI_TAX_NUMBER",
        title: "Slovenian tax number (davčna številka)",
        country: "SI",
        kind: Kind::Tax,
        source: "ZDavP-2: weights 8 to 2 modulo 11",
        context: &["tax", "tin", "taxpayer", "davčna", "davcna", "številka"],
        check: Some(tax),
        forms: &[form("si-tax-number", "[1-9]d{7}", 15)],
    },
    Identifier {
        entity: "SI_VAT",
        title: "Slovenian VAT number",
        country: "SI",
        kind: Kind::Tax,
        source: "SI and the tax number",
        context: &["vat", "ddv", "davčna"],
        check: Some(vat),
        forms: &[form("si-vat", "SI?[1-9]d{7}", 80)],
    },
    Identifier {
        entity: "SI_COMPANY_NUMBER",
        title: "Slovenian registration number (matična številka)",
        country: "SI",
        kind: Kind::Company,
        source: "AJPES: weights 7 to 2 modulo 11; three more digits for a unit",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "matična",
            "maticna",
        ],
        check: Some(company),
        forms: &[
            form("si-company", "d{7}", 10),
            form("si-company-unit", "d{7}ddd", 10),
        ],
    },
    Identifier {
        entity: "SI_HEALTH_NUMBER",
        title: "Slovenian health insurance number (ZZZS)",
        country: "SI",
        kind: Kind::Health,
        source: "ZZZS: nine digits, no published check",
        context: &[
            "health",
            "patient",
            "insurance",
            "zzzs",
            "zdravstveno",
            "zavarovanje",
        ],
        check: None,
        forms: &[form("si-health-number", "d{9}", 5)],
    },
    Identifier {
        entity: "SI_PASSPORT",
        title: "Slovenian passport number",
        country: "SI",
        kind: Kind::Document,
        source: "MNZ: P, a letter and seven digits",
        context: &["passport*", "potni", "list"],
        check: None,
        forms: &[form("si-passport", "P[A-Z]d{7}", 25)],
    },
    Identifier {
        entity: "SI_ID_CARD",
        title: "Slovenian identity card number",
        country: "SI",
        kind: Kind::Document,
        source: "MNZ: I, a letter and seven digits",
        context: &["identity", "card", "id", "osebna", "izkaznica*"],
        check: None,
        forms: &[form("si-id-card", "I[A-Z]d{7}", 25)],
    },
];

fn citizen(digits: &[u8]) -> Result<(), Fault> {
    jmbg::check(digits, 50..=59, 5)
}

fn tax(digits: &[u8]) -> Result<(), Fault> {
    let computed = rest(digits, &[8, 7, 6, 5, 4, 3, 2], 11).map(|rest| 11 - rest);
    agree(
        computed.map(|digit| if digit == 10 { 0 } else { digit }),
        digit(digits, 7),
    )
}

fn vat(text: &[u8]) -> Result<(), Fault> {
    tax(&text[2..])
}

fn company(digits: &[u8]) -> Result<(), Fault> {
    let computed = complement(digits, &[7, 6, 5, 4, 3, 2], 11).filter(|digit| *digit > 0);
    agree(computed.map(|digit| digit % 10), digit(digits, 6))
}
