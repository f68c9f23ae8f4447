//! A request from plaintext to sealed bytes and back: COSE_Encrypt0 with HPKE inside.
//!
//! One suite: X-Wing, HKDF-SHA256, AES-256-GCM (RFC 9180; draft-ietf-cose-hpke-21, integrated
//! encryption). `info` is the digest of the key configuration, so a request opens only under the
//! configuration that its sender verified. The sender signs the encapsulated key and the body
//! ([`crate::proof`]); the same exporter secret gives the one key of the reply ([`crate::reply`]).
//!
//! Trusts nothing it is given. Holds no clock: freshness is the enclave's business.

use coset::{
    CborSerializable, CoseEncrypt0, CoseEncrypt0Builder, EncryptionContext, Header, HeaderBuilder,
    Label, ProtectedHeader, RegisteredLabelWithPrivate, cbor::Value, enc_structure_data, iana,
};
use hpke::{
    Deserializable, Kem as _, OpModeR, OpModeS, Serializable, aead::AesGcm256, kdf::HkdfSha256,
    kem::XWing, setup_receiver, setup_sender,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use zeroize::Zeroizing;

use crate::{
    Secret,
    attestation::Trusted,
    cbor::{self, Bounds, CborError},
    digest::{Sha384Digest, sha256},
    envelope::{self, EnvelopeError},
    key_configuration::{HPKE_PUBLIC_KEY_BYTES, KeyConfiguration, KeyId},
    limits::MAX_SEALED_REQUEST_BYTES,
    message::{Request, RequestId},
    padding,
    proof::{self, CallerKey, Proof},
    reply::{ReplyOpener, ReplySealer},
};

/// Private-use COSE algorithm: HPKE integrated encryption with exactly our suite.
pub const ALG_HPKE_X_WING: i64 = -65_701;
/// COSE header parameter `ek`, the encapsulated key (draft-ietf-cose-hpke-21 §3).
const HEADER_EK: i64 = -4;
/// Bytes of an X-Wing encapsulated key.
const ENC_BYTES: usize = 1120;

/// An enclave's HPKE key pair; the private half never leaves the process.
pub struct HpkeKey {
    private: <XWing as hpke::Kem>::PrivateKey,
    public: [u8; HPKE_PUBLIC_KEY_BYTES],
}

impl HpkeKey {
    /// A new pair from the operating system's random source.
    pub fn generate() -> Self {
        let (private, public) = XWing::gen_keypair();
        let public = public
            .to_bytes()
            .as_slice()
            .try_into()
            .expect("the KEM has one key length");
        Self { private, public }
    }

    /// The pair of an X-Wing seed that everybody knows.
    #[cfg(test)]
    pub(crate) fn from_seed(seed: &[u8; 32]) -> Self {
        let private = Deserializable::from_bytes(seed).expect("any 32 bytes are a seed");
        let public = XWing::sk_to_pk(&private).to_bytes();
        let public = public.as_slice().try_into();
        Self {
            private,
            public: public.expect("the KEM has one key length"),
        }
    }

    /// The public half, 1216 bytes.
    pub const fn public_key(&self) -> &[u8; HPKE_PUBLIC_KEY_BYTES] {
        &self.public
    }
}

impl std::fmt::Debug for HpkeKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_tuple("HpkeKey")
            .field(&KeyId::of_public_key(&self.public))
            .finish()
    }
}

/// Who a caller says it is, and what it proves it with.
#[derive(Debug)]
pub enum Credentials<'a> {
    /// A name in the bundle and its key.
    Registered {
        /// The name.
        caller: &'a str,
        /// The private key.
        key: &'a CallerKey,
    },
    /// A token that names a key, and that key.
    Token {
        /// The JWT.
        token: &'a Secret<String>,
        /// The private key.
        key: &'a CallerKey,
    },
    /// A token alone.
    Bearer {
        /// The JWT.
        token: &'a Secret<String>,
    },
}

/// What is sealed: the signed bytes of the request, and the proof over them.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Authenticated {
    body: ByteBuf,
    proof: Proof,
}

impl Drop for Authenticated {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut *self.body);
    }
}

/// Why a request could not be sealed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SealError {
    /// The enclave's key is not an X-Wing key.
    #[error("the enclave's key cannot be sealed to")]
    PublicKey,
    /// The request has a parameter without a CBOR form, or nested too deeply.
    #[error("the request cannot be encoded")]
    Unencodable,
    /// Sealed, it is longer than an enclave takes, or it has too many parts.
    #[error("the request is over {MAX_SEALED_REQUEST_BYTES} bytes sealed, or of too many parts")]
    TooLong,
}

