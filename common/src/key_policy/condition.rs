//! One condition of a statement, and the values of condition keys that a request brings.
//!
//! Within a condition the listed values are alternatives; conditions of a statement must all
//! hold. A negated operator holds when the key is absent, `ForAllValues` too; both as in AWS.

use std::collections::BTreeMap;

use super::PolicyFault;
use super::document::is_printable;
use super::pattern::{Pattern, Wildcards};

/// Highest register of an NSM.
const MAX_PCR: u8 = 31;

/// A condition key of the supported ones. Names are compared whatever their case.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct ContextKey(String);

/// Keys without a variable part.
const FIXED_KEYS: [&str; 11] = [
    CONTEXT_NAMES_KEY,
    IMAGE_KEY,
    "kms:calleraccount",
    "aws:principalarn",
    "aws:principalaccount",
    "aws:multifactorauthpresent",
    "aws:securetransport",
    "aws:requestedregion",
    "aws:sourcevpce",
    "aws:sourcevpc",
    "aws:principalorgid",
];

/// The names of the encryption context: the one key that has several values.
const CONTEXT_NAMES_KEY: &str = "kms:encryptioncontextkeys";
/// Registers of an enclave, by index.
const PCR_PREFIX: &str = "kms:recipientattestation:pcr";
/// Another name of PCR0.
const IMAGE_KEY: &str = "kms:recipientattestation:imagesha384";
/// Registers of an instance with a `NitroTPM`: another machine than an enclave.
const NITRO_TPM_PREFIX: &str = "kms:recipientattestation:nitrotpmpcr";

impl ContextKey {
    /// Reads the name of a condition key.
    ///
    /// # Errors
    ///
    /// [`PolicyFault::ConditionKey`] for a key this service does not know.
    pub fn parse(name: &str) -> Result<Self, PolicyFault> {
        let name = name.to_ascii_lowercase();
        let known = FIXED_KEYS.contains(&name.as_str())
            || follows(&name, "kms:encryptioncontext:", |rest| !rest.is_empty())
            || follows(&name, "aws:principaltag/", |rest| !rest.is_empty())
            || follows(&name, PCR_PREFIX, is_register)
            || follows(&name, NITRO_TPM_PREFIX, is_register);
        if known && is_printable(&name) {
            Ok(Self(name))
        } else {
            Err(PolicyFault::ConditionKey)
        }
    }

    /// The register of an enclave that this key compares.
    pub fn register(&self) -> Option<u8> {
        match self.0.strip_prefix(PCR_PREFIX) {
            Some(number) => number.parse().ok(),
            None => (self.0 == IMAGE_KEY).then_some(0),
        }
    }

    /// Whether this key compares a register of a `NitroTPM`, which no enclave has.
    pub fn is_nitro_tpm(&self) -> bool {
        self.0.starts_with(NITRO_TPM_PREFIX)
    }

    /// The name in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
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
            .entry(key.to_ascii_lowercase())
            .or_default()
            .push(value.into());
    }

    /// Adds an attested register, 96 hex digits. `ImageSha384` is another name of PCR0.
    pub fn insert_register(&mut self, pcr: u8, value: String) {
        if pcr == 0 {
            self.insert(IMAGE_KEY, value.clone());
        }
        self.insert(&format!("{PCR_PREFIX}{pcr}"), value);
    }

    pub(super) fn values(&self, key: &ContextKey) -> &[String] {
        self.0.get(&key.0).map_or(&[], Vec::as_slice)
    }
}

/// One operator over one key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Condition {
    /// Operator and key as the policy writes them.
    written: (String, String),
    key: ContextKey,
    /// Whether the condition holds for a request that lacks the key: `…IfExists`.
    if_exists: bool,
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
        let written = (operator.to_owned(), key.to_owned());
        let key = ContextKey::parse(key)?;
        if values.is_empty() {
            return Err(PolicyFault::Value);
        }
        let (plain, if_exists) = match operator.strip_suffix("IfExists") {
            // What AWS makes of a set operator with IfExists and an absent key is not documented.
            Some(plain) if plain == "Null" || plain.contains(':') => {
                return Err(PolicyFault::Operator);
            }
            Some(plain) => (plain, true),
            None => (operator, false),
        };
        // Nor what it makes of several values without a set operator.
        if key.0 == CONTEXT_NAMES_KEY && plain != "Null" && !plain.contains(':') {
            return Err(PolicyFault::Operator);
        }
        let test = match plain {
            "Null" => Test::Null {
                values: booleans(values)?,
            },
            "Bool" => Test::Bool {
                values: booleans(values)?,
            },
            _ => strings(plain, values)?,
        };
        Ok(Self {
            written,
            key,
            if_exists,
            test,
        })
    }

    /// The key that is compared.
    pub const fn key(&self) -> &ContextKey {
        &self.key
    }

    /// Operator and key as the policy writes them.
    pub fn written(&self) -> (&str, &str) {
        (&self.written.0, &self.written.1)
    }

    /// The values that this condition demands of its key, literally: those of a plain equality.
    /// `None` for every other form.
    pub fn demanded(&self) -> Option<Vec<String>> {
        match &self.test {
            Test::Strings {
                operator,
                over: Over::Plain,
                values,
            } if !operator.negated && !self.if_exists => {
                values.iter().map(Pattern::literal).collect()
            }
            _ => None,
        }
    }

    /// The values that a comparison of strings lists, and whether it holds for every value but
    /// these. `None` for each that has a wildcard or a variable.
    pub(super) fn compared(&self) -> Option<(Vec<Option<String>>, bool)> {
        match &self.test {
            Test::Strings {
                operator, values, ..
            } => Some((
                values.iter().map(Pattern::literal).collect(),
                operator.negated,
            )),
            Test::Null { .. } | Test::Bool { .. } => None,
        }
    }

    /// Whether the condition answers alike for every value that it does not list: whole values are
    /// compared, and `context` has those of its variables. Of a register, case means nothing.
    pub(super) fn compares_whole_values(&self, context: &Context) -> bool {
        match &self.test {
            Test::Strings {
                operator, values, ..
            } => {
                let by_case = operator.ignore_case && self.key.register().is_none();
                !by_case && values.iter().all(|value| value.is_whole(context))
            }
            Test::Null { .. } | Test::Bool { .. } => true,
        }
    }

    /// Whether the condition holds for a request.
    pub fn holds(&self, context: &Context) -> bool {
        let present = context.values(&self.key);
        if self.if_exists && present.is_empty() {
            return true;
        }
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
    if values.iter().any(|value| value.contains(char::is_control)) {
        return Err(PolicyFault::Value);
    }
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
