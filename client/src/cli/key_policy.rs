//! `vouchsafe key-policy`: makes KMS key policies, says what weakens one, and what one answers.
//!
//! Files in, files out: nothing here talks to AWS. The rules are those of
//! [`vouchsafe_common::key_policy`], which the mock of KMS enforces too.

mod generate;
mod lint;
mod simulate;

use std::path::{Path, PathBuf};

use vouchsafe_common::key_policy::generate::{KeyKind, Release};
use vouchsafe_common::key_policy::{MAX_POLICY_BYTES, Policy, PolicyFault};

use super::{Exit, Failure, Output, files};
use crate::measurements;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Write the policy of a key from the measurements of releases.
    Generate(generate::Args),
    /// Say what weakens a policy; exit 1 when something does.
    Lint(lint::Args),
    /// Say what a policy answers to a request; exit 1 when it does not permit it.
    Simulate(simulate::Args),
}

pub(super) fn run(command: Command, output: Output) -> Result<Exit, Failure> {
    match command {
        Command::Generate(args) => generate::run(args, output),
        Command::Lint(args) => lint::run(&args, output),
        Command::Simulate(args) => simulate::run(&args, output),
    }
}

/// What a key is for, as the command line names it.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Kind {
    /// Wraps the data keys of records.
    Data,
    /// Wraps the roots of tokens, pseudonyms and indexes.
    Root,
}

impl From<Kind> for KeyKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Data => Self::Data,
            Kind::Root => Self::Root,
        }
    }
}

/// The policy in a file.
fn read_policy(path: &Path) -> Result<Policy, Failure> {
    let content = files::read(path, MAX_POLICY_BYTES)?;
    let policy = std::str::from_utf8(&content)
        .map_err(|_| PolicyFault::Grammar.into())
        .and_then(Policy::parse);
    policy.map_err(|source| Failure::KeyPolicy {
        path: path.to_owned(),
        source,
    })
}

/// The registers that files of measurements name for a policy.
fn read_releases(paths: &[PathBuf]) -> Result<Vec<Release>, Failure> {
    let releases = paths.iter().map(|path| {
        let content = files::read(path, files::MAX_SMALL_FILE_BYTES)?;
        let registers =
            measurements::registers(&content).map_err(|source| Failure::Measurements {
                path: path.clone(),
                source,
            })?;
        Release::new(&registers).map_err(|source| Failure::Release {
            path: path.clone(),
            source,
        })
    });
    releases.collect()
}