impl SealError {
    /// The stable name for callers.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::PublicKey => "enclave_key_invalid",
            Self::Unencodable => "unencodable",
            Self::TooLong => "too_large",
        }
    }
}

/// Why a sealed request did not open. It leaves in clear, so no variant tells of the plaintext.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum OpenError {
    /// Not a COSE_Encrypt0 of our profile.
    #[error("request is malformed")]
    Malformed,
    /// Longer than [`MAX_SEALED_REQUEST_BYTES`].
    #[error("request is over {MAX_SEALED_REQUEST_BYTES} bytes")]
    TooLong,
    /// Sealed to a key that this enclave does not hold.
    #[error("request is sealed to another key")]
    UnknownKey,
    /// Altered, or sealed under another key configuration. Which of the two is not told.
    #[error("request is not authentic")]
    NotAuthentic,
}

/// A request that opened: its signed bytes, the proof, and the one sealer of its reply.
#[derive(Debug)]
pub struct Opened {
    /// What is inside, or `None` when it is not a padded request in its one form.
    pub content: Option<OpenedContent>,
    /// Seals the reply, once.
    pub reply: ReplySealer,
}

/// The inside of a request whose proof is still to be checked.
#[derive(Debug)]
pub struct OpenedContent {
    /// Encoded [`Request`].
    pub body: Secret<Vec<u8>>,
    /// Who says it sent it.
    pub proof: Proof,
    /// What the proof must be a signature over.
    pub binding: Sha384Digest,
}

/// Seals a request to an enclave that was verified, and gives the one opener of its reply.
///
/// # Errors
///
/// [`SealError`].
pub fn seal<R>(
    enclave: &Trusted<R>,
    request: &Request,
    credentials: &Credentials<'_>,
) -> Result<(Vec<u8>, ReplyOpener), SealError> {
    seal_to(enclave.key_configuration(), request, credentials)
}

/// [`seal`] without the type that says the enclave was verified; so only tests see it.
pub(crate) fn seal_to(
    configuration: &KeyConfiguration,
    request: &Request,
    credentials: &Credentials<'_>,
) -> Result<(Vec<u8>, ReplyOpener), SealError> {
    let body = request.encode().map_err(|error| match error {
        CborError::TooLong { .. } | CborError::TooManyItems => SealError::TooLong,
        _ => SealError::Unencodable,
    })?;
    seal_body(configuration, &body, request.id, credentials)
}

fn seal_body(
    configuration: &KeyConfiguration,
    body: &[u8],
    id: RequestId,
    credentials: &Credentials<'_>,
) -> Result<(Vec<u8>, ReplyOpener), SealError> {
    let public = <XWing as hpke::Kem>::PublicKey::from_bytes(&*configuration.hpke_public_key)
        .map_err(|_| SealError::PublicKey)?;
    let digest = configuration.digest();
    let (enc, mut context) =
        setup_sender::<AesGcm256, HkdfSha256, XWing>(&OpModeS::Base, &public, &digest)
            .map_err(|_| SealError::PublicKey)?;
    let enc = enc.to_bytes();

    let binding = proof::binding(&enc, &digest, body);
    let sign = |key| ByteBuf::from(proof::sign(key, &binding));
    let proof = match credentials {
        Credentials::Registered { caller, key } => Proof::Registered {
            caller: (*caller).to_owned(),
            signature: sign(key),
        },
        Credentials::Token { token, key } => Proof::Token {
            token: token.duplicate(),
            signature: sign(key),
        },
        Credentials::Bearer { token } => Proof::Bearer {
            token: token.duplicate(),
        },
    };
    let inside = Authenticated {
        body: ByteBuf::from(body),
        proof,
    };
    let inside = Zeroizing::new(cbor::encode(&inside).map_err(|_| SealError::Unencodable)?);
    let padded = padding::pad(&inside).map_err(|_| SealError::TooLong)?;

    let sealed = CoseEncrypt0Builder::new()
        .protected(protected_header(configuration.key_id))
        .unprotected(
            HeaderBuilder::new()
                .value(HEADER_EK, Value::Bytes(enc.to_vec()))
                .build(),
        )
        .try_create_ciphertext(&padded, &[], |plaintext, aad| context.seal(plaintext, aad))
        .map_err(|_| SealError::TooLong)?
        .build()
        .to_vec()
        .map_err(|_| SealError::Unencodable)?;
    if sealed.len() > MAX_SEALED_REQUEST_BYTES {
        return Err(SealError::TooLong);
    }
    let exported = exported(|label, out| context.export(label, out));
    let opener = ReplyOpener::new(exported, sha256(&[&sealed]), id);
    Ok((sealed, opener))
}

