//! The cryptography of one request and nothing else, in a loop, by the functions that the enclave
//! calls: HPKE open, proof verification, record open, reply seal.
//!
//! Each of them brings the reading and writing of its own structure (COSE, padding, CBOR); reading
//! the request itself, policy, replay window, KMS and all of the PII engine are left out. The loop
//! runs on as many threads as the enclave has workers, because processors that share a core or a
//! cache are slower together, for the loop as for the enclave.

use std::{io, time::Instant};

use aws_nitro_enclaves_nsm_api::api::{Request as NsmRequest, Response as NsmResponse};
use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, ByteBuf};
use vouchsafe_client::{MockRoot, Root};
use vouchsafe_common::{
    Epoch, Secret,
    attestation::{Challenge, Expectations, IssuerCache, Mock, Pcr, Pinned, Trusted},
    digest::{Sha384Digest, sha384},
    envelope::Evidence,
    hpke::{self, Credentials, HpkeKey},
    key_configuration::{
        AEAD_AES_256_GCM, KDF_HKDF_SHA256, KEM_X_WING, KeyConfiguration, KeyId, PROTOCOL_VERSION,
        evidence_user_data,
    },
    message::{ItemResult, Outcome, Parameters, Reply, Request, RequestId},
    proof::{self, CallerKey, CallerPublicKey, Proof},
    record::{DataKey, Place, SealedRecord},
};
use vouchsafe_mock::{install, measure::at_boot, nsm::SoftwareNsm, pki::Pki};

use super::{RECORD_BYTES, read_line, write_line};
use crate::deployment;

/// Requests that the loop goes through again and again.
const DISTINCT: usize = 64;
/// Stands for the trust anchor, which nobody reads here.
const ANCHOR: &[u8] = b"no trust anchor";
/// Requests that are timed part by part.
const TIMED: usize = 500;

const PLACE: Place<'_> = Place {
    tenant: deployment::TENANT,
    dataset: deployment::DATASET,
    field: "note",
    record_id: "1",
};

/// One question.
#[derive(Serialize, Deserialize)]
pub(super) enum Ask {
    /// Run so many requests through the loop.
    Run { requests: usize },
    /// Time the parts on one thread.
    Parts,
}

/// Median time of each part of one request, microseconds.
#[allow(clippy::struct_field_names, reason = "a unit belongs into the name")]
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Parts {
    /// X-Wing decapsulation, AES-256-GCM, COSE, padding and the CBOR around body and proof.
    pub hpke_open_us: f64,
    /// Ed25519 over the binding.
    pub proof_verify_us: f64,
    /// AES-256-GCM, COSE and the record's AAD.
    pub record_open_us: f64,
    /// HKDF, AES-256-GCM, padding and the reply's CBOR.
    pub reply_seal_us: f64,
}

/// Plays the loop.
pub(super) fn main() -> io::Result<()> {
    let Some(_) = read_line::<serde_json::Value>()? else {
        return Ok(());
    };
    let fixture = Fixture::new();
    write_line(&"ready")?;
    while let Some(ask) = read_line()? {
        match ask {
            Ask::Run { requests } => {
                fixture.run(requests);
                write_line(&requests)?;
            }
            Ask::Parts => write_line(&fixture.parts())?,
        }
    }
    Ok(())
}

struct Fixture {
    key: HpkeKey,
    configuration: KeyConfiguration,
    digest: Sha384Digest,
    caller: CallerPublicKey,
    data_key: [u8; 32],
    records: Vec<Vec<u8>>,
    sealed: Vec<Vec<u8>>,
    reply: Reply,
}

impl Fixture {
    fn new() -> Self {
        let key = HpkeKey::generate();
        let configuration = KeyConfiguration {
            version: PROTOCOL_VERSION,
            boot_id: [1; 16],
            kem: KEM_X_WING,
            kdf: KDF_HKDF_SHA256,
            aead: AEAD_AES_256_GCM,
            hpke_public_key: ByteArray::new(*key.public_key()),
            key_id: KeyId::of_public_key(key.public_key()),
            audit_key: [2; 32],
            bundle_digest: [3; 48],
            not_after: deployment::now().plus(std::time::Duration::from_hours(1)),
        };
        let enclave = attested(&configuration);
        let caller = CallerKey::generate_ed25519();
        let data_key = [4; 32];
        let arn = "arn:aws:kms:eu-west-1:222222222222:key/00000000-1111-2222-3333-444444444444";
        let writer = DataKey::new(&Secret::new(data_key), &[5; 184], arn, Epoch(1)).unwrap();
        let credentials = Credentials::Registered {
            caller: "crm",
            key: &caller,
        };
        let value = "x".repeat(RECORD_BYTES);
        let record = |_| writer.seal(&PLACE, value.as_bytes()).unwrap();
        let records: Vec<_> = (0..DISTINCT).map(record).collect();
        let seal = |record: &Vec<u8>| {
            let request = request(record.clone());
            hpke::seal(&enclave, &request, &credentials).unwrap().0
        };
        let outcome = Outcome::Text(Secret::new("*".repeat(RECORD_BYTES)));
        Self {
            sealed: records.iter().map(seal).collect(),
            records,
            digest: configuration.digest(),
            configuration,
            key,
            caller: caller.public_key(),
            data_key,
            reply: Reply::Done {
                items: vec![ItemResult {
                    reference: "1/note".into(),
                    outcome,
                }],
            },
        }
    }

