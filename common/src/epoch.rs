//! The epoch of a data key: a number that grows when old keys and records are to be left behind.
//!
//! It stands in the record, in the KMS encryption context of the data key and, as a floor, in the
//! trust anchor. It is a number and not a name so that "older than" has one meaning, and it has one
//! written form so that two contexts never name the same epoch.
//!
//! Next: [`crate::record`], [`crate::bundle::TenantFloors`].

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// An epoch. Later epochs are greater.
#[derive(
    Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Epoch(pub u32);

/// Not an epoch in its one written form: decimal digits without sign or leading zeros, below 2³².
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("an epoch is a decimal number below 2^32, without sign or leading zeros")]
pub struct EpochError;

impl fmt::Display for Epoch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for Epoch {
    type Err = EpochError;

    fn from_str(text: &str) -> Result<Self, EpochError> {
        let epoch = text.parse().map(Self).map_err(|_| EpochError)?;
        // The number's parser also takes a sign and leading zeros.
        if epoch.to_string() == text {
            Ok(epoch)
        } else {
            Err(EpochError)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_has_one_written_form() {
        for epoch in [0, 1, 10, u32::MAX] {
            assert_eq!(Epoch(epoch).to_string().parse(), Ok(Epoch(epoch)));
        }
        for other in [
            "",
            "01",
            "00",
            "+1",
            "-1",
            " 1",
            "1 ",
            "1.0",
            "0x1",
            "a",
            "4294967296",
        ] {
            assert_eq!(other.parse::<Epoch>(), Err(EpochError), "{other:?}");
        }
    }

    #[test]
    fn epochs_are_ordered_as_numbers_and_not_as_texts() {
        assert!(Epoch(9) < Epoch(10));
    }
}
