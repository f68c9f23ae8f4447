//! Montenegro.

use super::jmbg;
use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, complement, digit},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "ME_JMBG",
        title: "Montenegrin citizen number (JMBG)",
        country: "ME",
        kind: Kind::National,
        source: "Uredba o načinu određivanja matičnog broja (1976): date of birth, region, \
            serial, weights 7 to 2 twice modulo 11",
        context: &[
            "identity", "national", "personal", "id", "jmbg", "matični", "građana",
        ],
        check: Some(citizen),
        forms: &[form("me-jmbg", "d{13}", 45)],
    },
    Identifier {
        entity: "ME_PIB",
        title: "Montenegrin tax number (PIB)",
        country: "ME",
        kind: Kind::Tax,
        source: "Poreska uprava: weights 8 to 2 modulo 11",
        context: &["tax", "tin", "taxpayer", "pib", "poreski"],
        check: Some(tax),
        forms: &[form("me-pib", "d{8}", 12)],
    },
    Identifier {
        entity: "ME_PASSPORT",
        title: "Montenegrin passport number",
        country: "ME",
        kind: Kind::Document,
        source: "MUP: a letter and eight digits",
        context: &["passport*", "pasoš*"],
        check: None,
        forms: &[form("me-passport", "ldd{7}", 10)],
    },
    Identifier {
        entity: "ME_VEHICLE_REGISTRATION",
        title: "Montenegrin vehicle registration",
        country: "ME",
        kind: Kind::Vehicle,
        source: "City, two letters, three digits",
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
        forms: &[
            form("me-plate", "ll ll-ddd", 25),
            form("me-plate-spaced", "ll ll ddd", 5),
        ],
    },
];

fn citizen(digits: &[u8]) -> Result<(), Fault> {
    jmbg::check(digits, 20..=29, 2)
}

fn tax(digits: &[u8]) -> Result<(), Fault> {
    let computed = complement(digits, &[8, 7, 6, 5, 4, 3, 2], 11).map(|digit| digit % 10);
    agree(computed, digit(digits, 7))
}
