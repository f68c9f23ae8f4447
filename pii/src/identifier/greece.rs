//! Greece. Letters that Greek and Latin share are read as Latin.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{agree, checksum, day_month, digit, number, require, rest},
    luhn,
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "GR_AFM",
        title: "Greek tax number (ΑΦΜ)",
        country: "GR",
        kind: Kind::Tax,
        source: "AADE: powers of two from 256 to 2, modulo 11, modulo 10",
        context: &[
            "tax",
            "tin",
            "taxpayer",
            "αφμ",
            "afm",
            "φορολογικό*",
            "μητρώου",
        ],
        check: Some(afm),
        forms: &[form("gr-afm", "d{9}", 15)],
    },
    Identifier {
        entity: "GR_VAT",
        title: "Greek VAT number",
        country: "GR",
        kind: Kind::Tax,
        source: "EL and the tax number",
        context: &["vat", "φπα", "αφμ", "afm"],
        check: Some(vat),
        forms: &[
            form("gr-vat", "EL?d{9}", 85),
            form("gr-vat-gr", "GR?d{9}", 70),
        ],
    },
    Identifier {
        entity: "GR_AMKA",
        title: "Greek social security number (ΑΜΚΑ)",
        country: "GR",
        kind: Kind::National,
        source: "ΗΔΙΚΑ: date of birth, number, Luhn",
        context: &[
            "social",
            "security",
            "insurance",
            "αμκα",
            "amka",
            "ασφάλισης",
            "κοινωνικής",
        ],
        check: Some(amka),
        forms: &[form("gr-amka", "d{6}~d{5}", 40)],
    },
    Identifier {
        entity: "GR_ID_CARD",
        title: "Greek identity card number",
        country: "GR",
        kind: Kind::Document,
        source: "Hellenic Police: one or two letters and six digits; no published check",
        context: &["identity", "ταυτότητα*", "ταυτότητας", "αδτ", "δελτίο"],
        check: None,
        forms: &[form("gr-id-card", "[ABEZHIKMNOPTYX]{1,2}?d{6}", 12)],
    },
    Identifier {
        entity: "GR_PASSPORT",
        title: "Greek passport number",
        country: "GR",
        kind: Kind::Document,
        source: "Hellenic Police: two letters and seven digits; no published check",
        context: &["passport*", "διαβατήριο*", "διαβατηρίου"],
        check: None,
        forms: &[form("gr-passport", "[ABEZHIKMNOPTYX]{2}d{7}", 15)],
    },
    Identifier {
        entity: "GR_GEMI",
        title: "Greek general commercial register number (ΓΕΜΗ)",
        country: "GR",
        kind: Kind::Company,
        source: "Law 3419/2005: twelve digits, no published check",
        context: &["company", "enterprise", "γεμη", "gemi", "μητρώο"],
        check: None,
        forms: &[form("gr-gemi", "d{12}", 5)],
    },
    Identifier {
        entity: "GR_VEHICLE_REGISTRATION",
        title: "Greek vehicle registration",
        country: "GR",
        kind: Kind::Vehicle,
        source: "Three letters that Greek and Latin share, four digits",
        context: &[
            "plate*",
            "registration",
            "vehicle",
            "car",
            "πινακίδα*",
            "κυκλοφορίας",
            "αυτοκίνητο*",
        ],
        check: None,
        forms: &[
            form("gr-plate", "[ABEZHIKMNOPTYX]{3}-[1-9]ddd", 35),
            form("gr-plate-spaced", "[ABEZHIKMNOPTYX]{3} [1-9]ddd", 12),
        ],
    },
];

fn afm(digits: &[u8]) -> Result<(), Fault> {
    require(
        digits.iter().any(|digit| *digit != b'0'),
        Fault::NeverIssued,
    )?;
    let sum = rest(digits, &[256, 128, 64, 32, 16, 8, 4, 2], 11).map(|rest| rest % 10);
    agree(sum, digit(digits, 8))
}

fn vat(text: &[u8]) -> Result<(), Fault> {
    afm(&text[2..])
}

fn amka(digits: &[u8]) -> Result<(), Fault> {
    let day = number(digits, 0, 2);
    let born = day_month(day, number(digits, 2, 4), number(digits, 4, 6));
    require(born, Fault::Date)?;
    checksum(luhn::passes(digits))
}
