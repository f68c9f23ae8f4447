//! What the operations on tokens take.

use serde::{Deserialize, Serialize};

use crate::operation::{ParameterError, check_place};

/// What `tokenize` and `retokenize` take. Keys and versions are the enclave's.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TokenParameters {
    /// What the value is. A token of one entity does not open as another's.
    pub entity: String,
    /// What the token is for. A token of one context does not open in another.
    #[serde(default)]
    pub context: String,
}

impl TokenParameters {
    /// The keys of both operations.
    pub const PARAMETERS: &[&str] = &["entity", "context"];
    /// Entities with so few values that whoever sees many tokens reads them off by their
    /// frequency. A context at least keeps those of different uses apart.
    pub const FEW_VALUES: &[&str] = &["AGE", "BOOLEAN", "GENDER", "SEX", "YEAR", "YES_NO"];

    /// Checks what the types do not.
    ///
    /// # Errors
    ///
    /// [`ParameterError::Entity`] or [`ParameterError::Context`].
    pub fn check(&self) -> Result<(), ParameterError> {
        check_place(&self.entity, &self.context)
    }

    /// Checks what a new token needs besides.
    ///
    /// # Errors
    ///
    /// Those of [`Self::check`], or [`ParameterError::ContextRequired`].
    pub fn check_new(&self) -> Result<(), ParameterError> {
        self.check()?;
        if self.context.is_empty() && Self::FEW_VALUES.contains(&self.entity.as_str()) {
            return Err(ParameterError::ContextRequired);
        }
        Ok(())
    }
}

/// What `detokenize` takes.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DetokenizeParameters {
    /// What the token says it is of.
    pub entity: String,
    /// What it was made for.
    #[serde(default)]
    pub context: String,
    /// Whether the value is a text: each token of the entity in it is opened, and the rest stays as it is.
    /// A token that does not open is an error of the whole text.
    #[serde(default)]
    pub inline: bool,
}

impl DetokenizeParameters {
    /// The keys of `detokenize`.
    pub const PARAMETERS: &[&str] = &["entity", "context", "inline"];

    /// Checks what the types do not.
    ///
    /// # Errors
    ///
    /// [`ParameterError::Entity`] or [`ParameterError::Context`].
    pub fn check(&self) -> Result<(), ParameterError> {
        check_place(&self.entity, &self.context)
    }
}
