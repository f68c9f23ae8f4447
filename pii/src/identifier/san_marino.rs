//! San Marino.

use super::{Identifier, Kind, form};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "SM_COE",
        title: "San Marino economic operator code (COE)",
        country: "SM",
        kind: Kind::Tax,
        source: "Ufficio Tributario: SM and up to five digits, no check",
        context: &["tax", "tin", "taxpayer", "coe", "operatore", "economico"],
        check: None,
        forms: &[form("sm-coe", "SM?d{5}", 25)],
    },
    Identifier {
        entity: "SM_VEHICLE_REGISTRATION",
        title: "San Marino vehicle registration",
        country: "SM",
        kind: Kind::Vehicle,
        source: "A letter and four digits",
        context: &["plate*", "registration", "vehicle", "car", "targa"],
        check: None,
        forms: &[form("sm-plate", "RSM l?dddd", 30)],
    },
];
