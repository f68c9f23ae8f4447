//! Identifiers issued in Bolivia.
//!
//! None has a published check. Next: `identifier/shape.rs`, for the language of the forms.

use super::{Identifier, Kind, form};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "BO_CI",
        title: "Bolivian identity number (cédula de identidad)",
        country: "BO",
        kind: Kind::National,
        source: "SEGIP: digits, complement and department where it was issued; form only",
        context: &["cédula", "cedula", "identidad", "ci", "segip", "carnet"],
        check: None,
        forms: &[
            form("bo-ci-department", "d{5,8}?[LCOPSTB][PBORTCAJEND]", 15),
            form("bo-ci-complement", "d{5,8}-d[A-Z]", 10),
            form("bo-ci", "d{5,8}", 5),
        ],
    },
    Identifier {
        entity: "BO_NIT",
        title: "Bolivian tax number (NIT)",
        country: "BO",
        kind: Kind::Tax,
        source: "SIN: seven to twelve digits; check digit not published, form only",
        context: &["nit", "tributaria", "impuestos"],
        check: None,
        forms: &[form("bo-nit", "d{7,12}", 5)],
    },
];
