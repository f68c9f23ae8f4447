//! A sealed request and its reply, from the message to the bytes and back.

use coset::cbor::Value;
use hpke::{
    Deserializable, OpModeS, Serializable, aead::AesGcm256, kdf::HkdfSha256, kem::XWing,
    rand_core::TryRng, setup_sender_with_rng,
};
use serde_bytes::ByteBuf;

use super::{
    Vector,
    annotate::{Drawing, Notes, item},
    evidence::{configuration, enclave_key},
    hand::{self, Counting, Signer, bytes, header, map},
};
use crate::{
    Secret, UnixMillis,
    cbor::{self, Bounds},
    digest::{sha256, sha384},
    envelope,
    hpke::open,
    message::{
        Finding, Input, Item, ItemError, ItemResult, Outcome, Parameters, Refusal, Reply, Request,
        RequestId,
    },
    padding,
    proof::{self, Proof},
    reply::ReplyOpener,
};

const ID: [u8; 16] = [0xa5; 16];

fn caller() -> Signer {
    Signer::new([0x11; 32])
}

/// The request of the examples: one text and one record to mask.
fn body() -> Vec<u8> {
    let text = map([
        ("reference", "1".into()),
        ("input", map([("Text", "078-05-1120".into())])),
        ("other", Value::Null),
    ]);
    let record = map([
        ("field", "ssn".into()),
        ("record_id", "17".into()),
        ("record", bytes(&[0x84, 0x58, 0x1b, 0xa2])),
    ]);
    let record = map([
        ("reference", "2".into()),
        ("input", map([("Record", record)])),
        ("other", Value::Null),
    ]);
    hand::cbor(&map([
        ("id", bytes(&ID)),
        ("issued_at", 1_790_000_000_000_u64.into()),
        ("purpose", "support".into()),
        ("tenant", "acme".into()),
        ("dataset", "customers".into()),
        ("operation", "mask".into()),
        ("parameters", map([("keep_last", 4.into())])),
        ("items", Value::Array(vec![text, record])),
    ]))
}

/// The same as the code has it.
fn request() -> Request {
    let item = |reference: &str, input| Item {
        reference: reference.into(),
        input,
        other: None,
    };
    let record = Input::Record {
        field: "ssn".into(),
        record_id: "17".into(),
        record: ByteBuf::from([0x84, 0x58, 0x1b, 0xa2]),
    };
    Request {
        id: RequestId(ID),
        issued_at: UnixMillis(1_790_000_000_000),
        purpose: "support".into(),
        tenant: "acme".into(),
        dataset: "customers".into(),
        operation: "mask".into(),
        parameters: Parameters::from_json(&serde_json::json!({"keep_last": 4})).expect("an object"),
        items: vec![
            item("1", Input::Text(Secret::new("078-05-1120".into()))),
            item("2", record),
        ],
    }
}

const BODY_NOTES: Notes<'_> = &[
    ("id", "drawn at random, accepted once"),
    ("issued_at", "milliseconds, enclave's time"),
    ("items/0/other", "only `verify` compares with it"),
    (
        "items/1/input/Record/record",
        "a sealed record, shortened here",
    ),
];

/// What a caller signs: where its request goes, and what it says.
fn binding(enc: &[u8]) -> [u8; 48] {
    let configuration = sha384(&[b"vouchsafe/evidence/v1", &configuration().encode()]);
    sha384(&[
        b"vouchsafe/proof/v1",
        &sha256(&[enc]),
        &configuration,
        &sha256(&[&body()]),
    ])
}

/// A request sealed with the randomness 0, 1, 2 …, by the words of the page.
struct Sealed {
    enc: Vec<u8>,
    inside: Vec<u8>,
    protected: Vec<u8>,
    aad: Vec<u8>,
    bytes: Vec<u8>,
    exported: [u8; 32],
}

