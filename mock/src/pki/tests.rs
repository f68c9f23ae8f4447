//! The verifier on chains that are validly signed and wrong in one place, down to the DER.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use coset::cbor::Value;
use vouchsafe_common::attestation::{AttestationError as E, Expected, inspect};
use x509_cert::der::{Any, Decode, Encode, Header, Reader, SliceReader};

use super::certificate::sign_tbs;
use super::*;

mod issuers;
mod payload;
mod profile;
mod surgery;

const MODULE: &str = "i-0123456789abcdef0-enc0123456789abcdef";
/// 2026-06-01T12:00:00Z.
const NOW: UnixMillis = UnixMillis(1_780_315_200_000);
/// Where the leaf stands in the chain.
const LEAF: usize = 4;

/// Elements of a `TBSCertificate`, in order.
const VERSION: usize = 0;
const SERIAL: usize = 1;
const ALGORITHM: usize = 2;
const ISSUER: usize = 3;
const VALIDITY: usize = 4;
const SUBJECT: usize = 5;
const KEY: usize = 6;
const EXTENSIONS: usize = 7;

/// Extensions of every certificate but the root, in order.
const CONSTRAINTS: usize = 0;
const USAGE: usize = 1;
const OID_CONSTRAINTS: &[u8] = b"\x06\x03\x55\x1d\x13";
const OID_USAGE: &[u8] = b"\x06\x03\x55\x1d\x0f";
const OID_SUBJECT_KEY: &[u8] = b"\x06\x03\x55\x1d\x0e";
const OID_AUTHORITY_KEY: &[u8] = b"\x06\x03\x55\x1d\x23";
const TRUE: &[u8] = b"\x01\x01\xff";
/// cA is true, and no path length.
const AUTHORITY: &[u8] = b"\x30\x03\x01\x01\xff";

/// One element with a tag of one byte.
fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    let head = match length {
        [0, low @ ..=0x7f] => vec![tag, low],
        [0, low] => vec![tag, 0x81, low],
        [high, low] => vec![tag, 0x82, high, low],
    };
    [head, content].concat()
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(0x30, parts)
}

/// The elements inside an element, each as its bytes.
fn split(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = SliceReader::new(bytes).unwrap();
    Header::decode(&mut reader).unwrap();
    let mut parts = Vec::new();
    while !reader.is_finished() {
        parts.push(reader.tlv_bytes().unwrap().to_vec());
    }
    parts
}

