//! Predicates that a grant names whole.
//!
//! A bound of the caller's choice searches a value out: "before 1980?", then "before 1970?". So a grant
//! names bounds, sets and prefixes as they may be asked and no others, like [`super::action`]. What a
//! value is compared with is the caller's own, and only how often it may compare is bounded
//! ([`super::Policy::questions_per_record`]).

use serde::{Deserialize, Serialize};

use super::action::DateOrder;

/// A predicate of `verify`, with what it is bound to.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(tag = "predicate", rename_all = "snake_case", deny_unknown_fields)]
pub enum Predicate {
    /// The value is the one that is given.
    Equals {},
    /// The value is nearly the one that is given.
    EqualsFuzzy {
        /// The least similarity.
        #[serde(default = "percent")]
        percent: u8,
    },
    /// The value is a name of the person of the name that is given.
    SamePerson {},
    /// The value is a date of birth of so many years ago.
    AgeAtLeast {
        /// Whole years.
        years: u16,
        /// How dates are written.
        #[serde(default)]
        order: DateOrder,
    },
    /// The value is a date before this one.
    Before {
        /// `YYYY-MM-DD`.
        date: String,
        /// How dates are written.
        #[serde(default)]
        order: DateOrder,
    },
    /// The value is a date after this one.
    After {
        /// `YYYY-MM-DD`.
        date: String,
        /// How dates are written.
        #[serde(default)]
        order: DateOrder,
    },
    /// The value is one of these.
    InSet {
        /// In the order in which they are asked.
        values: Vec<String>,
        /// What makes values equal.
        #[serde(default)]
        normalise: Normalise,
    },
    /// The value begins like this.
    Prefix {
        /// The beginning.
        prefix: String,
        /// What makes beginnings equal.
        #[serde(default)]
        normalise: Normalise,
    },
    /// The value is an identifier of this country.
    IssuedIn {
        /// Its type.
        entity: String,
        /// ISO 3166-1 alpha-2.
        region: String,
    },
}

const fn percent() -> u8 {
    90
}

/// What makes two values equal.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalise {
    /// Byte for byte.
    #[default]
    None,
    /// Without white space at both ends, in lower case.
    TrimCase,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Predicate;

    fn read(json: &Value) -> Option<Predicate> {
        serde_json::from_str(&json.to_string()).ok()
    }

    #[test]
    fn what_is_left_out_is_the_default_of_the_operation() {
        for (short, long) in [
            (
                json!({"predicate": "equals_fuzzy"}),
                json!({"predicate": "equals_fuzzy", "percent": 90}),
            ),
            (
                json!({"predicate": "age_at_least", "years": 18}),
                json!({"predicate": "age_at_least", "years": 18, "order": "ymd"}),
            ),
            (
                json!({"predicate": "in_set", "values": ["AT"]}),
                json!({"predicate": "in_set", "values": ["AT"], "normalise": "none"}),
            ),
        ] {
            let predicate = read(&short).expect("a predicate");
            assert_eq!(Some(&predicate), read(&long).as_ref(), "{short}");
            assert_eq!(serde_json::to_value(&predicate).expect("JSON"), long);
        }
    }

    #[test]
    fn what_is_misspelt_or_not_bound_is_no_predicate() {
        for json in [
            json!("equals"),
            json!({"predicate": "equal"}),
            json!({"predicate": "equals", "expected": "Ann"}),
            json!({"predicate": "age_at_least"}),
            json!({"predicate": "before", "order": "ymd"}),
            json!({"predicate": "prefix", "prefix": "A", "prefixes": []}),
        ] {
            assert_eq!(read(&json), None, "{json}");
        }
    }
}
