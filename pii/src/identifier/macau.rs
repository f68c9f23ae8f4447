//! Identifiers issued in Macau.
//!
//! None has a published check. Next: `identifier/shape.rs`, for the language of the forms.

use super::{Identifier, Kind, form};

pub(super) static TABLE: &[Identifier] = &[Identifier {
    entity: "MO_BIR",
    title: "Macau resident identity card (BIR)",
    country: "MO",
    kind: Kind::National,
    source: "Direcção dos Serviços de Identificação: begins with 1, 5 or 7, eight digits; the check digit is not published",
    context: &["bir", "身份證", "身份证", "identidade", "residente"],
    check: None,
    forms: &[
        form("mo-bir-slashed", "[157]/d{6}/d", 40),
        form("mo-bir", "[157]d{6}?d", 5),
    ],
}];
