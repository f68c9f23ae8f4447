//! Finland.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, checksum, complement, day_month, digit, number, remainder, require},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "FI_PERSONAL_IDENTITY_CODE",
        title: "Finnish personal identity code (henkilötunnus)",
        country: "FI",
        kind: Kind::National,
        source: "Asetus väestötietojärjestelmästä 128/2010 and 690/2022: date, sign of the \
            century, serial, number modulo 31",
        context: &[
            "identity",
            "national",
            "personal",
            "id",
            "hetu",
            "henkilötunnus*",
            "henkilotunnus*",
            "personbeteckning*",
            "tunnus*",
        ],
        check: Some(personal),
        forms: &[
            form("fi-personal-code-dash", "d{6}-dddx", 80).glued(),
            form("fi-personal-code-plus", "d{6}+dddx", 80).glued(),
            form("fi-personal-code-letter", "d{6}[A-FU-Y]dddx", 85).glued(),
        ],
    },
    Identifier {
        entity: "FI_BUSINESS_ID",
        title: "Finnish business identity code (Y-tunnus)",
        country: "FI",
        kind: Kind::Company,
        source: "YTJ: weights 7 9 10 5 8 4 2 modulo 11",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "ytunnus",
            "tunnus*",
            "yritys*",
            "fo",
        ],
        check: Some(business),
        forms: &[form("fi-business-id", "d{7}-d", 35)],
    },
    Identifier {
        entity: "FI_VAT",
        title: "Finnish VAT number",
        country: "FI",
        kind: Kind::Tax,
        source: "FI and the business identity code",
        context: &["vat", "alv", "arvonlisävero*", "moms"],
        check: Some(vat),
        forms: &[form("fi-vat", "FI?d{7}?d", 85)],
    },
    Identifier {
        entity: "FI_TAX_NUMBER",
        title: "Finnish individual tax number (veronumero)",
        country: "FI",
        kind: Kind::Tax,
        source: "Vero: twelve digits, no published check",
        context: &["tax", "tin", "taxpayer", "veronumero*", "skattenummer*"],
        check: None,
        forms: &[form("fi-tax-number", "d{12}", 5)],
    },
    Identifier {
        entity: "FI_PASSPORT",
        title: "Finnish passport number",
        country: "FI",
        kind: Kind::Document,
        source: "Poliisi: two letters and seven digits",
        context: &["passport*", "passi", "passin", "passinumero*"],
        check: None,
        forms: &[form("fi-passport", "[A-Z]{2}d{7}", 15)],
    },
    Identifier {
        entity: "FI_ID_CARD",
        title: "Finnish identity card number",
        country: "FI",
        kind: Kind::Document,
        source: "Poliisi: nine digits, or two letters and seven digits",
        context: &[
            "identity",
            "henkilökortti*",
            "henkilökortin",
            "identitetskort*",
        ],
        check: None,
        forms: &[form("fi-id-card", "[A-Z0-9]{2}d{7}", 5)],
    },
    Identifier {
        entity: "FI_VEHICLE_REGISTRATION",
        title: "Finnish vehicle registration",
        country: "FI",
        kind: Kind::Vehicle,
        source: "Traficom: two or three letters and up to three digits",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "rekisteri*",
            "rekisterinumero*",
            "auto",
            "auton",
        ],
        check: None,
        forms: &[form("fi-plate", "l{2,3}-[1-9]d{0,2}", 18)],
    },
];

/// The sign of the century is a letter among the ten others, or a separator that is not given here.
fn personal(text: &[u8]) -> Result<(), Fault> {
    let serial = text.len() - 4;
    let born = day_month(number(text, 0, 2), number(text, 2, 4), number(text, 4, 6));
    require(born, Fault::Date)?;
    let individual = number(text, serial, serial + 3);
    require(individual >= Some(2), Fault::Serial)?;
    let place = remainder(text[..6].iter().chain(&text[serial..serial + 3]), 31);
    let letter = place.and_then(|place| b"0123456789ABCDEFHJKLMNPRSTUVWXY".get(place as usize));
    checksum(letter.is_some() && letter == text.last())
}

fn business(digits: &[u8]) -> Result<(), Fault> {
    agree(
        complement(digits, &[7, 9, 10, 5, 8, 4, 2], 11),
        digit(digits, 7),
    )
}

fn vat(text: &[u8]) -> Result<(), Fault> {
    business(&text[2..])
}
