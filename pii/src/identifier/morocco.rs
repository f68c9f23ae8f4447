//! Identifiers issued in Morocco.
//!
//! A check sees letters in capitals and digits, in the number and order of a form. Next:
//! [`crate::check`], for the checksums that several countries share.

use super::{Identifier, Kind, form};
use crate::check::{
    Fault,
    digits::{checksum, remainder},
};

pub(super) static TABLE: &[Identifier] = &[
    Identifier {
        entity: "MA_ICE",
        title: "Moroccan company number (ICE)",
        country: "MA",
        kind: Kind::Company,
        source: "Guide ICE, decree 2-11-63: fifteen digits, modulus 97",
        context: &["ice", "entreprise", "identifiant"],
        check: Some(ice),
        forms: &[
            form("ma-ice-spaced", "d{9} dddd dd", 55),
            form("ma-ice", "d{9}?dddd?dd", 35),
        ],
    },
    Identifier {
        entity: "MA_CIN",
        title: "Moroccan identity card (CNIE)",
        country: "MA",
        kind: Kind::National,
        source: "DGSN, law 04-20: one or two letters and five or six digits; form only",
        context: &["cin", "cnie", "identité", "carte"],
        check: None,
        forms: &[form("ma-cin", "l{1,2}d{5,6}", 5)],
    },
];

fn ice(digits: &[u8]) -> Result<(), Fault> {
    if digits.iter().all(|digit| *digit == b'0') {
        return Err(Fault::NeverIssued);
    }
    checksum(remainder(digits, 97) == Some(0))
}
