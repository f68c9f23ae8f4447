//! Values with characters replaced: `***-**-1123`.
//!
//! Counts are in grapheme clusters (UAX #29), so an accent or an emoji is one. Separators named in
//! `skip` stay and are not counted. Kept characters are counted from each end; where both counts
//! meet, nothing is hidden, and the output is then [`Class::Plaintext`] whatever was intended: the
//! class is decided per value. A mask shows how long a value is, and keeping all but one digit of a
//! number with a check digit keeps the number; policy bounds the counts. Next: [`crate::redact`].

mod parameters;

use unicode_segmentation::UnicodeSegmentation;
use zeroize::Zeroizing;

use crate::Transformed;
use crate::detect::{DEFAULT_THRESHOLD, DetectError, DetectOptions, Engine};
use crate::operation::{Class, ParameterError};
use crate::redact::escapes;

pub use parameters::MaskParameters;

/// Why something was not masked.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum MaskError {
    /// A parameter makes no sense.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// The text was not scanned.
    #[error(transparent)]
    Detect(#[from] DetectError),
}

impl MaskError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Parameter(error) => error.code(),
            Self::Detect(error) => error.code(),
        }
    }
}

/// Masks `item`: the findings in it when the parameters name entities, otherwise the whole of it.
///
/// # Errors
///
/// [`MaskError`].
pub fn mask(
    engine: &Engine,
    item: &str,
    parameters: &MaskParameters,
) -> Result<Transformed, MaskError> {
    match &parameters.entities {
        None => Ok(mask_value(item, parameters)?),
        Some(entities) => {
            let options = DetectOptions {
                entities: Some(entities.clone()),
                threshold: parameters.threshold.unwrap_or(DEFAULT_THRESHOLD),
                ..DetectOptions::default()
            };
            mask_text(engine, item, parameters, &options)
        }
    }
}

/// Masks the whole of `value`.
///
/// The class is [`Class::Plaintext`] when a count is negative or nothing of the value was hidden. An
/// empty value has nothing to hide and is masked.
///
/// # Errors
///
/// [`ParameterError`], when the parameters make no sense.
pub fn mask_value(value: &str, parameters: &MaskParameters) -> Result<Transformed, ParameterError> {
    parameters.check()?;
    let mut text = Zeroizing::new(String::with_capacity(longest(value.len(), parameters)));
    let hidden = append(&mut text, value, parameters);
    Ok(Transformed {
        text,
        class: class_of_value(hidden, value, parameters),
        hidden,
    })
}

/// [`mask_value`] for parameters that are checked, into a buffer.
pub(crate) fn append_value(output: &mut String, value: &str, parameters: &MaskParameters) -> Class {
    let hidden = append(output, value, parameters);
    class_of_value(hidden, value, parameters)
}

fn class_of_value(hidden: usize, value: &str, parameters: &MaskParameters) -> Class {
    if parameters.keeps_all_but() || (hidden == 0 && !value.is_empty()) {
        Class::Plaintext
    } else {
        Class::Masked
    }
}

/// Masks each finding in `text` as a value of its own and leaves the rest.
///
/// The class is [`Class::Plaintext`] when a count is negative, when nothing of some finding was
/// hidden, or when something stays in place that the default options find.
fn mask_text(
    engine: &Engine,
    text: &str,
    parameters: &MaskParameters,
    options: &DetectOptions,
) -> Result<Transformed, MaskError> {
    parameters.check()?;
    let findings = engine.cover(text, options)?;
    let mut output = Zeroizing::new(String::with_capacity(longest(text.len(), parameters)));
    let mut reveals = parameters.keeps_all_but();
    let (mut at, mut hidden) = (0, 0);
    for finding in &findings {
        output.push_str(&text[at..finding.start]);
        let here = append(&mut output, &text[finding.start..finding.end], parameters);
        reveals |= here == 0;
        hidden += here;
        at = finding.end;
    }
    output.push_str(&text[at..]);
    reveals |= escapes(engine, text, options, &findings)?;
    Ok(Transformed {
        text: output,
        class: if reveals {
            Class::Plaintext
        } else {
            Class::Masked
        },
        hidden,
    })
}

/// The longest output, reserved at once so that no copy of it is left behind by growing.
const fn longest(bytes: usize, parameters: &MaskParameters) -> usize {
    // Every grapheme is a byte at least, and becomes itself or one replacement.
    let factor = if parameters.with.is_empty() {
        1
    } else {
        parameters.with.len()
    };
    bytes.saturating_mul(factor)
}

/// Appends the masked value and returns how many grapheme clusters were hidden.
fn append(output: &mut String, value: &str, parameters: &MaskParameters) -> usize {
    let separators: Vec<&str> = graphemes(&parameters.skip).collect();
    let is_separator = |grapheme: &str| separators.contains(&grapheme);
    let counted = graphemes(value)
        .filter(|grapheme| !is_separator(grapheme))
        .count();
    let first = kept(parameters.keep_first, counted);
    let last_from = counted - kept(parameters.keep_last, counted);
    let (mut place, mut hidden) = (0, 0);
    for grapheme in graphemes(value) {
        if is_separator(grapheme) {
            output.push_str(grapheme);
            continue;
        }
        if place < first || place >= last_from {
            output.push_str(grapheme);
        } else {
            output.push_str(&parameters.with);
            hidden += 1;
        }
        place += 1;
    }
    hidden
}

