//! Evidence of others, of another time, for another purpose, and none at all.

use std::sync::{Arc, Mutex};

use vouchsafe_client::CallError;
use vouchsafe_common::{
    UnixMillis,
    attestation::AttestationError,
    envelope::{self, Answer, AnswerBody, Evidence, Query, QueryBody, RefusedCode},
    key_configuration::{KeyConfiguration, KeyId, evidence_user_data, kms_user_data},
};
use vouchsafe_mock::nsm::Faults;
use vouchsafe_tests::{
    Deployment,
    forge::{Fields, Measured, stolen_seat},
    interceptor::Meddler,
    wire,
};

use super::{behave, good, meddle, on_evidence, outcome, refused};

/// The code with which a new client refuses to attest.
async fn refusal(deployment: &Deployment) -> String {
    let attested = deployment.client().attest().await;
    attested.expect_err("it attested").code().to_owned()
}

async fn assert_attests(deployment: &Deployment) {
    behave(deployment);
    assert_eq!(outcome(&deployment.client()).await, good());
}

/// What an enclave puts into a document for a caller.
fn for_callers(configuration: &[u8], nonce: [u8; 32]) -> Fields {
    Fields {
        user_data: Some(evidence_user_data(configuration).to_vec()),
        nonce: Some(nonce.to_vec()),
        public_key: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_of_another_installation_is_refused_by_its_root() {
    let (deployment, other) = tokio::join!(Deployment::intercepted(), Deployment::start());
    let forger = Measured::honest(&deployment).boot(&other);
    let theirs = other.evidence(&[0; 32]).await.key_configuration;
    let forge = move |nonce, _| Evidence {
        document: forger.document(for_callers(&theirs, nonce)),
        key_configuration: theirs.clone(),
    };
    meddle(&deployment, on_evidence(forge));
    assert_eq!(refusal(&deployment).await, "root_not_pinned");
    assert_attests(&deployment).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_of_another_boot_never_makes_the_first_enclave_open_anything() {
    let deployment = Deployment::intercepted().await;
    let _second = deployment.another_enclave("second").await;
    let socket = deployment.directory().join("second.sock");
    let of_second = move |nonce: [u8; 32]| {
        let nonce = nonce.into();
        match wire::ask(&socket, QueryBody::Evidence { nonce }) {
            AnswerBody::Evidence(evidence) => evidence,
            other => panic!("{other:?}"),
        }
    };
    let keys = of_second([0; 32]).key_configuration;
    let swap_keys = move |_, evidence: Evidence| Evidence {
        key_configuration: keys.clone(),
        ..evidence
    };
    meddle(&deployment, on_evidence(swap_keys));
    assert_eq!(refusal(&deployment).await, "user_data");

    let ask = of_second.clone();
    let swap_document = move |nonce, evidence: Evidence| Evidence {
        document: ask(nonce).document,
        ..evidence
    };
    meddle(&deployment, on_evidence(swap_document));
    assert_eq!(refusal(&deployment).await, "user_data");

    // The whole of it is true, so the client seals to the second; the first has not that key.
    meddle(&deployment, on_evidence(move |nonce, _| of_second(nonce)));
    let client = deployment.client();
    assert_eq!(outcome(&client).await, refused("unknown_key"));
    assert_attests(&deployment).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_over_an_older_nonce_is_refused() {
    let deployment = Deployment::intercepted().await;
    let older = deployment.evidence(&[7; 32]).await;
    meddle(&deployment, on_evidence(move |_, _| older.clone()));
    assert_eq!(refusal(&deployment).await, "nonce");
    assert_attests(&deployment).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enclave_that_measures_otherwise_is_refused_whatever_it_says() {
    type Change = fn(&mut Measured);
    let deployment = Deployment::intercepted().await;
    let honest = deployment.verified().await.key_configuration().clone();
    let differs = |index| Some(AttestationError::PcrMismatch { index });
    let cases: [(_, Change); 5] = [
        (differs(0), |measured| measured.executable.push(0)),
        (differs(16), |measured| measured.anchor.push(b' ')),
        (differs(17), |measured| measured.bundle.push(0)),
        (Some(AttestationError::TooOld), |measured| {
            measured.late_ms = 301_000;
        }),
        // Measures the same, so this one shows that the others are refused for what they measure.
        (None, |_| {}),
    ];
    for (expected, change) in cases {
        let mut measured = Measured::honest(&deployment);
        change(&mut measured);
        let forger = measured.boot(&deployment);
        let keys = stolen_seat(&honest).encode();
        let forge = move |nonce, _| Evidence {
            document: forger.document(for_callers(&keys, nonce)),
            key_configuration: keys.clone().into(),
        };
        meddle(&deployment, on_evidence(forge));
        let refused = match deployment.client().attest().await {
            Ok(()) => None,
            Err(CallError::Evidence(error)) => Some(error),
            Err(other) => panic!("{other}"),
        };
        assert_eq!(refused, expected);
    }
    assert_attests(&deployment).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_configuration_that_the_parent_rewrote_is_refused() {
    type Change = fn(&mut KeyConfiguration);
    let deployment = Deployment::intercepted().await;
    let cases: [Change; 5] = [
        |keys| *keys = stolen_seat(keys),
        |keys| keys.boot_id[0] ^= 1,
        |keys| keys.audit_key[0] ^= 1,
        |keys| keys.bundle_digest[0] ^= 1,
        |keys| keys.not_after = UnixMillis(keys.not_after.0 + 1),
    ];
    for (index, change) in cases.into_iter().enumerate() {
        let rewrite = move |_, evidence: Evidence| {
            let mut keys = KeyConfiguration::decode(&evidence.key_configuration).unwrap();
            change(&mut keys);
            Evidence {
                key_configuration: keys.encode().into(),
                ..evidence
            }
        };
        meddle(&deployment, on_evidence(rewrite));
        assert_eq!(refusal(&deployment).await, "user_data", "case {index}");
    }
    assert_attests(&deployment).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_made_for_kms_is_none_for_callers() {
    let deployment = Deployment::intercepted().await;
    // The SubjectPublicKeyInfo of an RSA key is longer; callers refuse any.
    let public_key = Some(vec![0x30; 294]);
    let kms = || Some(kms_user_data().to_vec());
    for (code, with_nonce, public_key) in [
        // As an enclave makes it.
        ("nonce", false, public_key.clone()),
        // As no enclave makes it.
        ("public_key_present", true, public_key),
        ("user_data", true, None),
    ] {
        let forger = Measured::honest(&deployment).boot(&deployment);
        let forge = move |nonce: [u8; 32], evidence: Evidence| Evidence {
            document: forger.document(Fields {
                user_data: kms(),
                nonce: with_nonce.then(|| nonce.to_vec()),
                public_key: public_key.clone(),
            }),
            ..evidence
        };
        meddle(&deployment, on_evidence(forge));
        assert_eq!(refusal(&deployment).await, code);
    }
    assert_attests(&deployment).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_altered_cut_or_left_out_is_refused() {
    type Change = fn(&mut Vec<u8>);
    let deployment = Deployment::intercepted().await;
    let cases: [(&str, Change); 4] = [
        ("document_signature", |bytes| {
            *bytes.last_mut().unwrap() ^= 1;
        }),
        ("cbor_truncated", |bytes| bytes.truncate(bytes.len() / 2)),
        ("cbor_trailing_bytes", |bytes| bytes.push(0)),
        ("document_size", Vec::clear),
    ];
    for (code, change) in cases {
        let alter = move |_, evidence: Evidence| {
            let mut document = evidence.document.into_vec();
            change(&mut document);
            Evidence {
                document: document.into(),
                ..evidence
            }
        };
        meddle(&deployment, on_evidence(alter));
        assert_eq!(refusal(&deployment).await, code);
    }
    assert_attests(&deployment).await;
}

/// Says that each key is unknown, offers evidence with a key of the parent's, and writes down which
/// keys requests are sealed to.
struct Thief {
    keys: Vec<u8>,
    sealed_to: Arc<Mutex<Vec<KeyId>>>,
}

impl Meddler for Thief {
    fn query(&mut self, frame: Vec<u8>) -> Option<Vec<u8>> {
        if let QueryBody::Process { sealed } = Query::decode(&frame).unwrap().body {
            let key = envelope::key_id(&sealed).unwrap();
            self.sealed_to.lock().unwrap().push(key);
        }
        Some(frame)
    }

    fn answer(&mut self, _: &[u8], frame: Vec<u8>) -> Option<Vec<u8>> {
        let body = match Answer::decode(&frame).unwrap().body {
            AnswerBody::Reply { .. } => AnswerBody::Refused {
                code: RefusedCode::UnknownKey,
            },
            AnswerBody::Evidence(evidence) => AnswerBody::Evidence(Evidence {
                key_configuration: self.keys.clone().into(),
                ..evidence
            }),
            other => other,
        };
        Some(Answer::new(body).encode())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_that_comes_with_an_unknown_key_is_verified_like_any_other() {
    let deployment = Deployment::intercepted().await;
    let honest = deployment.verified().await.key_configuration().clone();
    let client = deployment.client();
    client.attest().await.unwrap();
    let sealed_to = Arc::new(Mutex::new(Vec::new()));
    let thief = Thief {
        keys: stolen_seat(&honest).encode(),
        sealed_to: Arc::clone(&sealed_to),
    };
    meddle(&deployment, thief);
    assert_eq!(outcome(&client).await, refused("user_data"));
    assert_eq!(*sealed_to.lock().unwrap(), [honest.key_id]);
    behave(&deployment);
    assert_eq!(outcome(&client).await, good());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enclave_in_debug_mode_or_under_another_root_is_sent_nothing() {
    let deployment = Deployment::intercepted().await;
    let honest = deployment.verified().await.key_configuration().clone();
    let debug = Faults {
        debug_mode: true,
        ..Faults::default()
    };
    let other_root = Faults {
        wrong_root: true,
        ..Faults::default()
    };
    for (faults, code) in [(debug, "debug_mode"), (other_root, "root_not_pinned")] {
        // Such an enclave does not start; this one leaves the check out, as its owner could.
        let measured = Measured {
            faults,
            ..Measured::honest(&deployment)
        };
        let forger = measured.boot(&deployment);
        let keys = honest.encode();
        let forge = move |nonce, _| Evidence {
            document: forger.document(for_callers(&keys, nonce)),
            key_configuration: keys.clone().into(),
        };
        meddle(&deployment, on_evidence(forge));
        assert_eq!(refusal(&deployment).await, code);
        assert_eq!(outcome(&deployment.client()).await, refused(code));
    }
    assert_attests(&deployment).await;
}
