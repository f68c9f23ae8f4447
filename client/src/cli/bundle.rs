//! `vouchsafe bundle`: signs policy bundles and shows what is in one.

use std::path::{Path, PathBuf};

use serde_json::json;
use vouchsafe_common::attestation::Pcr;
use vouchsafe_common::bundle::{self, Policy, Recogniser, TrustAnchor};
use vouchsafe_common::digest::sha384;
use vouchsafe_common::limits::MAX_BUNDLE_BYTES;
use vouchsafe_pii::{custom, granted};

use super::{Exit, Failure, Output, files};
use crate::client::wall_clock;
use crate::key_file;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Sign a policy with the key of an authority.
    #[command(after_help = "\
The policy is checked before it is signed. The digest that is printed belongs into the file of
measurements, as bundle_digest.

Example:
  vouchsafe bundle sign --key authority.pem --policy policy.json -o bundle.cose")]
    Sign {
        /// The authority's private key: PKCS#8, PEM or DER.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// The policy, JSON.
        #[arg(long, value_name = "FILE")]
        policy: PathBuf,
        /// Where the bundle goes.
        #[arg(short, long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Show the policy in a bundle, and check it when a trust anchor is given.
    #[command(after_help = "Example:\n  vouchsafe bundle show bundle.cose --anchor anchor.json")]
    Show {
        /// The bundle.
        bundle: PathBuf,
        /// The trust anchor that it must be signed for. Without it, no signature is checked.
        #[arg(long, value_name = "FILE")]
        anchor: Option<PathBuf>,
    },
}

pub(super) fn run(command: Command, output: Output) -> Result<Exit, Failure> {
    match command {
        Command::Sign { key, policy, out } => {
            let content = files::read(&key, files::MAX_SMALL_FILE_BYTES)?;
            let key = key_file::parse(&content).map_err(|source| Failure::Key {
                path: key.clone(),
                source,
            })?;
            let content = files::read(&policy, MAX_BUNDLE_BYTES)?;
            let failed = |source| Failure::Bundle {
                path: policy.clone(),
                source,
            };
            check_engine(&policy, &Policy::parse(&content).map_err(failed)?)?;
            let signed = bundle::sign(&content, &key).map_err(failed)?;
            files::write(&out, &signed)?;
            let digest = sha384(&[&signed]);
            let result = json!({
                "file": out.display().to_string(),
                "bundle_digest": hex::encode(digest),
                "pcr17": Pcr::ZERO.extend(&digest),
            });
            output.result(&result, &format!("bundle digest {}", hex::encode(digest)))?;
        }
        Command::Show {
            bundle: path,
            anchor,
        } => show(&path, anchor.as_deref(), output)?,
    }
    Ok(Exit::Done)
}

fn show(path: &Path, anchor: Option<&Path>, output: Output) -> Result<(), Failure> {
    let content = files::read(path, MAX_BUNDLE_BYTES)?;
    let failed = |source| Failure::Bundle {
        path: path.to_owned(),
        source,
    };
    let (policy, is_checked) = match anchor {
        None => (bundle::unverified_policy(&content).map_err(failed)?, false),
        Some(anchor) => {
            let bytes = files::read(anchor, MAX_BUNDLE_BYTES)?;
            let anchor = TrustAnchor::parse(&bytes).map_err(|source| Failure::Bundle {
                path: anchor.to_owned(),
                source,
            })?;
            let policy = bundle::open(&content, &anchor, wall_clock()).map_err(failed)?;
            check_engine(path, &policy)?;
            (policy, true)
        }
    };
    let digest = sha384(&[&content]);
    let result = json!({
        "signature": if is_checked { "verified" } else { "not_checked" },
        "bundle_digest": hex::encode(digest),
        "pcr17": Pcr::ZERO.extend(&digest),
        "policy": policy,
    });
    let text = serde_json::to_string_pretty(&result).unwrap_or_default();
    output.result(&result, &text)
}

/// Reads what the engine has a say in as an enclave does when it starts, and refuses what it would
/// refuse.
fn check_engine(path: &Path, policy: &Policy) -> Result<(), Failure> {
    granted::check(policy.named_whole()).map_err(|source| Failure::BundleGranted {
        path: path.to_owned(),
        source,
    })?;
    custom::engine(policy.recognisers.iter().map(Recogniser::to_json))
        .map(drop)
        .map_err(|source| Failure::BundleRecogniser {
            path: path.to_owned(),
            source,
        })
}