fn sealed() -> Sealed {
    let configuration = configuration();
    let public = Deserializable::from_bytes(&*configuration.hpke_public_key).expect("a key");
    let info = sha384(&[b"vouchsafe/evidence/v1", &configuration.encode()]);
    let mode = OpModeS::Base;
    let (enc, mut context) = setup_sender_with_rng::<AesGcm256, HkdfSha256, XWing>(
        &mode,
        &public,
        &info,
        &mut Counting(0),
    )
    .expect("a good key");
    let enc = enc.to_bytes().to_vec();
    let signature = caller().sign1(b"", &binding(&enc), true);
    let proof = map([("caller", "crm".into()), ("signature", bytes(&signature))]);
    let inside = hand::cbor(&map([
        ("body", bytes(&body())),
        ("proof", map([("Registered", proof)])),
    ]));
    let padded = padded(&inside);
    let key_id = sha256(&[b"vouchsafe/key-id/v1", &*configuration.hpke_public_key]);
    let protected = hand::cbor(&header([(1, (-65_701).into()), (4, bytes(&key_id[..16]))]));
    let aad = hand::cbor(&Value::Array(vec![
        "Encrypt0".into(),
        bytes(&protected),
        bytes(b""),
    ]));
    let ciphertext = context.seal(&padded, &aad).expect("the first message");
    let bytes = hand::cbor(&Value::Array(vec![
        bytes(&protected),
        header([(-4, bytes(&enc))]),
        bytes(&ciphertext),
    ]));
    let mut exported = [0; 32];
    context
        .export(b"vouchsafe/reply/v1", &mut exported)
        .expect("32 bytes");
    Sealed {
        enc,
        inside,
        protected,
        aad,
        bytes,
        exported,
    }
}

/// Length, message, zeros up to the Padmé length; compared with the code's own.
fn padded(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("it is short");
    let mut padded = [&length.to_be_bytes(), message].concat();
    // Padmé for lengths from 2^8 to 2^15: E is 8 to 15, so S is 4 and the last E - 4 bits are zero.
    let unit = 1 << (padded.len().max(256).ilog2() - 4);
    let total = padded.len().max(256).next_multiple_of(unit);
    padded.resize(total, 0);
    assert_eq!(*padding::pad(message).expect("it is short"), padded);
    padded
}

fn drawn_padding(inside: &[u8]) -> String {
    let padded = padded(inside);
    let mut drawing = Drawing::default();
    drawing.raw(
        0,
        &padded[..4],
        &format!("length of the message, {}", inside.len()),
    );
    drawing.cbor(
        0,
        inside,
        &[
            ("body", "the encoded request, above"),
            ("proof/Registered/caller", "a name in the policy"),
            ("proof/Registered/signature", "CBOR: COSE_Sign1"),
            ("proof/Registered/signature./0", "CBOR: protected header"),
            ("proof/Registered/signature./0./#1", "alg"),
            ("proof/Registered/signature./0./1", "EdDSA"),
            (
                "proof/Registered/signature./2",
                "detached: what is signed is above",
            ),
            (
                "proof/Registered/signature./3",
                "Ed25519 over the Sig_structure",
            ),
        ],
    );
    let zeros = &padded[4 + inside.len()..];
    drawing.raw(
        0,
        zeros,
        &format!("{} zeros, to {} bytes", zeros.len(), padded.len()),
    );
    drawing.of(&padded)
}

fn drawn_digest(sealed: &Sealed) -> String {
    let (enc, body) = (sha256(&[&sealed.enc]), sha256(&[&body()]));
    let configuration = configuration().digest();
    let binding = binding(&sealed.enc);
    let mut drawing = Drawing::default();
    drawing.raw(0, b"vouchsafe/proof/v1", "\"vouchsafe/proof/v1\"");
    drawing.raw(0, &enc, "SHA-256(encapsulated key)");
    drawing.raw(0, &configuration, "digest of the key configuration");
    drawing.raw(0, &body, "SHA-256(encoded request)");
    drawing.raw(0, &binding, "SHA-384 of all that: what is signed");
    let label = b"vouchsafe/proof/v1".as_slice();
    drawing.of(&[label, &enc, &configuration, &body, &binding].concat())
}

/// The three forms of a proof.
fn drawn_proofs(sealed: &Sealed) -> String {
    let signature = caller().sign1(b"", &binding(&sealed.enc), true);
    let token = "eyJhbGciOi…";
    let of_token = map([("token", token.into()), ("signature", bytes(&signature))]);
    let of_bearer = map([("token", token.into())]);
    let forms = [
        (
            map([("Token", of_token)]),
            Proof::Token {
                token: Secret::new(token.into()),
                signature: ByteBuf::from(signature),
            },
        ),
        (
            map([("Bearer", of_bearer)]),
            Proof::Bearer {
                token: Secret::new(token.into()),
            },
        ),
    ];
    let drawn = forms.map(|(by_hand, proof)| {
        let encoded = hand::cbor(&by_hand);
        assert_eq!(cbor::encode(&proof), Ok(encoded.clone()));
        let again: Proof = cbor::decode(&encoded, Bounds::new(1024, 8)).expect("just encoded");
        assert_eq!(cbor::encode(&again), Ok(encoded.clone()));
        let notes = &[
            ("Token/token", "a JWT, shortened here"),
            ("Token/signature", "COSE_Sign1 by that key, as above"),
            ("Bearer/token", "a JWT, shortened here"),
        ];
        item(&encoded, notes)
    });
    drawn.concat()
}

