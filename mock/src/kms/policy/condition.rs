//! One condition of a statement, and the values of condition keys that a request brings.
//!
//! Within a condition the listed values are alternatives; conditions of a statement must all
//! hold. A negated operator holds when the key is absent, `ForAllValues` too; both as in AWS.

use std::collections::BTreeMap;

use super::PolicyFault;
use super::pattern::{Pattern, Wildcards};

/// Highest register of an NSM.
const MAX_PCR: u8 = 31;

/// A condition key of the supported ones. Names are compared whatever their case.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct ContextKey(String);

/// Keys without a variable part.
const FIXED_KEYS: [&str; 8] = [
    "kms:encryptioncontextkeys",
    "kms:recipientattestation:imagesha384",
    "kms:calleraccount",
    "aws:principalarn",
    "aws:principalaccount",
    "aws:multifactorauthpresent",
    "aws:securetransport",
    "aws:requestedregion",
];

impl ContextKey {
    /// Reads the name of a condition key.
    ///
    /// # Errors
    ///
    /// [`PolicyFault::ConditionKey`] for a key this service does not know.
    pub fn parse(name: &str) -> Result<Self, PolicyFault> {
        let name = name.to_lowercase();
        let known = FIXED_KEYS.contains(&name.as_str())
            || follows(&name, "kms:encryptioncontext:", |rest| !rest.is_empty())
            || follows(&name, "aws:principaltag/", |rest| !rest.is_empty())
            || follows(&name, "kms:recipientattestation:pcr", is_register);
        if known {
            Ok(Self(name))
        } else {
            Err(PolicyFault::ConditionKey)
        }
    }

    /// Reads the name inside `${…}`: a tag of the principal, or who it is.
    pub(super) fn parse_variable(name: &str) -> Result<Self, PolicyFault> {
        let key = Self::parse(name).map_err(|_| PolicyFault::Variable)?;
        let variable = key.0.starts_with("aws:principal") && !key.0.contains([',', '\'', '$', '{']);
        if variable {
            Ok(key)
        } else {
            Err(PolicyFault::Variable)
        }
    }
}

fn follows(name: &str, prefix: &str, accept: impl Fn(&str) -> bool) -> bool {
    name.strip_prefix(prefix).is_some_and(accept)
}

fn is_register(number: &str) -> bool {
    number
        .parse::<u8>()
        .is_ok_and(|pcr| pcr <= MAX_PCR && pcr.to_string() == number)
}

/// Values of condition keys; a key without values is absent.
#[derive(Clone, Debug, Default)]
pub struct Context(BTreeMap<String, Vec<String>>);

impl Context {
    /// Adds one value to a key. Two keys that differ only in case share their values.
    pub fn insert(&mut self, key: &str, value: impl Into<String>) {
        self.0
            .entry(key.to_lowercase())
            .or_default()
            .push(value.into());
    }

    pub(super) fn values(&self, key: &ContextKey) -> &[String] {
        self.0.get(&key.0).map_or(&[], Vec::as_slice)
    }
}

/// One operator over one key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Condition {
    key: ContextKey,
    test: Test,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Test {
    Strings {
        operator: StringOperator,
        over: Over,
        values: Vec<Pattern>,
    },
    /// Holds when the key is absent and `true` is listed, or present and `false` is.
    Null {
        values: Vec<bool>,
    },
    Bool {
        values: Vec<bool>,
    },
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct StringOperator {
    negated: bool,
    ignore_case: bool,
    wildcards: Wildcards,
}

/// How a key with several values is compared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Over {
    /// No set operator: one match among the request's values is a match.
    Plain,
    ForAllValues,
    ForAnyValue,
}

impl Condition {
    /// Reads an operator, a key and its values.
    ///
    /// # Errors
    ///
    /// [`PolicyFault`] for an operator or key not supported, a value that does not fit, or none.
    pub fn parse(operator: &str, key: &str, values: &[String]) -> Result<Self, PolicyFault> {
        let key = ContextKey::parse(key)?;
        if values.is_empty() {
            return Err(PolicyFault::Value);
        }
        let test = match operator {
            "Null" => Test::Null {
                values: booleans(values)?,
            },
            "Bool" => Test::Bool {
                values: booleans(values)?,
            },
            _ => strings(operator, values)?,
        };
        Ok(Self { key, test })
    }

    /// Whether the condition holds for a request.
    pub fn holds(&self, context: &Context) -> bool {
        let present = context.values(&self.key);
        match &self.test {
            Test::Null { values } => values.contains(&present.is_empty()),
            Test::Bool { values } => present
                .iter()
                .any(|value| values.iter().any(|wanted| value == bool_text(*wanted))),
            Test::Strings {
                operator,
                over,
                values,
            } => {
                let listed = |value: &String| {
                    values
                        .iter()
                        .any(|p| p.matches_in(value, operator.ignore_case, context))
                };
                match over {
                    Over::Plain => present.iter().any(listed) != operator.negated,
                    Over::ForAllValues => present.iter().all(|v| listed(v) != operator.negated),
                    Over::ForAnyValue => present.iter().any(|v| listed(v) != operator.negated),
                }
            }
        }
    }
}

fn strings(operator: &str, values: &[String]) -> Result<Test, PolicyFault> {
    let (over, operator) = match operator.split_once(':') {
        None => (Over::Plain, operator),
        Some(("ForAllValues", rest)) => (Over::ForAllValues, rest),
        Some(("ForAnyValue", rest)) => (Over::ForAnyValue, rest),
        Some(_) => return Err(PolicyFault::Operator),
    };
    let (negated, ignore_case, wildcards) = match operator {
        "StringEquals" => (false, false, Wildcards::Literal),
        "StringNotEquals" => (true, false, Wildcards::Literal),
        "StringEqualsIgnoreCase" => (false, true, Wildcards::Literal),
        "StringNotEqualsIgnoreCase" => (true, true, Wildcards::Literal),
        "StringLike" => (false, false, Wildcards::Special),
        "StringNotLike" => (true, false, Wildcards::Special),
        _ => return Err(PolicyFault::Operator),
    };
    let values = values
        .iter()
        .map(|value| Pattern::parse(value, wildcards))
        .collect::<Result<_, _>>()?;
    Ok(Test::Strings {
        operator: StringOperator {
            negated,
            ignore_case,
            wildcards,
        },
        over,
        values,
    })
}

fn booleans(values: &[String]) -> Result<Vec<bool>, PolicyFault> {
    values
        .iter()
        .map(|value| value.parse().map_err(|_| PolicyFault::Value))
        .collect()
}

const fn bool_text(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}
