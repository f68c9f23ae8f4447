//! What hangs under a root: derived keys, pseudonyms and tokens.

use super::{Vector, annotate::Drawing, hand};

const ROOT: [u8; 32] = [0x55; 32];
const VALUE: &[u8] = b"078-05-1120";

/// Each part with its length in front, eight bytes.
fn lengths(parts: &[&[u8]]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let with_length = |part: &&[u8]| {
        let length = u64::try_from(part.len()).expect("it is short");
        (length.to_be_bytes().to_vec(), part.to_vec())
    };
    parts.iter().map(with_length).collect()
}

fn joined(parts: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    parts
        .iter()
        .flat_map(|(head, part)| [head.clone(), part.clone()].concat())
        .collect()
}

fn draw(parts: &[(Vec<u8>, Vec<u8>)], meanings: &[&str]) -> Drawing {
    let mut drawing = Drawing::default();
    for ((head, part), meaning) in parts.iter().zip(meanings) {
        drawing.raw(0, head, &format!("length, {}", part.len()));
        if !part.is_empty() {
            drawing.raw(1, part, meaning);
        }
    }
    drawing
}

const VERSION: [u8; 4] = 3_u32.to_be_bytes();
const PLACE: [&[u8]; 3] = [b"acme", b"US_SSN", b"claims"];

/// The information of a key that hangs under a root.
fn information(purpose: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let [tenant, entity, context] = PLACE;
    lengths(&[b"vouchsafe", purpose, tenant, entity, context, &VERSION])
}

/// HKDF-SHA256 (RFC 5869) without salt: extract is HMAC under 32 zeros.
fn derived(purpose: &[u8], length: usize) -> Vec<u8> {
    let prk = hand::mac(&[0; 32], &ROOT);
    hand::expand(&prk, &joined(&information(purpose)), length)
}

fn drawn_derivation(purpose: &[u8], length: usize) -> String {
    let information = information(purpose);
    let mut drawing = draw(
        &information,
        &[
            "\"vouchsafe\"",
            "purpose",
            "tenant",
            "entity",
            "context",
            "version of the root",
        ],
    );
    let key = derived(purpose, length);
    drawing.raw(
        0,
        &key,
        &format!("HKDF-SHA256(root, no salt, all that, {length})"),
    );
    drawing.of(&[joined(&information), key].concat())
}

fn pseudonym_input() -> Vec<(Vec<u8>, Vec<u8>)> {
    lengths(&[b"vp1", b"US_SSN", b"claims", VALUE])
}

fn pseudonym() -> String {
    let digest = hand::mac(&derived(b"pseudonymize", 32), &joined(&pseudonym_input()));
    let base32 = data_encoding::BASE32_NOPAD.encode(&digest).to_lowercase();
    format!("vp1.US_SSN.k3.{base32}")
}

/// Computed with another implementation of AES-SIV (OpenSSL's), from the root on.
const TOKEN: &str = "vs1.US_SSN.k3.trj5mvh35klv2hyvnw4l75mjzz4bbdysaj6ggqkpqn3q";

fn drawn_token() -> String {
    let [tenant, entity, context] = PLACE;
    let encoded = TOKEN
        .rsplit('.')
        .next()
        .expect("it has parts")
        .to_uppercase();
    let sealed = data_encoding::BASE32_NOPAD
        .decode(encoded.as_bytes())
        .expect("base32");
    let mut drawing = Drawing::default();
    for (part, meaning) in [
        (b"vs1".as_slice(), "\"vs1\": associated data, five pieces"),
        (tenant, "tenant"),
        (entity, "entity"),
        (context, "context"),
        (&VERSION, "version of the root"),
        (&sealed[..16], "synthetic IV"),
        (&sealed[16..], "ciphertext, as long as the value"),
    ] {
        drawing.raw(0, part, meaning);
    }
    drawing.of(&[b"vs1", tenant, entity, context, &VERSION, &sealed].concat())
}

/// That the enclave and the engine make the same is held by their own tests, which read the vectors.
#[test]
fn the_examples_under_a_root_follow_from_the_page() {
    let input = pseudonym_input();
    let message = draw(&input, &["\"vp1\"", "entity", "context", "value"]);
    let examples = [
        ("pseudonym-key", drawn_derivation(b"pseudonymize", 32)),
        ("pseudonym-input", message.of(&joined(&input))),
        ("pseudonym", pseudonym() + "\n"),
        ("token-key", drawn_derivation(b"tokenize", 64)),
        ("token-parts", drawn_token()),
        ("token", TOKEN.to_owned() + "\n"),
    ];
    super::hold_examples("protocol/roots.md", &examples);
}

pub(super) fn vectors() -> Vec<Vector> {
    vec![
        ("root", ROOT.to_vec()),
        ("pseudonym_key", derived(b"pseudonymize", 32)),
        ("pseudonym", pseudonym().into_bytes()),
        ("token_key", derived(b"tokenize", 64)),
        ("token", TOKEN.as_bytes().to_vec()),
    ]
}
