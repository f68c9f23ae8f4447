//! Attestation evidence: a whole document, the payload inside one, a certificate of its chain.
//!
//! Signatures would stop a fuzzer before the inner parsers. So a payload is put into a structure
//! whose signature is wrong, and a certificate is pinned as the root, whose own signature no
//! verifier checks, and set as the leaf of a genuine mock chain. Nothing of it ever authenticates.

use std::sync::LazyLock;

use coset::cbor::Value;
use coset::{CborSerializable as _, CoseSign1Builder, HeaderBuilder, iana::Algorithm};
use vouchsafe_common::UnixMillis;
use vouchsafe_common::attestation::{
    AttestationError, Document, IssuerCache, RootFingerprint, authenticate,
};
use vouchsafe_mock::pki::{Leaf, Pki};

/// When the documents of `common/tests/vectors` were signed, and NOW of the mock.
const TIMES: [u64; 6] = [
    1_616_018_515_685,
    1_619_410_153_100,
    1_725_719_859_545,
    1_762_795_210_812,
    1_770_919_322_724,
    NOW.0,
];
/// 2026-06-01T12:00:00Z.
const NOW: UnixMillis = UnixMillis(1_780_315_200_000);
/// The mock's module.
pub(crate) const MODULE: &str = "i-0123456789abcdef0-enc0123456789abcdef";

/// A document as it comes, under AWS's root.
pub fn document(bytes: &[u8]) -> bool {
    TIMES.iter().any(|time| {
        let Ok(document) = look(bytes, &RootFingerprint::AWS_NITRO_G1, UnixMillis(*time)) else {
            return false;
        };
        assert!(document.leaf_not_before <= document.timestamp);
        assert!(document.timestamp <= document.leaf_not_after);
        assert!(!document.pcrs.is_empty() && document.pcrs.keys().all(|index| *index < 32));
        true
    })
}

/// The payload of a document that nobody signed: read, and then refused by its root.
pub fn payload(bytes: &[u8]) -> bool {
    let refused = look(&unsigned(bytes.to_vec()), &RootFingerprint([0; 32]), NOW);
    refused.expect_err("nobody signed it") == AttestationError::RootNotPinned
}

/// A certificate, as the pinned root and as the leaf of a mock chain. True when one of the two was
/// refused by a signature alone.
pub fn certificate(der: &[u8]) -> bool {
    let root = RootFingerprint::of_der(der);
    let as_root = unsigned(claims(vec![der.to_vec()], mock_leaf().certificate()));
    let as_leaf = unsigned(claims(mock_leaf().bundle().to_vec(), der));
    TIMES.iter().any(|time| {
        let at = UnixMillis(*time);
        let root = look(&as_root, &root, at).expect_err("nobody signed it");
        let leaf = look(&as_leaf, &MOCK.0.root_fingerprint(), at).expect_err("nobody signed it");
        // The other certificate is good at one of the times only.
        matches!(root, AttestationError::IssuerMismatch { position: 1 })
            || matches!(
                leaf,
                AttestationError::CertificateSignature { position: 4 }
                    | AttestationError::DocumentSignature
            )
    })
}

fn look(
    document: &[u8],
    root: &RootFingerprint,
    at: UnixMillis,
) -> Result<Document, AttestationError> {
    authenticate(document, root, at, &mut IssuerCache::default())
}

static MOCK: LazyLock<(Pki, Leaf)> = LazyLock::new(|| {
    let pki = Pki::generate(NOW);
    let leaf = pki.issue_leaf(MODULE, NOW);
    (pki, leaf)
});

/// A leaf with its chain, made once for this process.
pub(crate) fn mock_leaf() -> &'static Leaf {
    &MOCK.1
}

/// The structure of a document around a payload, under a signature that is none.
fn unsigned(payload: Vec<u8>) -> Vec<u8> {
    CoseSign1Builder::new()
        .protected(HeaderBuilder::new().algorithm(Algorithm::ES384).build())
        .payload(payload)
        .signature(vec![1; 96])
        .build()
        .to_vec()
        .expect("four byte strings encode")
}

/// A payload of the profile that names these certificates.
pub(crate) fn claims(bundle: Vec<Vec<u8>>, leaf: &[u8]) -> Vec<u8> {
    let bundle = bundle.into_iter().map(Value::Bytes).collect();
    let pcrs = (0..5).map(|index: u8| (index.into(), Value::Bytes(vec![index; 48])));
    let fields = [
        ("module_id", MODULE.into()),
        ("digest", "SHA384".into()),
        ("timestamp", NOW.0.into()),
        ("pcrs", Value::Map(pcrs.collect())),
        ("certificate", Value::Bytes(leaf.to_vec())),
        ("cabundle", Value::Array(bundle)),
        ("public_key", Value::Null),
        ("user_data", Value::Bytes(vec![1; 48])),
        ("nonce", Value::Bytes(vec![2; 32])),
    ];
    let fields = fields.map(|(name, value)| (Value::from(name), value));
    let mut bytes = Vec::new();
    coset::cbor::ser::into_writer(&Value::Map(fields.into()), &mut bytes)
        .expect("plain values encode into memory");
    bytes
}
