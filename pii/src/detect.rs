//! Text to findings: what kind of personal data, where, how sure and why.
//!
//! [`Engine::new`] compiles once, [`Engine::detect`] scans. A scan runs every recogniser over the
//! whole text (`number`, `email`, `iban`, `ip`, `deny`) and resolves overlaps (`merge`).
//! Every recogniser is linear: candidates come from an automaton or one pass over the bytes, and the
//! work spent at each is bounded. A limit that is met is an error, never a shorter list.
//!
//! The text is hostile. Findings and errors never hold any of it. What this version does not see:
//! digits of other scripts, zero-width characters, escapes, names, national telephone numbers
//! outside North America. Next: [`crate::redact`], [`crate::mask`].

mod context;
mod deny;
mod email;
mod iban;
mod ip;
mod merge;
mod number;
mod options;
mod run;

use regex::Regex;
use serde::Serialize;

pub use options::{
    DEFAULT_THRESHOLD, DetectOptions, MAX_LIST_ENTRIES, MAX_LIST_ENTRY_BYTES, percent,
};

use crate::Entity;
use options::Plan;

/// The most candidates one scan may hold before overlaps are resolved (48 bytes each or so).
pub const MAX_CANDIDATES: usize = 1 << 20;

/// Something found. It says where and why, never what.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Finding {
    /// The type.
    pub entity: Entity,
    /// First byte, always a character boundary of the text.
    pub start: usize,
    /// The byte after the last, always a character boundary. [`crate::offsets`] gives other units.
    pub end: usize,
    /// How sure, in percent.
    pub confidence_percent: u8,
    /// Why.
    pub reason: Reason,
}

/// Why a finding was reported.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Reason {
    /// The stable name of the pattern, such as `ssn-dashed`.
    pub pattern: &'static str,
    /// What the identifier's own rule said, where it has one. See [`crate::check`].
    pub checksum: Option<Checksum>,
    /// Whether a word that announces the type stands within the five before it.
    pub context: bool,
}

/// What the rule of an identifier said. A value that fails its rule is no finding.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Checksum {
    /// Check digits or issuing rules hold.
    Passed,
}

/// Why a text was not scanned. Nothing was reported then.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum DetectError {
    /// An entity name that does not exist.
    #[error("entity {index} of the list is unknown")]
    UnknownEntity {
        /// Its place in the list, from zero.
        index: usize,
    },
    /// The list of entities is there but empty: nothing would ever be found.
    #[error("the list of entities is empty")]
    NoEntities,
    /// A language there are no context words for.
    #[error("the language is not supported")]
    UnsupportedLanguage,
    /// The threshold is no number from 0 to 1.
    #[error("the threshold is not between 0 and 1")]
    InvalidThreshold,
    /// A list of values or of types with too many entries.
    #[error("a list has {entries} entries, more than it may")]
    ListTooLong {
        /// Entries given.
        entries: usize,
    },
    /// An allow or deny entry that is empty, or longer than [`MAX_LIST_ENTRY_BYTES`].
    #[error("entry {index} of a list is empty or above {MAX_LIST_ENTRY_BYTES} bytes")]
    ListEntryLength {
        /// Its place in the list, from zero.
        index: usize,
    },
    /// More candidates than [`MAX_CANDIDATES`].
    #[error("the text has more than {MAX_CANDIDATES} candidates")]
    TooManyCandidates,
}

impl DetectError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownEntity { .. } => "unknown_entity",
            Self::NoEntities => "no_entities",
            Self::UnsupportedLanguage => "unsupported_language",
            Self::InvalidThreshold => "invalid_threshold",
            Self::ListTooLong { .. } => "list_too_long",
            Self::ListEntryLength { .. } => "list_entry_length",
            Self::TooManyCandidates => "too_many_candidates",
        }
    }
}

