//! Blind indexes: short keyed digests by which an encrypted column is searched.
//!
//! The digest of [`crate::pseudonymize`] under a key of its own, cut to `bits`. The fewer bits, the
//! more values share an index, and the less a stolen table tells; the searcher sorts out the others
//! after opening them. The digest covers the form's own name, so an index is never the beginning of a
//! pseudonym. Holds no key and makes none.

use serde::{Deserialize, Serialize};

use crate::derive::BASE32;
use crate::operation::{Class, Normalise, ParameterError, check_place};
use crate::pseudonymize::digest;

/// What `blind_index` takes. The key is the enclave's.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BlindIndexParameters {
    /// What the value is. Equal values of different entities differ.
    pub entity: String,
    /// What the index is for. Equal values of different contexts differ.
    #[serde(default)]
    pub context: String,
    /// What makes values equal: white space and case do not, unless asked for.
    #[serde(default = "BlindIndexParameters::default_normalise")]
    pub normalise: Normalise,
    /// How many bits of the digest: 8 to 256.
    #[serde(default = "BlindIndexParameters::default_bits")]
    pub bits: u16,
    /// The version of the root; the newest when absent.
    #[serde(default)]
    pub version: Option<u32>,
}

impl BlindIndexParameters {
    /// The keys of `blind_index`.
    pub const PARAMETERS: &[&str] = &["entity", "context", "normalise", "bits", "version"];
    /// What it lets out.
    pub const CLASS: Class = Class::Pseudonym;

    const fn default_normalise() -> Normalise {
        Normalise::TrimCase
    }

    const fn default_bits() -> u16 {
        32
    }

    /// Checks what the types do not.
    ///
    /// # Errors
    ///
    /// [`ParameterError::Entity`], [`ParameterError::Context`] or [`ParameterError::Bits`].
    pub fn check(&self) -> Result<(), ParameterError> {
        check_place(&self.entity, &self.context)?;
        if (8..=256).contains(&self.bits) {
            Ok(())
        } else {
            Err(ParameterError::Bits)
        }
    }
}

/// The index of `value`: `vb1.<ENTITY>.k<version>.<base32>`, bits beyond those asked for zero.
///
/// `key` is derived for the purpose `blind_index` with [`crate::derive::info`].
///
/// # Errors
///
/// [`ParameterError`], when the parameters make no sense.
pub fn blind_index(
    key: &[u8; 32],
    version: u32,
    value: &str,
    parameters: &BlindIndexParameters,
) -> Result<String, ParameterError> {
    parameters.check()?;
    let (entity, context) = (&parameters.entity, &parameters.context);
    let value = parameters.normalise.apply(value);
    let digest = digest(key, &["vb1", entity, context, &value]);
    let bits = usize::from(parameters.bits);
    let mut bytes = digest.as_ref()[..bits.div_ceil(8)].to_vec();
    if let Some(last) = bytes.last_mut() {
        *last &= 0xff << (bits.next_multiple_of(8) - bits);
    }
    let shown = BASE32.encode(&bytes);
    Ok(format!("vb1.{entity}.k{version}.{shown}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;

    fn parameters(bits: u16) -> BlindIndexParameters {
        BlindIndexParameters {
            bits,
            ..serde_json::from_str(r#"{"entity":"US_SSN","context":"claims"}"#).unwrap()
        }
    }

    fn bytes(bits: u16, value: &str) -> Vec<u8> {
        let index = blind_index(&[7; 32], 3, value, &parameters(bits)).unwrap();
        let shown = index.strip_prefix("vb1.US_SSN.k3.").unwrap();
        BASE32.decode(shown.as_bytes()).unwrap()
    }

    #[test]
    fn fewer_bits_are_the_beginning_of_more() {
        let whole = bytes(256, "078-05-1123");
        assert_eq!(whole.len(), 32);
        for bits in 8..=256_u16 {
            let some = bytes(bits, "078-05-1123");
            assert_eq!(some.len(), usize::from(bits).div_ceil(8));
            for at in 0..some.len() * 8 {
                let bit = |bytes: &[u8]| bytes[at / 8] >> (7 - at % 8) & 1;
                let expected = if at < bits.into() { bit(&whole) } else { 0 };
                assert_eq!(bit(&some), expected, "bit {at} of {bits}");
            }
        }
    }

    #[test]
    fn an_index_never_changes_between_versions_of_this_crate() {
        // Computed with another implementation of HMAC (Python's) over the same bytes.
        let index = blind_index(&[7; 32], 3, " 078-05-1123", &parameters(32)).unwrap();
        assert_eq!(index, "vb1.US_SSN.k3.5cseqha");
    }

    #[test]
    fn an_index_is_no_beginning_of_a_pseudonym_and_everything_in_it_matters() {
        let base = bytes(256, "a");
        let pseudonym = digest(&[7; 32], &["vp1", "US_SSN", "claims", "a"]);
        assert_ne!(base, pseudonym.as_ref());
        assert_eq!(base, bytes(256, " A "));
        assert_ne!(base, bytes(256, "b"));
        let mut other = parameters(256);
        other.context.clear();
        let other = blind_index(&[7; 32], 3, "a", &other).unwrap();
        assert_ne!(
            other,
            blind_index(&[7; 32], 3, "a", &parameters(256)).unwrap()
        );
    }

    #[test]
    fn parameters_that_make_no_sense_are_refused() {
        for bits in [0, 7, 257] {
            assert_eq!(parameters(bits).check(), Err(ParameterError::Bits));
        }
        let mut wrong = parameters(8);
        wrong.entity.clear();
        assert_eq!(wrong.check(), Err(ParameterError::Entity));
    }
}
