//! `vouchsafe measurements`: signs the statement of a release, and checks one, its files, and an
//! enclave that should run it.
//!
//! What callers and key policies pin is written from a verified release only. Trusts the
//! authority's key that it is given, and for an enclave what [`crate::verify`] trusts. Next:
//! [`crate::release`].

use std::fs::File;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use vouchsafe_common::attestation::{Expectations, Pcr};
use vouchsafe_common::bundle::{self, TrustAnchor};
use vouchsafe_common::digest::{Sha384Digest, sha384};
use vouchsafe_common::limits::MAX_BUNDLE_BYTES;
use vouchsafe_common::proof::CallerPublicKey;

use super::config::Config;
use super::connection::AnyClient;
use super::{Exit, Failure, Output, files};
use crate::client::wall_clock;
use crate::key_file;
use crate::release::{self, MAX_RELEASE_BYTES, RELEASE_FILE, Release, ReleaseError};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Sign the statement of a release with the key of its authority.
    #[command(after_help = "\
The statement is checked before it is signed; scripts/release.sh writes one.

Example:
  vouchsafe measurements sign --key authority.pem --statement statement.json -o release.cose")]
    Sign(SignArgs),
    /// Check a release, its files, and an enclave that should run it.
    #[command(after_help = "\
DIR is the folder of a release: its release.cose is opened and every file that it names is compared.
Beside those it may hold SHA256SUMS, and nothing else: no link, no folder.
FILE is a release.cose alone. With --url the enclave there must be of this release, under this trust
anchor and this policy bundle. -o writes what callers (with --bundle) and key policies pin.

Exit status: 0 verified, 1 refused, 2 usage or unreadable file, 3 the service is away.

Examples:
  vouchsafe measurements verify --release vouchsafe-0.1.0 --authority release.jwk
  vouchsafe measurements verify --release vouchsafe-0.1.0 --authority release.jwk \\
      --anchor trust-anchor.json --bundle bundle.cose -o measurements.json
  vouchsafe measurements verify --release vouchsafe-0.1.0/release.cose --authority release.jwk \\
      --anchor trust-anchor.json --bundle bundle.cose --url https://pii.example.com")]
    Verify(Box<VerifyArgs>),
}

#[derive(clap::Args)]
pub(super) struct SignArgs {
    /// The authority's private key: PKCS#8, PEM or DER.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The statement, JSON.
    #[arg(long, value_name = "FILE")]
    statement: PathBuf,
    /// Where the signed statement goes.
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(clap::Args)]
pub(super) struct VerifyArgs {
    /// The folder of a release, or its release.cose.
    #[arg(long, value_name = "DIR|FILE")]
    release: PathBuf,
    /// A public key that may sign releases, JWK as keygen prints it; may be repeated.
    #[arg(long, value_name = "FILE", required = true)]
    authority: Vec<PathBuf>,
    /// The oldest security version that is accepted.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    security_version: u32,
    /// The trust anchor that the enclave is given.
    #[arg(long, value_name = "FILE")]
    anchor: Option<PathBuf>,
    /// The policy bundle that the enclave is given; it must be good for the trust anchor.
    #[arg(long, value_name = "FILE", requires = "anchor")]
    bundle: Option<PathBuf>,
    /// Where the measurements go.
    #[arg(short, long, value_name = "FILE", requires = "anchor")]
    out: Option<PathBuf>,
    /// Address of a service whose enclave is to be checked, http or https.
    #[arg(long, requires = "bundle")]
    url: Option<String>,
    /// Certificates (PEM) to trust for TLS instead of the system's.
    #[arg(long, value_name = "FILE", requires = "url")]
    certificates: Option<PathBuf>,
    /// The root that evidence must go back to: aws, or mock in builds that can. [default: aws]
    #[arg(long, value_name = "aws|mock", requires = "url")]
    trust: Option<String>,
    /// The mock's root certificate, DER.
    #[arg(long, value_name = "FILE", requires = "url")]
    root: Option<PathBuf>,
}

pub(super) fn run(command: Command, output: Output) -> Result<Exit, Failure> {
    match command {
        Command::Sign(args) => sign(&args, output),
        Command::Verify(args) => verify(&args, output),
    }
}

fn sign(args: &SignArgs, output: Output) -> Result<Exit, Failure> {
    let content = files::read(&args.key, files::MAX_SMALL_FILE_BYTES)?;
    let key = key_file::parse(&content).map_err(|source| Failure::Key {
        path: args.key.clone(),
        source,
    })?;
    let statement = files::read(&args.statement, MAX_RELEASE_BYTES)?;
    let signed = release::sign(&statement, &key).map_err(|source| Failure::Statement {
        path: args.statement.clone(),
        source,
    })?;
    files::write(&args.out, &signed)?;
    let result = json!({"file": args.out.display().to_string()});
    output.result(&result, &args.out.display().to_string())?;
    Ok(Exit::Done)
}

