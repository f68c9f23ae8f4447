//! Identifiers issued in Israel.
//!
//! None has a published check. Next: `identifier/shape.rs`, for the language of the forms.

use super::{Identifier, Kind, form};
use crate::check::weights::luhn;

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "IL_ID",
        title: "Israeli identity number (Teudat Zehut)",
        country: "IL",
        kind: Kind::National,
        source: "Population and Immigration Authority; Prime Minister's Office, check digit: nine digits with Luhn",
        context: &["תעודת", "זהות", "תז", "teudat", "zehut", "identity"],
        check: Some(luhn),
        forms: &[
            form("il-id-dashed", "d{8}-d", 30),
            form("il-id", "d{9}", 15),
        ],
    },
    Identifier {
        entity: "IL_COMPANY",
        title: "Israeli company number",
        country: "IL",
        kind: Kind::Company,
        source: "Registrar of Companies: nine digits that begin with 5, Luhn",
        context: &["חפ", "חברה", "company", "vat"],
        check: Some(luhn),
        forms: &[form("il-company", "5d{3}?d{5}", 18)],
    },
];
