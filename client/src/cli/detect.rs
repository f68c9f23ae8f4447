//! `vouchsafe detect`: where personal data stands in a text, here and without an enclave.
//!
//! A file is one text (`stream`), or each of its lines is one (`detect/lines`). What is printed says
//! where and why, never what. Next: docs/DETECT.md.

mod lines;
mod place;

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde::Serialize;
use serde_json::json;
use vouchsafe_pii::detect::{Overlaps, Reason};
use vouchsafe_pii::offsets::{OffsetUnit, Span};
use vouchsafe_pii::{Entity, Finding};

use super::look::Look;
use super::out::check_apart;
use super::progress::Progress;
use super::stream::{self, Scanned};
use super::{Exit, Failure, Output};
use place::{Form, Printer};

/// Find personal data in a text, on this machine.
#[derive(clap::Args)]
#[command(after_help = "\
Identifiers of many countries look alike: --regions US,GB says which can be
there, and finds more of them right.

With --format text, FILE is one text of any length, and each finding a line:
line and column, type, confidence and pattern, and with --looks-like that its
checksum failed. With --json:
{\"entity\", \"start\", \"end\", \"confidence\", \"reason\", \"line\"}

With --format lines or ndjson each line is a text, answered by a line:
{\"findings\": [{\"entity\", \"start\", \"end\", \"confidence\", \"reason\"}], \"offsets\"}
{\"error\": {\"code\", \"message\"}, \"line\"}
A line of ndjson is {\"text\"} with any of \"reference\", which its findings
come with, and \"language\", \"entities\", \"threshold\", \"thresholds\", \"regions\",
\"names\", \"looks_like\", \"allow\" and \"deny\", which replace the flags.

Exit status 0 when all was scanned, with findings too; 1 when a line or the
text was not; 3 with --exit-code when something was found.

Examples:
  vouchsafe detect notes.txt
  vouchsafe detect --entities EMAIL_ADDRESS,US_SSN --json notes.txt
  vouchsafe detect --no-names --threshold 0.5 --threshold US_SSN=0.8 notes.txt
  echo '{\"text\":\"jo@example.com\"}' | vouchsafe detect --format ndjson -")]
pub(super) struct Args {
    /// The text; - for stdin.
    #[arg(value_name = "FILE")]
    input: PathBuf,
    #[command(flatten)]
    look: Look,
    /// Whether FILE is one text, or one on each line.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// What offsets count; of a text they stand then in the place of line and column. [default: byte for
    /// text, codepoint for lines and ndjson]
    #[arg(long, value_enum, hide_default_value = true)]
    offsets: Option<Offsets>,
    /// Of lines and ndjson: write numbers and codes of lines that fail here, and do not answer them.
    #[arg(long, value_name = "FILE")]
    skip_errors: Option<PathBuf>,
    /// End with 3 when something is found.
    #[arg(long)]
    exit_code: bool,
}

#[derive(Clone, Copy, Eq, PartialEq, ValueEnum)]
enum Format {
    Text,
    Lines,
    Ndjson,
}

#[derive(Clone, Copy, Eq, PartialEq, ValueEnum)]
enum Offsets {
    Byte,
    Codepoint,
    Utf16,
}

impl Offsets {
    const fn unit(self) -> OffsetUnit {
        match self {
            Self::Byte => OffsetUnit::Byte,
            Self::Codepoint => OffsetUnit::Codepoint,
            Self::Utf16 => OffsetUnit::Utf16,
        }
    }
}

/// A finding as it is printed.
#[derive(Serialize)]
struct FindingJson {
    entity: Entity,
    start: usize,
    end: usize,
    confidence: f64,
    reason: Reason,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
}

impl FindingJson {
    fn new(finding: &Finding, span: Span, line: Option<u64>) -> Self {
        Self {
            entity: finding.entity,
            start: span.start,
            end: span.end,
            confidence: f64::from(finding.confidence_percent) / 100.0,
            reason: finding.reason,
            line,
        }
    }
}

pub(super) fn run(args: &Args, output: Output) -> Result<Exit, Failure> {
    let outputs: Vec<&Path> = args.skip_errors.iter().map(PathBuf::as_path).collect();
    let inputs: Vec<&Path> = args.look.files().chain([args.input.as_path()]).collect();
    check_apart(&outputs, &inputs)?;
    let engine = args.look.engine()?;
    let options = args.look.options(&engine)?;
    Look::note(&options, output);
    let unit = |default| args.offsets.map_or(default, Offsets::unit);
    let found = match args.format {
        Format::Text => {
            if args.skip_errors.is_some() {
                return Err(Failure::Conflict {
                    one: "--skip-errors",
                    other: "--format text",
                });
            }
            text(args, &engine, &options, unit(OffsetUnit::Byte), output)?
        }
        Format::Lines | Format::Ndjson => {
            let job = lines::Job {
                path: &args.input,
                engine: &engine,
                options: &options,
                is_json: args.format == Format::Ndjson,
                unit: unit(OffsetUnit::Codepoint),
                skip_errors: args.skip_errors.as_deref(),
            };
            let ended = job.run(output)?;
            if ended.has_failed {
                return Ok(Exit::Refused);
            }
            ended.found
        }
    };
    Ok(if args.exit_code && found > 0 {
        Exit::Found
    } else {
        Exit::Done
    })
}

/// Scans one text and says how much was found.
fn text(
    args: &Args,
    engine: &vouchsafe_pii::Engine,
    options: &vouchsafe_pii::DetectOptions,
    unit: OffsetUnit,
    output: Output,
) -> Result<u64, Failure> {
    let progress = Progress::over(&args.input, output);
    progress.message("detect");
    let form = match args.offsets {
        _ if output.json => Form::Json,
        Some(_) => Form::Offsets,
        None => Form::Place,
    };
    let mut printer = Printer::new(unit, form);
    let mut scanned = Scanned::default();
    let ended = stream::scan(
        &args.input,
        &progress,
        engine,
        options,
        Overlaps::Resolve,
        &mut printer,
        &mut scanned,
    );
    progress.finish();
    summary(&ended, &scanned, Some(unit), output);
    ended.map(|()| scanned.counts.total())
}

/// The last line on stderr of a command that scanned one text; after it comes only why it stopped.
pub(super) fn summary(
    ended: &Result<(), Failure>,
    scanned: &Scanned,
    unit: Option<OffsetUnit>,
    output: Output,
) {
    let is_complete = ended.is_ok();
    if !is_complete && scanned.bytes == 0 {
        return;
    }
    let mut value = json!({
        "findings": scanned.counts.total(),
        "entities": scanned.counts.to_json(),
        "bytes": scanned.bytes,
        "complete": is_complete,
    });
    if let Some(unit) = unit {
        value["offsets"] = json!(unit);
    }
    let share = if is_complete { "100 % of " } else { "only " };
    let text = format!(
        "vouchsafe: {}; {share}{} bytes scanned",
        scanned.counts.to_text(),
        scanned.bytes
    );
    output.summary(&value, &text);
}
