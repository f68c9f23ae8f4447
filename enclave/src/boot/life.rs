//! The keys of one life: made here, never written, sent or shared, and gone with the process.

use ring::{
    rand::{SecureRandom, SystemRandom},
    signature::{Ed25519KeyPair, KeyPair},
};
use serde_bytes::ByteArray;
use vouchsafe_common::{
    UnixMillis,
    digest::Sha384Digest,
    hpke::HpkeKey,
    key_configuration::{
        AEAD_AES_256_GCM, KDF_HKDF_SHA256, KEM_X_WING, KeyConfiguration, KeyId, PROTOCOL_VERSION,
    },
};

use super::{BootError, Seeded};

/// Makes the key that requests are sealed to, and what callers verify of it.
///
/// # Errors
///
/// [`BootError::Randomness`].
pub(super) fn make(
    _: Seeded,
    bundle_digest: Sha384Digest,
    not_after: UnixMillis,
) -> Result<(HpkeKey, KeyConfiguration), BootError> {
    let random = SystemRandom::new();
    let hpke = HpkeKey::generate();
    let mut boot_id = [0; 16];
    random
        .fill(&mut boot_id)
        .map_err(|_| BootError::Randomness)?;
    let audit = Ed25519KeyPair::generate_pkcs8(&random)
        .ok()
        .and_then(|pkcs8| Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).ok())
        .ok_or(BootError::Randomness)?;
    let audit_key = audit
        .public_key()
        .as_ref()
        .try_into()
        .map_err(|_| BootError::Randomness)?;
    let configuration = KeyConfiguration {
        version: PROTOCOL_VERSION,
        boot_id,
        kem: KEM_X_WING,
        kdf: KDF_HKDF_SHA256,
        aead: AEAD_AES_256_GCM,
        hpke_public_key: ByteArray::new(*hpke.public_key()),
        key_id: KeyId::of_public_key(hpke.public_key()),
        audit_key,
        bundle_digest,
        not_after,
    };
    Ok((hpke, configuration))
}
