//! Names of people, places and organisations, sentence by sentence.
//!
//! A sentence belongs to the window in which it begins, and is shorter than what a window has behind
//! it. Nothing announces a name: the model has read what stands around it.

use core::ops::Range;

use super::{Candidate, Engine, Match, Plan};

/// Looks at the sentences that begin in `range` of `text`, and says where the next one does.
pub(super) fn scan(
    engine: &Engine,
    plan: &Plan,
    text: &str,
    range: Range<usize>,
    found: &mut Vec<Candidate>,
) -> usize {
    let mut spans = Vec::new();
    let next = engine.names.scan(text, range.start, range.end, &mut spans);
    for span in spans {
        let identifier = engine.places.names[span.kind as usize];
        if span.percent >= plan.least(identifier) && !plan.allows(&text[span.start..span.end]) {
            let found_here = Match {
                identifier,
                start: span.start,
                end: span.end,
                pattern: "name",
                percent: span.percent,
                checksum: None,
            };
            found.push(Candidate {
                found: found_here,
                percent: span.percent,
                context: false,
            });
        }
    }
    next
}
