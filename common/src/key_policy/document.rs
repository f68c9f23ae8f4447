//! Reads a key policy: JSON of the IAM policy grammar, the part that key policies use.
//!
//! Strict where AWS is lenient: unknown members, doubled members, `NotPrincipal`, `NotAction`,
//! `NotResource` and service principals are faults, because this evaluator knows none of them.

use serde::Deserialize;

use super::condition::Condition;
use super::json::{Members, Object};
use super::pattern::Pattern;
use super::{MAX_POLICY_BYTES, PolicyError, PolicyFault};

/// Partitions of AWS, as ARNs name them.
const PARTITIONS: [&str; 3] = ["aws", "aws-us-gov", "aws-cn"];

/// A policy ready to be evaluated.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Policy {
    pub(super) statements: Vec<Statement>,
}

/// One statement of a policy.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Statement {
    pub(super) sid: Option<String>,
    pub(super) effect: Effect,
    pub(super) principals: Vec<PrincipalPattern>,
    pub(super) actions: Vec<Pattern>,
    pub(super) resources: Vec<Pattern>,
    pub(super) conditions: Vec<Condition>,
}

/// What a statement does when it applies.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
pub enum Effect {
    /// Permits, unless something denies.
    Allow,
    /// Refuses, whatever permits.
    Deny,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum PrincipalPattern {
    Everyone,
    /// Everyone in an account, as far as their own permissions go.
    Account(String),
    Arn(String),
}

impl Policy {
    /// Reads a policy document.
    ///
    /// # Errors
    ///
    /// [`PolicyError`]; a document over [`MAX_POLICY_BYTES`] counts as bad grammar.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        if text.len() > MAX_POLICY_BYTES {
            return Err(PolicyFault::Grammar.into());
        }
        let Object(document): Object<JsonPolicy> =
            serde_json::from_str(text).map_err(|_| PolicyFault::Grammar)?;
        if document.version != "2012-10-17" {
            return Err(PolicyFault::Version.into());
        }
        let statements = document.statement.into_vec();
        if statements.is_empty() {
            return Err(PolicyFault::NoStatement.into());
        }
        let numbered = statements.into_iter().zip(1..);
        let statements = numbered.map(|(json, number)| {
            statement(json).map_err(|fault| PolicyError {
                fault,
                statement: Some(number),
            })
        });
        Ok(Self {
            statements: statements.collect::<Result<_, _>>()?,
        })
    }

    /// The statements in their order.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }
}

impl Statement {
    /// The name that the policy gives the statement.
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// Whether the statement permits or refuses.
    pub const fn effect(&self) -> Effect {
        self.effect
    }

    /// Whether the statement is about every key, as one of a key policy should be.
    pub fn is_for_every_key(&self) -> bool {
        self.resources.iter().any(Pattern::is_anything)
    }

    /// The conditions in their order.
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }
}

fn statement(Object(json): Object<JsonStatement>) -> Result<Statement, PolicyFault> {
    let principals = match json.principal {
        JsonPrincipal::Everyone(star) if star == "*" => vec![PrincipalPattern::Everyone],
        JsonPrincipal::Everyone(_) => return Err(PolicyFault::Principal),
        JsonPrincipal::Named(Object(named)) => named
            .aws
            .into_vec()
            .iter()
            .map(|name| principal(name))
            .collect::<Result<_, _>>()?,
    };
    let actions = json.action.into_vec();
    if !actions.iter().all(|action| is_action_pattern(action)) {
        return Err(PolicyFault::Action);
    }
    let mut conditions = Vec::new();
    for (operator, keys) in json.condition.0 {
        for (key, values) in keys.0 {
            let values: Vec<String> = values.into_vec().into_iter().map(String::from).collect();
            conditions.push(Condition::parse(&operator, &key, &values)?);
        }
    }
    let resources = json.resource.into_vec();
    if principals.is_empty() || actions.is_empty() || resources.is_empty() {
        return Err(PolicyFault::Grammar);
    }
    if resources.iter().any(|resource| resource.contains("${")) {
        return Err(PolicyFault::Variable);
    }
    if json.sid.as_deref().is_some_and(|sid| !is_printable(sid)) {
        return Err(PolicyFault::Grammar);
    }
    Ok(Statement {
        sid: json.sid,
        effect: json.effect,
        principals,
        actions: actions
            .iter()
            .map(|action| Pattern::plain(action))
            .collect(),
        resources: resources
            .iter()
            .map(|resource| Pattern::plain(resource))
            .collect(),
        conditions,
    })
}

