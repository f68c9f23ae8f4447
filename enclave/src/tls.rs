//! TLS towards KMS, ending inside the enclave.
//!
//! This is the only thing that makes a reply of KMS worth anything: the parent carries the bytes and
//! could make an envelope of its own (see [`crate::cms`]). TLS 1.3 only, a hybrid post-quantum key
//! exchange first, certificates judged by the enclave's clock. A released enclave trusts the roots of
//! Amazon Trust Services and no others; no argument, environment or file changes that.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::aws_lc_rs::{self, kx_group};
use rustls::{ClientConfig, RootCertStore};
use vouchsafe_common::digest;

use crate::nsm::EnclaveClock;

/// SHA-256 of each root of Amazon Trust Services: Amazon Root CA 1 to 4 and Starfield Services Root
/// Certificate Authority G2 (<https://www.amazontrust.com/repository/>).
const AMAZON_ROOTS: [&str; 5] = [
    "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
    "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
    "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
    "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
    "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
];

/// Why there is no TLS.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TlsError {
    /// The bytes are not a root certificate, or there is none.
    #[error("no usable root certificate")]
    Roots,
    /// The cryptography offers no TLS 1.3.
    #[error("TLS 1.3 cannot be offered")]
    Provider,
}

impl TlsError {
    /// The stable name of this error.
    pub fn code(self) -> &'static str {
        match self {
            Self::Roots => "tls_roots",
            Self::Provider => "tls_provider",
        }
    }
}

/// Whom the enclave believes to be KMS.
#[derive(Clone, Debug)]
pub struct Roots(RootCertStore);

impl Roots {
    /// The roots of Amazon Trust Services, from the set that is compiled in.
    ///
    /// # Errors
    /// [`TlsError::Roots`] when one of them is not in the set.
    pub fn amazon() -> Result<Self, TlsError> {
        let mut store = RootCertStore::empty();
        for root in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
            let fingerprint = hex::encode(digest::sha256(&[root]));
            if AMAZON_ROOTS.contains(&&fingerprint[..]) {
                store.add(root.clone()).map_err(|_| TlsError::Roots)?;
            }
        }
        if store.len() == AMAZON_ROOTS.len() {
            Ok(Self(store))
        } else {
            Err(TlsError::Roots)
        }
    }

    /// The roots in a PEM file: those of a mock KMS.
    ///
    /// # Errors
    /// [`TlsError::Roots`].
    #[cfg(feature = "mock")]
    pub fn from_pem(pem: &[u8]) -> Result<Self, TlsError> {
        use rustls_pki_types::CertificateDer;
        use rustls_pki_types::pem::PemObject;

        let mut store = RootCertStore::empty();
        for root in CertificateDer::pem_slice_iter(pem) {
            let root = root.map_err(|_| TlsError::Roots)?;
            store.add(root).map_err(|_| TlsError::Roots)?;
        }
        if store.is_empty() {
            return Err(TlsError::Roots);
        }
        Ok(Self(store))
    }
}

/// How the enclave speaks TLS to whoever proves itself by `roots` at the time of `clock`.
///
/// Sessions are not resumed: a full handshake is rare and shows the certificate each time.
///
/// # Errors
/// [`TlsError::Provider`].
pub fn client_config(roots: Roots, clock: EnclaveClock) -> Result<Arc<ClientConfig>, TlsError> {
    let mut provider = aws_lc_rs::default_provider();
    provider.kx_groups = vec![
        kx_group::X25519MLKEM768,
        kx_group::X25519,
        kx_group::SECP256R1,
        kx_group::SECP384R1,
    ];
    let mut config = ClientConfig::builder_with_details(Arc::new(provider), Arc::new(clock))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|_| TlsError::Provider)?
        .with_root_certificates(roots.0)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_five_roots_of_amazon_are_compiled_in() {
        let roots = Roots::amazon().expect("the set holds them");
        assert_eq!(roots.0.len(), 5);
        let set = webpki_root_certs::TLS_SERVER_ROOT_CERTS.len();
        println!("5 roots trusted of {set}");
    }

    #[test]
    fn the_post_quantum_exchange_is_offered_first_and_tls_1_3_only() {
        let roots = Roots::amazon().expect("the set holds them");
        let config = client_config(roots, EnclaveClock::new()).expect("TLS 1.3 is offered");
        let groups = &config.crypto_provider().kx_groups;
        assert_eq!(groups[0].name(), rustls::NamedGroup::X25519MLKEM768);
        assert!(config.enable_sni);
    }

    #[cfg(feature = "mock")]
    #[test]
    fn a_file_without_certificates_gives_no_roots() {
        for pem in [
            &b""[..],
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ] {
            assert_eq!(Roots::from_pem(pem).map(|_| ()), Err(TlsError::Roots));
        }
    }
}
