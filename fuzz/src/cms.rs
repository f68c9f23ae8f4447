//! The reply of KMS that only this enclave can open.
//!
//! An envelope names its recipient by the digest of a key that each process draws anew. So that
//! seeds get past that check, [`ANY_RECIPIENT`] in an input stands for the key of this process.

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeySize, PrivateDecryptingKey};
use vouchsafe_enclave::cms::open;
use vouchsafe_enclave::recipient::RecipientKey;

/// What seeds have in place of a recipient's identifier.
pub const ANY_RECIPIENT: [u8; 32] = [0xaa; 32];
/// The longest plaintext that KMS encrypts.
const MAX_PLAINTEXT_BYTES: usize = 4096;

pub(crate) static KEY: LazyLock<RecipientKey> = LazyLock::new(|| {
    let key = PrivateDecryptingKey::generate(KeySize::Rsa2048).expect("the system has entropy");
    let pkcs8: Pkcs8V1Der = key.as_der().expect("a key just made can be written");
    RecipientKey::from_pkcs8_for_test(pkcs8.as_ref()).expect("it has 2048 bits")
});

/// An envelope: refused, or opened to no more than KMS encrypts.
pub fn cms(envelope: &[u8]) -> bool {
    let envelope = replaced(envelope, &ANY_RECIPIENT, KEY.id());
    match open(&envelope, &KEY) {
        Ok(plaintext) => {
            assert!(plaintext.expose_secret().len() <= MAX_PLAINTEXT_BYTES);
            true
        }
        // Read to the end; that nothing opens is right for content keys of another process.
        Err(error) => error.code() == "cms_decrypt",
    }
}

/// `bytes` with the first `from` in it made `to`.
pub(crate) fn replaced(bytes: &[u8], from: &[u8; 32], to: &[u8; 32]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if let Some(at) = bytes.windows(from.len()).position(|window| window == from) {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
    bytes
}
