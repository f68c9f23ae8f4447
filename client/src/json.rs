//! The JSON that callers read and write, and what it stands for in our messages.
//!
//! One shape for the command line and the proxy: items in, and for each a result or an error. Texts
//! become [`Secret`]s as they are read; bounds are checked here so that a mistake is named before
//! anything is sealed.
//!
//! Trusts the caller with its own data. No error holds a value. Next: docs/CLI.md for the shapes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};
use vouchsafe_common::Secret;
use vouchsafe_common::limits::{
    MAX_INLINE_TEXT_BYTES, MAX_ITEMS, MAX_NAME_BYTES, MAX_RECORD_BYTES,
};
use vouchsafe_common::message::{Finding, Input, Item, ItemResult, Outcome, Parameters};

/// Why JSON was not a request. Positions count from 0 within the request.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum JsonError {
    /// Not JSON of the expected members.
    #[error("not JSON of the expected members")]
    Shape,
    /// Neither tenant nor a default for it, or no dataset.
    #[error("tenant or dataset is missing")]
    Scope,
    /// Parameters are not an object.
    #[error("parameters are not an object")]
    Parameters,
    /// No items, or more than [`MAX_ITEMS`].
    #[error("{items} items: a request has 1 to {MAX_ITEMS}")]
    ItemCount {
        /// Items found.
        items: usize,
    },
    /// An item has neither exactly a text, nor a record with its field and record id.
    #[error("item {item}: give \"text\", or \"record\" with \"field\" and \"record_id\"")]
    ItemShape {
        /// Position of the item.
        item: usize,
    },
    /// A record is not base64url without padding.
    #[error("item {item}: the record is not base64url without padding")]
    RecordEncoding {
        /// Position of the item.
        item: usize,
    },
    /// A record is longer than [`MAX_RECORD_BYTES`].
    #[error("item {item}: the record is longer than {MAX_RECORD_BYTES} bytes")]
    RecordTooLong {
        /// Position of the item.
        item: usize,
    },
    /// A text is longer than [`MAX_INLINE_TEXT_BYTES`].
    #[error("item {item}: the text is longer than {MAX_INLINE_TEXT_BYTES} bytes")]
    TextTooLong {
        /// Position of the item.
        item: usize,
    },
    /// A reference, field or record id is empty or longer than [`MAX_NAME_BYTES`].
    #[error("item {item}: a reference, field or record id has 1 to {MAX_NAME_BYTES} bytes")]
    Name {
        /// Position of the item.
        item: usize,
    },
}

impl JsonError {
    /// The stable name of the cause.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Shape => "malformed",
            Self::Scope => "scope_missing",
            Self::Parameters => "invalid_parameter",
            Self::ItemCount { .. } => "item_count",
            Self::ItemShape { .. } => "item_shape",
            Self::RecordEncoding { .. } => "record_encoding",
            Self::RecordTooLong { .. } => "record_too_long",
            Self::TextTooLong { .. } => "text_too_long",
            Self::Name { .. } => "invalid_name",
        }
    }
}

/// The body of `POST /v1/<operation>` at the proxy.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestJson {
    /// Whose data; the configured tenant when absent.
    pub tenant: Option<String>,
    /// Which data; the configured dataset when absent.
    pub dataset: Option<String>,
    /// What the result is for; the configured purpose when absent.
    pub purpose: Option<String>,
    /// What the operation is told; nothing when absent.
    #[serde(default)]
    pub parameters: Option<Value>,
    /// The items.
    pub items: Vec<ItemJson>,
}

/// One item as JSON, of either kind.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemJson {
    /// Echoed back.
    pub reference: String,
    #[serde(default, deserialize_with = "secret")]
    text: Option<Secret<String>>,
    /// What `verify` compares with. Whom the date of a text is about goes the same way.
    #[serde(default, alias = "subject", deserialize_with = "secret")]
    other: Option<Secret<String>>,
    record: Option<String>,
    field: Option<String>,
    record_id: Option<String>,
}

fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Secret<String>>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.map(Secret::new))
}

