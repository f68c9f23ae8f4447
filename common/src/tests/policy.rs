//! The trust anchor and the signed policy of the examples.

use super::{Vector, annotate::item, hand::Signer};
use crate::{
    UnixMillis,
    bundle::{self, Policy, TrustAnchor},
};

/// When the policy of the examples is in force.
const NOW: UnixMillis = UnixMillis(1_790_000_000_000);

/// The trust anchor of the examples, to the byte: its last line has no end.
pub(super) const ANCHOR: &str = r#"{
  "version": 1,
  "fleet": "acme-production",
  "authorities": [
    {
      "name": "data-owner",
      "key": {"kty": "OKP", "crv": "Ed25519", "x": "oJql9HpnWYAv-VX43C0qFKXJnSO-l_hkEn_5ODRVpPA"}
    }
  ],
  "tenants": [
    {
      "name": "acme",
      "data_keys": ["arn:aws:kms:eu-central-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab"],
      "floors": {"epoch": 1, "root_version": 1}
    }
  ],
  "floors": {"bundle_serial": 1, "record_format": 1}
}"#;

/// The policy of the examples.
const POLICY: &str = r#"{
  "version": 1,
  "serial": 7,
  "not_before": 1789000000000,
  "not_after": 1800000000000,
  "callers": [
    {
      "name": "crm",
      "key": {"kty": "OKP", "crv": "Ed25519", "x": "0EqyMnQrtKs6E2i9RhXk5tAiSrcaAWuvhSCjMsl3hzc"}
    }
  ],
  "allow": [
    {
      "callers": ["crm"],
      "operations": ["mask"],
      "classes": ["masked"],
      "purposes": ["support"],
      "tenants": ["acme"],
      "datasets": ["customers"],
      "fields": ["ssn"],
      "keep_last": 4
    }
  ]
}"#;

fn authority() -> Signer {
    Signer::new([0x22; 32])
}

/// The policy, signed.
pub(super) fn bundle() -> Vec<u8> {
    authority().sign1(b"vouchsafe/bundle/v1", POLICY.as_bytes(), false)
}

#[test]
fn the_examples_of_trust_anchor_and_bundle_are_what_the_code_makes() {
    let anchor = TrustAnchor::parse(ANCHOR.as_bytes()).expect("the example parses");
    let key = anchor.authorities[0].key.clone();
    assert_eq!(key, authority().key().public_key().to_jwk());
    let signed = bundle::sign(POLICY.as_bytes(), &authority().key());
    assert_eq!(signed, Ok(bundle()));
    let policy = Policy::parse(POLICY.as_bytes()).expect("the example parses");
    assert_eq!(
        policy.callers[0].key,
        Signer::new([0x11; 32]).key().public_key().to_jwk()
    );
    assert_eq!(bundle::open(&bundle(), &anchor, NOW), Ok(policy));
    let notes = &[
        ("", "COSE_Sign1, without a tag"),
        ("0", "CBOR: protected header"),
        ("0./#1", "alg"),
        ("0./1", "EdDSA; ES256 is -7"),
        ("1", "unprotected header, empty"),
        ("2", "the policy, above"),
        ("3", "signature"),
    ];
    let examples = [
        ("trust-anchor", ANCHOR.to_owned() + "\n"),
        ("policy", POLICY.to_owned() + "\n"),
        ("bundle", item(&bundle(), notes)),
    ];
    super::hold_examples("protocol/policy.md", &examples);
}

pub(super) fn vectors() -> Vec<Vector> {
    vec![
        ("authority_ed25519_seed", [0x22; 32].to_vec()),
        ("trust_anchor", ANCHOR.as_bytes().to_vec()),
        ("bundle", bundle()),
    ]
}
