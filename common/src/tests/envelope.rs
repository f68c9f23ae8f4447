//! Between parent and enclave: frames, questions and answers, and the way out.

use coset::cbor::Value;
use serde_bytes::{ByteArray, ByteBuf};

use super::{annotate::Drawing, annotate::Notes, annotate::item, hand, hand::bytes, hand::map};
use crate::{
    Secret, UnixMillis,
    egress::{AwsCredentials, BootMaterial, EgressAnswer, EgressQuery, EgressRefusal},
    envelope::{Answer, AnswerBody, Evidence, Query, QueryBody, RefusedCode, Status},
    frame,
    key_configuration::KeyId,
    limits::MAX_FRAME_BYTES,
};

const NONCE: Notes<'_> = &[("body/Evidence/nonce", "the verifier's")];
const SEALED: Notes<'_> = &[("body/Process/sealed", "COSE_Encrypt0, shortened here")];
const REPLY: Notes<'_> = &[("body/Reply/sealed", "the sealed reply, shortened here")];
const EVIDENCE: Notes<'_> = &[
    ("body/Evidence/document", "COSE_Sign1, shortened here"),
    ("body/Evidence/key_configuration", "CBOR, shortened here"),
];

fn envelope(body: Value) -> Vec<u8> {
    hand::cbor(&map([("version", 1.into()), ("body", body)]))
}

/// The drawing of a question that reads and writes as the code has it.
fn query(by_hand: Value, body: QueryBody, notes: Notes<'_>) -> String {
    let encoded = envelope(by_hand);
    let query = Query::new(body);
    assert_eq!(query.encode(), encoded);
    assert_eq!(Query::decode(&encoded), Ok(query));
    item(&encoded, notes)
}

/// The same of an answer.
fn answer(by_hand: Value, body: AnswerBody, notes: Notes<'_>) -> String {
    let encoded = envelope(by_hand);
    let answer = Answer::new(body);
    assert_eq!(answer.encode(), encoded);
    assert_eq!(Answer::decode(&encoded), Ok(answer));
    item(&encoded, notes)
}

fn frame_of_a_question() -> String {
    let message = envelope("Status".into());
    let length = message.len();
    let head = frame::head(length, MAX_FRAME_BYTES).expect("it is short");
    assert_eq!(head, [0, 0, 0, 22]);
    assert_eq!(frame::length(head, MAX_FRAME_BYTES), Ok(length));
    assert_eq!(Query::decode(&message), Ok(Query::new(QueryBody::Status)));
    let mut drawing = Drawing::default();
    drawing.raw(0, &head, "length of the message, 22");
    drawing.cbor(
        0,
        &message,
        &[("version", "of the envelope"), ("body", "the question")],
    );
    drawing.of(&[head.as_slice(), &message].concat())
}

fn questions() -> Vec<(&'static str, String)> {
    let nonce = hand::counting(0x40);
    let sealed = [0x83, 0x58, 0x19, 0xa2];
    let of_evidence = map([("Evidence", map([("nonce", bytes(&nonce))]))]);
    let of_process = map([("Process", map([("sealed", bytes(&sealed))]))]);
    let nonce = ByteArray::new(nonce);
    let sealed = ByteBuf::from(sealed);
    vec![
        ("frame", frame_of_a_question()),
        (
            "query-evidence",
            query(of_evidence, QueryBody::Evidence { nonce }, NONCE),
        ),
        (
            "query-process",
            query(of_process, QueryBody::Process { sealed }, SEALED),
        ),
    ]
}

fn answers() -> Vec<(&'static str, String)> {
    let (document, configuration) = ([0x84, 0x44, 0xa1, 0x01], [0xaa, 0x67, 0x76, 0x65]);
    let inside = map([
        ("document", bytes(&document)),
        ("key_configuration", bytes(&configuration)),
    ]);
    let evidence = Evidence {
        document: ByteBuf::from(document),
        key_configuration: ByteBuf::from(configuration),
    };
    // The body of GET /v1/evidence is what stands under "Evidence" here, by itself.
    assert_eq!(evidence.encode(), hand::cbor(&inside));
    assert_eq!(Evidence::decode(&hand::cbor(&inside)), Ok(evidence.clone()));

    let reply = hand::counting::<4>(0xc0);
    let (key_id, boot_id) = (hand::counting(0x90), hand::counting(0x10));
    let status = Status {
        key_id: KeyId(key_id),
        boot_id,
    };
    let of_status = map([("key_id", bytes(&key_id)), ("boot_id", bytes(&boot_id))]);
    let code = RefusedCode::UnknownKey;
    let of_refused = map([("Refused", map([("code", code.code().into())]))]);
    let sealed = ByteBuf::from(reply);
    let of_reply = map([("Reply", map([("sealed", bytes(&reply))]))]);
    vec![
        (
            "answer-evidence",
            answer(
                map([("Evidence", inside)]),
                AnswerBody::Evidence(evidence),
                EVIDENCE,
            ),
        ),
        (
            "answer-reply",
            answer(of_reply, AnswerBody::Reply { sealed }, REPLY),
        ),
        (
            "answer-status",
            answer(
                map([("Status", of_status)]),
                AnswerBody::Status(status),
                &[],
            ),
        ),
        (
            "answer-refused",
            answer(of_refused, AnswerBody::Refused { code }, &[]),
        ),
    ]
}

