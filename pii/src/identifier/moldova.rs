//! Moldova.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{checksum, icao_9303},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "MD_IDNP",
        title: "Moldovan personal number (IDNP)",
        country: "MD",
        kind: Kind::National,
        source: "Hotărârea 333/2002: thirteen digits, weights 7 3 1 modulo 10",
        context: &["identity", "national", "personal", "id", "idnp"],
        check: Some(number_of_state),
        forms: &[form("md-idnp", "[029]d{12}", 18)],
    },
    Identifier {
        entity: "MD_IDNO",
        title: "Moldovan company number (IDNO)",
        country: "MD",
        kind: Kind::Company,
        source: "Hotărârea 272/2002: thirteen digits, the first 1, weights 7 3 1 modulo 10",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "idno",
            "fiscal",
        ],
        check: Some(number_of_state),
        forms: &[form("md-idno", "1d{12}", 18)],
    },
    Identifier {
        entity: "MD_VAT",
        title: "Moldovan VAT number",
        country: "MD",
        kind: Kind::Tax,
        source: "SFS: seven digits, no published check",
        context: &["vat", "tva"],
        check: None,
        forms: &[form("md-vat", "d{7}", 5)],
    },
    Identifier {
        entity: "MD_VEHICLE_REGISTRATION",
        title: "Moldovan vehicle registration",
        country: "MD",
        kind: Kind::Vehicle,
        source: "Three letters and three digits",
        context: &["plate*", "înmatriculare", "auto", "număr"],
        check: None,
        forms: &[form("md-plate", "[A-Z]{3} ddd", 5)],
    },
];

fn number_of_state(digits: &[u8]) -> Result<(), Fault> {
    checksum(icao_9303(digits))
}