/// The grapheme clusters of `value`. In ASCII each character is one, unless CR joins LF (UAX #29,
/// GB3), so most values need no look into the tables.
fn graphemes(value: &str) -> impl Iterator<Item = &str> {
    let (plain, other) = if value.is_ascii() && !value.contains('\r') {
        (value, "")
    } else {
        ("", value)
    };
    let plain = (0..plain.len()).map(move |at| &plain[at..=at]);
    plain.chain(other.graphemes(true))
}

/// How many of `counted` a count keeps.
fn kept(count: i32, counted: usize) -> usize {
    let magnitude = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    if count < 0 {
        counted.saturating_sub(magnitude)
    } else {
        magnitude.min(counted)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;

    fn keep(keep_first: i32, keep_last: i32, skip: &str) -> MaskParameters {
        MaskParameters {
            keep_first,
            keep_last,
            skip: skip.to_owned(),
            ..MaskParameters::default()
        }
    }

    fn masked(value: &str, parameters: &MaskParameters) -> (String, Class) {
        let output = mask_value(value, parameters).unwrap();
        (output.text.to_string(), output.class)
    }

    fn case(value: &str, parameters: &MaskParameters, expected: &str, class: Class) {
        assert_eq!(
            masked(value, parameters),
            (expected.to_owned(), class),
            "{value}"
        );
    }

    #[test]
    fn kept_characters_are_counted_from_the_ends_without_separators() {
        case(
            "078-05-1123",
            &keep(0, 4, "- "),
            "***-**-1123",
            Class::Masked,
        );
        case(
            "4111 1111 1111 1111",
            &keep(4, 4, " "),
            "4111 **** **** 1111",
            Class::Masked,
        );
        case("078-05-1123", &keep(0, 4, ""), "*******1123", Class::Masked);
        case("secret", &keep(0, 0, ""), "******", Class::Masked);
        case("", &keep(0, 4, ""), "", Class::Masked);
    }

    #[test]
    fn a_character_is_what_a_user_sees() {
        case(
            "e\u{301}te\u{301}",
            &keep(1, 0, ""),
            "e\u{301}**",
            Class::Masked,
        );
        case(
            "\u{1f469}\u{200d}\u{1f52c}ab",
            &keep(0, 1, ""),
            "**b",
            Class::Masked,
        );
        let dots = MaskParameters {
            with: "\u{2022}".to_owned(),
            ..keep(0, 1, "")
        };
        case("abc", &dots, "\u{2022}\u{2022}c", Class::Masked);
    }

    #[test]
    fn a_negative_count_keeps_all_but_so_many_and_is_plaintext() {
        case("12345", &keep(-2, 0, ""), "123**", Class::Plaintext);
        case("12345", &keep(0, -2, ""), "**345", Class::Plaintext);
        case("12345", &keep(-9, 0, ""), "*****", Class::Plaintext);
        case("12345", &keep(i32::MIN, 0, ""), "*****", Class::Plaintext);
    }

    #[test]
    fn a_value_of_which_nothing_is_hidden_is_plaintext() {
        case("1123", &keep(0, 4, ""), "1123", Class::Plaintext);
        case("12345", &keep(3, 2, ""), "12345", Class::Plaintext);
        case("12345", &keep(i32::MAX, 0, ""), "12345", Class::Plaintext);
        case("- -", &keep(0, 0, "- "), "- -", Class::Plaintext);
        case("12345", &keep(3, 1, ""), "123*5", Class::Masked);
    }

    #[test]
    fn only_findings_are_masked_when_entities_are_named() {
        let parameters = MaskParameters {
            entities: Some(vec!["US_SSN".to_owned()]),
            ..keep(0, 4, "-")
        };
        let engine = Engine::new();
        let output = mask(&engine, "His SSN 078-05-1123.", &parameters).unwrap();
        assert_eq!(output.text.as_str(), "His SSN ***-**-1123.");
        assert_eq!((output.class, output.hidden), (Class::Masked, 5));
        let left = mask(&engine, "SSN 078-05-1123 jo@example.com", &parameters).unwrap();
        assert_eq!(left.text.as_str(), "SSN ***-**-1123 jo@example.com");
        assert_eq!(left.class, Class::Plaintext);
        let all = MaskParameters {
            keep_last: 9,
            ..parameters
        };
        let kept = mask(&engine, "SSN 078-05-1123", &all).unwrap();
        assert_eq!(kept.class, Class::Plaintext);
    }

    #[test]
    fn errors_keep_their_codes() {
        let engine = Engine::new();
        let unknown = MaskParameters {
            entities: Some(vec!["NO_SUCH_TYPE".to_owned()]),
            ..MaskParameters::default()
        };
        let error = mask(&engine, "a", &unknown).unwrap_err();
        assert_eq!(
            error,
            MaskError::Detect(DetectError::UnknownEntity { index: 0 })
        );
        assert_eq!(error.code(), "unknown_entity");
        let error = mask(&engine, "a", &keep(0, 0, "a")).unwrap_err();
        assert_eq!(error, MaskError::Parameter(ParameterError::Skip));
        assert_eq!(error.code(), "invalid_parameter");
    }

    proptest::proptest! {
        #[test]
        fn the_short_way_over_ascii_finds_the_clusters_of_the_standard(
            value in "[\\x00-\\x7f]{0,40}", other in ".{0,20}",
        ) {
            for value in [&value, &other] {
                let standard = UnicodeSegmentation::graphemes(value.as_str(), true);
                proptest::prop_assert!(graphemes(value).eq(standard));
            }
        }
    }
}
