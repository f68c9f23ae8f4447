//! Andorra.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{number, require},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "AD_NRT",
        title: "Andorran tax number (NRT)",
        country: "AD",
        kind: Kind::Tax,
        source: "Departament de Tributs: a letter of the kind, six digits, a control letter of no \
            published rule; the number of an F is below 700000, of an A or L from there to 799999",
        context: &[
            "tax",
            "tin",
            "taxpayer",
            "nrt",
            "nia",
            "tributari*",
            "registre",
        ],
        check: Some(tax),
        forms: &[
            form("ad-nrt", "[ACDEFGLOPU]-d{6}-l", 50),
            form("ad-nrt-joined", "[ACDEFGLOPU]d{6}l", 15),
        ],
    },
    Identifier {
        entity: "AD_VEHICLE_REGISTRATION",
        title: "Andorran vehicle registration",
        country: "AD",
        kind: Kind::Vehicle,
        source: "A letter and four digits",
        context: &["plate*", "matrícula*", "matricula*"],
        check: None,
        forms: &[form("ad-plate", "l~dddd", 5)],
    },
];

fn tax(text: &[u8]) -> Result<(), Fault> {
    let high = number(text, 1, 7).map(|number| number / 100_000);
    let fits = match text[0] {
        b'A' | b'L' => high == Some(7),
        b'F' => high < Some(7),
        _ => true,
    };
    require(fits, Fault::Serial)
}
