//! Bosnia and Herzegovina.

use super::jmbg;
use super::{Identifier, Kind, form};
use crate::check::Fault;

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "BA_JMBG",
        title: "Bosnian citizen number (JMB)",
        country: "BA",
        kind: Kind::National,
        source: "Uredba o načinu određivanja matičnog broja (1976): date of birth, region, \
            serial, weights 7 to 2 twice modulo 11",
        context: &[
            "identity", "national", "personal", "id", "jmbg", "jmb", "matični", "građana",
        ],
        check: Some(citizen),
        forms: &[form("ba-jmbg", "d{13}", 45)],
    },
    Identifier {
        entity: "BA_JIB",
        title: "Bosnian tax number of a company (JIB)",
        country: "BA",
        kind: Kind::Tax,
        source: "Thirteen digits, the first 4; no check verified here",
        context: &[
            "tax",
            "tin",
            "taxpayer",
            "jib",
            "identifikacioni",
            "porezni",
            "pdv",
        ],
        check: None,
        forms: &[form("ba-jib", "4d{12}", 8)],
    },
    Identifier {
        entity: "BA_ID_CARD",
        title: "Bosnian identity card number",
        country: "BA",
        kind: Kind::Document,
        source: "IDDEEA: nine letters and digits",
        context: &["identity", "lična", "osobna", "karta", "iskaznica*"],
        check: None,
        forms: &[form("ba-id-card", "d[A-Z0-9]{2}[A-Z]d[A-Z0-9]{3}d", 5)],
    },
    Identifier {
        entity: "BA_PASSPORT",
        title: "Bosnian passport number",
        country: "BA",
        kind: Kind::Document,
        source: "IDDEEA: a letter and seven digits",
        context: &["passport*", "pasoš*", "putovnica*"],
        check: None,
        forms: &[form("ba-passport", "ld{7}", 8)],
    },
    Identifier {
        entity: "BA_VEHICLE_REGISTRATION",
        title: "Bosnian vehicle registration",
        country: "BA",
        kind: Kind::Vehicle,
        source: "Letters that Latin and Cyrillic share: letter, two digits, letter, three digits",
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
        forms: &[form("ba-plate", "[AEJKMOT]dd-[AEJKMOT]-ddd", 50)],
    },
];

fn citizen(digits: &[u8]) -> Result<(), Fault> {
    jmbg::check(digits, 10..=19, 1)
}