fn egress_query(by_hand: &Value, query: &EgressQuery) -> String {
    let encoded = hand::cbor(by_hand);
    assert_eq!(query.encode(), encoded);
    assert_eq!(EgressQuery::decode(&encoded).as_ref(), Ok(query));
    item(&encoded, &[])
}

fn egress_answer(by_hand: &Value, answer: &EgressAnswer, notes: Notes<'_>) -> String {
    let encoded = hand::cbor(by_hand);
    assert_eq!(*answer.encode(), encoded);
    let again = EgressAnswer::decode(&encoded).expect("it was just encoded");
    assert_eq!(*again.encode(), encoded);
    item(&encoded, notes)
}

fn way_out() -> Vec<(&'static str, String)> {
    let host = "kms.eu-central-1.amazonaws.com";
    let of_connect = map([("host", host.into()), ("port", 443.into())]);
    let connect = EgressQuery::Connect {
        host: host.into(),
        port: 443,
    };
    let credentials = EgressAnswer::Credentials(AwsCredentials {
        access_key_id: "ASIAEXAMPLE".into(),
        secret_access_key: Secret::new("not-a-secret".into()),
        session_token: Some(Secret::new("not-a-token".into())),
        expires_at: Some(UnixMillis(1_790_003_600_000)),
    });
    let of_credentials = map([
        ("access_key_id", "ASIAEXAMPLE".into()),
        ("secret_access_key", "not-a-secret".into()),
        ("session_token", "not-a-token".into()),
        ("expires_at", 1_790_003_600_000_u64.into()),
    ]);
    let parts = [[0x7b; 4], [0x84; 4], [0x01; 4]];
    let boot = EgressAnswer::Boot(BootMaterial {
        trust_anchor: ByteBuf::from(parts[0]),
        bundle: ByteBuf::from(parts[1]),
        roots: vec![ByteBuf::from(parts[2])],
    });
    let of_boot = map([
        ("trust_anchor", bytes(&parts[0])),
        ("bundle", bytes(&parts[1])),
        ("roots", Value::Array(vec![bytes(&parts[2])])),
    ]);
    let code = EgressRefusal::NotAllowed;
    let of_refused = map([("code", "not_allowed".into())]);
    vec![
        (
            "egress-connect",
            egress_query(&map([("Connect", of_connect)]), &connect),
        ),
        (
            "egress-others",
            egress_query(&"Credentials".into(), &EgressQuery::Credentials)
                + &egress_query(&"Boot".into(), &EgressQuery::Boot),
        ),
        (
            "egress-connected",
            egress_answer(&"Connected".into(), &EgressAnswer::Connected, &[]),
        ),
        (
            "egress-credentials",
            egress_answer(
                &map([("Credentials", of_credentials)]),
                &credentials,
                &[
                    ("Credentials/session_token", "or null"),
                    ("Credentials/expires_at", "milliseconds, or null"),
                ],
            ),
        ),
        (
            "egress-boot",
            egress_answer(
                &map([("Boot", of_boot)]),
                &boot,
                &[
                    ("Boot/trust_anchor", "JSON, shortened here"),
                    ("Boot/bundle", "COSE_Sign1, shortened here"),
                    ("Boot/roots", "at most 64"),
                    ("Boot/roots/0", "a ciphertext of KMS, shortened here"),
                ],
            ),
        ),
        (
            "egress-refused",
            egress_answer(
                &map([("Refused", of_refused)]),
                &EgressAnswer::Refused { code },
                &[],
            ),
        ),
    ]
}

#[test]
fn the_examples_of_the_envelope_are_what_the_code_makes() {
    let all = [questions(), answers(), way_out()].concat();
    super::hold_examples("protocol/envelope.md", &all);
}
