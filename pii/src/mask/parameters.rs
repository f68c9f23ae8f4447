//! What `mask` takes.

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use crate::detect::percent;
use crate::operation::ParameterError;

/// What `mask` takes. Counts are in grapheme clusters, characters as a user sees them.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct MaskParameters {
    /// The character put in place of each hidden one.
    pub with: String,
    /// How many to keep at the beginning; negative: all but so many.
    pub keep_first: i32,
    /// How many to keep at the end; negative: all but so many.
    pub keep_last: i32,
    /// Separators: kept as they are and not counted.
    pub skip: String,
    /// When given, the item is a text and only findings of these types in it are masked.
    pub entities: Option<Vec<String>>,
    /// The least confidence of such findings; the default one when absent.
    pub threshold: Option<f32>,
}

impl Default for MaskParameters {
    fn default() -> Self {
        Self {
            with: "*".to_owned(),
            keep_first: 0,
            keep_last: 0,
            skip: String::new(),
            entities: None,
            threshold: None,
        }
    }
}

impl MaskParameters {
    /// The keys of `mask`.
    pub const PARAMETERS: &[&str] = &[
        "with",
        "keep_first",
        "keep_last",
        "skip",
        "entities",
        "threshold",
    ];
    /// The longest replacement, in bytes: an output grows by this factor at most.
    pub const MAX_WITH_BYTES: usize = 8;
    /// The longest list of separators, in bytes.
    pub const MAX_SKIP_BYTES: usize = 64;

    /// Whether a count is negative, so that more is kept the longer the value is.
    pub(crate) const fn keeps_all_but(&self) -> bool {
        self.keep_first < 0 || self.keep_last < 0
    }

    /// Checks what the types do not.
    ///
    /// # Errors
    ///
    /// [`ParameterError::With`], [`ParameterError::Skip`] or [`ParameterError::Threshold`].
    pub fn check(&self) -> Result<(), ParameterError> {
        if self.with.len() > Self::MAX_WITH_BYTES || self.with.graphemes(true).count() != 1 {
            return Err(ParameterError::With);
        }
        if self.skip.len() > Self::MAX_SKIP_BYTES || self.skip.contains(char::is_alphanumeric) {
            return Err(ParameterError::Skip);
        }
        match self.threshold {
            Some(threshold) if percent(threshold) > 100 || self.entities.is_none() => {
                Err(ParameterError::Threshold)
            }
            _ => Ok(()),
        }
    }
}
