//! `vouchsafe evidence`: fetches an attestation document, and inspects one at any time, offline.
//!
//! Inspecting yields no trust: it takes any root and any time, so that people can look at documents
//! of the past. What seals requests verifies for itself, in [`crate::verify`].

mod expect;

use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use vouchsafe_common::UnixMillis;
use vouchsafe_common::attestation::{
    AttestationError, Document, Inspection, RootFingerprint, inspect,
};
use vouchsafe_common::envelope::Evidence;
use vouchsafe_common::limits::MAX_DOCUMENT_BYTES;

use self::expect::ExpectFile;
use super::{Exit, Failure, Output, files};
use crate::client::{random, wall_clock};
use crate::http::Parent;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Fetch the current evidence of a service. Nothing is verified.
    #[command(after_help = "\
Writes the attestation document to FILE and the key configuration that it vouches for to
FILE.key-configuration, and prints the nonce.

Example:
  vouchsafe evidence fetch --url http://127.0.0.1:8080 -o document.cbor")]
    Fetch(FetchArgs),
    /// Inspect an attestation document: signature, chain, time, and what is expected of it.
    #[command(after_help = "\
Exit status: 0 verified, 1 refused (with a stable code), 2 usage or unreadable file.

FILE.json may have: pcrs {\"0\": hex, …}, nonce, user_data (hex), max_age_ms, skew_ms,
rsa_public_key, bundle_digest. What it lacks is not compared; null: the document must hold nothing.

Example:
  vouchsafe evidence verify document.cbor --root aws --at 2026-06-01T12:00:00Z \\
      --expect expected.json --json")]
    Verify(VerifyArgs),
}

#[derive(clap::Args)]
pub(super) struct FetchArgs {
    /// Address of the service, http or https.
    #[arg(long)]
    url: String,
    /// Certificates (PEM) to trust for TLS instead of the system's.
    #[arg(long, value_name = "FILE")]
    certificates: Option<PathBuf>,
    /// Where the document goes.
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    /// 32 bytes that the document must repeat, hex. [default: random]
    #[arg(long, value_name = "HEX")]
    nonce: Option<Nonce>,
}

#[derive(clap::Args)]
pub(super) struct VerifyArgs {
    /// The attestation document.
    document: PathBuf,
    /// The root certificate: aws, or a file with another one in DER.
    #[arg(long, value_name = "aws|PATH.der")]
    root: PathBuf,
    /// The time at which the document is looked at, RFC 3339. [default: now]
    #[arg(long, value_name = "RFC3339")]
    at: Option<At>,
    /// What the document must hold, JSON.
    #[arg(long, value_name = "FILE.json")]
    expect: Option<PathBuf>,
    /// Accept an enclave in debug mode; the answer says so.
    #[arg(long)]
    allow_debug: bool,
}

/// A nonce on the command line.
#[derive(Clone, Copy)]
struct Nonce([u8; 32]);

impl FromStr for Nonce {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut nonce = [0; 32];
        hex::decode_to_slice(text, &mut nonce).map_err(|_| "a nonce is 64 hex digits")?;
        Ok(Self(nonce))
    }
}

/// A time on the command line.
#[derive(Clone, Copy)]
struct At(UnixMillis);

impl FromStr for At {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let time = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| "not a time of RFC 3339")?;
        let millis = time.unix_timestamp_nanos().div_euclid(1_000_000);
        let millis = u64::try_from(millis).map_err(|_| "a time before 1970")?;
        Ok(Self(UnixMillis(millis)))
    }
}

pub(super) fn run(command: Command, output: Output) -> Result<Exit, Failure> {
    match command {
        Command::Fetch(args) => super::wait_for(fetch(args, output)),
        Command::Verify(args) => verify(&args, output),
    }
}

async fn fetch(args: FetchArgs, output: Output) -> Result<Exit, Failure> {
    let pem = match &args.certificates {
        Some(path) => Some(files::read(path, files::MAX_SMALL_FILE_BYTES)?),
        None => None,
    };
    let parent = Parent::new(&args.url, pem.as_ref().map(|pem| pem.as_slice()))?;
    let nonce = args.nonce.map_or_else(random, |nonce| nonce.0);
    let evidence = parent.evidence(&nonce).await?;
    let evidence = Evidence::decode(&evidence).map_err(|_| Failure::NotEvidence)?;
    let mut configuration = args.out.clone().into_os_string();
    configuration.push(".key-configuration");
    let configuration = PathBuf::from(configuration);
    files::write(&args.out, &evidence.document)?;
    files::write(&configuration, &evidence.key_configuration)?;
    let nonce = hex::encode(nonce);
    let result = json!({
        "nonce": nonce,
        "document": args.out.display().to_string(),
        "key_configuration": configuration.display().to_string(),
        "verified": false,
    });
    output.result(&result, &format!("nonce {nonce}"))?;
    output.note("fetched and not verified; see vouchsafe evidence verify");
    Ok(Exit::Done)
}

