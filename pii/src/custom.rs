//! Recognisers of a user's own: a file of one JSON object a line.
//!
//! ```json
//! {"entity": "EMPLOYEE_ID", "pattern": "E-[0-9]{6}", "confidence": 0.5, "context": ["badge"]}
//! {"entity": "LOYALTY_CARD", "pattern": "77[0-9]{14}", "confidence": 0.3, "check": "luhn"}
//! {"entity": "PROJECT", "words": ["Blue Heron", "Grey Fox"], "confidence": 0.9}
//! ```
//!
//! A pattern is tried where a word begins, and a match may touch no letter or digit. It must be of
//! bounded length, and its automaton small: what could not run in linear time and bounded memory is
//! refused, with the line and the reason, when the file is read and not when a text is. Lines that
//! are empty or begin with `#` are skipped. Trusts nothing of the file but its author's patience.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use regex_automata::{
    Anchored, Input,
    dfa::{Automaton, StartKind, dense},
    nfa::thompson,
};
use serde::Deserialize;

use crate::check::{Fault, digits, luhn};
use crate::detect::percent;
use crate::operation::is_entity;
use crate::{Entity, normalise};

/// The most recognisers of one file.
pub const MAX_RECOGNISERS: usize = 64;
/// The longest match, in bytes.
pub const MAX_MATCH_BYTES: usize = 256;
/// The longest line, in bytes.
pub const MAX_LINE_BYTES: usize = 64 * 1024;
/// The largest automaton of one pattern, in bytes, finished and while it is made.
const MAX_DFA_BYTES: usize = 1 << 20;
/// The largest automaton that one is made from, in bytes.
const MAX_NFA_BYTES: usize = 8 << 20;
/// Names of types that one process may ever know. They are kept for good.
const MAX_NAMES: usize = 4096;

/// Why a file was refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct CustomError {
    /// The line, from one.
    pub line: usize,
    /// What is wrong with it.
    pub fault: CustomFault,
}

/// What is wrong with a recogniser.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CustomFault {
    /// No JSON object of the known members, at this column.
    #[error("no recogniser: column {column}: {reason}")]
    Syntax {
        /// From one.
        column: usize,
        /// What the parser says.
        reason: String,
    },
    /// The line is above [`MAX_LINE_BYTES`].
    #[error("the line is over {MAX_LINE_BYTES} bytes")]
    LineTooLong,
    /// `entity` is not a name of capitals, digits and underscores, or names a built-in type.
    #[error("entity is no name, or that of a type that exists")]
    Entity,
    /// Neither `pattern` nor `words`, both, or an empty list.
    #[error("either a pattern or words are needed")]
    Nothing,
    /// `confidence` is no number from 0 to 1.
    #[error("confidence is not between 0 and 1")]
    Confidence,
    /// A rule of no known name.
    #[error("check is none of luhn, mod_11_2, mod_11_10, mod_37_36, mod_97_10, verhoeff")]
    Check,
    /// A pattern that does not parse, looks around, or needs too large an automaton.
    #[error("the pattern cannot run in linear time and bounded memory: {reason}")]
    Pattern {
        /// What the compiler says. The pattern is the author's and may be shown to them.
        reason: String,
    },
    /// A pattern without a bound, or with one above [`MAX_MATCH_BYTES`].
    #[error("a match could be longer than {MAX_MATCH_BYTES} bytes; bound every repetition")]
    Unbounded,
    /// A pattern that matches nothing at all.
    #[error("the pattern matches the empty text")]
    Empty,
    /// More than [`MAX_RECOGNISERS`], or too many names in the life of a process.
    #[error("more than {MAX_RECOGNISERS} recognisers")]
    TooMany,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    entity: String,
    pattern: Option<String>,
    words: Option<Vec<String>>,
    confidence: f32,
    #[serde(default)]
    context: Vec<String>,
    check: Option<String>,
}

/// A recogniser that makes sense.
#[derive(Debug)]
pub struct Custom {
    pub(crate) entity: Entity,
    pub(crate) percent: u8,
    /// In lower case.
    pub(crate) context: Vec<String>,
    check: Option<fn(&[u8]) -> bool>,
    dfa: dense::DFA<Vec<u32>>,
}

/// Reads a file of recognisers.
///
/// # Errors
///
/// [`CustomError`], for the first line that is refused.
pub fn parse(file: &str) -> Result<Vec<Custom>, CustomError> {
    let mut customs = Vec::new();
    for (line, text) in (1..).zip(file.lines()) {
        if text.trim().is_empty() || text.starts_with('#') {
            continue;
        }
        let custom = if customs.len() == MAX_RECOGNISERS {
            Err(CustomFault::TooMany)
        } else {
            Custom::parse(text)
        };
        customs.push(custom.map_err(|fault| CustomError { line, fault })?);
    }
    Ok(customs)
}