fn verify(args: &VerifyArgs, output: Output) -> Result<Exit, Failure> {
    let is_folder = args.release.is_dir();
    let path = if is_folder {
        args.release.join(RELEASE_FILE)
    } else {
        args.release.clone()
    };
    let document = files::read(&path, MAX_RELEASE_BYTES)?;
    let authorities = args.authority.iter().map(|path| read_authority(path));
    let authorities = authorities.collect::<Result<Vec<_>, _>>()?;
    let refused = |source| Failure::Statement {
        path: path.clone(),
        source,
    };
    let release = Release::open(&document, &authorities, args.security_version).map_err(refused)?;
    if is_folder {
        check_files(&release, &args.release)?;
    }
    let anchor = args.anchor.as_deref().map(Anchor::read).transpose()?;
    let bundle = match (&args.bundle, &anchor) {
        (Some(path), Some(anchor)) => Some(anchor.read_bundle(path)?),
        _ => None,
    };
    let is_attested = match (&args.url, &anchor, bundle) {
        (Some(url), Some(anchor), Some(bundle)) => {
            let expectations = release.expectations(&anchor.bytes, bundle);
            super::wait_for(attest(url.clone(), args, expectations))?;
            true
        }
        _ => false,
    };
    if let (Some(out), Some(anchor)) = (&args.out, &anchor) {
        let pinned = pinned(&release, &anchor.bytes, bundle);
        files::write(out, format!("{pinned:#}\n").as_bytes())?;
    }
    let checked = |is_checked| {
        if is_checked {
            "verified"
        } else {
            "not_checked"
        }
    };
    let statement = release.statement();
    let result = json!({
        "release": statement.release,
        "security_version": statement.security_version,
        "commit": statement.commit,
        "pcrs": statement.pcrs,
        "files": checked(is_folder),
        "enclave": checked(is_attested),
    });
    let text = format!(
        "release {}, security version {}: signature verified, files {}, enclave {}",
        statement.release,
        statement.security_version,
        checked(is_folder).replace('_', " "),
        checked(is_attested).replace('_', " "),
    );
    output.result(&result, &text)?;
    Ok(Exit::Done)
}

/// A public key that may sign releases.
fn read_authority(path: &Path) -> Result<CallerPublicKey, Failure> {
    let content = files::read(path, files::MAX_SMALL_FILE_BYTES)?;
    let jwk: Value = serde_json::from_slice(&content).unwrap_or_default();
    CallerPublicKey::from_jwk(&jwk).map_err(|_| Failure::Authority {
        path: path.to_owned(),
    })
}

/// Compares every file that the release names with the one in `folder`, which has no others.
fn check_files(release: &Release, folder: &Path) -> Result<(), Failure> {
    check_names(release, folder)?;
    for (name, sha256) in &release.statement().files {
        let path = folder.join(name);
        let unreadable = |source| Failure::Unreadable {
            path: path.clone(),
            source,
        };
        let file = File::open(&path).map_err(unreadable)?;
        let compared = Release::check_file(name, sha256, file).map_err(unreadable)?;
        compared.map_err(|source| Failure::Statement {
            path: folder.join(RELEASE_FILE),
            source,
        })?;
    }
    Ok(())
}

/// Refuses a folder with anything that nobody signed, or that is no plain file: a link leads
/// elsewhere at another time, and a device never ends.
fn check_names(release: &Release, folder: &Path) -> Result<(), Failure> {
    let unreadable = |source| Failure::Unreadable {
        path: folder.to_owned(),
        source,
    };
    for entry in folder.read_dir().map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let judged = if entry.file_type().map_err(unreadable)?.is_file() {
            release.check_name(&name)
        } else {
            Err(ReleaseError::Stranger { name })
        };
        judged.map_err(|source| Failure::Statement {
            path: folder.join(RELEASE_FILE),
            source,
        })?;
    }
    Ok(())
}

/// A trust anchor, and the bytes that are measured.
struct Anchor {
    bytes: Vec<u8>,
    parsed: TrustAnchor,
}

impl Anchor {
    fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = files::read(path, MAX_BUNDLE_BYTES)?.to_vec();
        match TrustAnchor::parse(&bytes) {
            Ok(parsed) => Ok(Self { bytes, parsed }),
            Err(source) => Err(Failure::Bundle {
                path: path.to_owned(),
                source,
            }),
        }
    }

    /// The digest of a bundle that an enclave with this anchor would accept now.
    fn read_bundle(&self, path: &Path) -> Result<Sha384Digest, Failure> {
        let content = files::read(path, MAX_BUNDLE_BYTES)?;
        match bundle::open(&content, &self.parsed, wall_clock()) {
            Ok(_) => Ok(sha384(&[&content])),
            Err(source) => Err(Failure::Bundle {
                path: path.to_owned(),
                source,
            }),
        }
    }
}

/// Asks the service for evidence and verifies it.
async fn attest(url: String, args: &VerifyArgs, expectations: Expectations) -> Result<(), Failure> {
    let settings = Config {
        url: Some(url),
        certificates: args.certificates.clone(),
        trust: args.trust.clone(),
        root: args.root.clone(),
        ..Config::default()
    };
    match settings.connect(expectations.into(), None)? {
        AnyClient::Aws(client) => client.attest().await?,
        #[cfg(feature = "mock")]
        AnyClient::Mock(client) => client.attest().await?,
    }
    Ok(())
}

/// The file of measurements: see [`crate::measurements`].
fn pinned(release: &Release, anchor: &[u8], bundle: Option<Sha384Digest>) -> Value {
    let mut pinned = json!({"pcrs": release.registers(anchor)});
    if let Some(digest) = bundle {
        pinned["bundle_digest"] = json!(Pcr(digest));
    }
    pinned
}
