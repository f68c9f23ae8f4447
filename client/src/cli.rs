//! The command line: what the commands are, how they end, and where their words go.
//!
//! Results go to stdout, everything else to stderr. A command ends with 0 when all was done, 1 when
//! something was refused or only part was done, 2 when it was called wrongly or a file could not be
//! read, 3 when a service is away, or, of a command that asks none, when what `--exit-code` asks about
//! was found. docs/CLI.md is the contract; tests hold both together.
//!
//! A file per command. No message and no summary holds a value of a record.

mod anchor;
mod bundle;
mod completion;
mod config;
mod connection;
mod detect;
mod entities;
mod evidence;
mod failure;
mod files;
mod input;
mod key_policy;
mod keygen;
mod labels;
mod lines;
mod look;
mod measurements;
mod out;
mod pieces;
mod process;
mod progress;
mod proxy;
mod redact;
mod seal;
mod stream;
mod transform;
mod validate;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use serde_json::Value;

pub use failure::{Exit, Failure};

/// What follows the list of commands in `--help`.
const AFTER_HELP: &str = "\
Exit status: 0 done, 1 refused or only part done, 2 usage or unreadable file,
3 unavailable, or with --exit-code found.

detect, redact, transform, validate and entities work on this machine, without
an enclave or a network.

Examples:
  vouchsafe detect notes.txt
  vouchsafe redact notes.txt > clean.txt
  vouchsafe seal customers.csv --columns email,ssn --tenant acme \\
      --dataset customers --kms-key arn:aws:kms:eu-central-1:222222222222:key/… \\
      -o customers.ndjson
  vouchsafe process --config vouchsafe.toml --op mask \\
      --params '{\"keep_last\":4}' customers.ndjson
  vouchsafe evidence verify document.cbor --root aws --at 2026-06-01T12:00:00Z";

/// Process personal data inside an enclave that proves what it runs.
#[derive(Parser)]
#[command(name = "vouchsafe", version, after_help = AFTER_HELP, max_term_width = 100)]
struct Cli {
    /// Print machine-readable JSON, failures included, and no progress bar.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fetch or inspect the attestation document of an enclave.
    #[command(subcommand)]
    Evidence(evidence::Command),
    /// Seal columns of a CSV or NDJSON file so that only an enclave opens them.
    Seal(seal::Args),
    /// Have an enclave work on sealed records or texts.
    Process(process::Args),
    /// Find personal data in a text, on this machine.
    Detect(detect::Args),
    /// Replace the personal data of a text, on this machine.
    Redact(redact::Args),
    /// Change records as a recipe says, on this machine.
    Transform(transform::Args),
    /// Say whether values are well-formed identifiers, on this machine.
    Validate(validate::Args),
    /// List the types of personal data that are known.
    Entities(entities::Args),
    /// Offer plain JSON over loopback to programs that are not Rust.
    Proxy(proxy::Args),
    /// Make a key that signs requests or policy bundles.
    Keygen(keygen::Args),
    /// Sign a policy bundle, or show one.
    #[command(subcommand)]
    Bundle(bundle::Command),
    /// Check a trust anchor.
    #[command(subcommand)]
    Anchor(anchor::Command),
    /// Make a KMS key policy, say what weakens one, or what one answers.
    #[command(subcommand)]
    KeyPolicy(key_policy::Command),
    /// Sign the statement of a release, or check one and the enclaves that run it.
    #[command(subcommand)]
    Measurements(measurements::Command),
    /// Print a completion script for a shell.
    Completion(completion::Args),
}

/// What every command is told besides its own arguments.
#[derive(Clone, Copy)]
struct Output {
    json: bool,
}

impl Output {
    /// Prints a result: `value` with `--json`, else `text`.
    fn result(self, value: &Value, text: &str) -> Result<(), Failure> {
        use std::io::Write as _;
        let mut stdout = std::io::stdout().lock();
        let written = if self.json {
            writeln!(stdout, "{value}")
        } else {
            writeln!(stdout, "{text}")
        };
        written
            .and_then(|()| stdout.flush())
            .map_err(Failure::Output)
    }

    /// Prints the same to stderr, where stdout carries data.
    fn summary(self, value: &Value, text: &str) {
        if self.json {
            eprintln!("{value}");
        } else {
            eprintln!("{text}");
        }
    }

    /// Tells the user something on stderr; silent with `--json`.
    fn note(self, text: &str) {
        if !self.json {
            eprintln!("vouchsafe: {text}");
        }
    }
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no failures, and go to stdout; clap knows which it is.
            let status = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            };
            return if error.print().is_ok() {
                status.into()
            } else {
                Exit::Refused.into()
            };
        }
    };
    let output = Output { json: cli.json };
    match run(cli.command, output) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            failure.print(output.json);
            failure.exit().into()
        }
    }
}

fn run(command: Command, output: Output) -> Result<Exit, Failure> {
    match command {
        Command::Evidence(command) => evidence::run(command, output),
        Command::Seal(args) => wait_for(seal::run(args, output)),
        Command::Process(args) => wait_for(process::run(args, output)),
        Command::Detect(args) => detect::run(&args, output),
        Command::Redact(args) => redact::run(&args, output),
        Command::Transform(args) => transform::run(&args, output),
        Command::Validate(args) => validate::run(&args, output),
        Command::Entities(args) => entities::run(&args, output),
        Command::Proxy(args) => wait_for(proxy::run(args, output)),
        Command::Keygen(args) => keygen::run(&args, output),
        Command::Bundle(command) => bundle::run(command, output),
        Command::Anchor(command) => anchor::run(command, output),
        Command::KeyPolicy(command) => key_policy::run(command, output),
        Command::Measurements(command) => measurements::run(command, output),
        Command::Completion(args) => completion::run(&args),
    }
}

/// Runs what needs the network.
fn wait_for<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    // Two providers may be compiled in; the first to be named is used, and it is this one.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|_| Failure::Runtime)?
        .block_on(work)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_commands_are_well_formed() {
        Cli::command().debug_assert();
    }
}
