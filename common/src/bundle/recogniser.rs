//! Recognisers of an owner's own: what they find is personal data for every caller.
//!
//! Here they are members that are known and of the right type. What a pattern costs, and whether it
//! makes sense, is the business of the crate that runs it: the enclave compiles them once, before it
//! serves, and refuses to start with one that it cannot run; whoever signs does the same first.

use serde::{Deserialize, Serialize};

/// A recogniser, written as in the files of `vouchsafe detect` (docs/DETECT.md).
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recogniser {
    /// The type of what it finds, as requests and findings name it.
    pub entity: String,
    /// A regular expression without look-around, of bounded length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// In place of a pattern: words as they stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Vec<String>>,
    /// How sure a match is, from 0 to 1. Kept as it was written: a float equals nothing for certain.
    pub confidence: serde_json::Number,
    /// Words before a match that make it surer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<String>,
    /// The name of the rule that a match must pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
}

impl Recogniser {
    /// The object, for the crate that compiles it.
    pub fn to_json(&self) -> String {
        // Texts and a number always have a form in JSON; no text at all would be no recogniser.
        serde_json::to_string(self).unwrap_or_default()
    }
}
