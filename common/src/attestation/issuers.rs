//! Remembers which chains of issuers were verified, so that their signatures are checked once.
//!
//! Three of the five signatures behind a document are those of AWS's authorities over each other,
//! and they stay the same for a day. What is remembered is a fact about bytes: these certificates,
//! under this root, each sign the next. It does not age and is true at any time, so it holds no
//! time, key or name; everything else about the certificates is read from them and checked anew.
//! Next: [`super::chain`].

use std::collections::VecDeque;

use crate::digest::sha256;

/// SHA-256 over the SHA-256 of each certificate from the root to the last issuer, in order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct ChainDigest([u8; 32]);

impl ChainDigest {
    pub(super) fn of(bundle: &[Vec<u8>]) -> Self {
        // Digests have one length, so no other bundle joins to the same bytes.
        let each: Vec<[u8; 32]> = bundle.iter().map(|der| sha256(&[der])).collect();
        Self(sha256(&[each.as_flattened()]))
    }
}

/// Chains of issuers that were verified before, at most [`IssuerCache::MAX_CHAINS`].
///
/// A chain enters when a document under it was authenticated, and not before; the one that was used
/// longest ago makes room. Roots need no caches of their own: a chain's digest covers its root,
/// and a root is compared with the pinned one every time.
#[derive(Debug, Default)]
pub struct IssuerCache {
    /// Last used last.
    chains: VecDeque<ChainDigest>,
}

impl IssuerCache {
    /// Chains remembered, of 32 bytes each: an instance has one chain for a day.
    pub const MAX_CHAINS: usize = 64;

    pub(super) fn knows(&self, chain: ChainDigest) -> bool {
        self.chains.contains(&chain)
    }

    pub(super) fn remember(&mut self, chain: ChainDigest) {
        self.chains.retain(|known| *known != chain);
        if self.chains.len() == Self::MAX_CHAINS {
            self.chains.pop_front();
        }
        self.chains.push_back(chain);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::UnixMillis;
    use crate::attestation::document::Unverified;
    use crate::attestation::{AttestationError as E, RootFingerprint, authenticate, chain, cose};

    const DOCUMENT: &[u8] =
        include_bytes!("../../tests/vectors/attestation/2025-indefinite-map.cbor");
    const AT: UnixMillis = UnixMillis(1_762_795_210_812);

    fn look(document: &[u8], issuers: &mut IssuerCache) -> Result<(), E> {
        authenticate(document, &RootFingerprint::AWS_NITRO_G1, AT, issuers).map(drop)
    }

    #[test]
    fn only_an_authentic_document_makes_its_issuers_known() {
        let mut issuers = IssuerCache::default();
        let mut forged = DOCUMENT.to_vec();
        *forged.last_mut().unwrap() ^= 1;
        assert_eq!(look(&forged, &mut issuers), Err(E::DocumentSignature));
        assert!(issuers.chains.is_empty());
        for _ in 0..3 {
            assert_eq!(look(DOCUMENT, &mut issuers), Ok(()));
            assert_eq!(issuers.chains.len(), 1);
        }
    }

    #[test]
    fn the_signatures_between_known_issuers_and_no_others_are_taken_as_checked() {
        let signed = cose::Signed::decode(DOCUMENT).unwrap();
        let Unverified {
            certificate: mut leaf,
            cabundle: mut bundle,
            ..
        } = Unverified::decode(signed.unverified_payload()).unwrap();
        // The last byte of a certificate belongs to its signature.
        *bundle[2].last_mut().unwrap() ^= 1;
        let root = RootFingerprint::AWS_NITRO_G1;
        let mut issuers = IssuerCache::default();
        let refused = chain::verify(&bundle, &leaf, &root, AT, &issuers).err();
        assert_eq!(refused, Some(E::CertificateSignature { position: 2 }));
        issuers.remember(ChainDigest::of(&bundle));
        assert!(chain::verify(&bundle, &leaf, &root, AT, &issuers).is_ok());
        *leaf.last_mut().unwrap() ^= 1;
        let refused = chain::verify(&bundle, &leaf, &root, AT, &issuers).err();
        assert_eq!(refused, Some(E::CertificateSignature { position: 4 }));
    }

    fn chain(name: usize) -> ChainDigest {
        ChainDigest::of(&[name.to_be_bytes().to_vec()])
    }

    #[test]
    fn the_cache_is_bounded_and_forgets_what_was_used_longest_ago() {
        let mut cache = IssuerCache::default();
        for name in 0..IssuerCache::MAX_CHAINS {
            cache.remember(chain(name));
        }
        cache.remember(chain(0));
        assert_eq!(cache.chains.len(), IssuerCache::MAX_CHAINS);
        for name in 100..1_100 {
            cache.remember(chain(0));
            cache.remember(chain(name));
            assert_eq!(cache.chains.len(), IssuerCache::MAX_CHAINS);
        }
        assert!(cache.knows(chain(0)) && cache.knows(chain(1_099)));
        assert!(!cache.knows(chain(1)));
    }

    #[test]
    fn a_digest_depends_on_every_certificate_and_on_where_it_ends() {
        let of = |bundle: &[&[u8]]| {
            ChainDigest::of(&bundle.iter().map(|it| it.to_vec()).collect::<Vec<_>>())
        };
        let whole = of(&[b"root", b"region", b"zone"]);
        for other in [
            of(&[b"roos", b"region", b"zone"]),
            of(&[b"root", b"region", b"zonf"]),
            of(&[b"root", b"zone", b"region"]),
            of(&[b"rootregion", b"zone"]),
            of(&[b"root", b"region"]),
            of(&[]),
        ] {
            assert_ne!(whole, other);
        }
    }
}
