use jsonwebtoken::{EncodingKey, Header};
use proptest::prelude::*;
use serde_json::{Value, json};
use vouchsafe_common::{
    Secret,
    proof::{CallerKey, binding},
};

use super::*;

const NOW: UnixMillis = UnixMillis(1_790_000_000_000);
const FLEET: &str = "acme-test";
const BINDING: fn() -> Sha384Digest = || binding(b"enc", &[1; 48], b"body");

struct Fixture {
    caller: CallerKey,
    issuer_pkcs8: Vec<u8>,
    policy: Policy,
}

impl Fixture {
    fn for_test() -> Self {
        let caller = CallerKey::generate_ed25519();
        let issuer_pkcs8 = CallerKey::generate_pkcs8().to_vec();
        let issuer = CallerKey::from_pkcs8(&issuer_pkcs8).expect("it was just made");
        let mut jwk = issuer.public_key().to_jwk();
        jwk["kid"] = "k1".into();
        jwk["alg"] = "EdDSA".into();
        let policy = json!({
            "version": 1, "serial": 1, "not_before": 0, "not_after": NOW.0 * 2,
            "callers": [{"name": "crm", "key": caller.public_key().to_jwk()}],
            "issuers": [{"name": "corp", "issuer": "https://idp.example", "jwks": {"keys": [jwk]}}],
            "allow": [],
        });
        let policy = Policy::parse(policy.to_string().as_bytes()).expect("a valid policy");
        Self {
            caller,
            issuer_pkcs8,
            policy,
        }
    }

    fn claims(&self) -> Value {
        let seconds = NOW.0 / 1_000;
        json!({
            "iss": "https://idp.example", "sub": "billing", "aud": FLEET,
            "exp": seconds + 60, "nbf": seconds - 60,
            "cnf": {"jwk": self.caller.public_key().to_jwk()},
        })
    }

    fn token(&self, claims: &Value) -> Secret<String> {
        let header = Header {
            kid: Some("k1".into()),
            ..Header::new(Algorithm::EdDSA)
        };
        let key = EncodingKey::from_ed_der(&self.issuer_pkcs8);
        Secret::new(jsonwebtoken::encode(&header, claims, &key).expect("claims encode"))
    }

    fn authenticate(&self, proof: &Proof) -> Result<Caller, Refusal> {
        authenticate(proof, &BINDING(), &self.policy, FLEET, NOW)
    }

    fn with_token(&self, change: impl FnOnce(&mut Value)) -> Result<Caller, Refusal> {
        let mut claims = self.claims();
        change(&mut claims);
        let signature = proof::sign(&self.caller, &BINDING()).into();
        self.authenticate(&Proof::Token {
            token: self.token(&claims),
            signature,
        })
    }
}

#[test]
fn a_registered_caller_is_known_by_its_signature() {
    let fixture = Fixture::for_test();
    let signed = |caller: &str, key: &CallerKey| {
        let signature = proof::sign(key, &BINDING()).into();
        fixture.authenticate(&Proof::Registered {
            caller: caller.into(),
            signature,
        })
    };
    assert_eq!(
        signed("crm", &fixture.caller),
        Ok(Caller {
            name: "crm".into(),
            bound: true
        })
    );
    assert_eq!(signed("erp", &fixture.caller), Err(Refusal::UnknownCaller));
    assert_eq!(
        signed("crm", &CallerKey::generate_ed25519()),
        Err(Refusal::ProofInvalid)
    );
}

#[test]
fn a_token_with_the_key_that_it_names_gives_a_bound_caller() {
    let fixture = Fixture::for_test();
    let caller = Caller {
        name: "corp:billing".into(),
        bound: true,
    };
    assert_eq!(fixture.with_token(|_| {}), Ok(caller));
}

#[test]
fn a_stolen_token_is_worth_nothing_without_its_key() {
    let fixture = Fixture::for_test();
    let token = fixture.token(&fixture.claims());
    let thief = CallerKey::generate_ed25519();
    let signature = proof::sign(&thief, &BINDING()).into();
    let stolen = Proof::Token {
        token: token.duplicate(),
        signature,
    };
    assert_eq!(fixture.authenticate(&stolen), Err(Refusal::ProofInvalid));
    assert_eq!(
        fixture.authenticate(&Proof::Bearer { token }),
        Err(Refusal::ProofInvalid)
    );
}

#[test]
fn a_token_that_names_no_key_gives_an_unbound_caller() {
    let fixture = Fixture::for_test();
    let mut claims = fixture.claims();
    claims.as_object_mut().expect("claims").remove("cnf");
    let bearer = Proof::Bearer {
        token: fixture.token(&claims),
    };
    let caller = Caller {
        name: "corp:billing".into(),
        bound: false,
    };
    assert_eq!(fixture.authenticate(&bearer), Ok(caller));
    assert_eq!(
        fixture.with_token(|claims| {
            claims.as_object_mut().expect("claims").remove("cnf");
        }),
        Err(Refusal::ProofInvalid)
    );
}

#[test]
fn a_token_outside_its_time_is_expired_by_the_enclaves_clock() {
    let fixture = Fixture::for_test();
    let seconds = NOW.0 / 1_000;
    let expired = fixture.with_token(|claims| claims["exp"] = seconds.into());
    assert_eq!(expired, Err(Refusal::TokenExpired));
    assert!(
        fixture
            .with_token(|claims| claims["exp"] = (seconds + 1).into())
            .is_ok()
    );
    let early = fixture.with_token(|claims| claims["nbf"] = (seconds + 1).into());
    assert_eq!(early, Err(Refusal::TokenExpired));
}

