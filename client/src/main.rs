//! `vouchsafe`: the command line. Everything is in [`vouchsafe_client::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    vouchsafe_client::cli::main()
}
