//! Pseudonyms: keyed digests by which records can be joined without the value.
//!
//! HMAC-SHA-256 (FIPS 198-1) under a key that the caller derived for this purpose, over entity,
//! context and value, each with its length in front so that no two inputs read the same. A pseudonym
//! cannot be turned back; who holds the key can test guesses, so the key stays in the enclave. It
//! names the version of its key, because after a rotation equal values differ.
//!
//! [`crate::derive`] says what such a key is derived with. Holds no key and makes none.

use ring::hmac;
use serde::{Deserialize, Serialize};

use crate::derive::BASE32;
use crate::operation::{Normalise, ParameterError, check_place};

/// What `pseudonymize` takes. The key is the enclave's.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PseudonymizeParameters {
    /// What the value is: `US_SSN`, `CUSTOMER_ID`. Equal values of different entities differ.
    pub entity: String,
    /// What the pseudonym is for. Equal values of different contexts differ.
    #[serde(default)]
    pub context: String,
    /// What makes values equal.
    #[serde(default)]
    pub normalise: Normalise,
    /// How many bytes of the digest: 20 or 32.
    #[serde(default = "PseudonymizeParameters::default_bytes")]
    pub bytes: u8,
    /// The version of the root; the newest when absent. An older one serves while both are joined.
    #[serde(default)]
    pub version: Option<u32>,
}

impl PseudonymizeParameters {
    /// The keys of `pseudonymize`.
    pub const PARAMETERS: &[&str] = &["entity", "context", "normalise", "bytes", "version"];
    /// The longest name of an entity, in bytes.
    pub const MAX_ENTITY_BYTES: usize = 64;
    /// The longest context, in bytes.
    pub const MAX_CONTEXT_BYTES: usize = 256;

    const fn default_bytes() -> u8 {
        32
    }

    /// Checks what the types do not.
    ///
    /// # Errors
    ///
    /// [`ParameterError::Entity`], [`ParameterError::Context`] or [`ParameterError::Bytes`].
    pub fn check(&self) -> Result<(), ParameterError> {
        check_place(&self.entity, &self.context)?;
        if matches!(self.bytes, 20 | 32) {
            Ok(())
        } else {
            Err(ParameterError::Bytes)
        }
    }
}

/// The pseudonym of `value`: `vp1.<ENTITY>.k<version>.<base32>`.
///
/// `key` is derived for the tenant with [`crate::derive::info`]; `version` is the version of its root.
///
/// # Errors
///
/// [`ParameterError`], when the parameters make no sense.
pub fn pseudonymize(
    key: &[u8; 32],
    version: u32,
    value: &str,
    parameters: &PseudonymizeParameters,
) -> Result<String, ParameterError> {
    parameters.check()?;
    let value = parameters.normalise.apply(value);
    let digest = digest(
        key,
        &["vp1", &parameters.entity, &parameters.context, &value],
    );
    let shown = BASE32.encode(&digest.as_ref()[..usize::from(parameters.bytes)]);
    Ok(format!("vp1.{}.k{version}.{shown}", parameters.entity))
}

/// HMAC-SHA-256 over these parts, each with its length in front.
pub(crate) fn digest(key: &[u8; 32], parts: &[&str]) -> hmac::Tag {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let mut digest = hmac::Context::with_key(&key);
    for part in parts {
        digest.update(&(part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    }
    digest.sign()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;
    use crate::operation::Normalise;

    const KEY: [u8; 32] = [7; 32];

    fn parameters() -> PseudonymizeParameters {
        PseudonymizeParameters {
            entity: "US_SSN".to_owned(),
            context: "claims".to_owned(),
            normalise: Normalise::None,
            bytes: 32,
            version: None,
        }
    }

    fn of(value: &str) -> String {
        pseudonymize(&KEY, 3, value, &parameters()).unwrap()
    }

    #[test]
    fn the_form_is_version_entity_key_and_digest() {
        let long = of("078-05-1123");
        let digest = long.strip_prefix("vp1.US_SSN.k3.").unwrap();
        assert_eq!(digest.len(), 52);
        let short = PseudonymizeParameters {
            bytes: 20,
            ..parameters()
        };
        let short = pseudonymize(&KEY, 3, "078-05-1123", &short).unwrap();
        let front = short.strip_prefix("vp1.US_SSN.k3.").unwrap();
        assert_eq!(front, &digest[..32]);
        assert!(
            digest
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'))
        );
    }

    #[test]
    fn a_pseudonym_never_changes_between_versions_of_this_crate() {
        // Computed with another implementation of HMAC (Python's) over the same bytes.
        let digest = "mgz7it5uleqtuq3h4zyofd2mbyinttgse2jaytopjskvxzzlfbbq";
        assert_eq!(of("078-05-1123"), format!("vp1.US_SSN.k3.{digest}"));
    }

    #[test]
    fn everything_that_goes_in_matters() {
        let base = of("a");
        assert_eq!(base, of("a"));
        assert_ne!(base, of("b"));
        let other = |change: fn(&mut PseudonymizeParameters)| {
            let mut changed = parameters();
            change(&mut changed);
            pseudonymize(&KEY, 3, "a", &changed).unwrap()
        };
        let digest = |pseudonym: &str| pseudonym.rsplit('.').next().unwrap().to_owned();
        assert_ne!(
            digest(&base),
            digest(&other(|changed| changed.entity = "PERSON".to_owned()))
        );
        assert_ne!(
            digest(&base),
            digest(&other(|changed| changed.context.clear()))
        );
        let key = pseudonymize(&[8; 32], 3, "a", &parameters()).unwrap();
        assert_ne!(base, key);
    }

    #[test]
    fn values_that_are_equal_after_normalising_share_a_pseudonym() {
        let loose = PseudonymizeParameters {
            normalise: Normalise::TrimCase,
            ..parameters()
        };
        let one = pseudonymize(&KEY, 3, " Jo@Example.com", &loose).unwrap();
        assert_eq!(
            one,
            pseudonymize(&KEY, 3, "jo@example.com", &loose).unwrap()
        );
        assert_ne!(of(" Jo@Example.com"), of("jo@example.com"));
    }

    #[test]
    fn parameters_that_make_no_sense_are_refused() {
        let wrong = PseudonymizeParameters {
            entity: "US.SSN".to_owned(),
            ..parameters()
        };
        assert_eq!(
            pseudonymize(&KEY, 3, "a", &wrong),
            Err(ParameterError::Entity)
        );
    }
}
