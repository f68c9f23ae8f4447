//! Identifiers issued in The Philippines.
//!
//! None has a published check. Next: `identifier/shape.rs`, for the language of the forms.

use super::{Identifier, Kind, form};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "PH_TIN",
        title: "Philippine tax number (TIN)",
        country: "PH",
        kind: Kind::Tax,
        source: "Bureau of Internal Revenue: nine digits and a branch of three or five; the check digit is not published",
        context: &["tin", "bir", "taxpayer", "tax"],
        check: None,
        forms: &[
            form("ph-tin-branch", "ddd-ddd-ddd-d{3,5}", 35),
            form("ph-tin-dashed", "ddd-ddd-ddd", 15),
            form("ph-tin", "ddd~ddd~ddd", 5),
            form("ph-tin-plain-branch", "ddd~ddd~ddd~d{3,5}", 5),
        ],
    },
    Identifier {
        entity: "PH_SSS",
        title: "Philippine social security number",
        country: "PH",
        kind: Kind::National,
        source: "Social Security System: two, seven and one digits; form only",
        context: &["sss", "social", "security"],
        check: None,
        forms: &[
            form("ph-sss-dashed", "dd-d{7}-d", 30),
            form("ph-sss", "d{10}", 5),
        ],
    },
    Identifier {
        entity: "PH_PHILHEALTH",
        title: "PhilHealth identification number",
        country: "PH",
        kind: Kind::Health,
        source: "Philippine Health Insurance Corporation: two, nine and one digits; form only",
        context: &["philhealth", "pin", "health", "insurance"],
        check: None,
        forms: &[
            form("ph-philhealth-dashed", "dd-d{9}-d", 35),
            form("ph-philhealth", "d{12}", 5),
        ],
    },
    Identifier {
        entity: "PH_UMID",
        title: "Philippine common reference number (UMID)",
        country: "PH",
        kind: Kind::National,
        source: "Executive Order 420; SSS, UMID: four, seven and one digits; form only",
        context: &["umid", "crn", "common", "reference"],
        check: None,
        forms: &[
            form("ph-umid-dashed", "dddd-d{7}-d", 35),
            form("ph-umid", "d{12}", 5),
        ],
    },
    Identifier {
        entity: "PH_PHILSYS",
        title: "Philippine PhilSys card number",
        country: "PH",
        kind: Kind::National,
        source: "Republic Act 11055, PSA: sixteen digits; form only",
        context: &["philsys", "philid", "national", "psn", "pcn"],
        check: None,
        forms: &[
            form("ph-philsys-dashed", "dddd-dddd-dddd-dddd", 20),
            form("ph-philsys", "d{16}", 5),
        ],
    },
    Identifier {
        entity: "PH_DRIVER_LICENSE",
        title: "Philippine driver's licence",
        country: "PH",
        kind: Kind::Licence,
        source: "Land Transportation Office: a letter, two, two and six digits; form only",
        context: &["driver", "license", "licence", "lto"],
        check: None,
        forms: &[
            form("ph-driver-license-dashed", "ldd-dd-d{6}", 45),
            form("ph-driver-license", "ld{10}", 10),
        ],
    },
    Identifier {
        entity: "PH_PASSPORT",
        title: "Philippine passport",
        country: "PH",
        kind: Kind::Document,
        source: "Department of Foreign Affairs: a letter, seven digits and a letter; form only",
        context: &["passport", "pasaporte"],
        check: None,
        forms: &[
            form("ph-passport", "Pd{7}[A-C]", 35),
            form("ph-passport-old", "llld{6,7}", 5),
        ],
    },
];
