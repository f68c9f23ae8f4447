//! Belgium.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, checksum, number, remainder, require},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "BE_NATIONAL_NUMBER",
        title: "Belgian national register number (NN, BIS, NISS)",
        country: "BE",
        kind: Kind::National,
        source: "AR du 3 avril 1984; 97 less the number, with a 2 in front since 2000, modulo 97; \
            BIS adds 20 or 40 to the month",
        context: &[
            "social",
            "security",
            "insurance",
            "rijksregister*",
            "insz",
            "niss",
            "nn",
            "registre",
            "rijksregisternummer*",
            "nationaal",
            "national",
            "numéro",
        ],
        check: Some(national),
        forms: &[
            form("be-national-number", "dd.dd.dd-ddd.dd", 65),
            form("be-national-number-plain", "d{6}~ddd~dd", 45),
        ],
    },
    Identifier {
        entity: "BE_ENTERPRISE_NUMBER",
        title: "Belgian enterprise number (KBO, BCE)",
        country: "BE",
        kind: Kind::Company,
        source: "Loi du 16 janvier 2003; 97 less the first eight digits modulo 97",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "kbo",
            "bce",
            "ondernemingsnummer*",
            "entreprise*",
            "onderneming*",
        ],
        check: Some(enterprise),
        forms: &[
            form("be-enterprise", "[01]ddd.ddd.ddd", 50),
            form("be-enterprise-digits", "[01]d{9}", 30),
        ],
    },
    Identifier {
        entity: "BE_VAT",
        title: "Belgian VAT number",
        country: "BE",
        kind: Kind::Tax,
        source: "BE and the enterprise number",
        context: &["vat", "btw", "tva", "mwst"],
        check: Some(vat),
        forms: &[form("be-vat", "BE?[01]ddd?ddd?ddd", 85)],
    },
    Identifier {
        entity: "BE_ID_CARD",
        title: "Belgian identity card number",
        country: "BE",
        kind: Kind::Document,
        source: "IBZ: ten digits and their remainder by 97, 97 for 0",
        context: &[
            "identity",
            "card",
            "id",
            "identiteitskaart*",
            "eid",
            "carte",
            "identité",
            "kaartnummer*",
        ],
        check: Some(id_card),
        forms: &[
            form("be-id-card", "ddd-d{7}-dd", 60),
            form("be-id-card-digits", "d{12}", 35),
        ],
    },
    Identifier {
        entity: "BE_PASSPORT",
        title: "Belgian passport number",
        country: "BE",
        kind: Kind::Document,
        source: "FPS Foreign Affairs: two letters and six digits, no check",
        context: &["passport*", "paspoort*", "passeport*", "reisepass*"],
        check: None,
        forms: &[form("be-passport", "lld{6}", 12)],
    },
    Identifier {
        entity: "BE_DRIVING_LICENCE",
        title: "Belgian driving licence number",
        country: "BE",
        kind: Kind::Licence,
        source: "FPS Mobility: ten digits, no published check",
        context: &[
            "driving",
            "driver*",
            "rijbewijs*",
            "permis",
            "conduire",
            "führerschein*",
        ],
        check: None,
        forms: &[form("be-driving-licence", "d{10}", 5)],
    },
    Identifier {
        entity: "BE_VEHICLE_REGISTRATION",
        title: "Belgian vehicle registration",
        country: "BE",
        kind: Kind::Vehicle,
        source: "DIV: index, three letters, three digits",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "nummerplaat*",
            "plaque*",
            "kenteken*",
            "immatriculation*",
        ],
        check: None,
        forms: &[form("be-plate", "[1-9]-lll-ddd", 45)],
    },
];

fn national(digits: &[u8]) -> Result<(), Fault> {
    let month = number(digits, 2, 4).map(|month| month % 20);
    let day = number(digits, 4, 6);
    // Where the month is not known the day is a mere counter.
    let known = month == Some(0) || month <= Some(12) && day <= Some(31);
    require(known && number(digits, 2, 4) <= Some(52), Fault::Date)?;
    let written = number(digits, 9, 11);
    let before = remainder(&digits[..9], 97).map(|rest| 97 - rest);
    let since = remainder(b"2".iter().chain(&digits[..9]), 97).map(|rest| 97 - rest);
    // Those since 2000 are told from those before by their key alone; 60 and later is not yet.
    let since = since.filter(|_| digits[0] < b'6');
    checksum(written.is_some() && (before == written || since == written))
}

fn enterprise(digits: &[u8]) -> Result<(), Fault> {
    let key = remainder(&digits[..8], 97).map(|rest| 97 - rest);
    agree(key, number(digits, 8, 10))
}

fn vat(text: &[u8]) -> Result<(), Fault> {
    enterprise(&text[2..])
}

fn id_card(digits: &[u8]) -> Result<(), Fault> {
    let key = remainder(&digits[..10], 97).map(|rest| if rest == 0 { 97 } else { rest });
    agree(key, number(digits, 10, 12))
}
