//! `vouchsafe validate`: whether values are well-formed identifiers, and which rule they break.
//!
//! Values come from a file or stdin, one a line, never from the command line, where a shell would
//! remember them and every process sees them. Nothing of a value is printed.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use serde_json::json;
use vouchsafe_pii::check::Fault;
use vouchsafe_pii::validate::{self, MAX_VALUE_BYTES, ValidateError, ValidateParameters};
use vouchsafe_pii::{Engine, Entity};

use super::lines::{Line, Lines};
use super::progress::Progress;
use super::{Exit, Failure, Output, input};

/// Say whether values are well-formed identifiers, on this machine.
#[derive(clap::Args)]
#[command(after_help = "\
A line for each value: valid, or invalid: and the rule that it breaks; with --json
{\"valid\", \"rule\"}, or {\"error\": {\"code\", \"message\"}, \"line\"} for a value that is not judged.
Well-formed is all that is told, not whether the number was ever given to anybody.
Exit status 0 when all were judged; 1 when one was not.

Examples:
  vouchsafe validate --entity IBAN_CODE accounts.txt
  vouchsafe validate --entity US_SSN --json < numbers.txt")]
pub(super) struct Args {
    /// The values, one a line; - for stdin.
    #[arg(value_name = "FILE", default_value = "-")]
    input: PathBuf,
    /// The type; vouchsafe entities lists them.
    #[arg(long, value_name = "TYPE")]
    entity: String,
    /// End with 3 when a value is not valid.
    #[arg(long)]
    exit_code: bool,
}

/// Why a value is not judged.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
enum ValueError {
    #[error("line {line}: {source}")]
    Validate { line: u64, source: ValidateError },
    #[error("line {line}: byte {at} of the input is not UTF-8")]
    NotUtf8 { line: u64, at: usize },
}

impl ValueError {
    /// The stable name of the cause.
    const fn code(self) -> &'static str {
        match self {
            Self::Validate { source, .. } => source.code(),
            Self::NotUtf8 { .. } => "not_utf8",
        }
    }
}

pub(super) fn run(args: &Args, output: Output) -> Result<Exit, Failure> {
    Entity::parse(&args.entity).ok_or_else(|| Failure::entity(&args.entity))?;
    let parameters = ValidateParameters {
        entity: args.entity.clone(),
    };
    parameters.check().map_err(|_| Failure::Value {
        name: "--entity",
        expected: "a type with a form, which names have not",
    })?;
    let engine = Engine::new();
    let progress = Progress::over(&args.input, output);
    progress.message("validate");
    let mut lines = Lines::new(input::open(&args.input, &progress)?, MAX_VALUE_BYTES);
    let mut stdout = BufWriter::new(std::io::stdout());
    let unreadable = |source| Failure::Unreadable {
        path: args.input.clone(),
        source,
    };
    let (mut valid, mut invalid, mut errors) = (0_u64, 0_u64, 0_u64);
    while let Some(line) = lines.next().map_err(unreadable)? {
        let verdict = judge(&engine, &args.entity, &line);
        match verdict {
            Ok(None) => valid += 1,
            Ok(Some(_)) => invalid += 1,
            Err(_) => errors += 1,
        }
        writeln!(stdout, "{}", said(verdict, line.number, output)).map_err(Failure::Output)?;
    }
    stdout.flush().map_err(Failure::Output)?;
    progress.finish();
    let result = json!({ "valid": valid, "invalid": invalid, "errors": errors });
    let text = format!("vouchsafe: {valid} valid, {invalid} invalid, {errors} errors");
    output.summary(&result, &text);
    Ok(if errors > 0 {
        Exit::Refused
    } else if args.exit_code && invalid > 0 {
        Exit::Found
    } else {
        Exit::Done
    })
}

fn judge(engine: &Engine, entity: &str, line: &Line<'_>) -> Result<Option<Fault>, ValueError> {
    let number = line.number;
    let failed = |source| ValueError::Validate {
        line: number,
        source,
    };
    let content = line.content.ok_or(failed(ValidateError::TooLong))?;
    let value = std::str::from_utf8(content).map_err(|error| ValueError::NotUtf8 {
        line: number,
        at: line.at + error.valid_up_to(),
    })?;
    validate::validate(engine, entity, value).map_err(failed)
}

fn said(verdict: Result<Option<Fault>, ValueError>, line: u64, output: Output) -> String {
    match (verdict, output.json) {
        (Ok(fault), true) => {
            json!({ "valid": fault.is_none(), "rule": fault.map(Fault::code) }).to_string()
        }
        (Ok(None), false) => "valid".to_owned(),
        (Ok(Some(fault)), false) => format!("invalid: {}", fault.code()),
        (Err(error), true) => {
            let message = error.to_string();
            json!({ "error": { "code": error.code(), "message": message }, "line": line })
                .to_string()
        }
        (Err(error), false) => format!("error: {error} [{}]", error.code()),
    }
}
