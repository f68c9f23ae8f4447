//! What a caller may set for a scan, and the checked form a scan works with.
//!
//! The lists hold what callers type, so they may be personal data: `Debug` shows their lengths only.

use core::fmt;
use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::DetectError;
use crate::Entity;

/// The threshold when none is given.
pub const DEFAULT_THRESHOLD: f32 = 0.4;
/// The most entries of an allow or a deny list.
pub const MAX_LIST_ENTRIES: usize = 1_000;
/// The longest entry of an allow or a deny list, in bytes. Bounds the work at each word.
pub const MAX_LIST_ENTRY_BYTES: usize = 128;

/// How to look. [`DetectOptions::default`] looks for every type.
#[derive(Clone, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct DetectOptions {
    /// The language of the context words. `en` is the only one so far.
    pub language: String,
    /// The types to look for, by name; all when absent. Unknown names and an empty list are errors.
    pub entities: Option<Vec<String>>,
    /// The least confidence that is reported, from 0 to 1.
    pub threshold: f32,
    /// Values never reported: a finding whose text is exactly one of these is dropped.
    pub allow: Vec<String>,
    /// Values always reported as `DENY_LIST`, where they stand as whole words, case included.
    pub deny: Vec<String>,
}

impl Default for DetectOptions {
    fn default() -> Self {
        Self {
            language: "en".to_owned(),
            entities: None,
            threshold: DEFAULT_THRESHOLD,
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
    /// Whether these options could leave in place what the default ones find.
    pub(crate) fn narrows(&self) -> bool {
        self.entities.is_some()
            || !self.allow.is_empty()
            || percent(self.threshold) > percent(DEFAULT_THRESHOLD)
    }
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

/// Options that make sense.
pub(super) struct Plan<'a> {
    wanted: Option<Vec<Entity>>,
    pub(super) threshold_percent: u8,
    allow: HashSet<&'a str>,
    /// In byte order, so that the search can narrow them down byte by byte.
    pub(super) deny: Vec<&'a [u8]>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(options: &'a DetectOptions) -> Result<Self, DetectError> {
        if options.language != "en" {
            return Err(DetectError::UnsupportedLanguage);
        }
        let threshold_percent = percent(options.threshold);
        if threshold_percent > 100 {
            return Err(DetectError::InvalidThreshold);
        }
        let wanted = options.entities.as_deref().map(wanted).transpose()?;
        check_list(&options.allow)?;
        check_list(&options.deny)?;
        let mut deny: Vec<_> = options.deny.iter().map(String::as_bytes).collect();
        deny.sort_unstable();
        Ok(Self {
            wanted,
            threshold_percent,
            allow: options.allow.iter().map(String::as_str).collect(),
            deny,
        })
    }

    pub(super) fn wants(&self, entity: Entity) -> bool {
        self.wanted
            .as_ref()
            .is_none_or(|wanted| wanted.contains(&entity))
    }

    pub(super) fn allows(&self, value: &str) -> bool {
        self.allow.contains(value)
    }
}

fn wanted(names: &[String]) -> Result<Vec<Entity>, DetectError> {
    if names.is_empty() {
        return Err(DetectError::NoEntities);
    }
    // More names than types repeat themselves; the list is read again for each item.
    if names.len() > Entity::ALL.len() {
        return Err(DetectError::ListTooLong {
            entries: names.len(),
        });
    }
    let mut wanted = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let entity = Entity::parse(name).ok_or(DetectError::UnknownEntity { index })?;
        if !wanted.contains(&entity) {
            wanted.push(entity);
        }
    }
    Ok(wanted)
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
