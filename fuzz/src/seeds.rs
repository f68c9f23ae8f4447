//! Inputs to start from: the examples of the protocol, real documents, and what our own code makes.
//!
//! Everything comes from files of this repository. `examples/seeds.rs` writes them to
//! `fuzz/corpus`, and may add others that a folder of the developer's holds.

use coset::{CborSerializable as _, CoseSign1};
use serde_json::{Value, json};
use vouchsafe_common::Secret;
use vouchsafe_common::attestation::RootFingerprint;
use vouchsafe_common::cbor;
use vouchsafe_common::egress::{AwsCredentials, BootMaterial, EgressAnswer, EgressQuery};
use vouchsafe_common::envelope::{
    Answer, AnswerBody, Evidence, Query, QueryBody, RefusedCode, Status,
};
use vouchsafe_common::frame;
use vouchsafe_common::key_configuration::{KeyConfiguration, KeyId};
use vouchsafe_common::message::Parameters;
use vouchsafe_common::proof::{CallerKey, Proof};
use vouchsafe_mock::kms::cms::RecipientKey;
use vouchsafe_mock::measure::Measurements;
use vouchsafe_mock::roles::{KeyKind, key_policy as key_policy_for};
use vouchsafe_pii::Entity;

use crate::attestation::{claims, mock_leaf};
use crate::cms::{ANY_RECIPIENT, KEY, replaced};
use crate::policy::{FLEET, ISSUER, NOW};
use crate::records::{DOCUMENTS as JSON_RECIPES, TABLES};

const DOCUMENTS: [&[u8]; 5] = [
    include_bytes!("../../common/tests/vectors/attestation/2021-debug.cbor"),
    include_bytes!("../../common/tests/vectors/attestation/2021-definite-map.cbor"),
    include_bytes!("../../common/tests/vectors/attestation/2024-full-fields.cbor"),
    include_bytes!("../../common/tests/vectors/attestation/2025-indefinite-map.cbor"),
    include_bytes!("../../common/tests/vectors/attestation/2026-indefinite-map.cbor"),
];
const CUSTOMERS: &str = include_str!("../../tests/samples/customers.csv");
const TICKETS: &str = include_str!("../../tests/samples/tickets.ndjson");

/// One of the examples of docs/protocol/vectors.json.
fn example(name: &str) -> Vec<u8> {
    let all: Value = serde_json::from_str(include_str!("../../docs/protocol/vectors.json"))
        .expect("the examples are JSON");
    hex::decode(all[name].as_str().expect("the example is there")).expect("examples are hex")
}

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn jsons(values: &[Value]) -> Vec<Vec<u8>> {
    values
        .iter()
        .map(|value| value.to_string().into_bytes())
        .collect()
}

pub(crate) fn frame() -> Vec<Vec<u8>> {
    let framed = |bytes: Vec<u8>| {
        let head = frame::head(bytes.len(), bytes.len()).expect("it is not empty");
        [&head[..], &bytes].concat()
    };
    envelope().into_iter().map(framed).collect()
}

pub(crate) fn cbor() -> Vec<Vec<u8>> {
    let nested =
        json!({"keep_last": 4, "with": "*", "entities": ["US_SSN", {"x": [1.5, null, true]}]});
    let parameters = Parameters::from_json(&nested).expect("an object");
    vec![
        cbor::encode(&parameters).expect("JSON has a CBOR form"),
        example("request"),
    ]
}

pub(crate) fn envelope() -> Vec<Vec<u8>> {
    let evidence = Evidence {
        document: DOCUMENTS[1].to_vec().into(),
        key_configuration: example("key_configuration").into(),
    };
    let queries = [
        QueryBody::Evidence {
            nonce: [9; 32].into(),
        },
        QueryBody::Process {
            sealed: example("sealed_request").into(),
        },
        QueryBody::Status,
    ];
    let status = Status {
        key_id: KeyId([7; 16]),
        boot_id: [8; 16],
    };
    let answers = [
        AnswerBody::Evidence(evidence.clone()),
        AnswerBody::Reply {
            sealed: example("sealed_reply").into(),
        },
        AnswerBody::Status(status),
        AnswerBody::Refused {
            code: RefusedCode::Busy,
        },
    ];
    let queries = queries.map(|body| Query::new(body).encode());
    let answers = answers.map(|body| Answer::new(body).encode());
    [&queries[..], &answers, &[evidence.encode()]].concat()
}

