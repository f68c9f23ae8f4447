//! Switzerland.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, complement, digit, require},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "CH_AHV",
        title: "Swiss social security number (AHV, AVS)",
        country: "CH",
        kind: Kind::National,
        source: "AHVG Art. 50c; AHVV Art. 133: 756 and the check digit of EAN-13",
        context: &[
            "social",
            "security",
            "insurance",
            "ahv",
            "avs",
            "ahvn13",
            "navs",
            "sozialversicherung*",
            "versichertennummer*",
            "assuré*",
            "assicurato",
        ],
        check: Some(ahv),
        forms: &[
            form("ch-ahv", "756.dddd.dddd.dd", 80),
            form("ch-ahv-plain", "756~dddd~dddd~dd", 60),
        ],
    },
    Identifier {
        entity: "CH_UID",
        title: "Swiss enterprise number (UID, IDE, IDI)",
        country: "CH",
        kind: Kind::Company,
        source: "UIDG; eCH-0097: weights 5 4 3 2 7 6 5 4 modulo 11",
        context: &[
            "company",
            "enterprise",
            "registration",
            "register",
            "uid",
            "ide",
            "idi",
            "unternehmen*",
            "entreprise*",
            "impresa",
        ],
        check: Some(uid),
        forms: &[form("ch-uid", "CHE?ddd~ddd~ddd", 85)],
    },
    Identifier {
        entity: "CH_VAT",
        title: "Swiss VAT number",
        country: "CH",
        kind: Kind::Tax,
        source: "MWSTG Art. 67: the UID and MWST, TVA or IVA",
        context: &["vat", "mwst", "tva", "iva", "mehrwertsteuer*"],
        check: Some(uid),
        forms: &[
            form("ch-vat-mwst", "CHE?ddd~ddd~ddd?MWST", 95),
            form("ch-vat-tva", "CHE?ddd~ddd~ddd?TVA", 95),
            form("ch-vat-iva", "CHE?ddd~ddd~ddd?IVA", 95),
        ],
    },
    Identifier {
        entity: "CH_PASSPORT",
        title: "Swiss passport number",
        country: "CH",
        kind: Kind::Document,
        source: "fedpol: a letter and seven digits or letters, no published check",
        context: &[
            "passport*",
            "reisepass*",
            "passeport*",
            "passaporto",
            "pass",
        ],
        check: Some(document),
        forms: &[form("ch-passport", "lx{6}d", 10)],
    },
    Identifier {
        entity: "CH_ID_CARD",
        title: "Swiss identity card number",
        country: "CH",
        kind: Kind::Document,
        source: "fedpol: a letter and seven digits or letters, no published check",
        context: &[
            "identity",
            "identitätskarte*",
            "identité",
            "carta",
            "identità",
        ],
        check: Some(document),
        forms: &[form("ch-id-card", "[CES]x{6}d", 10)],
    },
    Identifier {
        entity: "CH_HEALTH_CARD",
        title: "Swiss health insurance card number (VEKA)",
        country: "CH",
        kind: Kind::Health,
        source: "VVK Art. 3; EHIC, decision S1: 80756 and fifteen digits; the check digit is not \
            verified here",
        context: &[
            "health",
            "patient",
            "insurance",
            "krankenversicher*",
            "versichertenkarte*",
            "kartennummer*",
            "veka",
            "assurance",
        ],
        check: None,
        forms: &[
            form("ch-health-card", "80756d{15}", 60),
            form("ch-health-card-spaced", "80756 d{5} d{10}", 60),
        ],
    },
    Identifier {
        entity: "CH_VEHICLE_REGISTRATION",
        title: "Swiss vehicle registration",
        country: "CH",
        kind: Kind::Vehicle,
        source: "VZV: the letters of a canton and up to six digits",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "kontrollschild*",
            "kennzeichen*",
            "plaque*",
            "targa",
            "autonummer*",
        ],
        check: Some(plate),
        forms: &[form("ch-plate", "ll?[1-9]d{2,5}", 15)],
    },
];

/// EAN-13: weights 1 and 3 in turn.
fn ahv(digits: &[u8]) -> Result<(), Fault> {
    const WEIGHTS: [u32; 12] = [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3];
    agree(complement(digits, &WEIGHTS, 10), digit(digits, 12))
}

fn uid(text: &[u8]) -> Result<(), Fault> {
    let digits = &text[3..12];
    agree(
        complement(digits, &[5, 4, 3, 2, 7, 6, 5, 4], 11),
        digit(digits, 8),
    )
}

fn document(text: &[u8]) -> Result<(), Fault> {
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    require(digits > 3, Fault::Structure)
}

fn plate(text: &[u8]) -> Result<(), Fault> {
    const CANTONS: [&[u8]; 26] = [
        b"AG", b"AI", b"AR", b"BE", b"BL", b"BS", b"FR", b"GE", b"GL", b"GR", b"JU", b"LU", b"NE",
        b"NW", b"OW", b"SG", b"SH", b"SO", b"SZ", b"TG", b"TI", b"UR", b"VD", b"VS", b"ZG", b"ZH",
    ];
    require(CANTONS.contains(&&text[..2]), Fault::Area)
}
