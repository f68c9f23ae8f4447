//! Identifiers issued in Zambia.
//!
//! None has a published check. Next: `identifier/shape.rs`, for the language of the forms.

use super::{Identifier, Kind, form};

pub(super) static TABLE: &[Identifier] = &[Identifier {
    entity: "ZM_NRC",
    title: "Zambian registration card (NRC)",
    country: "ZM",
    kind: Kind::National,
    source: "National Registration Act, chapter 126: six digits, district, nationality; form only",
    context: &["nrc", "registration", "identity"],
    check: None,
    forms: &[form("zm-nrc", "d{6}/dd/[1-3]", 50)],
}];
