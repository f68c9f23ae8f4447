//! Estonia.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, checksum, day_month, digit, number, require, rest, two_rounds_of_11},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "EE_PERSONAL_CODE",
        title: "Estonian personal code (isikukood)",
        country: "EE",
        kind: Kind::National,
        source: "Rahvastikuregistri seadus, EVS 585: sex and century, date, serial, two rounds \
            modulo 11",
        context: &["identity", "national", "personal", "id", "isikukood*"],
        check: Some(personal),
        forms: &[form("ee-personal-code", "[1-8]d{10}", 38)],
    },
    Identifier {
        entity: "EE_REGISTRY_CODE",
        title: "Estonian registry code (registrikood)",
        country: "EE",
        kind: Kind::Company,
        source: "Äriregister: two rounds modulo 11",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "registrikood*",
            "äriregist*",
            "reg",
        ],
        check: Some(company),
        forms: &[form("ee-registry-code", "[1789]d{7}", 15)],
    },
    Identifier {
        entity: "EE_VAT",
        title: "Estonian VAT number (KMKR)",
        country: "EE",
        kind: Kind::Tax,
        source: "EMTA: weights 3 7 1 modulo 10",
        context: &["vat", "kmkr", "käibemaks*", "kmk"],
        check: Some(vat),
        forms: &[form("ee-vat", "EE?d{9}", 80)],
    },
    Identifier {
        entity: "EE_ID_CARD",
        title: "Estonian identity card number",
        country: "EE",
        kind: Kind::Document,
        source: "PPA: two letters and seven digits, no published check",
        context: &["identity", "isikutunnistus*", "kaart*", "dokumendi"],
        check: None,
        forms: &[form("ee-id-card", "[A-Z]{2}d{7}", 12)],
    },
    Identifier {
        entity: "EE_PASSPORT",
        title: "Estonian passport number",
        country: "EE",
        kind: Kind::Document,
        source: "PPA: K, with a letter, and seven digits",
        context: &["passport*", "passi"],
        check: None,
        forms: &[form("ee-passport", "K[A-Z]{0,1}d{7}", 15)],
    },
    Identifier {
        entity: "EE_VEHICLE_REGISTRATION",
        title: "Estonian vehicle registration",
        country: "EE",
        kind: Kind::Vehicle,
        source: "Transpordiamet: three digits and three letters",
        context: &["plate*", "registreerimis*", "auto"],
        check: None,
        forms: &[form("ee-plate", "ddd~[A-Z]{3}", 5)],
    },
];

fn personal(digits: &[u8]) -> Result<(), Fault> {
    let day = number(digits, 5, 7);
    let born = day_month(day, number(digits, 3, 5), number(digits, 1, 3));
    require(born, Fault::Date)?;
    company(digits)
}

fn company(digits: &[u8]) -> Result<(), Fault> {
    let (_, body) = digits.split_last().ok_or(Fault::Length)?;
    agree(two_rounds_of_11(body), digit(digits, body.len()))
}

fn vat(text: &[u8]) -> Result<(), Fault> {
    checksum(rest(&text[2..], &[3, 7, 1, 3, 7, 1, 3, 7, 1], 10) == Some(0))
}