/// Printable ASCII: what is shown to people, and cannot write over what they see.
pub(super) fn is_printable(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

fn is_action_pattern(action: &str) -> bool {
    let is_name = |name: &str| {
        let mut bytes = name.bytes();
        !name.is_empty() && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'*' | b'?'))
    };
    let parts = action.split_once(':');
    let of_kms =
        parts.is_some_and(|(prefix, name)| prefix.eq_ignore_ascii_case("kms") && is_name(name));
    action == "*" || of_kms
}

/// The account of a caller, 12 digits; `None` unless the ARN is that of a role, a user or the root
/// user of an account. The ARN of a session (`assumed-role`) is none: policies see its role's.
pub fn account_of(arn: &str) -> Option<&str> {
    let is_caller = !is_account(arn)
        && matches!(
            principal(arn),
            Ok(PrincipalPattern::Arn(_) | PrincipalPattern::Account(_))
        );
    arn.split(':').nth(4).filter(|_| is_caller)
}

pub(super) fn principal(name: &str) -> Result<PrincipalPattern, PolicyFault> {
    if name == "*" {
        return Ok(PrincipalPattern::Everyone);
    }
    if is_account(name) {
        return Ok(PrincipalPattern::Account(name.to_owned()));
    }
    let rest = PARTITIONS
        .iter()
        .find_map(|partition| name.strip_prefix(&format!("arn:{partition}:iam::")))
        .ok_or(PolicyFault::Principal)?;
    let (account, who) = rest.split_once(':').ok_or(PolicyFault::Principal)?;
    let named = who
        .strip_prefix("role/")
        .or_else(|| who.strip_prefix("user/"));
    match named {
        _ if !is_account(account) => Err(PolicyFault::Principal),
        None if who == "root" => Ok(PrincipalPattern::Account(account.to_owned())),
        Some(path) if is_path(path) => Ok(PrincipalPattern::Arn(name.to_owned())),
        _ => Err(PolicyFault::Principal),
    }
}

/// A name with the path before it, of the characters that IAM takes.
fn is_path(text: &str) -> bool {
    let mut bytes = text.bytes();
    !text.is_empty() && bytes.all(|b| b.is_ascii_alphanumeric() || b"/_+=,.@-".contains(&b))
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct JsonPolicy {
    version: String,
    #[serde(rename = "Id", default)]
    _id: Option<String>,
    statement: OneOrMany<Object<JsonStatement>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct JsonStatement {
    #[serde(default)]
    sid: Option<String>,
    effect: Effect,
    principal: JsonPrincipal,
    action: OneOrMany<String>,
    resource: OneOrMany<String>,
    #[serde(default)]
    condition: Members<Members<OneOrMany<JsonValue>>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum JsonPrincipal {
    Everyone(String),
    Named(Object<JsonNamed>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonNamed {
    #[serde(rename = "AWS")]
    aws: OneOrMany<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    fn into_vec(self) -> Vec<T> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }
}

/// A condition value: a string, or a boolean that stands for one.
#[derive(Deserialize)]
#[serde(untagged)]
enum JsonValue {
    Text(String),
    Flag(bool),
}

impl From<JsonValue> for String {
    fn from(value: JsonValue) -> Self {
        match value {
            JsonValue::Text(text) => text,
            JsonValue::Flag(flag) => flag.to_string(),
        }
    }
}
