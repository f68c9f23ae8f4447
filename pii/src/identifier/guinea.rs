//! Identifiers issued in Guinea.
//!
//! None has a published check. Next: `identifier/shape.rs`, for the language of the forms.

use super::{Identifier, Kind, form};
use crate::check::weights::luhn;

pub(super) static TABLE: &[Identifier] = &[Identifier {
    entity: "GN_NIFP",
    title: "Guinean tax number (NIFp)",
    country: "GN",
    kind: Kind::Tax,
    source: "Direction nationale des impôts, Cahier de charges NIF-p: nine digits with Luhn",
    context: &["nif", "nifp", "fiscale", "fiscal"],
    check: Some(luhn),
    forms: &[
        form("gn-nifp-dashed", "ddd-ddd-ddd", 30),
        form("gn-nifp", "d{9}", 10),
    ],
}];
