//! Identifiers issued in Panama.
//!
//! None has a published check. Next: `identifier/shape.rs`, for the language of the forms.

use super::{Identifier, Kind, form};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "PA_CEDULA",
        title: "Panamanian identity number (cédula)",
        country: "PA",
        kind: Kind::National,
        source: "Tribunal Electoral: province or PE, E, N, volume and entry; form only",
        context: &["cédula", "cedula", "identidad"],
        check: None,
        forms: &[
            form("pa-cedula-province", "[1-9]-d{1,4}-d{1,6}", 10),
            form("pa-cedula-province-ten", "1[0-3]-d{1,4}-d{1,6}", 10),
            form("pa-cedula-abroad", "[PE]{1,2}-d{1,4}-d{1,6}", 25),
            form("pa-cedula-naturalised", "N-d{1,4}-d{1,6}", 20),
        ],
    },
    Identifier {
        entity: "PA_PASSPORT",
        title: "Panamanian passport",
        country: "PA",
        kind: Kind::Document,
        source: "Autoridad de Pasaportes: two letters and seven digits; form only",
        context: &["pasaporte", "passport"],
        check: None,
        forms: &[
            form("pa-passport", "PAd{7}", 20),
            form("pa-passport", "lld{7}", 5),
        ],
    },
];
