//! Identifiers issued in Ghana.
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
        entity: "GH_TIN",
        title: "Ghanaian tax number (TIN)",
        country: "GH",
        kind: Kind::Tax,
        source: "Ghana Revenue Authority; OECD TIN sheet: kind, nine digits, modulus 11, ten is X",
        context: &["tin", "tax", "gra", "taxpayer"],
        check: Some(tin),
        forms: &[form("gh-tin", "[PCGQV]00d{7}[0-9X]", 75)],
    },
    Identifier {
        entity: "GH_CARD",
        title: "Ghana card number",
        country: "GH",
        kind: Kind::National,
        source: "National Identification Authority: GHA, nine digits and one; the rule of the last is not published",
        context: &["ghana", "card", "nia", "identity"],
        check: None,
        forms: &[
            form("gh-card-dashed", "GHA-d{9}-d", 95),
            form("gh-card", "GHA?d{9}?d", 70),
        ],
    },
];

fn tin(text: &[u8]) -> Result<(), Fault> {
    let digits = text.get(1..).unwrap_or_default();
    let sum = weighted(digits, &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let expected = sum.and_then(|sum| b"0123456789X".get((sum % 11) as usize));
    checksum(expected.is_some() && expected == text.last())
}