pub(crate) fn egress() -> Vec<Vec<u8>> {
    let connect = EgressQuery::Connect {
        host: "kms.eu-west-1.amazonaws.com".into(),
        port: 443,
    };
    let credentials = AwsCredentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
        secret_access_key: Secret::new("secret".into()),
        session_token: Some(Secret::new("token".into())),
        expires_at: Some(NOW),
    };
    let boot = BootMaterial {
        trust_anchor: example("trust_anchor").into(),
        bundle: example("bundle").into(),
        roots: vec![vec![3; 30].into()],
    };
    let answers = [
        EgressAnswer::Credentials(credentials),
        EgressAnswer::Boot(boot),
    ];
    let mut seeds = vec![connect.encode(), EgressQuery::Boot.encode()];
    seeds.extend(answers.map(|answer| answer.encode().to_vec()));
    seeds
}

pub(crate) fn key_configuration() -> Vec<Vec<u8>> {
    vec![
        example("key_configuration"),
        KeyConfiguration::for_test().encode(),
    ]
}

pub(crate) fn request() -> Vec<Vec<u8>> {
    vec![example("request")]
}

pub(crate) fn proof() -> Vec<Vec<u8>> {
    let key = CallerKey::generate_ed25519();
    let signature = vouchsafe_common::proof::sign(&key, &[1; 48]);
    let token = || Secret::new("a.b.c".to_owned());
    let proofs = [
        Proof::Registered {
            caller: "crm".into(),
            signature: signature.clone().into(),
        },
        Proof::Token {
            token: token(),
            signature: signature.clone().into(),
        },
        Proof::Bearer { token: token() },
    ];
    let mut seeds = vec![signature];
    seeds.extend(proofs.map(|proof| cbor::encode(&proof).expect("texts and bytes encode")));
    seeds
}

pub(crate) fn trace_context() -> Vec<Vec<u8>> {
    texts(&["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"])
}

pub(crate) fn sealed_request() -> Vec<Vec<u8>> {
    vec![example("request"), example("sealed_request")]
}

pub(crate) fn sealed_reply() -> Vec<Vec<u8>> {
    vec![example("reply"), example("sealed_reply")]
}

pub(crate) fn reply() -> Vec<Vec<u8>> {
    vec![example("reply")]
}

pub(crate) fn record() -> Vec<Vec<u8>> {
    vec![example("sealed_record")]
}

pub(crate) fn document() -> Vec<Vec<u8>> {
    DOCUMENTS.map(<[u8]>::to_vec).into()
}

pub(crate) fn payload() -> Vec<Vec<u8>> {
    let payload = |document| CoseSign1::from_slice(document).ok()?.payload;
    let mut seeds: Vec<_> = DOCUMENTS.into_iter().filter_map(payload).collect();
    seeds.push(claims(
        mock_leaf().bundle().to_vec(),
        mock_leaf().certificate(),
    ));
    seeds
}

/// The mock's chain, and AWS's root where a document has it.
pub(crate) fn certificate() -> Vec<Vec<u8>> {
    let mut seeds = mock_leaf().bundle().to_vec();
    seeds.push(mock_leaf().certificate().to_vec());
    let aws = DOCUMENTS[1];
    let root = aws
        .windows(2)
        .enumerate()
        .filter(|(_, head)| *head == [0x30, 0x82])
        .filter_map(|(at, _)| {
            let length = usize::from(u16::from_be_bytes([*aws.get(at + 2)?, *aws.get(at + 3)?]));
            aws.get(at..at + 4 + length)
        })
        .find(|der| RootFingerprint::of_der(der) == RootFingerprint::AWS_NITRO_G1);
    seeds.extend(root.map(<[u8]>::to_vec));
    seeds
}

/// Envelopes as KMS makes them: of one segment, of several, and of nothing.
pub(crate) fn cms() -> Vec<Vec<u8>> {
    let key = RecipientKey::parse(KEY.public_key()).expect("it is RSA-2048");
    [&[7; 32][..], &[7; 2500], &[]]
        .map(|plaintext| {
            let envelope = key.seal(plaintext).expect("the plaintext is short");
            replaced(&envelope, KEY.id(), &ANY_RECIPIENT)
        })
        .into()
}

pub(crate) fn policy() -> Vec<Vec<u8>> {
    let signed = CoseSign1::from_slice(&example("bundle")).expect("the example is a bundle");
    let own = json!({
        "version": 1, "serial": 1, "not_before": 0, "not_after": NOW.0, "allow": [],
        "recognisers": [{"entity": "PROJECT", "words": ["Blue Heron"], "confidence": 0.9}],
    });
    let examples = signed.payload.into_iter();
    examples.chain(jsons(&[own])).collect()
}

pub(crate) fn bundle() -> Vec<Vec<u8>> {
    vec![example("bundle")]
}

pub(crate) fn trust_anchor() -> Vec<Vec<u8>> {
    vec![example("trust_anchor")]
}

