//! Poland.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, checksum, complement, date, digit, number, require, rest, value},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "PL_PESEL",
        title: "Polish national identification number (PESEL)",
        country: "PL",
        kind: Kind::National,
        source: "Ustawa o ewidencji ludności art. 15: date with the century in the month, weights \
            1 3 7 9 modulo 10",
        context: &[
            "identity",
            "national",
            "personal",
            "id",
            "pesel",
            "pesela",
            "peselu",
            "ewidencyjny",
        ],
        check: Some(pesel),
        forms: &[form("pl-pesel", "d{11}", 40)],
    },
    Identifier {
        entity: "PL_NIP",
        title: "Polish tax number (NIP)",
        country: "PL",
        kind: Kind::Tax,
        source: "Rozporządzenie MF: weights 6 5 7 2 3 4 5 6 7 modulo 11",
        context: &[
            "tax",
            "tin",
            "taxpayer",
            "nip",
            "nipu",
            "podatkowy",
            "podatnik*",
        ],
        check: Some(nip),
        forms: &[
            form("pl-nip", "ddd-ddd-dd-dd", 40),
            form("pl-nip-person", "ddd-dd-dd-ddd", 40),
            form("pl-nip-digits", "d{10}", 15),
        ],
    },
    Identifier {
        entity: "PL_VAT",
        title: "Polish VAT number",
        country: "PL",
        kind: Kind::Tax,
        source: "PL and the NIP",
        context: &["vat", "nip", "podatek"],
        check: Some(vat),
        forms: &[
            form("pl-vat", "PL?d{10}", 85),
            form("pl-vat-dashed", "PL?ddd-ddd-dd-dd", 85),
        ],
    },
    Identifier {
        entity: "PL_REGON",
        title: "Polish statistical number (REGON)",
        country: "PL",
        kind: Kind::Company,
        source: "GUS: weights 8 9 2 3 4 5 6 7, and 2 4 8 5 0 9 7 3 6 1 2 4 8, modulo 11",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "regon",
            "regonu",
        ],
        check: Some(regon),
        forms: &[
            form("pl-regon", "d{9}", 15),
            form("pl-regon-14", "d{14}", 35),
        ],
    },
    Identifier {
        entity: "PL_KRS",
        title: "Polish court register number (KRS)",
        country: "PL",
        kind: Kind::Company,
        source: "KRS: ten digits with leading zeros, no check",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "krs",
            "rejestr*",
            "sądowy",
        ],
        check: None,
        forms: &[form("pl-krs", "000d{7}", 20)],
    },
    Identifier {
        entity: "PL_ID_CARD",
        title: "Polish identity card number (dowód osobisty)",
        country: "PL",
        kind: Kind::Document,
        source: "MSWiA: three letters, six digits, weights 7 3 1 9 7 3 1 7 3 modulo 10",
        context: &[
            "identity",
            "card",
            "id",
            "dowód",
            "dowodu",
            "osobisty",
            "osobistego",
        ],
        check: Some(id_card),
        forms: &[
            form("pl-id-card", "llld{6}", 38),
            form("pl-id-card-spaced", "lll d{6}", 38),
        ],
    },
    Identifier {
        entity: "PL_PASSPORT",
        title: "Polish passport number",
        country: "PL",
        kind: Kind::Document,
        source: "MSWiA: two letters, seven digits, weights 7 3 9 1 7 3 1 7 3 modulo 10",
        context: &["passport*", "paszport*"],
        check: Some(passport),
        forms: &[
            form("pl-passport", "lld{7}", 38),
            form("pl-passport-spaced", "ll d{7}", 38),
        ],
    },
    Identifier {
        entity: "PL_DRIVING_LICENCE",
        title: "Polish driving licence number",
        country: "PL",
        kind: Kind::Licence,
        source: "Rozporządzenie MI: number, year digits, office",
        context: &[
            "driving", "driver*", "licence", "license", "prawo", "jazdy", "prawa",
        ],
        check: None,
        forms: &[form("pl-driving-licence", "d{5}/dd/dddd", 40)],
    },
    Identifier {
        entity: "PL_PWZ",
        title: "Polish physician licence number (PWZ)",
        country: "PL",
        kind: Kind::Licence,
        source: "Naczelna Izba Lekarska: first digit from the others, weights 1 to 6 modulo 11",
        context: &["pwz", "lekarz*", "lekarza", "wykonywania"],
        check: Some(physician),
        forms: &[form("pl-pwz", "[1-9]d{6}", 10)],
    },
    Identifier {
        entity: "PL_VEHICLE_REGISTRATION",
        title: "Polish vehicle registration",
        country: "PL",
        kind: Kind::Vehicle,
        source: "District of two or three letters, four or five letters and digits",
        context: &[
            "plate*",
            "rejestracyjny",
            "rejestracyjna",
            "tablica*",
            "pojazd*",
        ],
        check: Some(plate),
        forms: &[form("pl-plate", "[BCDEFGKLNOPRSTWZ][A-Z]{1,2} dx{3,4}", 12)],
    },
];

fn pesel(digits: &[u8]) -> Result<(), Fault> {
    let month = number(digits, 2, 4);
    let century = month.and_then(|month| [1900, 2000, 2100, 2200, 1800].get(month as usize / 20));
    let year = number(digits, 0, 2)
        .zip(century)
        .map(|(year, century)| century + year);
    let born = date(year, month.map(|month| month % 20), number(digits, 4, 6));
    require(born, Fault::Date)?;
    agree(
        complement(digits, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3], 10),
        digit(digits, 10),
    )
}

fn nip(digits: &[u8]) -> Result<(), Fault> {
    agree(
        rest(digits, &[6, 5, 7, 2, 3, 4, 5, 6, 7], 11),
        digit(digits, 9),
    )
}

fn vat(text: &[u8]) -> Result<(), Fault> {
    nip(&text[2..])
}

fn regon(digits: &[u8]) -> Result<(), Fault> {
    let short = rest(digits, &[8, 9, 2, 3, 4, 5, 6, 7], 11).map(|rest| rest % 10);
    agree(short, digit(digits, 8))?;
    if digits.len() == 9 {
        return Ok(());
    }
    let long = rest(digits, &[2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8], 11);
    agree(long.map(|rest| rest % 10), digit(digits, 13))
}

/// Letters count as in ICAO 9303; the sum with the check digit ends in zero.
fn ends_in_zero(text: &[u8], weights: [u32; 9]) -> Result<(), Fault> {
    let terms = text.iter().zip(weights);
    let sum = terms.map(|(byte, weight)| Some(value(*byte)? * weight));
    checksum(
        sum.sum::<Option<u32>>()
            .is_some_and(|sum| sum.is_multiple_of(10)),
    )
}

fn id_card(text: &[u8]) -> Result<(), Fault> {
    ends_in_zero(text, [7, 3, 1, 9, 7, 3, 1, 7, 3])
}

fn passport(text: &[u8]) -> Result<(), Fault> {
    ends_in_zero(text, [7, 3, 9, 1, 7, 3, 1, 7, 3])
}

fn physician(digits: &[u8]) -> Result<(), Fault> {
    agree(
        rest(&digits[1..], &[1, 2, 3, 4, 5, 6], 11),
        digit(digits, 0),
    )
}

/// The last places hold digits mostly: two letters at most.
fn plate(text: &[u8]) -> Result<(), Fault> {
    let letters = text[text.len() - 4..]
        .iter()
        .filter(|byte| byte.is_ascii_uppercase())
        .count();
    require(letters <= 2, Fault::Structure)
}
