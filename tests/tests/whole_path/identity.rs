//! Who a caller is: tokens of a pinned issuer, with the key that they name, and every near miss.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{hmac, signature::Ed25519KeyPair};
use serde_json::{Value, json};
use vouchsafe_client::{Identity, TokenSource};
use vouchsafe_common::{Secret, proof::CallerKey};
use vouchsafe_mock::idp::{Claims, ISSUER, IdentityProvider};
use vouchsafe_tests::{
    Deployment, Options,
    deployment::{call, everything, now, shown, text},
};

/// The audience of tokens for the tests' fleet.
const FLEET: &str = "test-fleet";

/// An identity provider, a deployment that pins its keys, and a subject that may do everything.
pub(crate) struct Fixture {
    issuer: Vec<u8>,
    caller: Vec<u8>,
    pub(crate) deployment: Deployment,
}

impl Fixture {
    pub(crate) async fn start() -> Self {
        Self::with_enclave(&[]).await
    }

    /// The same with more arguments of the enclave.
    pub(crate) async fn with_enclave(arguments: &[&str]) -> Self {
        let pkcs8 = || CallerKey::generate_pkcs8().to_vec();
        let (issuer, caller) = (pkcs8(), pkcs8());
        let provider = IdentityProvider::from_pkcs8(issuer.clone()).unwrap();
        let mut allow = everything();
        allow[0]["callers"] = json!(["crm", "corp:billing"]);
        let pinned = json!({"name": "corp", "issuer": ISSUER, "jwks": provider.jwks()});
        let deployment = Deployment::with(Options {
            allow,
            policy: json!({"issuers": [pinned], "not_before": now().0 - 600_000}),
            enclave: arguments.iter().map(|&argument| argument.into()).collect(),
            ..Options::default()
        })
        .await;
        Self {
            issuer,
            caller,
            deployment,
        }
    }

    /// The key of `billing`.
    pub(crate) fn key(&self) -> CallerKey {
        CallerKey::from_pkcs8(&self.caller).unwrap()
    }

    fn provider(&self) -> IdentityProvider {
        IdentityProvider::from_pkcs8(self.issuer.clone()).unwrap()
    }

    /// A token of the provider's for `billing` that names this key.
    pub(crate) fn token(&self, key: Option<&CallerKey>) -> String {
        self.token_for("billing", FLEET, key)
    }

    fn token_for(&self, subject: &str, audience: &str, key: Option<&CallerKey>) -> String {
        let claims = Claims {
            subject: subject.into(),
            audience: audience.into(),
            confirmation_key: key.map(|key| key.public_key().to_jwk()),
            ttl: vouchsafe_mock::idp::DEFAULT_TTL,
        };
        let provider = self.provider();
        provider
            .token(&claims, std::time::SystemTime::now())
            .unwrap()
    }

    /// Header and claims of a token that is accepted; tests change the one thing they are about.
    pub(crate) fn parts(&self) -> (Value, Value) {
        let seconds = now().0 / 1_000;
        let header = json!({"typ": "JWT", "alg": "EdDSA", "kid": self.provider().key_id()});
        let claims = json!({
            "iss": ISSUER, "sub": "billing", "aud": FLEET,
            "exp": seconds + 60, "nbf": seconds - 1,
            "cnf": {"jwk": self.key().public_key().to_jwk()},
        });
        (header, claims)
    }

    /// Signs a token by hand, with the provider's key.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let key = Ed25519KeyPair::from_pkcs8(&self.issuer).unwrap();
        signed(header, claims, |message| {
            key.sign(message).as_ref().to_vec()
        })
    }

    /// What a reveal by this identity comes to.
    pub(crate) async fn reveal(&self, identity: Identity) -> Result<String, String> {
        let call = call("reveal", &json!({}), vec![text("t", "078-05-1120")]);
        let results = self.deployment.client_as(identity).call(call).await;
        results
            .map(|results| shown(&results[0]))
            .map_err(|error| error.code().to_owned())
    }

    /// The same by a token and the key of this fixture.
    pub(crate) async fn reveal_by(&self, token: String) -> Result<String, String> {
        self.reveal(with_key(token, self.key())).await
    }
}

pub(crate) fn with_key(token: String, key: CallerKey) -> Identity {
    let token = TokenSource::Fixed(Secret::new(token));
    Identity::Token { token, key }
}

pub(crate) fn bearer(token: String) -> Identity {
    let token = TokenSource::Fixed(Secret::new(token));
    Identity::Bearer { token }
}

