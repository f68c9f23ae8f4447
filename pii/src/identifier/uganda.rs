//! Identifiers issued in Uganda.
//!
//! None has a published check. Next: `identifier/shape.rs`, for the language of the forms.

use super::{Identifier, Kind, form};

pub(super) static TABLE: &[Identifier] = &[Identifier {
    entity: "UG_NIN",
    title: "Ugandan identity number (NIN)",
    country: "UG",
    kind: Kind::National,
    source: "NIRA, Registration of Persons Act: kind, sex, year and ten letters or digits; form only",
    context: &["nin", "nira", "identity", "national"],
    check: None,
    forms: &[
        form("ug-nin", "[CAP][MF]d{5}x{6}[A-Z]", 50),
        form("ug-nin-loose", "[CAP][MF]ddx{10}", 25),
    ],
}];
