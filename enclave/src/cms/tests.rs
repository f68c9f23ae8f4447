#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::path::{Path, PathBuf};

use aws_lc_rs::cipher::{EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPublicEncryptingKey,
    PublicEncryptingKey,
};
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::boot::Seeded;

const CONTENT_KEY: [u8; 32] = [0x42; 32];
const IV: [u8; 16] = [0x24; 16];
const VERSION_2: [u8; 3] = [0x02, 0x01, 0x02];

/// Builds envelopes, valid unless a test changes a part.
struct Builder {
    recipient: Vec<u8>,
    encrypted_key: Vec<u8>,
    content: Vec<u8>,
    iv: [u8; 16],
    recipients: usize,
    chunk_bytes: usize,
    version: u8,
    originator: bool,
    recipient_info: Option<Vec<u8>>,
}

impl Builder {
    fn for_test(key: &RecipientKey, plaintext: &[u8]) -> Self {
        Self {
            recipient: key.id().to_vec(),
            encrypted_key: wrap(key, &CONTENT_KEY),
            content: encrypt(plaintext),
            iv: IV,
            recipients: 1,
            chunk_bytes: 1000,
            version: 2,
            originator: false,
            recipient_info: None,
        }
    }

    /// The recipient, its key encoded already.
    fn recipient_with(&self, encrypted_key: &[u8]) -> Vec<u8> {
        let oaep = hex::decode(concat!(
            "303c06092a864886f70d010107302fa00f300d06096086480165030402010500",
            "a11c301a06092a864886f70d010108300d06096086480165030402010500"
        ))
        .unwrap();
        let id = tlv(0x80, &self.recipient);
        tlv(0x30, &[&VERSION_2, &id[..], &oaep, encrypted_key].concat())
    }

    fn build(&self) -> Vec<u8> {
        let oid_data = hex::decode("06092a864886f70d010701").unwrap();
        let oid_enveloped = hex::decode("06092a864886f70d010703").unwrap();
        let recipient = self.recipient_with(&tlv(0x04, &self.encrypted_key));
        let recipient = self.recipient_info.clone().unwrap_or(recipient);
        let cipher = [
            &hex::decode("301d060960864801650304012a0410").unwrap()[..],
            &self.iv,
        ]
        .concat();
        let chunks: Vec<u8> = self
            .content
            .chunks(self.chunk_bytes)
            .flat_map(|chunk| tlv(0x04, chunk))
            .collect();
        let content = indefinite(0xa0, &chunks);
        let originator: &[u8] = if self.originator { &[0xa0, 0x00] } else { &[] };
        let enveloped = [
            &[0x02, 0x01, self.version],
            originator,
            &tlv(0x31, &recipient.repeat(self.recipients)),
            &indefinite(0x30, &[&oid_data[..], &cipher, &content].concat()),
        ]
        .concat();
        indefinite(
            0x30,
            &[
                oid_enveloped,
                indefinite(0xa0, &indefinite(0x30, &enveloped)),
            ]
            .concat(),
        )
    }
}

fn tlv(identifier: u8, contents: &[u8]) -> Vec<u8> {
    let length = u16::try_from(contents.len()).unwrap().to_be_bytes();
    [&[identifier, 0x82], &length[..], contents].concat()
}

fn indefinite(identifier: u8, contents: &[u8]) -> Vec<u8> {
    [&[identifier, 0x80], contents, &[0, 0]].concat()
}

fn wrap(key: &RecipientKey, content_key: &[u8]) -> Vec<u8> {
    wrap_by(key, &OAEP_SHA256_MGF1SHA256, content_key, None)
}

fn wrap_by(
    key: &RecipientKey,
    algorithm: &'static OaepAlgorithm,
    content_key: &[u8],
    label: Option<&[u8]>,
) -> Vec<u8> {
    let public = PublicEncryptingKey::from_der(key.public_key()).unwrap();
    let public = OaepPublicEncryptingKey::new(public).unwrap();
    let mut out = vec![0; public.ciphertext_size()];
    public
        .encrypt(algorithm, content_key, &mut out, label)
        .unwrap();
    out
}

