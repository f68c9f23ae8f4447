//! Recipes, and tables and JSON that go through one.
//!
//! A recipe is configuration and its errors may quote it; records are data, so what is told of them
//! must be made of places, codes and the recipe's own names. Input in pieces gives what the whole
//! gives, and what stops at the first failure wrote what another run wrote before it.

use std::io::BufReader;
use std::sync::LazyLock;

use serde::de::IgnoredAny;
use serde_json::Value;
use vouchsafe_pii::action::{Action, Run};
use vouchsafe_pii::keys::Roots;
use vouchsafe_pii::placeholder::Placeholders;
use vouchsafe_pii::recipe::{CsvRecipe, Recipe, RecipeError};
use vouchsafe_pii::records::{self, OnError, RecordError, Summary};

use crate::engine::ENGINE;

/// For tables, chosen by the first byte of the input.
pub(crate) const TABLES: [&str; 4] = [
    r#"
format = "csv"
default = "drop"
[fields]
id = "keep"
note = "redact"
email = { action = "mask", keep_last = 4 }
"#,
    r#"
format = "csv"
default = "refuse"
header = false
delimiter = ";"
subject = "1"
[fields]
1 = { action = "pseudonymize", entity = "PATIENT_ID" }
2 = { action = "shift_date", days = 30 }
3 = "keep"
"#,
    r#"
format = "csv"
default = "drop"
delimiter = "\t"
[fields]
email = { action = "placeholder", label = "EMAIL_ADDRESS" }
age = { action = "bucket", width = 10 }
born = { action = "generalize", kind = "date", to = "year" }
card = { action = "encrypt_format", entity = "CREDIT_CARD", alphabet = "digits", skip = " -" }
"#,
    r#"
format = "csv"
default = "drop"
[fields]
email = { action = "tokenize", entity = "EMAIL_ADDRESS" }
"#,
];

/// For JSON, chosen likewise.
pub(crate) const DOCUMENTS: [&str; 4] = [
    r#"
format = "ndjson"
default = "drop"
[fields]
id = "keep"
note = "redact"
"person.email" = { action = "mask", keep_last = 4 }
"items[*].card" = { action = "replace", with = "-" }
"#,
    r#"
format = "ndjson"
default = "refuse"
subject = "id"
[fields]
id = { action = "pseudonymize", entity = "PATIENT_ID" }
born = { action = "shift_date", days = 30 }
"*" = "drop"
"#,
    r#"
format = "json"
default = "drop"
[fields]
"[*].age" = { action = "bucket", width = 10 }
"[*].month" = { action = "time_part", part = "month" }
"[*].kept" = "keep"
"#,
    r#"
format = "json"
default = "drop"
[fields]
"$" = { action = "text" }
"#,
];

/// A recipe, in TOML or in JSON: of the same keys it is the same, and what is taken runs.
pub fn recipe(text: &[u8]) -> bool {
    let text = &*String::from_utf8_lossy(text);
    let toml = placed(text, Recipe::from_toml(text));
    let json = placed(text, Recipe::from_json(text));
    if let (Some(toml), Ok(value)) = (&toml, toml::from_str::<Value>(text)) {
        let again = Recipe::from_json(&value.to_string()).expect("it has the same keys");
        assert_eq!(sorted(again), sorted(toml.clone()));
    }
    let Some(recipe) = toml.or(json) else {
        return false;
    };
    let data = match &recipe {
        Recipe::Csv(recipe) => table_for(recipe),
        Recipe::Json(_) | Recipe::Ndjson(_) => b"{\"a\":[\"2026-01-31\",null,{\"b\":1}]}".to_vec(),
    };
    all_ways(&recipe, &data, 5);
    true
}

/// A table through a recipe: as many rows and cells as another reader finds, those that stay as they
/// were.
pub fn recipe_csv(input: &[u8]) -> bool {
    static RECIPES: LazyLock<[Recipe; 4]> = LazyLock::new(|| read(TABLES));
    let Some((choice, file)) = input.split_first() else {
        return false;
    };
    let recipe = &RECIPES[usize::from(*choice) % RECIPES.len()];
    let Recipe::Csv(table) = recipe else {
        unreachable!("it is of tables");
    };
    let made = all_ways(recipe, file, usize::from(*choice) / RECIPES.len());
    let Ok(summary) = &made.end else {
        return false;
    };
    let mut given = rows(file, table.delimiter.byte());
    let written = rows(&made.output, table.delimiter.byte());
    let names = if table.header && !given.is_empty() {
        given.remove(0)
    } else {
        Vec::new()
    };
    assert_eq!(summary.written + summary.skipped, given.len() as u64);
    let skipped = made.skipped();
    assert_eq!(skipped.len() as u64, summary.skipped);
    let mut number = 0;
    given.retain(|_| {
        number += 1;
        !skipped.contains(&number)
    });
    // Where each column that is written stood, and whether it stays as it was.
    let column = |name: &String| {
        let number = || name.parse::<usize>().ok()?.checked_sub(1);
        let named = |it: &Vec<u8>| it == name.as_bytes();
        let place = if table.header {
            names.iter().position(named)
        } else {
            number()
        };
        place.expect("a table without it is refused")
    };
    let acts = table
        .fields
        .iter()
        .filter(|field| !matches!(field.1, Action::Drop(_)));
    let mut columns: Vec<_> = acts
        .map(|(name, action)| (column(name), matches!(action, Action::Keep(_))))
        .collect();
    columns.sort_unstable();
    if written.is_empty() {
        return false;
    }
    let head = usize::from(table.header);
    assert_eq!(written.len(), head + given.len());
    for (row, output) in given.iter().zip(&written[head..]) {
        assert_eq!(output.len(), columns.len());
        for ((at, is_kept), cell) in columns.iter().zip(output) {
            assert!(!is_kept || cell == &row[*at]);
        }
    }
    summary.written > 0
}

