//! Platform configuration registers: 48-byte SHA-384 measurements, and how they are extended.
//!
//! Written as 96 hex digits wherever people or JSON meet them. Not secret: they are published with
//! every release. What each register holds is in the documentation of [`super`].

use core::fmt;
use core::str::FromStr;

use crate::digest::sha384;

/// The value of one register.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Pcr(pub [u8; 48]);

/// The text is not exactly 96 hex digits.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a PCR is written as 96 hex digits")]
pub struct PcrParseError;

impl Pcr {
    /// What a register holds before anything is measured into it, and PCR0–2 in debug mode.
    pub const ZERO: Self = Self([0; 48]);

    /// The register after `ExtendPCR` with `data`: SHA-384(old ‖ data).
    #[must_use]
    pub fn extend(&self, data: &[u8]) -> Self {
        Self(sha384(&[&self.0, data]))
    }

    /// What a zero register holds after the SHA-384 of `content` was extended into it: the form
    /// of PCR0–4 and PCR8, and of our PCR16 over the trust anchor.
    pub fn measure(content: &[u8]) -> Self {
        Self::ZERO.extend(&sha384(&[content]))
    }

    /// Whether nothing was measured.
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }
}

impl fmt::Display for Pcr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Pcr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pcr({self})")
    }
}

impl FromStr for Pcr {
    type Err = PcrParseError;

    fn from_str(text: &str) -> Result<Self, PcrParseError> {
        let mut value = [0; 48];
        hex::decode_to_slice(text, &mut value).map_err(|_| PcrParseError)?;
        Ok(Self(value))
    }
}

impl serde::Serialize for Pcr {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Pcr {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn a_register_is_read_back_from_its_text() {
        let pcr = Pcr::measure(b"kernel");
        assert_eq!(pcr.to_string().parse(), Ok(pcr));
        assert_eq!(
            serde_json::from_str::<Pcr>(&serde_json::to_string(&pcr).unwrap()).unwrap(),
            pcr
        );
    }

    #[test]
    fn text_of_another_length_or_alphabet_is_no_register() {
        for text in ["", "00", &"0".repeat(95), &"0".repeat(97), &"g".repeat(96)] {
            assert_eq!(text.parse::<Pcr>(), Err(PcrParseError));
        }
    }

    /// PCR0, 1 and 2 of an image, as AWS's image format measures its sections: 0 is over all of
    /// them, 1 over the first three, 2 over the rest, and none over where one ends.
    fn measured(kernel: &[u8], cmdline: &[u8], ramdisks: [&[u8]; 2]) -> [Pcr; 3] {
        let boot = [kernel, cmdline, ramdisks[0]].concat();
        let all = [&boot, ramdisks[1]].concat();
        [&all[..], &boot, ramdisks[1]].map(Pcr::measure)
    }

    #[test]
    fn bytes_moved_between_ramdisks_keep_pcr0_and_change_pcr1_and_pcr2() {
        let honest = measured(b"kernel", b"quiet", [b"init", b"application"]);
        let moved = measured(b"kernel", b"quiet", [b"initapp", b"lication"]);
        assert_eq!(honest[0], moved[0]);
        assert_ne!(honest[1], moved[1]);
        assert_ne!(honest[2], moved[2]);
    }

    #[test]
    fn bytes_moved_between_kernel_and_command_line_keep_all_three() {
        let honest = measured(b"kernel", b"quiet", [b"init", b"application"]);
        let moved = measured(b"ker", b"nelquiet", [b"init", b"application"]);
        assert_eq!(honest, moved);
    }

    #[test]
    fn any_byte_changed_in_an_image_changes_pcr0_and_pcr1_or_pcr2() {
        let honest = measured(b"kernel", b"quiet", [b"init", b"application"]);
        for (other, same) in [
            (measured(b"kernem", b"quiet", [b"init", b"application"]), 2),
            (measured(b"kernel", b"quieu", [b"init", b"application"]), 2),
            (measured(b"kernel", b"quiet", [b"inis", b"application"]), 2),
            (measured(b"kernel", b"quiet", [b"init", b"applicatiom"]), 1),
        ] {
            for index in 0..3 {
                assert_eq!(honest[index] == other[index], index == same, "PCR{index}");
            }
        }
    }

    #[test]
    fn extending_depends_on_the_order() {
        let one = Pcr::ZERO.extend(b"a").extend(b"b");
        let other = Pcr::ZERO.extend(b"b").extend(b"a");
        assert_ne!(one, other);
        assert!(Pcr::ZERO.is_zero());
    }
}
