//! Actions as somebody writes them: `"drop"`, or `{ action = "mask", keep_last = 4 }`.
//!
//! An action is checked while it is read, so that an error has the line of the action that it is about.

use core::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use super::{Action, Nothing};

/// An action that was checked.
pub(crate) struct Checked(pub(crate) Action);

impl<'de> Deserialize<'de> for Checked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Checked;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an action, or one of the names keep, drop and redact")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Checked, E> {
        match name {
            "keep" => Ok(Checked(Action::Keep(Nothing {}))),
            "drop" => Ok(Checked(Action::Drop(Nothing {}))),
            "redact" => Ok(Checked(Action::Redact(Nothing {}))),
            _ => Err(E::unknown_variant(name, &["keep", "drop", "redact"])),
        }
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Checked, M::Error> {
        let action = Action::deserialize(MapAccessDeserializer::new(map))?;
        action.check().map_err(M::Error::custom)?;
        Ok(Checked(action))
    }
}
