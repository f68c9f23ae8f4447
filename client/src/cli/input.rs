//! What `process` reads: lines of items, sealed rows or both, turned into items in order.
//!
//! A sealed row of `vouchsafe seal` becomes an item per cell, with the reference
//! `<record_id>/<column>`; other lines are one item each. A line that is JSON but no usable item
//! fails by itself, under its reference; a line that is not JSON stops the command.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use vouchsafe_common::message::{Input, Item};

use super::Failure;
use super::progress::Progress;
use crate::json::{self, ItemJson, JsonError};

/// Opens IN, where `-` is stdin.
pub(super) fn open(path: &Path, progress: &Progress) -> Result<Box<dyn Read + Send>, Failure> {
    let source: Box<dyn Read + Send> = if path.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        let unreadable = |source| Failure::Unreadable {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(unreadable)?;
        if file.metadata().map_err(unreadable)?.is_dir() {
            return Err(unreadable(std::io::ErrorKind::IsADirectory.into()));
        }
        Box::new(file)
    };
    Ok(progress.counting(source))
}

/// Whose data a line is, where it says so.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Scope {
    /// The tenant.
    pub(super) tenant: String,
    /// The dataset.
    pub(super) dataset: String,
}

/// What one line asks for.
pub(super) struct Line {
    /// Whose data; `None` where the line does not say.
    pub(super) scope: Option<Scope>,
    /// The items, or for each why it is none.
    pub(super) items: Vec<Result<Item, FailedItem>>,
}

/// An item that is not sent.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct FailedItem {
    /// Its reference.
    pub(super) reference: String,
    /// Why.
    pub(super) error: JsonError,
}

/// A line of `vouchsafe seal`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SealedLine {
    record_id: String,
    tenant: String,
    dataset: String,
    sealed: Cells,
    #[serde(default, rename = "clear")]
    _clear: IgnoredAny,
}

/// The cells of a line in the order of the line.
struct Cells(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Cells {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Cells;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object of sealed cells")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cells, A::Error> {
                let mut cells = Vec::new();
                while let Some(cell) = map.next_entry()? {
                    cells.push(cell);
                }
                Ok(Cells(cells))
            }
        }
        from.deserialize_map(InOrder)
    }
}

/// Reads one line. Of a sealed row only `fields` are taken, all where it is empty; each taken is
/// marked in `seen`.
pub(super) fn parse(line: &[u8], fields: &[String], seen: &mut [bool]) -> Result<Line, JsonError> {
    if let Ok(row) = serde_json::from_slice::<SealedLine>(line) {
        return Ok(sealed_row(row, fields, seen));
    }
    let item: ItemJson = serde_json::from_slice(line).map_err(|_| JsonError::Shape)?;
    let reference = item.reference.clone();
    let item = item
        .into_item(0)
        .map_err(|error| FailedItem { reference, error });
    Ok(Line {
        scope: None,
        items: vec![item],
    })
}

fn sealed_row(row: SealedLine, fields: &[String], seen: &mut [bool]) -> Line {
    let mut items = Vec::new();
    for (column, record) in row.sealed.0 {
        match fields.iter().position(|field| *field == column) {
            Some(position) => seen[position] = true,
            None if fields.is_empty() => {}
            None => continue,
        }
        let reference = format!("{}/{column}", row.record_id);
        let input = json::sealed_input(&record, column, row.record_id.clone(), 0);
        items.push(match input.and_then(|input| checked(&reference, input)) {
            Ok(input) => Ok(Item {
                reference,
                input,
                other: None,
            }),
            Err(error) => Err(FailedItem { reference, error }),
        });
    }
    Line {
        scope: Some(Scope {
            tenant: row.tenant,
            dataset: row.dataset,
        }),
        items,
    }
}

/// A reference of two names can be longer than a name.
fn checked(reference: &str, input: Input) -> Result<Input, JsonError> {
    json::check_name(reference, 0).map(|()| input)
}

