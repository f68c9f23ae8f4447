//! `vouchsafe keygen`: a new Ed25519 key in a file of its own.

use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::json;
use vouchsafe_common::proof::CallerKey;

use super::{Exit, Failure, Output, files};
use crate::key_file;

/// Make a key that signs requests or policy bundles.
#[derive(clap::Args)]
#[command(after_help = "\
The public key is printed as a JWK: it belongs into the policy bundle (a caller) or the trust anchor
(an authority). An existing file is never replaced.

Example:
  vouchsafe keygen -o caller.pem")]
pub(super) struct Args {
    /// Where the private key goes: PKCS#8, readable by its owner only.
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    /// How it is written.
    #[arg(long, value_enum, default_value_t = Encoding::Pem)]
    encoding: Encoding,
}

#[derive(Clone, Copy, ValueEnum)]
enum Encoding {
    Pem,
    Der,
}

pub(super) fn run(args: &Args, output: Output) -> Result<Exit, Failure> {
    let der = CallerKey::generate_pkcs8();
    let key = key_file::parse(&der).map_err(|source| Failure::Key {
        path: args.out.clone(),
        source,
    })?;
    match args.encoding {
        Encoding::Der => files::write_secret(&args.out, &der)?,
        Encoding::Pem => files::write_secret(&args.out, key_file::to_pem(&der).as_bytes())?,
    }
    let jwk = key.public_key().to_jwk();
    let result = json!({ "file": args.out.display().to_string(), "public_jwk": jwk });
    output.result(&result, &jwk.to_string())?;
    Ok(Exit::Done)
}