/// The compiled recognisers. Build one and share it between tasks.
#[derive(Debug)]
pub struct Engine {
    iban: Regex,
    ip_v6: Regex,
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

impl Engine {
    /// Compiles the recognisers.
    pub fn new() -> Self {
        Self {
            iban: iban::pattern(),
            ip_v6: ip::pattern(),
        }
    }

    /// Finds personal data in `text`: findings in order of their start, none overlapping another.
    ///
    /// Of findings that overlap the more confident wins, then the longer, then the earlier.
    ///
    /// # Errors
    ///
    /// [`DetectError`], when the options make no sense or the limit on candidates is met.
    pub fn detect(&self, text: &str, options: &DetectOptions) -> Result<Vec<Finding>, DetectError> {
        Ok(merge::resolve(self.scan(text, &Plan::new(options)?)?))
    }

    /// Like [`Engine::detect`], but findings that overlap become one that covers them all.
    ///
    /// This is what hiding needs: the loser of an overlap may stick out of the winner, and what
    /// sticks out is personal data too. Type, confidence and reason are those of the winner.
    ///
    /// # Errors
    ///
    /// As [`Engine::detect`].
    pub fn cover(&self, text: &str, options: &DetectOptions) -> Result<Vec<Finding>, DetectError> {
        Ok(merge::cover(self.scan(text, &Plan::new(options)?)?))
    }

    fn scan(&self, text: &str, plan: &Plan<'_>) -> Result<Vec<Finding>, DetectError> {
        let mut candidates = Candidates {
            text,
            plan,
            found: Vec::new(),
        };
        number::scan(&mut candidates)?;
        if plan.wants(Entity::EmailAddress) {
            email::scan(&mut candidates)?;
        }
        if plan.wants(Entity::IbanCode) {
            iban::scan(&self.iban, &mut candidates)?;
        }
        if plan.wants(Entity::IpAddress) {
            ip::scan(&self.ip_v6, &mut candidates)?;
        }
        deny::scan(&mut candidates)?;
        Ok(candidates.found)
    }
}

/// A pattern that matched, before context and threshold.
#[derive(Clone, Copy)]
struct Match {
    entity: Entity,
    start: usize,
    end: usize,
    pattern: &'static str,
    base_percent: u8,
    checksum: Option<Checksum>,
}

/// What has been found so far, and what it is held against.
struct Candidates<'a> {
    text: &'a str,
    plan: &'a Plan<'a>,
    found: Vec<Finding>,
}

impl Candidates<'_> {
    /// Weighs a match and keeps it when it reaches the threshold and is not on the allow list.
    fn offer(&mut self, found: Match) -> Result<(), DetectError> {
        let Match {
            entity, start, end, ..
        } = found;
        if found.base_percent.saturating_add(context::RAISE_PERCENT) < self.plan.threshold_percent
            || self.plan.allows(&self.text[start..end])
        {
            return Ok(());
        }
        let context = context::announces(self.text, start, entity);
        let confidence_percent = if context {
            found
                .base_percent
                .saturating_add(context::RAISE_PERCENT)
                .min(100)
        } else {
            found.base_percent
        };
        if confidence_percent < self.plan.threshold_percent {
            return Ok(());
        }
        if self.found.len() == MAX_CANDIDATES {
            return Err(DetectError::TooManyCandidates);
        }
        self.found.push(Finding {
            entity,
            start,
            end,
            confidence_percent,
            reason: Reason {
                pattern: found.pattern,
                checksum: found.checksum,
                context,
            },
        });
        Ok(())
    }
}

/// Whether no letter or digit touches `at` from the left.
fn clear_before(text: &str, at: usize) -> bool {
    !text[..at]
        .chars()
        .next_back()
        .is_some_and(char::is_alphanumeric)
}

/// Whether no letter or digit touches `at` from the right.
fn clear_after(text: &str, at: usize) -> bool {
    !text[at..].chars().next().is_some_and(char::is_alphanumeric)
}

#[cfg(test)]
mod tests;
