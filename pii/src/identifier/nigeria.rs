//! Identifiers issued in Nigeria.
//!
//! None has a published check. Next: `identifier/shape.rs`, for the language of the forms.

use super::{Identifier, Kind, form};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "NG_NIN",
        title: "Nigerian national identification number",
        country: "NG",
        kind: Kind::National,
        source: "NIMC Act 2007: eleven digits; libraries disagree on a check digit and NIMC publishes none, so form only",
        context: &["nin", "national", "identification", "nimc", "identity"],
        check: None,
        forms: &[form("ng-nin", "d{11}", 5)],
    },
    Identifier {
        entity: "NG_BVN",
        title: "Nigerian bank verification number",
        country: "NG",
        kind: Kind::Bank,
        source: "Central Bank of Nigeria, BVN framework: eleven digits that begin with 22; form only",
        context: &["bvn", "bank", "verification"],
        check: None,
        forms: &[form("ng-bvn", "22d{9}", 10)],
    },
    Identifier {
        entity: "NG_TIN",
        title: "Nigerian tax number (TIN)",
        country: "NG",
        kind: Kind::Tax,
        source: "Joint Tax Board, FIRS: eight and four digits; form only",
        context: &["tin", "tax", "firs", "jtb"],
        check: None,
        forms: &[form("ng-tin", "d{8}-dddd", 30)],
    },
    Identifier {
        entity: "NG_VEHICLE_REGISTRATION",
        title: "Nigerian number plate",
        country: "NG",
        kind: Kind::Vehicle,
        source: "Federal Road Safety Corps: three letters of the place, three digits, two letters; form only",
        context: &["plate", "registration", "vehicle", "frsc"],
        check: None,
        forms: &[
            form("ng-vehicle-registration-dashed", "lll-dddll", 40),
            form("ng-vehicle-registration-spaced", "lll dddll", 20),
            form("ng-vehicle-registration", "llldddll", 25),
        ],
    },
    Identifier {
        entity: "NG_DRIVER_LICENSE",
        title: "Nigerian driver's licence",
        country: "NG",
        kind: Kind::Licence,
        source: "Federal Road Safety Corps: three letters, five digits, two letters, two digits; form only",
        context: &["driver", "license", "licence", "frsc"],
        check: None,
        forms: &[form("ng-driver-license", "l{3}d{5}l{2}dd", 30)],
    },
    Identifier {
        entity: "NG_PASSPORT",
        title: "Nigerian passport",
        country: "NG",
        kind: Kind::Document,
        source: "Nigeria Immigration Service: a letter and eight digits; form only",
        context: &["passport", "travel", "document"],
        check: None,
        forms: &[form("ng-passport", "[AB]d{8}", 10)],
    },
];
