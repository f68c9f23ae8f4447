//! Liechtenstein.

use super::{Identifier, Kind, form};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "LI_REGISTER_NUMBER",
        title: "Liechtenstein commercial register number",
        country: "LI",
        kind: Kind::Company,
        source: "Amt für Justiz: FL, ten digits in groups and one more, no published check",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "handelsregister*",
            "registernummer*",
            "fl",
        ],
        check: None,
        forms: &[form("li-register", "FL-dddd.ddd.ddd-d", 70)],
    },
    Identifier {
        entity: "LI_PEID",
        title: "Liechtenstein identification number of persons (PEID)",
        country: "LI",
        kind: Kind::Tax,
        source: "Steuerverwaltung: up to twelve digits, no check",
        context: &[
            "tax",
            "tin",
            "taxpayer",
            "peid",
            "steuernummer*",
            "steuer",
            "pid",
        ],
        check: None,
        forms: &[form("li-peid", "d{6,12}", 5)],
    },
    Identifier {
        entity: "LI_VEHICLE_REGISTRATION",
        title: "Liechtenstein vehicle registration",
        country: "LI",
        kind: Kind::Vehicle,
        source: "FL and up to five digits",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "kontrollschild*",
            "kennzeichen*",
            "autonummer*",
        ],
        check: None,
        forms: &[form("li-plate", "FL?[1-9]d{2,4}", 20)],
    },
];
