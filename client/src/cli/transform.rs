//! `vouchsafe transform`: records changed as a recipe says, here and without an enclave.
//!
//! The recipe names the format and an action for each column or path; what it does not name is dropped
//! or refused. Keys are derived from a root in a file of the caller's. Records stream, one at a time.

use std::io::{BufReader, ErrorKind};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::json;
use vouchsafe_pii::action::{ActionError, Run};
use vouchsafe_pii::keys::Roots;
use vouchsafe_pii::recipe::{MAX_RECIPE_BYTES, Recipe};
use vouchsafe_pii::records::{self, Fault, OnError};
use vouchsafe_pii::transform::Finder;

use super::labels::{self, Labels};
use super::look::Look;
use super::out::{self, Out};
use super::progress::Progress;
use super::{Exit, Failure, Output, files, input};
use crate::root_file;

/// Change records as a recipe says, on this machine.
#[derive(clap::Args)]
#[command(after_help = "\
The recipe is TOML, or JSON where its name ends in .json: the format, what
becomes of fields without an action, and an action for each column or path.

The key file holds 32 bytes, as hex, base64 or a JWK of the type oct, and is
readable by its owner alone. An enclave derives the same keys from the same
root, tenant and version. A recipe that needs no keys needs no key file.

What the actions redact and text look for is said by the flags of detect.

Examples:
  vouchsafe transform --recipe recipe.toml customers.csv -o masked.csv
  vouchsafe transform --recipe recipe.toml --regions US --no-names customers.csv
  vouchsafe transform --recipe recipe.toml --labels labels.json customers.csv
  vouchsafe transform --recipe recipe.toml --key-file root.key \\
      --skip-errors failed.ndjson - < customers.csv")]
pub(super) struct Args {
    /// The records; - for stdin.
    #[arg(value_name = "FILE")]
    input: PathBuf,
    #[command(flatten)]
    look: Look,
    /// What is done to them.
    #[arg(long, value_name = "FILE")]
    recipe: PathBuf,
    /// The root that keys are derived from.
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// The version of the root, which tokens and pseudonyms name.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    key_version: u32,
    /// The tenant whose keys they are.
    #[arg(long, value_name = "TENANT", default_value = "local")]
    tenant: String,
    /// Go on with the labels of placeholder that are kept here, and keep those of this run too.
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Refuse a recipe for another format.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Leave out records that fail, and write their places and codes here.
    #[arg(long, value_name = "FILE")]
    skip_errors: Option<PathBuf>,
    /// Where the records go; - for stdout.
    #[arg(short, long, value_name = "OUT", default_value = "-")]
    out: PathBuf,
}

#[derive(Clone, Copy, Eq, PartialEq, ValueEnum)]
enum Format {
    Csv,
    Ndjson,
    Json,
}

pub(super) fn run(args: &Args, output: Output) -> Result<Exit, Failure> {
    // First, so that the recipe may name types of recognisers.
    let engine = args.look.engine()?;
    let recipe = recipe(&args.recipe)?;
    if args.format.is_some_and(|format| format != of(&recipe)) {
        return Err(Failure::Conflict {
            one: "--format",
            other: "the format of the recipe",
        });
    }
    check_outputs(args)?;
    let roots = roots(args)?;
    let options = args.look.options(&engine)?;
    Look::note(&options, output);
    let finder = Finder::new(&engine, options)?;
    let mut labels = Labels::open(args.labels.as_deref())?;
    let mut run = Run {
        find: Some(&finder),
        placeholders: &mut labels.placeholders,
    };
    let progress = Progress::into(&args.input, &args.out, output);
    progress.message("transform");
    let mut reader = BufReader::with_capacity(64 * 1024, input::open(&args.input, &progress)?);
    let mut out = Out::to(&args.out)?;
    let mut skipped = args.skip_errors.as_deref().map(Out::to).transpose()?;
    let on_error = match &mut skipped {
        Some(skipped) => OnError::Skip(skipped),
        None => OnError::Stop,
    };
    let done = records::transform(&recipe, &roots, &mut run, &mut reader, &mut out, on_error);
    progress.finish();
    let kept = labels.keep();
    let summary = done.map_err(|source| match source.fault {
        // Only an output can be a pipe whose reader went away.
        Fault::Io(kind @ ErrorKind::BrokenPipe) => Failure::Output(kind.into()),
        Fault::Action(ActionError::Key(_)) if args.key_file.is_none() => Failure::NoKeyFile {
            path: args.recipe.clone(),
        },
        _ => Failure::Record {
            path: args.input.clone(),
            source,
        },
    })?;
    kept?;
    out.finish()?;
    skipped.map(Out::finish).transpose()?;
    let result = json!({
        "written": summary.written,
        "skipped": summary.skipped,
        "class": summary.classes.strictest(),
        "unmatched": summary.unmatched,
    });
    if summary.written > 0 && !summary.unmatched.is_empty() {
        output.note(&format!(
            "no record has {}: is the path right?",
            summary.unmatched.join(", ")
        ));
    }
    let class = result["class"].as_str();
    let class = class.map(|class| format!("; class {class}"));
    let text = format!(
        "vouchsafe: {} records written, {} skipped{}",
        summary.written,
        summary.skipped,
        class.unwrap_or_default(),
    );
    if out::is_stdout(&args.out) {
        output.summary(&result, &text);
    } else {
        output.result(&result, &text)?;
    }
    Ok(Exit::Done)
}

/// No file is written that is read, or as two things; labels, which come with their key, are no output.
fn check_outputs(args: &Args) -> Result<(), Failure> {
    let labels = args.labels.as_deref();
    if labels.is_some_and(out::is_stdout) {
        return Err(Failure::Conflict {
            one: "--labels",
            other: "stdout",
        });
    }
    let lock = labels.map(labels::lock_of);
    let mut outputs = vec![args.out.as_path()];
    outputs.extend(args.skip_errors.as_deref());
    outputs.extend(labels);
    outputs.extend(lock.as_deref());
    let mut inputs = vec![args.input.as_path(), args.recipe.as_path()];
    inputs.extend(args.key_file.as_deref());
    inputs.extend(args.look.files());
    out::check_apart(&outputs, &inputs)
}

const fn of(recipe: &Recipe) -> Format {
    match recipe {
        Recipe::Csv(_) => Format::Csv,
        Recipe::Json(_) => Format::Json,
        Recipe::Ndjson(_) => Format::Ndjson,
    }
}

fn recipe(path: &Path) -> Result<Recipe, Failure> {
    let content = files::read(path, MAX_RECIPE_BYTES)?;
    let text = std::str::from_utf8(&content).map_err(|error| Failure::NotUtf8 {
        path: path.to_owned(),
        at: error.valid_up_to(),
    })?;
    let is_json = path
        .extension()
        .is_some_and(|extension| extension == "json");
    let read = if is_json {
        Recipe::from_json(text)
    } else {
        Recipe::from_toml(text)
    };
    read.map_err(|source| Failure::Recipe {
        path: path.to_owned(),
        source,
    })
}

/// The root of the key file, or none.
fn roots(args: &Args) -> Result<Roots, Failure> {
    let roots = Roots::new(&args.tenant);
    let Some(path) = &args.key_file else {
        return Ok(roots);
    };
    let content = files::read_secret(path, files::MAX_SMALL_FILE_BYTES)?;
    let root = root_file::parse(&content).map_err(|source| Failure::Root {
        path: path.clone(),
        source,
    })?;
    Ok(roots.with(args.key_version, root))
}
