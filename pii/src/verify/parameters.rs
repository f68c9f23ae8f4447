//! What `verify` takes: one predicate with what it needs, and nothing that it does not.

use serde::{Deserialize, Serialize};

use super::{date, issued};
use crate::DateOrder;
use crate::operation::{Hidden, Normalise, ParameterError};

/// A predicate over a value.
///
/// Those that compare (`equals`, `equals_fuzzy`, `same_person`) do so with `expected`, or with a
/// value of each item's own when it is absent. A date that is a bound is written `YYYY-MM-DD`,
/// whatever the order of the values.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "predicate", rename_all = "snake_case", deny_unknown_fields)]
pub enum VerifyParameters {
    /// The value is the expected one.
    Equals {
        /// The value to compare with.
        #[serde(default)]
        expected: Option<Hidden<String>>,
        /// What makes values equal; [`Normalise::None`] when absent.
        #[serde(default)]
        normalise: Normalise,
    },
    /// The value is nearly the expected one: mistyped, or written otherwise.
    EqualsFuzzy {
        /// The value to compare with.
        #[serde(default)]
        expected: Option<Hidden<String>>,
        /// The least similarity, from [`VerifyParameters::MIN_PERCENT`] to 100.
        #[serde(default = "VerifyParameters::default_percent")]
        percent: u8,
    },
    /// The value is a name of the person whose name is expected.
    SamePerson {
        /// The name to compare with.
        #[serde(default)]
        expected: Option<Hidden<String>>,
    },
    /// The value is a date of birth, and that person is so many years old.
    AgeAtLeast {
        /// Whole years, up to [`VerifyParameters::MAX_YEARS`].
        years: u16,
        /// The order in which values are written.
        #[serde(default)]
        order: DateOrder,
    },
    /// The value is a date before this one.
    Before {
        /// The bound, itself not before it.
        date: String,
        /// The order in which values are written.
        #[serde(default)]
        order: DateOrder,
    },
    /// The value is a date after this one.
    After {
        /// The bound, itself not after it.
        date: String,
        /// The order in which values are written.
        #[serde(default)]
        order: DateOrder,
    },
    /// The value is one of these.
    InSet {
        /// At least one, at most [`VerifyParameters::MAX_VALUES`].
        values: Hidden<Vec<String>>,
        /// What makes values equal.
        #[serde(default)]
        normalise: Normalise,
    },
    /// The value begins like this.
    Prefix {
        /// Not empty.
        prefix: Hidden<String>,
        /// What makes beginnings equal.
        #[serde(default)]
        normalise: Normalise,
    },
    /// The value is an identifier that was issued in this country or region.
    IssuedIn {
        /// One of [`VerifyParameters::ISSUED`].
        entity: String,
        /// ISO 3166-1 alpha-2, in capitals.
        region: String,
    },
}

impl VerifyParameters {
    /// The keys of `verify`, of all predicates together.
    pub const PARAMETERS: &[&str] = &[
        "predicate",
        "expected",
        "normalise",
        "percent",
        "years",
        "order",
        "date",
        "values",
        "prefix",
        "entity",
        "region",
    ];
    /// More years than anyone lives.
    pub const MAX_YEARS: u16 = 150;
    /// Values that are less alike have little in common, and to ask for less is to feel one's way: at 70
    /// percent some thirty questions find nine digits out.
    pub const MIN_PERCENT: u8 = 85;
    /// The longest value to compare with, in bytes.
    pub const MAX_EXPECTED_BYTES: usize = 4096;
    /// The most values of a set.
    pub const MAX_VALUES: usize = 1000;
    /// The longest value of a set and the longest prefix, in bytes.
    pub const MAX_VALUE_BYTES: usize = 256;
    /// The types whose values tell where they were issued.
    pub const ISSUED: &[&str] = &["IBAN_CODE", "ISIN", "PHONE_NUMBER", "SWIFT_CODE"];

    const fn default_percent() -> u8 {
        90
    }

    /// What to compare every value with; `None` for predicates that compare with nothing given, and
    /// `Some(None)` when each item brings its own.
    pub const fn expected(&self) -> Option<Option<&Hidden<String>>> {
        match self {
            Self::Equals { expected, .. }
            | Self::EqualsFuzzy { expected, .. }
            | Self::SamePerson { expected } => Some(expected.as_ref()),
            _ => None,
        }
    }

    /// Checks what the types do not.
    ///
    /// # Errors
    ///
    /// [`ParameterError::Text`], [`ParameterError::Percent`], [`ParameterError::Years`],
    /// [`ParameterError::Date`], [`ParameterError::Values`], [`ParameterError::Entity`] or [`ParameterError::Region`].
    pub fn check(&self) -> Result<(), ParameterError> {
        let fits = |value: &String| (1..=Self::MAX_VALUE_BYTES).contains(&value.len());
        let expected = self.expected().flatten();
        if expected.is_some_and(|expected| expected.0.len() > Self::MAX_EXPECTED_BYTES) {
            return Err(ParameterError::Text);
        }
        let (holds, error) = match self {
            Self::Equals { .. } | Self::SamePerson { .. } => return Ok(()),
            Self::EqualsFuzzy { percent, .. } => (
                (Self::MIN_PERCENT..=100).contains(percent),
                ParameterError::Percent,
            ),
            Self::AgeAtLeast { years, .. } => (*years <= Self::MAX_YEARS, ParameterError::Years),
            Self::Before { date, .. } | Self::After { date, .. } => {
                (date::bound(date).is_some(), ParameterError::Date)
            }
            Self::InSet { values, .. } => {
                let count = (1..=Self::MAX_VALUES).contains(&values.0.len());
                (count && values.0.iter().all(fits), ParameterError::Values)
            }
            Self::Prefix { prefix, .. } => (fits(&prefix.0), ParameterError::Values),
            Self::IssuedIn { entity, region } => {
                if !Self::ISSUED.contains(&entity.as_str()) {
                    return Err(ParameterError::Entity);
                }
                (issued::is_region(region), ParameterError::Region)
            }
        };
        holds.then_some(()).ok_or(error)
    }
}