impl Custom {
    fn parse(text: &str) -> Result<Self, CustomFault> {
        if text.len() > MAX_LINE_BYTES {
            return Err(CustomFault::LineTooLong);
        }
        let line: Line = serde_json::from_str(text).map_err(|error| CustomFault::Syntax {
            column: error.column(),
            reason: error.to_string(),
        })?;
        if !is_entity(&line.entity) || Entity::parse(&line.entity).is_some() {
            return Err(CustomFault::Entity);
        }
        let confidence = percent(line.confidence);
        if confidence > 100 {
            return Err(CustomFault::Confidence);
        }
        let pattern = match (line.pattern, line.words) {
            (Some(pattern), None) => pattern,
            (None, Some(words)) if !words.is_empty() => alternatives(words),
            _ => return Err(CustomFault::Nothing),
        };
        let check = line.check.as_deref().map(check_of).transpose()?;
        let dfa = compile(&pattern)?;
        Ok(Self {
            entity: interned(&line.entity)?,
            percent: confidence,
            context: line
                .context
                .iter()
                .map(|word| word.to_lowercase())
                .collect(),
            check,
            dfa,
        })
    }

    /// Where what its pattern matches ends that begins at `start`.
    pub(crate) fn end(&self, text: &str, start: usize) -> Option<usize> {
        let limit = text.floor_char_boundary(text.len().min(start + MAX_MATCH_BYTES + 4));
        let input = Input::new(&text[..limit])
            .range(start..limit)
            .anchored(Anchored::Yes);
        let end = self.dfa.try_search_fwd(&input).ok().flatten()?.offset();
        (end > start).then_some(end)
    }

    /// What its rule says of a match, where it has one.
    pub(crate) fn check(&self, matched: &str) -> Option<Result<(), Fault>> {
        self.check.map(|check| {
            let letters: zeroize::Zeroizing<Vec<u8>> = matched
                .bytes()
                .filter(u8::is_ascii_alphanumeric)
                .map(|byte| byte.to_ascii_uppercase())
                .collect::<Vec<u8>>()
                .into();
            digits::checksum(check(&letters))
        })
    }
}

/// A pattern of words as they stand, the longer first.
fn alternatives(mut words: Vec<String>) -> String {
    words.sort_by_key(|word| core::cmp::Reverse(word.len()));
    let escaped: Vec<String> = words
        .iter()
        .map(|word| regex_syntax::escape(&normalise::whole(word)))
        .collect();
    escaped.join("|")
}

fn check_of(name: &str) -> Result<fn(&[u8]) -> bool, CustomFault> {
    Ok(match name {
        "luhn" => luhn::passes,
        "mod_11_2" => digits::mod_11_2,
        "mod_11_10" => digits::mod_11_10,
        "mod_37_36" => digits::mod_37_36,
        "mod_97_10" => digits::mod_97_10,
        "verhoeff" => digits::verhoeff,
        _ => return Err(CustomFault::Check),
    })
}

fn compile(pattern: &str) -> Result<dense::DFA<Vec<u32>>, CustomFault> {
    let hir = regex_syntax::parse(pattern).map_err(|error| CustomFault::Pattern {
        reason: error.to_string(),
    })?;
    match hir.properties().maximum_len() {
        Some(length) if length <= MAX_MATCH_BYTES => {}
        _ => return Err(CustomFault::Unbounded),
    }
    if hir.properties().minimum_len() == Some(0) {
        return Err(CustomFault::Empty);
    }
    let sizes = dense::Config::new()
        .start_kind(StartKind::Anchored)
        .dfa_size_limit(Some(MAX_DFA_BYTES))
        .determinize_size_limit(Some(MAX_DFA_BYTES));
    dense::Builder::new()
        .configure(sizes)
        .thompson(thompson::Config::new().nfa_size_limit(Some(MAX_NFA_BYTES)))
        .build(pattern)
        .map_err(|error| CustomFault::Pattern {
            reason: error.to_string(),
        })
}

