//! Comparing an authenticated document with what a verifier expects of it.
//!
//! [`Expected`] is for inspection: each comparison can be left out, and what comes of it is never
//! trust. What a client must demand before it sends data is [`super::Expectations`], where nothing
//! can be left out.

use std::collections::BTreeMap;

use subtle::ConstantTimeEq;

use super::der::{self, BIT_STRING, INTEGER, NotDer, SEQUENCE};
use super::{AttestationError, Document, Pcr};
use crate::UnixMillis;

/// How a field is compared.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Compare<T> {
    /// Not at all.
    #[default]
    Ignore,
    /// The document holds null or has no such field. A field of length 0 is not absent.
    Absent,
    /// The document holds this, all of it.
    Equal(T),
}

/// What an inspection compares; the default compares nothing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Expected {
    /// Registers that must be present with these values.
    pub pcrs: BTreeMap<u8, Pcr>,
    /// The nonce.
    pub nonce: Compare<Vec<u8>>,
    /// The user data.
    pub user_data: Compare<Vec<u8>>,
    /// Oldest document accepted, milliseconds before the inspection's time.
    pub max_age_ms: Option<u64>,
    /// Furthest ahead of the inspection's time, milliseconds.
    pub skew_ms: Option<u64>,
    /// Whether `public_key` must be an RSA key that KMS takes: 2048 bits or more, exponent 65537.
    pub rsa_public_key: bool,
}

impl Compare<Vec<u8>> {
    fn matches(&self, found: Option<&[u8]>) -> bool {
        match (self, found) {
            (Self::Ignore, _) | (Self::Absent, None) => true,
            // A nonce may be a secret until it is used; the time taken tells nothing of it.
            (Self::Equal(wanted), Some(found)) => wanted.as_slice().ct_eq(found).into(),
            _ => false,
        }
    }
}

impl Expected {
    /// Compares `document`, authenticated before, at the time `at`.
    pub(super) fn check(
        &self,
        document: &Document,
        at: UnixMillis,
    ) -> Result<(), AttestationError> {
        for (index, value) in &self.pcrs {
            check_pcr(document, *index, value)?;
        }
        check_time(document.timestamp, at, self.max_age_ms, self.skew_ms)?;
        if !self.nonce.matches(document.nonce.as_deref()) {
            return Err(AttestationError::Nonce);
        }
        if !self.user_data.matches(document.user_data.as_deref()) {
            return Err(AttestationError::UserData);
        }
        if self.rsa_public_key {
            let key = document
                .public_key
                .as_deref()
                .ok_or(AttestationError::PublicKeyMissing)?;
            check_rsa_key(key).map_err(|NotDer| AttestationError::PublicKeyForm)?;
        }
        Ok(())
    }
}

/// Checks that one register is present and holds `expected`.
pub(super) fn check_pcr(
    document: &Document,
    index: u8,
    expected: &Pcr,
) -> Result<(), AttestationError> {
    match document.pcrs.get(&index) {
        Some(found) if found == expected => Ok(()),
        Some(_) => Err(AttestationError::PcrMismatch { index }),
        None => Err(AttestationError::PcrMissing { index }),
    }
}

/// Whether the enclave runs in debug mode: PCR0, 1 or 2 is zero. PCR3 and 4 are not, even then.
///
/// # Errors
///
/// [`AttestationError::PcrMissing`] when one of the three is absent.
pub(super) fn is_debug(document: &Document) -> Result<bool, AttestationError> {
    let mut debug = false;
    for index in 0..=2 {
        let pcr = document
            .pcrs
            .get(&index)
            .ok_or(AttestationError::PcrMissing { index })?;
        debug |= pcr.is_zero();
    }
    Ok(debug)
}

/// Checks age and skew; both limits belong to what is allowed.
pub(super) fn check_time(
    document: UnixMillis,
    at: UnixMillis,
    max_age_ms: Option<u64>,
    skew_ms: Option<u64>,
) -> Result<(), AttestationError> {
    if max_age_ms.is_some_and(|limit| at.0.saturating_sub(document.0) > limit) {
        return Err(AttestationError::TooOld);
    }
    if skew_ms.is_some_and(|limit| document.0.saturating_sub(at.0) > limit) {
        return Err(AttestationError::FromFuture);
    }
    Ok(())
}

