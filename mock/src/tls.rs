//! TLS of the KMS: a CA per installation, the server's certificate, and rustls set up with both.
//!
//! The CA's key signs one certificate and is then forgotten, so nobody can make another one that
//! clients of this installation would trust. ECDSA on P-256, SHA-256. The installation expires
//! after ten years.

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;
use time::macros::format_description;
use zeroize::Zeroizing;

use crate::asn1::{
    BIT_STRING, GENERALIZED_TIME, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, SET,
    UTF8_STRING, element,
};

/// How long an installation's certificates are valid.
const VALIDITY: Duration = Duration::from_hours(3650 * 24);
/// Before the start of validity: clocks that are a little behind.
const BACKDATED: Duration = Duration::from_hours(1);

/// 1.2.840.10045.4.3.2, RFC 5758 §3.2.
const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
/// 2.5.4.3, X.520.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// 2.5.29.19, RFC 5280 §4.2.1.9.
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
/// 2.5.29.15, RFC 5280 §4.2.1.3.
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
/// 2.5.29.37, RFC 5280 §4.2.1.12.
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
/// 1.3.6.1.5.5.7.3.1, RFC 5280 §4.2.1.12.
const SERVER_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];
/// 2.5.29.17, RFC 5280 §4.2.1.6.
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
/// 2.5.29.14, RFC 5280 §4.2.1.2.
const SUBJECT_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 0x0e];
/// 2.5.29.35, RFC 5280 §4.2.1.1.
const AUTHORITY_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 0x23];
/// DER of TRUE.
const TRUE: &[u8] = &[0x01, 0x01, 0xff];

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The cryptographic library made no key or no signature.
    #[error("a certificate cannot be made")]
    Crypto,
    /// The time is outside the years a certificate can name.
    #[error("the clock is out of range")]
    Clock,
    /// The file is not PEM of the expected kind.
    #[error("a certificate or key file is not valid PEM")]
    Pem,
    /// rustls does not accept certificate, key or CA.
    #[error("the certificate or its key is not accepted")]
    Rustls(#[from] rustls::Error),
}

/// PEM files of a fresh installation.
pub struct ServerFiles {
    /// The CA, for clients.
    pub ca: String,
    /// The server's certificate.
    pub certificate: String,
    /// The server's key, PKCS#8.
    pub key: Zeroizing<String>,
}

/// Makes a CA and a server certificate for these DNS names and addresses, then forgets the CA.
///
/// # Errors
///
/// [`TlsError::Crypto`] or [`TlsError::Clock`].
pub fn make(
    names: &[&str],
    addresses: &[IpAddr],
    now: SystemTime,
) -> Result<ServerFiles, TlsError> {
    let validity = validity(now)?;
    let (ca_key, _) = generate()?;
    let (server_key, server_pkcs8) = generate()?;
    let ca_name = name("Vouchsafe mock KMS CA");
    let ca_id = key_id(&ca_key)?;
    let ca = certificate(
        &ca_key,
        &ca_name,
        &ca_name,
        &validity,
        &ca_key,
        &[
            extension(BASIC_CONSTRAINTS, true, &element(SEQUENCE, &[TRUE])),
            // keyCertSign: bit 5 of one octet.
            extension(KEY_USAGE, true, &element(BIT_STRING, &[&[2, 0b0000_0100]])),
            extension(
                SUBJECT_KEY_IDENTIFIER,
                false,
                &element(OCTET_STRING, &[&ca_id]),
            ),
        ],
    )?;

    let mut general_names = Vec::new();
    for dns in names {
        general_names.extend(element(0x82, &[dns.as_bytes()]));
    }
    for address in addresses {
        match address {
            IpAddr::V4(v4) => general_names.extend(element(0x87, &[&v4.octets()])),
            IpAddr::V6(v6) => general_names.extend(element(0x87, &[&v6.octets()])),
        }
    }
    let server_auth = element(OBJECT_IDENTIFIER, &[SERVER_AUTH]);
    let server = certificate(
        &ca_key,
        &ca_name,
        &name("Vouchsafe mock KMS"),
        &validity,
        &server_key,
        &[
            extension(BASIC_CONSTRAINTS, true, &element(SEQUENCE, &[])),
            // digitalSignature: bit 0.
            extension(KEY_USAGE, true, &element(BIT_STRING, &[&[7, 0b1000_0000]])),
            extension(
                EXTENDED_KEY_USAGE,
                false,
                &element(SEQUENCE, &[&server_auth]),
            ),
            extension(
                SUBJECT_ALT_NAME,
                false,
                &element(SEQUENCE, &[&general_names]),
            ),
            extension(
                SUBJECT_KEY_IDENTIFIER,
                false,
                &element(OCTET_STRING, &[&key_id(&server_key)?]),
            ),
            extension(
                AUTHORITY_KEY_IDENTIFIER,
                false,
                &element(SEQUENCE, &[&element(0x80, &[&ca_id])]),
            ),
        ],
    )?;
    Ok(ServerFiles {
        ca: pem("CERTIFICATE", &ca),
        certificate: pem("CERTIFICATE", &server),
        key: Zeroizing::new(pem("PRIVATE KEY", &server_pkcs8)),
    })
}

fn generate() -> Result<(EcdsaKeyPair, Zeroizing<Vec<u8>>), TlsError> {
    let key =
        EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).map_err(|_| TlsError::Crypto)?;
    let pkcs8 = key.to_pkcs8v1().map_err(|_| TlsError::Crypto)?;
    let pkcs8 = Zeroizing::new(pkcs8.as_ref().to_vec());
    Ok((key, pkcs8))
}