fn encrypt(plaintext: &[u8]) -> Vec<u8> {
    let key = UnboundCipherKey::new(&AES_256, &CONTENT_KEY).unwrap();
    let mut content = plaintext.to_vec();
    PaddedBlockEncryptingKey::cbc_pkcs7(key)
        .unwrap()
        .less_safe_encrypt(
            &mut content,
            EncryptionContext::Iv128(FixedLength::from(IV)),
        )
        .unwrap();
    content
}

fn vectors(folder: &str) -> Option<(PathBuf, Value)> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/vectors")).join(folder);
    let Ok(index) = std::fs::read(path.join("index.json")) else {
        println!("skipped: no vectors in {folder}");
        return None;
    };
    Some((path, serde_json::from_slice(&index).unwrap()))
}

#[test]
fn real_replies_of_kms_are_read_and_those_with_a_key_open() {
    let Some((path, index)) = vectors("kms-cms") else {
        return;
    };
    let (mut parsed, mut opened) = (0, 0);
    for case in index.as_array().unwrap() {
        let file = case["file"].as_str().unwrap();
        let bytes = std::fs::read(path.join(file)).unwrap();
        let envelope = Envelope::decode(&bytes);
        assert!(envelope.is_ok(), "{file}: {envelope:?}");
        parsed += 1;
        if let Some(plaintext) = case["plaintext_hex"].as_str() {
            let key = path.join(file.replace(".ber", ".key.pk8.der"));
            let key = RecipientKey::from_pkcs8_for_test(&std::fs::read(key).unwrap()).unwrap();
            let out = open(&bytes, &key).unwrap();
            assert_eq!(hex::encode(out.expose_secret()), plaintext, "{file}");
            opened += 1;
        }
    }
    assert_eq!((parsed, opened), (4, 2));
}

#[test]
fn altered_replies_are_decided_as_the_corpus_says() {
    let Some((path, index)) = vectors("kms-cms-negative") else {
        return;
    };
    let key = std::fs::read(path.join("key.pk8.der")).unwrap();
    let key = RecipientKey::from_pkcs8_for_test(&key).unwrap();
    let (mut accepted, mut rejected) = (0, 0);
    for case in index["cases"].as_array().unwrap() {
        let (id, why) = (case["id"].as_str().unwrap(), case["why"].as_str().unwrap());
        let bytes = std::fs::read(path.join(case["file"].as_str().unwrap())).unwrap();
        let outcome = open(&bytes, &key);
        if case["expect"] == "accept" {
            let plaintext = hex::encode(outcome.unwrap().expose_secret());
            assert_eq!(Some(&plaintext[..]), case["plaintext_hex"].as_str(), "{id}");
            accepted += 1;
        } else {
            let error = outcome.expect_err(why);
            let in_cryptography = case["reference_reason"] == "decrypt";
            assert_eq!(
                error == CmsError::Decrypt,
                in_cryptography,
                "{id}: {error:?}"
            );
            rejected += 1;
        }
    }
    assert_eq!((accepted, rejected), (4, 21));
}

/// Why the enclave takes envelopes from nobody but KMS over a line of its own.
#[test]
fn one_byte_of_the_iv_flips_one_byte_of_the_plaintext_and_nothing_notices() {
    let key = RecipientKey::generate(Seeded::for_test()).unwrap();
    let mut envelope = Builder::for_test(&key, b"Hello, World");
    envelope.iv[0] ^= b'H' ^ b'J';
    let out = open(&envelope.build(), &key).unwrap();
    assert_eq!(out.expose_secret(), b"Jello, World");
    // Nor does an envelope say who made it: this one is whole, and ours.
    let made = open(&Builder::for_test(&key, b"known to all").build(), &key).unwrap();
    assert_eq!(made.expose_secret(), b"known to all");
}

#[test]
fn a_real_reply_of_kms_is_as_malleable() {
    let Some((path, _)) = vectors("kms-cms") else {
        return;
    };
    let stem = path.join("enclaver-decrypt-hello-world");
    let key = std::fs::read(stem.with_extension("key.pk8.der")).unwrap();
    let key = RecipientKey::from_pkcs8_for_test(&key).unwrap();
    let mut bytes = std::fs::read(stem.with_extension("ber")).unwrap();
    let iv = Envelope::decode(&bytes).unwrap().iv;
    let at = bytes.windows(16).position(|window| window == iv).unwrap();
    bytes[at] ^= b'H' ^ b'J';
    assert_eq!(open(&bytes, &key).unwrap().expose_secret(), b"Jello, World");
}

