//! A recipe: what is done to each column of a table or each path of a JSON document.
//!
//! ```toml
//! format = "csv"
//! default = "drop"
//! subject = "patient_id"
//!
//! [fields]
//! patient_id = { action = "pseudonymize", entity = "PATIENT_ID" }
//! born = { action = "shift_date", days = 30 }
//! city = "keep"
//! ```
//!
//! What the recipe does not name is dropped, or its record refused: there is no way to let it pass. A
//! recipe is configuration, not data, so its errors may quote it and name the line. Next:
//! [`crate::records`].

mod path;

use core::fmt;
use core::marker::PhantomData;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::action::{Action, Checked};
use crate::records::csv_rows::Delimiter;

pub(crate) use path::Tree;
pub use path::{Path, PathError};

/// The longest recipe, in bytes.
pub const MAX_RECIPE_BYTES: usize = 1 << 20;
/// The most fields of a recipe.
pub const MAX_FIELDS: usize = 4096;

/// A recipe for one format.
#[derive(Clone, Debug, PartialEq)]
pub enum Recipe {
    /// Rows of columns.
    Csv(CsvRecipe),
    /// One document.
    Json(JsonRecipe),
    /// One document a line.
    Ndjson(JsonRecipe),
}

/// What is done to what the recipe does not name.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unlisted {
    /// It is left out.
    Drop,
    /// The record is an error.
    Refuse,
}

/// What is done to each column.
#[derive(Clone, Debug, PartialEq)]
pub struct CsvRecipe {
    /// For columns without an action.
    pub default: Unlisted,
    /// The column that tells whom a row is about.
    pub subject: Option<String>,
    /// Whether the first row names the columns. Without, they are named `1`, `2` and so on.
    pub header: bool,
    /// What parts two fields.
    pub delimiter: Delimiter,
    /// The columns and their actions.
    pub fields: Vec<(String, Action)>,
}

/// What is done at each path.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonRecipe {
    /// For paths without an action.
    pub default: Unlisted,
    /// The path, of names alone, of what tells whom a document is about.
    pub subject: Option<Path>,
    /// The paths and their actions. None is beneath another.
    pub fields: Vec<(Path, Action)>,
}

/// A recipe that makes no sense, and where.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("line {line}, column {column}: {reason}")]
pub struct RecipeError {
    /// From 1.
    pub line: usize,
    /// From 1, in characters; 0 when only the line is known.
    pub column: usize,
    /// What is wrong, in words; it may quote the recipe.
    pub reason: String,
}

impl RecipeError {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        "recipe_invalid"
    }

    fn at_the_top(reason: &str) -> Self {
        Self {
            line: 1,
            column: 1,
            reason: reason.to_owned(),
        }
    }
}

impl Recipe {
    /// Reads a recipe in TOML.
    ///
    /// # Errors
    ///
    /// [`RecipeError`].
    pub fn from_toml(text: &str) -> Result<Self, RecipeError> {
        Self::read(text, &Toml)
    }

    /// Reads a recipe in JSON, of the same keys.
    ///
    /// # Errors
    ///
    /// [`RecipeError`].
    pub fn from_json(text: &str) -> Result<Self, RecipeError> {
        Self::read(text, &Json)
    }

    fn read(text: &str, language: &impl Language) -> Result<Self, RecipeError> {
        if text.len() > MAX_RECIPE_BYTES {
            return Err(RecipeError::at_the_top("the recipe is too long"));
        }
        // What the names of the fields mean depends on the format, wherever it stands.
        let head: Head = language.read(text)?;
        let recipe = match head.format {
            Format::Csv => Self::Csv(csv(language.read(text)?)?),
            Format::Json => Self::Json(json(language.read(text)?)?),
            Format::Ndjson => Self::Ndjson(json(language.read(text)?)?),
        };
        Ok(recipe)
    }
}

fn csv(body: Body<String>) -> Result<CsvRecipe, RecipeError> {
    needs_subject(&body)?;
    let delimiter = body
        .delimiter
        .map_or(Some(Delimiter::default()), Delimiter::of);
    let is_none = || RecipeError::at_the_top("delimiter is none of , ; | and tab");
    let delimiter = delimiter.ok_or_else(is_none)?;
    Ok(CsvRecipe {
        default: body.default,
        subject: body.subject,
        header: body.header.unwrap_or(true),
        delimiter,
        fields: body.fields.0,
    })
}