/// Checks for the one form of an RSA key that KMS takes as recipient (RFC 8017 §A.1.1): DER
/// without slack, a modulus of 2048 to 4096 bits, exponent 65537.
fn check_rsa_key(spki: &[u8]) -> Result<(), NotDer> {
    /// `AlgorithmIdentifier` content: rsaEncryption, NULL.
    const RSA_ENCRYPTION: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
    let outer = der::single(spki)?;
    outer.walk()?;
    let [algorithm, key] = outer.exactly([SEQUENCE, BIT_STRING])?;
    let key = der::single(key.content.strip_prefix(&[0]).ok_or(NotDer)?)?;
    key.walk()?;
    let [modulus, exponent] = key.exactly([INTEGER, INTEGER])?;
    // A modulus of a whole number of bytes has its top bit set, so DER puts a zero before it.
    let modulus = modulus.content.strip_prefix(&[0]).ok_or(NotDer)?;
    let fits = outer.tag == SEQUENCE
        && key.tag == SEQUENCE
        && algorithm.content == RSA_ENCRYPTION
        && matches!(modulus, [0x80..=0xff, .., last] if last % 2 == 1)
        && (256..=512).contains(&modulus.len())
        && exponent.content == b"\x01\x00\x01";
    if fits { Ok(()) } else { Err(NotDer) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equality_is_of_the_whole_field_and_absence_is_not_emptiness() {
        let equal = Compare::Equal(vec![1, 2]);
        assert!(equal.matches(Some(&[1, 2])));
        for other in [Some(&[1, 2, 3][..]), Some(&[1]), Some(&[]), None] {
            assert!(!equal.matches(other));
        }
        assert!(Compare::Absent.matches(None) && !Compare::Absent.matches(Some(&[])));
        assert!(Compare::Ignore.matches(None) && Compare::Ignore.matches(Some(&[1])));
        assert!(!Compare::Equal(vec![]).matches(None));
    }

    #[test]
    fn the_limits_of_age_and_skew_belong_to_what_is_allowed() {
        let check =
            |document, at| check_time(UnixMillis(document), UnixMillis(at), Some(10), Some(5));
        assert_eq!(check(100, 110), Ok(()));
        assert_eq!(check(100, 111), Err(AttestationError::TooOld));
        assert_eq!(check(105, 100), Ok(()));
        assert_eq!(check(106, 100), Err(AttestationError::FromFuture));
        assert_eq!(
            check_time(UnixMillis(u64::MAX), UnixMillis(0), None, None),
            Ok(())
        );
    }

    fn rsa_key(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
        fn element(tag: u8, content: &[u8]) -> Vec<u8> {
            let length = u16::try_from(content.len()).unwrap_or(0).to_be_bytes();
            let head = match length {
                [0, low @ ..=0x7f] => vec![tag, low],
                [0, low] => vec![tag, 0x81, low],
                [high, low] => vec![tag, 0x82, high, low],
            };
            [head, content.to_vec()].concat()
        }
        let algorithm = element(
            SEQUENCE,
            b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00",
        );
        let numbers = [element(INTEGER, modulus), element(INTEGER, exponent)].concat();
        let key = [vec![0], element(SEQUENCE, &numbers)].concat();
        element(SEQUENCE, &[algorithm, element(BIT_STRING, &key)].concat())
    }

    #[test]
    fn only_the_rsa_keys_that_kms_takes_pass() {
        let modulus = |bytes: usize| [vec![0], vec![0xc1; bytes]].concat();
        let good = rsa_key(&modulus(256), b"\x01\x00\x01");
        assert_eq!(check_rsa_key(&good), Ok(()));
        assert_eq!(
            check_rsa_key(&rsa_key(&modulus(512), b"\x01\x00\x01")),
            Ok(())
        );
        for bad in [
            rsa_key(&modulus(255), b"\x01\x00\x01"),
            rsa_key(&modulus(513), b"\x01\x00\x01"),
            rsa_key(&modulus(256), b"\x03"),
            rsa_key(&[vec![0], vec![0xc2; 256]].concat(), b"\x01\x00\x01"),
            rsa_key(&[0x41; 256], b"\x01\x00\x01"),
            [good.clone(), vec![0]].concat(),
            b"dummy".to_vec(),
            vec![],
        ] {
            assert_eq!(check_rsa_key(&bad), Err(NotDer), "{bad:x?}");
        }
        for length in 0..good.len() {
            assert_eq!(
                check_rsa_key(&good[..length]),
                Err(NotDer),
                "cut at {length}"
            );
        }
    }
}
