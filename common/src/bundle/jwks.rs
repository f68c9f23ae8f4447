//! Whether the pinned keys of an issuer can verify a token: judged when the policy is read.
//!
//! A key that no token can ever verify under is a mistake that would show only when somebody is
//! turned away. So every key of the set must be a public signature key of a kind that the enclave
//! takes: RSA of 2048 to 8192 bits (RS256), P-256, P-384 (RFC 7518 §6) or Ed25519 (RFC 8037).

use std::collections::BTreeSet;

use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;

/// `None` unless the JWK set (RFC 7517 §5) has keys and all of them are usable.
pub(super) fn check(jwks: &Value) -> Option<()> {
    let keys = jwks.get("keys")?.as_array()?;
    let mut ids = BTreeSet::new();
    for key in keys {
        check_key(key)?;
        let id = key.get("kid").map(|id| id.as_str().ok_or(()));
        // A key among several is found by its id, so each needs its own.
        let is_found = match id {
            None => keys.len() == 1,
            Some(id) => ids.insert(id.ok()?),
        };
        is_found.then_some(())?;
    }
    (!keys.is_empty()).then_some(())
}

fn check_key(key: &Value) -> Option<()> {
    let text = |name| key.get(name).and_then(Value::as_str);
    let length = |name| {
        let bytes = BASE64URL_NOPAD.decode(text(name)?.as_bytes()).ok()?;
        Some(bytes.len())
    };
    let algorithm = match (text("kty")?, text("crv")) {
        ("RSA", None) => {
            let fits = (256..=1024).contains(&length("n")?) && (1..=8).contains(&length("e")?);
            fits.then_some("RS256")
        }
        ("EC", Some("P-256")) => (length("x")? == 32 && length("y")? == 32).then_some("ES256"),
        ("EC", Some("P-384")) => (length("x")? == 48 && length("y")? == 48).then_some("ES384"),
        ("OKP", Some("Ed25519")) => (length("x")? == 32).then_some("EdDSA"),
        _ => None,
    }?;
    let says = |name, expected| key.get(name).is_none_or(|value| value == expected);
    let is_public = key.get("d").is_none();
    let usable = is_public && says("alg", algorithm) && says("use", "sig");
    (usable && is_readable(key)).then_some(())
}

/// Whether the optional members are of the types that RFC 7517 §4 gives them. Nothing here needs
/// them, but who verifies a token reads the whole set, and one member of another type spoils it.
fn is_readable(key: &Value) -> bool {
    let are_texts = |value: &Value| {
        let all = value.as_array();
        all.is_some_and(|all| all.iter().all(Value::is_string))
    };
    let texts = ["x5u", "x5t", "x5t#S256"];
    let lists = ["key_ops", "x5c"];
    texts
        .iter()
        .all(|name| key.get(name).is_none_or(Value::is_string))
        && lists.iter().all(|name| key.get(name).is_none_or(are_texts))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn bytes(length: usize) -> String {
        BASE64URL_NOPAD.encode(&vec![1; length])
    }

    fn ed25519() -> Value {
        json!({"kty": "OKP", "crv": "Ed25519", "x": bytes(32)})
    }

    fn with(mut key: Value, name: &str, value: Value) -> Value {
        key[name] = value;
        key
    }

    fn set(keys: &[Value]) -> Option<()> {
        check(&json!({ "keys": keys }))
    }

    #[test]
    fn each_kind_of_key_that_tokens_are_signed_with_is_usable() {
        for key in [
            ed25519(),
            json!({"kty": "EC", "crv": "P-256", "x": bytes(32), "y": bytes(32), "use": "sig"}),
            json!({"kty": "EC", "crv": "P-384", "x": bytes(48), "y": bytes(48), "alg": "ES384"}),
            json!({"kty": "RSA", "n": bytes(256), "e": "AQAB", "alg": "RS256"}),
            json!({"kty": "RSA", "n": bytes(1024), "e": "AQAB"}),
            with(ed25519(), "x5c", json!(["MII"])),
            with(ed25519(), "key_ops", json!(["verify"])),
        ] {
            assert_eq!(set(std::slice::from_ref(&key)), Some(()), "{key}");
        }
    }

    #[test]
    fn a_key_that_can_verify_no_token_is_refused() {
        for key in [
            json!({"kty": "oct", "k": bytes(32)}),
            json!({"kty": "EC", "crv": "P-521", "x": bytes(66), "y": bytes(66)}),
            json!({"kty": "EC", "crv": "P-256", "x": bytes(32)}),
            json!({"kty": "EC", "crv": "P-256", "x": bytes(31), "y": bytes(32)}),
            json!({"kty": "RSA", "n": bytes(255), "e": "AQAB"}),
            json!({"kty": "RSA", "n": bytes(1025), "e": "AQAB"}),
            json!({"kty": "RSA", "n": bytes(256)}),
            with(ed25519(), "x", json!("not base64url!")),
            with(ed25519(), "alg", json!("HS256")),
            with(ed25519(), "use", json!("enc")),
            with(ed25519(), "d", json!(bytes(32))),
            with(ed25519(), "kid", json!(7)),
            with(ed25519(), "x5u", json!([])),
            with(ed25519(), "x5t", json!(7)),
            with(ed25519(), "x5t#S256", Value::Null),
            with(ed25519(), "x5c", json!("MII")),
            with(ed25519(), "x5c", json!([7])),
            with(ed25519(), "key_ops", json!("verify")),
            json!("key"),
        ] {
            assert_eq!(set(std::slice::from_ref(&key)), None, "{key}");
        }
    }

    #[test]
    fn a_set_has_keys_and_each_of_several_has_an_id_of_its_own() {
        assert_eq!(set(&[]), None);
        assert_eq!(check(&json!({"keys": {}})), None);
        assert_eq!(check(&json!([ed25519()])), None);
        let named = |id: &str| with(ed25519(), "kid", json!(id));
        assert_eq!(set(&[named("a"), named("b")]), Some(()));
        assert_eq!(set(&[named("a"), named("a")]), None);
        assert_eq!(set(&[named("a"), ed25519()]), None);
    }
}
