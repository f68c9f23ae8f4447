//! What a caller may set for a scan, and the checked form a scan works with.
//!
//! The lists hold what callers type, so they may be personal data: `Debug` shows their lengths only.

use core::fmt;
use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use super::{DENY_LIST, DetectError, Engine};
use crate::check::country_codes::is_assigned;
use crate::names::Kind;
use crate::normalise;

/// The language of texts in which names are looked for.
const LANGUAGE_OF_NAMES: &str = "en";

/// The threshold when none is given.
pub const DEFAULT_THRESHOLD: f32 = 0.4;
/// The most entries of an allow or a deny list.
pub const MAX_LIST_ENTRIES: usize = 1_000;
/// The longest entry of an allow or a deny list, in bytes. Bounds the work at each word.
pub const MAX_LIST_ENTRY_BYTES: usize = 128;
/// The most regions that can be named.
pub const MAX_REGIONS: usize = 250;

/// How to look. [`DetectOptions::default`] looks for every type.
#[derive(Clone, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct DetectOptions {
    /// The language of the text, two letters of ISO 639-1. Words that announce a type are known in
    /// many languages and looked for in all of them; names of people are found in English only.
    pub language: String,
    /// The types to look for, by name; all when absent. Unknown names and an empty list are errors.
    pub entities: Option<Vec<String>>,
    /// The least confidence that is reported, from 0 to 1.
    pub threshold: f32,
    /// Other thresholds for some types, by name.
    pub thresholds: BTreeMap<String, f32>,
    /// Countries (ISO 3166-1 alpha-2). When given, identifiers of other countries are not looked
    /// for unless `entities` names them, and telephone numbers without a country's code are read as
    /// of these.
    pub regions: Option<Vec<String>>,
    /// Whether to look for names of people, places and organisations, which costs most of the time
    /// and is never certain. In English alone.
    pub names: bool,
    /// Whether to report values too whose check digits are wrong and whose form and other rules are
    /// right, as somebody who mistypes an identifier makes them. They say
    /// [`Checksum::Failed`](super::Checksum::Failed), are at most half sure, and stand beside other
    /// findings, never in their place.
    pub looks_like: bool,
    /// Values never reported: a finding whose text is exactly one of these is dropped.
    pub allow: Vec<String>,
    /// Values always reported as `DENY_LIST`, where they stand as whole words, case included.
    pub deny: Vec<String>,
}

impl Default for DetectOptions {
    fn default() -> Self {
        Self {
            language: LANGUAGE_OF_NAMES.to_owned(),
            entities: None,
            threshold: DEFAULT_THRESHOLD,
            thresholds: BTreeMap::new(),
            regions: None,
            names: true,
            looks_like: false,
            allow: Vec::new(),
            deny: Vec::new(),
        }
    }
}

impl fmt::Debug for DetectOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DetectOptions")
            .field("threshold", &self.threshold)
            .field("allow", &self.allow.len())
            .field("deny", &self.deny.len())
            .finish_non_exhaustive()
    }
}

impl DetectOptions {
    /// Whether names alone are wanted, and not looked for.
    pub fn finds_nothing(&self) -> bool {
        let wants = |entities: &Vec<String>| !entities.is_empty() && entities.iter().all(is_name);
        let looks = self.names && self.language == LANGUAGE_OF_NAMES;
        !looks && self.deny.is_empty() && self.entities.as_ref().is_some_and(wants)
    }

    /// Whether names are wanted, and not looked for because of the language of the text.
    pub fn misses_names(&self) -> bool {
        let wants = |entities: &Vec<String>| entities.iter().any(is_name);
        self.names && self.language != LANGUAGE_OF_NAMES && self.entities.as_ref().is_none_or(wants)
    }

    /// Whether these options could leave in place what the default ones find.
    pub(crate) fn narrows(&self) -> bool {
        let above = |threshold: &f32| percent(*threshold) > percent(DEFAULT_THRESHOLD);
        self.entities.is_some()
            || self.regions.is_some()
            || !self.names
            || self.language != LANGUAGE_OF_NAMES
            || !self.allow.is_empty()
            || above(&self.threshold)
            || self.thresholds.values().any(above)
    }
}

fn is_name(entity: &String) -> bool {
    Kind::ALL.iter().any(|kind| kind.name() == entity)
}

/// A confidence between 0 and 1 in whole percent; above 100 when it is none.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "inside the range that is checked first, 0 to 100"
)]
pub fn percent(threshold: f32) -> u8 {
    if (0.0..=1.0).contains(&threshold) {
        (threshold * 100.0).round() as u8
    } else {
        u8::MAX
    }
}

/// What no confidence reaches.
const UNWANTED: u8 = u8::MAX;

/// Options that make sense.
pub(super) struct Plan {
    /// The least confidence of each identifier of the engine that is reported.
    least: Vec<u8>,
    /// The least of them.
    floor: u8,
    allow: HashSet<String>,
    /// In byte order, so that the search can narrow them down byte by byte.
    deny: Vec<Vec<u8>>,
    regions: Option<Vec<[u8; 2]>>,
    names: bool,
    looks_like: bool,
}

