//! `vouchsafe process`: sends items to an enclave in batches and prints a line for each.
//!
//! Lines come out in the order of the input, each with its result or its error. A batch that is
//! refused as a whole gives each of its items the code; when the service is away, the command says
//! so and stops.

mod explain;

use std::io::{BufReader, BufWriter, Write};
use std::path::PathBuf;

use serde_json::json;
use vouchsafe_common::limits::MAX_ITEMS;
use vouchsafe_common::message::{Item, Refusal};
use zeroize::Zeroizing;

use super::config::Config;
use super::connection::{AnyClient, Connection};
use super::input::{self, FailedItem, Scope};
use super::out::json_line;
use super::progress::Progress;
use super::{Exit, Failure, Output};
use crate::client::{Call, CallError, Service};
use crate::json::{self, ResultJson};
use crate::rows::{RowError, read_line};

/// Content of a batch, bytes; with references and padding it stays well under what a request may
/// have, also where each item is answered by a longer text.
const MAX_BATCH_BYTES: usize = 8 * 1024 * 1024;

/// Have an enclave work on sealed records or texts.
#[derive(clap::Args)]
#[command(after_help = "\
IN has a line for each row of vouchsafe seal, or for each item: {\"reference\", \"text\"} or
{\"reference\", \"record\", \"field\", \"record_id\"}; \"other\" is what verify compares with.
OUT has a line for each item: {\"reference\", \"result\"} or {\"reference\", \"error\": {\"code\"}}.
Exit status 1 when an item has no result. Items go in requests of up to 10,000; placeholder numbers its
labels within one, and refuses more.

Examples:
  vouchsafe process --config vouchsafe.toml --op mask --params '{\"keep_last\":4}' customers.ndjson
  echo '{\"reference\":\"1\",\"text\":\"call 212-555-0101\"}' \\
      | vouchsafe process --config vouchsafe.toml --op redact -")]
pub(super) struct Args {
    /// The items; - for stdin.
    input: PathBuf,
    /// The operation: detect, redact, mask, verify, pseudonymize, reveal, …
    #[arg(long, value_name = "NAME")]
    op: String,
    /// What the operation is told, a JSON object.
    #[arg(long, value_name = "JSON", default_value = "{}")]
    params: String,
    /// Of sealed rows, only these columns. [default: all]
    #[arg(long, value_delimiter = ',', value_name = "a,b")]
    fields: Vec<String>,
    #[command(flatten)]
    connection: Connection,
}

pub(super) async fn run(args: Args, output: Output) -> Result<Exit, Failure> {
    let params: serde_json::Value =
        serde_json::from_str(&args.params).map_err(|_| Failure::Parameters)?;
    json::parameters(Some(&params)).map_err(|_| Failure::Parameters)?;
    let settings = args.connection.settings()?;
    let client = settings.client()?;
    let progress = Progress::over(&args.input, output);
    progress.message(&args.op);
    let input = input::open(&args.input, &progress)?;
    let run = Run {
        operation: args.op,
        params,
        settings,
        stdout: BufWriter::new(std::io::stdout()),
        output,
        is_explained: false,
        count: Count::default(),
    };
    let reader = BufReader::with_capacity(64 * 1024, input);
    let ended = match client {
        AnyClient::Aws(client) => run.all(&client, reader, &args.fields).await,
        #[cfg(feature = "mock")]
        AnyClient::Mock(client) => run.all(&client, reader, &args.fields).await,
    };
    progress.finish();
    let count = ended?;
    let result =
        json!({ "items": count.items, "errors": count.errors, "requests": count.requests });
    let text = format!(
        "vouchsafe: {} items, {} errors, {} requests",
        count.items, count.errors, count.requests
    );
    output.summary(&result, &text);
    Ok(if count.errors == 0 {
        Exit::Done
    } else {
        Exit::Refused
    })
}

#[derive(Clone, Copy, Default)]
struct Count {
    items: u64,
    errors: u64,
    requests: u64,
}

/// What one run keeps from batch to batch.
struct Run<W: Write> {
    operation: String,
    params: serde_json::Value,
    settings: Config,
    stdout: W,
    output: Output,
    is_explained: bool,
    count: Count,
}

/// Items on their way to one request, with those between them that are not sent.
#[derive(Default)]
struct Batch {
    scope: Option<Scope>,
    items: Vec<Item>,
    bytes: usize,
    /// In the order of the input: `None` takes the next result of the request.
    slots: Vec<Option<FailedItem>>,
}

impl Batch {
    fn has_room(&self, scope: &Scope, bytes: usize) -> bool {
        let is_same = self.scope.as_ref().is_none_or(|own| own == scope);
        let fits = self.items.is_empty() || self.bytes + bytes <= MAX_BATCH_BYTES;
        is_same && fits && self.items.len() < MAX_ITEMS && self.slots.len() < 2 * MAX_ITEMS
    }

    fn push(&mut self, scope: Scope, item: Result<Item, FailedItem>) {
        match item {
            Ok(item) => {
                self.bytes += input::bytes_of(&item);
                self.scope = Some(scope);
                self.items.push(item);
                self.slots.push(None);
            }
            Err(failed) => self.slots.push(Some(failed)),
        }
    }
}

impl<W: Write> Run<W> {
    async fn all<S: Service>(
        mut self,
        service: &S,
        mut reader: BufReader<Box<dyn std::io::Read + Send>>,
        fields: &[String],
    ) -> Result<Count, Failure> {
        let mut seen = vec![false; fields.len()];
        let mut saw_rows = false;
        let mut batch = Batch::default();
        let mut line = Zeroizing::new(Vec::new());
        let mut row = 1;
        while read_line(&mut reader, &mut line, row)? {
            let parsed = match input::parse(&line, fields, &mut seen) {
                Ok(parsed) => parsed,
                Err(source) => {
                    // What came before it is still answered.
                    self.send(service, batch).await?;
                    return Err(Failure::Item { row, source });
                }
            };
            saw_rows |= parsed.scope.is_some();
            let scope = match parsed.scope {
                Some(scope) => scope,
                None => self.default_scope()?,
            };
            for item in parsed.items {
                let bytes = item.as_ref().map_or(0, input::bytes_of);
                if !batch.has_room(&scope, bytes) {
                    if self.operation == "placeholder" {
                        return Err(Failure::Labels { row });
                    }
                    self.send(service, std::mem::take(&mut batch)).await?;
                }
                batch.push(scope.clone(), item);
            }
            row += 1;
        }
        self.send(service, batch).await?;
        match seen.iter().position(|seen| !seen) {
            Some(field) if saw_rows => Err(RowError::MissingColumn {
                row: 0,
                column: fields[field].clone(),
            }
            .into()),
            _ => Ok(self.count),
        }
    }

    /// Whose data a line is that does not say so.
    fn default_scope(&self) -> Result<Scope, Failure> {
        let missing = |name| Failure::Missing { name };
        Ok(Scope {
            tenant: self
                .settings
                .tenant
                .clone()
                .ok_or_else(|| missing("tenant"))?,
            dataset: self
                .settings
                .dataset
                .clone()
                .ok_or_else(|| missing("dataset"))?,
        })
    }

    /// Says once what the refusal of a whole request is about: its code stands at each item.
    fn explain(&mut self, refusal: Refusal) {
        if !std::mem::replace(&mut self.is_explained, true) {
            let reason = explain::refusal(&self.operation, &self.params, refusal);
            self.output.note(&reason);
        }
    }

    /// Sends a batch and prints its lines.
    async fn send<S: Service>(&mut self, service: &S, batch: Batch) -> Result<(), Failure> {
        let Batch {
            scope,
            items,
            slots,
            ..
        } = batch;
        let references: Vec<String> = items.iter().map(|item| item.reference.clone()).collect();
        let answer = match scope {
            None => Ok(Vec::new()),
            Some(scope) => {
                self.count.requests += 1;
                let parameters = json::parameters(Some(&self.params));
                service
                    .call(Call {
                        operation: self.operation.clone(),
                        parameters: parameters.map_err(|_| Failure::Parameters)?,
                        tenant: scope.tenant,
                        dataset: scope.dataset,
                        purpose: self.settings.purpose.clone().unwrap_or_default(),
                        items,
                    })
                    .await
            }
        };
        if let Err(error @ (CallError::NoIdentity | CallError::TokenUnreadable)) = answer {
            return Err(error.into());
        }
        if let Err(CallError::Refused(refusal)) = &answer {
            self.explain(*refusal);
        }
        let mut position = 0;
        for slot in &slots {
            let line = match (slot, &answer) {
                (Some(failed), _) => ResultJson::error(&failed.reference, failed.error.code()),
                (None, Ok(results)) => ResultJson::of(&results[position]),
                (None, Err(error)) => ResultJson::error(&references[position], error.code()),
            };
            position += usize::from(slot.is_none());
            self.count.items += 1;
            self.count.errors += u64::from(line.is_error());
            json_line(&mut self.stdout, &line).map_err(Failure::Output)?;
        }
        self.stdout.flush().map_err(Failure::Output)?;
        match answer {
            Err(error) if error.is_unavailable() => Err(error.into()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
