//! The statement of a release: which image it is, by its registers, and which files belong to it.
//!
//! JSON in a COSE_Sign1 of the release's authority ([`vouchsafe_common::signed`]). A [`Release`] is
//! made by [`Release::open`] alone, so whoever holds one has checked the signature and the floor;
//! what callers pin comes out of it and not out of an unsigned file beside it.
//!
//! Trusts the authority's key. No file or socket here; files are compared by what the caller reads
//! of them. Next: `cli/measurements.rs`; docs/DEPLOY.md says who signs.

use std::collections::BTreeMap;
use std::io;

use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use vouchsafe_common::attestation::{Expectations, Pcr};
use vouchsafe_common::digest::Sha384Digest;
use vouchsafe_common::proof::{CallerKey, CallerPublicKey};
use vouchsafe_common::signed::{self, SignedError};

/// Longest signed statement, bytes. A hundred files take a sixth of it.
pub const MAX_RELEASE_BYTES: usize = 64 * 1024;
/// The signed statement in the folder of a release.
pub const RELEASE_FILE: &str = "release.cose";
/// The list beside it for `sha256sum`, which proves nothing and is made after the statement.
const SUMS_FILE: &str = "SHA256SUMS";

/// The version of the statement that this code reads.
const VERSION: u8 = 1;
/// Registers of the image. The trust anchor's (16) is no matter of a release.
const IMAGE_PCRS: [u8; 3] = [0, 1, 2];
/// The register of the certificate that signed the image, where one did.
const SIGNER_PCR: u8 = 8;
/// External data of the signature: an authority's signature on anything else is no release.
const CONTEXT: &[u8] = b"vouchsafe/release/v1";

/// Why a release is refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ReleaseError {
    /// The signature, or the form around the statement.
    #[error(transparent)]
    Signed(#[from] SignedError),
    /// Not JSON of the members of a statement.
    #[error("the statement does not parse at line {line}, column {column}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// Another version of the statement.
    #[error("the statement has version {0}, this code reads {VERSION}")]
    Version(u8),
    /// PCR0, 1 or 2 is missing or zero, or a register is named that is none of the image's.
    #[error("PCR{index} is missing, zero, or not one of an image")]
    Register {
        /// Which.
        index: u8,
    },
    /// A file's name is a path, or its digest no SHA-256.
    #[error("file number {index} has a name or a SHA-256 that cannot be used")]
    Entry {
        /// Position, from 0, by name.
        index: usize,
    },
    /// Older than the reader accepts.
    #[error("the release has security version {security_version}, {floor} or later is asked for")]
    BelowFloor {
        /// The release's.
        security_version: u32,
        /// The reader's.
        floor: u32,
    },
    /// A file is not the one that was signed.
    #[error("{name} is not the file of this release")]
    File {
        /// Its name.
        name: String,
    },
    /// Something lies in the folder that nobody signed, or is no plain file.
    #[error("{name:?} is not of this release, or no plain file")]
    Stranger {
        /// Its name, or what of it is text.
        name: String,
    },
}

impl ReleaseError {
    /// The stable name of the cause.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Signed(SignedError::TooLong) => "release_too_long",
            Self::Signed(SignedError::NotSigned) => "release_not_signed",
            Self::Signed(SignedError::Signature) => "release_signature",
            Self::Syntax { .. } => "release_syntax",
            Self::Version(_) => "release_version",
            Self::Register { .. } => "release_register",
            Self::Entry { .. } => "release_entry",
            Self::BelowFloor { .. } => "release_below_floor",
            Self::File { .. } => "release_file",
            Self::Stranger { .. } => "release_stranger",
        }
    }
}

/// What an authority says of a release. Public, and trusted by its signature alone.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The version of this form.
    version: u8,
    /// The release's version, for people.
    pub release: String,
    /// Rises when a release closes a hole, so that readers can refuse those before it.
    pub security_version: u32,
    /// The commit it was built from, for people.
    pub commit: String,
    /// PCR0, 1 and 2 of the image, and 8 where it is signed.
    pub pcrs: BTreeMap<u8, Pcr>,
    /// SHA-256 of each file by its name, 64 lower-case hex digits.
    pub files: BTreeMap<String, String>,
}

impl Statement {
    /// Reads a statement.
    ///
    /// # Errors
    ///
    /// [`ReleaseError`] with the place of the fault.
    pub fn parse(json: &[u8]) -> Result<Self, ReleaseError> {
        let this: Self = serde_json::from_slice(json).map_err(|error| ReleaseError::Syntax {
            line: error.line(),
            column: error.column(),
        })?;
        if this.version != VERSION {
            return Err(ReleaseError::Version(this.version));
        }
        this.check_registers()?;
        match this.files.iter().position(|file| !is_entry(file)) {
            Some(index) => Err(ReleaseError::Entry { index }),
            None => Ok(this),
        }
    }

