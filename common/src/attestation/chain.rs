//! The chain from the pinned root to the key that signs documents.
//!
//! The root is trusted because its SHA-256 is the one the verifier pins, never because a bundle
//! names it; so its own signature is not checked. Every certificate must be valid at the
//! verifier's own time. Signatures between issuers that an [`IssuerCache`] knows are not checked
//! again, and everything else is. Nothing here looks at a clock or fetches anything.

use core::fmt;

use super::AttestationError;
use super::certificate::Certificate;
use super::issuers::{ChainDigest, IssuerCache};
use crate::UnixMillis;
use crate::digest::sha256;

/// SHA-256 over the DER of a root certificate: what a verifier pins.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct RootFingerprint(pub [u8; 32]);

impl RootFingerprint {
    /// AWS Nitro Enclaves Root-G1, valid 2019 to 2049 (published by AWS in "Verifying the root of
    /// trust" of the Nitro Enclaves user guide).
    pub const AWS_NITRO_G1: Self = Self([
        0x64, 0x1a, 0x03, 0x21, 0xa3, 0xe2, 0x44, 0xef, 0xe4, 0x56, 0x46, 0x31, 0x95, 0xd6, 0x06,
        0x31, 0x7e, 0xd7, 0xcd, 0xcc, 0x3c, 0x17, 0x56, 0xe0, 0x98, 0x93, 0xf3, 0xc6, 0x8f, 0x79,
        0xbb, 0x5b,
    ]);

    /// The fingerprint of a certificate in DER.
    pub fn of_der(der: &[u8]) -> Self {
        Self(sha256(&[der]))
    }
}

impl fmt::Debug for RootFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RootFingerprint({self})")
    }
}

impl fmt::Display for RootFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// What the chain vouches for.
pub(super) struct Leaf<'a> {
    /// The key that signs the document.
    pub(super) point: &'a [u8],
    /// First millisecond of the leaf's validity.
    pub(super) not_before: UnixMillis,
    /// Last millisecond of it.
    pub(super) not_after: UnixMillis,
    /// The issuers, whose signatures are good; worth remembering once the document is, too.
    pub(super) issuers: ChainDigest,
}

/// Verifies `bundle`, root first, and the `leaf` under it, at the time `at`.
pub(super) fn verify<'a>(
    bundle: &'a [Vec<u8>],
    leaf: &'a [u8],
    root: &RootFingerprint,
    at: UnixMillis,
    cache: &IssuerCache,
) -> Result<Leaf<'a>, AttestationError> {
    if bundle.first().map(|first| RootFingerprint::of_der(first)) != Some(*root) {
        return Err(AttestationError::RootNotPinned);
    }
    let issuers = ChainDigest::of(bundle);
    let known = cache.knows(issuers);
    let mut issuer = check(&bundle[0], 0, at)?;
    for (position, der) in bundle.iter().enumerate() {
        if position > 0 {
            let certificate = check(der, position, at)?;
            certificate.check_names(&issuer)?;
            if !known {
                certificate.check_signed_by(&issuer)?;
            }
            issuer = certificate;
        }
        issuer.check_issuer(bundle.len() - 1 - position)?;
    }
    let leaf = check(leaf, bundle.len(), at)?;
    leaf.check_leaf()?;
    leaf.check_names(&issuer)?;
    leaf.check_signed_by(&issuer)?;
    let (from, to) = leaf.validity();
    // A validity that covers the present starts after 1970.
    let millis = |second: i64| {
        u64::try_from(second)
            .unwrap_or_default()
            .saturating_mul(1000)
    };
    Ok(Leaf {
        point: leaf.point(),
        not_before: UnixMillis(millis(from)),
        not_after: UnixMillis(millis(to).saturating_add(999)),
        issuers,
    })
}

fn check(der: &[u8], position: usize, at: UnixMillis) -> Result<Certificate<'_>, AttestationError> {
    let certificate = Certificate::decode(der, position)?;
    if certificate.covers(at) {
        Ok(certificate)
    } else {
        Err(AttestationError::CertificateExpired { position })
    }
}
