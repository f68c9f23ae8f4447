//! The Faroe Islands.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{day_month, number, require},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "FO_P_NUMBER",
        title: "Faroese personal number (P-tal)",
        country: "FO",
        kind: Kind::National,
        source: "Date of birth and three digits; no check verified here",
        context: &[
            "identity",
            "national",
            "personal",
            "id",
            "ptal",
            "persónstal*",
        ],
        check: Some(birth),
        forms: &[
            form("fo-p-number", "d{6}-ddd", 25),
            form("fo-p-number-digits", "d{9}", 5),
        ],
    },
    Identifier {
        entity: "FO_VAT",
        title: "Faroese tax number (V-tal)",
        country: "FO",
        kind: Kind::Tax,
        source: "TAKS: six digits, no published check",
        context: &["vat", "vtal", "vinnutal", "mvg"],
        check: None,
        forms: &[
            form("fo-vat", "FO?d{6}", 40),
            form("fo-vat-digits", "d{6}", 5),
        ],
    },
    Identifier {
        entity: "FO_VEHICLE_REGISTRATION",
        title: "Faroese vehicle registration",
        country: "FO",
        kind: Kind::Vehicle,
        source: "Two letters and three digits",
        context: &["plate*", "nummarplata*", "bilur"],
        check: None,
        forms: &[form("fo-plate", "[A-Z]{2}~ddd", 5)],
    },
];

fn birth(digits: &[u8]) -> Result<(), Fault> {
    let day = number(digits, 0, 2);
    require(
        day_month(day, number(digits, 2, 4), number(digits, 4, 6)),
        Fault::Date,
    )
}
