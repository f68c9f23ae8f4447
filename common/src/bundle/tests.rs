use proptest::prelude::*;
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
        "tenants": [{"name": "acme", "data_keys": [KEY], "floors": {"epoch": 1, "root_version": 2}}],
        "floors": {"bundle_serial": 3, "record_format": 1},
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

/// A root of `acme`.
fn root(version: u32) -> Value {
    json!({"tenant": "acme", "version": version, "key": KEY, "sha256": "0a".repeat(32)})
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
fn a_policy_whose_bundle_would_be_too_long_to_open_is_not_signed() {
    let key = CallerKey::generate_ed25519();
    let anchor = parsed(&anchor_json(&key)).expect("valid");
    let signed = |bytes: usize| {
        let mut policy = policy_json().to_string().into_bytes();
        policy.resize(bytes, b' ');
        sign(&policy, &key)
    };
    let signature = signed(MAX_BUNDLE_BYTES / 2).expect("short").len() - MAX_BUNDLE_BYTES / 2;
    let longest = signed(MAX_BUNDLE_BYTES - signature).expect("at the limit");
    assert_eq!(longest.len(), MAX_BUNDLE_BYTES);
    assert!(open(&longest, &anchor, NOW).is_ok());
    for bytes in [MAX_BUNDLE_BYTES - signature + 1, MAX_BUNDLE_BYTES] {
        assert_eq!(signed(bytes), Err(BundleError::TooLong));
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
    let refused = refused.unwrap_err().to_string();
    let expected = "document does not parse at line 3, column 9: unknown field `flete`, expected one of \
                    `version`, `fleet`, ";
    assert!(refused.starts_with(expected), "{refused}");
    assert!(!refused.ends_with("column 9"), "{refused}");
    let reason = |name: &str| match TrustAnchor::parse(format!("{{\"{name}\": 1}}").as_bytes()) {
        Err(BundleError::Syntax { reason, .. }) => reason,
        other => panic!("{other:?}"),
    };
    // A terminal shows no more of a document than its letters, and not much of it.
    assert!(reason("a\\u001b[31m").starts_with("unknown field `a[31m`"));
    assert_eq!(reason(&"x".repeat(400)).chars().count(), 300);
    let valued = TrustAnchor::parse(br#"{"version": "expected CANARY"}"#);
    let Err(BundleError::Syntax { reason, .. }) = valued else {
        panic!("{valued:?}");
    };
    assert_eq!(reason, "expected u8");
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
fn recognisers_are_read_whole_and_leave_as_they_came() {
    let mut policy = policy_json();
    policy["recognisers"] = json!([
        {"entity": "PROJECT", "confidence": 0.9, "words": ["Blue Heron"]},
        {"entity": "CARD", "confidence": 1, "pattern": "77[0-9]{14}", "context": ["card"],
            "check": "luhn"},
    ]);
    let read = opened(&policy, NOW).expect("members that are known");
    let written = read.recognisers.iter().map(|one| {
        let object: Value = serde_json::from_str(&one.to_json()).expect("it is JSON");
        object
    });
    assert_eq!(written.collect::<Value>(), policy["recognisers"]);
    let good = policy["recognisers"][0].clone();
    for (member, value) in [
        ("confidense", json!(1)),
        ("confidence", json!("1")),
        ("entity", Value::Null),
        ("words", json!("Blue Heron")),
        ("pattern", json!(["a"])),
    ] {
        policy["recognisers"][1] = good.clone();
        policy["recognisers"][1][member] = value;
        let refused = opened(&policy, NOW);
        assert!(
            matches!(refused, Err(BundleError::Syntax { .. })),
            "{member}"
        );
    }
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
            let second = json!({
                "name": "bolt", "data_keys": [KEY], "floors": {"epoch": 0, "root_version": 0},
            });
            anchor["tenants"]
                .as_array_mut()
                .expect("a list")
                .push(second);
            anchor["tenants"][1][list] = json!([KEY, arn]);
            assert_eq!(parsed(&anchor), refused, "{list}: {arn}");
        }
        let mut policy = policy_json();
        policy["roots"] = json!([root(2), root(3)]);
        policy["roots"][1]["key"] = arn.into();
        let refused = Err(BundleError::KeyArn { index: 1, why });
        assert_eq!(opened(&policy, NOW), refused, "{arn}");
    }
}

#[test]
fn a_root_is_accepted_from_its_tenants_floor_on_and_refused_below_it() {
    let with_roots = |roots: Value| {
        let mut policy = policy_json();
        policy["roots"] = roots;
        opened(&policy, NOW)
    };
    assert!(with_roots(json!([root(2), root(3), root(u32::MAX)])).is_ok());
    let refused = |index, version| {
        Err(BundleError::RootBelowFloor {
            index,
            version,
            floor: 2,
        })
    };
    assert_eq!(with_roots(json!([root(1)])), refused(0, 1));
    assert_eq!(with_roots(json!([root(3), root(0)])), refused(1, 0));
    // Another tenant's floor is another tenant's business.
    let mut others = root(1);
    others["tenant"] = "bolt".into();
    assert!(with_roots(json!([others])).is_ok());
}

#[test]
fn a_trust_anchor_that_leaves_a_floor_out_is_refused() {
    let anchor = anchor_json(&CallerKey::generate_ed25519());
    assert!(parsed(&anchor).is_ok());
    for (place, floor) in [
        ("/floors", "bundle_serial"),
        ("/floors", "record_format"),
        ("/tenants/0/floors", "epoch"),
        ("/tenants/0/floors", "root_version"),
        ("/tenants/0", "floors"),
        ("", "floors"),
    ] {
        let mut without = anchor.clone();
        let object = without.pointer_mut(place).and_then(Value::as_object_mut);
        object.expect("the place is there").remove(floor);
        let refused = parsed(&without);
        assert!(
            matches!(refused, Err(BundleError::Syntax { .. })),
            "{place}/{floor}"
        );
    }
    for epoch in [json!("1"), json!(-1), json!(4_294_967_296_u64), json!(1.5)] {
        let mut other = anchor.clone();
        other["tenants"][0]["floors"]["epoch"] = epoch;
        assert!(matches!(parsed(&other), Err(BundleError::Syntax { .. })));
    }
}

#[test]
fn a_policy_that_makes_no_sense_is_refused_by_what_is_wrong() {
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut policy = policy_json();
        change(&mut policy);
        opened(&policy, NOW).expect_err("it makes no sense")
    };
    assert_eq!(
        refused(&|policy| policy["not_after"] = (NOW.0 - 1_001).into()),
        BundleError::Validity
    );
    assert_eq!(
        refused(&|policy| policy["roots"] = json!([root(2), root(3), root(2)])),
        BundleError::RootTwice { index: 2 }
    );
    for digest in [
        "",
        "0a",
        &"0A".repeat(32),
        &"0a".repeat(33),
        &"0g".repeat(32),
    ] {
        assert_eq!(
            refused(&|policy| {
                policy["roots"] = json!([root(2), root(3)]);
                policy["roots"][1]["sha256"] = digest.into();
            }),
            BundleError::RootDigest { index: 1 }
        );
    }
    assert_eq!(
        refused(&|policy| policy["allow"] = json!([grant("mask"), grant("unmask")])),
        BundleError::Operation { index: 1 }
    );
    let issuer = |jwks: Value| json!({"name": "corp", "issuer": "https://idp", "jwks": jwks});
    for jwks in [
        json!({"keys": []}),
        json!({}),
        json!({"keys": [{"kty": "oct"}]}),
    ] {
        assert_eq!(
            refused(&|policy| policy["issuers"] = json!([issuer(jwks.clone())])),
            BundleError::Jwks { index: 0 }
        );
    }
}

#[test]
fn a_policy_may_last_one_moment_and_grant_every_operation() {
    let mut policy = policy_json();
    policy["not_before"] = NOW.0.into();
    policy["not_after"] = NOW.0.into();
    policy["allow"] = crate::message::OPERATIONS
        .iter()
        .map(|name| grant(name))
        .collect();
    assert!(opened(&policy, NOW).is_ok());
}

fn grant(operation: &str) -> Value {
    json!({
        "callers": ["crm"], "operations": [operation], "classes": [], "purposes": [], "tenants": [],
    })
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

#[test]
fn a_trust_anchor_or_policy_cut_at_any_length_does_not_parse() {
    let anchor = anchor_json(&CallerKey::generate_ed25519()).to_string();
    let policy = policy_json().to_string();
    let syntax = |error| matches!(error, BundleError::Syntax { .. });
    for length in 0..anchor.len() {
        let refused = TrustAnchor::parse(&anchor.as_bytes()[..length]);
        assert!(refused.is_err_and(syntax), "cut at {length}");
    }
    for length in 0..policy.len() {
        let refused = Policy::parse(&policy.as_bytes()[..length]);
        assert!(refused.is_err_and(syntax), "cut at {length}");
    }
}

proptest! {
    #[test]
    fn a_policy_altered_anywhere_is_refused_or_signed_and_opened_as_what_it_says(
        place: proptest::sample::Index,
        byte: u8,
    ) {
        let key = CallerKey::generate_ed25519();
        let mut anchor = anchor_json(&key);
        anchor["floors"]["bundle_serial"] = 0.into();
        let mut policy = policy_json().to_string().into_bytes();
        let place = place.index(policy.len());
        policy[place] = byte;
        if let Ok(expected) = Policy::parse(&policy) {
            let signed = sign(&policy, &key).expect("it parses");
            let anchor = parsed(&anchor).expect("valid");
            prop_assert_eq!(open(&signed, &anchor, expected.not_before), Ok(expected));
        }
    }
}
