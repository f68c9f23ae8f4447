//! The mock's public key infrastructure: AWS's chain, under a root made anew for each installation.
//!
//! Root (30 years), regional (20 days), zonal (6 days), instance (1 day) and leaf (10,803 seconds),
//! all P-384, signed for real. The one secret that stays is the root key, in `nsm/pki.json` of the
//! state directory, readable by its owner: whoever holds it can vouch for anything, and only
//! verifiers that were told to trust this root believe it. Next: [`crate::nsm`].

mod certificate;

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::signature::ECDSA_P384_SHA384_FIXED_SIGNING;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use coset::{CborSerializable, CoseSign1Builder, HeaderBuilder, iana};
use serde::{Deserialize, Serialize};
use vouchsafe_common::attestation::RootFingerprint;
use vouchsafe_common::{Secret, UnixMillis};

use crate::files::{self, FileError};
use certificate::{Identity, PrivateKey, Role, Span, issue};

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;
/// How long a leaf lives, seconds, as measured on AWS's since 2022.
const LEAF_LIFE: u64 = 10_803;
/// How old a leaf is when first used, seconds. AWS's are 0 to 8,523 seconds old in the documents
/// they sign; not zero, so that a verifier whose clock is a little slow takes the first one too.
const LEAF_HEAD_START: u64 = 300;
/// When a leaf is replaced, seconds after its start: documents stay fresh for five minutes, and a
/// leaf must not end before them.
const LEAF_USE: u64 = 9_000;
const ROOT_NAME: &str = "CN=mock.nitro-enclaves,OU=Mock,O=Vouchsafe,C=US";

/// Why an installation's PKI cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// `pki.json` is not what [`Pki::save`] wrote.
    #[error("nsm/pki.json is not the PKI of a mock installation")]
    Format,
    /// `root.der` and `pki.json` are of two installations.
    #[error("nsm/root.der and nsm/pki.json do not belong together")]
    Mismatch,
}

/// `nsm/pki.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    notice: String,
    root_certificate: String,
    root_key: String,
}

/// A root and the authorities below it.
pub struct Pki {
    root: Identity,
    /// Regional, zonal, instance. Made when first needed and again when they would end too soon;
    /// never stored, for the root can make them at any time.
    authorities: Mutex<Vec<Identity>>,
}

/// A leaf certificate with its key and bundle: what an NSM signs documents with.
pub struct Leaf {
    key: PrivateKey,
    certificate: Vec<u8>,
    bundle: Vec<Vec<u8>>,
    renew_at: UnixMillis,
}

impl Pki {
    /// Makes a new root whose validity starts at `now`, less an hour.
    pub fn generate(now: UnixMillis) -> Self {
        let from = now.0 / 1000 - HOUR;
        let span = Span {
            from,
            to: from + 30 * 365 * DAY,
        };
        Self::from_root(issue(ROOT_NAME, Role::Root, span, None))
    }

    const fn from_root(root: Identity) -> Self {
        Self {
            root,
            authorities: Mutex::new(Vec::new()),
        }
    }

    /// Reads the PKI of the installation in `state_dir`.
    ///
    /// # Errors
    ///
    /// [`PkiError`] when there is none, or what is there was altered.
    pub fn load(state_dir: &Path) -> Result<Self, PkiError> {
        let folder = state_dir.join("nsm");
        let json = Secret::new(files::read(&folder.join("pki.json"))?);
        let stored: Stored =
            serde_json::from_slice(json.expose_secret()).map_err(|_| PkiError::Format)?;
        let decode = |text: &str| BASE64.decode(text).map_err(|_| PkiError::Format);
        let certificate = decode(&stored.root_certificate)?;
        if files::read(&folder.join("root.der"))? != certificate {
            return Err(PkiError::Mismatch);
        }
        let key = PrivateKey::from_pkcs8(decode(&stored.root_key)?).ok_or(PkiError::Format)?;
        let name = ROOT_NAME
            .parse()
            .expect("the names of the mock are well formed");
        // Nobody compares the end of a root that outlives its installation.
        Ok(Self::from_root(Identity {
            key,
            certificate,
            name,
            not_after: UnixMillis(u64::MAX),
        }))
    }