    fn check_registers(&self) -> Result<(), ReleaseError> {
        let usable = |index| self.pcrs.get(index).is_some_and(|pcr| !pcr.is_zero());
        let known = |index: &u8| IMAGE_PCRS.contains(index) || *index == SIGNER_PCR;
        let mut named = IMAGE_PCRS.iter().chain(self.pcrs.keys());
        match named.find(|index| !usable(index) || !known(index)) {
            Some(&index) => Err(ReleaseError::Register { index }),
            None => Ok(()),
        }
    }
}

/// A name without a folder, and a digest in its one form.
fn is_entry((name, sha256): (&String, &String)) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._+~-".contains(&byte);
    let is_name = !name.is_empty() && !name.starts_with('.') && name.bytes().all(plain);
    let lower_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    is_name && sha256.len() == 64 && sha256.bytes().all(lower_hex)
}

/// Signs a statement. It is parsed first: what does not open is not signed.
///
/// # Errors
///
/// [`ReleaseError`] with the place of the fault.
pub fn sign(statement: &[u8], authority: &CallerKey) -> Result<Vec<u8>, ReleaseError> {
    Statement::parse(statement)?;
    Ok(signed::sign(
        statement,
        CONTEXT,
        authority,
        MAX_RELEASE_BYTES,
    )?)
}

/// A release whose statement an authority signed and that is new enough.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Release(Statement);

impl Release {
    /// Opens a signed statement: signature by one of the authorities, form, floor.
    ///
    /// # Errors
    ///
    /// [`ReleaseError`] for the first of these that fails.
    pub fn open(
        document: &[u8],
        authorities: &[CallerPublicKey],
        floor: u32,
    ) -> Result<Self, ReleaseError> {
        let payload = signed::open(document, CONTEXT, authorities, MAX_RELEASE_BYTES)?;
        let statement = Statement::parse(&payload)?;
        let security_version = statement.security_version;
        if security_version < floor {
            return Err(ReleaseError::BelowFloor {
                security_version,
                floor,
            });
        }
        Ok(Self(statement))
    }

    /// What was signed.
    pub const fn statement(&self) -> &Statement {
        &self.0
    }

    /// Judges what lies in the folder of a release by its name: only what was signed may, beside the
    /// statement itself and the list for `sha256sum`. A file that nobody signed would else be taken
    /// for verified.
    ///
    /// # Errors
    ///
    /// [`ReleaseError::Stranger`].
    pub fn check_name(&self, name: &str) -> Result<(), ReleaseError> {
        if self.0.files.contains_key(name) || [RELEASE_FILE, SUMS_FILE].contains(&name) {
            return Ok(());
        }
        Err(ReleaseError::Stranger { name: name.into() })
    }

    /// Compares a file's content with what was signed; `name` and `sha256` are an entry of `files`.
    ///
    /// # Errors
    ///
    /// What `content` says when it cannot be read; the inner error is [`ReleaseError::File`].
    pub fn check_file(
        name: &str,
        sha256: &str,
        mut content: impl io::Read,
    ) -> io::Result<Result<(), ReleaseError>> {
        let mut digest = Context::new(&SHA256);
        let mut part = vec![0; 64 * 1024];
        loop {
            match content.read(&mut part)? {
                0 => break,
                length => digest.update(&part[..length]),
            }
        }
        if hex::encode(digest.finish()) == sha256 {
            return Ok(Ok(()));
        }
        Ok(Err(ReleaseError::File { name: name.into() }))
    }

    /// The registers of this image under a trust anchor (the bytes of its file): what key policies
    /// pin.
    pub fn registers(&self, anchor: &[u8]) -> BTreeMap<u8, Pcr> {
        let mut pcrs = self.0.pcrs.clone();
        pcrs.insert(16, Pcr::measure(anchor));
        pcrs
    }

