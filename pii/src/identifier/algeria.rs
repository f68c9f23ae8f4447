//! Identifiers issued in Algeria.
//!
//! None has a published check. Next: `identifier/shape.rs`, for the language of the forms.

use super::{Identifier, Kind, form};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "DZ_NIF",
        title: "Algerian tax number (NIF)",
        country: "DZ",
        kind: Kind::Tax,
        source: "Direction générale des impôts: fifteen digits, twenty with a branch; form only",
        context: &["nif", "fiscale", "fiscal"],
        check: None,
        forms: &[
            form("dz-nif", "ddd?ddd?ddd?ddd?ddd", 5),
            form("dz-nif-branch", "d{20}", 5),
        ],
    },
    Identifier {
        entity: "DZ_NIN",
        title: "Algerian national number (NIN)",
        country: "DZ",
        kind: Kind::National,
        source: "Ministère de l'Intérieur: eighteen digits; form only",
        context: &["nin", "identification", "national", "identité"],
        check: None,
        forms: &[form("dz-nin", "[12]d{17}", 10)],
    },
];
