//! Records in and out: CSV by column, JSON and NDJSON by path, as a [`Recipe`] says.
//!
//! Streams: memory is bounded by one record, however long the input. A record leaves whole or not at
//! all. Errors name where (record, line, field of the recipe) and why, never a value, and never a name
//! that the recipe does not have, because names in data can be data. Under [`OnError::Skip`] a failing
//! record is left out and told to a side sink; the rest goes on. The streams are the caller's: nothing
//! is opened here. Next: `records/csv.rs`, `records/json.rs`.

mod csv;
pub mod csv_rows;
mod error;
mod json;
mod json_scan;
mod lines;
mod output;

use std::io::{BufRead, Write};

use crate::action::{Run, strictness};
use crate::keys::Keys;
use crate::operation::Class;
use crate::recipe::Recipe;

pub use error::{Fault, RecordError};

/// The longest record, in bytes.
pub const MAX_RECORD_BYTES: usize = 4 << 20;
/// The deepest nesting of a JSON document.
pub const MAX_DEPTH: usize = 128;
/// The most columns of a table.
pub const MAX_COLUMNS: usize = 1 << 14;

/// What happens after a record that cannot be transformed.
pub enum OnError<'a> {
    /// Nothing more is read; what was written stays.
    Stop,
    /// It is left out. The sink gets a line of JSON, `{"row":3,"line":4,"code":"not_a_date",
    /// "field":"born"}`, without any value.
    Skip(&'a mut dyn Write),
}

/// What was done.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Summary {
    /// Records that were written.
    pub written: u64,
    /// Records that were left out for their errors.
    pub skipped: u64,
    /// What left.
    pub classes: Classes,
    /// Of JSON, the paths of the recipe that no record had: they may be misspelt.
    pub unmatched: Vec<Box<str>>,
}

/// A set of classes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Classes(u16);

impl Classes {
    const ALL: [Class; 8] = [
        Class::Boolean,
        Class::Masked,
        Class::Token,
        Class::Pseudonym,
        Class::Aggregate,
        Class::Findings,
        Class::Resealed,
        Class::Plaintext,
    ];

    pub(crate) const fn insert(&mut self, class: Class) {
        self.0 |= 1 << class as u16;
    }

    pub(crate) const fn join(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Whether some output was of this class.
    pub const fn contains(self, class: Class) -> bool {
        self.0 & (1 << class as u16) != 0
    }

    /// The strictest of them; `None` when nothing left.
    pub fn strictest(self) -> Option<Class> {
        let all = Self::ALL.into_iter().filter(|class| self.contains(*class));
        all.max_by_key(|class| strictness(*class))
    }
}

/// Transforms all records of `input`.
///
/// # Errors
///
/// [`RecordError`]: of the streams and of a table's first row always; of other records under
/// [`OnError::Stop`] only.
pub fn transform<'a>(
    recipe: &Recipe,
    keys: &dyn Keys,
    run: &mut Run<'_>,
    input: &mut dyn BufRead,
    output: &'a mut dyn Write,
    on_error: OnError<'a>,
) -> Result<Summary, RecordError> {
    let mut sink = output::Sink::new(output, on_error);
    let done = match recipe {
        Recipe::Csv(recipe) => csv::transform(recipe, keys, run, input, &mut sink),
        Recipe::Json(recipe) => lines::document(recipe, keys, run, input, &mut sink),
        Recipe::Ndjson(recipe) => lines::lines(recipe, keys, run, input, &mut sink),
    };
    let summary = sink.finish();
    done.and(summary)
}

#[cfg(test)]
mod tests;