#[test]
fn content_in_many_segments_is_joined() {
    let key = RecipientKey::generate(Seeded::for_test()).unwrap();
    let plaintext = [0x17; 4096];
    for chunk_bytes in [16, 1000, 4112] {
        let mut builder = Builder::for_test(&key, &plaintext);
        builder.chunk_bytes = chunk_bytes;
        let out = open(&builder.build(), &key).unwrap();
        assert_eq!(out.expose_secret(), &plaintext);
    }
}

#[test]
fn every_length_from_nothing_to_two_blocks_unpads_to_itself() {
    let key = RecipientKey::generate(Seeded::for_test()).unwrap();
    for length in 0..=32 {
        let plaintext = vec![0x61; length];
        let out = open(&Builder::for_test(&key, &plaintext).build(), &key).unwrap();
        assert_eq!(*out.expose_secret(), plaintext);
    }
}

#[test]
fn every_fault_of_form_has_its_own_variant() {
    let key = RecipientKey::generate(Seeded::for_test()).unwrap();
    let case = |change: fn(&mut Builder), expected: CmsError| {
        let mut builder = Builder::for_test(&key, b"data key");
        change(&mut builder);
        assert_eq!(open(&builder.build(), &key).unwrap_err(), expected);
        assert_eq!(expected.code(), "cms_invalid");
    };
    case(|b| b.version = 0, CmsError::Version);
    case(|b| b.originator = true, CmsError::UnexpectedField);
    case(|b| b.recipients = 0, CmsError::Recipients { count: 0 });
    // Two that are equal are still two.
    case(|b| b.recipients = 2, CmsError::Recipients { count: 2 });
    case(|b| b.recipient[0] ^= 1, CmsError::ForeignRecipient);
    case(|b| b.recipient.truncate(20), CmsError::ForeignRecipient);
    case(
        |b| b.encrypted_key.push(0),
        CmsError::KeyLength { bytes: 257 },
    );
    case(|b| b.content.push(0), CmsError::ContentLength { bytes: 17 });
    case(|b| b.content.clear(), CmsError::ContentLength { bytes: 0 });
    case(
        |b| b.content = vec![0; 4128],
        CmsError::ContentLength { bytes: 4128 },
    );
    assert_eq!(open(&[], &key).unwrap_err(), CmsError::Size { bytes: 0 });
    let long = [0; MAX_ENVELOPE_BYTES + 1];
    assert_eq!(
        open(&long, &key).unwrap_err(),
        CmsError::Size { bytes: long.len() }
    );
    assert_eq!(open(&[0x30, 0x80], &key).unwrap_err(), CmsError::Ber);
    assert_eq!(
        open(&[0x30, 0x00], &key).unwrap_err(),
        CmsError::NotEnvelopedData
    );
}

#[test]
fn other_identifiers_are_other_algorithms() {
    let key = RecipientKey::generate(Seeded::for_test()).unwrap();
    let valid = Builder::for_test(&key, b"data key").build();
    let case = |from: &str, to: &str, expected: CmsError| {
        let (from, to) = (hex::decode(from).unwrap(), hex::decode(to).unwrap());
        let at = valid.windows(from.len()).position(|w| w == from).unwrap();
        let mut altered = valid.clone();
        altered[at..at + to.len()].copy_from_slice(&to);
        assert_eq!(open(&altered, &key).unwrap_err(), expected);
    };
    // The last octet of each OID: rsaEncryption, SHA-512 inside OAEP, AES-256-GCM, signedData.
    case(
        "2a864886f70d010107",
        "2a864886f70d010101",
        CmsError::KeyAlgorithm,
    );
    case(
        "608648016503040201",
        "608648016503040203",
        CmsError::KeyAlgorithm,
    );
    case(
        "60864801650304012a",
        "60864801650304012e",
        CmsError::ContentAlgorithm,
    );
    case(
        "2a864886f70d010701",
        "2a864886f70d010702",
        CmsError::ContentType,
    );
    case(
        "2a864886f70d010703",
        "2a864886f70d010706",
        CmsError::NotEnvelopedData,
    );
}

