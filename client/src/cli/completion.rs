//! `vouchsafe completion SHELL`.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{Cli, Exit, Failure};

/// Print a completion script for a shell.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  vouchsafe completion bash > \
    ~/.local/share/bash-completion/completions/vouchsafe")]
pub(super) struct Args {
    /// The shell.
    shell: Shell,
}

pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    use std::io::Write as _;
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "vouchsafe", &mut script);
    std::io::stdout()
        .write_all(&script)
        .map_err(Failure::Output)?;
    Ok(Exit::Done)
}
