//! What documents that lie about their size make the verifier take of memory.

use coset::cbor::Value;
use vouchsafe_common::UnixMillis;
use vouchsafe_common::attestation::{
    AttestationError as E, IssuerCache, MAX_DOCUMENT_BYTES, MAX_PAYLOAD_BYTES, RootFingerprint,
    authenticate,
};

const REAL: &[u8] = include_bytes!("vectors/attestation/2025-indefinite-map.cbor");
const REAL_AT: UnixMillis = UnixMillis(1_762_795_210_812);

/// What a verification came to, and how many bytes it held at most.
fn look(document: &[u8]) -> (Result<(), E>, u64) {
    let mut outcome = Ok(());
    let memory = allocation_counter::measure(|| {
        let mut issuers = IssuerCache::default();
        let root = RootFingerprint::AWS_NITRO_G1;
        outcome = authenticate(document, &root, REAL_AT, &mut issuers).map(drop);
    });
    (outcome, memory.bytes_max)
}

/// A document of good form around any payload.
fn around(payload: Vec<u8>) -> Vec<u8> {
    let protected = vec![0xa1, 0x01, 0x38, 0x22];
    let parts: [Value; 4] = [
        protected.into(),
        Value::Map(vec![]),
        payload.into(),
        vec![0; 96].into(),
    ];
    let mut document = Vec::new();
    coset::cbor::ser::into_writer(&Value::Array(parts.into()), &mut document)
        .expect("memory takes what is written");
    document
}

#[test]
fn a_length_that_lies_takes_no_memory() {
    let lies: [(&[u8], E); 9] = [
        (b"\x5b\x7f\xff\xff\xff\xff\xff\xff\xff", E::CborTruncated),
        (b"\x5b\x80\x00\x00\x00\x00\x00\x00\x00", E::CborTruncated),
        (b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff", E::CborTruncated),
        (b"\x5a\x40\x00\x00\x00", E::CborTruncated),
        (b"\x7a\xff\xff\xff\xff", E::CborTruncated),
        (b"\x98\x40", E::CborTruncated),
        (b"\x9a\xff\xff\xff\xff", E::CborTooManyItems),
        (b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff", E::CborTooManyItems),
        (b"\xbb\x80\x00\x00\x00\x00\x00\x00\x00", E::CborTooManyItems),
    ];
    for (lie, refused) in lies {
        let (outcome, bytes) = look(lie);
        assert_eq!((outcome, bytes), (Err(refused), 0), "{lie:x?}");
        // As payload, and as each part of the structure around it.
        for place in 0..4 {
            let document = [&[0x84][..], &[0x40][..].repeat(place), lie].concat();
            assert_eq!(look(&document), (Err(refused), 0), "{lie:x?} at {place}");
        }
        // Within a payload, of which the decoder of COSE keeps a copy.
        let document = around([b"\xa1\x65nonce", lie].concat());
        let (outcome, bytes) = look(&document);
        assert_eq!(outcome, Err(refused), "{lie:x?} in the payload");
        assert!(bytes <= 4096, "{bytes} bytes for {lie:x?}");
    }
}

#[test]
fn no_document_takes_more_than_256_kib() {
    const LIMIT: u64 = 256 * 1024;
    // Arrays of 30 arrays of 64 numbers, as many as fit: each number takes 32 bytes decoded.
    let crowd = |bytes: usize| {
        let numbers = [&[0x98, 64], &[0; 64][..]].concat();
        let arrays = [vec![0x98, 30], numbers.repeat(30)].concat();
        let count = bytes / arrays.len();
        let head = match u8::try_from(count).expect("at most 33") {
            few @ ..24 => vec![0x80 + few],
            count => vec![0x98, count],
        };
        [head, arrays.repeat(count)].concat()
    };
    let (real, most) = look(REAL);
    assert_eq!(real, Ok(()));
    assert!(most <= LIMIT, "{most} bytes for a real document");
    for (document, refused) in [
        (vec![0xff; 1 << 20], E::DocumentSize { bytes: 1 << 20 }),
        (vec![0x81; MAX_DOCUMENT_BYTES], E::CborTooDeep),
        (vec![0x00; MAX_DOCUMENT_BYTES], E::CborTrailingBytes),
        (crowd(MAX_DOCUMENT_BYTES - 2), E::CborTooManyItems),
        (
            around([&[0xa1, 0x60], &crowd(MAX_PAYLOAD_BYTES - 10)[..]].concat()),
            E::CborTooManyItems,
        ),
        (around(vec![0x81; MAX_PAYLOAD_BYTES]), E::CborTooDeep),
        (
            around(vec![0; MAX_DOCUMENT_BYTES - 200]),
            E::PayloadSize {
                bytes: MAX_DOCUMENT_BYTES - 200,
            },
        ),
    ] {
        let (outcome, bytes) = look(&document);
        assert_eq!(outcome, Err(refused));
        assert!(bytes <= LIMIT, "{bytes} bytes for {refused}");
    }
}

#[test]
fn what_is_too_long_or_too_deep_takes_no_memory_at_all() {
    for document in [
        vec![0x84; 1 << 20],
        vec![0x81; MAX_DOCUMENT_BYTES],
        [vec![0x98, 0x40], vec![0x00; 300]].concat(),
    ] {
        assert_eq!(look(&document).1, 0);
    }
}