impl ItemJson {
    /// The item as our messages have it; `item` is its position, for errors.
    ///
    /// # Errors
    ///
    /// [`JsonError`] with the position.
    pub fn into_item(self, item: usize) -> Result<Item, JsonError> {
        check_name(&self.reference, item)?;
        if self.other.as_ref().is_some_and(is_too_long) {
            return Err(JsonError::TextTooLong { item });
        }
        let input = match (self.text, self.record, self.field, self.record_id) {
            (Some(text), None, None, None) if is_too_long(&text) => {
                return Err(JsonError::TextTooLong { item });
            }
            (Some(text), None, None, None) => Input::Text(text),
            (None, Some(record), Some(field), Some(record_id)) => {
                sealed_input(&record, field, record_id, item)?
            }
            _ => return Err(JsonError::ItemShape { item }),
        };
        Ok(Item {
            reference: self.reference,
            input,
            other: self.other,
        })
    }
}

/// A sealed record in base64url, with its place, as an input.
///
/// # Errors
///
/// [`JsonError`] with the position `item`.
pub fn sealed_input(
    record: &str,
    field: String,
    record_id: String,
    item: usize,
) -> Result<Input, JsonError> {
    check_name(&field, item)?;
    check_name(&record_id, item)?;
    if record.len() > MAX_RECORD_BYTES.div_ceil(3) * 4 {
        return Err(JsonError::RecordTooLong { item });
    }
    let record = URL_SAFE_NO_PAD
        .decode(record)
        .map_err(|_| JsonError::RecordEncoding { item })?;
    if record.len() > MAX_RECORD_BYTES {
        return Err(JsonError::RecordTooLong { item });
    }
    Ok(Input::Record {
        field,
        record_id,
        record: record.into(),
    })
}

fn is_too_long(text: &Secret<String>) -> bool {
    text.expose_secret().len() > MAX_INLINE_TEXT_BYTES
}

pub(crate) const fn check_name(name: &str, item: usize) -> Result<(), JsonError> {
    if name.is_empty() || name.len() > MAX_NAME_BYTES {
        return Err(JsonError::Name { item });
    }
    Ok(())
}

/// All items of a request.
///
/// # Errors
///
/// [`JsonError`].
pub fn items(json: Vec<ItemJson>) -> Result<Vec<Item>, JsonError> {
    if json.is_empty() || json.len() > MAX_ITEMS {
        return Err(JsonError::ItemCount { items: json.len() });
    }
    json.into_iter()
        .enumerate()
        .map(|(position, item)| item.into_item(position))
        .collect()
}

/// Parameters of a request; none when absent.
///
/// # Errors
///
/// [`JsonError::Parameters`].
pub fn parameters(json: Option<&Value>) -> Result<Parameters, JsonError> {
    match json {
        None | Some(Value::Null) => Ok(Parameters::none()),
        Some(json) => Parameters::from_json(json).map_err(|_| JsonError::Parameters),
    }
}

/// One line of results: `{"reference", "result"}` or `{"reference", "error": {"code"}}`.
#[derive(Serialize)]
pub struct ResultJson<'a> {
    reference: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<OutcomeJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorJson<'a>>,
}

#[derive(Serialize)]
struct ErrorJson<'a> {
    code: &'a str,
}

impl<'a> ResultJson<'a> {
    /// What became of an item.
    pub fn of(item: &'a ItemResult) -> Self {
        let reference = item.reference.as_str();
        match &item.outcome {
            Outcome::Error(error) => Self::error(reference, error.code()),
            outcome => Self {
                reference,
                result: Some(OutcomeJson(outcome)),
                error: None,
            },
        }
    }

    /// Whether there is no result.
    pub const fn is_error(&self) -> bool {
        self.error.is_some()
    }

    /// An item that got nothing but a code.
    pub const fn error(reference: &'a str, code: &'a str) -> Self {
        Self {
            reference,
            result: None,
            error: Some(ErrorJson { code }),
        }
    }
}

/// An outcome in JSON: a text is a string, a check a boolean, a validity an object with the rule, a
/// token of the value's form an object with its version, findings an object that says what their
/// offsets count, a record a line of `vouchsafe seal` with its one cell.
struct OutcomeJson<'a>(&'a Outcome);

