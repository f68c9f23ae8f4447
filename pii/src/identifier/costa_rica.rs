//! Identifiers issued in Costa Rica.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{Fault, digits::number};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "CR_CEDULA",
        title: "Costa Rican identity number (cédula de persona física)",
        country: "CR",
        kind: Kind::National,
        source: "Ministerio de Hacienda, Ayuda de cédulas: province, volume and entry; form only",
        context: &["cédula", "cedula", "física", "identidad", "tse"],
        check: None,
        forms: &[
            form("cr-cedula-dashed", "d-dddd-dddd", 20),
            form("cr-cedula-padded", "0d-dddd-dddd", 20),
            form("cr-cedula", "0[1-9]d{8}", 5),
            form("cr-cedula-short", "[1-9]d{8}", 5),
        ],
    },
    Identifier {
        entity: "CR_CEDULA_JURIDICA",
        title: "Costa Rican company number (cédula jurídica)",
        country: "CR",
        kind: Kind::Company,
        source: "Registro Nacional, Listado de clases y tipos de cédulas jurídicas: class and type; form only",
        context: &["cédula", "cedula", "jurídica", "juridica", "empresa"],
        check: Some(company_class),
        forms: &[
            form("cr-cedula-juridica-dashed", "[2-5]-ddd-d{6}", 35),
            form("cr-cedula-juridica", "[2-5]d{9}", 5),
        ],
    },
    Identifier {
        entity: "CR_DIMEX",
        title: "Costa Rican residence card (DIMEX)",
        country: "CR",
        kind: Kind::Document,
        source: "Dirección General de Migración y Extranjería: begins with 1, eleven or twelve digits; form only",
        context: &[
            "dimex",
            "residencia",
            "migración",
            "extranjero*",
            "residence",
        ],
        check: None,
        forms: &[form("cr-dimex", "1d{10,11}", 5)],
    },
];

fn company_class(digits: &[u8]) -> Result<(), Fault> {
    match (digits.first(), number(digits, 1, 4)) {
        (Some(b'2'), Some(100 | 200 | 300 | 400))
        | (Some(b'3'), Some(2..=14 | 101..=110))
        | (Some(b'4'), Some(0))
        | (Some(b'5'), Some(1)) => Ok(()),
        _ => Err(Fault::Structure),
    }
}