/// A reply sealed with these random bytes, by the words of the page.
fn sealed_reply(sealed: &Sealed, random: &[u8; 32], reply: &[u8]) -> Vec<u8> {
    let salt = [sha256(&[&sealed.bytes]), *random].concat();
    let prk = hand::mac(&salt, &sealed.exported);
    let key = hand::expand(&prk, b"vouchsafe/reply/v1/key", 32);
    let nonce = hand::expand(&prk, b"vouchsafe/reply/v1/nonce", 12);
    let padded = padded(reply);
    let ciphertext = hand::seal(&key, &nonce, &direction(&sealed.bytes), &padded);
    [random.as_slice(), &ciphertext].concat()
}

fn direction(sealed: &[u8]) -> Vec<u8> {
    hand::cbor(&Value::Array(vec![
        "vouchsafe/reply/v1".into(),
        bytes(&ID),
        bytes(&sha256(&[sealed])),
    ]))
}

fn drawn_reply(sealed: &Sealed) -> String {
    let random = hand::counting(0xc0);
    let reply = sealed_reply(sealed, &random, &answered().encode());
    let tag = reply.len() - 16;
    let mut drawing = Drawing::default();
    drawing.raw(0, &reply[..32], "random bytes of the enclave's");
    let cipher = format!("ciphertext, {} bytes", tag - 32);
    drawing.raw(0, &reply[32..tag], &cipher);
    drawing.raw(0, &reply[tag..], "tag");
    drawing.of(&reply)
}

fn answered() -> Reply {
    let result = |reference: &str, outcome| ItemResult {
        reference: reference.into(),
        outcome,
    };
    Reply::Done {
        items: vec![
            result("1", Outcome::Text(Secret::new("*******1120".into()))),
            result("2", Outcome::Error(ItemError::RecordNotAuthentic)),
        ],
    }
}

/// Every form that an outcome can have, and a refusal.
fn drawn_outcomes() -> String {
    let finding = Finding {
        entity: "US_SSN".into(),
        start: 0,
        end: 11,
        confidence_percent: 85,
        pattern: "dashed".into(),
        checksum: Some(true),
        context: false,
    };
    let of_finding = map([
        ("entity", "US_SSN".into()),
        ("start", 0.into()),
        ("end", 11.into()),
        ("confidence_percent", 85.into()),
        ("pattern", "dashed".into()),
        ("checksum", true.into()),
        ("context", false.into()),
    ]);
    let of_findings = map([
        ("offsets", "codepoint".into()),
        ("findings", Value::Array(vec![of_finding])),
    ]);
    let outcomes = [
        (map([("Boolean", true.into())]), Outcome::Boolean(true)),
        (
            map([("Validity", map([("rule", "checksum".into())]))]),
            Outcome::Validity {
                rule: Some("checksum".into()),
            },
        ),
        (
            map([(
                "Versioned",
                map([("text", "302-05-7114".into()), ("version", 3.into())]),
            )]),
            Outcome::Versioned {
                text: Secret::new("302-05-7114".into()),
                version: 3,
            },
        ),
        (
            map([("Findings", of_findings)]),
            Outcome::Findings {
                offsets: "codepoint".into(),
                findings: vec![finding],
            },
        ),
        (
            map([("Blob", bytes(&[1, 2, 3, 4]))]),
            Outcome::Blob(ByteBuf::from([1, 2, 3, 4])),
        ),
    ];
    let drawn = outcomes.map(|(by_hand, outcome)| {
        let encoded = hand::cbor(&by_hand);
        assert_eq!(cbor::encode(&outcome), Ok(encoded.clone()));
        let notes = &[
            (
                "Findings/findings/0/checksum",
                "or null, where the type has none",
            ),
            ("Blob", "a ciphertext of KMS, shortened here"),
            ("Validity/rule", "or null, when the value is well-formed"),
            ("Versioned/version", "of the root, for the way back"),
        ];
        item(&encoded, notes)
    });
    let code = Refusal::NotPermitted;
    let refused = hand::cbor(&map([("Refused", map([("code", code.code().into())]))]));
    assert_eq!(*Reply::Refused { code }.encode(), refused);
    drawn.concat() + &item(&refused, &[("", "a whole reply")])
}

