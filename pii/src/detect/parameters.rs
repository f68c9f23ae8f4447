//! What the operations `detect` and `redact` take.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::DetectOptions;
use crate::offsets::OffsetUnit;
use crate::operation::Hidden;

impl DetectOptions {
    /// The keys of `redact`.
    pub const PARAMETERS: &[&str] = match DetectParameters::PARAMETERS.split_last() {
        Some((_offsets, of_both)) => of_both,
        None => &[],
    };
}

/// What `detect` takes: [`DetectOptions`] and the unit of the offsets.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct DetectParameters {
    /// See [`DetectOptions::language`]; `en` when absent.
    pub language: Option<String>,
    /// See [`DetectOptions::entities`].
    pub entities: Option<Vec<String>>,
    /// See [`DetectOptions::threshold`]; the default one when absent.
    pub threshold: Option<f32>,
    /// See [`DetectOptions::thresholds`].
    pub thresholds: BTreeMap<String, f32>,
    /// See [`DetectOptions::regions`].
    pub regions: Option<Vec<String>>,
    /// See [`DetectOptions::names`]; looked for when absent.
    pub names: Option<bool>,
    /// See [`DetectOptions::looks_like`].
    pub looks_like: bool,
    /// See [`DetectOptions::allow`].
    pub allow: Hidden<Vec<String>>,
    /// See [`DetectOptions::deny`].
    pub deny: Hidden<Vec<String>>,
    /// What `start` and `end` of the findings count.
    pub offsets: OffsetUnit,
}

impl DetectParameters {
    /// The keys of `detect`; the last is its own.
    pub const PARAMETERS: &[&str] = &[
        "language",
        "entities",
        "threshold",
        "thresholds",
        "regions",
        "names",
        "looks_like",
        "allow",
        "deny",
        "offsets",
    ];

    /// The part that says how to look.
    pub fn options(&self) -> DetectOptions {
        let default = DetectOptions::default();
        DetectOptions {
            language: self.language.clone().unwrap_or(default.language),
            entities: self.entities.clone(),
            threshold: self.threshold.unwrap_or(default.threshold),
            thresholds: self.thresholds.clone(),
            regions: self.regions.clone(),
            names: self.names.unwrap_or(default.names),
            looks_like: self.looks_like,
            allow: self.allow.0.clone(),
            deny: self.deny.0.clone(),
        }
    }
}
