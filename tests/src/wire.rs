//! The protocol by hand: what a client of ours never sends, sealed and opened from the bytes up.
//!
//! A [`Draft`] seals any plaintext to an enclave with `hpke` and `coset` alone, and a [`Sent`] opens
//! any number of replies to it with `ring` alone, so these tests share neither the project's sealing
//! nor its opening. [`ask`] speaks to an enclave's socket as a parent does.

use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
    path::Path,
};

use coset::{
    CborSerializable, CoseEncrypt0Builder, HeaderBuilder, RegisteredLabelWithPrivate,
    cbor::Value as Cbor,
};
use hpke::{
    Deserializable, OpModeS, Serializable,
    aead::{AeadCtxS, AesGcm256},
    kdf::HkdfSha256,
    kem::XWing,
    setup_sender,
};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    hkdf,
};
use serde_json::Value;
use vouchsafe_common::{
    Secret,
    attestation::{Challenge, IssuerCache, MockEnclave, verify_mock},
    digest::sha256,
    envelope::{Answer, AnswerBody, Evidence, Query, QueryBody},
    hpke::Credentials,
    key_configuration::KeyConfiguration,
    message::{Item, Parameters, Reply, Request, RequestId},
    proof::{self, CallerKey},
    reply::ReplyOpener,
};

use crate::deployment::{DATASET, Deployment, TENANT, now};

/// What the parent answers to a sealed request: the reply, or the status and the problem's code.
pub type Answered = Result<Vec<u8>, (u16, String)>;

impl Deployment {
    /// Evidence over a nonce, as the parent hands it over.
    pub async fn evidence(&self, nonce: &[u8; 32]) -> Evidence {
        let url = format!("{}/v1/evidence?nonce={}", self.url, hex::encode(nonce));
        let answer = reqwest::get(url).await.unwrap();
        assert_eq!(answer.status(), 200);
        Evidence::decode(&answer.bytes().await.unwrap()).unwrap()
    }

    /// The enclave, verified as a client does it.
    pub async fn verified(&self) -> MockEnclave {
        let challenge = Challenge::draw(now());
        let evidence = self.evidence(challenge.nonce()).await;
        let (pinned, issuers) = (self.expectations().into(), &mut IssuerCache::default());
        verify_mock(&evidence, &pinned, challenge, now(), issuers, &self.root()).unwrap()
    }

    /// Seals a request as `crm` with the project's own code, to be sent by whoever gets hold of it.
    pub fn seal(&self, enclave: &MockEnclave, request: &Request) -> (Vec<u8>, ReplyOpener) {
        let key = self.caller_key();
        let credentials = Credentials::Registered {
            caller: "crm",
            key: &key,
        };
        vouchsafe_common::hpke::seal(enclave, request, &credentials).unwrap()
    }

    /// Posts bytes as a sealed request.
    pub async fn post(&self, sealed: &[u8]) -> Answered {
        post(&self.url, sealed).await
    }
}

/// Posts bytes as a sealed request to the parent at `url`.
pub async fn post(url: &str, sealed: &[u8]) -> Answered {
    let answer = reqwest::Client::new()
        .post(format!("{url}/v1/process"))
        .header(
            "content-type",
            "application/cose; cose-type=\"cose-encrypt0\"",
        )
        .body(sealed.to_vec())
        .send()
        .await
        .unwrap();
    let status = answer.status().as_u16();
    let body = answer.bytes().await.unwrap().to_vec();
    if status == 200 {
        return Ok(body);
    }
    let problem: Value = serde_json::from_slice(&body).unwrap();
    Err((status, problem["code"].as_str().unwrap().to_owned()))
}

/// A refusal of the parent's, to compare with.
pub fn refused(status: u16, code: &str) -> Answered {
    Err((status, code.to_owned()))
}

/// One exchange with an enclave at its socket. Waits on the thread: a [`crate::interceptor::Meddler`]
/// asks too, and has no future to wait in.
pub fn ask(socket: &Path, body: QueryBody) -> AnswerBody {
    exchange(&mut UnixStream::connect(socket).unwrap(), body)
}

/// One exchange on a connection to an enclave, which serves for others afterwards.
pub fn exchange(stream: &mut UnixStream, body: QueryBody) -> AnswerBody {
    let frame = Query::new(body).encode();
    let length = u32::try_from(frame.len()).unwrap();
    stream.write_all(&length.to_be_bytes()).unwrap();
    stream.write_all(&frame).unwrap();
    let mut length = [0; 4];
    stream.read_exact(&mut length).unwrap();
    let length = u32::from_be_bytes(length);
    let mut frame = vec![0; usize::try_from(length).unwrap()];
    stream.read_exact(&mut frame).unwrap();
    Answer::decode(&frame).unwrap().body
}

/// A request of now under an id of its own, for the tests' tenant, dataset and purpose.
pub fn request(operation: &str, parameters: &Value, items: Vec<Item>) -> Request {
    Request {
        id: RequestId(random()),
        issued_at: now(),
        purpose: "test".into(),
        tenant: TENANT.into(),
        dataset: DATASET.into(),
        operation: operation.into(),
        parameters: Parameters::from_json(parameters).unwrap(),
        items,
    }
}

/// A request whose key is agreed and whose content is still to be written.
pub struct Draft {
    context: AeadCtxS<AesGcm256, HkdfSha256, XWing>,
    encapsulated: Vec<u8>,
    configuration: KeyConfiguration,
}