pub(crate) fn key_policy() -> Vec<Vec<u8>> {
    let measured = Measurements::new(b"executable", b"anchor", None);
    let policy = |kind| key_policy_for(kind, &[&measured]).expect("registers are measured");
    [KeyKind::Data, KeyKind::Root]
        .map(|kind| policy(kind).to_string().into_bytes())
        .to_vec()
}

pub(crate) fn key_arn() -> Vec<Vec<u8>> {
    texts(&[
        "arn:aws:kms:eu-west-1:222222222222:key/12345678-90ab-cdef-1234-567890abcdef",
        "arn:aws-cn:kms:cn-north-1:222222222222:key/12345678-90ab-cdef-1234-567890abcdef",
        "arn:aws:kms:eu-west-1:222222222222:alias/customers",
    ])
}

pub(crate) fn jwks() -> Vec<Vec<u8>> {
    let bytes = |length| data_encoding::BASE64URL_NOPAD.encode(&vec![1; length]);
    let rsa = json!({"kty": "RSA", "n": bytes(256), "e": "AQAB", "alg": "RS256", "use": "sig", "kid": "a"});
    let p384 = json!({"kty": "EC", "crv": "P-384", "x": bytes(48), "y": bytes(48), "kid": "b"});
    let p256 = json!({"kty": "EC", "crv": "P-256", "x": bytes(32), "y": bytes(32)});
    let ed25519 = json!({"kty": "OKP", "crv": "Ed25519", "x": bytes(32), "alg": "EdDSA",
        "key_ops": ["verify"], "x5c": ["MII"], "x5t": "AA", "x5t#S256": "AA", "x5u": "https://a"});
    jsons(&[
        json!({"keys": [rsa, p384]}),
        json!({"keys": [p256]}),
        json!({"keys": [ed25519]}),
    ])
}

pub(crate) fn identity_token() -> Vec<Vec<u8>> {
    let seconds = NOW.0 / 1_000;
    let header = json!({"alg": "EdDSA", "typ": "JWT"});
    let claims = json!({
        "iss": ISSUER, "sub": "billing", "aud": FLEET, "exp": seconds + 60, "nbf": seconds - 60,
    });
    let mut bound = claims.clone();
    bound["cnf"] = json!({"jwk": CallerKey::generate_ed25519().public_key().to_jwk()});
    let lines = |claims: &Value| format!("{header}\n{claims}").into_bytes();
    vec![
        lines(&claims),
        lines(&bound),
        b"eyJhbGciOiJFZERTQSJ9.e30.AA".to_vec(),
    ]
}

pub(crate) fn csv() -> Vec<Vec<u8>> {
    let head: Vec<_> = CUSTOMERS.lines().take(3).collect();
    texts(&[
        &head.join("\r\n"),
        "email,ssn\n\"a, \"\"b\"\"\n\",\n",
        "\u{feff}ssn,email\n1,2",
    ])
}

pub(crate) fn ndjson() -> Vec<Vec<u8>> {
    texts(&[
        "{\"email\":\"a@example.com\",\"ssn\":null}\n\n{\"ssn\":1.5,\"email\":\"\\u00e9\\n\",\"x\":[]}\n",
        "\u{feff}{\"email\":{\"a\":[1]},\"ssn\":true}",
    ])
}

pub(crate) fn proxy_body() -> Vec<Vec<u8>> {
    let items = json!([
        {"reference": "1", "text": "078-05-1120", "other": "x"},
        {"reference": "2", "record": "AQI", "field": "ssn", "record_id": "17"},
    ]);
    jsons(&[
        json!({"items": items}),
        json!({"tenant": "acme", "dataset": "d", "purpose": "p", "items": items,
            "parameters": {"keep_last": 4, "entities": ["US_SSN"], "x": {"y": [1.5, -1, null]}}}),
    ])
}

pub(crate) fn problem() -> Vec<Vec<u8>> {
    jsons(&[
        json!({"type": "https://vouchsafe.dev/problems/busy", "status": 503, "code": "busy"}),
        json!({"code": "unknown_key", "evidence": "AQIDBA", "title": "x"}),
    ])
}

pub(crate) fn measurements() -> Vec<Vec<u8>> {
    let hex = |digit: &str| digit.repeat(96);
    jsons(&[json!({
        "pcrs": {"0": hex("0"), "1": hex("1"), "2": hex("2"), "16": hex("a"), "8": hex("8")},
        "bundle_digest": hex("b"),
    })])
}

pub(crate) fn release() -> Vec<Vec<u8>> {
    let hex = |digit: &str, times: usize| digit.repeat(times);
    jsons(&[json!({
        "version": 1, "release": "0.1.0", "security_version": 1, "commit": hex("c", 40),
        "pcrs": {"0": hex("a", 96), "1": hex("b", 96), "2": hex("c", 96), "8": hex("d", 96)},
        "files": {"enclave.eif": hex("e", 64)},
    })])
}

