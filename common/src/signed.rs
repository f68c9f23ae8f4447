//! A document that an authority signed: bytes in a COSE_Sign1 (RFC 9052 §4.2) by an Ed25519 or
//! P-256 key, over a context that says what kind of document it is.
//!
//! The context is external data of the signature, so a policy bundle never passes for the statement
//! of a release, nor the other way round. Trusts the keys that it is given and nothing in the
//! message: the algorithm must be that of the key. Users: [`crate::bundle`], and the client's
//! statements of releases.

use coset::{CborSerializable, CoseSign1, CoseSign1Builder, HeaderBuilder, iana::Algorithm};

use crate::{
    cbor::{self, CborError},
    proof::{CallerKey, CallerPublicKey},
};

/// Why a signed document is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SignedError {
    /// Longer than the reader takes.
    #[error("the document is too long")]
    TooLong,
    /// Not a COSE_Sign1 of this profile: one payload, an algorithm in the protected header alone.
    #[error("not a COSE_Sign1 of the profile")]
    NotSigned,
    /// Signed by none of the keys, as another kind of document, or altered.
    #[error("not signed by an authority that counts")]
    Signature,
}

/// `payload` signed by `key` as a document of the kind that `context` names.
///
/// # Errors
///
/// [`SignedError::TooLong`] when a reader with the bound `max_bytes` would refuse it.
pub fn sign(
    payload: &[u8],
    context: &[u8],
    key: &CallerKey,
    max_bytes: usize,
) -> Result<Vec<u8>, SignedError> {
    let algorithm = algorithm_of(&key.public_key());
    let document = CoseSign1Builder::new()
        .protected(HeaderBuilder::new().algorithm(algorithm).build())
        .payload(payload.to_vec())
        .create_signature(context, |message| key.sign(message))
        .build()
        .to_vec()
        .expect("a signature structure of byte strings always encodes");
    if document.len() > max_bytes {
        return Err(SignedError::TooLong);
    }
    Ok(document)
}

/// The payload of a document that one of `keys` signed as the kind that `context` names.
///
/// # Errors
///
/// [`SignedError`] by the first check that fails.
pub fn open(
    document: &[u8],
    context: &[u8],
    keys: &[CallerPublicKey],
    max_bytes: usize,
) -> Result<Vec<u8>, SignedError> {
    let cose = parse(document, max_bytes)?;
    let is_signed = keys.iter().any(|key| {
        cose.protected.header == HeaderBuilder::new().algorithm(algorithm_of(key)).build()
            && cose
                .verify_signature(context, |signature, message| key.verify(message, signature))
                .is_ok()
    });
    if !is_signed {
        return Err(SignedError::Signature);
    }
    cose.payload.ok_or(SignedError::NotSigned)
}

/// The payload, for people to read: no signature is checked.
///
/// # Errors
///
/// [`SignedError::TooLong`] or [`SignedError::NotSigned`].
pub fn unverified(document: &[u8], max_bytes: usize) -> Result<Vec<u8>, SignedError> {
    parse(document, max_bytes)?
        .payload
        .ok_or(SignedError::NotSigned)
}

fn parse(document: &[u8], max_bytes: usize) -> Result<CoseSign1, SignedError> {
    let cose: CoseSign1 = cbor::decode_cose(document, max_bytes).map_err(|error| match error {
        CborError::TooLong { .. } => SignedError::TooLong,
        _ => SignedError::NotSigned,
    })?;
    if cose.unprotected.is_empty() && cose.payload.is_some() {
        Ok(cose)
    } else {
        Err(SignedError::NotSigned)
    }
}

const fn algorithm_of(key: &CallerPublicKey) -> Algorithm {
    match key {
        CallerPublicKey::Ed25519(_) => Algorithm::EdDSA,
        CallerPublicKey::P256(_) => Algorithm::ES256,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 1024;

    #[test]
    fn what_is_signed_opens_for_its_key_and_its_kind_alone() {
        for key in [CallerKey::generate_ed25519(), CallerKey::generate_p256()] {
            let document = sign(b"text", b"a", &key, LIMIT).expect("it is short");
            let (own, other) = (key.public_key(), CallerKey::generate_ed25519().public_key());
            let opened = |context: &[u8], keys: &[_]| open(&document, context, keys, LIMIT);
            assert_eq!(opened(b"a", &[other, own]), Ok(b"text".to_vec()));
            assert_eq!(opened(b"b", &[own]), Err(SignedError::Signature));
            assert_eq!(opened(b"a", &[other]), Err(SignedError::Signature));
            assert_eq!(opened(b"a", &[]), Err(SignedError::Signature));
            assert_eq!(unverified(&document, LIMIT), Ok(b"text".to_vec()));
        }
    }

    #[test]
    fn an_altered_or_cut_document_does_not_open() {
        let key = CallerKey::generate_ed25519();
        let document = sign(b"text", b"a", &key, LIMIT).expect("it is short");
        let keys = [key.public_key()];
        for position in 0..document.len() {
            let mut altered = document.clone();
            altered[position] ^= 1;
            assert!(
                open(&altered, b"a", &keys, LIMIT).is_err(),
                "byte {position}"
            );
            let cut = open(&document[..position], b"a", &keys, LIMIT);
            assert_eq!(cut, Err(SignedError::NotSigned), "cut at {position}");
        }
    }

    #[test]
    fn nothing_is_signed_that_its_reader_would_find_too_long() {
        let key = CallerKey::generate_ed25519();
        let document = sign(b"text", b"a", &key, LIMIT).expect("it is short");
        let limit = document.len() - 1;
        assert_eq!(sign(b"text", b"a", &key, limit), Err(SignedError::TooLong));
        let opened = open(&document, b"a", &[key.public_key()], limit);
        assert_eq!(opened, Err(SignedError::TooLong));
    }
}
