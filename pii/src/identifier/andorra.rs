//! Andorra.

use super::{Identifier, Kind, form};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "AD_NRT",
        title: "Andorran tax number (NRT)",
        country: "AD",
        kind: Kind::Tax,
        source: "Departament de Tributs: a letter of the kind, six digits, a control letter of no published rule",
        context: &[
            "tax",
            "tin",
            "taxpayer",
            "nrt",
            "nia",
            "tributari*",
            "registre",
        ],
        check: None,
        forms: &[
            form("ad-nrt", "[ACDEFGLOPU]-d{6}-l", 50),
            form("ad-nrt-joined", "[ACDEFGLOPU]d{6}l", 15),
        ],
    },
    Identifier {
        entity: "AD_VEHICLE_REGISTRATION",
        title: "Andorran vehicle registration",
        country: "AD",
        kind: Kind::Vehicle,
        source: "A letter and four digits",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "matrícula*",
            "matricula*",
        ],
        check: None,
        forms: &[form("ad-plate", "l~dddd", 5)],
    },
];
