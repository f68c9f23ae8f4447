//! What travels or rests sealed: requests, replies, records.
//!
//! Encryption would stop a fuzzer at the first byte, so input that is a message is sealed first,
//! to an enclave whose evidence was verified under a mock's root, and must come out as it went in.
//! Any other input is taken for sealed bytes and must open nothing.

use std::sync::LazyLock;

use aws_nitro_enclaves_nsm_api::api::{Request as NsmRequest, Response as NsmResponse};
use serde_bytes::{ByteArray, ByteBuf};
use vouchsafe_common::attestation::{
    Challenge, Expectations, IssuerCache, MockEnclave, Pinned, verify_mock,
};
use vouchsafe_common::digest::sha384;
use vouchsafe_common::envelope::{self, Evidence};
use vouchsafe_common::hpke::{self, Credentials, HpkeKey, OpenError, Opened};
use vouchsafe_common::key_configuration::{KeyConfiguration, KeyId, evidence_user_data};
use vouchsafe_common::message::{Parameters, Reply, Request, RequestId};
use vouchsafe_common::proof::CallerKey;
use vouchsafe_common::record::{Place, SealedRecord};
use vouchsafe_common::reply::ReplyOpener;
use vouchsafe_common::{Secret, UnixMillis, limits};
use vouchsafe_mock::measure::{self, Measurements};
use vouchsafe_mock::nsm::SoftwareNsm;
use vouchsafe_mock::pki::Pki;

/// 2026-06-01T12:00:00Z.
const NOW: UnixMillis = UnixMillis(1_780_315_200_000);

/// An enclave, as itself and as its caller knows it.
struct Scene {
    key: HpkeKey,
    enclave: MockEnclave,
    caller: CallerKey,
}

static SCENE: LazyLock<Scene> = LazyLock::new(Scene::new);

impl Scene {
    fn new() -> Self {
        let key = HpkeKey::generate();
        let measured = Measurements::new(b"executable", b"anchor", Some(b"bundle"));
        let bundle_digest = measured.bundle_digest.expect("a bundle was measured");
        let configuration = KeyConfiguration {
            hpke_public_key: ByteArray::new(*key.public_key()),
            key_id: KeyId::of_public_key(key.public_key()),
            bundle_digest,
            ..KeyConfiguration::for_test()
        };
        let nsm = SoftwareNsm::new(Pki::generate(NOW), &measure::at_boot(b"executable"))
            .with_clock(Box::new(|| NOW));
        for (index, measured) in [(16, sha384(&[b"anchor"])), (17, bundle_digest)] {
            nsm.process(NsmRequest::ExtendPCR {
                index,
                data: measured.to_vec(),
            });
        }
        nsm.process(NsmRequest::LockPCRs { range: 32 });
        let challenge = Challenge::draw(NOW);
        let answer = nsm.process(NsmRequest::Attestation {
            user_data: Some(ByteBuf::from(evidence_user_data(&configuration.encode()))),
            nonce: Some(ByteBuf::from(challenge.nonce())),
            public_key: None,
        });
        let NsmResponse::Attestation { document } = answer else {
            unreachable!("a mock without faults attests")
        };
        let evidence = Evidence {
            document: document.into(),
            key_configuration: configuration.encode().into(),
        };
        let pinned = Pinned::from(Expectations {
            pcr0: measured.pcrs[&0],
            pcr1: measured.pcrs[&1],
            pcr2: measured.pcrs[&2],
            pcr16: measured.pcrs[&16],
            pcr8: None,
            bundle_digest,
        });
        let root = nsm.pki().root_fingerprint();
        let issuers = &mut IssuerCache::default();
        let verified = verify_mock(&evidence, &pinned, challenge, NOW, issuers, &root);
        Self {
            key,
            enclave: verified.expect("the evidence is of this enclave"),
            caller: CallerKey::generate_ed25519(),
        }
    }

    fn seal(&self, request: &Request) -> (Vec<u8>, ReplyOpener) {
        let credentials = Credentials::Registered {
            caller: "crm",
            key: &self.caller,
        };
        hpke::seal(&self.enclave, request, &credentials).expect("the request is short")
    }

    fn open(&self, sealed: &[u8]) -> Result<Opened, OpenError> {
        let configuration = self.enclave.key_configuration();
        hpke::open(&self.key, configuration, &configuration.digest(), sealed)
    }
}

fn plain_request() -> Request {
    Request {
        id: RequestId([1; 16]),
        issued_at: NOW,
        purpose: "support".into(),
        tenant: "acme".into(),
        dataset: "customers".into(),
        operation: "detect".into(),
        parameters: Parameters::none(),
        items: Vec::new(),
    }
}

/// A sealed request: routed by its head, opened by the enclave.
pub fn sealed_request(bytes: &[u8]) -> bool {
    let scene = &*SCENE;
    if let Ok(request) = Request::decode(bytes) {
        let (sealed, _) = scene.seal(&request);
        assert_eq!(
            envelope::key_id(&sealed),
            Ok(scene.enclave.key_configuration().key_id)
        );
        let content = scene.open(&sealed).expect("it was just sealed").content;
        assert_eq!(
            content.expect("it is a request").body.expose_secret(),
            bytes
        );
        return true;
    }
    let routed = envelope::key_id(bytes);
    let refused = scene.open(bytes).expect_err("nobody sealed it");
    // Whatever the enclave reads a key from, the parent routes by it.
    assert!(refused == OpenError::Malformed || routed.is_ok());
    routed.is_ok()
}

/// A sealed reply: opened by the caller whose request it answers.
pub fn sealed_reply(bytes: &[u8]) -> bool {
    let scene = &*SCENE;
    let request = plain_request();
    let (sealed, opener) = scene.seal(&request);
    let Ok(reply) = Reply::decode(bytes) else {
        assert!(opener.open(bytes).is_err());
        return false;
    };
    let sealer = scene.open(&sealed).expect("it was just sealed").reply;
    let opened = opener.open(&sealer.seal(request.id, &reply));
    assert_eq!(
        opened.expect("it answers this request").encode().as_slice(),
        bytes
    );
    true
}

/// A reply as the caller reads it once it is open.
pub fn reply(bytes: &[u8]) -> bool {
    Reply::decode(bytes)
        .map(|reply| assert_eq!(reply.encode().as_slice(), bytes))
        .is_ok()
}

/// A sealed record: what the parser takes is within bounds and opens under no other key.
pub fn record(bytes: &[u8]) -> bool {
    let Ok(record) = SealedRecord::parse(bytes) else {
        return false;
    };
    assert!((1..=limits::MAX_WRAPPED_KEY_BYTES).contains(&record.wrapped_key().len()));
    assert!(record.key_arn().len() <= limits::MAX_NAME_BYTES);
    let place = Place {
        tenant: "acme",
        dataset: "customers",
        field: "ssn",
        record_id: "1",
    };
    assert!(
        record
            .open(Secret::new([0; 32]).expose_secret(), &place)
            .is_err()
    );
    true
}
