//! `vouchsafe-mock`: makes and runs the local stand-ins for AWS.
//!
//! Each command reads or writes one installation directory, made by `init`. For local use with
//! made-up data: everything that AWS keeps in hardware lies in files here. Next: [`cli`].

mod cli;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    tracing_subscriber::fmt()
        .json()
        .with_writer(std::io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("VOUCHSAFE_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info")),
        )
        .init();
    match cli::run(arguments) {
        Ok(code) => code,
        Err(error) => {
            let mut text = error.to_string();
            let mut cause = error.source();
            while let Some(next) = cause {
                // A transparent error repeats the text of its cause.
                if !text.ends_with(&next.to_string()) {
                    text = format!("{text}: {next}");
                }
                cause = next.source();
            }
            eprintln!("vouchsafe-mock: {text}");
            ExitCode::from(cli::FAILED)
        }
    }
}