/// Documents through a recipe: what comes out is JSON, with the members that the recipe names, and
/// those that stay are as they were.
pub fn recipe_json(input: &[u8]) -> bool {
    static RECIPES: LazyLock<[Recipe; 4]> = LazyLock::new(|| read(DOCUMENTS));
    let Some((choice, file)) = input.split_first() else {
        return false;
    };
    let recipe = &RECIPES[usize::from(*choice) % RECIPES.len()];
    let made = all_ways(recipe, file, usize::from(*choice) / RECIPES.len());
    let Ok(summary) = &made.end else {
        return false;
    };
    let is_blank = |line: &[u8]| line.iter().all(u8::is_ascii_whitespace);
    let by_line = matches!(recipe, Recipe::Ndjson(_));
    let documents = |bytes| -> Vec<&[u8]> {
        if by_line {
            let lines = <[u8]>::split(bytes, |byte| *byte == b'\n');
            lines.filter(|line| !is_blank(line)).collect()
        } else {
            vec![bytes]
        }
    };
    let mut given = documents(file);
    assert_eq!(summary.written + summary.skipped, given.len() as u64);
    if summary.written == 0 {
        assert!(made.output.is_empty());
        return false;
    }
    let written = documents(&made.output);
    assert_eq!(written.len() as u64, summary.written);
    let skipped = made.skipped();
    let mut number = 0;
    given.retain(|_| {
        number += 1;
        !skipped.contains(&number)
    });
    for (document, output) in given.iter().zip(written) {
        assert!(serde_json::from_slice::<IgnoredAny>(output).is_ok());
        // Deeper than this reader goes, or with half a surrogate: then another has to look.
        let read = |bytes| serde_json::from_slice::<Value>(bytes).ok();
        if let (Some(before), Some(after)) = (read(document), read(output)) {
            let name = if by_line { "id" } else { "kept" };
            members(recipe, &before, &after, name);
        }
    }
    true
}

/// Holds what is left of a document against the document.
fn members(recipe: &Recipe, before: &Value, after: &Value, kept: &str) {
    let (Recipe::Json(recipe) | Recipe::Ndjson(recipe)) = recipe else {
        return;
    };
    let named = |name: &String| {
        let is_beneath = |path: &str| {
            let path = path.trim_start_matches("[*].");
            path == name
                || path.starts_with(&format!("{name}."))
                || path.starts_with(&format!("{name}["))
        };
        recipe
            .fields
            .iter()
            .any(|(path, _)| is_beneath(path.as_str()))
    };
    let keeps = recipe
        .fields
        .iter()
        .any(|(path, action)| path.as_str().ends_with(kept) && matches!(action, Action::Keep(_)));
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            assert!(after.keys().all(named));
            assert!(!keeps || before.get(kept) == after.get(kept));
        }
        (Value::Array(before), Value::Array(after)) if keeps => {
            // Elements that are none of the recipe's are left out.
            let is_object = |it: &&Value| it.is_object() || it.is_null();
            let (before, after) = (before.iter().filter(is_object), after.iter());
            assert_eq!(before.clone().count(), after.clone().count());
            for (before, after) in before.zip(after) {
                members_of_element(before, after, kept);
            }
        }
        _ => {}
    }
}

fn members_of_element(before: &Value, after: &Value, kept: &str) {
    assert_eq!(before.get(kept), after.get(kept));
}

/// What a run made.
#[derive(Debug, PartialEq)]
struct Made {
    output: Vec<u8>,
    told: Vec<u8>,
    end: Result<Summary, RecordError>,
}

impl Made {
    /// The numbers of the records that were left out.
    fn skipped(&self) -> Vec<u64> {
        let lines = self.told.split(|byte| *byte == b'\n');
        let lines = lines.filter(|line| !line.is_empty());
        let number = |line| {
            let line: Value = serde_json::from_slice(line).expect("a line of JSON each");
            line["row"].as_u64().expect("with the number of its record")
        };
        lines.map(number).collect()
    }
}

