use serde_json::{Value, json};

use super::*;

const NOW: UnixMillis = UnixMillis(1_790_000_000_000);
const KEY: &str = "arn:aws:kms:eu-west-1:222222222222:key/12345678-90ab-cdef-1234-567890abcdef";
const ALIAS: &str = "arn:aws:kms:eu-west-1:222222222222:alias/customers";

fn anchor_json(authority: &CallerKey) -> Value {
    json!({
        "version": 1,
        "fleet": "acme-test",
        "authorities": [{"name": "data-owner", "key": authority.public_key().to_jwk()}],
        "tenants": [{"name": "acme", "data_keys": [KEY]}],
        "floors": {"bundle_serial": 3},
    })
}

fn policy_json() -> Value {
    json!({
        "version": 1,
        "serial": 3,
        "not_before": NOW.0 - 1_000,
        "not_after": NOW.0 + 1_000,
        "callers": [{"name": "crm", "key": CallerKey::generate_p256().public_key().to_jwk()}],
        "allow": [],
    })
}

fn parsed(anchor: &Value) -> Result<TrustAnchor, BundleError> {
    TrustAnchor::parse(anchor.to_string().as_bytes())
}

fn opened(policy: &Value, now: UnixMillis) -> Result<Policy, BundleError> {
    let key = CallerKey::generate_ed25519();
    let bundle = sign(policy.to_string().as_bytes(), &key)?;
    open(&bundle, &parsed(&anchor_json(&key))?, now)
}

#[test]
fn a_bundle_of_an_authority_opens_whichever_kind_its_key_is() {
    for key in [CallerKey::generate_ed25519(), CallerKey::generate_p256()] {
        let bundle = sign(policy_json().to_string().as_bytes(), &key).expect("valid");
        let anchor = parsed(&anchor_json(&key)).expect("valid");
        let policy = open(&bundle, &anchor, NOW).expect("signed by the authority");
        assert!(policy.caller_key("crm").is_some());
        assert_eq!(policy.caller_key("other"), None);
        assert_eq!(unverified_policy(&bundle), Ok(policy));
    }
}

#[test]
fn a_bundle_signed_by_somebody_else_is_refused() {
    let bundle = sign(
        policy_json().to_string().as_bytes(),
        &CallerKey::generate_ed25519(),
    );
    let anchor = parsed(&anchor_json(&CallerKey::generate_ed25519())).expect("valid");
    assert_eq!(
        open(&bundle.expect("valid"), &anchor, NOW),
        Err(BundleError::Signature)
    );
}

#[test]
fn a_bundle_altered_anywhere_or_cut_at_any_length_does_not_open() {
    let key = CallerKey::generate_ed25519();
    let anchor = parsed(&anchor_json(&key)).expect("valid");
    let bundle = sign(policy_json().to_string().as_bytes(), &key).expect("valid");
    for position in 0..bundle.len() {
        assert_eq!(
            open(&bundle[..position], &anchor, NOW),
            Err(BundleError::NotSigned)
        );
        let mut altered = bundle.clone();
        altered[position] ^= 1;
        assert!(open(&altered, &anchor, NOW).is_err(), "byte {position}");
    }
}

#[test]
fn a_bundle_below_the_floor_or_outside_its_validity_is_refused() {
    let mut old = policy_json();
    old["serial"] = 2.into();
    assert_eq!(
        opened(&old, NOW),
        Err(BundleError::BelowFloor {
            serial: 2,
            floor: 3
        })
    );
    assert!(opened(&policy_json(), UnixMillis(NOW.0 - 1_000)).is_ok());
    assert!(opened(&policy_json(), UnixMillis(NOW.0 + 1_000)).is_ok());
    for outside in [NOW.0 - 1_001, NOW.0 + 1_001] {
        let refused = opened(&policy_json(), UnixMillis(outside));
        assert_eq!(refused, Err(BundleError::OutsideValidity));
    }
}

#[test]
fn a_misspelt_member_is_refused_with_its_place() {
    let text = "{\n  \"version\": 1,\n  \"flete\": \"x\"\n}";
    let refused = TrustAnchor::parse(text.as_bytes());
    assert_eq!(refused, Err(BundleError::Syntax { line: 3, column: 9 }));
}

