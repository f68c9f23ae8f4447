//! Text to findings: what kind of personal data, where, how sure and why.
//!
//! [`Engine::new`] compiles once, [`Engine::detect`] scans a text, [`Scanner`] a stream. The text is
//! normalised (`normalise`), cut into words (`words`), and every word looked up in a table of the
//! forms that can begin there (`table`, `scan`); what has no simple form has a recogniser of its own
//! (`email`, `iban`, `ip`, `number`, `phone`, `deny`). Overlaps are resolved at the end (`merge`).
//!
//! Every recogniser is linear: the work spent at each place is bounded, whatever stands around it. A
//! limit that is met is an error, never a shorter list. The text is hostile. Findings and errors never
//! hold any of it. Next: [`crate::redact`], [`crate::mask`].

mod context;
mod crypto;
mod deny;
mod doubt;
mod email;
mod iban;
mod ip;
mod merge;
mod name;
mod number;
mod options;
mod parameters;
mod phone;
mod run;
mod scan;
mod scanner;
mod secret;
mod stretch;
mod table;
mod url;
mod words;

use std::sync::LazyLock;

use serde::Serialize;

pub use crate::normalise::NotUtf8;
pub(crate) use context::can_announce;
pub use merge::Overlaps;
pub use options::{
    DEFAULT_THRESHOLD, DetectOptions, MAX_LIST_ENTRIES, MAX_LIST_ENTRY_BYTES, MAX_REGIONS, percent,
};
pub use parameters::DetectParameters;
pub use scanner::Scanner;

use crate::Entity;
use crate::custom::{Custom, CustomFault, MAX_RECOGNISERS};
use crate::identifier::{self, Identifier};
use crate::names::{self, Names};
use context::Announcements;
use options::Plan;
use table::Table;

/// The most findings of one text (64 bytes each or so). A stream has no limit.
pub const MAX_FINDINGS: usize = 1 << 20;

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
    /// Whether it covers more than what was recognised, because findings of other types overlap it and
    /// stick out. Only of [`Overlaps::Cover`].
    #[serde(skip)]
    pub joined: bool,
}

/// Why a finding was reported.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Reason {
    /// The stable name of the pattern, such as `ssn-dashed`.
    pub pattern: &'static str,
    /// What the identifier's own rule said, where it has one. See [`crate::check`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checksum: Option<Checksum>,
    /// Whether a word that announces the type stands within the five before it.
    pub context: bool,
}

/// What the rule of an identifier said. A value that fails its rule is no finding, unless its check
/// digits are all that is wrong with it and [`DetectOptions::looks_like`] asks for such values.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Checksum {
    /// Check digits or issuing rules hold.
    Passed,
    /// The form is right and so are the other rules; the check digits are not.
    Failed,
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
    /// A language that is not two small letters.
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
    /// A type of `thresholds` that does not exist.
    #[error("a threshold is of an unknown entity")]
    UnknownThreshold,
    /// A region that is no code of ISO 3166-1, or an empty list of them.
    #[error(
        "a region is no country's two capital letters (ISO 3166-1; GB, not UK), or there is none"
    )]
    InvalidRegion,
    /// More findings than [`MAX_FINDINGS`].
    #[error("the text has more than {MAX_FINDINGS} findings")]
    TooManyFindings,
}

impl DetectError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownEntity { .. } | Self::UnknownThreshold => "unknown_entity",
            Self::NoEntities => "no_entities",
            Self::UnsupportedLanguage => "unsupported_language",
            Self::InvalidThreshold => "invalid_threshold",
            Self::ListTooLong { .. } => "list_too_long",
            Self::ListEntryLength { .. } => "list_entry_length",
            Self::InvalidRegion => "invalid_region",
            Self::TooManyFindings => "too_many_findings",
        }
    }
}

/// The compiled recognisers. Build one and share it between tasks.
#[derive(Debug)]
pub struct Engine {
    identifiers: Vec<&'static Identifier>,
    table: Table,
    /// Forms that may follow a letter directly.
    glued: Table,
    announcements: Announcements,
    places: Places,
    /// Recognisers of a user's own; their places are behind those of the identifiers.
    customs: Vec<Custom>,
    names: &'static Names,
}

/// Read once for all engines: it holds nothing of a text.
static NAMES: LazyLock<Names> = LazyLock::new(Names::new);

/// Where identifiers with a recogniser of their own stand in the engine's list.
#[derive(Clone, Copy, Debug)]
struct Places {
    api_key: usize,
    card: usize,
    crypto: usize,
    email: usize,
    iban: usize,
    ip: usize,
    /// By [`names::Kind`].
    names: [usize; 5],
    phone: usize,
    philippine_mobile: usize,
    private_key: usize,
    turkish_phone: usize,
    url: usize,
}

/// The place of what the caller lists, which is no identifier.
const DENY_LIST: usize = usize::MAX;

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

impl Engine {
    /// Compiles the recognisers.
    #[allow(clippy::expect_used, reason = "constants, compiled by every test")]
    pub fn new() -> Self {
        Self::with(Vec::new()).expect("the words of the tables")
    }

