use proptest::prelude::*;
use serde_bytes::ByteArray;

use super::*;
use crate::{
    UnixMillis,
    message::{Item, Parameters, Refusal, Reply},
    reply::ReplyError,
};

struct Enclave {
    key: HpkeKey,
    configuration: KeyConfiguration,
}

impl Enclave {
    fn for_test() -> Self {
        let key = HpkeKey::generate();
        let configuration = KeyConfiguration {
            hpke_public_key: ByteArray::new(*key.public_key()),
            key_id: KeyId::of_public_key(key.public_key()),
            ..KeyConfiguration::for_test()
        };
        Self { key, configuration }
    }

    fn open(&self, sealed: &[u8]) -> Result<Opened, OpenError> {
        open(
            &self.key,
            &self.configuration,
            &self.configuration.digest(),
            sealed,
        )
    }
}

fn request(items: Vec<Item>) -> Request {
    Request {
        id: RequestId([5; 16]),
        issued_at: UnixMillis(1),
        purpose: "test".into(),
        tenant: "acme".into(),
        dataset: "customers".into(),
        operation: "mask".into(),
        parameters: Parameters::none(),
        items,
    }
}

fn sealed(enclave: &Enclave) -> (Vec<u8>, ReplyOpener) {
    let key = CallerKey::generate_ed25519();
    let credentials = Credentials::Registered {
        caller: "crm",
        key: &key,
    };
    seal_to(&enclave.configuration, &request(vec![]), &credentials).expect("a small request")
}

const REFUSED: Reply = Reply::Refused {
    code: Refusal::NotPermitted,
};

#[test]
fn a_request_opens_to_the_body_and_proof_that_were_sealed() {
    let enclave = Enclave::for_test();
    let key = CallerKey::generate_ed25519();
    let credentials = Credentials::Registered {
        caller: "crm",
        key: &key,
    };
    let request = request(vec![]);
    let (sealed, _) = seal_to(&enclave.configuration, &request, &credentials).expect("small");

    let content = enclave
        .open(&sealed)
        .expect("authentic")
        .content
        .expect("well-formed");
    assert_eq!(
        *content.body.expose_secret(),
        *request.encode().expect("plain")
    );
    let Proof::Registered { caller, signature } = content.proof else {
        unreachable!("sealed so")
    };
    assert_eq!(caller, "crm");
    assert_eq!(
        proof::verify(&key.public_key(), &content.binding, &signature),
        Ok(())
    );
}

#[test]
fn a_reply_reaches_the_caller_that_asked() {
    let enclave = Enclave::for_test();
    let (sealed, opener) = sealed(&enclave);
    let reply = enclave
        .open(&sealed)
        .expect("authentic")
        .reply
        .seal(RequestId([5; 16]), &REFUSED);
    assert!(matches!(
        opener.open(&reply),
        Ok(Reply::Refused {
            code: Refusal::NotPermitted
        })
    ));
}

#[test]
fn a_reply_to_another_request_does_not_open() {
    let enclave = Enclave::for_test();
    let (first, opener) = sealed(&enclave);
    let (second, other_opener) = sealed(&enclave);
    let reply = |sealed: &[u8]| {
        enclave
            .open(sealed)
            .expect("authentic")
            .reply
            .seal(RequestId([5; 16]), &REFUSED)
    };
    assert_eq!(
        opener.open(&reply(&second)).err(),
        Some(ReplyError::NotAuthentic)
    );
    assert_eq!(
        other_opener.open(&reply(&first)).err(),
        Some(ReplyError::NotAuthentic)
    );
}

#[test]
fn two_replies_to_one_request_share_no_key() {
    let enclave = Enclave::for_test();
    let (sealed, _) = sealed(&enclave);
    let reply = || {
        enclave
            .open(&sealed)
            .expect("authentic")
            .reply
            .seal(RequestId([5; 16]), &REFUSED)
    };
    let (first, second) = (reply(), reply());
    assert_ne!(first[..32], second[..32]);
    assert_ne!(first[32..], second[32..]);
}

#[test]
fn a_request_to_another_enclave_is_refused_as_unknown_key() {
    let (sealed, _) = sealed(&Enclave::for_test());
    assert_eq!(
        Enclave::for_test().open(&sealed).err(),
        Some(OpenError::UnknownKey)
    );
}