    fn run(&self, requests: usize) {
        let threads = std::thread::available_parallelism().unwrap().get();
        std::thread::scope(|scope| {
            for place in 0..threads {
                scope.spawn(move || {
                    for number in (place..requests).step_by(threads) {
                        self.one(number, &mut |_| {});
                    }
                });
            }
        });
    }

    fn parts(&self) -> Parts {
        let mut times = [const { Vec::new() }; 4];
        for number in 0..TIMED {
            let mut last = Instant::now();
            self.one(number, &mut |part: usize| {
                times[part].push(last.elapsed());
                last = Instant::now();
            });
        }
        let [hpke_open_us, proof_verify_us, record_open_us, reply_seal_us] =
            times.map(|mut times| {
                times.sort_unstable();
                times[times.len() / 2].as_secs_f64() * 1e6
            });
        Parts {
            hpke_open_us,
            proof_verify_us,
            record_open_us,
            reply_seal_us,
        }
    }

    /// One request; `done` hears of each part as it ends.
    fn one(&self, number: usize, done: &mut impl FnMut(usize)) {
        let sealed = &self.sealed[number % DISTINCT];
        let opened = hpke::open(&self.key, &self.configuration, &self.digest, sealed).unwrap();
        let content = opened.content.unwrap();
        done(0);
        let Proof::Registered { signature, .. } = &content.proof else {
            unreachable!("that is how it was sealed")
        };
        proof::verify(&self.caller, &content.binding, signature).unwrap();
        done(1);
        // Finding the record in the request is not cryptography, so it lies ready.
        let record = SealedRecord::parse(&self.records[number % DISTINCT]).unwrap();
        let opened_record = record.open(&self.data_key, &PLACE).unwrap();
        assert_eq!(opened_record.expose_secret().len(), RECORD_BYTES);
        done(2);
        let id = RequestId([9; 16]);
        std::hint::black_box(opened.reply.seal(id, &self.reply));
        done(3);
    }
}

fn request(record: Vec<u8>) -> Request {
    Request {
        id: RequestId([9; 16]),
        issued_at: deployment::now(),
        purpose: "test".into(),
        tenant: deployment::TENANT.into(),
        dataset: deployment::DATASET.into(),
        operation: "mask".into(),
        parameters: Parameters::from_json(&serde_json::json!({"keep_last": 4})).unwrap(),
        items: vec![deployment::sealed_record("note", "1", record)],
    }
}

/// A configuration as a verified enclave's, so that requests can be sealed to it.
fn attested(configuration: &KeyConfiguration) -> Trusted<Mock> {
    let state = tempfile::tempdir().unwrap();
    let now = std::time::SystemTime::now();
    install::init(state.path(), "eu-west-1", now).unwrap();
    let pki = Pki::load(state.path()).unwrap();
    let registers = at_boot(b"the loop");
    let nsm = SoftwareNsm::new(pki, &registers);
    for (index, digest) in [(16, sha384(&[ANCHOR])), (17, configuration.bundle_digest)] {
        let data = digest.to_vec();
        nsm.process(NsmRequest::ExtendPCR { index, data });
    }
    // A document shows only registers that are locked.
    nsm.process(NsmRequest::LockPCRs { range: 32 });
    let encoded = configuration.encode();
    let now = deployment::now();
    let challenge = Challenge::draw(now);
    let asked = NsmRequest::Attestation {
        user_data: Some(ByteBuf::from(evidence_user_data(&encoded))),
        nonce: Some(ByteBuf::from(challenge.nonce())),
        public_key: None,
    };
    let NsmResponse::Attestation { document } = nsm.process(asked) else {
        unreachable!("no fault is set")
    };
    let pinned = Pinned::from(Expectations {
        pcr0: registers[0].1,
        pcr1: registers[1].1,
        pcr2: registers[2].1,
        pcr16: Pcr::measure(ANCHOR),
        pcr8: None,
        bundle_digest: configuration.bundle_digest,
    });
    let evidence = Evidence {
        document: ByteBuf::from(document),
        key_configuration: ByteBuf::from(encoded),
    };
    let root = std::fs::read(state.path().join("nsm/root.der")).unwrap();
    MockRoot::of_der(&root)
        .verify(
            &evidence,
            &pinned,
            challenge,
            now,
            &mut IssuerCache::default(),
        )
        .unwrap()
}
