//! Spans in the unit a caller counts in: bytes, code points or UTF-16 units.
//!
//! The engine counts bytes. Python counts code points, JavaScript and Java UTF-16 units; one pass
//! over the text converts any number of findings, in any order.

use serde::{Deserialize, Serialize};

use crate::Finding;

/// What offsets count.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OffsetUnit {
    /// Bytes of UTF-8.
    Byte,
    /// Unicode code points.
    #[default]
    Codepoint,
    /// UTF-16 code units.
    Utf16,
}

/// Where something starts and ends, the end excluded.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Span {
    /// The first unit.
    pub start: usize,
    /// The unit after the last.
    pub end: usize,
}

/// Why spans were not converted.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum OffsetError {
    /// A finding of another text: its span is not on the characters of this one.
    #[error("finding {index} does not fit the text")]
    OtherText {
        /// Its place in the list, from zero.
        index: usize,
    },
}

impl OffsetError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::OtherText { .. } => "other_text",
        }
    }
}

/// The spans of `findings` in `unit`, in the order given.
///
/// # Errors
///
/// [`OffsetError::OtherText`] when a span does not begin and end on characters of `text`.
pub fn convert(
    text: &str,
    findings: &[Finding],
    unit: OffsetUnit,
) -> Result<Vec<Span>, OffsetError> {
    let fits = |finding: &Finding| text.get(finding.start..finding.end).is_some();
    if let Some(index) = findings.iter().position(|finding| !fits(finding)) {
        return Err(OffsetError::OtherText { index });
    }
    let mut spans: Vec<Span> = findings
        .iter()
        .map(|finding| Span {
            start: finding.start,
            end: finding.end,
        })
        .collect();
    if unit == OffsetUnit::Byte {
        return Ok(spans);
    }
    let mut places: Vec<&mut usize> = spans
        .iter_mut()
        .flat_map(|span| [&mut span.start, &mut span.end])
        .collect();
    places.sort_unstable();
    let (mut bytes, mut units) = (0, 0);
    for place in places {
        for character in text[bytes..*place].chars() {
            units += match unit {
                OffsetUnit::Utf16 => character.len_utf16(),
                OffsetUnit::Codepoint | OffsetUnit::Byte => 1,
            };
        }
        bytes = *place;
        *place = units;
    }
    Ok(spans)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;
    use crate::{DetectOptions, Engine};

    const TEXT: &str = "caf\u{e9} \u{1f600} a@example.com \u{1f600} 078-05-1123";

    #[test]
    fn each_unit_counts_its_own_way() {
        let findings = Engine::new()
            .detect(TEXT, &DetectOptions::default())
            .unwrap();
        let spans = |unit| {
            convert(TEXT, &findings, unit)
                .unwrap()
                .iter()
                .map(|span| (span.start, span.end))
                .collect::<Vec<_>>()
        };
        assert_eq!(spans(OffsetUnit::Byte), [(11, 24), (30, 41)]);
        assert_eq!(spans(OffsetUnit::Codepoint), [(7, 20), (23, 34)]);
        assert_eq!(spans(OffsetUnit::Utf16), [(8, 21), (25, 36)]);
    }

    #[test]
    fn the_order_given_is_kept() {
        let mut findings = Engine::new()
            .detect(TEXT, &DetectOptions::default())
            .unwrap();
        findings.reverse();
        let spans = convert(TEXT, &findings, OffsetUnit::Codepoint).unwrap();
        assert_eq!(spans[0], Span { start: 23, end: 34 });
    }

    #[test]
    fn findings_of_another_text_are_refused() {
        let findings = Engine::new()
            .detect(TEXT, &DetectOptions::default())
            .unwrap();
        let error = convert("short", &findings, OffsetUnit::Byte).unwrap_err();
        assert_eq!(error, OffsetError::OtherText { index: 0 });
        assert_eq!(error.code(), "other_text");
    }
}
