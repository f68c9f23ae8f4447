//! Identifiers issued in Senegal.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{checksum, weighted},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "SN_NINEA",
        title: "Senegalese company number (NINEA)",
        country: "SN",
        kind: Kind::Company,
        source: "ANSD; DGID: seven or nine digits with a check, and a code of regime, office and form",
        context: &["ninea", "entreprise", "fiscale"],
        check: Some(ninea),
        forms: &[
            form("sn-ninea-code", "d{7}?[0-2][A-HJ-NP-WZ]d", 75),
            form("sn-ninea-code-nine", "d{9}?[0-2][A-HJ-NP-WZ]d", 35),
            form("sn-ninea", "d{7}", 5),
            form("sn-ninea-nine", "00d{7}", 12),
        ],
    },
    Identifier {
        entity: "SN_CNI",
        title: "Senegalese identity card",
        country: "SN",
        kind: Kind::National,
        source: "Direction de l'Automatisation des Fichiers: sex, thirteen or fourteen digits; form only",
        context: &["cni", "identité", "carte", "cedeao"],
        check: None,
        forms: &[form("sn-cni", "[12]?ddd?dddd?d{5}", 10)],
    },
];

fn ninea(text: &[u8]) -> Result<(), Fault> {
    let digits = text
        .iter()
        .position(u8::is_ascii_alphabetic)
        .map_or(text.len(), |at| at.saturating_sub(1));
    let number = text.get(..digits).unwrap_or_default();
    // Seven digits are nine with two zeros before them: the weights are the same.
    let weights: &[u32] = &[1, 2, 1, 2, 1, 2, 1, 2, 1][..number.len().min(9)];
    checksum(weighted(number, weights).is_some_and(|sum| sum % 10 == 0))
}
