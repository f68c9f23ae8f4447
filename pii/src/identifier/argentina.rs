//! Identifiers issued in Argentina.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::digit,
    weights::{complement, complement_follows, follows},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "AR_CUIT",
        title: "Argentine tax or labour number (CUIT, CUIL)",
        country: "AR",
        kind: Kind::Tax,
        source: "AFIP/ARCA, RG 10/97: kind, number, check digit with weights 5 4 3 2 7 6 5 4 3 2, modulus 11",
        context: &[
            "cuit",
            "cuil",
            "tributaria",
            "afip",
            "arca",
            "contribuyente",
        ],
        check: Some(cuit),
        forms: &[
            form("ar-cuit-dashed", "[235]d-d{8}-d", 55),
            form("ar-cuit", "[235]d?d{8}?d", 20),
        ],
    },
    Identifier {
        entity: "AR_DNI",
        title: "Argentine identity number (DNI)",
        country: "AR",
        kind: Kind::National,
        source: "RENAPER, Ley 17.671: seven or eight digits; form only",
        context: &["dni", "documento", "identidad", "identity"],
        check: None,
        forms: &[
            form("ar-dni-dotted", "d{1,2}.ddd.ddd", 15),
            form("ar-dni", "d{7,8}", 5),
        ],
    },
    Identifier {
        entity: "AR_CBU",
        title: "Argentine bank account number (CBU, CVU)",
        country: "AR",
        kind: Kind::Bank,
        source: "BCRA, Clave Bancaria Uniforme: two blocks, each with weights 3, 1, 7, 9 from the right, modulus 10",
        context: &["cbu", "cvu", "bancaria", "cuenta", "banco", "transferencia"],
        check: Some(cbu),
        forms: &[form("ar-cbu", "d{8}?d{14}", 40)],
    },
    Identifier {
        entity: "AR_PASSPORT",
        title: "Argentine passport",
        country: "AR",
        kind: Kind::Document,
        source: "RENAPER: three letters and six digits; form only",
        context: &["pasaporte", "passport"],
        check: None,
        forms: &[form("ar-passport", "l{3}d{6}", 10)],
    },
];

fn cuit(digits: &[u8]) -> Result<(), Fault> {
    const WEIGHTS: [u32; 10] = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2];
    match digits {
        [b'2', b'0' | b'3' | b'4' | b'5' | b'6' | b'7', ..]
        | [b'3', b'0' | b'3' | b'4', ..]
        | [b'5', b'0' | b'1' | b'5', ..] => {}
        _ => return Err(Fault::Issuer),
    }
    // A complement of ten is written as nine.
    match complement(digits, &WEIGHTS, 11) {
        Some(10) if digit(digits, 10) != Some(9) => Err(Fault::Checksum),
        Some(10) => Ok(()),
        expected => follows(digits, 10, expected),
    }
}

fn cbu(digits: &[u8]) -> Result<(), Fault> {
    complement_follows(digits, &[7, 1, 3, 9, 7, 1, 3], 10)?;
    let account = digits.get(8..).unwrap_or_default();
    complement_follows(account, &[3, 9, 7, 1, 3, 9, 7, 1, 3, 9, 7, 1, 3], 10)
}