/// What is made by hand opens by the code that ships, to what was put in.
#[test]
fn the_sealed_example_opens_and_its_reply_reaches_the_caller() {
    let sealed = sealed();
    let configuration = configuration();
    assert_eq!(envelope::key_id(&sealed.bytes), Ok(configuration.key_id));
    let opened = open(
        &enclave_key(),
        &configuration,
        &configuration.digest(),
        &sealed.bytes,
    )
    .expect("authentic");
    let content = opened.content.expect("well-formed");
    assert_eq!(*content.body.expose_secret(), body());
    assert_eq!(*request().encode().expect("plain"), body());
    assert_eq!(content.binding, binding(&sealed.enc));
    let Proof::Registered { signature, .. } = content.proof else {
        unreachable!("sealed so")
    };
    assert_eq!(
        proof::verify(&caller().key().public_key(), &content.binding, &signature),
        Ok(())
    );
    assert_eq!(*signature, proof::sign(&caller().key(), &content.binding));

    // The code's own reply has random bytes of its own; by hand, the rest follows from them.
    let reply = opened.reply.seal(RequestId(ID), &answered());
    let random = reply.first_chunk().expect("32 bytes stand in front");
    assert_eq!(reply, sealed_reply(&sealed, random, &answered().encode()));
    let opener = || {
        let exported = Secret::new(sealed.exported);
        ReplyOpener::new(exported, sha256(&[&sealed.bytes]), RequestId(ID))
    };
    let by_hand = sealed_reply(&sealed, &hand::counting(0xc0), &answered().encode());
    let opened = opener().open(&by_hand).expect("authentic");
    assert_eq!(opened.encode(), answered().encode());
}

#[test]
fn the_examples_of_request_and_reply_are_what_the_code_makes() {
    let sealed = sealed();
    let notes = &[
        ("", "COSE_Encrypt0, without a tag"),
        ("0", "CBOR: protected header"),
        ("0./#1", "alg"),
        ("0./1", "X-Wing, HKDF-SHA256, AES-256-GCM"),
        ("0./#4", "kid"),
        ("0./4", "key id, read by the parent"),
        ("1", "unprotected header"),
        ("1/#-4", "ek"),
        ("1/-4", "the encapsulated key"),
        ("2", "ciphertext and tag"),
    ];
    let reply_notes = &[("Done/items/1/outcome/Error", "the code of this item")];
    let aad_notes = &[("1", "protected header"), ("2", "no external data")];
    let examples = [
        ("request", item(&body(), BODY_NOTES)),
        ("signed", drawn_digest(&sealed)),
        ("padded", drawn_padding(&sealed.inside)),
        ("proofs", drawn_proofs(&sealed)),
        ("aad", item(&sealed.aad, aad_notes)),
        ("sealed-request", item(&sealed.bytes, notes)),
        ("reply", item(&answered().encode(), reply_notes)),
        ("outcomes", drawn_outcomes()),
        (
            "reply-aad",
            item(
                &direction(&sealed.bytes),
                &[
                    ("1", "request id; zeros when it could not be read"),
                    ("2", "SHA-256(sealed request)"),
                ],
            ),
        ),
        ("sealed-reply", drawn_reply(&sealed)),
    ];
    assert_eq!(sealed.protected.len(), 25);
    super::hold_examples("protocol/request.md", &examples);
}

pub(super) fn vectors() -> Vec<Vector> {
    let sealed = sealed();
    let mut randomness = [0; 64];
    let Ok(()) = Counting(0).try_fill_bytes(&mut randomness);
    let reply = sealed_reply(&sealed, &hand::counting(0xc0), &answered().encode());
    vec![
        ("caller_ed25519_seed", [0x11; 32].to_vec()),
        ("encapsulation_randomness", randomness.to_vec()),
        ("request", body()),
        ("proof_digest", binding(&sealed.enc).to_vec()),
        ("request_plaintext", padded(&sealed.inside)),
        ("sealed_request", sealed.bytes.clone()),
        ("exported", sealed.exported.to_vec()),
        ("reply", answered().encode().to_vec()),
        ("sealed_reply", reply),
    ]
}
