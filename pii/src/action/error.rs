//! Why an action made nothing of a value: the errors of the operations under one roof.

use crate::ValueError;
use crate::format::FormatError;
use crate::keys::NoKey;
use crate::operation::ParameterError;
use crate::placeholder::PlaceholderError;
use crate::tokenize::TokenError;
use crate::transform::SpanError;

/// Why an action made nothing of a value. Never holds the value.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ActionError {
    /// A parameter makes no sense.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// Of `encrypt_format` and `decrypt_format`.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// Of `tokenize` and `detokenize`.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The value is not what the operation reads.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// Of `placeholder`.
    #[error(transparent)]
    Placeholder(#[from] PlaceholderError),
    /// There is no key.
    #[error(transparent)]
    Key(#[from] NoKey),
    /// The text was not searched, or what was found does not fit it.
    #[error(transparent)]
    Span(#[from] SpanError),
}

impl ActionError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Parameter(error) => error.code(),
            Self::Format(error) => error.code(),
            Self::Token(error) => error.code(),
            Self::Value(error) => error.code(),
            Self::Placeholder(error) => error.code(),
            Self::Key(error) => error.code(),
            Self::Span(error) => error.code(),
        }
    }
}