#[test]
fn a_request_under_another_key_configuration_is_not_authentic() {
    let mut enclave = Enclave::for_test();
    let (sealed, _) = sealed(&enclave);
    enclave.configuration.bundle_digest = [9; 48];
    assert_eq!(enclave.open(&sealed).err(), Some(OpenError::NotAuthentic));
}

#[test]
fn a_request_altered_on_the_way_does_not_open() {
    let enclave = Enclave::for_test();
    let (sealed, _) = sealed(&enclave);
    for position in 0..sealed.len() {
        let mut altered = sealed.clone();
        altered[position] ^= 0x01;
        assert!(enclave.open(&altered).is_err(), "byte {position}");
    }
}

#[test]
fn a_request_cut_at_any_length_is_malformed() {
    let enclave = Enclave::for_test();
    let (sealed, _) = sealed(&enclave);
    for length in 0..sealed.len() {
        assert_eq!(
            enclave.open(&sealed[..length]).err(),
            Some(OpenError::Malformed)
        );
    }
}

#[test]
fn a_request_over_the_limit_is_refused_on_both_sides() {
    let enclave = Enclave::for_test();
    assert_eq!(
        enclave.open(&vec![0; MAX_SEALED_REQUEST_BYTES + 1]).err(),
        Some(OpenError::TooLong)
    );
    let key = CallerKey::generate_ed25519();
    let credentials = Credentials::Registered {
        caller: "crm",
        key: &key,
    };
    let body = vec![0; MAX_SEALED_REQUEST_BYTES];
    let sealed = seal_body(
        &enclave.configuration,
        &body,
        RequestId([5; 16]),
        &credentials,
    );
    assert_eq!(sealed.err(), Some(SealError::TooLong));
}

#[test]
fn a_plaintext_that_is_no_request_still_gives_a_reply_key() {
    let enclave = Enclave::for_test();
    let public = <XWing as hpke::Kem>::PublicKey::from_bytes(enclave.key.public_key())
        .expect("it was just made");
    let digest = enclave.configuration.digest();
    let (enc, mut context) =
        setup_sender::<AesGcm256, HkdfSha256, XWing>(&OpModeS::Base, &public, &digest)
            .expect("a good key");
    let sealed = CoseEncrypt0Builder::new()
        .protected(protected_header(enclave.configuration.key_id))
        .unprotected(
            HeaderBuilder::new()
                .value(HEADER_EK, Value::Bytes(enc.to_bytes().to_vec()))
                .build(),
        )
        .create_ciphertext(b"not padded", &[], |plaintext, aad| {
            context.seal(plaintext, aad).expect("one message")
        })
        .build()
        .to_vec()
        .expect("encodes");
    let opened = enclave.open(&sealed).expect("authentic");
    assert!(opened.content.is_none());
    let secret = exported(|label, out| context.export(label, out));
    let opener = ReplyOpener::new(secret, sha256(&[&sealed]), RequestId([6; 16]));
    let refused = Reply::Refused {
        code: Refusal::Malformed,
    };
    let reply = opened.reply.seal(RequestId::UNKNOWN, &refused);
    assert!(matches!(
        opener.open(&reply),
        Ok(Reply::Refused {
            code: Refusal::Malformed
        })
    ));
}

#[test]
fn requests_of_similar_size_have_the_same_length() {
    let enclave = Enclave::for_test();
    let length = |text: &str| {
        let input = crate::message::Input::Text(Secret::new(text.to_owned()));
        let item = Item {
            reference: "r".into(),
            input,
            other: None,
        };
        let key = CallerKey::generate_ed25519();
        let credentials = Credentials::Registered {
            caller: "crm",
            key: &key,
        };
        seal_to(&enclave.configuration, &request(vec![item]), &credentials)
            .expect("small")
            .0
            .len()
    };
    assert_eq!(length("4111 1111 1111 1111"), length("4111 1111 1111 11"));
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_refused_and_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let enclave = Enclave { key: HpkeKey::generate(), configuration: KeyConfiguration::for_test() };
        prop_assert!(enclave.open(&bytes).is_err());
    }
}
