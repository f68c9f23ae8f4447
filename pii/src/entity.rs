//! The types of personal data the engine knows, by name; Presidio's names where it has the type.
//!
//! A name is part of the protocol: it appears in requests, in findings and in redacted text, so it
//! never changes once published. What each type is, how it is written and which rule it obeys is in
//! [`crate::identifier`].

use core::fmt;
use std::collections::HashMap;
use std::sync::LazyLock;

use serde::{Serialize, Serializer};

use crate::identifier;

/// A type of personal data.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Entity(&'static str);

/// Names to places in [`identifier::ALL`].
static PLACES: LazyLock<HashMap<&'static str, usize>> = LazyLock::new(|| {
    let names = identifier::ALL.iter().map(|identifier| identifier.entity);
    names.zip(0..).collect()
});

impl Entity {
    /// A value of the caller's deny list. Never a name in a request: the list itself asks for it.
    pub const DENY_LIST: Self = Self("DENY_LIST");

    /// A built-in type by its constant name.
    pub(crate) const fn of(name: &'static str) -> Self {
        Self(name)
    }

    /// The types a request can name, which are also those looked for when it names none.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        identifier::ALL
            .iter()
            .map(|identifier| Self(identifier.entity))
    }

    /// The published name, such as `US_SSN`.
    pub const fn name(self) -> &'static str {
        self.0
    }

    /// The type a request names, or `None` when there is none of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::place(name).map(|place| Self(identifier::ALL[place].entity))
    }

    /// Where a type stands in [`identifier::ALL`].
    pub(crate) fn place(name: &str) -> Option<usize> {
        PLACES.get(name).copied()
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Serialize for Entity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_found_again_by_its_name() {
        for entity in Entity::all() {
            assert_eq!(Entity::parse(entity.name()), Some(entity));
        }
    }

    #[test]
    fn a_name_that_is_not_published_is_no_type() {
        for name in ["", "us_ssn", "DENY_LIST", "PERSONS"] {
            assert_eq!(Entity::parse(name), None, "{name}");
        }
    }
}