/// About how many bytes an item adds to a request.
pub(super) fn bytes_of(item: &Item) -> usize {
    let other = item
        .other
        .as_ref()
        .map_or(0, |other| other.expose_secret().len());
    let input = match &item.input {
        Input::Text(text) => text.expose_secret().len(),
        Input::Record {
            field,
            record_id,
            record,
        } => field.len() + record_id.len() + record.len(),
    };
    64 + item.reference.len() + input + other
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use vouchsafe_common::message::{ItemResult, Outcome};

    use super::*;

    const ROW: &str = r#"{"record_id":"7","tenant":"acme","dataset":"d","sealed":{"b":"AQI","a":"Aw"},"clear":{"c":"x"}}"#;

    fn references(line: &Line) -> Vec<&str> {
        line.items
            .iter()
            .map(|item| item.as_ref().unwrap().reference.as_str())
            .collect()
    }

    #[test]
    fn a_sealed_row_becomes_an_item_per_cell_in_its_order() {
        let line = parse(ROW.as_bytes(), &[], &mut []).unwrap();
        assert_eq!(references(&line), ["7/b", "7/a"]);
        assert_eq!(
            line.scope,
            Some(Scope {
                tenant: "acme".into(),
                dataset: "d".into()
            })
        );
        let Ok(Item {
            input:
                Input::Record {
                    field,
                    record_id,
                    record,
                },
            ..
        }) = &line.items[0]
        else {
            unreachable!("a cell is a record")
        };
        assert_eq!(
            (field.as_str(), record_id.as_str(), record.as_slice()),
            ("b", "7", &[1, 2][..])
        );
    }

    #[test]
    fn the_result_of_resealing_is_a_sealed_row() {
        let result = ItemResult {
            reference: "7/b".into(),
            outcome: Outcome::Record {
                tenant: "acme".into(),
                dataset: "d".into(),
                field: "b".into(),
                record_id: "7".into(),
                record: vec![1, 2].into(),
            },
        };
        let line = serde_json::to_value(json::ResultJson::of(&result)).unwrap();
        let line = parse(line["result"].to_string().as_bytes(), &[], &mut []).unwrap();
        assert_eq!(references(&line), ["7/b"]);
        assert_eq!(line.scope.unwrap().dataset, "d");
    }

    #[test]
    fn only_the_fields_asked_for_are_taken_and_marked() {
        let fields = ["a".to_owned(), "z".to_owned()];
        let mut seen = [false; 2];
        let line = parse(ROW.as_bytes(), &fields, &mut seen).unwrap();
        assert_eq!(references(&line), ["7/a"]);
        assert_eq!(seen, [true, false]);
    }

    #[test]
    fn a_text_or_a_record_is_one_item_without_a_scope() {
        let text = parse(br#"{"reference":"r","text":"t"}"#, &[], &mut []).unwrap();
        assert_eq!((references(&text), &text.scope), (vec!["r"], &None));
        let record = br#"{"reference":"r","record":"AQI","field":"f","record_id":"7"}"#;
        assert_eq!(references(&parse(record, &[], &mut []).unwrap()), ["r"]);
    }

    #[test]
    fn an_item_that_is_none_fails_under_its_reference() {
        let line = parse(br#"{"reference":"r"}"#, &[], &mut []).unwrap();
        let failed = FailedItem {
            reference: "r".into(),
            error: JsonError::ItemShape { item: 0 },
        };
        assert_eq!(line.items[0].as_ref().err(), Some(&failed));
        let row = ROW.replace("AQI", "A+");
        let line = parse(row.as_bytes(), &[], &mut []).unwrap();
        assert_eq!(line.items[0].as_ref().err().unwrap().reference, "7/b");
        assert!(line.items[1].is_ok());
    }

    #[test]
    fn a_line_that_is_no_item_is_refused() {
        for line in [
            "",
            "[]",
            "x",
            r#"{"text":"t"}"#,
            r#"{"reference":"r","text":"t","x":1}"#,
        ] {
            assert_eq!(
                parse(line.as_bytes(), &[], &mut []).err(),
                Some(JsonError::Shape),
                "{line}"
            );
        }
    }

    #[test]
    fn a_reference_of_two_long_names_fails_by_itself() {
        let row = ROW.replace("\"7\"", &format!("\"{}\"", "7".repeat(255)));
        let line = parse(row.as_bytes(), &[], &mut []).unwrap();
        assert_eq!(
            line.items[0].as_ref().err().unwrap().error,
            JsonError::Name { item: 0 }
        );
    }
}
