//! What searches texts for the actions `redact` and `text`: the engine, with options or without.
//!
//! A search says besides what a text lets out when all that it found is hidden, because a search that
//! looks for less leaves what it does not look for. Next: [`crate::detect`].

use core::cmp::Reverse;

use zeroize::Zeroizing;

use super::{Span, SpanError};
use crate::detect::{DetectError, DetectOptions, Engine};
use crate::operation::{Class, searched};

/// What a search found in a text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Found<'a> {
    /// The findings in order, none overlapping another.
    pub spans: Vec<Span<'a>>,
    /// What the text lets out when every one of them is hidden: [`Class::Masked`], or
    /// [`Class::Plaintext`] of a search that may leave what others find.
    pub class: Class,
}

/// Finds what is to be treated in a text.
pub trait Find {
    /// What is found.
    ///
    /// # Errors
    ///
    /// [`SpanError::Search`]; the text is then not transformed at all.
    fn find<'a>(&'a self, text: &str) -> Result<Found<'a>, SpanError>;
}

/// What is found in the value of a field of this name, which announces it as a word before it would:
/// the social security number of a column `ssn` is one. What the value alone shows is found too.
pub(crate) fn find_named<'a>(
    find: &'a dyn Find,
    name: &str,
    value: &str,
) -> Result<Found<'a>, SpanError> {
    let mut found = find.find(value)?;
    let mut text = words_of(name);
    if text.is_empty() || value.is_empty() {
        return Ok(found);
    }
    text.push_str(": ");
    let before = text.len();
    text.push_str(value);
    let announced = find.find(&text)?.spans.into_iter();
    let announced = announced.filter(|span| span.end > before);
    let announced = announced.map(|span| Span {
        start: span.start.saturating_sub(before),
        end: span.end - before,
        ..span
    });
    // First, so that of two of one stretch the announced type is taken.
    found.spans.splice(0..0, announced);
    join(&mut found.spans);
    Ok(found)
}

/// Puts spans in order and joins those that overlap, under the type of the one that begins first, or is
/// the longer.
fn join(spans: &mut Vec<Span<'_>>) {
    spans.sort_by_key(|span| (span.start, Reverse(span.end)));
    spans.dedup_by(|next, span| {
        let overlaps = next.start < span.end;
        if overlaps {
            span.joined |= next.joined || next.end > span.end && next.entity != span.entity;
            span.end = span.end.max(next.end);
        }
        overlaps
    });
}

/// The words of a name such as `socialSecurityNumber` or `date_of_birth`, with room for a value.
fn words_of(name: &str) -> Zeroizing<String> {
    let mut words = Zeroizing::new(String::with_capacity(2 * MAX_NAME_BYTES));
    let mut last = ' ';
    let mut characters = name.chars().take(MAX_NAME_BYTES / 4).peekable();
    while let Some(character) = characters.next() {
        let is_small = |it: &char| it.is_lowercase();
        let begins = character.is_uppercase()
            && (is_small(&last) || characters.peek().is_some_and(is_small))
            || last.is_alphabetic() != character.is_alphabetic();
        if begins || !character.is_alphanumeric() {
            words.push(' ');
        }
        if character.is_alphanumeric() {
            words.push(character);
        }
        last = character;
    }
    words
}

/// What of a name is read, in bytes.
const MAX_NAME_BYTES: usize = 256;

/// With the default options.
impl Find for Engine {
    fn find<'a>(&'a self, text: &str) -> Result<Found<'a>, SpanError> {
        search(self, text, &DetectOptions::default(), Class::Masked)
    }
}

/// The engine with options.
#[derive(Debug)]
pub struct Finder<'e> {
    engine: &'e Engine,
    options: DetectOptions,
    class: Class,
}

impl<'e> Finder<'e> {
    /// Searches with these options.
    ///
    /// Where they look for less than the default ones, or hold lists of values, every text that is
    /// searched counts as [`Class::Plaintext`]: to tell what is left in it would take the search that
    /// was to be saved.
    ///
    /// # Errors
    ///
    /// [`DetectError`], when the options make no sense.
    pub fn new(engine: &'e Engine, options: DetectOptions) -> Result<Self, DetectError> {
        // An empty text is searched in no time, and tells what is wrong with the options.
        engine.cover("", &options)?;
        let class = match searched(&options) {
            Some(class) => class,
            None if options.narrows() => Class::Plaintext,
            None => Class::Masked,
        };
        Ok(Self {
            engine,
            options,
            class,
        })
    }
}

