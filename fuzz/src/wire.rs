//! What travels in clear: frames, our CBOR, envelopes, egress, proofs, the header of a trace.
//!
//! Every message of ours has one encoding, so whatever decodes must encode to the bytes it came
//! from. That is asserted here by the types' own `encode`, beside the check inside the decoder.

use std::sync::LazyLock;
use std::time::Duration;

use vouchsafe_common::cbor::{self, Bounds};
use vouchsafe_common::egress::{EgressAnswer, EgressQuery};
use vouchsafe_common::envelope::{Answer, Evidence, Query};
use vouchsafe_common::key_configuration::KeyConfiguration;
use vouchsafe_common::message::{Parameters, Request};
use vouchsafe_common::padding;
use vouchsafe_common::proof::{self, CallerKey, Proof};
use vouchsafe_enclave::operation::Job;
use vouchsafe_enclave::transport;
use vouchsafe_pii::Engine;

/// Longest frame of the target; real bounds are larger and would only cost memory here.
const MAX_BYTES: usize = 64 * 1024;

/// A stream, read by enclave and parent: both see the same frame or none.
pub fn frame(stream: &[u8]) -> bool {
    static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
        let built = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        built.expect("a runtime without sockets starts")
    });
    let minute = Duration::from_mins(1);
    RUNTIME.block_on(async {
        let enclave = transport::read_frame(&mut &*stream, MAX_BYTES, minute, minute).await;
        let parent = vouchsafe_parent::transport::read_frame(&mut &*stream, MAX_BYTES).await;
        let enclave = enclave.ok().flatten();
        assert_eq!(enclave, parent.ok());
        if let Some(bytes) = &enclave {
            assert_eq!(stream.get(4..4 + bytes.len()), Some(&bytes[..]));
        }
        enclave.is_some()
    })
}

/// Any value of our profile of CBOR. What we take, another reader takes too.
pub fn cbor(bytes: &[u8]) -> bool {
    let bounds = Bounds::new(MAX_BYTES, 4096);
    let Ok(value) = cbor::decode::<Parameters>(bytes, bounds) else {
        return false;
    };
    assert_eq!(cbor::encode(&value).as_deref(), Ok(bytes));
    assert!(coset::cbor::de::from_reader::<coset::cbor::Value, _>(bytes).is_ok());
    true
}

/// Question, answer and evidence.
pub fn envelope(bytes: &[u8]) -> bool {
    let query = Query::decode(bytes).map(|query| assert_eq!(query.encode(), bytes));
    let answer = Answer::decode(bytes).map(|answer| assert_eq!(answer.encode(), bytes));
    let evidence = Evidence::decode(bytes).map(|evidence| assert_eq!(evidence.encode(), bytes));
    query.is_ok() || answer.is_ok() || evidence.is_ok()
}

/// What an enclave asks of its parent, and what comes back.
pub fn egress(bytes: &[u8]) -> bool {
    let query = EgressQuery::decode(bytes).map(|query| assert_eq!(query.encode(), bytes));
    let answer = EgressAnswer::decode(bytes).map(|answer| assert_eq!(&*answer.encode(), bytes));
    query.is_ok() || answer.is_ok()
}

/// The keys that evidence vouches for.
pub fn key_configuration(bytes: &[u8]) -> bool {
    KeyConfiguration::decode(bytes)
        .map(|configuration| assert_eq!(configuration.encode(), bytes))
        .is_ok()
}

/// A request as the enclave reads it once it is open, padded or not, and the parameters in it.
pub fn request(bytes: &[u8]) -> bool {
    static ENGINE: LazyLock<Engine> = LazyLock::new(Engine::new);
    let bytes = padding::unpad(bytes).unwrap_or(bytes);
    let Ok(request) = Request::decode(bytes) else {
        return false;
    };
    assert_eq!(request.encode().as_deref().map(Vec::as_slice), Ok(bytes));
    Job::read(&request, &ENGINE).is_ok()
}

/// Who sent a request, and the COSE_Sign1 that proves it: of other bytes than the key's own
/// signature nothing is a proof.
pub fn proof(bytes: &[u8]) -> bool {
    static SIGNED: LazyLock<(CallerKey, [u8; 48], Vec<u8>)> = LazyLock::new(|| {
        let key = CallerKey::generate_ed25519();
        let binding = proof::binding(b"enc", &[1; 48], b"body");
        let signature = proof::sign(&key, &binding);
        (key, binding, signature)
    });
    let (key, binding, signature) = &*SIGNED;
    let verified = proof::verify(&key.public_key(), binding, bytes);
    assert_eq!(verified.is_ok(), bytes == signature);
    cbor::decode::<Proof>(bytes, Bounds::new(MAX_BYTES, 8))
        .map(|proof| assert_eq!(cbor::encode(&proof).as_deref(), Ok(bytes)))
        .is_ok()
}

/// The header `traceparent`, of which two ids go into the parent's log.
pub fn trace_context(header: &[u8]) -> bool {
    let Some((trace, parent)) = vouchsafe_parent::trace::trace_ids(header) else {
        return false;
    };
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    assert!(plain(trace) && plain(parent) && (trace.len(), parent.len()) == (32, 16));
    true
}
