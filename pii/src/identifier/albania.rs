//! Albania.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{day_month, number, require},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "AL_NID",
        title: "Albanian personal number (NID)",
        country: "AL",
        kind: Kind::National,
        source: "VKM 827/2003: letter of the decade, year, month (and 50 or 30), day, serial, \
            letter; the letter is not checked, since numbers with another were given",
        context: &[
            "identity",
            "national",
            "personal",
            "id",
            "nid",
            "numri",
            "numer",
            "letërnjoftim*",
        ],
        check: Some(personal),
        forms: &[form("al-nid", "[A-T]d{8}[A-W]", 35)],
    },
    Identifier {
        entity: "AL_NIPT",
        title: "Albanian tax number (NUIS, NIPT)",
        country: "AL",
        kind: Kind::Tax,
        source: "QKB: letter, eight digits, letter; no published check",
        context: &["tax", "tin", "taxpayer", "nipt", "nuis", "tatim*", "qkb"],
        check: None,
        forms: &[form("al-nipt", "[J-M]d{8}[A-Z]", 25)],
    },
    Identifier {
        entity: "AL_PASSPORT",
        title: "Albanian passport number",
        country: "AL",
        kind: Kind::Document,
        source: "Two letters and seven digits",
        context: &["passport*", "pasaporta*", "pasaportë*"],
        check: None,
        forms: &[form("al-passport", "B[A-Z]d{7}", 15)],
    },
    Identifier {
        entity: "AL_ID_CARD",
        title: "Albanian identity card number",
        country: "AL",
        kind: Kind::Document,
        source: "Nine digits, no published check",
        context: &["identity", "letërnjoftim*", "kartë", "identiteti"],
        check: None,
        forms: &[form("al-id-card", "d{9}", 5)],
    },
    Identifier {
        entity: "AL_VEHICLE_REGISTRATION",
        title: "Albanian vehicle registration",
        country: "AL",
        kind: Kind::Vehicle,
        source: "Two letters, three digits, two letters",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "targa",
            "makina",
        ],
        check: None,
        forms: &[form("al-plate", "[A-HJ-Z]{2} ddd [A-HJ-Z]{2}", 15)],
    },
];

/// Fifty is added to the month of a woman, thirty to that of a foreigner.
fn personal(text: &[u8]) -> Result<(), Fault> {
    let month = number(text, 2, 4).map(|month| match month {
        81.. => month - 80,
        51.. => month - 50,
        31.. => month - 30,
        _ => month,
    });
    require(day_month(number(text, 4, 6), month, Some(0)), Fault::Date)
}
