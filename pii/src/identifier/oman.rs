//! Identifiers issued in Oman.
//!
//! None has a published check. Next: `identifier/shape.rs`, for the language of the forms.

use super::{Identifier, Kind, form};

pub(super) static TABLE: &[Identifier] = &[Identifier {
    entity: "OM_VATIN",
    title: "Omani tax number (VATIN)",
    country: "OM",
    kind: Kind::Tax,
    source: "Oman Tax Authority: OM and ten digits; form only",
    context: &["vatin", "vat", "tax", "ضريبة"],
    check: None,
    forms: &[form("om-vatin", "OMd{10}", 75)],
}];
