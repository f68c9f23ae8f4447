//! Identifiers issued in Botswana.
//!
//! None has a published check. Next: `identifier/shape.rs`, for the language of the forms.

use super::{Identifier, Kind, form};

pub(super) static TABLE: &[Identifier] = &[Identifier {
    entity: "BW_OMANG",
    title: "Botswana identity card (Omang)",
    country: "BW",
    kind: Kind::National,
    source: "National Registration Act: nine digits, the fifth for the sex; form only",
    context: &["omang", "identity"],
    check: None,
    forms: &[form("bw-omang", "dddd[12]dddd", 10)],
}];
