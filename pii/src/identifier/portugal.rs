//! Portugal.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, checksum, complement, digit, require, rest, value},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "PT_NIF",
        title: "Portuguese tax number (NIF, NIPC)",
        country: "PT",
        kind: Kind::Tax,
        source: "Decreto-Lei 14/2013: weights 9 to 2 modulo 11",
        context: &[
            "tax",
            "tin",
            "taxpayer",
            "nif",
            "nipc",
            "contribuinte*",
            "fiscal",
        ],
        check: Some(nif),
        forms: &[form("pt-nif", "ddd~ddd~ddd", 15)],
    },
    Identifier {
        entity: "PT_VAT",
        title: "Portuguese VAT number",
        country: "PT",
        kind: Kind::Tax,
        source: "PT and the NIF",
        context: &["vat", "iva", "nif", "contribuinte*"],
        check: Some(vat),
        forms: &[form("pt-vat", "PT?ddd?ddd?ddd", 80)],
    },
    Identifier {
        entity: "PT_CITIZEN_CARD",
        title: "Portuguese citizen card number (cartão de cidadão)",
        country: "PT",
        kind: Kind::Document,
        source: "Portaria 203/2007: civil number, its digit, version, and Luhn over letters and \
            digits",
        context: &[
            "identity",
            "card",
            "id",
            "cartão",
            "cidadão",
            "bilhete",
            "identidade",
        ],
        check: Some(citizen_card),
        forms: &[
            form("pt-citizen-card", "d{8}?d?lxd", 60),
            form("pt-citizen-card-printed", "d{8} d lld", 80),
        ],
    },
    Identifier {
        entity: "PT_NISS",
        title: "Portuguese social security number (NISS)",
        country: "PT",
        kind: Kind::National,
        source: "Instituto da Segurança Social: primes 29 to 2 from the left, nine less the sum \
            modulo 10",
        context: &["social", "security", "insurance", "niss", "segurança"],
        check: Some(niss),
        forms: &[form("pt-niss", "[12]d{10}", 18)],
    },
    Identifier {
        entity: "PT_HEALTH_NUMBER",
        title: "Portuguese health service number (número de utente)",
        country: "PT",
        kind: Kind::Health,
        source: "SNS: nine digits, no published check",
        context: &["health", "patient", "insurance", "sns", "utente", "saúde"],
        check: None,
        forms: &[form("pt-health-number", "d{9}", 5)],
    },
    Identifier {
        entity: "PT_PASSPORT",
        title: "Portuguese passport number",
        country: "PT",
        kind: Kind::Document,
        source: "INCM: one or two letters and six digits, no published check",
        context: &["passport*", "passaporte*"],
        check: None,
        forms: &[form("pt-passport", "l{1,2}d{6}", 12)],
    },
    Identifier {
        entity: "PT_DRIVING_LICENCE",
        title: "Portuguese driving licence number",
        country: "PT",
        kind: Kind::Licence,
        source: "IMT: district, number, control digit of no published rule",
        context: &[
            "driving",
            "driver*",
            "licence",
            "license",
            "carta",
            "condução",
        ],
        check: None,
        forms: &[form("pt-driving-licence", "l{1,2}-d{5,7} d", 35)],
    },
    Identifier {
        entity: "PT_VEHICLE_REGISTRATION",
        title: "Portuguese vehicle registration (matrícula)",
        country: "PT",
        kind: Kind::Vehicle,
        source: "Decreto-Lei 54/2005; Decreto-Lei 2/2020: three pairs, one or two of letters",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "matrícula*",
            "matricula*",
            "viatura",
        ],
        check: None,
        forms: &[
            form("pt-plate-1", "ll-dd-dd", 25),
            form("pt-plate-2", "dd-dd-ll", 25),
            form("pt-plate-3", "dd-ll-dd", 25),
            form("pt-plate-4", "ll-dd-ll", 25),
        ],
    },
    Identifier {
        entity: "PT_POSTCODE",
        title: "Portuguese postcode",
        country: "PT",
        kind: Kind::Place,
        source: "CTT: four and three digits",
        context: &["postcode", "postal", "zip", "address", "código", "morada"],
        check: None,
        forms: &[form("pt-postcode", "[1-9]ddd-ddd", 18)],
    },
];

fn nif(digits: &[u8]) -> Result<(), Fault> {
    require(digits[0] != b'0', Fault::Issuer)?;
    let computed = complement(digits, &[9, 8, 7, 6, 5, 4, 3, 2], 11).map(|digit| digit % 10);
    agree(computed, digit(digits, 8))
}

fn vat(text: &[u8]) -> Result<(), Fault> {
    nif(&text[2..])
}

/// From the right every second value is doubled, and nine taken off one above nine.
fn citizen_card(text: &[u8]) -> Result<(), Fault> {
    let terms = text.iter().rev().enumerate().map(|(place, byte)| {
        let value = value(*byte)? * if place % 2 == 0 { 1 } else { 2 };
        Some(if place % 2 == 1 && value > 9 {
            value - 9
        } else {
            value
        })
    });
    checksum(
        terms
            .sum::<Option<u32>>()
            .is_some_and(|sum| sum.is_multiple_of(10)),
    )
}

fn niss(digits: &[u8]) -> Result<(), Fault> {
    let sum = rest(digits, &[29, 23, 19, 17, 13, 11, 7, 5, 3, 2], 10);
    agree(sum.map(|sum| 9 - sum), digit(digits, 10))
}
