//! Parameters of an operation: an object of named values, read by the crate that runs it.

#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "our own message: decoded canonically, so neither order nor duplicates can differ"
)]

use std::fmt;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_cbor::Value;
use zeroize::{Zeroize, Zeroizing};

/// Named values. They can hold PII (a value to compare with), so they are wiped and not printed.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Parameters(Value);

/// Why parameters were refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ParametersError {
    /// Not an object with text names.
    #[error("parameters are not an object")]
    NotAnObject,
    /// A name that the operation does not have.
    #[error("parameters hold a name that the operation does not have")]
    UnknownName,
    /// A value of another type or outside its range, or one that is missing.
    #[error("a parameter is missing or has another type or range")]
    Invalid,
}

impl Parameters {
    /// No parameters: every default.
    pub fn none() -> Self {
        Self(Value::Map(std::collections::BTreeMap::new()))
    }

    /// The same values as a JSON object.
    ///
    /// # Errors
    ///
    /// [`ParametersError::NotAnObject`] for any other JSON value.
    pub fn from_json(json: &serde_json::Value) -> Result<Self, ParametersError> {
        if !json.is_object() {
            return Err(ParametersError::NotAnObject);
        }
        serde_cbor::value::to_value(json)
            .map(Self)
            .map_err(|_| ParametersError::Invalid)
    }

    /// Reads them as the type that an operation takes; `names` are all the names it has.
    ///
    /// # Errors
    ///
    /// [`ParametersError`], which tells a name that does not exist from a value that does not fit.
    pub fn read<T: DeserializeOwned>(&self, names: &[&str]) -> Result<T, ParametersError> {
        let Value::Map(map) = &self.0 else {
            return Err(ParametersError::NotAnObject);
        };
        for name in map.keys() {
            match name {
                Value::Text(name) if names.contains(&name.as_str()) => {}
                Value::Text(_) => return Err(ParametersError::UnknownName),
                _ => return Err(ParametersError::NotAnObject),
            }
        }
        // By way of their bytes: read from a `Value`, an integer is of 128 bits, which neither a
        // fraction nor an enum with a tag takes.
        let bytes = serde_cbor::to_vec(&self.0).map(Zeroizing::new);
        bytes
            .and_then(|bytes| serde_cbor::from_slice(&bytes))
            .map_err(|_| ParametersError::Invalid)
    }
}

impl Drop for Parameters {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

/// Wipes the texts of a value; its depth is bounded by the decoder.
fn wipe(value: &mut Value) {
    match value {
        Value::Text(text) => text.zeroize(),
        Value::Bytes(bytes) => bytes.zeroize(),
        Value::Array(values) => values.iter_mut().for_each(wipe),
        Value::Map(map) => map.values_mut().for_each(wipe),
        _ => {}
    }
}

impl fmt::Debug for Parameters {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Parameters(..)")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Mask {
        keep_last: i32,
    }

    const NAMES: &[&str] = &["keep_last"];

    fn read(json: &serde_json::Value) -> Result<Mask, ParametersError> {
        Parameters::from_json(json)?.read(NAMES)
    }

    #[test]
    fn parameters_read_as_the_type_of_the_operation() {
        assert_eq!(read(&json!({"keep_last": 4})), Ok(Mask { keep_last: 4 }));
    }

    #[test]
    fn a_whole_number_is_read_where_a_fraction_or_a_kind_with_a_number_belongs() {
        #[derive(Debug, PartialEq, Deserialize)]
        #[serde(tag = "kind", rename_all = "snake_case")]
        enum Kind {
            Number { width: u64, least: Option<f32> },
        }
        let json = json!({"kind": "number", "width": 10, "least": 1});
        let read = Parameters::from_json(&json).expect("an object");
        let number = Kind::Number {
            width: 10,
            least: Some(1.0),
        };
        assert_eq!(read.read(&["kind", "width", "least"]), Ok(number));
    }

    #[test]
    fn an_unknown_name_is_told_from_an_unfitting_value() {
        assert_eq!(
            read(&json!({"keep_lst": 4})),
            Err(ParametersError::UnknownName)
        );
        assert_eq!(
            read(&json!({"keep_last": "4"})),
            Err(ParametersError::Invalid)
        );
        assert_eq!(read(&json!({})), Err(ParametersError::Invalid));
        assert_eq!(read(&json!([4])), Err(ParametersError::NotAnObject));
    }
}
