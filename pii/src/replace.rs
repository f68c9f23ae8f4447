//! A value replaced by a fixed text. The text is the policy's, so nothing of the value is left.

use serde::{Deserialize, Serialize};

use crate::operation::{Class, ParameterError};

/// What `replace` takes.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ReplaceParameters {
    /// What stands in place of each value.
    pub with: String,
}

impl ReplaceParameters {
    /// The keys of `replace`.
    pub const PARAMETERS: &[&str] = &["with"];
    /// The longest text, in bytes.
    pub const MAX_BYTES: usize = 1024;
    /// What it lets out.
    pub const CLASS: Class = Class::Masked;

    /// Checks what the types do not.
    ///
    /// # Errors
    ///
    /// [`ParameterError::Text`].
    pub fn check(&self) -> Result<(), ParameterError> {
        if self.with.len() > Self::MAX_BYTES {
            return Err(ParameterError::Text);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_bounded() {
        let of = |bytes| {
            ReplaceParameters {
                with: "x".repeat(bytes),
            }
            .check()
        };
        assert_eq!(of(1024), Ok(()));
        assert_eq!(of(1025), Err(ParameterError::Text));
    }
}