/// Opens a sealed request.
///
/// # Errors
///
/// [`OpenError`], in clear, when it does not open: there is then no key to answer under.
pub fn open(
    key: &HpkeKey,
    configuration: &KeyConfiguration,
    configuration_digest: &Sha384Digest,
    sealed: &[u8],
) -> Result<Opened, OpenError> {
    let cose = envelope::parse_sealed(sealed).map_err(|error| match error {
        EnvelopeError::TooLong => OpenError::TooLong,
        _ => OpenError::Malformed,
    })?;
    let key_id = envelope::key_id_of(&cose).map_err(|_| OpenError::Malformed)?;
    if cose.protected.header != protected_header(key_id) {
        return Err(OpenError::Malformed);
    }
    if key_id != configuration.key_id {
        return Err(OpenError::UnknownKey);
    }
    let (enc, ciphertext) = profile(&cose).ok_or(OpenError::Malformed)?;
    let encapped =
        <XWing as hpke::Kem>::EncappedKey::from_bytes(enc).map_err(|_| OpenError::NotAuthentic)?;
    let mut context = setup_receiver::<AesGcm256, HkdfSha256, XWing>(
        &OpModeR::Base,
        &key.private,
        &encapped,
        configuration_digest,
    )
    .map_err(|_| OpenError::NotAuthentic)?;
    let aad = aad_of(&cose.protected);
    let padded = context
        .open(ciphertext, &aad)
        .map_err(|_| OpenError::NotAuthentic)?;
    let padded = Zeroizing::new(padded);

    let exported = exported(|label, out| context.export(label, out));
    let reply = ReplySealer::new(exported, sha256(&[sealed]));
    let bounds = Bounds::new(MAX_SEALED_REQUEST_BYTES, 16);
    let content = padding::unpad(&padded)
        .ok()
        .and_then(|inside| cbor::decode::<Authenticated>(inside, bounds).ok())
        .map(|mut inside| {
            let body = std::mem::take(&mut *inside.body);
            // A bearer's proof is replaced by an empty one before the shell is dropped.
            let proof = std::mem::replace(
                &mut inside.proof,
                Proof::Bearer {
                    token: Secret::new(String::new()),
                },
            );
            let binding = proof::binding(enc, configuration_digest, &body);
            OpenedContent {
                body: Secret::new(body),
                proof,
                binding,
            }
        });
    Ok(Opened { content, reply })
}

/// The only protected header there is: the suite, and the key it is sealed to.
fn protected_header(key_id: KeyId) -> Header {
    HeaderBuilder::new()
        .algorithm_label(RegisteredLabelWithPrivate::<iana::Algorithm>::PrivateUse(
            ALG_HPKE_X_WING,
        ))
        .key_id(key_id.0.to_vec())
        .build()
}

/// The encapsulated key and the ciphertext, when the rest of the structure is as we write it.
fn profile(cose: &CoseEncrypt0) -> Option<(&[u8], &[u8])> {
    let [(Label::Int(HEADER_EK), Value::Bytes(enc))] = cose.unprotected.rest.as_slice() else {
        return None;
    };
    let only_ek = Header {
        rest: cose.unprotected.rest.clone(),
        ..Header::default()
    };
    let exact = enc.len() == ENC_BYTES && cose.unprotected == only_ek;
    exact.then_some((enc.as_slice(), cose.ciphertext.as_deref()?))
}

fn aad_of(protected: &ProtectedHeader) -> Vec<u8> {
    enc_structure_data(EncryptionContext::CoseEncrypt0, protected.clone(), &[])
}

/// The exporter secret of this request (RFC 9180 §5.3).
fn exported<E: std::fmt::Debug>(
    export: impl FnOnce(&[u8], &mut [u8]) -> Result<(), E>,
) -> Secret<[u8; 32]> {
    let mut secret = [0; 32];
    export(b"vouchsafe/reply/v1", &mut secret).expect("32 bytes are within HKDF-SHA256's limit");
    Secret::new(secret)
}

#[cfg(test)]
mod tests;