impl Draft {
    /// A draft to the key of a configuration.
    pub fn to(configuration: &KeyConfiguration) -> Self {
        let public = Deserializable::from_bytes(&*configuration.hpke_public_key).unwrap();
        let info = configuration.digest();
        let (encapsulated, context) =
            setup_sender::<AesGcm256, HkdfSha256, XWing>(&OpModeS::Base, &public, &info).unwrap();
        Self {
            context,
            encapsulated: encapsulated.to_bytes().to_vec(),
            configuration: configuration.clone(),
        }
    }

    /// A registered caller's proof over `body` in this very request.
    pub fn registered(&self, caller: &str, key: &CallerKey, body: &[u8]) -> Cbor {
        let binding = proof::binding(&self.encapsulated, &self.configuration.digest(), body);
        registered(caller, proof::sign(key, &binding))
    }

    /// Seals a body with a proof.
    pub fn seal(self, body: &[u8], proof: Cbor) -> Sent {
        let body = Cbor::Bytes(body.to_vec());
        self.seal_inside(&bytes_of(&map([("body", body), ("proof", proof)])))
    }

    /// Seals what takes the place of body and proof.
    pub fn seal_inside(self, inside: &[u8]) -> Sent {
        let padded = vouchsafe_common::padding::pad(inside).unwrap();
        self.seal_padded(&padded)
    }

    /// Seals what takes the place of the padded message.
    pub fn seal_padded(mut self, padded: &[u8]) -> Sent {
        const ALG: i64 = -65_701;
        const HEADER_EK: i64 = -4;
        let protected = HeaderBuilder::new()
            .algorithm_label(RegisteredLabelWithPrivate::PrivateUse(ALG))
            .key_id(self.configuration.key_id.0.to_vec());
        let ek = Cbor::Bytes(self.encapsulated.clone());
        let bytes = CoseEncrypt0Builder::new()
            .protected(protected.build())
            .unprotected(HeaderBuilder::new().value(HEADER_EK, ek).build())
            .create_ciphertext(padded, &[], |plaintext, aad| {
                self.context.seal(plaintext, aad).unwrap()
            })
            .build()
            .to_vec()
            .unwrap();
        let mut exported = [0; 32];
        self.context
            .export(b"vouchsafe/reply/v1", &mut exported)
            .unwrap();
        Sent {
            exported: Secret::new(exported),
            bytes,
        }
    }
}

/// A registered caller's proof with a signature from anywhere.
pub fn registered(caller: &str, signature: Vec<u8>) -> Cbor {
    let caller = Cbor::Text(caller.to_owned());
    let members = map([("caller", caller), ("signature", Cbor::Bytes(signature))]);
    map([("Registered", members)])
}

/// A request on its way, which opens its replies as often as they come.
pub struct Sent {
    /// The exporter secret of the request, from which the reply's key is made.
    pub exported: Secret<[u8; 32]>,
    /// The sealed request.
    pub bytes: Vec<u8>,
}

impl Sent {
    /// Key and nonce of a reply, 44 bytes.
    pub fn key_and_nonce(&self, reply: &[u8]) -> [u8; 44] {
        struct Length(usize);
        impl hkdf::KeyType for Length {
            fn len(&self) -> usize {
                self.0
            }
        }
        let salt = [&sha256(&[&self.bytes]), &reply[..32]].concat();
        let secret = hkdf::Salt::new(hkdf::HKDF_SHA256, &salt)
            .extract(self.exported.expose_secret().as_slice());
        let mut made = [0; 44];
        let (key, nonce) = made.split_at_mut(32);
        for (label, out) in [
            ("vouchsafe/reply/v1/key", key),
            ("vouchsafe/reply/v1/nonce", nonce),
        ] {
            let info = [label.as_bytes()];
            let okm = secret.expand(&info, Length(out.len())).unwrap();
            okm.fill(out).unwrap();
        }
        made
    }

    /// Opens a reply to the request of this id.
    pub fn open(&self, id: RequestId, reply: &[u8]) -> Reply {
        let made = self.key_and_nonce(reply);
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &made[..32]).unwrap());
        let nonce = Nonce::try_assume_unique_for_key(&made[32..]).unwrap();
        let direction = Cbor::Array(vec![
            Cbor::Text("vouchsafe/reply/v1".into()),
            Cbor::Bytes(id.0.to_vec()),
            Cbor::Bytes(sha256(&[&self.bytes]).to_vec()),
        ]);
        let mut sealed = reply[32..].to_vec();
        let padded = key
            .open_in_place(nonce, Aad::from(bytes_of(&direction)), &mut sealed)
            .unwrap();
        let length = u32::from_be_bytes(*padded.first_chunk().unwrap());
        let message = &padded[4..][..usize::try_from(length).unwrap()];
        Reply::decode(message).unwrap()
    }
}

/// A map with text keys, in this order.
pub fn map<const N: usize>(members: [(&str, Cbor); N]) -> Cbor {
    let entry = |(name, value): (&str, Cbor)| (Cbor::Text(name.to_owned()), value);
    Cbor::Map(members.into_iter().map(entry).collect())
}

/// The bytes of a value.
pub fn bytes_of(value: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    coset::cbor::ser::into_writer(value, &mut bytes).unwrap();
    bytes
}

/// Random bytes of the system's.
pub fn random<const N: usize>() -> [u8; N] {
    let random = ring::rand::SystemRandom::new();
    let mut bytes = [0; N];
    ring::rand::SecureRandom::fill(&random, &mut bytes).unwrap();
    bytes
}