/// A name that lives as long as the process. Names repeat, so few are ever kept.
fn interned(name: &str) -> Result<Entity, CustomFault> {
    static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(name) {
        return Ok(Entity::of(known));
    }
    if names.len() == MAX_NAMES {
        return Err(CustomFault::TooMany);
    }
    let kept: &'static str = Box::leak(name.to_owned().into_boxed_str());
    names.insert(kept);
    Ok(Entity::of(kept))
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::panic,
        clippy::unwrap_used,
        reason = "a panic is how a test fails"
    )]
    use super::*;
    use crate::{DetectOptions, Engine};

    fn refused(line: &str) -> CustomError {
        parse(&format!("# a comment\n\n{line}")).unwrap_err()
    }

    #[test]
    fn what_a_user_knows_is_found_with_its_context_and_check() {
        let file = r#"
{"entity": "EMPLOYEE_ID", "pattern": "E-[0-9]{6}", "confidence": 0.3, "context": ["badge"]}
{"entity": "LOYALTY_CARD", "pattern": "77[0-9]{14}", "confidence": 0.5, "check": "luhn"}
{"entity": "PROJECT", "words": ["Blue Heron", "Grey Fox"], "confidence": 0.9}"#;
        let engine = Engine::with(parse(file).unwrap()).unwrap();
        let text = "badge E-123456, E-1234567, E-654321; 7700000000000008 7700000000000004 for Blue Heron.";
        let found: Vec<_> = engine
            .detect(text, &DetectOptions::default())
            .unwrap()
            .iter()
            .map(|finding| {
                (
                    finding.entity.name(),
                    &text[finding.start..finding.end],
                    finding.confidence_percent,
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                ("EMPLOYEE_ID", "E-123456", 65),
                ("EMPLOYEE_ID", "E-654321", 65),
                ("LOYALTY_CARD", "7700000000000008", 50),
                ("PROJECT", "Blue Heron", 90),
            ]
        );
        let only = DetectOptions {
            entities: Some(vec!["PROJECT".to_owned()]),
            ..DetectOptions::default()
        };
        assert_eq!(engine.detect(text, &only).unwrap().len(), 1);
        assert!(Engine::new().detect(text, &only).is_err());
    }

    #[test]
    fn what_could_run_away_or_makes_no_sense_is_refused_with_its_line() {
        let of = |members: &str| format!(r#"{{"entity": "OWN", "confidence": 0.5, {members}}}"#);
        for (line, fault) in [
            (of(r#""pattern": "a+""#), CustomFault::Unbounded),
            (of(r#""pattern": "[a-z]{1,257}""#), CustomFault::Unbounded),
            (of(r#""pattern": "a*""#), CustomFault::Unbounded),
            (of(r#""pattern": "a?""#), CustomFault::Empty),
            (of(r#""check": "luhn""#), CustomFault::Nothing),
            (of(r#""words": []"#), CustomFault::Nothing),
            (of(r#""pattern": "a", "check": "sum""#), CustomFault::Check),
            (
                of(r#""pattern": "a""#).replace("0.5", "1.5"),
                CustomFault::Confidence,
            ),
            (
                of(r#""pattern": "a""#).replace("OWN", "US_SSN"),
                CustomFault::Entity,
            ),
            (
                of(r#""pattern": "a""#).replace("OWN", "own"),
                CustomFault::Entity,
            ),
        ] {
            assert_eq!(refused(&line), CustomError { line: 3, fault }, "{line}");
        }
        for pattern in [
            "(a",
            "(?=a)b",
            "(a)\\\\1",
            "\\\\b{1,2}a",
            "(.{1,40}[^a]{1,40}b.{1,40}){1,2}",
        ] {
            let line = of(&format!(r#""pattern": "{pattern}""#));
            let refused = refused(&line).fault;
            let known = matches!(
                refused,
                CustomFault::Pattern { .. } | CustomFault::Unbounded
            );
            assert!(known, "{pattern}: {refused:?}");
        }
        // Gigabytes, were the first automaton not bounded like the second.
        let wide = of(&format!(r#""pattern": "a{}""#, "|\\\\w{64}".repeat(4_000)));
        let CustomFault::Pattern { reason } = refused(&wide).fault else {
            panic!("{wide:.60} is no pattern");
        };
        assert_eq!(reason, "error building NFA");
        let many = "{\"entity\": \"OWN\", \"confidence\": 0.5, \"pattern\": \"a\"}\n".repeat(65);
        assert_eq!(
            parse(&many).unwrap_err(),
            CustomError {
                line: 65,
                fault: CustomFault::TooMany
            }
        );
        assert!(matches!(
            refused("{").fault,
            CustomFault::Syntax { column: 1, .. }
        ));
        assert!(matches!(
            refused(&of(r#""x": 1"#)).fault,
            CustomFault::Syntax { .. }
        ));
        assert_eq!(
            refused(&" {".repeat(40_000)).fault,
            CustomFault::LineTooLong
        );
    }
}
