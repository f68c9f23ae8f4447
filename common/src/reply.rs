//! The key of each reply, made from the request's exporter secret as RFC 9458 §4.4 does.
//!
//! A sealed reply is 32 random bytes of the enclave's, then AES-256-GCM. Key and nonce are
//! HKDF-SHA256 of the exporter secret with salt SHA-256(sealed request) ‖ those random bytes, so no
//! key seals two messages even if a request is processed twice. The AAD names direction, request id
//! and request digest. Sealer and opener are consumed by use: one reply per request.

use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    hkdf,
    rand::{SecureRandom, SystemRandom},
};
use serde::Serialize;
use serde_bytes::Bytes;

use crate::{
    Secret, cbor,
    limits::MAX_SEALED_REPLY_BYTES,
    message::{Reply, RequestId},
    padding,
};

const RANDOM_BYTES: usize = 32;

/// Why a reply did not open.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ReplyError {
    /// Shorter than a reply can be, or longer than one may be.
    #[error("reply has an impossible length")]
    Length,
    /// Altered, or the reply to another request. Which of the two cannot be told.
    #[error("reply is not authentic")]
    NotAuthentic,
    /// Authentic, yet not a reply in its one form: the enclave speaks another version.
    #[error("reply is malformed")]
    Malformed,
}

impl ReplyError {
    /// The stable name for callers.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Length => "reply_length",
            Self::NotAuthentic => "reply_not_authentic",
            Self::Malformed => "reply_malformed",
        }
    }
}

/// Seals the one reply to one request.
#[derive(Debug)]
pub struct ReplySealer {
    exported: Secret<[u8; 32]>,
    request: [u8; 32],
}

/// Opens the one reply to one request.
#[derive(Debug)]
pub struct ReplyOpener {
    exported: Secret<[u8; 32]>,
    request: [u8; 32],
    id: RequestId,
}

impl ReplySealer {
    pub(crate) const fn new(exported: Secret<[u8; 32]>, request: [u8; 32]) -> Self {
        Self { exported, request }
    }

    /// Seals a reply; [`RequestId::UNKNOWN`] where the request's own could not be read.
    pub fn seal(self, id: RequestId, reply: &Reply) -> Vec<u8> {
        let mut random = [0; RANDOM_BYTES];
        SystemRandom::new()
            .fill(&mut random)
            .expect("the system's random source answers");
        let (key, nonce) = derive(&self.exported, &self.request, &random);
        let mut message =
            padding::pad(&reply.encode()).expect("an encoded reply is shorter than 4 GiB");
        let tag = key
            .seal_in_place_separate_tag(nonce, Aad::from(aad(id, &self.request)), &mut message)
            .expect("a reply is shorter than AES-GCM's limit of 64 GiB");
        [&random, message.as_slice(), tag.as_ref()].concat()
    }
}

impl ReplyOpener {
    pub(crate) const fn new(exported: Secret<[u8; 32]>, request: [u8; 32], id: RequestId) -> Self {
        Self {
            exported,
            request,
            id,
        }
    }

    /// Opens a reply. A reply without the request's id is accepted only as a refusal of a request
    /// that could not be read.
    ///
    /// # Errors
    ///
    /// [`ReplyError`].
    pub fn open(self, sealed: &[u8]) -> Result<Reply, ReplyError> {
        if sealed.len() > MAX_SEALED_REPLY_BYTES {
            return Err(ReplyError::Length);
        }
        let (random, sealed) = sealed
            .split_first_chunk::<RANDOM_BYTES>()
            .ok_or(ReplyError::Length)?;
        match self.open_as(self.id, random, sealed) {
            Err(ReplyError::NotAuthentic) => {
                let reply = self.open_as(RequestId::UNKNOWN, random, sealed)?;
                let refused = matches!(reply, Reply::Refused { .. });
                if refused {
                    Ok(reply)
                } else {
                    Err(ReplyError::NotAuthentic)
                }
            }
            outcome => outcome,
        }
    }

    fn open_as(
        &self,
        id: RequestId,
        random: &[u8; RANDOM_BYTES],
        sealed: &[u8],
    ) -> Result<Reply, ReplyError> {
        let (key, nonce) = derive(&self.exported, &self.request, random);
        let mut buffer = zeroize::Zeroizing::new(sealed.to_vec());
        let message = key
            .open_in_place(nonce, Aad::from(aad(id, &self.request)), &mut buffer)
            .map_err(|_| ReplyError::NotAuthentic)?;
        let reply = padding::unpad(message).map_err(|_| ReplyError::Malformed)?;
        Reply::decode(reply).map_err(|_| ReplyError::Malformed)
    }
}

