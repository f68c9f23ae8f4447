//! Identifiers issued in Indonesia.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    dates::{possible, without},
    digits::{day_month, number},
    weights::luhn,
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "ID_NIK",
        title: "Indonesian identity number (NIK)",
        country: "ID",
        kind: Kind::National,
        source: "UU 23/2006, Ditjen Dukcapil: province, place, date of birth (40 more on the day for women), number; no check digit",
        context: &["nik", "ktp", "kependudukan", "induk", "identitas"],
        check: Some(nik),
        forms: &[form("id-nik", "d{6}?d{6}?dddd", 30)],
    },
    Identifier {
        entity: "ID_NPWP",
        title: "Indonesian tax number (NPWP)",
        country: "ID",
        kind: Kind::Tax,
        source: "Direktorat Jenderal Pajak, PMK 112/2022: taxpayer with Luhn, office and branch",
        context: &["npwp", "pajak", "wajib", "tax"],
        check: Some(npwp),
        forms: &[
            form("id-npwp-printed", "dd.ddd.ddd.d-ddd.ddd", 85),
            form("id-npwp", "d{15}", 20),
            form("id-npwp-new", "0d{15}", 25),
        ],
    },
    Identifier {
        entity: "ID_PASSPORT",
        title: "Indonesian passport",
        country: "ID",
        kind: Kind::Document,
        source: "Direktorat Jenderal Imigrasi: a letter and seven digits, or two letters and six or seven; form only",
        context: &["paspor", "passport"],
        check: None,
        forms: &[
            form("id-passport", "[ABCEX]d{7}", 10),
            form("id-passport-letters", "[AXE][A-Z]d{6,7}", 10),
        ],
    },
];

fn nik(digits: &[u8]) -> Result<(), Fault> {
    match number(digits, 0, 2) {
        Some(11..=19 | 21 | 31..=36 | 51..=53 | 61..=65 | 71..=76 | 81 | 82 | 91..=97) => {}
        _ => return Err(Fault::Area),
    }
    let day = without(number(digits, 6, 8), 40);
    possible(day_month(
        day,
        number(digits, 8, 10),
        number(digits, 10, 12),
    ))
}

fn npwp(digits: &[u8]) -> Result<(), Fault> {
    let taxpayer = if digits.len() == 15 { 0..9 } else { 1..10 };
    luhn(digits.get(taxpayer).unwrap_or_default())
}
