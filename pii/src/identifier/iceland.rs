//! Iceland.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{checksum, day_month, number, require, rest},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "IS_KENNITALA",
        title: "Icelandic identification number (kennitala)",
        country: "IS",
        kind: Kind::National,
        source: "Þjóðskrá: date (day and forty for a company), weights 3 2 7 6 5 4 3 2 modulo 11, \
            century",
        context: &[
            "identity",
            "national",
            "personal",
            "id",
            "kennitala*",
            "kennitölu",
            "kt",
        ],
        check: Some(kennitala),
        forms: &[
            form("is-kennitala", "d{6}-ddd[089]", 60),
            form("is-kennitala-digits", "d{6}~ddd[089]", 38),
        ],
    },
    Identifier {
        entity: "IS_VAT",
        title: "Icelandic VAT number (VSK)",
        country: "IS",
        kind: Kind::Tax,
        source: "Skatturinn: five or six digits, no published check",
        context: &["vat", "vsk", "virðisaukaskatt*"],
        check: None,
        forms: &[
            form("is-vat", "ISd{5,6}", 30),
            form("is-vat-spaced", "IS d{5,6}", 8),
            form("is-vat-digits", "d{5,6}", 5),
        ],
    },
    Identifier {
        entity: "IS_PASSPORT",
        title: "Icelandic passport number",
        country: "IS",
        kind: Kind::Document,
        source: "A and seven digits",
        context: &["passport*", "vegabréf*", "vegabref*"],
        check: None,
        forms: &[form("is-passport", "Ad{7}", 15)],
    },
    Identifier {
        entity: "IS_VEHICLE_REGISTRATION",
        title: "Icelandic vehicle registration",
        country: "IS",
        kind: Kind::Vehicle,
        source: "Samgöngustofa: two letters, a letter or digit, two digits",
        context: &["plate*", "bílnúmer*", "skráningarnúmer*"],
        check: None,
        forms: &[form("is-plate", "[A-Z]{2}~[A-Z0-9]dd", 5)],
    },
];

fn kennitala(digits: &[u8]) -> Result<(), Fault> {
    let day = number(digits, 0, 2).map(|day| if day > 40 { day - 40 } else { day });
    require(
        day_month(day, number(digits, 2, 4), number(digits, 4, 6)),
        Fault::Date,
    )?;
    checksum(rest(digits, &[3, 2, 7, 6, 5, 4, 3, 2, 1], 11) == Some(0))
}