fn verify(args: &VerifyArgs, output: Output) -> Result<Exit, Failure> {
    let root = root(&args.root)?;
    let expect = args
        .expect
        .as_deref()
        .map(ExpectFile::read)
        .transpose()?
        .unwrap_or_default();
    let at = args.at.map_or_else(wall_clock, |at| at.0);
    // One byte more than a document may have, so that the verifier is the one to refuse it.
    let document = read_start(&args.document, MAX_DOCUMENT_BYTES + 1)?;
    let inspected = inspect(&document, &root, at, &expect.expected(), args.allow_debug).and_then(
        |inspection| {
            expect
                .check_absent(&inspection.document)
                .map(|()| inspection)
        },
    );
    match inspected {
        Ok(inspection) => {
            let compared = expect.compared();
            let text = describe(&inspection, &compared);
            output.result(&verified(&inspection, &compared), &text)?;
            Ok(Exit::Done)
        }
        Err(error) => {
            output.result(
                &refused(&error),
                &format!("refused: {error} [{}]", error.code()),
            )?;
            Ok(Exit::Refused)
        }
    }
}

fn root(path: &Path) -> Result<RootFingerprint, Failure> {
    if path.as_os_str() == "aws" {
        return Ok(RootFingerprint::AWS_NITRO_G1);
    }
    let der = files::read(path, files::MAX_SMALL_FILE_BYTES)?;
    match der.first() {
        Some(0x30) => Ok(RootFingerprint::of_der(&der)),
        _ => Err(Failure::Value {
            name: "root",
            expected: "aws or a certificate in DER",
        }),
    }
}

/// At most `limit` bytes from the start of `path`.
fn read_start(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    use std::io::Read as _;
    let unreadable = |source| Failure::Unreadable {
        path: path.to_owned(),
        source,
    };
    let mut content = Vec::new();
    let mut file = std::fs::File::open(path)
        .map_err(unreadable)?
        .take(limit as u64);
    file.read_to_end(&mut content).map_err(unreadable)?;
    Ok(content)
}

fn verified(inspection: &Inspection, compared: &[String]) -> Value {
    let document = &inspection.document;
    let bytes = |field: &Option<Vec<u8>>| field.as_ref().map(hex::encode);
    let pcrs: serde_json::Map<String, Value> = document
        .pcrs
        .iter()
        .map(|(index, pcr)| (index.to_string(), json!(pcr)))
        .collect();
    json!({
        "verdict": "verified",
        "debug": inspection.debug,
        "module_id": document.module_id,
        "timestamp": timestamp(document),
        "timestamp_ms": document.timestamp.0,
        "pcrs": pcrs,
        "public_key": bytes(&document.public_key),
        "user_data": bytes(&document.user_data),
        "nonce": bytes(&document.nonce),
        "compared": compared,
    })
}

fn refused(error: &AttestationError) -> Value {
    json!({ "verdict": "refused", "code": error.code(), "message": error.to_string() })
}

fn timestamp(document: &Document) -> Option<String> {
    let nanos = i128::from(document.timestamp.0) * 1_000_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanos)
        .ok()?
        .format(&Rfc3339)
        .ok()
}

/// The same for people: registers that are zero are left out.
fn describe(inspection: &Inspection, compared: &[String]) -> String {
    let document = &inspection.document;
    let mut lines = vec![
        "verified".to_owned(),
        format!("  module      {}", document.module_id),
        format!("  time        {}", timestamp(document).unwrap_or_default()),
    ];
    if inspection.debug {
        lines.push("  DEBUG MODE  the operator can read this enclave's memory".to_owned());
    }
    for (index, pcr) in document.pcrs.iter().filter(|(_, pcr)| !pcr.is_zero()) {
        lines.push(format!("  {:<12}{pcr}", format!("PCR{index}")));
    }
    let fields = [
        ("public key", &document.public_key),
        ("user data", &document.user_data),
        ("nonce", &document.nonce),
    ];
    for (name, value) in fields {
        let value = value
            .as_ref()
            .map_or_else(|| "none".to_owned(), hex::encode);
        lines.push(format!("  {name:<12}{value}"));
    }
    lines.push(if compared.is_empty() {
        "  compared with nothing: give --expect to compare the measurements".to_owned()
    } else {
        format!("  compared    {}", compared.join(", "))
    });
    lines.join("\n")
}
