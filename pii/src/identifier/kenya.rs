//! Identifiers issued in Kenya.
//!
//! None has a published check. Next: `identifier/shape.rs`, for the language of the forms.

use super::{Identifier, Kind, form};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "KE_PIN",
        title: "Kenyan tax number (KRA PIN)",
        country: "KE",
        kind: Kind::Tax,
        source: "Kenya Revenue Authority: A or P, nine digits, a letter; form only",
        context: &["pin", "kra", "tax"],
        check: None,
        forms: &[form("ke-pin", "[AP]d{9}l", 55)],
    },
    Identifier {
        entity: "KE_ID",
        title: "Kenyan identity card",
        country: "KE",
        kind: Kind::National,
        source: "National Registration Bureau: seven or eight digits; form only",
        context: &["identity", "kitambulisho", "national"],
        check: None,
        forms: &[form("ke-id", "d{7,8}", 5)],
    },
    Identifier {
        entity: "KE_PASSPORT",
        title: "Kenyan passport",
        country: "KE",
        kind: Kind::Document,
        source: "Directorate of Immigration Services: two letters and six or seven digits; form only",
        context: &["passport", "pasipoti"],
        check: None,
        forms: &[form("ke-passport", "[ABC][KA-D]?d{6,7}", 10)],
    },
];