impl Plan {
    pub(super) fn new(options: &DetectOptions, engine: &Engine) -> Result<Self, DetectError> {
        if !is_language(&options.language) {
            return Err(DetectError::UnsupportedLanguage);
        }
        let threshold = percent(options.threshold);
        if threshold > 100 {
            return Err(DetectError::InvalidThreshold);
        }
        check_list(&options.allow)?;
        check_list(&options.deny)?;
        let regions = options.regions.as_deref().map(regions).transpose()?;
        let mut least = match options.entities.as_deref() {
            Some(names) => wanted(names, engine, threshold)?,
            None => everything(engine, threshold, regions.as_deref()),
        };
        // Bounded by the number of types, which are the only keys that pass.
        for (name, threshold) in &options.thresholds {
            let mut places = engine.places_of(name).peekable();
            places.peek().ok_or(DetectError::UnknownThreshold)?;
            let threshold = percent(*threshold);
            if threshold > 100 {
                return Err(DetectError::InvalidThreshold);
            }
            for place in places {
                if least[place] != UNWANTED {
                    least[place] = threshold;
                }
            }
        }
        let named = Kind::ALL.map(|kind| engine.places.names[kind as usize]);
        let names = options.names
            && options.language == LANGUAGE_OF_NAMES
            && named.iter().any(|place| least[*place] != UNWANTED);
        let mut deny: Vec<_> = options
            .deny
            .iter()
            .map(|entry| normalise::whole(entry).into_bytes())
            .collect();
        deny.sort_unstable();
        Ok(Self {
            floor: least.iter().copied().min().unwrap_or(UNWANTED),
            least,
            allow: options
                .allow
                .iter()
                .map(|entry| normalise::whole(entry))
                .collect(),
            deny,
            regions,
            names,
            looks_like: options.looks_like,
        })
    }

    /// The least confidence at which an identifier is reported; above 100 when it is not wanted.
    pub(super) fn least(&self, identifier: usize) -> u8 {
        if identifier == DENY_LIST {
            0
        } else {
            self.least[identifier]
        }
    }

    /// The least confidence at which anything is reported.
    pub(super) const fn floor(&self) -> u8 {
        self.floor
    }

    pub(super) fn allows(&self, value: &str) -> bool {
        // No entry is longer, and what is found can be: it would be hashed wherever it begins.
        !self.allow.is_empty() && value.len() <= MAX_LIST_ENTRY_BYTES && self.allow.contains(value)
    }

    pub(super) fn deny(&self) -> &[Vec<u8>] {
        &self.deny
    }

    /// Whether names are looked for.
    pub(super) const fn names(&self) -> bool {
        self.names
    }

    /// Whether values are reported whose check digits are wrong.
    pub(super) const fn looks_like(&self) -> bool {
        self.looks_like
    }

    /// The countries asked for.
    pub(super) fn regions(&self) -> Option<&[[u8; 2]]> {
        self.regions.as_deref()
    }
}

impl Drop for Plan {
    fn drop(&mut self) {
        self.deny.zeroize();
        for mut entry in self.allow.drain() {
            entry.zeroize();
        }
    }
}

/// Two small letters.
fn is_language(language: &str) -> bool {
    language.len() == 2 && language.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn everything(engine: &Engine, threshold: u8, regions: Option<&[[u8; 2]]>) -> Vec<u8> {
    let wanted = |country: &str| {
        regions.is_none_or(|regions| {
            country.is_empty() || regions.iter().any(|region| region == country.as_bytes())
        })
    };
    let identifiers = engine.identifiers.iter();
    let own = engine.customs.iter().map(|_| threshold);
    let built_in = identifiers.map(|identifier| {
        if wanted(identifier.country) {
            threshold
        } else {
            UNWANTED
        }
    });
    built_in.chain(own).collect()
}

fn wanted(names: &[String], engine: &Engine, threshold: u8) -> Result<Vec<u8>, DetectError> {
    if names.is_empty() {
        return Err(DetectError::NoEntities);
    }
    // More names than types repeat themselves; the list is read again for each item.
    if names.len() > engine.types() {
        return Err(DetectError::ListTooLong {
            entries: names.len(),
        });
    }
    let mut least = vec![UNWANTED; engine.types()];
    for (index, name) in names.iter().enumerate() {
        let mut places = engine.places_of(name).peekable();
        places.peek().ok_or(DetectError::UnknownEntity { index })?;
        for place in places {
            least[place] = threshold;
        }
    }
    Ok(least)
}

fn regions(names: &[String]) -> Result<Vec<[u8; 2]>, DetectError> {
    if names.len() > MAX_REGIONS {
        return Err(DetectError::ListTooLong {
            entries: names.len(),
        });
    }
    let region = |name: &String| {
        let capitals: [u8; 2] = name.as_bytes().try_into().ok()?;
        // Kosovo has a code of its own choice, and types of its own.
        (is_assigned(&capitals) || &capitals == b"XK").then_some(capitals)
    };
    let regions: Option<Vec<_>> = names.iter().map(region).collect();
    regions
        .filter(|regions| !regions.is_empty())
        .ok_or(DetectError::InvalidRegion)
}

fn check_list(list: &[String]) -> Result<(), DetectError> {
    if list.len() > MAX_LIST_ENTRIES {
        return Err(DetectError::ListTooLong {
            entries: list.len(),
        });
    }
    match list
        .iter()
        .position(|entry| entry.is_empty() || entry.len() > MAX_LIST_ENTRY_BYTES)
    {
        Some(index) => Err(DetectError::ListEntryLength { index }),
        None => Ok(()),
    }
}
