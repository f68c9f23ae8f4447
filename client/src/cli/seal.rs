//! `vouchsafe seal`: columns of a file become sealed records, a line for each row.
//!
//! What is not named is dropped, and that is said. The output appears under its name only when all
//! of it is there. One data key serves the run, as [`crate::seal`] describes.

use std::io::Write as _;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::ValueEnum;
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::json;
use vouchsafe_common::Epoch;
use vouchsafe_common::key_arn::KeyArn;
use vouchsafe_common::limits::MAX_NAME_BYTES;
use vouchsafe_pii::records::csv_rows::Delimiter;
use zeroize::Zeroizing;

use super::out::{Out, check_apart, is_stdout};
use super::progress::Progress;
use super::{Exit, Failure, Output, files, input};
use crate::kms::Kms;
use crate::rows::{Format, Row, RowReader};
use crate::seal::Sealer;

/// Seal columns of a CSV or NDJSON file so that only an enclave opens them.
#[derive(clap::Args)]
#[command(
    override_usage = "vouchsafe seal <INPUT> --columns <a,b> --tenant <T> --dataset <D> --kms-key <ARN> -o <OUT>"
)]
#[command(after_help = "\
Each row becomes a line {\"record_id\", \"tenant\", \"dataset\", \"sealed\": {column: base64url}}.
Columns that are not named are dropped. Record ids and --keep columns stay readable: no personal
data belongs there. AWS credentials come from the default provider chain; the KMS key's policy must
allow kms:GenerateDataKey for the tenant.

Examples:
  vouchsafe seal customers.csv --columns email,ssn --id-column customer_id --tenant acme \\
      --dataset customers --kms-key arn:aws:kms:eu-central-1:222222222222:key/… \\
      -o customers.ndjson
  tail -n +2 log.ndjson | vouchsafe seal - --format ndjson --columns text --tenant acme \\
      --dataset tickets --kms-key arn:aws:kms:… -o -")]
pub(super) struct Args {
    /// The file, .csv, .tsv or .ndjson; - for stdin.
    input: PathBuf,
    /// Columns to seal.
    #[arg(long, required = true, value_delimiter = ',', value_name = "a,b")]
    columns: Vec<String>,
    /// Columns to pass on readable, under "clear".
    #[arg(long, value_delimiter = ',', value_name = "c,d")]
    keep: Vec<String>,
    /// The column that holds each row's id. Rows of one id can be exchanged for each other and share one
    /// budget of questions. [default: the number of the row, from 1]
    #[arg(long, value_name = "COLUMN")]
    id_column: Option<String>,
    /// Whose data.
    #[arg(long)]
    tenant: String,
    /// Which data of the tenant's.
    #[arg(long)]
    dataset: String,
    /// The epoch of the data key, part of its encryption context.
    #[arg(long, default_value_t = Epoch(1), value_name = "NUMBER")]
    epoch: Epoch,
    /// The KMS key that wraps the data key, by its full ARN.
    #[arg(long, value_name = "ARN")]
    kms_key: KeyArn,
    /// Another KMS than that of the ARN's region.
    #[arg(long, value_name = "URL")]
    kms_endpoint: Option<String>,
    /// Certificates (PEM) to trust for TLS to KMS instead of the system's.
    #[arg(long, value_name = "PATH")]
    kms_ca: Option<PathBuf>,
    /// How the input is written. [default: by its extension]
    #[arg(long, value_enum)]
    format: Option<FormatName>,
    /// What keeps the fields of a CSV row apart: a comma, semicolon, | or tab. [default: a comma; a tab
    /// for .tsv]
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<Delimiter>,
    /// Where the lines go; - for stdout.
    #[arg(short, long, value_name = "OUT.ndjson|-")]
    out: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum FormatName {
    Csv,
    Ndjson,
}

/// Which of the values that a row reader gives are for what.
struct Plan {
    wanted: Vec<String>,
    sealed: usize,
    kept: usize,
    id: Option<usize>,
}

impl Plan {
    /// Columns to seal come first, then those to keep, then the id where it is none of them.
    fn of(args: &Args) -> Self {
        let mut wanted = args.columns.clone();
        wanted.extend(args.keep.iter().cloned());
        let kept = args.keep.len();
        let id = args.id_column.as_ref().map(|column| {
            wanted
                .iter()
                .position(|name| name == column)
                .unwrap_or_else(|| {
                    wanted.push(column.clone());
                    wanted.len() - 1
                })
        });
        Self {
            wanted,
            sealed: args.columns.len(),
            kept,
            id,
        }
    }
}

pub(super) async fn run(args: Args, output: Output) -> Result<Exit, Failure> {
    check_names(&args)?;
    let mut inputs = vec![args.input.as_path()];
    inputs.extend(args.kms_ca.as_deref());
    check_apart(&[&args.out], &inputs)?;
    let format = format(&args)?;
    let plan = Plan::of(&args);
    let progress = Progress::into(&args.input, &args.out, output);
    progress.message("sealing");
    let mut rows = RowReader::new(input::open(&args.input, &progress)?, format, &plan.wanted)?;
    let pem = match &args.kms_ca {
        Some(path) => Some(files::read(path, files::MAX_SMALL_FILE_BYTES)?.to_vec()),
        None => None,
    };
    let kms = Kms::new(args.kms_key.clone(), args.kms_endpoint.as_deref(), pem).await?;
    let mut sealer = Sealer::new(kms, &args.tenant, &args.dataset, args.epoch);
    let mut lines = Out::to(&args.out)?;
    let mut count = 0_u64;
    while let Some(row) = rows.next_row()? {
        seal_row(&row, &plan, &args, &mut sealer, &mut lines).await?;
        count = row.number;
    }
    lines.finish()?;
    progress.finish();
    report(&args, &rows, &sealer, count, output)?;
    Ok(Exit::Done)
}

fn delimiter(text: &str) -> Result<Delimiter, &'static str> {
    let text = if text == "tab" { "\t" } else { text };
    let mut characters = text.chars();
    let only = characters.next().filter(|_| characters.next().is_none());
    only.and_then(Delimiter::of).ok_or("none of , ; | and tab")
}

fn format(args: &Args) -> Result<Format, Failure> {
    let named = match args.format {
        Some(FormatName::Csv) => Some(Format::Csv(Delimiter::Comma)),
        Some(FormatName::Ndjson) => Some(Format::Ndjson),
        None => Format::of_path(&args.input),
    };
    let format = named.ok_or_else(|| Failure::Format {
        path: args.input.clone(),
    })?;
    match (format, args.delimiter) {
        (Format::Csv(_), Some(delimiter)) => Ok(Format::Csv(delimiter)),
        (Format::Ndjson, Some(_)) => Err(Failure::Conflict {
            one: "--delimiter",
            other: "ndjson",
        }),
        (format, None) => Ok(format),
    }
}

/// Names are bounded in our messages, and an empty one names nothing.
fn check_names(args: &Args) -> Result<(), Failure> {
    let named = [("tenant", &args.tenant), ("dataset", &args.dataset)];
    let columns = args.columns.iter().map(|column| ("column", column));
    for (name, value) in named.into_iter().chain(columns) {
        if value.is_empty() || value.len() > MAX_NAME_BYTES {
            return Err(Failure::Name { name });
        }
    }
    Ok(())
}

async fn seal_row(
    row: &Row,
    plan: &Plan,
    args: &Args,
    sealer: &mut Sealer,
    lines: &mut Out,
) -> Result<(), Failure> {
    let record_id = record_id(row, plan)?;
    let mut sealed = Vec::with_capacity(plan.sealed);
    for (column, value) in plan.wanted[..plan.sealed].iter().zip(&row.values) {
        let Some(value) = value else { continue };
        let record = sealer.seal(column, &record_id, value.as_bytes()).await;
        let record = record.map_err(|source| Failure::Seal {
            row: row.number,
            column: column.clone(),
            source,
        })?;
        sealed.push((column.as_str(), Some(URL_SAFE_NO_PAD.encode(record))));
    }
    let kept = plan.sealed..plan.sealed + plan.kept;
    let clear = plan.wanted[kept.clone()].iter().zip(&row.values[kept]);
    let clear: Vec<_> = clear
        .map(|(column, value)| {
            (
                column.as_str(),
                value.as_ref().map(|value| value.to_string()),
            )
        })
        .collect();
    let line = SealedLine {
        record_id: &record_id,
        tenant: &args.tenant,
        dataset: &args.dataset,
        sealed: Members(&sealed),
        clear: (!clear.is_empty()).then_some(Members(&clear)),
    };
    let written = serde_json::to_writer(&mut *lines, &line).map_err(std::io::Error::from);
    let written = written.and_then(|()| lines.write_all(b"\n"));
    written.map_err(|source| lines.unwritable(source))
}

/// The value of the id column, or the number of the row.
fn record_id(row: &Row, plan: &Plan) -> Result<Zeroizing<String>, Failure> {
    let Some(position) = plan.id else {
        return Ok(Zeroizing::new(row.number.to_string()));
    };
    match &row.values[position] {
        Some(id) if (1..=MAX_NAME_BYTES).contains(&id.len()) => Ok(id.clone()),
        _ => Err(Failure::RecordId { row: row.number }),
    }
}

fn report(
    args: &Args,
    rows: &RowReader,
    sealer: &Sealer,
    count: u64,
    output: Output,
) -> Result<(), Failure> {
    let id = args.id_column.as_ref();
    let dropped: Vec<&String> = rows
        .dropped_columns()
        .iter()
        .filter(|column| Some(*column) != id)
        .collect();
    let result = json!({
        "rows": count,
        "sealed": sealer.sealed(),
        "data_keys": sealer.data_keys(),
        "dropped_columns": dropped,
        "output": args.out.display().to_string(),
    });
    if !dropped.is_empty() {
        let names: Vec<&str> = dropped.iter().map(|name| name.as_str()).collect();
        output.note(&format!(
            "dropped columns that were not named: {}",
            names.join(", ")
        ));
    }
    let text = format!(
        "sealed {} values of {count} rows under {} data key(s)",
        sealer.sealed(),
        sealer.data_keys()
    );
    if is_stdout(&args.out) {
        output.summary(&result, &text);
        Ok(())
    } else {
        output.result(&result, &text)
    }
}

/// A line of the output.
#[derive(serde::Serialize)]
struct SealedLine<'a> {
    record_id: &'a str,
    tenant: &'a str,
    dataset: &'a str,
    sealed: Members<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clear: Option<Members<'a>>,
}

/// The members of an object, in the order given.
struct Members<'a>(&'a [(&'a str, Option<String>)]);

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