impl Serialize for OutcomeJson<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Outcome::Text(text) => to.serialize_str(text.expose_secret()),
            Outcome::Boolean(answer) => to.serialize_bool(*answer),
            Outcome::Validity { rule } => {
                json!({ "valid": rule.is_none(), "rule": rule }).serialize(to)
            }
            Outcome::Versioned { text, version } => Versioned {
                text: text.expose_secret(),
                version: *version,
            }
            .serialize(to),
            Outcome::Findings { offsets, findings } => {
                let findings: Vec<Value> = findings.iter().map(finding).collect();
                json!({ "offsets": offsets, "findings": findings }).serialize(to)
            }
            Outcome::Record {
                tenant,
                dataset,
                field,
                record_id,
                record,
            } => json!({
                "record_id": record_id,
                "tenant": tenant,
                "dataset": dataset,
                "sealed": { field: URL_SAFE_NO_PAD.encode(record) },
            })
            .serialize(to),
            Outcome::Blob(blob) => json!({ "blob": URL_SAFE_NO_PAD.encode(blob) }).serialize(to),
            Outcome::Error(error) => json!({ "code": error.code() }).serialize(to),
        }
    }
}

/// Written from where it lies: a [`Value`] would hold a copy that nobody wipes.
#[derive(Serialize)]
struct Versioned<'a> {
    text: &'a str,
    version: u32,
}

