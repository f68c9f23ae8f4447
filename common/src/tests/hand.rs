//! What the examples are put together with, from primitives alone: CBOR values, keys, randomness.

use coset::cbor::{Value, ser::into_writer};
use hpke::rand_core::{TryCryptoRng, TryRng};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    hmac,
    signature::{Ed25519KeyPair, KeyPair},
};

use crate::proof::CallerKey;

/// `first`, and each further byte one more.
pub(super) fn counting<const N: usize>(first: u8) -> [u8; N] {
    let mut next = first;
    [(); N].map(|()| {
        let byte = next;
        next = next.wrapping_add(1);
        byte
    })
}

/// The bytes of a CBOR value.
pub(super) fn cbor(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    into_writer(value, &mut bytes).expect("a vector takes all");
    bytes
}

/// A map with text keys, in this order.
pub(super) fn map<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Map(members.map(|(name, value)| (name.into(), value)).into())
}

/// A map with number keys, in this order.
pub(super) fn header<const N: usize>(members: [(i64, Value); N]) -> Value {
    Value::Map(members.map(|(name, value)| (name.into(), value)).into())
}

pub(super) fn bytes(content: &[u8]) -> Value {
    Value::Bytes(content.to_vec())
}

/// Randomness that everybody knows: 0, 1, 2 and so on.
pub(super) struct Counting(pub(super) u8);

impl TryRng for Counting {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        for byte in out {
            *byte = self.0;
            self.0 = self.0.wrapping_add(1);
        }
        Ok(())
    }
}

impl TryCryptoRng for Counting {}

/// An Ed25519 key (RFC 8032) by its seed.
pub(super) struct Signer(Ed25519KeyPair, [u8; 32]);

impl Signer {
    pub(super) fn new(seed: [u8; 32]) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).expect("any 32 bytes are a seed");
        Self(pair, seed)
    }

    pub(super) fn public(&self) -> [u8; 32] {
        let public = self.0.public_key().as_ref();
        public.try_into().expect("an Ed25519 key has 32 bytes")
    }

    /// The same key as the code that ships holds it.
    pub(super) fn key(&self) -> CallerKey {
        // PKCS#8 version 1 of an Ed25519 key (RFC 8410 §7) is this prefix and the seed.
        let prefix = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
        let der = [prefix.as_slice(), &self.1].concat();
        CallerKey::from_pkcs8(&der).expect("RFC 8410 has this form")
    }

    /// A COSE_Sign1 (RFC 9052 §4): over `payload` with external data, which is inside or detached.
    pub(super) fn sign1(&self, external: &[u8], payload: &[u8], detached: bool) -> Vec<u8> {
        let protected = cbor(&header([(1, (-8).into())]));
        let signed = cbor(&Value::Array(vec![
            "Signature1".into(),
            bytes(&protected),
            bytes(external),
            bytes(payload),
        ]));
        let inside = if detached {
            Value::Null
        } else {
            bytes(payload)
        };
        cbor(&Value::Array(vec![
            bytes(&protected),
            header([]),
            inside,
            bytes(self.0.sign(&signed).as_ref()),
        ]))
    }
}

/// AES-256-GCM, ciphertext and tag.
pub(super) fn seal(key: &[u8], nonce: &[u8], aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("32 bytes"));
    let nonce = Nonce::try_assume_unique_for_key(nonce).expect("12 bytes");
    let mut sealed = plaintext.to_vec();
    key.seal_in_place_append_tag(nonce, Aad::from(aad), &mut sealed)
        .expect("it is short");
    sealed
}

/// HMAC-SHA-256 (FIPS 198-1).
pub(super) fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message);
    tag.as_ref().try_into().expect("SHA-256 has 32 bytes")
}

/// HKDF-Expand (RFC 5869 §2.3).
pub(super) fn expand(prk: &[u8], info: &[u8], length: usize) -> Vec<u8> {
    let (mut key, mut block) = (Vec::new(), Vec::new());
    for counter in 1..=u8::try_from(length.div_ceil(32)).expect("few blocks") {
        block = mac(prk, &[&block, info, &[counter]].concat()).to_vec();
        key.extend_from_slice(&block);
    }
    key.truncate(length);
    key
}
