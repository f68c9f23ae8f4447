//! Recognisers of a user's own: JSON objects, of a file with one a line or of a policy's list.
//!
//! ```json
//! {"entity": "EMPLOYEE_ID", "pattern": "E-[0-9]{6}", "confidence": 0.5, "context": ["badge"]}
//! {"entity": "LOYALTY_CARD", "pattern": "77[0-9]{14}", "confidence": 0.3, "check": "luhn"}
//! {"entity": "PROJECT", "words": ["Blue Heron", "Grey Fox"], "confidence": 0.9}
//! ```
//!
//! A pattern is tried where a word begins, and a match may touch no letter or digit. It must be of
//! bounded length, and its automaton small: what could not run in linear time and bounded memory is
//! refused, and so is what could never be found, with its place and the reason, when the recognisers
//! are read and not when a text is. Trusts nothing of them but their author's patience. Several may
//! be of one entity. Next: [`parse`] for files, [`engine`] for lists.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use regex_automata::{
    Anchored, Input, MatchKind,
    dfa::{Automaton, StartKind, dense},
    nfa::thompson,
};
use serde::Deserialize;

use crate::check::{Fault, digits, luhn};
use crate::detect::{can_announce, percent};
use crate::operation::is_entity;
use crate::{Engine, Entity, normalise};

/// The most recognisers of one engine.
pub const MAX_RECOGNISERS: usize = 64;
/// The longest match, in bytes.
pub const MAX_MATCH_BYTES: usize = 256;
/// The longest matches of all recognisers of an engine together, in bytes: what they may read, at
/// worst, wherever a word begins. At this bound 4 MiB of words of one letter take some four seconds; a
/// redaction may look twice, and a request to an enclave has ten.
pub const MAX_REACH_BYTES: usize = 1024;
/// The longest object, in bytes.
pub const MAX_LINE_BYTES: usize = 64 * 1024;
/// The most context words of one recogniser.
pub const MAX_CONTEXT_WORDS: usize = 64;
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

/// Why a list was refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("recogniser number {index}: {fault}")]
pub struct ListError {
    /// The place in the list, from zero.
    pub index: usize,
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
    /// The object is above [`MAX_LINE_BYTES`].
    #[error("it is over {MAX_LINE_BYTES} bytes")]
    TooLong,
    /// `entity` is not a name of capitals, digits and underscores, or names a built-in type.
    #[error("entity is no name, or that of a type that exists")]
    Entity,
    /// Neither `pattern` nor `words`, both, or an empty list.
    #[error("either a pattern or words are needed")]
    Nothing,
    /// One of `words` begins with something else than a letter or digit, where no match begins.
    #[error("a word that does not begin with a letter or digit is never found")]
    Word,
    /// Too many context words, or one that no word of a text can be.
    #[error("context is over {MAX_CONTEXT_WORDS} words, or one of them is not a single word")]
    Context,
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
    /// What all of them could match together is above [`MAX_REACH_BYTES`].
    #[error("with those before it, matches of over {MAX_REACH_BYTES} bytes together")]
    Reach,
    /// A pattern that matches nothing at all.
    #[error("the pattern matches the empty text")]
    Empty,
    /// More than [`MAX_RECOGNISERS`], or too many names in the life of a process.
    #[error("more than {MAX_RECOGNISERS} recognisers")]
    TooMany,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
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
    /// The longest match, in bytes.
    reach: usize,
}

/// Reads a file of recognisers. Lines that are empty or begin with `#` are skipped.
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
        add(&mut customs, text).map_err(|fault| CustomError { line, fault })?;
    }
    Ok(customs)
}

/// Compiles an engine that has the recognisers of a list, a JSON object each, beside its own.
///
/// # Errors
///
/// [`ListError`], for the first recogniser that is refused.
pub fn engine(list: impl IntoIterator<Item = String>) -> Result<Engine, ListError> {
    let mut customs = Vec::new();
    for (index, object) in list.into_iter().enumerate() {
        add(&mut customs, &object).map_err(|fault| ListError { index, fault })?;
    }
    let index = customs.len();
    Engine::with(customs).map_err(|fault| ListError { index, fault })
}

/// Adds a recogniser to those before it, unless they are too many together.
fn add(customs: &mut Vec<Custom>, text: &str) -> Result<(), CustomFault> {
    if customs.len() == MAX_RECOGNISERS {
        return Err(CustomFault::TooMany);
    }
    let custom = Custom::parse(text)?;
    let reach: usize = customs.iter().map(|before| before.reach).sum();
    if reach + custom.reach > MAX_REACH_BYTES {
        return Err(CustomFault::Reach);
    }
    customs.push(custom);
    Ok(())
}

impl Custom {
    fn parse(text: &str) -> Result<Self, CustomFault> {
        if text.len() > MAX_LINE_BYTES {
            return Err(CustomFault::TooLong);
        }
        let members: Members = serde_json::from_str(text).map_err(|error| CustomFault::Syntax {
            column: error.column(),
            reason: error.to_string(),
        })?;
        let is_taken =
            |name: &str| Entity::parse(name).is_some() || name == Entity::DENY_LIST.name();
        if !is_entity(&members.entity) || is_taken(&members.entity) {
            return Err(CustomFault::Entity);
        }
        let confidence = percent(members.confidence);
        if confidence > 100 {
            return Err(CustomFault::Confidence);
        }
        let pattern = match (members.pattern, members.words) {
            (Some(pattern), None) => pattern,
            (None, Some(words)) if !words.is_empty() => alternatives(&words)?,
            _ => return Err(CustomFault::Nothing),
        };
        let check = members.check.as_deref().map(check_of).transpose()?;
        let (dfa, reach) = compile(&pattern)?;
        Ok(Self {
            entity: interned(&members.entity)?,
            percent: confidence,
            context: context(&members.context)?,
            check,
            dfa,
            reach,
        })
    }

