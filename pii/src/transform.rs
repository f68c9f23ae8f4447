//! Free text with each finding replaced by what an action makes of it.
//!
//! What is found is somebody else's work: this takes [`Span`]s, in order and apart, and trusts neither
//! that they are nor that they lie on characters. What was not found stays as it is. Next:
//! [`crate::action`].

mod find;

use zeroize::Zeroizing;

use crate::Transformed;
use crate::action::{
    Action, ActionError, Input, Outcome, PreparedText, Run, TextParameters, strictness,
};
use crate::keys::Keys;
use crate::operation::Class;
use crate::placeholder::Placeholders;

pub(crate) use find::find_named;
pub use find::{Find, Finder, Found};

/// A finding: where it stands, in bytes, and of what type it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Span<'a> {
    /// Its first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
    /// Its type.
    pub entity: &'a str,
    /// Whether findings of other types overlap it and stick out of what is of this type.
    pub joined: bool,
}

/// Why a text was not transformed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SpanError {
    /// The spans are not in order, overlap, or do not lie on characters of the text.
    #[error("the findings do not fit the text")]
    Misplaced,
    /// Nothing that searches was given.
    #[error("there is nothing to search the text with")]
    NoFinder,
    /// The search failed, with this code of its own.
    #[error("the text was not searched: {0}")]
    Search(&'static str),
}

impl SpanError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Misplaced => "spans_misplaced",
            Self::NoFinder => "no_detector",
            Self::Search(code) => code,
        }
    }
}

/// Each part of a text: what stands before a span, what stands in it, and the span.
fn parts<'t, 's>(
    text: &'t str,
    spans: &'s [Span<'s>],
) -> impl Iterator<Item = Result<(&'t str, &'t str, &'s Span<'s>), SpanError>> {
    let mut at = 0;
    spans.iter().map(move |span| {
        let before = text.get(at..span.start);
        let found = text
            .get(span.start..span.end)
            .filter(|found| !found.is_empty());
        at = span.end;
        match (before, found) {
            (Some(before), Some(found)) => Ok((before, found, span)),
            _ => Err(SpanError::Misplaced),
        }
    })
}

fn rest<'t>(text: &'t str, spans: &[Span<'_>]) -> &'t str {
    let end = spans.last().map_or(0, |span| span.end);
    text.get(end..).unwrap_or_default()
}

/// Appends `text` with each span replaced by its type.
pub(crate) fn redact(text: &str, spans: &[Span<'_>], output: &mut String) -> Result<(), SpanError> {
    for part in parts(text, spans) {
        let (before, _, span) = part?;
        output.extend([before, "<", span.entity, ">"]);
    }
    output.push_str(rest(text, spans));
    Ok(())
}

/// Appends the text of `input` with each span replaced by what its action makes of it.
///
/// A finding of several types, or that its action cannot read, is redacted. The class is the strictest
/// of what the actions let out and of what the text does where nothing is found ([`PreparedText::class`]). Besides, how many spans were hidden: all but those whose action let
/// the value out.
pub(crate) fn append(
    actions: &mut PreparedText<'_>,
    input: Input<'_>,
    spans: &[Span<'_>],
    run: &mut Run<'_>,
    output: &mut String,
) -> Result<(Class, usize), ActionError> {
    let mut class = actions.class();
    let mut hidden = spans.len();
    for part in parts(input.value, spans) {
        let (before, value, span) = part?;
        output.push_str(before);
        let finding = Input {
            value,
            entity: Some(span.entity),
            ..input
        };
        let start = output.len();
        let action = actions.of(span.entity);
        let made = match action.apply(finding, run, output) {
            // Part of it is of another type, for which this action was not chosen.
            Ok(Outcome::Written(_)) if span.joined => None,
            // It is found in more forms than its action reads.
            Err(ActionError::Value(_)) => None,
            made => Some(made?),
        };
        match made {
            Some(Outcome::Written(here)) => {
                class = stricter(class, here);
                hidden -= usize::from(here == Class::Plaintext);
            }
            Some(Outcome::Dropped) => {}
            None => {
                output.truncate(start);
                output.extend(["<", span.entity, ">"]);
            }
        }
    }
    output.push_str(rest(input.value, spans));
    Ok((class, hidden))
}

pub(crate) const fn stricter(one: Class, other: Class) -> Class {
    if strictness(one) < strictness(other) {
        other
    } else {
        one
    }
}

/// Transforms a text whose findings are known already. See [`crate::action::Action::Text`].
///
/// # Errors
///
/// [`ActionError`].
pub fn text(
    text: &str,
    spans: &[Span<'_>],
    parameters: &TextParameters,
    keys: &dyn Keys,
    placeholders: &mut Placeholders,
) -> Result<Transformed, ActionError> {
    Action::Text(parameters.clone()).check()?;
    let mut actions = PreparedText::new(parameters, keys)?;
    let mut output = Zeroizing::new(String::with_capacity(text.len() + spans.len() * 16));
    let mut run = Run {
        find: None,
        placeholders,
    };
    let (class, hidden) = append(&mut actions, Input::new(text), spans, &mut run, &mut output)?;
    Ok(Transformed {
        text: output,
        class,
        hidden,
    })
}

#[cfg(test)]
mod tests;