    /// Compiles the recognisers, with others of a user's own beside them.
    ///
    /// # Errors
    ///
    /// [`CustomFault::TooMany`] when there are more than an engine takes.
    #[allow(clippy::expect_used, reason = "constants, compiled by every test")]
    pub fn with(customs: Vec<Custom>) -> Result<Self, CustomFault> {
        let identifiers = identifier::ALL.clone();
        if customs.len() > MAX_RECOGNISERS {
            return Err(CustomFault::TooMany);
        }
        let (mut table, mut glued) = (Table::default(), Table::default());
        for (place, identifier) in identifiers.iter().enumerate() {
            for form in identifier.forms {
                table.add(place, form).expect("a form of the tables");
                if form.glued {
                    glued.add(place, form).expect("a form of the tables");
                }
            }
        }
        table.sort();
        glued.sort();
        let built_in = identifiers
            .iter()
            .map(|identifier| identifier.context.to_vec());
        let own = customs
            .iter()
            .map(|custom| custom.context.iter().map(String::as_str).collect());
        let words = built_in.chain(own).enumerate();
        let words =
            words.flat_map(|(place, words)| words.into_iter().map(move |word| (place, word)));
        let place = |name| Entity::place(name).expect("a type of the tables");
        Ok(Self {
            announcements: Announcements::new(words).map_err(|_| CustomFault::TooMany)?,
            places: Places {
                api_key: place("API_KEY"),
                card: place("CREDIT_CARD"),
                crypto: place("CRYPTO"),
                email: place("EMAIL_ADDRESS"),
                iban: place("IBAN_CODE"),
                ip: place("IP_ADDRESS"),
                names: names::Kind::ALL.map(|kind| place(kind.name())),
                phone: place("PHONE_NUMBER"),
                philippine_mobile: place("PH_MOBILE_NUMBER"),
                private_key: place("PRIVATE_KEY"),
                turkish_phone: place("TR_PHONE_NUMBER"),
                url: place("URL"),
            },
            identifiers,
            table,
            glued,
            customs,
            names: &NAMES,
        })
    }

    /// How many types it knows.
    fn types(&self) -> usize {
        self.identifiers.len() + self.customs.len()
    }

    /// Whether there is a type of this name, of its own or of a user's recognisers.
    pub fn knows(&self, name: &str) -> bool {
        self.places_of(name).next().is_some()
    }

    /// The places of the type of this name: of a user's own, one for each of its recognisers.
    fn places_of<'e>(&'e self, name: &'e str) -> impl Iterator<Item = usize> + 'e {
        let own = self.customs.iter().zip(self.identifiers.len()..);
        let own = own.filter(move |(custom, _)| custom.entity.name() == name);
        Entity::place(name)
            .into_iter()
            .chain(own.map(|(_, place)| place))
    }

    fn entity(&self, place: usize) -> Entity {
        let built_in = self
            .identifiers
            .get(place)
            .map(|identifier| Entity::of(identifier.entity));
        built_in
            .or_else(|| {
                let own = place.checked_sub(self.identifiers.len())?;
                self.customs.get(own).map(|custom| custom.entity)
            })
            .unwrap_or(Entity::DENY_LIST)
    }

    /// Finds personal data in `text`: findings in order of their start, none overlapping another.
    ///
    /// Of findings that overlap the more confident wins, then the longer, then the earlier.
    ///
    /// # Errors
    ///
    /// [`DetectError`], when the options make no sense or there are too many findings.
    pub fn detect(&self, text: &str, options: &DetectOptions) -> Result<Vec<Finding>, DetectError> {
        self.findings(text, options, Overlaps::Resolve)
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
        self.findings(text, options, Overlaps::Cover)
    }

    fn findings(
        &self,
        text: &str,
        options: &DetectOptions,
        overlaps: Overlaps,
    ) -> Result<Vec<Finding>, DetectError> {
        let mut scanner = Scanner::new(self, options, overlaps)?;
        let mut findings = Vec::new();
        // A text is UTF-8, so neither can fail.
        for piece in text.as_bytes().chunks(1 << 16) {
            let _ = scanner.feed(piece, &mut findings);
            // Before more memory is taken for what would be refused.
            if findings.len() > MAX_FINDINGS {
                return Err(DetectError::TooManyFindings);
            }
        }
        let _ = scanner.finish(&mut findings);
        if findings.len() > MAX_FINDINGS {
            return Err(DetectError::TooManyFindings);
        }
        Ok(findings)
    }
}

/// A pattern that matched, in normalised text, before context and threshold.
#[derive(Clone, Copy)]
struct Match {
    /// The place in the engine's list.
    identifier: usize,
    start: usize,
    end: usize,
    pattern: &'static str,
    percent: u8,
    checksum: Option<Checksum>,
}

/// A match that reached its threshold.
#[derive(Clone, Copy)]
struct Candidate {
    found: Match,
    percent: u8,
    context: bool,
}

#[cfg(test)]
mod tests;
