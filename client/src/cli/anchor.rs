//! `vouchsafe anchor`: checks a trust anchor and says what PCR16 it leads to.

use std::path::PathBuf;

use serde_json::json;
use vouchsafe_common::attestation::Pcr;
use vouchsafe_common::bundle::TrustAnchor;
use vouchsafe_common::limits::MAX_BUNDLE_BYTES;

use super::{Exit, Failure, Output, files};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Parse a trust anchor and print the PCR16 of enclaves that run it.
    #[command(after_help = "Example:\n  vouchsafe anchor check anchor.json")]
    Check {
        /// The trust anchor, JSON.
        file: PathBuf,
    },
}

pub(super) fn run(command: Command, output: Output) -> Result<Exit, Failure> {
    let Command::Check { file } = command;
    let content = files::read(&file, MAX_BUNDLE_BYTES)?;
    let anchor = TrustAnchor::parse(&content).map_err(|source| Failure::Bundle {
        path: file.clone(),
        source,
    })?;
    let pcr16 = Pcr::measure(&content);
    let result = json!({
        "fleet": anchor.fleet,
        "authorities": anchor.authorities.len(),
        "tenants": anchor.tenants.iter().map(|tenant| &tenant.name).collect::<Vec<_>>(),
        "pcr16": pcr16,
    });
    output.result(&result, &format!("PCR16 {pcr16}"))?;
    Ok(Exit::Done)
}
