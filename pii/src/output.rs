//! Text that leaves an operation, together with the class of what it lets out.
//!
//! The class is decided here once, from the parameters and from what happened to this very value,
//! so that a caller of the crate cannot forget the second half. The text is wiped on drop and is
//! never shown by `Debug`. Next: [`crate::operation::class_of`], which decides before anything runs.

use core::fmt;

use zeroize::Zeroizing;

use crate::operation::Class;

/// What an operation made of one value or text.
#[derive(Clone, Eq, PartialEq)]
pub struct Transformed {
    /// The output. It holds whatever the operation left readable.
    pub text: Zeroizing<String>,
    /// What this output lets out: [`Class::Masked`], or [`Class::Plaintext`] when nothing of the
    /// value was hidden.
    pub class: Class,
    /// How much was hidden: grapheme clusters for `mask`, findings for `redact` and for a text of
    /// actions, where those that are let out do not count.
    pub hidden: usize,
}

impl fmt::Debug for Transformed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Transformed")
            .field("class", &self.class)
            .field("hidden", &self.hidden)
            .finish_non_exhaustive()
    }
}
