//! Nitro attestation: evidence, expectations and a time in; trust, or the reason why not, out.
//!
//! Trusts the SHA-256 of one root certificate and the verifier's clock. A document is bounded
//! before anything is allocated for it, authenticated before anything in it counts, and compared
//! with expectations before a [`TrustedEnclave`] exists. [`verify`] is for clients, who get trust
//! and can leave nothing out; [`inspect`] is for people who look at a document, and yields none.
//!
//! Never here: a clock, a socket, a revocation list, a policy about what may be left out.
//!
//! What the registers hold (AWS Nitro Enclaves user guide, and design of this project):
//!
//! | PCR | measures |
//! |---|---|
//! | 0 | the whole image; zero in debug mode |
//! | 1 | kernel, its command line, first ramdisk; zero in debug mode |
//! | 2 | the application's ramdisk; zero in debug mode |
//! | 3, 4 | role and id of the parent instance |
//! | 8 | the certificate that signed the image |
//! | 16 | our trust anchor |
//! | 17 | our policy bundle |
//!
//! Reading order of the files beside: cose, document, chain, expect, challenge, pinned, trust;
//! docs/PROTOCOL.md, docs/decisions/0006.

mod certificate;
mod chain;
mod challenge;
mod cose;
mod der;
mod document;
mod error;
mod expect;
mod issuers;
mod pcr;
mod pinned;
mod prescan;
mod trust;

pub use chain::RootFingerprint;
pub use challenge::{CHALLENGE_LIFETIME, Challenge};
pub use document::{Document, Field};
pub use error::AttestationError;
pub use expect::{Compare, Expected};
pub use issuers::IssuerCache;
pub use pcr::{Pcr, PcrParseError};
pub use pinned::{MAX_PINNED, Pinned, PinnedError};
pub use trust::{Aws, Expectations, Trusted, TrustedEnclave, verify};
#[cfg(feature = "mock")]
pub use trust::{Mock, MockEnclave, verify_mock};

use crate::UnixMillis;

pub use crate::limits::MAX_DOCUMENT_BYTES;

/// Longest payload, bytes (AWS, "Attestation document specification").
pub const MAX_PAYLOAD_BYTES: usize = 16 * 1024;
/// Nesting of a document's CBOR. A real one has 3: payload, PCRs or bundle.
pub const MAX_DEPTH: usize = 8;
/// Items in one CBOR container. A real one has at most 32, the PCRs.
pub const MAX_ITEMS: usize = 64;
/// Items in a document's CBOR in all, keys and values each. 32 registers and 8 certificates make 91.
pub const MAX_TOTAL_ITEMS: usize = 256;
/// Longest byte string in a payload, bytes.
pub const MAX_FIELD_BYTES: usize = 1024;
/// Certificates in a bundle. Real ones have 4.
pub const MAX_BUNDLE_CERTIFICATES: usize = 8;

/// The outcome of an inspection. Says what a document holds; proves nothing to a program.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Inspection {
    /// What the document says.
    pub document: Document,
    /// Whether the enclave runs in debug mode.
    pub debug: bool,
}

/// Looks at a document under any root, at any time, with as many comparisons as wanted.
///
/// For the command line, and for a KMS that applies its own policy. It never yields trust.
/// `allow_debug` accepts documents of enclaves in debug mode, and the result says so.
///
/// # Errors
///
/// [`AttestationError`], by the first check that fails.
pub fn inspect(
    document: &[u8],
    root: &RootFingerprint,
    at: UnixMillis,
    expected: &Expected,
    allow_debug: bool,
) -> Result<Inspection, AttestationError> {
    let document = authenticate(document, root, at, &mut IssuerCache::default())?;
    let debug = expect::is_debug(&document)?;
    if debug && !allow_debug {
        return Err(AttestationError::DebugMode);
    }
    expected.check(&document, at)?;
    Ok(Inspection { document, debug })
}

/// Reads a document and checks its chain, its signature and its time against its leaf.
///
/// The first half of [`verify`] and [`inspect`], for those who look at many documents: it compares
/// nothing with any expectation, so it yields no trust. Signatures between issuers that `issuers`
/// knows from a document before are not checked again.
///
/// # Errors
///
/// [`AttestationError`], by the first check that fails.
pub fn authenticate(
    document: &[u8],
    root: &RootFingerprint,
    at: UnixMillis,
    issuers: &mut IssuerCache,
) -> Result<Document, AttestationError> {
    let signed = cose::Signed::decode(document)?;
    let claims = document::Unverified::decode(signed.unverified_payload())?;
    let leaf = chain::verify(&claims.cabundle, &claims.certificate, root, at, issuers)?;
    signed.check(leaf.point)?;
    if !(leaf.not_before..=leaf.not_after).contains(&claims.timestamp) {
        return Err(AttestationError::OutsideLeafWindow);
    }
    issuers.remember(leaf.issuers);
    Ok(Document {
        module_id: claims.module_id,
        timestamp: claims.timestamp,
        pcrs: claims.pcrs,
        public_key: claims.public_key,
        user_data: claims.user_data,
        nonce: claims.nonce,
        leaf_not_before: leaf.not_before,
        leaf_not_after: leaf.not_after,
    })
}
