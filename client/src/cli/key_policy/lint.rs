//! `vouchsafe key-policy lint`.

use std::path::PathBuf;

use serde_json::{Value, json};
use vouchsafe_common::key_policy::lint::{Finding, lint, metadata::lint_metadata};

use super::{Exit, Failure, Kind, Output, files, read_policy, read_releases};

#[derive(clap::Args)]
#[command(after_help = "\
What is not understood is refused: an unknown condition or a NotPrincipal could open the key. Grants
(`aws kms list-grants`) and endpoint policies are not looked at.

Examples:
  aws kms get-key-policy --key-id … --output text --query Policy > policy.json
  vouchsafe key-policy lint policy.json --kind data --measurements measurements.json
  aws kms describe-key --key-id … > key.json
  vouchsafe key-policy lint policy.json --kind data --describe-key key.json")]
pub(in crate::cli) struct Args {
    /// The policy, JSON.
    policy: PathBuf,
    /// What the key is for.
    #[arg(long, value_enum)]
    kind: Kind,
    /// The measurements of a release that should be admitted, and no others; may be repeated.
    #[arg(long, value_name = "FILE")]
    measurements: Vec<PathBuf>,
    /// The answer of `aws kms describe-key`: what a policy cannot say of its key.
    #[arg(long, value_name = "FILE")]
    describe_key: Option<PathBuf>,
}

pub(super) fn run(args: &Args, output: Output) -> Result<Exit, Failure> {
    let policy = read_policy(&args.policy)?;
    let releases = read_releases(&args.measurements)?;
    let mut found = lint(&policy, args.kind.into(), &releases);
    if let Some(path) = &args.describe_key {
        let content = files::read(path, files::MAX_SMALL_FILE_BYTES)?;
        let of_key = lint_metadata(&String::from_utf8_lossy(&content))
            .map_err(|_| Failure::DescribeKey { path: path.clone() })?;
        found.extend(of_key.into_iter().map(|weakness| Finding {
            place: None,
            weakness,
        }));
    }
    let result = json!({"findings": found.iter().map(as_json).collect::<Vec<_>>()});
    let lines: Vec<String> = found.iter().map(as_line).collect();
    if found.is_empty() {
        output.result(&result, "no weakness found")?;
        return Ok(Exit::Done);
    }
    output.result(&result, &lines.join("\n"))?;
    Ok(Exit::Refused)
}

fn as_json(finding: &Finding) -> Value {
    let place = finding.place.as_ref();
    json!({
        "code": finding.weakness.code(),
        "statement": place.map(|place| place.statement),
        "sid": place.and_then(|place| place.sid.as_ref()),
        "reason": finding.weakness.to_string(),
    })
}

fn as_line(finding: &Finding) -> String {
    let place = finding.place.as_ref();
    let place = place.map_or_else(|| "the key".to_owned(), ToString::to_string);
    format!(
        "{place}: {} [{}]",
        finding.weakness,
        finding.weakness.code()
    )
}