/// What a reply is bound to, as canonical CBOR.
#[derive(Serialize)]
struct Direction<'a>(&'static str, RequestId, &'a Bytes);

fn aad(id: RequestId, request: &[u8; 32]) -> Vec<u8> {
    cbor::encode(&Direction("vouchsafe/reply/v1", id, Bytes::new(request)))
        .expect("a text and two byte strings always encode")
}

/// Key and nonce of one reply.
fn derive(
    exported: &Secret<[u8; 32]>,
    request: &[u8; 32],
    random: &[u8; RANDOM_BYTES],
) -> (LessSafeKey, Nonce) {
    struct Length(usize);
    impl hkdf::KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }
    let salt = [request.as_slice(), random].concat();
    let secret =
        hkdf::Salt::new(hkdf::HKDF_SHA256, &salt).extract(exported.expose_secret().as_slice());
    let key = secret
        .expand(&[b"vouchsafe/reply/v1/key"], &AES_256_GCM)
        .map(UnboundKey::from)
        .expect("32 bytes are within HKDF-SHA256's limit");
    let mut nonce = [0; ring::aead::NONCE_LEN];
    secret
        .expand(&[b"vouchsafe/reply/v1/nonce"], Length(nonce.len()))
        .and_then(|okm| okm.fill(&mut nonce))
        .expect("12 bytes are within HKDF-SHA256's limit");
    (LessSafeKey::new(key), Nonce::assume_unique_for_key(nonce))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Refusal;

    const ID: RequestId = RequestId([3; 16]);

    fn sealer() -> ReplySealer {
        ReplySealer::new(Secret::new([1; 32]), [2; 32])
    }

    fn opener(id: RequestId) -> ReplyOpener {
        ReplyOpener::new(Secret::new([1; 32]), [2; 32], id)
    }

    fn refused(code: Refusal) -> Reply {
        Reply::Refused { code }
    }

    #[test]
    fn a_reply_cut_at_any_length_or_altered_anywhere_does_not_open() {
        let sealed = sealer().seal(ID, &refused(Refusal::Stale));
        for position in 0..sealed.len() {
            assert!(
                opener(ID).open(&sealed[..position]).is_err(),
                "cut at {position}"
            );
            let mut altered = sealed.clone();
            altered[position] ^= 0x80;
            assert_eq!(
                opener(ID).open(&altered).err(),
                Some(ReplyError::NotAuthentic)
            );
        }
    }

    #[test]
    fn a_reply_shorter_than_its_random_bytes_or_over_the_limit_is_refused_by_length() {
        assert_eq!(opener(ID).open(&[0; 31]).err(), Some(ReplyError::Length));
        let long = vec![0; MAX_SEALED_REPLY_BYTES + 1];
        assert_eq!(opener(ID).open(&long).err(), Some(ReplyError::Length));
    }

    #[test]
    fn a_reply_under_another_request_id_does_not_open() {
        let sealed = sealer().seal(RequestId([4; 16]), &refused(Refusal::Stale));
        assert_eq!(
            opener(ID).open(&sealed).err(),
            Some(ReplyError::NotAuthentic)
        );
    }

    #[test]
    fn without_a_request_id_only_a_refusal_is_accepted() {
        let sealed = sealer().seal(RequestId::UNKNOWN, &refused(Refusal::Malformed));
        assert!(matches!(
            opener(ID).open(&sealed),
            Ok(Reply::Refused {
                code: Refusal::Malformed
            })
        ));
        let sealed = sealer().seal(RequestId::UNKNOWN, &Reply::Done { items: vec![] });
        assert_eq!(
            opener(ID).open(&sealed).err(),
            Some(ReplyError::NotAuthentic)
        );
    }

    #[test]
    fn an_authentic_message_that_is_no_reply_is_malformed() {
        let (key, nonce) = derive(&Secret::new([1; 32]), &[2; 32], &[9; 32]);
        let mut message = padding::pad(b"\xf6").expect("short").to_vec();
        key.seal_in_place_append_tag(nonce, Aad::from(aad(ID, &[2; 32])), &mut message)
            .expect("short");
        let sealed = [&[9; 32], message.as_slice()].concat();
        assert_eq!(opener(ID).open(&sealed).err(), Some(ReplyError::Malformed));
    }
}
