//! Identifiers issued in Qatar.
//!
//! None has a published check. Next: `identifier/shape.rs`, for the language of the forms.

use super::{Identifier, Kind, form};

pub(super) static TABLE: &[Identifier] = &[Identifier {
    entity: "QA_QID",
    title: "Qatari identity number (QID)",
    country: "QA",
    kind: Kind::National,
    source: "Ministry of Interior: century, year of birth, country of nationality, five digits; form only",
    context: &["qid", "qatar", "identity", "الشخصي"],
    check: None,
    forms: &[form("qa-qid", "[23]d{10}", 10)],
}];
