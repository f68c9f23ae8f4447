//! The two measured documents, the key ARNs and keys in them, and the tokens that they judge.
//!
//! Where a signature would stop a fuzzer, the target signs: a policy as its authority, the claims
//! of a token as its issuer.

use std::sync::LazyLock;

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::jwk::JwkSet;
use serde_json::{Value, json};
use vouchsafe_common::bundle::{self, BundleError, Policy, TrustAnchor};
use vouchsafe_common::key_arn::KeyArn;
use vouchsafe_common::limits::MAX_NAME_BYTES;
use vouchsafe_common::proof::{CallerKey, Proof};
use vouchsafe_common::{Secret, UnixMillis};
use vouchsafe_enclave::identity;

/// The name of these enclaves, and the audience of tokens.
pub(crate) const FLEET: &str = "acme-fleet";
/// The one issuer of tokens.
pub(crate) const ISSUER: &str = "https://idp.example";
/// When tokens are judged.
pub(crate) const NOW: UnixMillis = UnixMillis(1_790_000_000_000);

static KEY: LazyLock<CallerKey> = LazyLock::new(CallerKey::generate_ed25519);

/// A trust anchor whose one authority is this process's key.
static ANCHOR: LazyLock<TrustAnchor> = LazyLock::new(|| {
    let anchor = json!({
        "version": 1,
        "fleet": FLEET,
        "authorities": [{"name": "data-owner", "key": KEY.public_key().to_jwk()}],
        "tenants": [],
        "floors": {"bundle_serial": 0, "record_format": 1},
    });
    TrustAnchor::parse(anchor.to_string().as_bytes()).expect("it has all members")
});

/// A policy: what parses is signed, and what is signed opens as what it was.
pub fn policy(json: &[u8]) -> bool {
    let Ok(policy) = Policy::parse(json) else {
        return false;
    };
    let signed = bundle::sign(json, &KEY).expect("it parses and is short");
    assert_eq!(bundle::unverified_policy(&signed).as_ref(), Ok(&policy));
    assert_eq!(
        bundle::open(&signed, &ANCHOR, policy.not_before),
        Ok(policy)
    );
    true
}

/// A signed bundle: nobody but its authority makes one that opens.
pub fn bundle(bytes: &[u8]) -> bool {
    let opened = bundle::open(bytes, &ANCHOR, NOW).expect_err("another authority signed it");
    assert!(matches!(
        opened,
        BundleError::TooLong | BundleError::NotSigned | BundleError::Signature
    ));
    bundle::unverified_policy(bytes).is_ok()
}

/// A trust anchor: what parses names keys by their ARN alone.
pub fn trust_anchor(json: &[u8]) -> bool {
    let Ok(anchor) = TrustAnchor::parse(json) else {
        return false;
    };
    for key in anchor.tenants.iter().flat_map(|tenant| &tenant.data_keys) {
        assert!(KeyArn::parse(key).is_ok());
    }
    true
}

/// The name of a KMS key: read as it was written, and leading to a host of AWS's.
pub fn key_arn(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    let Ok(arn) = KeyArn::parse(&text) else {
        return false;
    };
    assert_eq!(arn.as_str(), text);
    let host = arn.endpoint_host();
    assert!(host.starts_with("kms.") && host.contains(".amazonaws.com"));
    assert!(
        host.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
    );
    true
}

/// The pinned keys of an issuer: a policy that takes them can use every one of them.
pub fn jwks(json: &[u8]) -> bool {
    let Ok(jwks) = serde_json::from_slice::<Value>(json) else {
        return false;
    };
    if Policy::parse(with_issuer(&jwks).as_bytes()).is_err() {
        return false;
    }
    let set = serde_json::from_value::<JwkSet>(jwks);
    assert!(
        set.is_ok_and(|set| !set.keys.is_empty()),
        "a set that verifies nothing"
    );
    true
}

/// A token: a line of header and a line of claims, which their issuer signs. Without the second
/// line the input is the token itself, and nobody signed it.
pub fn identity_token(input: &[u8]) -> bool {
    static POLICY: LazyLock<Policy> = LazyLock::new(|| {
        let jwks = json!({"keys": [KEY.public_key().to_jwk()]});
        Policy::parse(with_issuer(&jwks).as_bytes()).expect("it has all members")
    });
    let mut lines = input.splitn(2, |byte| *byte == b'\n');
    let (Some(header), claims) = (lines.next(), lines.next()) else {
        return false;
    };
    let token = match claims {
        None => String::from_utf8_lossy(header).into_owned(),
        Some(claims) => {
            let parts = [header, claims].map(|part| BASE64URL_NOPAD.encode(part));
            let signed = parts.join(".");
            let signature = KEY.sign(signed.as_bytes());
            format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature))
        }
    };
    let proof = Proof::Bearer {
        token: Secret::new(token),
    };
    let Ok(caller) = identity::authenticate(&proof, &[0; 48], &POLICY, FLEET, NOW) else {
        return false;
    };
    assert!(claims.is_some() && !caller.bound);
    let subject = caller
        .name
        .strip_prefix("corp:")
        .expect("the issuer's name comes first");
    assert!((1..=MAX_NAME_BYTES).contains(&subject.len()));
    true
}

fn with_issuer(jwks: &Value) -> String {
    let policy = json!({
        "version": 1, "serial": 1, "not_before": 0, "not_after": NOW.0 * 2,
        "issuers": [{"name": "corp", "issuer": ISSUER, "jwks": jwks}],
        "allow": [],
    });
    policy.to_string()
}
