//! Tables: what is done to each column, row by row.
//!
//! Columns that stay are copied as bytes, quotes included; columns that are left out are not looked at.
//! A field stands in quotes afterwards when it did before or needs to. Next: [`super::csv_rows`].

use std::io::BufRead;

use zeroize::Zeroizing;

use super::csv_rows::{Next, Row, Rows};
use super::output::Sink;
use super::{Classes, Fault, MAX_COLUMNS, RecordError};
use crate::action::{ActionError, Input, Outcome, Prepared, Run};
use crate::keys::Keys;
use crate::operation::Class;
use crate::recipe::{CsvRecipe, Unlisted};

/// What is done to a column.
#[derive(Clone, Copy)]
enum Column {
    Keep,
    Leave,
    /// By the action of this field of the recipe.
    Act(usize),
}

struct Table<'a> {
    recipe: &'a CsvRecipe,
    actions: Vec<Prepared<'a>>,
    columns: Vec<Column>,
    subject: Option<usize>,
    /// Whether a row is written as one field alone, which must not look like an empty line.
    is_narrow: bool,
    cell: Zeroizing<String>,
}

pub(super) fn transform(
    recipe: &CsvRecipe,
    keys: &dyn Keys,
    run: &mut Run<'_>,
    input: &mut dyn BufRead,
    sink: &mut Sink<'_>,
) -> Result<(), RecordError> {
    let mut rows = Rows::new(input, recipe.delimiter);
    if rows.skip_mark()? {
        sink.buffer.extend_from_slice("\u{feff}".as_bytes());
    }
    let mut next = rows.read()?;
    if let Some(fault) = fault(next) {
        return Err(RecordError::new(0, rows.row().line(), fault));
    }
    if next == Next::End && recipe.header {
        return Err(RecordError::new(0, 1, Fault::NoHeader));
    }
    let mut table = Table::new(recipe, keys, rows.row())?;
    if recipe.header {
        table.write_header(rows.row(), &mut sink.buffer);
        sink.pass()?;
        next = rows.read()?;
    }
    let mut number = 0;
    while next != Next::End {
        number += 1;
        let made = match fault(next) {
            Some(fault) => Err(RecordError::new(number, rows.row().line(), fault)),
            None => table.write(number, rows.row(), run, &mut sink.buffer),
        };
        sink.end(made)?;
        next = rows.read()?;
    }
    Ok(())
}

/// What is wrong with what was read.
const fn fault(next: Next) -> Option<Fault> {
    match next {
        Next::TooLong => Some(Fault::TooLong),
        Next::Unclosed => Some(Fault::Unclosed),
        Next::Row | Next::End => None,
    }
}

impl<'a> Table<'a> {
    /// Finds the columns of the recipe by the first row.
    fn new(recipe: &'a CsvRecipe, keys: &'a dyn Keys, first: &Row) -> Result<Self, RecordError> {
        let error = |fault| RecordError::new(0, first.line(), fault);
        if first.width() > MAX_COLUMNS {
            return Err(error(Fault::TooWide));
        }
        let find = |name: &str| {
            if !recipe.header {
                let number = name.parse::<usize>().ok();
                let number = number.filter(|number| number.to_string() == name);
                let column = number.and_then(|number| number.checked_sub(1));
                return column
                    .filter(|it| *it < first.width())
                    .ok_or(Fault::MissingColumn);
            }
            let is_named = |field: (&[u8], bool)| field.0 == name.as_bytes();
            let column = first
                .fields()
                .position(is_named)
                .ok_or(Fault::MissingColumn)?;
            if first.fields().skip(column + 1).any(is_named) {
                return Err(Fault::AmbiguousColumn);
            }
            Ok(column)
        };
        let find = |name: &str| find(name).map_err(|fault| error(fault).field(name));
        let mut columns = vec![None; first.width()];
        let mut actions = Vec::with_capacity(recipe.fields.len());
        for (index, (name, action)) in recipe.fields.iter().enumerate() {
            let prepared =
                Prepared::new(action, keys).map_err(|fault| error(fault.into()).field(name))?;
            columns[find(name)?] = Some(match &prepared {
                action if action.keeps() => Column::Keep,
                action if action.drops() => Column::Leave,
                _ => Column::Act(index),
            });
            actions.push(prepared);
        }
        let columns =
            columns
                .into_iter()
                .enumerate()
                .map(|(at, column)| match (column, recipe.default) {
                    (Some(column), _) => Ok(column),
                    (None, Unlisted::Drop) => Ok(Column::Leave),
                    (None, Unlisted::Refuse) => Err(error(Fault::Unlisted).column(at + 1)),
                });
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let written = columns.iter().filter(|it| !matches!(it, Column::Leave));
        Ok(Self {
            recipe,
            actions,
            is_narrow: written.count() == 1,
            columns,
            subject: recipe.subject.as_deref().map(find).transpose()?,
            cell: Zeroizing::new(String::new()),
        })
    }

