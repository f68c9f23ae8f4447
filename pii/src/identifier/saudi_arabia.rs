//! Identifiers issued in Saudi Arabia.
//!
//! None has a published check. Next: `identifier/shape.rs`, for the language of the forms.

use super::{Identifier, Kind, form};
use crate::check::weights::luhn;

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "SA_ID",
        title: "Saudi identity or residence number (Iqama)",
        country: "SA",
        kind: Kind::National,
        source: "National Information Center: 1 for citizens, 2 for residents, ten digits with Luhn",
        context: &[
            "الهوية",
            "هوية",
            "إقامة",
            "اقامة",
            "iqama",
            "national",
            "identity",
        ],
        check: Some(luhn),
        forms: &[form("sa-id", "[12]d{9}", 20)],
    },
    Identifier {
        entity: "SA_VAT",
        title: "Saudi tax number",
        country: "SA",
        kind: Kind::Tax,
        source: "Zakat, Tax and Customs Authority: fifteen digits that begin and end with 3; form only",
        context: &["vat", "zatca", "tax", "الضريبي", "ضريبة"],
        check: None,
        forms: &[form("sa-vat", "3d{13}3", 20)],
    },
];