fn join(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    element(tag, &parts.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// A whole chain, root first, and the keys that signed it.
struct Chain {
    pki: Pki,
    leaf: Leaf,
}

impl Chain {
    fn new() -> Self {
        let pki = Pki::generate(NOW);
        let leaf = pki.issue_leaf(MODULE, NOW);
        Self { pki, leaf }
    }

    fn certificate(&self, position: usize) -> &[u8] {
        self.leaf
            .bundle
            .get(position)
            .unwrap_or(&self.leaf.certificate)
    }

    fn replace(&mut self, position: usize, certificate: Vec<u8>) {
        match self.leaf.bundle.get_mut(position) {
            Some(place) => *place = certificate,
            None => self.leaf.certificate = certificate,
        }
        if position == 0 {
            self.pki.root.certificate.clone_from(&self.leaf.bundle[0]);
        }
    }

    /// Signs `tbs` in the place of the certificate at `position`, by its true issuer.
    fn sign(&mut self, position: usize, tbs: &[u8]) {
        let authorities = self.pki.authorities.lock().unwrap();
        let signer = match position {
            0 | 1 => &self.pki.root.key,
            _ => &authorities[position - 2].key,
        };
        let certificate = sign_tbs(tbs, signer);
        drop(authorities);
        self.replace(position, certificate);
    }

    /// Changes the elements of a `TBSCertificate` and signs it again.
    fn with_tbs(mut self, position: usize, change: impl FnOnce(&mut Vec<Vec<u8>>)) -> Self {
        let mut parts = split(&split(self.certificate(position))[0]);
        change(&mut parts);
        self.sign(position, &join(0x30, &parts));
        self
    }

    /// Changes the list of extensions of a certificate and signs it again.
    fn with_extensions(self, position: usize, change: impl FnOnce(&mut Vec<Vec<u8>>)) -> Self {
        self.with_tbs(position, |parts| {
            let mut extensions = split(&split(&parts[EXTENSIONS])[0]);
            change(&mut extensions);
            parts[EXTENSIONS] = element(0xa3, &[&join(0x30, &extensions)]);
        })
    }

    /// Changes the three parts of a certificate and leaves the signature as it is.
    fn with_outer(mut self, position: usize, change: impl FnOnce(&mut Vec<Vec<u8>>)) -> Self {
        let mut parts = split(self.certificate(position));
        change(&mut parts);
        self.replace(position, join(0x30, &parts));
        self
    }

    fn document_at(&self, timestamp: UnixMillis) -> Vec<u8> {
        let pcrs = (0..3)
            .map(|index| (index.into(), vec![7; 48].into()))
            .collect();
        let bundle = self
            .leaf
            .bundle
            .iter()
            .map(|it| it.clone().into())
            .collect();
        let entries: Vec<(&str, Value)> = vec![
            ("module_id", MODULE.into()),
            ("digest", "SHA384".into()),
            ("timestamp", timestamp.0.into()),
            ("pcrs", Value::Map(pcrs)),
            ("certificate", self.leaf.certificate.clone().into()),
            ("cabundle", Value::Array(bundle)),
        ];
        let entries = entries
            .into_iter()
            .map(|(name, value)| (name.into(), value))
            .collect();
        let mut payload = Vec::new();
        coset::cbor::ser::into_writer(&Value::Map(entries), &mut payload).unwrap();
        self.leaf.sign(payload)
    }

    fn inspect_at(&self, at: UnixMillis) -> Result<(), E> {
        let root = self.pki.root_fingerprint();
        inspect(
            &self.document_at(NOW),
            &root,
            at,
            &Expected::default(),
            false,
        )
        .map(|_| ())
    }

    fn inspect(&self) -> Result<(), E> {
        self.inspect_at(NOW)
    }
}

/// Whether the chain is refused as malformed at `position`.
fn malformed(position: usize) -> Result<(), E> {
    Err(E::CertificateEncoding { position })
}

fn extension(oid: &[u8], critical: &[u8], value: &[u8]) -> Vec<u8> {
    sequence(&[oid, critical, &element(0x04, &[value])])
}

#[test]
fn a_chain_taken_apart_and_put_together_verifies() {
    for position in 0..=LEAF {
        assert_eq!(Chain::new().with_tbs(position, |_| ()).inspect(), Ok(()));
        assert_eq!(
            Chain::new().with_extensions(position, |_| ()).inspect(),
            Ok(())
        );
        assert_eq!(Chain::new().with_outer(position, |_| ()).inspect(), Ok(()));
    }
}

#[test]
fn an_installation_is_read_back_as_it_was_saved() {
    let directory = tempfile::tempdir().unwrap();
    let pki = Pki::generate(NOW);
    pki.save(directory.path()).unwrap();
    let loaded = Pki::load(directory.path()).unwrap();
    assert_eq!(loaded.root_fingerprint(), pki.root_fingerprint());
    let leaf = loaded.issue_leaf(MODULE, NOW);
    assert_eq!(Chain { pki: loaded, leaf }.inspect(), Ok(()));
}

#[test]
fn every_installation_has_a_root_of_its_own() {
    assert_ne!(
        Pki::generate(NOW).root_fingerprint(),
        Pki::generate(NOW).root_fingerprint()
    );
}

#[test]
fn an_installation_that_was_altered_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().join("nsm");
    let load = || Pki::load(directory.path()).map(|_| ()).unwrap_err();
    assert!(matches!(load(), PkiError::File(_)));
    Pki::generate(NOW).save(directory.path()).unwrap();
    let mode = std::fs::metadata(folder.join("pki.json"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    std::fs::write(folder.join("root.der"), Pki::generate(NOW).root_der()).unwrap();
    assert!(matches!(load(), PkiError::Mismatch));
    for json in [
        &b"{}"[..],
        b"",
        br#"{"notice":"","root_certificate":"?","root_key":""}"#,
    ] {
        std::fs::write(folder.join("pki.json"), json).unwrap();
        assert!(matches!(load(), PkiError::Format));
    }
}

#[test]
fn certificates_stay_within_the_sizes_of_real_ones() {
    let chain = Chain::new();
    assert!((500..=804).contains(&chain.leaf.certificate.len()));
    assert!(
        chain
            .leaf
            .bundle
            .iter()
            .all(|it| (400..=804).contains(&it.len()))
    );
    // x509-cert reads what its parts wrote, strictly.
    for position in 0..=LEAF {
        let any = Any::from_der(chain.certificate(position)).unwrap();
        assert_eq!(any.to_der().unwrap(), chain.certificate(position));
        x509_cert::Certificate::from_der(chain.certificate(position)).unwrap();
    }
}
