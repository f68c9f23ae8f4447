//! Who sends a request: a signature over this very request, by a key that the policy knows.
//!
//! Anyone can seal in HPKE's base mode, so the caller signs the digest of the encapsulated key, the
//! key configuration and the body. A proof therefore fits one request to one enclave. The key is
//! registered in the policy bundle or named by `cnf` (RFC 7800) in a token; a token without such a
//! key proves possession of nothing and is granted less.
//!
//! The signature is a COSE_Sign1 (RFC 9052 §4.2) with detached payload: `EdDSA` or `ES256`.

mod keys;

use coset::{CborSerializable, CoseSign1, CoseSign1Builder, HeaderBuilder, iana::Algorithm};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

pub use keys::{CallerKey, CallerPublicKey, KeyError};

use crate::{
    Secret, cbor,
    digest::{Sha384Digest, sha256, sha384},
    secret::exposed,
};

/// The caller's identity and the proof of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Proof {
    /// A caller whose key the bundle lists.
    Registered {
        /// The caller's name in the bundle.
        caller: String,
        /// COSE_Sign1 over [`binding`].
        signature: ByteBuf,
    },
    /// A token, with the signature of the key that its `cnf` names.
    Token {
        /// A JWT (RFC 7519).
        #[serde(with = "exposed")]
        token: Secret<String>,
        /// COSE_Sign1 over [`binding`].
        signature: ByteBuf,
    },
    /// A token alone: whoever holds it can send it.
    Bearer {
        /// A JWT (RFC 7519).
        #[serde(with = "exposed")]
        token: Secret<String>,
    },
}

/// The signature does not hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("proof is not a signature of this key over this request")]
pub struct ProofError;

/// What a caller signs: SHA-384("vouchsafe/proof/v1" ‖ SHA-256(enc) ‖ key configuration digest ‖
/// SHA-256(body)). Each part has a fixed length.
pub fn binding(enc: &[u8], configuration: &Sha384Digest, body: &[u8]) -> Sha384Digest {
    sha384(&[
        b"vouchsafe/proof/v1",
        &sha256(&[enc]),
        configuration,
        &sha256(&[body]),
    ])
}

/// Signs a binding.
pub fn sign(key: &CallerKey, binding: &Sha384Digest) -> Vec<u8> {
    let algorithm = match key.public_key() {
        CallerPublicKey::Ed25519(_) => Algorithm::EdDSA,
        CallerPublicKey::P256(_) => Algorithm::ES256,
    };
    CoseSign1Builder::new()
        .protected(HeaderBuilder::new().algorithm(algorithm).build())
        .create_detached_signature(binding, &[], |message| key.sign(message))
        .build()
        .to_vec()
        .expect("a signature structure of byte strings always encodes")
}

/// Checks a signature over a binding.
///
/// # Errors
///
/// [`ProofError`], one for everything: structure, algorithm, key and signature.
pub fn verify(
    key: &CallerPublicKey,
    binding: &Sha384Digest,
    signature: &[u8],
) -> Result<(), ProofError> {
    const MAX_PROOF_BYTES: usize = 512;
    let cose: CoseSign1 = cbor::decode_cose(signature, MAX_PROOF_BYTES).map_err(|_| ProofError)?;
    let expected = match key {
        CallerPublicKey::Ed25519(_) => Algorithm::EdDSA,
        CallerPublicKey::P256(_) => Algorithm::ES256,
    };
    let header = HeaderBuilder::new().algorithm(expected).build();
    if cose.protected.header != header || !cose.unprotected.is_empty() || cose.payload.is_some() {
        return Err(ProofError);
    }
    cose.verify_detached_signature(binding, &[], |signature, message| {
        key.verify(message, signature).map_err(|_| ProofError)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keys() -> [CallerKey; 2] {
        [CallerKey::generate_ed25519(), CallerKey::generate_p256()]
    }

    #[test]
    fn a_proof_holds_for_its_key_and_binding_only() {
        let bound = binding(b"enc", &[1; 48], b"body");
        for key in keys() {
            let signature = sign(&key, &bound);
            let verified =
                |key: &CallerPublicKey, bound: &Sha384Digest| verify(key, bound, &signature);
            assert_eq!(verified(&key.public_key(), &bound), Ok(()));
            for other in [
                binding(b"eNc", &[1; 48], b"body"),
                binding(b"enc", &[2; 48], b"body"),
                binding(b"enc", &[1; 48], b"bodY"),
            ] {
                assert_eq!(verified(&key.public_key(), &other), Err(ProofError));
            }
            for other in keys() {
                assert_eq!(verified(&other.public_key(), &bound), Err(ProofError));
            }
        }
    }

    #[test]
    fn a_proof_cut_at_any_length_or_altered_anywhere_is_refused() {
        let bound = binding(b"enc", &[1; 48], b"body");
        for key in keys() {
            let signature = sign(&key, &bound);
            for length in 0..signature.len() {
                let cut = verify(&key.public_key(), &bound, &signature[..length]);
                assert_eq!(cut, Err(ProofError));
                let mut altered = signature.clone();
                altered[length] ^= 1;
                let altered = verify(&key.public_key(), &bound, &altered);
                assert_eq!(altered, Err(ProofError), "byte {length}");
            }
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_no_proof(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let key = CallerPublicKey::Ed25519([9; 32]);
            prop_assert_eq!(verify(&key, &[0; 48], &bytes), Err(ProofError));
        }
    }
}