#[test]
fn another_version_a_repeated_name_or_a_bad_key_is_refused() {
    let key = CallerKey::generate_ed25519();
    let mut anchor = anchor_json(&key);
    anchor["version"] = 2.into();
    assert_eq!(parsed(&anchor), Err(BundleError::Version(2)));

    let mut anchor = anchor_json(&key);
    let tenant = anchor["tenants"][0].clone();
    anchor["tenants"]
        .as_array_mut()
        .expect("a list")
        .push(tenant);
    assert_eq!(parsed(&anchor), Err(BundleError::Duplicate { index: 1 }));

    let mut policy = policy_json();
    policy["callers"][0]["key"]["crv"] = "P-521".into();
    assert_eq!(opened(&policy, NOW), Err(BundleError::Key { index: 0 }));
}

#[test]
fn a_document_over_the_limit_is_refused_unread() {
    let long = vec![b' '; MAX_BUNDLE_BYTES + 1];
    assert_eq!(TrustAnchor::parse(&long), Err(BundleError::TooLong));
    assert_eq!(unverified_policy(&long), Err(BundleError::TooLong));
}

#[test]
fn a_name_that_could_be_read_as_an_issuers_subject_is_refused() {
    let mut policy = policy_json();
    policy["callers"][0]["name"] = "corp:billing".into();
    assert_eq!(opened(&policy, NOW), Err(BundleError::Name { index: 0 }));
    policy["callers"][0]["name"] = "".into();
    assert_eq!(opened(&policy, NOW), Err(BundleError::Name { index: 0 }));

    let mut policy = policy_json();
    policy["issuers"] = json!([{"name": "a:b", "issuer": "https://idp", "jwks": {"keys": []}}]);
    assert_eq!(opened(&policy, NOW), Err(BundleError::Name { index: 0 }));
}

#[test]
fn a_tenant_or_root_whose_key_is_not_named_by_its_own_arn_is_refused() {
    let key = CallerKey::generate_ed25519();
    let multi_region = KEY.replace("12345678-90ab-cdef-1234-567890abcdef", "mrk-1234");
    for (arn, why) in [
        (ALIAS, KeyArnError::Alias),
        ("alias/customers", KeyArnError::Malformed),
        (&multi_region, KeyArnError::MultiRegion),
        (
            &KEY.replace("eu-west-1", "cn-north-1"),
            KeyArnError::Partition,
        ),
    ] {
        let refused = Err(BundleError::KeyArn { index: 1, why });
        for list in ["data_keys", "root_keys"] {
            let mut anchor = anchor_json(&key);
            let second = json!({"name": "bolt", "data_keys": [KEY]});
            anchor["tenants"]
                .as_array_mut()
                .expect("a list")
                .push(second);
            anchor["tenants"][1][list] = json!([KEY, arn]);
            assert_eq!(parsed(&anchor), refused, "{list}: {arn}");
        }
        let mut policy = policy_json();
        policy["roots"] = json!([
            {"tenant": "acme", "version": 1, "key": KEY, "sha256": "00"},
            {"tenant": "acme", "version": 2, "key": arn, "sha256": "00"},
        ]);
        let refused = Err(BundleError::KeyArn { index: 1, why });
        assert_eq!(opened(&policy, NOW), refused, "{arn}");
    }
}

#[test]
fn the_examples_of_the_manual_parse() {
    let manual = include_str!("../../../docs/POLICY.md");
    let mut examples = manual.split("```json\n").skip(1).map(|rest| {
        let (example, _) = rest.split_once("```").expect("every block ends");
        example.as_bytes()
    });
    let anchor = examples.next().expect("the trust anchor");
    assert_eq!(
        TrustAnchor::parse(anchor).map(|anchor| anchor.tenants.len()),
        Ok(1)
    );
    let policy = examples.next().expect("the policy");
    assert_eq!(
        Policy::parse(policy).map(|policy| policy.allow.len()),
        Ok(2)
    );
    assert_eq!(examples.next(), None);
}