impl Find for Finder<'_> {
    fn find<'a>(&'a self, text: &str) -> Result<Found<'a>, SpanError> {
        search(self.engine, text, &self.options, self.class)
    }
}

fn search(
    engine: &Engine,
    text: &str,
    options: &DetectOptions,
    class: Class,
) -> Result<Found<'static>, SpanError> {
    let findings = engine.cover(text, options);
    let findings = findings.map_err(|error| SpanError::Search(error.code()))?;
    let spans = findings.iter().map(|finding| Span {
        start: finding.start,
        end: finding.end,
        entity: finding.entity.name(),
        joined: finding.joined,
    });
    Ok(Found {
        spans: spans.collect(),
        class,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use std::sync::LazyLock;

    use super::*;

    /// Compiled once: that takes longer than all that is asked of it here.
    static ENGINE: LazyLock<Engine> = LazyLock::new(Engine::new);

    const TEXT: &str = "Dear Mr Peter Miller, SSN 078-05-1123, card 4111 1111 1111 1112";

    /// Types that are found, and the class.
    fn found(options: DetectOptions) -> (String, Class) {
        let finder = Finder::new(&ENGINE, options).unwrap();
        let found = finder.find(TEXT).unwrap();
        let types: Vec<_> = found.spans.iter().map(|span| span.entity).collect();
        (types.join(" "), found.class)
    }

    #[test]
    fn a_finder_without_options_finds_what_the_engine_does() {
        let finder = Finder::new(&ENGINE, DetectOptions::default()).unwrap();
        assert_eq!(finder.find(TEXT), ENGINE.find(TEXT));
    }

    #[test]
    fn a_search_for_less_is_plaintext_and_one_for_more_is_masked() {
        let default = DetectOptions::default;
        let more = DetectOptions {
            looks_like: true,
            ..default()
        };
        let types = "PERSON US_SSN CREDIT_CARD".to_owned();
        assert_eq!(found(more), (types, Class::Masked));
        for options in [
            DetectOptions {
                names: false,
                ..default()
            },
            DetectOptions {
                entities: Some(vec!["US_SSN".to_owned()]),
                ..default()
            },
            DetectOptions {
                thresholds: [("PERSON".to_owned(), 1.0)].into(),
                ..default()
            },
        ] {
            assert_eq!(found(options), ("US_SSN".to_owned(), Class::Plaintext));
        }
        let listed = DetectOptions {
            deny: vec!["Dear".to_owned()],
            ..default()
        };
        let types = "DENY_LIST PERSON US_SSN".to_owned();
        assert_eq!(found(listed), (types, Class::Plaintext));
    }

    #[test]
    fn the_name_of_a_field_announces_its_value() {
        let found = |name: &str, value: &str| {
            let found = find_named(&*ENGINE, name, value).unwrap();
            let span = |span: &Span<'_>| {
                (
                    span.entity.to_owned(),
                    value[span.start..span.end].to_owned(),
                )
            };
            found.spans.iter().map(span).collect::<Vec<_>>()
        };
        let ssn = |value: &str| vec![("US_SSN".to_owned(), value.to_owned())];
        for name in [
            "ssn",
            "SSN",
            "socialSecurityNumber",
            "social_security_number",
        ] {
            assert_eq!(found(name, "078051123"), ssn("078051123"), "{name}");
        }
        let nhs = vec![("UK_NHS".to_owned(), "943 476 5919".to_owned())];
        assert_eq!(found("nhs", "943 476 5919"), nhs);
        assert_eq!(found("", "078051123"), []);
        assert_eq!(found("jo@example.com", "x"), []);
        assert_eq!(found("ssn", ""), []);
    }

    #[test]
    fn options_that_make_no_sense_are_refused_before_any_text() {
        let options = DetectOptions {
            regions: Some(Vec::new()),
            ..DetectOptions::default()
        };
        let refused = Finder::new(&ENGINE, options).map(drop);
        assert_eq!(refused, Err(DetectError::InvalidRegion));
    }
}
