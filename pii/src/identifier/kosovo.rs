//! Kosovo, under the code that ISO 3166-1 leaves to users.

use super::jmbg;
use super::{Identifier, Kind, form};
use crate::check::Fault;

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "XK_PERSONAL_NUMBER",
        title: "Kosovar personal number",
        country: "XK",
        kind: Kind::National,
        source: "Civil Registration Agency: ten digits; no check verified here",
        context: &["identity", "national", "personal", "letërnjoftim*"],
        check: None,
        forms: &[form("xk-personal-number", "[12]d{9}", 5)],
    },
    Identifier {
        entity: "XK_JMBG",
        title: "Citizen number of Kosovo (JMBG)",
        country: "XK",
        kind: Kind::National,
        source: "Uredba o načinu određivanja matičnog broja (1976): date of birth, region, \
            serial, weights 7 to 2 twice modulo 11",
        context: &[
            "identity", "national", "personal", "id", "jmbg", "matični", "građana",
        ],
        check: Some(citizen),
        forms: &[form("xk-jmbg", "d{13}", 45)],
    },
    Identifier {
        entity: "XK_COMPANY_NUMBER",
        title: "Kosovar unique identification number (NUI)",
        country: "XK",
        kind: Kind::Company,
        source: "ARBK: nine digits, the first 8; no published check",
        context: &["company", "enterprise", "nui", "biznesit", "arbk", "fiskal"],
        check: None,
        forms: &[form("xk-company", "8d{8}", 8)],
    },
    Identifier {
        entity: "XK_VEHICLE_REGISTRATION",
        title: "Kosovar vehicle registration",
        country: "XK",
        kind: Kind::Vehicle,
        source: "Region, three digits, two letters",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "targa",
            "tabela",
        ],
        check: None,
        forms: &[form("xk-plate", "0[1-7]-ddd-ll", 40)],
    },
];

fn citizen(digits: &[u8]) -> Result<(), Fault> {
    jmbg::check(digits, 91..=96, 9)
}