#[test]
fn no_content_and_other_kinds_of_recipient_are_refused() {
    let key = RecipientKey::generate(Seeded::for_test()).unwrap();
    let valid = Builder::for_test(&key, b"data key").build();
    let at = |needle: &[u8]| {
        valid
            .windows(needle.len())
            .rposition(|w| w == needle)
            .unwrap()
    };
    let mut detached = valid.clone();
    // The content's [0], its one segment of 16 bytes and its end.
    let start = at(&[0xa0, 0x80, 0x04, 0x82]);
    detached.drain(start..start + 24);
    assert_eq!(open(&detached, &key).unwrap_err(), CmsError::NoContent);

    // The one recipient becomes [4] OtherRecipientInfo: an identifier and anything.
    let mut other = Builder::for_test(&key, b"data key");
    other.recipient_info = Some(tlv(0xa4, &[0x06, 0x01, 0x2a, 0x05, 0x00]));
    let error = open(&other.build(), &key).unwrap_err();
    assert_eq!(error, CmsError::RecipientKind);
}

#[test]
fn whatever_fails_in_the_cryptography_is_one_error() {
    let key = RecipientKey::generate(Seeded::for_test()).unwrap();
    let stranger = RecipientKey::generate(Seeded::for_test()).unwrap();
    let case = |why: &str, change: &dyn Fn(&mut Builder)| {
        let mut builder = Builder::for_test(&key, b"data key");
        change(&mut builder);
        let error = open(&builder.build(), &key).unwrap_err();
        assert_eq!(error, CmsError::Decrypt, "{why}");
        assert_eq!(error.code(), "cms_decrypt");
    };
    case("altered key", &|b| b.encrypted_key[9] ^= 1);
    case("key beyond the modulus", &|b| b.encrypted_key.fill(0xff));
    case("key of zero", &|b| b.encrypted_key.fill(0));
    case("key to somebody else", &|b| {
        b.encrypted_key = wrap(&stranger, &CONTENT_KEY);
    });
    case("OAEP with SHA-1", &|b| {
        b.encrypted_key = wrap_by(&key, &OAEP_SHA1_MGF1SHA1, &CONTENT_KEY, None);
    });
    case("OAEP with a label", &|b| {
        b.encrypted_key = wrap_by(&key, &OAEP_SHA256_MGF1SHA256, &CONTENT_KEY, Some(b"label"));
    });
    for length in [0, 16, 24, 31, 33, 64] {
        case("key of another length", &|b| {
            b.encrypted_key = wrap(&key, &vec![7; length]);
        });
    }
    case("another key", &|b| b.encrypted_key = wrap(&key, &[7; 32]));
    // "data key" has eight bytes of padding; the IV reaches each byte of its one block.
    for (padding, at) in [
        (0, 15),
        (7, 15),
        (9, 15),
        (17, 15),
        (255, 15),
        (0, 8),
        (7, 14),
    ] {
        case("wrong padding", &|b| b.iv[at] ^= 8 ^ padding);
    }
    case("altered last block", &|b| {
        *b.content.last_mut().unwrap() ^= 1;
    });
    // A plaintext beyond what KMS encrypts, in as many blocks as its longest.
    case("plaintext of 4097 bytes", &|b| {
        b.content = encrypt(&[0; 4097]);
    });
}

#[test]
fn padding_is_right_for_1_to_16_and_for_nothing_else() {
    for padding in 0..=255_u8 {
        let mut block = [padding; 32];
        block[..16].fill(0xee);
        let (valid, length) = unpad(&block);
        assert_eq!(bool::from(valid), (1..=16).contains(&padding), "{padding}");
        if bool::from(valid) {
            assert_eq!(length, 32 - usize::from(padding));
        }
        if (2..=16).contains(&padding) {
            block[32 - usize::from(padding)] ^= 1;
            assert!(!bool::from(unpad(&block).0), "{padding}");
        }
    }
}

