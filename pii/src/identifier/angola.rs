//! Identifiers issued in Angola.
//!
//! None has a published check. Next: `identifier/shape.rs`, for the language of the forms.

use super::{Identifier, Kind, form};

pub(super) static TABLE: &[Identifier] = &[Identifier {
    entity: "AO_BI",
    title: "Angolan identity card (bilhete de identidade)",
    country: "AO",
    kind: Kind::National,
    source: "Ministério da Justiça: nine digits, two letters of the province, three digits; form only",
    context: &["bilhete", "identidade", "bi", "nif"],
    check: None,
    forms: &[form("ao-bi", "d{9}[BCHLMNUZ][AEIOUSGNX]d{3}", 60)],
}];
