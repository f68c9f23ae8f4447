//! The Netherlands.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, checksum, digit, mod_97_10, require, rest},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "NL_BSN",
        title: "Dutch citizen service number (BSN)",
        country: "NL",
        kind: Kind::National,
        source: "Wet algemene bepalingen burgerservicenummer; eleven-test with weights 9 to 2 and \
            -1",
        context: &[
            "identity",
            "national",
            "personal",
            "id",
            "bsn",
            "burgerservicenummer*",
            "sofi",
            "sofinummer*",
            "burger*",
        ],
        check: Some(eleven),
        forms: &[
            form("nl-bsn", "d{9}", 15),
            form("nl-bsn-printed", "dddd.dd.ddd", 30),
            form("nl-bsn-spaced", "dddd dd ddd", 15),
        ],
    },
    Identifier {
        entity: "NL_RSIN",
        title: "Dutch number of a legal person (RSIN)",
        country: "NL",
        kind: Kind::Company,
        source: "Handelsregisterbesluit; the eleven-test of the BSN",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "rsin",
            "fiscaal",
            "fiscaalnummer*",
        ],
        check: Some(eleven),
        forms: &[form("nl-rsin", "d{9}", 12)],
    },
    Identifier {
        entity: "NL_VAT",
        title: "Dutch VAT number (btw-id)",
        country: "NL",
        kind: Kind::Tax,
        source: "Belastingdienst: the eleven-test of the BSN, or ISO/IEC 7064 MOD 97-10 since 2020",
        context: &["vat", "btw", "omzetbelasting*"],
        check: Some(vat),
        forms: &[
            form("nl-vat", "NL?d{9}?B?dd", 90),
            form("nl-vat-dotted", "NL?dddd~dd~ddd~B~dd", 90),
        ],
    },
    Identifier {
        entity: "NL_KVK",
        title: "Dutch trade register number (KvK)",
        country: "NL",
        kind: Kind::Company,
        source: "Kamer van Koophandel: eight digits, no check",
        context: &[
            "company",
            "enterprise",
            "kvk",
            "koophandel",
            "handelsregister*",
        ],
        check: None,
        forms: &[form("nl-kvk", "d{8}", 5)],
    },
    Identifier {
        entity: "NL_PASSPORT",
        title: "Dutch passport number",
        country: "NL",
        kind: Kind::Document,
        source: "RvIG: two letters, six letters or digits, a digit; no O",
        context: &["passport*", "paspoort*", "paspoortnummer*"],
        check: None,
        forms: &[form("nl-passport", "[A-NP-Z]{2}[A-NP-Z0-9]{6}d", 20)],
    },
    Identifier {
        entity: "NL_ID_CARD",
        title: "Dutch identity card number",
        country: "NL",
        kind: Kind::Document,
        source: "RvIG: two letters, six letters or digits, a digit; no O",
        context: &[
            "identity",
            "identiteitskaart*",
            "identiteitsbewijs*",
            "legitimatie*",
        ],
        check: None,
        forms: &[form("nl-id-card", "[A-NP-Z]{2}[A-NP-Z0-9]{6}d", 15)],
    },
    Identifier {
        entity: "NL_DRIVING_LICENCE",
        title: "Dutch driving licence number",
        country: "NL",
        kind: Kind::Licence,
        source: "RDW: ten digits, no published check",
        context: &["driving", "driver*", "rijbewijs*", "rijbewijsnummer*"],
        check: None,
        forms: &[form("nl-driving-licence", "d{10}", 5)],
    },
    Identifier {
        entity: "NL_BIG",
        title: "Dutch number of a health professional (BIG)",
        country: "NL",
        kind: Kind::Licence,
        source: "BIG-register: eleven digits, no published check",
        context: &[
            "bignummer*",
            "bigregister*",
            "artsen",
            "zorgverlener*",
            "verpleegkundige*",
        ],
        check: None,
        forms: &[form("nl-big", "[0-9]9d{9}", 5)],
    },
    Identifier {
        entity: "NL_POSTCODE",
        title: "Dutch postcode",
        country: "NL",
        kind: Kind::Place,
        source: "PostNL: four digits from 1000 and two letters, not SA, SD or SS",
        context: &[
            "postcode",
            "postal",
            "zip",
            "address",
            "postcodes",
            "adres*",
            "woonplaats*",
        ],
        check: Some(postcode),
        forms: &[form("nl-postcode", "[1-9]ddd~ll", 10)],
    },
    Identifier {
        entity: "NL_VEHICLE_REGISTRATION",
        title: "Dutch vehicle registration (kenteken)",
        country: "NL",
        kind: Kind::Vehicle,
        source: "RDW, sidecodes 4 to 13",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "kenteken*",
            "nummerbord*",
        ],
        check: None,
        forms: &[
            form("nl-plate-4", "ll-ll-dd", 25),
            form("nl-plate-5", "ll-dd-ll", 25),
            form("nl-plate-6", "dd-ll-ll", 25),
            form("nl-plate-7", "dd-lll-d", 30),
            form("nl-plate-8", "d-lll-dd", 30),
            form("nl-plate-9", "ll-ddd-l", 30),
            form("nl-plate-10", "l-ddd-ll", 30),
            form("nl-plate-11", "lll-dd-l", 30),
            form("nl-plate-13", "l-dd-lll", 30),
        ],
    },
];

/// The last digit is taken off the weighted sum of the others.
fn eleven(digits: &[u8]) -> Result<(), Fault> {
    require(
        digits.iter().any(|digit| *digit != b'0'),
        Fault::NeverIssued,
    )?;
    agree(
        rest(digits, &[9, 8, 7, 6, 5, 4, 3, 2], 11),
        digit(digits, 8),
    )
}

fn vat(text: &[u8]) -> Result<(), Fault> {
    require(!text.ends_with(b"00"), Fault::Serial)?;
    checksum(eleven(&text[2..11]).is_ok() || mod_97_10(text))
}

fn postcode(text: &[u8]) -> Result<(), Fault> {
    require(
        ![b"SA", b"SD", b"SS"]
            .iter()
            .any(|unused| text.ends_with(*unused)),
        Fault::Area,
    )
}