fn certificate(
    signer: &EcdsaKeyPair,
    issuer: &[u8],
    subject: &[u8],
    validity: &[u8],
    key: &EcdsaKeyPair,
    extensions: &[Vec<u8>],
) -> Result<Vec<u8>, TlsError> {
    let algorithm = element(
        SEQUENCE,
        &[&element(OBJECT_IDENTIFIER, &[ECDSA_WITH_SHA256])],
    );
    let mut serial = crate::kms::store::random::<16>();
    // Positive, and not zero in its first octet, as RFC 5280 §4.1.2.2 and DER want it.
    serial[0] = (serial[0] & 0x3f) | 0x40;
    let spki: PublicKeyX509Der<'_> = key.public_key().as_der().map_err(|_| TlsError::Crypto)?;
    let extensions: Vec<&[u8]> = extensions.iter().map(Vec::as_slice).collect();
    let to_be_signed = element(
        SEQUENCE,
        &[
            // [0] version, v3.
            &element(0xa0, &[&element(INTEGER, &[&[2]])]),
            &element(INTEGER, &[&serial]),
            &algorithm,
            issuer,
            validity,
            subject,
            spki.as_ref(),
            &element(0xa3, &[&element(SEQUENCE, &extensions)]),
        ],
    );
    let signature = signer
        .sign(&SystemRandom::new(), &to_be_signed)
        .map_err(|_| TlsError::Crypto)?;
    let signature = element(BIT_STRING, &[&[0], signature.as_ref()]);
    Ok(element(SEQUENCE, &[&to_be_signed, &algorithm, &signature]))
}

fn name(common_name: &str) -> Vec<u8> {
    let attribute = element(
        SEQUENCE,
        &[
            &element(OBJECT_IDENTIFIER, &[COMMON_NAME]),
            &element(UTF8_STRING, &[common_name.as_bytes()]),
        ],
    );
    element(SEQUENCE, &[&element(SET, &[&attribute])])
}

fn extension(id: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if critical { TRUE } else { &[] };
    let id = element(OBJECT_IDENTIFIER, &[id]);
    element(SEQUENCE, &[&id, critical, &element(OCTET_STRING, &[value])])
}

/// The first 160 bits of SHA-256 over the public key, RFC 7093 §2.
fn key_id(key: &EcdsaKeyPair) -> Result<Vec<u8>, TlsError> {
    let spki: PublicKeyX509Der<'_> = key.public_key().as_der().map_err(|_| TlsError::Crypto)?;
    Ok(vouchsafe_common::digest::sha256(&[spki.as_ref()])[..20].to_vec())
}

fn validity(now: SystemTime) -> Result<Vec<u8>, TlsError> {
    // RFC 5280 §4.1.2.5: UTCTime, with two digits for the year, through 2049.
    let time = |at: SystemTime| {
        let format = format_description!("[year][month][day][hour][minute][second]Z");
        let at = OffsetDateTime::from(at);
        let text = at.format(format).map_err(|_| TlsError::Clock)?;
        Ok::<_, TlsError>(if (1950..2050).contains(&at.year()) {
            element(0x17, &[&text.as_bytes()[2..]])
        } else {
            element(GENERALIZED_TIME, &[text.as_bytes()])
        })
    };
    Ok(element(
        SEQUENCE,
        &[&time(now - BACKDATED)?, &time(now + VALIDITY)?],
    ))
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out + &format!("-----END {label}-----\n")
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// The server's side: HTTP/1.1, no client certificates.
///
/// # Errors
///
/// [`TlsError`] for files that are not PEM, or a key that is not the certificate's.
pub fn server_config(certificate: &[u8], key: &[u8]) -> Result<rustls::ServerConfig, TlsError> {
    let chain = CertificateDer::pem_slice_iter(certificate)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| TlsError::Pem)?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| TlsError::Pem)?;
    let mut config = rustls::ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// A client's side: trusts this CA only.
///
/// # Errors
///
/// [`TlsError`] for a file that is not a CA in PEM.
pub fn client_config(ca: &[u8]) -> Result<rustls::ClientConfig, TlsError> {
    let mut roots = rustls::RootCertStore::empty();
    let ca = CertificateDer::from_pem_slice(ca).map_err(|_| TlsError::Pem)?;
    roots.add(ca)?;
    Ok(rustls::ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at what cannot fail")]
    use super::*;

    fn files() -> ServerFiles {
        let loopback = IpAddr::from([127, 0, 0, 1]);
        make(&["localhost"], &[loopback], SystemTime::now()).unwrap()
    }

    #[test]
    fn rustls_accepts_what_was_made() {
        let files = files();
        server_config(files.certificate.as_bytes(), files.key.as_bytes()).unwrap();
        client_config(files.ca.as_bytes()).unwrap();
    }

    #[test]
    fn a_key_of_another_installation_is_refused() {
        let refused = server_config(files().certificate.as_bytes(), files().key.as_bytes());
        assert!(matches!(refused, Err(TlsError::Rustls(_))));
    }

    #[test]
    fn files_that_are_not_pem_are_refused() {
        assert!(matches!(server_config(b"", b""), Err(TlsError::Pem)));
        assert!(matches!(client_config(b"junk"), Err(TlsError::Pem)));
    }
}
