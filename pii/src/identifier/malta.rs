//! Malta.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{checksum, require, rest},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "MT_ID_CARD",
        title: "Maltese identity card number",
        country: "MT",
        kind: Kind::National,
        source: "Identità: up to seven digits and a letter, no check digit",
        context: &["identity", "card", "id", "karta", "identità", "identita"],
        check: None,
        forms: &[form("mt-id-card", "d{3,7}[MGAPLHBZ]", 20)],
    },
    Identifier {
        entity: "MT_VAT",
        title: "Maltese VAT number",
        country: "MT",
        kind: Kind::Tax,
        source: "CFR: weights 3 4 6 7 8 9 and two digits, modulo 37",
        context: &["vat", "taxxa"],
        check: Some(vat),
        forms: &[form("mt-vat", "MT?dddd?dddd", 80)],
    },
    Identifier {
        entity: "MT_PASSPORT",
        title: "Maltese passport number",
        country: "MT",
        kind: Kind::Document,
        source: "Identità: seven digits, no published check",
        context: &["passport*", "passaport*"],
        check: None,
        forms: &[form("mt-passport", "d{7}", 5)],
    },
    Identifier {
        entity: "MT_COMPANY_NUMBER",
        title: "Maltese company number",
        country: "MT",
        kind: Kind::Company,
        source: "MBR: C and up to six digits",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "kumpanija",
            "mbr",
        ],
        check: None,
        forms: &[form("mt-company", "C?[1-9]d{3,5}", 12)],
    },
    Identifier {
        entity: "MT_VEHICLE_REGISTRATION",
        title: "Maltese vehicle registration",
        country: "MT",
        kind: Kind::Vehicle,
        source: "Transport Malta: three letters and three digits",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "numru",
            "karozza",
        ],
        check: None,
        forms: &[
            form("mt-plate", "lll-ddd", 20),
            form("mt-plate-spaced", "lll ddd", 5),
        ],
    },
];

fn vat(text: &[u8]) -> Result<(), Fault> {
    let digits = &text[2..];
    require(digits[0] != b'0', Fault::Structure)?;
    checksum(rest(digits, &[3, 4, 6, 7, 8, 9, 10, 1], 37) == Some(0))
}
