//! Identifiers issued in Mexico.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    dates::yymmdd,
    digits::{checksum, digit, number, value},
    weights::luhn,
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "MX_CURP",
        title: "Mexican population registry key (CURP)",
        country: "MX",
        kind: Kind::National,
        source: "RENAPO, Instructivo normativo para la asignación de la CURP (DOF 2021-10-18): date, sex, state and check digit",
        context: &[
            "curp",
            "población",
            "registro",
            "renapo",
            "clave",
            "identidad",
        ],
        check: Some(curp),
        forms: &[form("mx-curp", "llll?d{6}?[HMX]l{5}?xd", 90)],
    },
    Identifier {
        entity: "MX_RFC",
        title: "Mexican tax number (RFC)",
        country: "MX",
        kind: Kind::Tax,
        source: "SAT, Código Fiscal de la Federación art. 27; about one in seventy is in use with another check digit, so date and form only; names with & or Ñ are not found",
        context: &["rfc", "contribuyente*", "fiscal", "factura"],
        check: Some(rfc),
        forms: &[
            form("mx-rfc-person", "l{4}d{6}xx[0-9A]", 45),
            form("mx-rfc-company", "l{3}d{6}xx[0-9A]", 35),
            form("mx-rfc-person-parts", "llll?d{6}?xx[0-9A]", 25),
            form("mx-rfc-company-parts", "lll?d{6}?xx[0-9A]", 20),
        ],
    },
    Identifier {
        entity: "MX_CLABE",
        title: "Mexican bank account number (CLABE)",
        country: "MX",
        kind: Kind::Bank,
        source: "Banco de México, Circular 3/2012: eighteen digits, weights 3, 7, 1, modulus 10",
        context: &[
            "clabe",
            "interbancaria",
            "cuenta",
            "banco",
            "transferencia",
            "spei",
        ],
        check: Some(clabe),
        forms: &[
            form("mx-clabe-spaced", "ddd ddd ddddddddddd d", 50),
            form("mx-clabe", "ddd?ddd?d{11}?d", 25),
        ],
    },
    Identifier {
        entity: "MX_NSS",
        title: "Mexican social security number (NSS)",
        country: "MX",
        kind: Kind::National,
        source: "IMSS: eleven digits with Luhn",
        context: &["nss", "imss", "seguro", "social", "seguridad", "afiliación"],
        check: Some(luhn),
        forms: &[form("mx-nss", "dd?dd?dd?dddd?d", 15)],
    },
    Identifier {
        entity: "MX_INE",
        title: "Mexican voter key (clave de elector)",
        country: "MX",
        kind: Kind::National,
        source: "INE, Modelo de la credencial para votar: six letters, date of birth, state, sex and three digits",
        context: &["elector", "ine", "ife", "clave", "credencial", "votar"],
        check: Some(voter_key),
        forms: &[form("mx-ine", "l{6}d{8}[HM]ddd", 65)],
    },
];

fn curp(text: &[u8]) -> Result<(), Fault> {
    const STATES: [&[u8]; 33] = [
        b"AS", b"BC", b"BS", b"CC", b"CL", b"CM", b"CS", b"CH", b"DF", b"DG", b"GT", b"GR", b"HG",
        b"JC", b"MC", b"MN", b"MS", b"NT", b"NL", b"OC", b"PL", b"QT", b"QR", b"SP", b"SL", b"SR",
        b"TC", b"TS", b"TL", b"VZ", b"YN", b"ZS", b"NE",
    ];
    yymmdd(text, 4)?;
    let state = text.get(11..13).unwrap_or_default();
    if !STATES.contains(&state) {
        return Err(Fault::Area);
    }
    // Letters after N count one more: Ñ stands between N and O.
    let mut sum = 0;
    for (byte, weight) in text.iter().take(17).zip((2..=18).rev()) {
        let value = value(*byte).ok_or(Fault::Alphabet)?;
        sum += (value + u32::from(value > 23)) * weight;
    }
    checksum(Some((10 - sum % 10) % 10) == digit(text, 17))
}

fn rfc(text: &[u8]) -> Result<(), Fault> {
    yymmdd(text, if text.len() == 13 { 4 } else { 3 })
}

/// Each product is reduced by 10 before they are added.
fn clabe(digits: &[u8]) -> Result<(), Fault> {
    let mut sum = 0;
    for (place, weight) in (0..17).zip([3, 7, 1].into_iter().cycle()) {
        sum += digit(digits, place).ok_or(Fault::Alphabet)? * weight % 10;
    }
    checksum(Some((10 - sum % 10) % 10) == digit(digits, 17))
}

fn voter_key(text: &[u8]) -> Result<(), Fault> {
    yymmdd(text, 6)?;
    // States 1 to 32; 87 and 88 are of people born abroad.
    match number(text, 12, 14) {
        Some(1..=32 | 87 | 88) => Ok(()),
        _ => Err(Fault::Area),
    }
}
