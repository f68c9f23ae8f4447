//! France and Monaco.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, checksum, number, remainder, require},
    luhn,
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "FR_NIR",
        title: "French social security number (NIR)",
        country: "FR",
        kind: Kind::National,
        source: "INSEE, décret 82-103: key 97 less the number modulo 97; 2A and 2B of Corsica \
            read as 19 and 18",
        context: &[
            "social",
            "security",
            "insurance",
            "nir",
            "sécu",
            "sécurité",
            "sociale",
            "insee",
            "immatriculation",
            "assuré*",
        ],
        check: Some(nir),
        forms: &[
            form("fr-nir", "[1-478]~dd~dd~dx~ddd~ddd~dd", 50),
            form("fr-nir-block", "[1-478]d{4}dxd{6}~dd", 50),
        ],
    },
    Identifier {
        entity: "FR_TAX_NUMBER",
        title: "French tax number of a person (numéro fiscal, SPI)",
        country: "FR",
        kind: Kind::Tax,
        source: "DGFiP; key: the first ten digits modulo 511",
        context: &[
            "tax",
            "tin",
            "taxpayer",
            "fiscal*",
            "spi",
            "impôt*",
            "impots",
            "référence",
        ],
        check: Some(spi),
        forms: &[
            form("fr-tax-number", "[0-3]d~dd~ddd~ddd~ddd", 40),
            form("fr-tax-number-block", "[0-3]d{12}", 35),
        ],
    },
    Identifier {
        entity: "FR_VAT",
        title: "French VAT number (numéro de TVA)",
        country: "FR",
        kind: Kind::Tax,
        source: "CGI art. 286 ter; key of the SIREN, digits or letters; 000 for Monaco",
        context: &["vat", "tva", "intracommunautaire*"],
        check: Some(vat),
        forms: &[form("fr-vat", "FR?[0-9A-HJ-NP-Z]{2}?ddd?ddd?ddd", 85)],
    },
    Identifier {
        entity: "FR_SIREN",
        title: "French company number (SIREN)",
        country: "FR",
        kind: Kind::Company,
        source: "INSEE; Luhn",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "siren",
            "rcs",
            "entreprise*",
            "société*",
            "immatricul*",
        ],
        check: Some(siren),
        forms: &[form("fr-siren", "ddd~ddd~ddd", 12)],
    },
    Identifier {
        entity: "FR_SIRET",
        title: "French establishment number (SIRET)",
        country: "FR",
        kind: Kind::Company,
        source: "INSEE; Luhn over all and over the SIREN; La Poste by the sum of its digits",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "siret",
            "établissement*",
            "entreprise*",
            "société*",
        ],
        check: Some(siret),
        forms: &[
            form("fr-siret", "ddd~ddd~ddd~ddddd", 35),
            form("fr-siret-block", "d{9}~d{5}", 35),
        ],
    },
    Identifier {
        entity: "FR_PASSPORT",
        title: "French passport number",
        country: "FR",
        kind: Kind::Document,
        source: "ANTS: two digits, two letters, five digits",
        context: &["passport*", "passeport*"],
        check: None,
        forms: &[form("fr-passport", "ddlld{5}", 25)],
    },
    Identifier {
        entity: "FR_ID_CARD",
        title: "French identity card number (CNI)",
        country: "FR",
        kind: Kind::Document,
        source: "ANTS: nine letters and digits since 2021, twelve digits before; no published \
            check",
        context: &["identity", "cni", "carte", "identité", "nationale"],
        check: Some(id_card),
        forms: &[
            form("fr-id-card", "[CDFGHJKLMNPRTVWXYZ0-9]{9}", 5),
            form("fr-id-card-old", "dddd[0-9AB]{1}d{7}", 5),
        ],
    },
    Identifier {
        entity: "FR_DRIVING_LICENCE",
        title: "French driving licence number",
        country: "FR",
        kind: Kind::Licence,
        source: "ANTS: two digits, two letters, five digits, or twelve digits before 2013; no \
            check",
        context: &[
            "driving", "driver*", "licence", "license", "permis", "conduire", "neph",
        ],
        check: None,
        forms: &[
            form("fr-driving-licence", "ddlld{5}", 15),
            form("fr-driving-licence-old", "d{12}", 5),
        ],
    },
    Identifier {
        entity: "FR_VEHICLE_REGISTRATION",
        title: "French vehicle registration (SIV)",
        country: "FR",
        kind: Kind::Vehicle,
        source: "Arrêté du 9 février 2009: letters without I, O, U; not SS nor WW first",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "immatriculation*",
            "plaque*",
            "véhicule*",
            "voiture*",
        ],
        check: Some(plate),
        forms: &[
            form("fr-plate", "[A-HJ-NP-TV-Z]{2}-ddd-[A-HJ-NP-TV-Z]{2}", 40),
            form(
                "fr-plate-spaced",
                "[A-HJ-NP-TV-Z]{2} ddd [A-HJ-NP-TV-Z]{2}",
                15,
            ),
            form(
                "fr-plate-joined",
                "[A-HJ-NP-TV-Z]{2}ddd[A-HJ-NP-TV-Z]{2}",
                12,
            ),
        ],
    },
    Identifier {
        entity: "FR_RPPS",
        title: "French number of a health professional (RPPS)",
        country: "FR",
        kind: Kind::Licence,
        source: "ANS, Répertoire partagé: eleven digits, the first 1, Luhn",
        context: &["rpps", "médecin*", "médecins", "praticien*", "docteur"],
        check: Some(luhn_of_all),
        forms: &[form("fr-rpps", "1d{10}", 15)],
    },
];