fn json(body: Body<Path>) -> Result<JsonRecipe, RecipeError> {
    needs_subject(&body)?;
    if body.header.is_some() || body.delimiter.is_some() {
        let reason = "header and delimiter belong to csv";
        return Err(RecipeError::at_the_top(reason));
    }
    if body.subject.as_ref().is_some_and(|path| !path.is_single()) {
        return Err(RecipeError::at_the_top("subject is not a path of names"));
    }
    Ok(JsonRecipe {
        default: body.default,
        subject: body.subject,
        fields: body.fields.0,
    })
}

fn needs_subject<P>(body: &Body<P>) -> Result<(), RecipeError> {
    let needs = body
        .fields
        .0
        .iter()
        .any(|(_, action)| action.needs_subject());
    if needs && body.subject.is_none() {
        let reason = "shift_date needs to know whom a record is about: subject = \"id\"";
        return Err(RecipeError::at_the_top(reason));
    }
    Ok(())
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Format {
    Csv,
    Json,
    Ndjson,
}

/// The one key that the others depend on.
#[derive(Deserialize)]
struct Head {
    format: Format,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound = "P: Place")]
struct Body<P> {
    #[serde(rename = "format")]
    _format: Format,
    default: Unlisted,
    #[serde(default)]
    subject: Option<P>,
    #[serde(default)]
    header: Option<bool>,
    #[serde(default)]
    delimiter: Option<char>,
    fields: Fields<P>,
}

/// What a field is called by.
trait Place: DeserializeOwned {
    /// Why this place cannot stand beside those before it; remembered when it can.
    fn join(&self, before: &mut Tree, index: usize) -> Result<(), PathError>;
}

impl Place for String {
    fn join(&self, before: &mut Tree, index: usize) -> Result<(), PathError> {
        before.insert(&Path::of_name(self), index)
    }
}

impl Place for Path {
    fn join(&self, before: &mut Tree, index: usize) -> Result<(), PathError> {
        before.insert(self, index)
    }
}

/// Fields in their order, none twice.
struct Fields<P>(Vec<(P, Action)>);

impl<'de, P: Place> Deserialize<'de> for Fields<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsReader(PhantomData))
    }
}

struct FieldsReader<P>(PhantomData<P>);

impl<'de, P: Place> Visitor<'de> for FieldsReader<P> {
    type Value = Fields<P>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("fields and their actions")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Fields<P>, M::Error> {
        let mut fields = Vec::new();
        let mut tree = Tree::default();
        loop {
            // Looked at while the name is read, so that an error is on its line.
            let seed = NewPlace(&mut tree, fields.len(), PhantomData);
            let Some(place) = map.next_key_seed(seed)? else {
                break;
            };
            let Checked(action) = map.next_value()?;
            fields.push((place, action));
        }
        Ok(Fields(fields))
    }
}

/// A place beside those before it, and how many those are.
struct NewPlace<'t, P>(&'t mut Tree, usize, PhantomData<P>);

impl<'de, P: Place> DeserializeSeed<'de> for NewPlace<'_, P> {
    type Value = P;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<P, D::Error> {
        let place = P::deserialize(deserializer)?;
        if self.1 == MAX_FIELDS {
            return Err(D::Error::custom("there are too many fields"));
        }
        place.join(self.0, self.1).map_err(D::Error::custom)?;
        Ok(place)
    }
}

/// How a recipe is written.
trait Language {
    fn read<T: DeserializeOwned>(&self, text: &str) -> Result<T, RecipeError>;
}

struct Toml;

impl Language for Toml {
    fn read<T: DeserializeOwned>(&self, text: &str) -> Result<T, RecipeError> {
        toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let before = text.get(..start).unwrap_or_default();
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            RecipeError {
                line: before.matches('\n').count() + 1,
                column: before[line_start..].chars().count() + 1,
                reason: error.message().to_owned(),
            }
        })
    }
}

struct Json;

impl Language for Json {
    fn read<T: DeserializeOwned>(&self, text: &str) -> Result<T, RecipeError> {
        serde_json::from_str(text).map_err(|error| {
            let shown = error.to_string();
            let reason = shown
                .rsplit_once(" at line ")
                .map_or(shown.as_str(), |(it, _)| it);
            RecipeError {
                line: error.line(),
                column: error.column(),
                reason: reason.to_owned(),
            }
        })
    }
}

#[cfg(test)]
mod tests;