    /// What an enclave of this release must be under this trust anchor and this policy bundle.
    pub fn expectations(&self, anchor: &[u8], bundle_digest: Sha384Digest) -> Expectations {
        let pcr = |index| self.0.pcrs[&index];
        Expectations {
            pcr0: pcr(0),
            pcr1: pcr(1),
            pcr2: pcr(2),
            pcr16: Pcr::measure(anchor),
            pcr8: self.0.pcrs.get(&SIGNER_PCR).copied(),
            bundle_digest,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// SHA-256 of nothing, FIPS 180-4.
    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn whole() -> Value {
        let pcr = |digit: &str| digit.repeat(96);
        json!({
            "version": 1, "release": "0.1.0", "security_version": 3, "commit": "c0ffee",
            "pcrs": {"0": pcr("a"), "1": pcr("b"), "2": pcr("c")},
            "files": {"enclave.eif": EMPTY},
        })
    }

    fn parse(statement: &Value) -> Result<Statement, ReleaseError> {
        Statement::parse(statement.to_string().as_bytes())
    }

    fn with(path: &str, value: Value) -> Value {
        let mut statement = whole();
        let (parent, member) = path.rsplit_once('/').unwrap();
        statement.pointer_mut(parent).unwrap()[member] = value;
        statement
    }

    #[test]
    fn a_signed_release_opens_for_its_authority_from_its_security_version_down() {
        let key = CallerKey::generate_ed25519();
        let document = sign(whole().to_string().as_bytes(), &key).unwrap();
        let open = |floor| Release::open(&document, &[key.public_key()], floor);
        assert_eq!(open(3).unwrap().statement(), &parse(&whole()).unwrap());
        let below = ReleaseError::BelowFloor {
            security_version: 3,
            floor: 4,
        };
        assert_eq!(open(4), Err(below));
        let stranger = CallerKey::generate_ed25519().public_key();
        let refused = Release::open(&document, &[stranger], 0);
        assert_eq!(refused, Err(SignedError::Signature.into()));
    }

    #[test]
    fn a_signature_on_a_policy_bundle_is_none_on_a_release() {
        let key = CallerKey::generate_ed25519();
        let statement = whole().to_string();
        let context = b"vouchsafe/bundle/v1";
        let document =
            signed::sign(statement.as_bytes(), context, &key, MAX_RELEASE_BYTES).unwrap();
        let refused = Release::open(&document, &[key.public_key()], 0);
        assert_eq!(refused, Err(SignedError::Signature.into()));
    }

    #[test]
    fn registers_are_those_of_an_image_and_none_is_zero() {
        for index in [0_u8, 1, 2, 8] {
            let zero = with(&format!("/pcrs/{index}"), json!("0".repeat(96)));
            assert_eq!(parse(&zero), Err(ReleaseError::Register { index }));
        }
        for index in [3_u8, 16] {
            let more = with(&format!("/pcrs/{index}"), json!("d".repeat(96)));
            assert_eq!(parse(&more), Err(ReleaseError::Register { index }));
        }
        for index in [0_u8, 1, 2] {
            let mut fewer = whole();
            let pcrs = fewer["pcrs"].as_object_mut().unwrap();
            pcrs.remove(&index.to_string());
            assert_eq!(parse(&fewer), Err(ReleaseError::Register { index }));
        }
        assert!(parse(&with("/pcrs/8", json!("d".repeat(96)))).is_ok());
    }

    #[test]
    fn a_file_has_a_name_without_a_folder_and_a_whole_digest() {
        let entry = ReleaseError::Entry { index: 0 };
        for name in ["", ".", "..", ".hidden", "a/b", "a\\b", "a b", "\u{e4}"] {
            let named = with("/files", json!({ name: EMPTY }));
            assert_eq!(parse(&named), Err(entry.clone()), "{name}");
        }
        for digest in ["", &EMPTY[1..], &EMPTY.to_uppercase()] {
            let digested = with("/files", json!({ "a": digest }));
            assert_eq!(parse(&digested), Err(entry.clone()), "{digest}");
        }
    }

    #[test]
    fn another_form_is_refused_and_not_signed() {
        let key = CallerKey::generate_ed25519();
        let version = with("/version", json!(2));
        assert_eq!(parse(&version), Err(ReleaseError::Version(2)));
        let signed = sign(version.to_string().as_bytes(), &key);
        assert_eq!(signed, Err(ReleaseError::Version(2)));
        let text = whole().to_string();
        for length in 0..text.len() {
            let cut = Statement::parse(&text.as_bytes()[..length]);
            assert!(matches!(cut, Err(ReleaseError::Syntax { .. })), "{length}");
        }
        let unknown = parse(&with("/note", json!("x")));
        assert!(matches!(unknown, Err(ReleaseError::Syntax { .. })));
    }

    #[test]
    fn a_file_is_told_from_another_by_its_content() {
        let check = |content: &[u8]| Release::check_file("a", EMPTY, content).unwrap();
        assert_eq!(check(b""), Ok(()));
        let other = ReleaseError::File { name: "a".into() };
        assert_eq!(check(b"x"), Err(other));
    }

    #[test]
    fn an_enclave_is_expected_with_the_registers_of_the_release_and_of_its_anchor() {
        let key = CallerKey::generate_ed25519();
        let statement = with("/pcrs/8", json!("d".repeat(96))).to_string();
        let document = sign(statement.as_bytes(), &key).unwrap();
        let release = Release::open(&document, &[key.public_key()], 0).unwrap();
        let expected = release.expectations(b"anchor", [7; 48]);
        assert_eq!(expected.pcr0, Pcr([0xaa; 48]));
        assert_eq!(expected.pcr1, Pcr([0xbb; 48]));
        assert_eq!(expected.pcr2, Pcr([0xcc; 48]));
        assert_eq!(expected.pcr8, Some(Pcr([0xdd; 48])));
        assert_eq!(expected.pcr16, Pcr::measure(b"anchor"));
        assert_eq!(expected.bundle_digest, [7; 48]);
        let pinned: Vec<u8> = release.registers(b"anchor").into_keys().collect();
        assert_eq!(pinned, [0, 1, 2, 8, 16]);
    }
}
