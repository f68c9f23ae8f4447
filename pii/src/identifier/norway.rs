//! Norway.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, complement, day_month, digit, number, require},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "NO_FODSELSNUMMER",
        title: "Norwegian national identity number (fødselsnummer, D-nummer)",
        country: "NO",
        kind: Kind::National,
        source: "Folkeregisterforskriften § 2-2-1: date, serial, two check digits modulo 11; \
            forty on the day or month for D- and H-numbers, 80 and 65 for test data",
        context: &[
            "identity",
            "national",
            "personal",
            "id",
            "fødselsnummer*",
            "fodselsnummer*",
            "fnr",
            "personnummer*",
            "dnummer*",
        ],
        check: Some(birth),
        forms: &[form("no-fodselsnummer", "d{6}~d{5}", 50)],
    },
    Identifier {
        entity: "NO_ORGNR",
        title: "Norwegian organisation number",
        country: "NO",
        kind: Kind::Company,
        source: "Brønnøysundregistrene: weights 3 2 7 6 5 4 3 2 modulo 11",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "organisasjonsnummer*",
            "orgnr",
            "org",
            "foretak*",
        ],
        check: Some(organisation),
        forms: &[form("no-orgnr", "[89]dd~ddd~ddd", 18)],
    },
    Identifier {
        entity: "NO_VAT",
        title: "Norwegian VAT number",
        country: "NO",
        kind: Kind::Tax,
        source: "Skatteetaten: the organisation number and MVA",
        context: &["vat", "mva", "moms", "merverdiavgift*"],
        check: Some(vat),
        forms: &[
            form("no-vat", "[89]dd~ddd~ddd?MVA", 95),
            form("no-vat-no", "NO?[89]dd~ddd~ddd?MVA", 95),
            form("no-vat-prefix", "NO?[89]dd~ddd~ddd", 70),
        ],
    },
    Identifier {
        entity: "NO_PASSPORT",
        title: "Norwegian passport number",
        country: "NO",
        kind: Kind::Document,
        source: "Politiet: three letters and six digits, or eight digits before 2020",
        context: &["passport*", "passnummer*"],
        check: None,
        forms: &[
            form("no-passport", "[A-Z]{3}d{6}", 12),
            form("no-passport-old", "d{8}", 5),
        ],
    },
    Identifier {
        entity: "NO_HPR",
        title: "Norwegian number of a health professional (HPR)",
        country: "NO",
        kind: Kind::Licence,
        source: "Helsedirektoratet: seven to nine digits, no check",
        context: &["hpr", "helsepersonell*", "lege"],
        check: None,
        forms: &[form("no-hpr", "d{7,9}", 5)],
    },
    Identifier {
        entity: "NO_VEHICLE_REGISTRATION",
        title: "Norwegian vehicle registration",
        country: "NO",
        kind: Kind::Vehicle,
        source: "Statens vegvesen: two letters and five digits",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "registreringsnummer*",
            "regnr",
            "skilt*",
            "bil",
            "kjøretøy*",
        ],
        check: None,
        forms: &[form("no-plate", "[A-Z]{2}~[1-9]d{4}", 15)],
    },
];

fn birth(digits: &[u8]) -> Result<(), Fault> {
    let day = number(digits, 0, 2).map(|day| if day > 40 { day - 40 } else { day });
    let month = number(digits, 2, 4).map(|month| match month {
        81.. => month - 80,
        66.. => month - 65,
        41.. => month - 40,
        _ => month,
    });
    require(day_month(day, month, number(digits, 4, 6)), Fault::Date)?;
    agree(
        complement(digits, &[3, 7, 6, 1, 8, 9, 4, 5, 2], 11),
        digit(digits, 9),
    )?;
    agree(
        complement(digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2], 11),
        digit(digits, 10),
    )
}

fn organisation(digits: &[u8]) -> Result<(), Fault> {
    agree(
        complement(digits, &[3, 2, 7, 6, 5, 4, 3, 2], 11),
        digit(digits, 8),
    )
}

fn vat(text: &[u8]) -> Result<(), Fault> {
    organisation(text.strip_prefix(b"NO").unwrap_or(text))
}
