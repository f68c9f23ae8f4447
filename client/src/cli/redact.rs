//! `vouchsafe redact`: a text with what was found replaced, here and without an enclave.
//!
//! Findings that overlap are replaced as one, so that nothing of either stays. Everything else comes
//! out as it went in, byte for byte. What is not found stays: docs/DETECT.md.

use std::io::{BufWriter, Stdout, Write};
use std::path::PathBuf;

use vouchsafe_pii::Finding;
use vouchsafe_pii::detect::Overlaps;

use super::look::Look;
use super::progress::Progress;
use super::stream::{self, Listener, Scanned};
use super::{Exit, Failure, Output, detect};

/// Replace the personal data of a text, on this machine.
#[derive(clap::Args)]
#[command(after_help = "\
Each finding becomes its type, such as <EMAIL_ADDRESS>, or the text of --with. What was found is
counted on stderr.

Examples:
  vouchsafe redact notes.txt > clean.txt
  vouchsafe redact --with '[removed]' --threshold 0.3 - < notes.txt")]
pub(super) struct Args {
    /// The text; - for stdin.
    #[arg(value_name = "FILE")]
    input: PathBuf,
    #[command(flatten)]
    look: Look,
    /// What every finding becomes. [default: its type in angle brackets]
    #[arg(long, value_name = "TEXT")]
    with: Option<String>,
}

pub(super) fn run(args: &Args, output: Output) -> Result<Exit, Failure> {
    let engine = args.look.engine()?;
    let options = args.look.options(&engine)?;
    Look::note(&options, output);
    let progress = Progress::over(&args.input, output);
    progress.message("redact");
    let mut writer = Writer {
        with: args.with.as_deref(),
        stdout: BufWriter::with_capacity(64 * 1024, std::io::stdout()),
    };
    let mut scanned = Scanned::default();
    let ended = stream::scan(
        &args.input,
        &progress,
        &engine,
        &options,
        Overlaps::Cover,
        &mut writer,
        &mut scanned,
    );
    progress.finish();
    detect::summary(&ended, &scanned, None, output);
    ended.map(|()| Exit::Done)
}

/// Writes what is outside of findings, and something else for what is inside.
struct Writer<'a> {
    with: Option<&'a str>,
    stdout: BufWriter<Stdout>,
}

impl Listener for Writer<'_> {
    fn outside(&mut self, text: &str) -> Result<(), Failure> {
        self.stdout
            .write_all(text.as_bytes())
            .map_err(Failure::Output)
    }

    fn inside(&mut self, _: &str) {}

    fn end(&mut self, finding: &Finding) -> Result<(), Failure> {
        match self.with {
            Some(text) => self.stdout.write_all(text.as_bytes()),
            None => write!(self.stdout, "<{}>", finding.entity.name()),
        }
        .map_err(Failure::Output)
    }

    fn pause(&mut self) -> Result<(), Failure> {
        self.stdout.flush().map_err(Failure::Output)
    }
}
