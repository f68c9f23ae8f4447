//! Denmark.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{checksum, day_month, number, require, rest},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "DK_CPR",
        title: "Danish civil registration number (CPR)",
        country: "DK",
        kind: Kind::National,
        source: "CPR-loven; CPR-kontoret: date and serial; since 2007 without a check digit",
        context: &[
            "identity",
            "national",
            "personal",
            "id",
            "cpr",
            "cprnr",
            "personnummer*",
            "cprnummer*",
        ],
        check: Some(birth),
        forms: &[
            form("dk-cpr", "d{6}-dddd", 38),
            form("dk-cpr-digits", "d{10}", 10),
            form("dk-cpr-spaced", "d{6} dddd", 15),
        ],
    },
    Identifier {
        entity: "DK_CVR",
        title: "Danish company number (CVR)",
        country: "DK",
        kind: Kind::Company,
        source: "Erhvervsstyrelsen: weights 2 7 6 5 4 3 2 1 modulo 11",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "cvr",
            "cvrnr",
            "virksomhed*",
        ],
        check: Some(company),
        forms: &[form("dk-cvr", "[1-9]d~dd~dd~dd", 15)],
    },
    Identifier {
        entity: "DK_VAT",
        title: "Danish VAT number",
        country: "DK",
        kind: Kind::Tax,
        source: "DK and the company number",
        context: &["vat", "moms", "momsnr"],
        check: Some(vat),
        forms: &[form("dk-vat", "DK?[1-9]d?dd?dd?dd", 80)],
    },
    Identifier {
        entity: "DK_PASSPORT",
        title: "Danish passport number",
        country: "DK",
        kind: Kind::Document,
        source: "Nine digits, no published check",
        context: &["passport*", "pasnummer*", "pasnr"],
        check: None,
        forms: &[form("dk-passport", "d{9}", 5)],
    },
    Identifier {
        entity: "DK_DRIVING_LICENCE",
        title: "Danish driving licence number",
        country: "DK",
        kind: Kind::Licence,
        source: "Eight digits, no published check",
        context: &["driving", "driver*", "kørekort*", "korekort*"],
        check: None,
        forms: &[form("dk-driving-licence", "d{8}", 5)],
    },
    Identifier {
        entity: "DK_VEHICLE_REGISTRATION",
        title: "Danish vehicle registration",
        country: "DK",
        kind: Kind::Vehicle,
        source: "Motorstyrelsen: two letters and five digits",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "nummerplade*",
            "registreringsnummer*",
            "bil",
        ],
        check: None,
        forms: &[
            form("dk-plate", "[A-Z]{2} dd ddd", 25),
            form("dk-plate-joined", "[A-Z]{2}d{5}", 10),
        ],
    },
];

/// Sixty is added to the day of a substitute number.
fn birth(digits: &[u8]) -> Result<(), Fault> {
    let day = number(digits, 0, 2).map(|day| if day > 60 { day - 60 } else { day });
    let born = day_month(day, number(digits, 2, 4), number(digits, 4, 6));
    require(born, Fault::Date)
}

fn company(digits: &[u8]) -> Result<(), Fault> {
    checksum(rest(digits, &[2, 7, 6, 5, 4, 3, 2, 1], 11) == Some(0))
}

fn vat(text: &[u8]) -> Result<(), Fault> {
    company(&text[2..])
}