fn finding(finding: &Finding) -> Value {
    let mut reason = json!({ "pattern": finding.pattern, "context": finding.context });
    if let Some(passed) = finding.checksum {
        reason["checksum"] = json!(if passed { "passed" } else { "failed" });
    }
    json!({
        "entity": finding.entity,
        "start": finding.start,
        "end": finding.end,
        "confidence": f64::from(finding.confidence_percent) / 100.0,
        "reason": reason,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use vouchsafe_common::message::ItemError;

    use super::*;

    fn item(json: &Value) -> Result<Item, JsonError> {
        let item: ItemJson = serde_json::from_value(json.clone()).map_err(|_| JsonError::Shape)?;
        item.into_item(3)
    }

    #[test]
    fn an_item_is_a_text_or_a_record_with_its_place() {
        let text = item(&json!({"reference": "r", "text": "t", "other": "o"})).unwrap();
        assert!(matches!(&text.input, Input::Text(text) if text.expose_secret() == "t"));
        assert_eq!(text.other.unwrap().expose_secret(), "o");
        let dated = item(&json!({"reference": "r", "text": "t", "subject": "p-7"})).unwrap();
        assert_eq!(dated.other.unwrap().expose_secret(), "p-7");
        let record = json!({"reference": "r", "record": "AQI", "field": "f", "record_id": "7"});
        let record = item(&record).unwrap();
        assert!(matches!(record.input, Input::Record { record, .. } if record == [1, 2]));
    }

    #[test]
    fn an_item_that_is_both_or_neither_is_refused_with_its_position() {
        for json in [
            json!({"reference": "r"}),
            json!({"reference": "r", "text": null}),
            json!({"reference": "r", "text": "t", "field": "f"}),
            json!({"reference": "r", "record": "AQI", "field": "f"}),
            json!({"reference": "r", "text": "t", "record": "AQI", "field": "f", "record_id": "7"}),
        ] {
            assert_eq!(
                item(&json).err(),
                Some(JsonError::ItemShape { item: 3 }),
                "{json}"
            );
        }
    }

    #[test]
    fn a_member_that_items_do_not_have_is_refused_and_so_are_both_names_of_one() {
        for json in [
            json!({"reference": "r", "text": "t", "extra": 1}),
            json!({"reference": "r", "text": "t", "other": "o", "subject": "s"}),
        ] {
            assert_eq!(item(&json).err(), Some(JsonError::Shape), "{json}");
        }
    }

    #[test]
    fn each_bound_has_its_own_error() {
        let long_name = "n".repeat(MAX_NAME_BYTES + 1);
        let long_text = "t".repeat(MAX_INLINE_TEXT_BYTES + 1);
        let long_record = URL_SAFE_NO_PAD.encode(vec![0; MAX_RECORD_BYTES + 1]);
        let record = |record: &str, field: &str| json!({"reference": "r", "record": record, "field": field, "record_id": "7"});
        for (json, error) in [
            (
                json!({"reference": "", "text": "t"}),
                JsonError::Name { item: 3 },
            ),
            (
                json!({"reference": long_name, "text": "t"}),
                JsonError::Name { item: 3 },
            ),
            (record("AQI", ""), JsonError::Name { item: 3 }),
            (record("A+I", "f"), JsonError::RecordEncoding { item: 3 }),
            (record("AQI=", "f"), JsonError::RecordEncoding { item: 3 }),
            (
                record(&long_record, "f"),
                JsonError::RecordTooLong { item: 3 },
            ),
            (
                json!({"reference": "r", "text": long_text}),
                JsonError::TextTooLong { item: 3 },
            ),
            (
                json!({"reference": "r", "text": "t", "other": long_text}),
                JsonError::TextTooLong { item: 3 },
            ),
        ] {
            assert_eq!(item(&json).err(), Some(error));
        }
        assert_eq!(
            items(Vec::new()).err(),
            Some(JsonError::ItemCount { items: 0 })
        );
        assert_eq!(
            parameters(Some(&json!([1]))).err(),
            Some(JsonError::Parameters)
        );
        assert!(parameters(Some(&Value::Null)).is_ok() && parameters(None).is_ok());
    }

    fn line(outcome: Outcome) -> String {
        let item = ItemResult {
            reference: "r".into(),
            outcome,
        };
        serde_json::to_string(&ResultJson::of(&item)).unwrap()
    }

    #[test]
    fn results_have_the_documented_shapes() {
        let text = Outcome::Text(Secret::new("x\"".into()));
        assert_eq!(line(text), r#"{"reference":"r","result":"x\""}"#);
        assert_eq!(
            line(Outcome::Boolean(false)),
            r#"{"reference":"r","result":false}"#
        );
        for (rule, expected) in [
            (None, json!({"valid": true, "rule": null})),
            (
                Some("checksum"),
                json!({"valid": false, "rule": "checksum"}),
            ),
        ] {
            let rule = rule.map(str::to_owned);
            let shown: Value = serde_json::from_str(&line(Outcome::Validity { rule })).unwrap();
            assert_eq!(shown["result"], expected);
        }
        let token = Outcome::Versioned {
            text: Secret::new("302-05-7114".into()),
            version: 3,
        };
        assert_eq!(
            line(token),
            r#"{"reference":"r","result":{"text":"302-05-7114","version":3}}"#
        );
        let blob = Outcome::Blob(vec![1, 2].into());
        assert_eq!(line(blob), r#"{"reference":"r","result":{"blob":"AQI"}}"#);
        let record = Outcome::Record {
            tenant: "acme".into(),
            dataset: "d".into(),
            field: "ssn".into(),
            record_id: "7".into(),
            record: vec![1, 2].into(),
        };
        let record: Value = serde_json::from_str(&line(record)).unwrap();
        assert_eq!(
            record["result"],
            json!({"record_id": "7", "tenant": "acme", "dataset": "d", "sealed": {"ssn": "AQI"}})
        );
        let error = Outcome::Error(ItemError::RecordNotAuthentic);
        assert_eq!(
            line(error),
            r#"{"reference":"r","error":{"code":"record_not_authentic"}}"#
        );
        for (checksum, shown) in [(true, "passed"), (false, "failed")] {
            let found = Finding {
                entity: "US_SSN".into(),
                start: 1,
                end: 12,
                confidence_percent: 85,
                pattern: "dashed".into(),
                checksum: Some(checksum),
                context: false,
            };
            let findings = line(Outcome::Findings {
                offsets: "codepoint".into(),
                findings: vec![found],
            });
            let findings: Value = serde_json::from_str(&findings).unwrap();
            assert_eq!(
                findings["result"],
                json!({"offsets": "codepoint", "findings": [{
                    "entity": "US_SSN", "start": 1, "end": 12, "confidence": 0.85,
                    "reason": {"pattern": "dashed", "checksum": shown, "context": false},
                }]})
            );
        }
    }
}