    fn write_header(&self, row: &Row, output: &mut Vec<u8>) {
        let mut is_first = true;
        for ((name, quoted), column) in row.fields().zip(&self.columns) {
            if !matches!(column, Column::Leave) {
                self.push(name, quoted, &mut is_first, output);
            }
        }
        end(row, is_first, output);
    }

    fn write(
        &mut self,
        number: u64,
        row: &Row,
        run: &mut Run<'_>,
        output: &mut Vec<u8>,
    ) -> Result<Classes, RecordError> {
        let error = |fault| RecordError::new(number, row.line(), fault);
        if row.width() != self.columns.len() {
            let (expected, found) = (self.columns.len(), row.width());
            return Err(error(Fault::Width { expected, found }));
        }
        let subject = self.subject.and_then(|column| row.field(column));
        let mut classes = Classes::default();
        let mut is_first = true;
        let mut cell = core::mem::take(&mut *self.cell);
        for (at, (field, quoted)) in row.fields().enumerate() {
            match self.columns[at] {
                Column::Leave => {}
                Column::Keep => {
                    classes.insert(Class::Plaintext);
                    self.push(field, quoted, &mut is_first, output);
                }
                Column::Act(index) => {
                    cell.clear();
                    let name = &self.recipe.fields[index].0;
                    let action = &mut self.actions[index];
                    let announced = if self.recipe.header { name } else { "" };
                    let made = act(action, announced, field, subject, run, &mut cell);
                    match made.map_err(|fault| error(fault).field(name))? {
                        Outcome::Written(class) => classes.insert(class),
                        Outcome::Dropped => {}
                    }
                    self.push(cell.as_bytes(), quoted, &mut is_first, output);
                }
            }
        }
        *self.cell = cell;
        end(row, is_first, output);
        Ok(classes)
    }

    /// Appends a field, after a delimiter unless it is the first.
    #[inline]
    fn push(&self, field: &[u8], quoted: bool, is_first: &mut bool, output: &mut Vec<u8>) {
        let delimiter = self.recipe.delimiter.byte();
        if !*is_first {
            output.push(delimiter);
        }
        *is_first = false;
        let is_special = |byte: &u8| matches!(byte, b'"' | b'\n' | b'\r') || *byte == delimiter;
        let is_lost = self.is_narrow && field.is_empty();
        if !(quoted || is_lost || field.iter().any(is_special)) {
            output.extend_from_slice(field);
            return;
        }
        output.push(b'"');
        for (at, part) in field.split(|byte| *byte == b'"').enumerate() {
            if at > 0 {
                output.extend_from_slice(b"\"\"");
            }
            output.extend_from_slice(part);
        }
        output.push(b'"');
    }
}

/// Ends a row as it was ended, unless there is nothing in it.
fn end(row: &Row, is_empty: bool, output: &mut Vec<u8>) {
    if !is_empty {
        output.extend_from_slice(row.terminator);
    }
}

fn act(
    action: &mut Prepared<'_>,
    name: &str,
    field: &[u8],
    subject: Option<&[u8]>,
    run: &mut Run<'_>,
    cell: &mut String,
) -> Result<Outcome, Fault> {
    let text = |bytes| core::str::from_utf8(bytes).map_err(|_| Fault::NotUtf8);
    let input = Input {
        value: text(field)?,
        subject: text(subject.unwrap_or_default())?,
        entity: None,
        name,
    };
    action
        .apply(input, run, cell)
        .map_err(|error: ActionError| Fault::Action(error))
}