    /// Writes `nsm/root.der`, for everyone, and `nsm/pki.json`, for its owner only.
    ///
    /// # Errors
    ///
    /// [`PkiError::File`].
    pub fn save(&self, state_dir: &Path) -> Result<(), PkiError> {
        let folder = state_dir.join("nsm");
        files::create_directory(&folder)?;
        let stored = Stored {
            notice: "Root key of a mock security module. Trust it for nothing but tests.".into(),
            root_certificate: BASE64.encode(&self.root.certificate),
            root_key: BASE64.encode(self.root.key.expose_pkcs8()),
        };
        let json = serde_json::to_vec_pretty(&stored).expect("three texts encode");
        files::write_private(&folder.join("pki.json"), Secret::new(json).expose_secret())?;
        files::write_public(&folder.join("root.der"), &self.root.certificate)?;
        Ok(())
    }

    /// The root certificate in DER.
    pub fn root_der(&self) -> &[u8] {
        &self.root.certificate
    }

    /// What verifiers pin.
    pub fn root_fingerprint(&self) -> RootFingerprint {
        RootFingerprint::of_der(self.root_der())
    }

    /// Issues a leaf for the module, renewing the authorities that would end before it.
    pub fn issue_leaf(&self, module_id: &str, now: UnixMillis) -> Leaf {
        let now = now.0 / 1000;
        let mut authorities = self
            .authorities
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let needed = UnixMillis((now + LEAF_LIFE) * 1000);
        if authorities.is_empty() || authorities.iter().any(|each| each.not_after < needed) {
            *authorities = self.issue_authorities(module_id, now);
        }
        let from = now - LEAF_HEAD_START;
        let span = Span {
            from,
            to: from + LEAF_LIFE,
        };
        let subject =
            format!("CN={module_id}.mock,OU=Mock,O=Vouchsafe,L=Seattle,ST=Washington,C=US");
        let leaf = issue(&subject, Role::Leaf, span, authorities.last());
        let chain = std::iter::once(&self.root).chain(authorities.iter());
        Leaf {
            key: leaf.key,
            certificate: leaf.certificate,
            bundle: chain.map(|each| each.certificate.clone()).collect(),
            renew_at: UnixMillis((from + LEAF_USE) * 1000),
        }
    }

    fn issue_authorities(&self, module_id: &str, now: u64) -> Vec<Identity> {
        let instance = module_id.split("-enc").next().unwrap_or(module_id);
        let from = now - HOUR;
        let levels = [
            ("mock-1.mock".to_owned(), 2, 20 * DAY + HOUR),
            ("zonal.mock-1.mock".to_owned(), 1, 6 * DAY),
            (format!("{instance}.mock-1.mock"), 0, DAY),
        ];
        let mut authorities = Vec::new();
        for (name, path_length, life) in levels {
            let subject = format!("CN={name}.nitro-enclaves,OU=Mock,O=Vouchsafe,C=US");
            let issuer = authorities.last().unwrap_or(&self.root);
            let role = Role::Authority { path_length };
            let authority = issue(
                &subject,
                role,
                Span {
                    from,
                    to: from + life,
                },
                Some(issuer),
            );
            authorities.push(authority);
        }
        authorities
    }
}

impl Leaf {
    /// The leaf certificate in DER.
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// The bundle, root first.
    pub fn bundle(&self) -> &[Vec<u8>] {
        &self.bundle
    }

    /// When the NSM asks for another leaf.
    pub fn renew_at(&self) -> UnixMillis {
        self.renew_at
    }

    /// Signs a payload as the NSM does: `COSE_Sign1`, untagged, ES384, no unprotected header.
    pub fn sign(&self, payload: Vec<u8>) -> Vec<u8> {
        let protected = HeaderBuilder::new()
            .algorithm(iana::Algorithm::ES384)
            .build();
        CoseSign1Builder::new()
            .protected(protected)
            .payload(payload)
            .create_signature(b"", |signed| {
                self.key.sign(&ECDSA_P384_SHA384_FIXED_SIGNING, signed)
            })
            .build()
            .to_vec()
            .expect("four plain parts encode")
    }
}

#[cfg(test)]
mod tests;
