//! `vouchsafe key-policy generate`.

use std::path::PathBuf;

use serde_json::json;
use vouchsafe_common::key_policy::generate::{RoleArn, Roles, VpcEndpoint, key_policy};

use super::{Exit, Failure, Kind, Output, files, read_releases};

#[derive(clap::Args)]
#[command(override_usage = "vouchsafe key-policy generate --kind <KIND> [OPTIONS]")]
#[command(after_help = "\
The four duties are of four roles: who uses the key as an enclave, who makes data keys, who looks
after the key, who may change its policy. Give the measurements of two releases while one replaces
the other.

Example:
  vouchsafe key-policy generate --kind data --measurements measurements.json \\
      --enclave-role arn:aws:iam::111111111111:role/vouchsafe-parent \\
      --writer-role arn:aws:iam::111111111111:role/crm \\
      --admin-role arn:aws:iam::222222222222:role/kms-admin \\
      --break-glass-role arn:aws:iam::222222222222:role/break-glass -o policy.json")]
pub(in crate::cli) struct Args {
    /// What the key is for.
    #[arg(long, value_enum)]
    kind: Kind,
    /// The measurements of a release; may be repeated.
    #[arg(long, value_name = "FILE", required = true)]
    measurements: Vec<PathBuf>,
    /// Role of the enclave's parent instance.
    #[arg(long, value_name = "ARN")]
    enclave_role: RoleArn,
    /// Role of a service that seals records, tagged `tenant`; may be repeated.
    #[arg(long, value_name = "ARN")]
    writer_role: Vec<RoleArn>,
    /// Role that looks after the key and cannot use it.
    #[arg(long, value_name = "ARN")]
    admin_role: RoleArn,
    /// Role that may change the policy, with a second factor.
    #[arg(long, value_name = "ARN")]
    break_glass_role: RoleArn,
    /// The VPC endpoint that the enclave's calls must come through.
    #[arg(long, value_name = "ID")]
    vpc_endpoint: Option<VpcEndpoint>,
    /// Where the policy goes; standard output by default.
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(args: Args, output: Output) -> Result<Exit, Failure> {
    let releases = read_releases(&args.measurements)?;
    let roles = Roles::new(
        args.enclave_role,
        args.writer_role,
        args.admin_role,
        args.break_glass_role,
    )?;
    let kind = args.kind.into();
    let policy = key_policy(kind, &releases, &roles, args.vpc_endpoint.as_ref())?;
    let text = format!("{policy:#}");
    match &args.out {
        None => output.result(&policy, &text)?,
        Some(path) => {
            files::write(path, format!("{text}\n").as_bytes())?;
            let result = json!({"file": path, "releases": releases.len()});
            output.result(&result, &format!("{}", path.display()))?;
        }
    }
    Ok(Exit::Done)
}