pub(crate) fn key_file() -> Vec<Vec<u8>> {
    let der = CallerKey::generate_pkcs8();
    let pem = vouchsafe_client::key_file::to_pem(&der);
    vec![der.to_vec(), pem.as_bytes().to_vec()]
}

pub(crate) fn pii_token() -> Vec<Vec<u8>> {
    vec![example("token")]
}

pub(crate) fn detect() -> Vec<Vec<u8>> {
    let mut seeds = texts(&[
        "caf\u{e9} jo.doe@example.com, card 4111 1111 1111 1111, SSN 078-05-1123",
        "DE89 3704 0044 0532 0130 00 (415) 555-0132 +44 20 7946 0123 192.168.0.1/24 2001:db8::1",
    ]);
    seeds.extend(TICKETS.lines().take(8).map(|line| line.as_bytes().to_vec()));
    seeds
}

pub(crate) fn recognisers() -> Vec<Vec<u8>> {
    texts(&[
        "# own\n{\"entity\":\"STAFF\",\"pattern\":\"E-[0-9]{6}\",\"confidence\":0.3,\
         \"context\":[\"badge\"]}\n{\"entity\":\"PROJECT\",\"words\":[\"Blue Heron\",\"B2\"],\
         \"confidence\":0.9}\0Badge E-123456 of Blue Heron, (B2) jo@example.com",
        "{\"entity\":\"LOYALTY_CARD\",\"pattern\":\"(?i)c?77[0-9]{4}\",\"confidence\":1,\
         \"check\":\"luhn\"}\x00770008, C770008 \u{ff17}70008",
    ])
}

/// The place of a type in two bytes, and a value of it.
pub(crate) fn validate() -> Vec<Vec<u8>> {
    let value = |name: &str, value: &str| {
        let place = Entity::all().position(|entity| entity.name() == name);
        let place = u16::try_from(place.expect("the type is there")).expect("there are few");
        [&place.to_le_bytes(), value.as_bytes()].concat()
    };
    [
        ("US_SSN", "625-38-3864"),
        ("CREDIT_CARD", "4111 1111 1111 1111"),
        ("IBAN_CODE", "DE89 3704 0044 0532 0130 00"),
        ("PHONE_NUMBER", "+44 20 7946 0123"),
        ("EMAIL_ADDRESS", "jo.doe@example.com"),
        ("IP_ADDRESS", "2001:db8::1"),
        ("URL", "https://example.com/a"),
    ]
    .map(|(name, it)| value(name, it))
    .into()
}

pub(crate) fn recipe() -> Vec<Vec<u8>> {
    let mut seeds = texts(&TABLES);
    seeds.extend(texts(&JSON_RECIPES));
    seeds.extend(jsons(&[json!({
        "format": "csv", "default": "drop", "header": false, "fields": {
            "2": "keep",
            "3": {"action": "text", "default": {"action": "mask"}, "entities": {"URL": "keep"}},
        },
    })]));
    seeds
}

/// The place of a recipe in a byte, and a table for it.
pub(crate) fn recipe_csv() -> Vec<Vec<u8>> {
    texts(&[
        "\0id,note,email,x\r\n1,\"Call \"\"jo\"\" +44 20 7946 0123\",jo@example.com,\r\n2,,,\r\n3,4\r\n",
        "\x010017;2026-01-31;a\n0018;no date;\"b;\nc\"\n\n0019;1990-12-01;",
        "\x02\u{feff}email\tage\tborn\tcard\njo@example.com\t37\t1990-12-01\t4111 1111 1111 1111\n",
        "\x03email,id\n,1\njo@example.com,2",
    ])
}

/// The place of a recipe in a byte, and documents for it.
pub(crate) fn recipe_json() -> Vec<Vec<u8>> {
    texts(&[
        "\0{\"id\":1.50,\"note\":\"of jo@example.com\",\"person\":{\"email\":\"jo@example.com\",\"x\":1},\
         \"items\":[{\"card\":\"4111\"},null,7]}\n\n{\"id\":{\"a\":[]},\"x\":\"\\u00e9\"}\r\n[\n",
        "\x01{\"id\":\"17\",\"born\":\"1990-12-01\",\"other\":[1]}\n{\"born\":\"none\",\"id\":\"17\"}",
        "\x02[{\"age\":37,\"month\":\"2026-01-31\",\"kept\":\"\\ud83d\\ude00\"},{\"kept\":[null]},null,5]",
        "\x03\"Call jo@example.com\"",
    ])
}