    /// Where the longest match ends that begins at `start` and that `may_end` there: one that touches
    /// what follows must not hide a shorter one.
    pub(crate) fn end(
        &self,
        text: &str,
        start: usize,
        may_end: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let limit = text.floor_char_boundary(text.len().min(start + MAX_MATCH_BYTES + 4));
        let input = Input::new(&text[..limit])
            .range(start..limit)
            .anchored(Anchored::Yes);
        let mut state = self.dfa.start_state_forward(&input).ok()?;
        let mut end = None;
        // A match is seen one byte behind its end.
        for (at, byte) in text.as_bytes()[..limit].iter().enumerate().skip(start) {
            state = self.dfa.next_state(state, *byte);
            if self.dfa.is_match_state(state) {
                end = Some(at).filter(|at| may_end(*at)).or(end);
            } else if self.dfa.is_dead_state(state) || self.dfa.is_quit_state(state) {
                return end;
            }
        }
        let is_match = self.dfa.is_match_state(self.dfa.next_eoi_state(state));
        Some(limit).filter(|at| is_match && may_end(*at)).or(end)
    }

    /// What its rule says of a match, where it has one.
    pub(crate) fn check(&self, matched: &str) -> Option<Result<(), Fault>> {
        self.check.map(|check| {
            // As long as it can become, so that no copy of it is left where it grew.
            let mut letters = zeroize::Zeroizing::new(Vec::with_capacity(matched.len()));
            let signs = matched.bytes().filter(u8::is_ascii_alphanumeric);
            letters.extend(signs.map(|byte| byte.to_ascii_uppercase()));
            digits::checksum(check(&letters))
        })
    }
}

/// A pattern of words as they stand, the longer first.
fn alternatives(words: &[String]) -> Result<String, CustomFault> {
    let mut words: Vec<_> = words.iter().map(|word| normalise::whole(word)).collect();
    if words
        .iter()
        .any(|word| !word.starts_with(char::is_alphanumeric))
    {
        return Err(CustomFault::Word);
    }
    words.sort_by_key(|word| core::cmp::Reverse(word.len()));
    let escaped: Vec<_> = words
        .iter()
        .map(|word| regex_syntax::escape(word))
        .collect();
    Ok(escaped.join("|"))
}

/// Context words as they are looked up: normalised like any text, and in lower case.
fn context(words: &[String]) -> Result<Vec<String>, CustomFault> {
    if words.len() > MAX_CONTEXT_WORDS {
        return Err(CustomFault::Context);
    }
    let words = words.iter().map(|word| {
        let word = normalise::whole(word).to_lowercase();
        can_announce(&word).then_some(word)
    });
    words.collect::<Option<_>>().ok_or(CustomFault::Context)
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

/// The automaton of a pattern, and its longest match in bytes.
fn compile(pattern: &str) -> Result<(dense::DFA<Vec<u32>>, usize), CustomFault> {
    let hir = regex_syntax::parse(pattern).map_err(|error| CustomFault::Pattern {
        reason: reason(&error),
    })?;
    let reach = hir.properties().maximum_len();
    let reach = reach
        .filter(|length| *length <= MAX_MATCH_BYTES)
        .ok_or(CustomFault::Unbounded)?;
    if hir.properties().minimum_len() == Some(0) {
        return Err(CustomFault::Empty);
    }
    let sizes = dense::Config::new()
        .start_kind(StartKind::Anchored)
        // Every end of a match is seen, not only that of the first alternative.
        .match_kind(MatchKind::All)
        .dfa_size_limit(Some(MAX_DFA_BYTES))
        .determinize_size_limit(Some(MAX_DFA_BYTES));
    let dfa = dense::Builder::new()
        .configure(sizes)
        .thompson(thompson::Config::new().nfa_size_limit(Some(MAX_NFA_BYTES)))
        .build(pattern)
        .map_err(|error| CustomFault::Pattern {
            reason: error.to_string(),
        })?;
    Ok((dfa, reach))
}

/// What is wrong with a pattern and where, in one line: the error itself draws the pattern.
fn reason(error: &regex_syntax::Error) -> String {
    let (kind, span) = match error {
        regex_syntax::Error::Parse(error) => (error.kind().to_string(), error.span()),
        regex_syntax::Error::Translate(error) => (error.kind().to_string(), error.span()),
        _ => return "it does not parse".to_owned(),
    };
    format!("{kind}, at character {}", span.start.column)
}

/// Whether a type of this name is the engine's, or was ever one of a recogniser in this process.
pub(crate) fn is_known(name: &str) -> bool {
    Entity::parse(name).is_some()
        || NAMES
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(name)
}

/// Names of recognisers, which live as long as the process.
static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

/// A name that lives as long as the process. Names repeat, so few are ever kept.
fn interned(name: &str) -> Result<Entity, CustomFault> {
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
mod tests;
