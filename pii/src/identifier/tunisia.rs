//! Identifiers issued in Tunisia.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::Fault;

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "TN_MF",
        title: "Tunisian tax number (matricule fiscal)",
        country: "TN",
        kind: Kind::Tax,
        source: "Ministère des Finances; RNE: seven digits and a key letter, regime, category, branch; form only",
        context: &["matricule", "fiscal", "mf", "fiscale"],
        check: Some(branch),
        forms: &[
            form("tn-mf-full", "d{7}?[A-HJ-NP-TV-Z]?[APBDN]?[MPCNE]?ddd", 80),
            form("tn-mf-key", "d{7}/[A-HJ-NP-TV-Z]", 35),
            form("tn-mf", "d{7}?[A-HJ-NP-TV-Z]", 10),
        ],
    },
    Identifier {
        entity: "TN_CIN",
        title: "Tunisian identity card (CIN)",
        country: "TN",
        kind: Kind::National,
        source: "Ministère de l'Intérieur: eight digits that begin with 0 or 1; form only",
        context: &["cin", "identité", "carte", "هوية", "التعريف"],
        check: None,
        forms: &[form("tn-cin", "[01]d{7}", 5)],
    },
];

/// Only the category E has branches other than 000.
fn branch(text: &[u8]) -> Result<(), Fault> {
    if text.len() == 13 && text.get(9) != Some(&b'E') && !text.ends_with(b"000") {
        return Err(Fault::Structure);
    }
    Ok(())
}
