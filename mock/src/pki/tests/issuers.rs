//! A cache of issuers saves signature checks and nothing else.

use vouchsafe_common::attestation::{IssuerCache, RootFingerprint, authenticate};

use super::*;

const HOUR_MS: u64 = 3_600_000;

impl Chain {
    /// Authenticates a document of the time `at` under this chain.
    fn authenticate(&self, at: UnixMillis, issuers: &mut IssuerCache) -> Result<(), E> {
        self.authenticate_under(&self.pki.root_fingerprint(), at, issuers)
    }

    fn authenticate_under(
        &self,
        root: &RootFingerprint,
        at: UnixMillis,
        issuers: &mut IssuerCache,
    ) -> Result<(), E> {
        authenticate(&self.document_at(at), root, at, issuers).map(drop)
    }

    /// The same issuers with a new leaf, as on a machine after three hours.
    fn with_new_leaf(mut self, at: UnixMillis) -> Self {
        self.leaf = self.pki.issue_leaf(MODULE, at);
        self
    }
}

#[test]
fn known_issuers_vouch_for_another_leaf() {
    let mut issuers = IssuerCache::default();
    let chain = Chain::new();
    assert_eq!(chain.authenticate(NOW, &mut issuers), Ok(()));
    let bundle = chain.leaf.bundle.clone();
    let later = UnixMillis(NOW.0 + 3 * HOUR_MS);
    let chain = chain.with_new_leaf(later);
    assert_eq!(chain.leaf.bundle, bundle);
    assert_eq!(chain.authenticate(later, &mut issuers), Ok(()));
}

#[test]
fn a_known_issuer_that_expired_or_is_not_yet_valid_is_refused() {
    let mut issuers = IssuerCache::default();
    let chain = Chain::new();
    assert_eq!(chain.authenticate(NOW, &mut issuers), Ok(()));
    // Instance, zone, region: each ends before the one above it; the root before all is valid.
    for (hours, position) in [(24, 3), (6 * 24, 2), (20 * 24 + 1, 1)] {
        let after = UnixMillis(NOW.0 + hours * HOUR_MS);
        let expired = Err(E::CertificateExpired { position });
        assert_eq!(chain.authenticate(after, &mut issuers), expired);
    }
    let before = UnixMillis(NOW.0 - 2 * HOUR_MS);
    let early = Err(E::CertificateExpired { position: 0 });
    assert_eq!(chain.authenticate(before, &mut issuers), early);
    assert_eq!(chain.authenticate(NOW, &mut issuers), Ok(()));
}

#[test]
fn the_second_in_which_a_known_issuer_ends_is_its_last() {
    for position in 0..LEAF {
        let chain = Chain::new().with_tbs(position, |parts| {
            let from = split(&parts[VALIDITY])[0].clone();
            parts[VALIDITY] = sequence(&[&from, b"\x17\x0d260601120000Z"]);
        });
        let mut issuers = IssuerCache::default();
        assert_eq!(chain.authenticate(NOW, &mut issuers), Ok(()));
        let last = UnixMillis(NOW.0 + 999);
        assert_eq!(chain.authenticate(last, &mut issuers), Ok(()));
        let next = UnixMillis(NOW.0 + 1000);
        let expired = Err(E::CertificateExpired { position });
        assert_eq!(chain.authenticate(next, &mut issuers), expired);
    }
}

#[test]
fn a_chain_that_was_refused_is_refused_again() {
    for position in 1..LEAF {
        let mut issuers = IssuerCache::default();
        let mut forged = Chain::new();
        let tbs = split(forged.certificate(position))[0].clone();
        forged.replace(position, sign_tbs(&tbs, &PrivateKey::generate()));
        for _ in 0..3 {
            let refused = Err(E::CertificateSignature { position });
            assert_eq!(forged.authenticate(NOW, &mut issuers), refused);
        }
    }
}

#[test]
fn a_known_chain_says_nothing_of_one_that_differs_in_a_byte() {
    let mut issuers = IssuerCache::default();
    let mut chain = Chain::new();
    assert_eq!(chain.authenticate(NOW, &mut issuers), Ok(()));
    for position in 1..LEAF {
        // The last byte belongs to s of the signature.
        *chain.leaf.bundle[position].last_mut().unwrap() ^= 1;
        let refused = Err(E::CertificateSignature { position });
        assert_eq!(chain.authenticate(NOW, &mut issuers), refused);
        *chain.leaf.bundle[position].last_mut().unwrap() ^= 1;
    }
}

#[test]
fn known_issuers_do_not_vouch_for_a_leaf_that_another_signed() {
    let mut issuers = IssuerCache::default();
    let mut chain = Chain::new();
    assert_eq!(chain.authenticate(NOW, &mut issuers), Ok(()));
    let tbs = split(chain.certificate(LEAF))[0].clone();
    chain.replace(LEAF, sign_tbs(&tbs, &PrivateKey::generate()));
    let refused = Err(E::CertificateSignature { position: LEAF });
    assert_eq!(chain.authenticate(NOW, &mut issuers), refused);
}

#[test]
fn known_issuers_count_under_their_own_root_only() {
    let mut issuers = IssuerCache::default();
    let chain = Chain::new();
    assert_eq!(chain.authenticate(NOW, &mut issuers), Ok(()));
    for root in [
        Pki::generate(NOW).root_fingerprint(),
        RootFingerprint::AWS_NITRO_G1,
    ] {
        let found = chain.authenticate_under(&root, NOW, &mut issuers);
        assert_eq!(found, Err(E::RootNotPinned));
    }
}
