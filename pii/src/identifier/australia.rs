//! Identifiers issued in Australia.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{checksum, digit, weighted},
    weights::{complement_follows, follows, luhn, multiple},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "AU_ABN",
        title: "Australian business number",
        country: "AU",
        kind: Kind::Company,
        source: "Australian Business Register, Format of the ABN: one off the first digit, modulus 89",
        context: &["abn", "business", "australian"],
        check: Some(abn),
        forms: &[
            form("au-abn-spaced", "dd ddd ddd ddd", 55),
            form("au-abn", "dd~ddd~ddd~ddd", 30),
        ],
    },
    Identifier {
        entity: "AU_ACN",
        title: "Australian company number",
        country: "AU",
        kind: Kind::Company,
        source: "ASIC, Australian Company Number Digit Check: weights 8 to 1, modulus 10",
        context: &["acn", "company", "australian"],
        check: Some(acn),
        forms: &[
            form("au-acn-spaced", "ddd ddd ddd", 25),
            form("au-acn", "ddd~ddd~ddd", 12),
        ],
    },
    Identifier {
        entity: "AU_MEDICARE",
        title: "Australian Medicare card",
        country: "AU",
        kind: Kind::Health,
        source: "Services Australia; Department of Health, Medicare number check digit: weights 1 3 7 9, modulus 10",
        context: &["medicare", "health"],
        check: Some(medicare),
        forms: &[
            form("au-medicare-spaced", "[2-6]ddd ddddd d", 50),
            form("au-medicare-irn", "[2-6]ddd ddddd d-d", 55),
            form("au-medicare", "[2-6]ddd~ddddd~d", 15),
        ],
    },
    Identifier {
        entity: "AU_TFN",
        title: "Australian tax file number",
        country: "AU",
        kind: Kind::Tax,
        source: "Australian Taxation Office: nine digits, weights 1 4 3 7 5 8 6 9 10, modulus 11; the old ones of eight digits are not found",
        context: &["tfn", "tax", "file", "ato"],
        check: Some(tfn),
        forms: &[
            form("au-tfn-spaced", "ddd ddd ddd", 30),
            form("au-tfn", "ddd~ddd~ddd", 15),
        ],
    },
    Identifier {
        entity: "AU_IHI",
        title: "Australian individual healthcare identifier",
        country: "AU",
        kind: Kind::Health,
        source: "AS 5017; Healthcare Identifiers Service: begins with 80036, sixteen digits with Luhn",
        context: &["ihi", "healthcare", "identifier", "hpii", "hpio"],
        check: Some(luhn),
        forms: &[form("au-ihi", "8003?6ddd?dddd?dddd", 75)],
    },
    Identifier {
        entity: "AU_BANK_ACCOUNT",
        title: "Australian bank account with its branch (BSB)",
        country: "AU",
        kind: Kind::Bank,
        source: "Australian Payments Network: bank, state and branch, then four to ten digits; form only",
        context: &["bsb"],
        check: None,
        forms: &[
            form("au-bank-account-bsb", "ddd-ddd d{4,10}", 35),
            form("au-bank-account", "ddd-ddd", 5),
        ],
    },
    Identifier {
        entity: "AU_PASSPORT",
        title: "Australian passport",
        country: "AU",
        kind: Kind::Document,
        source: "Australian Passport Office: one or two letters and seven digits; form only",
        context: &["passport", "travel", "document"],
        check: None,
        forms: &[form("au-passport", "l{1,2}d{7}", 10)],
    },
];

fn abn(digits: &[u8]) -> Result<(), Fault> {
    const WEIGHTS: [u32; 11] = [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19];
    // One off the first digit takes its weight off the sum.
    let holds = weighted(digits, &WEIGHTS).is_some_and(|sum| sum % 89 == 10);
    checksum(holds && !digits.starts_with(b"0"))
}

fn acn(digits: &[u8]) -> Result<(), Fault> {
    complement_follows(digits, &[8, 7, 6, 5, 4, 3, 2, 1], 10)
}

/// The issue number after the check digit is never zero.
fn medicare(digits: &[u8]) -> Result<(), Fault> {
    if digit(digits, 9) == Some(0) {
        return Err(Fault::Serial);
    }
    follows(digits, 8, weighted(digits, &[1, 3, 7, 9, 1, 3, 7, 9]))
}

fn tfn(digits: &[u8]) -> Result<(), Fault> {
    multiple(digits, &[1, 4, 3, 7, 5, 8, 6, 9, 10], 11)
}
