//! Actions as somebody writes them: `"drop"`, or `{ action = "mask", keep_last = 4 }`.
//!
//! An action of a field is checked while it is read, so that an error has the line of the action that it
//! is about. Those within a text are checked with it.

use core::fmt;
use std::collections::BTreeMap;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use super::{Action, Nothing};

/// An action that was checked.
#[cfg(feature = "recipes")]
pub(crate) struct Checked(pub(crate) Action);

#[cfg(feature = "recipes")]
impl<'de> Deserialize<'de> for Checked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let reader = Reader { is_checked: true };
        deserializer.deserialize_any(reader).map(Self)
    }
}

struct Unchecked(Action);

impl<'de> Deserialize<'de> for Unchecked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let reader = Reader { is_checked: false };
        deserializer.deserialize_any(reader).map(Self)
    }
}

/// What a text does where no type is named.
pub(super) fn boxed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Box<Action>, D::Error> {
    Unchecked::deserialize(deserializer).map(|it| Box::new(it.0))
}

/// What a text does by type.
pub(super) fn by_type<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, Action>, D::Error> {
    let actions = BTreeMap::<String, Unchecked>::deserialize(deserializer)?;
    Ok(actions.into_iter().map(|(name, it)| (name, it.0)).collect())
}

struct Reader {
    is_checked: bool,
}

impl<'de> Visitor<'de> for Reader {
    type Value = Action;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an action, or one of the names keep, drop and redact")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Action, E> {
        match name {
            "keep" => Ok(Action::Keep(Nothing {})),
            "drop" => Ok(Action::Drop(Nothing {})),
            "redact" => Ok(Action::Redact(Nothing {})),
            // The name is one of the recipe's own, which is no data.
            _ => Err(E::custom(format_args!(
                "no action is called by the name \"{}\" alone: keep, drop and redact are, and others are \
                 written {{ action = \"mask\", keep_last = 4 }}",
                name.chars().take(64).collect::<String>().escape_debug()
            ))),
        }
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Action, M::Error> {
        let action = Action::deserialize(MapAccessDeserializer::new(map))?;
        if self.is_checked {
            action.check().map_err(M::Error::custom)?;
        }
        Ok(action)
    }
}