fn luhn_of_all(digits: &[u8]) -> Result<(), Fault> {
    checksum(luhn::passes(digits))
}

/// Months: 01 to 12, or 20 and above where the true one is not known.
fn nir(text: &[u8]) -> Result<(), Fault> {
    let department = match &text[5..7] {
        b"2A" => b"19",
        b"2B" => b"18",
        other => other,
    };
    let month = number(text, 3, 5);
    require(
        month.is_some_and(|month| matches!(month, 1..=12 | 20..=42 | 50..=99)),
        Fault::Date,
    )?;
    let digits = text[..5].iter().chain(department).chain(&text[7..13]);
    agree(
        remainder(digits, 97).map(|rest| 97 - rest),
        number(text, 13, 15),
    )
}

fn spi(digits: &[u8]) -> Result<(), Fault> {
    agree(remainder(&digits[..10], 511), number(digits, 10, 13))
}

fn siren(digits: &[u8]) -> Result<(), Fault> {
    luhn_of_all(digits)
}

fn siret(digits: &[u8]) -> Result<(), Fault> {
    siren(&digits[..9])?;
    let sum: u32 = digits.iter().map(|digit| u32::from(digit - b'0')).sum();
    let post_office = digits.starts_with(b"356000000") && sum.is_multiple_of(5);
    checksum(luhn::passes(digits) || post_office)
}

/// A key of two digits is (12 + 3 × SIREN modulo 97) modulo 97; one with letters is a number in an
/// alphabet without I and O.
fn vat(text: &[u8]) -> Result<(), Fault> {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let (key, siren) = (&text[2..4], &text[4..]);
    require(
        siren.starts_with(b"000") || luhn::passes(siren),
        Fault::Checksum,
    )?;
    if let Some(key) = number(key, 0, 2) {
        return agree(remainder(siren.iter().chain(b"12"), 97), Some(key));
    }
    let place = |byte: &u8| ALPHABET.iter().position(|letter| letter == byte);
    let (Some(first), Some(second)) = (place(&key[0]), place(&key[1])) else {
        return Err(Fault::Alphabet);
    };
    let key = if first < 10 {
        (first * 24 + second).checked_sub(10)
    } else {
        (first * 34 + second).checked_sub(100)
    };
    let (Some(key), Some(siren)) = (key, number(siren, 0, 9)) else {
        return Err(Fault::Structure);
    };
    checksum((siren as usize + 1 + key / 11) % 11 == key % 11)
}

/// A letter and a digit at least, where it is not all digits.
fn id_card(text: &[u8]) -> Result<(), Fault> {
    let mixed = text.iter().any(u8::is_ascii_digit) && text.iter().any(u8::is_ascii_uppercase);
    require(text.len() == 12 || mixed, Fault::Structure)
}

fn plate(text: &[u8]) -> Result<(), Fault> {
    let unused = text.starts_with(b"SS") || text.starts_with(b"WW") || text.ends_with(b"SS");
    require(!unused && &text[2..5] != b"000", Fault::Serial)
}