/// Runs a recipe that goes on after a failure, and holds other ways to run it against that.
fn all_ways(recipe: &Recipe, data: &[u8], piece: usize) -> Made {
    let made = run(recipe, &mut &*data, true);
    let mut pieces = BufReader::with_capacity(piece % 16 + 1, data);
    assert_eq!(made, run(recipe, &mut pieces, true));
    let stopped = run(recipe, &mut &*data, false);
    assert!(made.output.starts_with(&stopped.output));
    if made.told.is_empty() {
        assert_eq!(made.output, stopped.output);
    }
    for line in made
        .told
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        told(
            recipe,
            &serde_json::from_slice(line).expect("a line of JSON each"),
        );
    }
    for error in [made.end.as_ref().err(), stopped.end.as_ref().err()]
        .into_iter()
        .flatten()
    {
        assert!(
            error
                .field
                .as_deref()
                .is_none_or(|name| is_named(recipe, name))
        );
        assert!(is_code(error.code()));
    }
    made
}

fn run(recipe: &Recipe, input: &mut dyn std::io::BufRead, skip: bool) -> Made {
    let roots = Roots::new("acme").with(1, [5; 32].into());
    let mut placeholders = Placeholders::new(&[1; 32]);
    let mut run = Run {
        find: Some(&*ENGINE),
        placeholders: &mut placeholders,
    };
    let (mut output, mut told) = (Vec::new(), Vec::new());
    let on_error = if skip {
        OnError::Skip(&mut told)
    } else {
        OnError::Stop
    };
    let end = records::transform(recipe, &roots, &mut run, input, &mut output, on_error);
    Made { output, told, end }
}

/// What is told of a record is numbers, a code, and a name that the recipe has.
fn told(recipe: &Recipe, line: &Value) {
    let members = line.as_object().expect("an object");
    for (name, value) in members {
        match (name.as_str(), value) {
            ("row" | "line" | "column", Value::Number(_)) => {}
            ("code", Value::String(code)) => assert!(is_code(code)),
            ("field", Value::String(name)) => assert!(is_named(recipe, name)),
            _ => panic!("a member that is not told: {name}"),
        }
    }
}

fn is_code(code: &str) -> bool {
    !code.is_empty()
        && code
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

fn is_named(recipe: &Recipe, name: &str) -> bool {
    match recipe {
        Recipe::Csv(recipe) => {
            let is_subject = recipe.subject.as_deref() == Some(name);
            is_subject || recipe.fields.iter().any(|(field, _)| field == name)
        }
        Recipe::Json(recipe) | Recipe::Ndjson(recipe) => {
            recipe.fields.iter().any(|(path, _)| path.as_str() == name)
        }
    }
}

/// The recipe, unless it was refused, at a line that its text has.
fn placed(text: &str, read: Result<Recipe, RecipeError>) -> Option<Recipe> {
    read.map_err(|error| {
        let lines = text.split('\n').count();
        assert!((1..=lines).contains(&error.line), "{error}");
        assert!(!error.reason.is_empty());
    })
    .ok()
}

/// With its fields in order: maps of JSON have none.
fn sorted(mut recipe: Recipe) -> Recipe {
    match &mut recipe {
        Recipe::Csv(recipe) => recipe.fields.sort_by(|one, other| one.0.cmp(&other.0)),
        Recipe::Json(recipe) | Recipe::Ndjson(recipe) => {
            let by_path =
                |one: &(vouchsafe_pii::recipe::Path, Action),
                 other: &(vouchsafe_pii::recipe::Path, Action)| {
                    one.0.as_str().cmp(other.0.as_str())
                };
            recipe.fields.sort_by(by_path);
        }
    }
    recipe
}

/// A table that has the columns of a recipe, with a date in each.
fn table_for(recipe: &CsvRecipe) -> Vec<u8> {
    let named = recipe.fields.iter().map(|(name, _)| name);
    let subject = recipe
        .subject
        .iter()
        .filter(|name| named.clone().all(|it| it != *name));
    let quoted = |name: &String| format!("\"{}\"", name.replace('"', "\"\""));
    let names: Vec<_> = named.clone().chain(subject).map(quoted).collect();
    let delimiter = char::from(recipe.delimiter.byte()).to_string();
    let row = vec!["2026-01-31"; names.len()].join(&delimiter);
    format!("{}\n{row}\n{row}", names.join(&delimiter)).into_bytes()
}

/// The rows that another reader finds.
fn rows(file: &[u8], delimiter: u8) -> Vec<Vec<Vec<u8>>> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(file);
    let records = reader
        .byte_records()
        .map(|row| row.expect("memory does not fail"));
    records
        .map(|row| row.iter().map(<[u8]>::to_vec).collect())
        .collect()
}

fn read<const N: usize>(recipes: [&str; N]) -> [Recipe; N] {
    recipes.map(|text| Recipe::from_toml(text).expect("it is a recipe"))
}
