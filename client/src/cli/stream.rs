//! A text scanned as a stream: findings, and the text around and inside them, in order.
//!
//! Text waits in [`Held`] until no finding can begin in it any more, so memory does not grow with the
//! length. Whoever listens gets every byte once. Next: `detect`, which counts where findings are, and
//! `redact`, which leaves out what is inside them.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

use vouchsafe_pii::detect::{DetectOptions, Overlaps, Scanner};
use vouchsafe_pii::{Engine, Finding};
use zeroize::Zeroizing;

use super::pieces::Pieces;
use super::progress::Progress;
use super::{Failure, input};

/// What is done with a text and its findings.
pub(super) trait Listener {
    /// Text outside of findings.
    fn outside(&mut self, text: &str) -> Result<(), Failure>;
    /// A finding begins.
    fn begin(&mut self) {}
    /// Text of the finding that began.
    fn inside(&mut self, text: &str);
    /// It ends.
    fn end(&mut self, finding: &Finding) -> Result<(), Failure>;
    /// Nothing comes for a while.
    fn pause(&mut self) -> Result<(), Failure>;
}

/// What was found, by type.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Counts(BTreeMap<&'static str, u64>);

impl Counts {
    /// Counts one finding.
    pub(super) fn add(&mut self, finding: &Finding) {
        *self.0.entry(finding.entity.name()).or_default() += 1;
    }

    /// All findings.
    pub(super) fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// As JSON: types to numbers.
    pub(super) fn to_json(&self) -> serde_json::Value {
        serde_json::json!(self.0)
    }

    /// For people: `2 EMAIL_ADDRESS, 1 US_SSN`.
    pub(super) fn to_text(&self) -> String {
        if self.0.is_empty() {
            return "nothing found".to_owned();
        }
        let count = |(entity, count): (&&str, &u64)| format!("{count} {entity}");
        self.0.iter().map(count).collect::<Vec<_>>().join(", ")
    }
}

/// What a scan has done, whether or not it came to the end.
#[derive(Default)]
pub(super) struct Scanned {
    /// Bytes that were scanned.
    pub(super) bytes: usize,
    /// What was found in them.
    pub(super) counts: Counts,
}

/// Scans the text of `path`, where `-` is stdin. What stands before bytes that are not UTF-8, or
/// before a failure to read, is scanned too and counted in `scanned`.
pub(super) fn scan(
    path: &Path,
    progress: &Progress,
    engine: &Engine,
    options: &DetectOptions,
    overlaps: Overlaps,
    listener: &mut impl Listener,
    scanned: &mut Scanned,
) -> Result<(), Failure> {
    let mut scanner = Scanner::new(engine, options, overlaps)?;
    let mut pieces = Pieces::new(input::open(path, progress)?, path);
    let mut held = Held::default();
    let mut findings = Vec::new();
    let not_utf8 = |error: vouchsafe_pii::detect::NotUtf8| Failure::NotUtf8 {
        path: path.to_owned(),
        at: error.at,
    };
    let ended = loop {
        match pieces.next() {
            Ok(Some(piece)) => {
                held.push(piece);
                scanned.bytes += piece.len();
                scanner
                    .feed(piece.as_bytes(), &mut findings)
                    .map_err(not_utf8)?;
                held.release(&mut findings, listener, &mut scanned.counts)?;
                held.pass(scanner.settled(), |text| listener.outside(text))?;
            }
            Ok(None) => break Ok(()),
            Err(failure) => break Err(failure),
        }
    };
    scanner.finish(&mut findings).map_err(not_utf8)?;
    held.release(&mut findings, listener, &mut scanned.counts)?;
    held.pass(held.end, |text| listener.outside(text))?;
    listener.pause()?;
    ended
}

/// The text in which findings may still begin.
#[derive(Default)]
struct Held {
    /// Of whole characters each.
    pieces: VecDeque<Zeroizing<String>>,
    /// How much of the first piece has been passed on.
    passed: usize,
    /// Where what is held begins in the stream, and where it ends.
    begin: usize,
    end: usize,
}

impl Held {
    fn push(&mut self, piece: &str) {
        self.end += piece.len();
        self.pieces.push_back(Zeroizing::new(piece.to_owned()));
    }

    /// Passes on what stands before and inside of findings, and takes them.
    fn release(
        &mut self,
        findings: &mut Vec<Finding>,
        listener: &mut impl Listener,
        counts: &mut Counts,
    ) -> Result<(), Failure> {
        if findings.is_empty() {
            return Ok(());
        }
        for finding in findings.drain(..) {
            self.pass(finding.start, |text| listener.outside(text))?;
            listener.begin();
            self.pass(finding.end, |text| {
                listener.inside(text);
                Ok(())
            })?;
            listener.end(&finding)?;
            counts.add(&finding);
        }
        listener.pause()
    }

    /// Passes on what stands before `to`.
    fn pass(
        &mut self,
        to: usize,
        mut with: impl FnMut(&str) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        while self.begin < to {
            let Some(first) = self.pieces.front() else {
                break;
            };
            let rest = first.get(self.passed..).unwrap_or_default();
            let count = rest.len().min(to - self.begin);
            with(rest.get(..count).unwrap_or_default())?;
            self.begin += count;
            if count == rest.len() {
                self.pieces.pop_front();
                self.passed = 0;
            } else {
                self.passed += count;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    /// Writes down everything: findings in brackets.
    #[derive(Default)]
    struct Transcript(String);

    impl Listener for Transcript {
        fn outside(&mut self, text: &str) -> Result<(), Failure> {
            self.0.push_str(text);
            Ok(())
        }

        fn begin(&mut self) {
            self.0.push('[');
        }

        fn inside(&mut self, text: &str) {
            self.0.push_str(text);
        }

        fn end(&mut self, _: &Finding) -> Result<(), Failure> {
            self.0.push(']');
            Ok(())
        }

        fn pause(&mut self) -> Result<(), Failure> {
            Ok(())
        }
    }

    fn findings(text: &str) -> Vec<Finding> {
        Engine::new()
            .detect(text, &DetectOptions::default())
            .unwrap()
    }

    #[test]
    fn every_byte_is_passed_on_once_and_in_order() {
        let text = "é jo@example.com, mia@example.org.";
        for size in 1..text.len() {
            let mut held = Held::default();
            let mut transcript = Transcript::default();
            let mut rest = text;
            while !rest.is_empty() {
                let (piece, after) = rest.split_at(rest.ceil_char_boundary(size));
                held.push(piece);
                rest = after;
            }
            let mut counts = Counts::default();
            held.release(&mut findings(text), &mut transcript, &mut counts)
                .unwrap();
            held.pass(held.end, |text| transcript.outside(text))
                .unwrap();
            assert_eq!(transcript.0, "é [jo@example.com], [mia@example.org].");
            assert_eq!(counts.to_text(), "2 EMAIL_ADDRESS");
        }
    }
}
