//! Sweden.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{checksum, date, day_month, number, require},
    luhn,
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "SE_PERSONNUMMER",
        title: "Swedish personal identity number (personnummer, samordningsnummer)",
        country: "SE",
        kind: Kind::National,
        source: "Folkbokföringslagen 18 §: date (day and sixty for a coordination number), \
            serial, Luhn",
        context: &[
            "identity",
            "national",
            "personal",
            "id",
            "personnummer*",
            "pnr",
            "personnr",
            "samordningsnummer*",
            "födelsenummer*",
        ],
        check: Some(personal),
        forms: &[
            form("se-personnummer", "d{6}-dddd", 55).glued(),
            form("se-personnummer-hundred", "d{6}+dddd", 60).glued(),
            form("se-personnummer-10", "d{10}", 30),
            form("se-personnummer-12", "[12]d{7}-dddd", 75).glued(),
            form("se-personnummer-12-hundred", "[12]d{7}+dddd", 75).glued(),
            form("se-personnummer-12-digits", "[12]d{11}", 50).glued(),
        ],
    },
    Identifier {
        entity: "SE_ORGANISATIONSNUMMER",
        title: "Swedish organisation number (organisationsnummer)",
        country: "SE",
        kind: Kind::Company,
        source: "Lag 1974:174: the third digit two at least, Luhn",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "organisationsnummer*",
            "orgnr",
            "orgnummer*",
            "org",
            "företag*",
        ],
        check: Some(organisation),
        forms: &[
            form("se-organisationsnummer", "[1-35-9]dd{4}-dddd", 40),
            form("se-organisationsnummer-digits", "[1-35-9]d{9}", 15),
            form("se-organisationsnummer-16", "16d{6}~dddd", 40),
        ],
    },
    Identifier {
        entity: "SE_VAT",
        title: "Swedish VAT number",
        country: "SE",
        kind: Kind::Tax,
        source: "Skatteverket: SE, the organisation number, 01",
        context: &["vat", "moms", "momsregistrerings*", "momsnummer*"],
        check: Some(vat),
        forms: &[
            form("se-vat", "SE?d{6}~dddd~01", 90),
            form("se-vat-digits", "SE?d{10}01", 90),
        ],
    },
    Identifier {
        entity: "SE_PASSPORT",
        title: "Swedish passport number",
        country: "SE",
        kind: Kind::Document,
        source: "Polisen: eight digits, or two letters and seven digits since 2022",
        context: &["passport*", "passnummer*"],
        check: None,
        forms: &[
            form("se-passport", "[A-Z]{2}d{7}", 12),
            form("se-passport-digits", "d{8}", 5),
        ],
    },
    Identifier {
        entity: "SE_ID_CARD",
        title: "Swedish identity card number",
        country: "SE",
        kind: Kind::Document,
        source: "Polisen: eight digits, or two letters and seven digits since 2022",
        context: &["identity", "identitetskort*", "legitimation*", "idkort*"],
        check: None,
        forms: &[
            form("se-id-card", "[A-Z]{2}d{7}", 8),
            form("se-id-card-digits", "d{8}", 5),
        ],
    },
    Identifier {
        entity: "SE_VEHICLE_REGISTRATION",
        title: "Swedish vehicle registration",
        country: "SE",
        kind: Kind::Vehicle,
        source: "Transportstyrelsen: three letters without I, Q, V, two digits, a digit or letter",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "registreringsnummer*",
            "regnr",
            "bil",
            "fordon*",
        ],
        check: None,
        forms: &[form(
            "se-plate",
            "[A-HJ-PR-UW-Z]{3}?dd[0-9A-HJ-NPR-UW-Z]",
            15,
        )],
    },
    Identifier {
        entity: "SE_POSTCODE",
        title: "Swedish postcode",
        country: "SE",
        kind: Kind::Place,
        source: "PostNord: three and two digits",
        context: &[
            "postcode",
            "postal",
            "zip",
            "address",
            "postnummer*",
            "adress*",
            "postadress*",
        ],
        check: None,
        forms: &[form("se-postcode", "[1-9]dd dd", 5)],
    },
];

/// Twelve digits begin with the century.
fn personal(digits: &[u8]) -> Result<(), Fault> {
    let short = &digits[digits.len() - 10..];
    let day = number(short, 4, 6).map(|day| if day > 60 { day - 60 } else { day });
    let born = if digits.len() == 12 {
        let year = number(digits, 0, 4).filter(|year| (1840..2100).contains(year));
        date(year, number(short, 2, 4), day)
    } else {
        day_month(day, number(short, 2, 4), number(short, 0, 2))
    };
    require(born, Fault::Date)?;
    checksum(luhn::passes(short))
}

fn organisation(digits: &[u8]) -> Result<(), Fault> {
    let short = &digits[digits.len() - 10..];
    require(short[2] > b'1', Fault::Structure)?;
    checksum(luhn::passes(short))
}

fn vat(text: &[u8]) -> Result<(), Fault> {
    checksum(luhn::passes(&text[2..12]))
}