#[test]
fn an_envelope_cut_at_any_length_does_not_open() {
    let key = RecipientKey::generate(Seeded::for_test()).unwrap();
    let bytes = Builder::for_test(&key, &[7; 32]).build();
    for length in 1..bytes.len() {
        let error = open(&bytes[..length], &key).unwrap_err();
        assert_eq!(error, CmsError::Ber, "{length}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn altered_and_arbitrary_bytes_never_panic(
        edits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<proptest::sample::Index>(),
        noise in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        static SAMPLE: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let sample = SAMPLE.get_or_init(|| {
            let key = RecipientKey::generate(Seeded::for_test()).unwrap();
            Builder::for_test(&key, &[7; 32]).build()
        });
        let mut bytes = sample.clone();
        for (index, byte) in edits {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = Envelope::decode(&bytes);
        let at = cut.index(bytes.len());
        bytes.splice(at..at, noise.iter().copied());
        let _ = Envelope::decode(&bytes);
        let _ = Envelope::decode(&noise);
    }
}

/// An envelope of definite lengths throughout, of these encodings of key and content.
fn definite(key: &RecipientKey, encrypted_key: &[u8], content: &[u8], tail: &[u8]) -> Vec<u8> {
    let [data, enveloped_data] = ["06092a864886f70d010701", "06092a864886f70d010703"]
        .map(|identifier| hex::decode(identifier).unwrap());
    let cipher = hex::decode("301d060960864801650304012a0410").unwrap();
    let builder = Builder::for_test(key, b"");
    let content = tlv(0x30, &[&data, &cipher, &IV[..], content].concat());
    let recipient = tlv(0x31, &builder.recipient_with(encrypted_key));
    let enveloped = tlv(0x30, &[&VERSION_2, &recipient[..], &content, tail].concat());
    tlv(0x30, &[enveloped_data, tlv(0xa0, &enveloped)].concat())
}

#[test]
fn definite_lengths_and_content_in_one_piece_or_several_are_one_form() {
    let key = RecipientKey::generate(Seeded::for_test()).unwrap();
    let encrypted_key = tlv(0x04, &wrap(&key, &CONTENT_KEY));
    let content = encrypt(b"data key");
    let (head, rest) = content.split_at(5);
    for content in [
        tlv(0x80, &content),
        tlv(0xa0, &tlv(0x04, &content)),
        tlv(0xa0, &[tlv(0x04, head), tlv(0x04, rest)].concat()),
        indefinite(0xa0, &[tlv(0x04, head), tlv(0x04, rest)].concat()),
    ] {
        let envelope = definite(&key, &encrypted_key, &content, &[]);
        assert_eq!(open(&envelope, &key).unwrap().expose_secret(), b"data key");
    }
}

#[test]
fn pieces_within_pieces_and_values_beyond_the_last_are_refused() {
    let key = RecipientKey::generate(Seeded::for_test()).unwrap();
    let encrypted_key = tlv(0x04, &wrap(&key, &CONTENT_KEY));
    let (in_pieces, content) = (tlv(0x24, &encrypted_key), encrypt(b"data key"));
    let (piece, whole) = (tlv(0x04, &content), tlv(0x80, &content));
    for (encrypted_key, content, tail, expected) in [
        (
            &encrypted_key,
            tlv(0xa0, &tlv(0x24, &piece)),
            &[][..],
            CmsError::Ber,
        ),
        (&in_pieces, whole.clone(), &[], CmsError::Ber),
        (
            &encrypted_key,
            whole.clone(),
            &[5, 0],
            CmsError::NotEnvelopedData,
        ),
        (
            &encrypted_key,
            whole.clone(),
            &[4, 0],
            CmsError::NotEnvelopedData,
        ),
        (
            &encrypted_key,
            tlv(0xa0, &tlv(2, &content)),
            &[],
            CmsError::NotEnvelopedData,
        ),
        (
            &encrypted_key,
            tlv(0xa0, &[]),
            &[],
            CmsError::ContentLength { bytes: 0 },
        ),
    ] {
        let envelope = definite(&key, encrypted_key, &content, tail);
        assert_eq!(open(&envelope, &key).unwrap_err(), expected);
    }
    for tail in [&[0][..], &[0, 0], &[5, 0]] {
        let mut envelope = Builder::for_test(&key, b"data key").build();
        envelope.extend(tail);
        assert_eq!(open(&envelope, &key).unwrap_err(), CmsError::Ber);
    }
}
