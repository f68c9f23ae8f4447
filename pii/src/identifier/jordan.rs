//! Identifiers issued in Jordan.
//!
//! None has a published check. Next: `identifier/shape.rs`, for the language of the forms.

use super::{Identifier, Kind, form};

pub(super) static TABLE: &[Identifier] = &[Identifier {
    entity: "JO_NATIONAL_ID",
    title: "Jordanian national number",
    country: "JO",
    kind: Kind::National,
    source: "Civil Status and Passports Department: ten digits; form only",
    context: &["الوطني", "national"],
    check: None,
    forms: &[form("jo-national-id", "[29]d{9}", 5)],
}];