/// A token from the bytes up (RFC 7515 §7.1).
fn signed(header: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let message = format!("{}.{}", part(header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

#[expect(clippy::unnecessary_wraps, reason = "outcomes are compared with it")]
fn plaintext() -> Result<String, String> {
    Ok("078-05-1120".to_owned())
}

fn refused(code: &str) -> Result<String, String> {
    Err(code.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_with_the_key_that_it_names_is_a_caller_like_any_other() {
    let fixture = Fixture::start().await;
    let key = fixture.key();
    assert_eq!(
        fixture.reveal_by(fixture.token(Some(&key))).await,
        plaintext()
    );
    // Keys of both kinds, and the token made by hand that the other tests start from.
    let key = CallerKey::generate_p256();
    let token = fixture.token(Some(&key));
    assert_eq!(fixture.reveal(with_key(token, key)).await, plaintext());
    let (header, claims) = fixture.parts();
    let token = fixture.sign(&header, &claims);
    assert_eq!(fixture.reveal_by(token).await, plaintext());
    let registered = Identity::Registered {
        name: "crm".into(),
        key: fixture.deployment.caller_key(),
    };
    assert_eq!(fixture.reveal(registered).await, plaintext());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_the_wrong_time_place_or_person_is_refused_by_name() {
    let fixture = Fixture::start().await;
    let seconds = now().0 / 1_000;
    for (code, member, value) in [
        ("token_expired", "exp", json!(seconds - 1)),
        ("token_expired", "nbf", json!(seconds + 60)),
        ("token_audience", "aud", json!("another-fleet")),
        ("token_audience", "aud", json!(["a", "b"])),
        ("token_audience", "aud", json!("")),
        ("token_invalid", "iss", json!("https://elsewhere.example")),
        ("token_invalid", "sub", json!("")),
        ("token_invalid", "sub", json!("x".repeat(257))),
        ("token_invalid", "exp", json!("tomorrow")),
        (
            "token_invalid",
            "cnf",
            json!({"jwk": {"kty": "oct", "k": "AA"}}),
        ),
        ("not_permitted", "sub", json!("intern")),
        // The name of a registered caller is not within the reach of an issuer.
        ("not_permitted", "sub", json!("crm")),
    ] {
        let (header, mut claims) = fixture.parts();
        claims[member] = value.clone();
        let token = fixture.sign(&header, &claims);
        let seen = fixture.reveal_by(token).await;
        assert_eq!(seen, refused(code), "{member} {value}");
    }
    for missing in ["exp", "aud", "iss", "sub"] {
        let (header, mut claims) = fixture.parts();
        claims.as_object_mut().unwrap().remove(missing);
        let token = fixture.sign(&header, &claims);
        let seen = fixture.reveal_by(token).await;
        assert_eq!(seen, refused("token_invalid"), "without {missing}");
    }
    let key = fixture.key();
    assert_eq!(
        fixture.reveal_by(fixture.token(Some(&key))).await,
        plaintext()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_the_issuer_did_not_sign_is_refused() {
    let fixture = Fixture::start().await;
    let (header, claims) = fixture.parts();
    let with = |member: &str, value: Value| {
        let mut header = header.clone();
        header[member] = value;
        header
    };
    let stranger = Ed25519KeyPair::from_pkcs8(&CallerKey::generate_pkcs8()).unwrap();
    let by_stranger = |message: &[u8]| stranger.sign(message).as_ref().to_vec();
    // The public key is no secret: as a key of HMAC it would let anyone sign.
    let issuer = CallerKey::from_pkcs8(&fixture.issuer).unwrap();
    let x = issuer.public_key().to_jwk()["x"]
        .as_str()
        .unwrap()
        .to_owned();
    let public = URL_SAFE_NO_PAD.decode(x).unwrap();
    let by_public = |message: &[u8]| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &public);
        hmac::sign(&key, message).as_ref().to_vec()
    };
    let mut altered = fixture.sign(&header, &claims);
    altered.pop();
    for (what, token) in [
        ("another key", signed(&header, &claims, by_stranger)),
        (
            "another key with an id of its own",
            signed(&with("kid", json!("other")), &claims, by_stranger),
        ),
        (
            "no algorithm",
            signed(&with("alg", json!("none")), &claims, |_| Vec::new()),
        ),
        (
            "an algorithm of shared keys",
            signed(&with("alg", json!("HS256")), &claims, by_public),
        ),
        (
            "an algorithm of other keys",
            fixture.sign(&with("alg", json!("ES256")), &claims),
        ),
        ("a signature cut short", altered),
        ("nothing like a token", "a.b.c".to_owned()),
        ("nothing", String::new()),
        ("too much", "a".repeat(16 * 1024 + 1)),
    ] {
        let seen = fixture.reveal_by(token).await;
        assert_eq!(seen, refused("token_invalid"), "{what}");
    }
    let token = fixture.sign(&header, &claims);
    assert_eq!(fixture.reveal_by(token).await, plaintext());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registered_caller_is_known_by_its_key_and_by_nothing_else() {
    let deployment = Deployment::start().await;
    let fixture_call = || call("reveal", &json!({}), vec![text("t", "078-05-1120")]);
    for (name, key, expected) in [
        ("crm", deployment.caller_key(), plaintext()),
        (
            "crm",
            CallerKey::generate_ed25519(),
            refused("proof_invalid"),
        ),
        ("crm", CallerKey::generate_p256(), refused("proof_invalid")),
        ("erp", deployment.caller_key(), refused("unknown_caller")),
        ("", deployment.caller_key(), refused("unknown_caller")),
    ] {
        let name = name.to_owned();
        let client = deployment.client_as(Identity::Registered { name, key });
        let results = client.call(fixture_call()).await;
        let seen = results.map(|results| shown(&results[0]));
        assert_eq!(seen.map_err(|error| error.code().to_owned()), expected);
    }
}