#[test]
fn a_token_for_another_audience_or_of_another_issuer_is_refused() {
    let fixture = Fixture::for_test();
    let foreign = fixture.with_token(|claims| claims["aud"] = "other-fleet".into());
    assert_eq!(foreign, Err(Refusal::TokenAudience));
    let issuer = fixture.with_token(|claims| claims["iss"] = "https://evil.example".into());
    assert_eq!(issuer, Err(Refusal::TokenInvalid));
}

#[test]
fn a_token_without_a_required_claim_or_with_a_bad_key_is_invalid() {
    let fixture = Fixture::for_test();
    for name in ["exp", "sub", "iss", "aud"] {
        let refused = fixture.with_token(|claims| {
            claims.as_object_mut().expect("claims").remove(name);
        });
        assert_eq!(refused, Err(Refusal::TokenInvalid), "without {name}");
    }
    let refused = fixture.with_token(|claims| claims["cnf"]["jwk"]["crv"] = "X25519".into());
    assert_eq!(refused, Err(Refusal::TokenInvalid));
    let refused = fixture.with_token(|claims| claims["sub"] = "".into());
    assert_eq!(refused, Err(Refusal::TokenInvalid));
}

#[test]
fn an_unsigned_or_symmetric_or_foreign_token_is_invalid() {
    let fixture = Fixture::for_test();
    let refused = |token: String| {
        let signature = proof::sign(&fixture.caller, &BINDING()).into();
        fixture.authenticate(&Proof::Token {
            token: Secret::new(token),
            signature,
        })
    };
    // RFC 7519 §6.1, with "alg":"none".
    let none = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.";
    assert_eq!(refused(none.into()), Err(Refusal::TokenInvalid));
    let header = Header {
        kid: Some("k1".into()),
        ..Header::new(Algorithm::HS256)
    };
    let public = fixture.policy.issuers[0].jwks["keys"][0]["x"]
        .as_str()
        .expect("text");
    let key = EncodingKey::from_secret(public.as_bytes());
    let symmetric = jsonwebtoken::encode(&header, &fixture.claims(), &key).expect("encodes");
    assert_eq!(refused(symmetric), Err(Refusal::TokenInvalid));
    let foreign = Fixture::for_test()
        .token(&fixture.claims())
        .expose_secret()
        .clone();
    assert_eq!(refused(foreign), Err(Refusal::TokenInvalid));
    assert_eq!(
        refused("a".repeat(MAX_TOKEN_BYTES + 1)),
        Err(Refusal::TokenInvalid)
    );
    assert_eq!(refused(String::new()), Err(Refusal::TokenInvalid));
}

#[test]
fn a_token_with_a_critical_header_or_under_a_key_for_encryption_is_invalid() {
    let mut fixture = Fixture::for_test();
    let sent = |fixture: &Fixture, header: &Header| {
        let key = EncodingKey::from_ed_der(&fixture.issuer_pkcs8);
        let token = jsonwebtoken::encode(header, &fixture.claims(), &key).expect("encodes");
        let signature = proof::sign(&fixture.caller, &BINDING()).into();
        let token = Secret::new(token);
        fixture.authenticate(&Proof::Token { token, signature })
    };
    let plain = Header {
        kid: Some("k1".into()),
        ..Header::new(Algorithm::EdDSA)
    };
    let critical = Header {
        crit: Some(vec!["exp".into()]),
        ..plain.clone()
    };
    assert!(sent(&fixture, &plain).is_ok());
    assert_eq!(sent(&fixture, &critical), Err(Refusal::TokenInvalid));
    fixture.policy.issuers[0].jwks["keys"][0]["use"] = "enc".into();
    assert_eq!(sent(&fixture, &plain), Err(Refusal::TokenInvalid));
    fixture.policy.issuers[0].jwks["keys"][0]["use"] = "sig".into();
    assert!(sent(&fixture, &plain).is_ok());
}

#[test]
fn a_token_cut_at_any_length_is_invalid() {
    let fixture = Fixture::for_test();
    let token = fixture.token(&fixture.claims());
    let token = token.expose_secret();
    for length in 0..token.len() {
        let cut = Secret::new(token[..length].to_owned());
        let refused = fixture.authenticate(&Proof::Bearer { token: cut });
        assert_eq!(refused, Err(Refusal::TokenInvalid), "cut at {length}");
    }
}

proptest! {
    #[test]
    fn an_altered_or_arbitrary_token_establishes_nobody(
        place: proptest::sample::Index,
        character in "[A-Za-z0-9._=-]",
        arbitrary in ".{0,200}",
    ) {
        let fixture = Fixture::for_test();
        let mut claims = fixture.claims();
        claims["cnf"].take();
        let token = fixture.token(&claims);
        let mut altered = token.expose_secret().clone();
        let place = place.index(altered.len());
        altered.replace_range(place..=place, &character);
        let bearer = |token| fixture.authenticate(&Proof::Bearer { token: Secret::new(token) });
        prop_assert_eq!(bearer(altered.clone()).is_ok(), altered == *token.expose_secret());
        prop_assert!(bearer(arbitrary).is_err());
    }
}
