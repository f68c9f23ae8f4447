//! A stream of any length, scanned in bounded memory.
//!
//! [`Scanner::feed`] takes pieces cut anywhere, inside a character too, and lets out findings as soon
//! as nothing that follows can change them. The same text in any pieces yields the same findings:
//! what a trigger finds depends on a bounded stretch around it, and a trigger is looked at only when
//! that stretch is there. About 100 KiB are kept, whatever the length, and twice that at most where
//! mistyped values are looked for.

use super::doubt::Doubts;
use super::merge::{Merger, Overlaps};
use super::name;
use super::scan::{self, REACH_AHEAD, REACH_BACK};
use super::words::Word;
use super::{Candidate, DetectError, DetectOptions, Engine, Finding, Plan, Reason};
use crate::normalise::{Normaliser, NotUtf8};

/// How much is scanned at a time, in bytes of normalised text.
const WINDOW: usize = 64 * 1024;
/// How much of a piece is taken in at once.
const PIECE: usize = 64 * 1024;

/// Finds personal data in a stream. Offsets count bytes from its beginning.
pub struct Scanner<'e> {
    engine: &'e Engine,
    plan: Plan,
    normaliser: Normaliser,
    /// How much of the normalised text has been scanned.
    scanned: usize,
    /// Where the next sentence begins that was not searched for names.
    sentence: usize,
    merger: Merger,
    /// There when values are reported whose check fails.
    doubts: Option<Doubts>,
    /// What later candidates cannot begin before, in bytes of the original.
    safe: usize,
    words: Vec<Word>,
    candidates: Vec<Candidate>,
    doubtful: Vec<Candidate>,
}

impl<'e> Scanner<'e> {
    /// A scanner at the beginning of a stream.
    ///
    /// # Errors
    ///
    /// [`DetectError`] when the options make no sense.
    pub fn new(
        engine: &'e Engine,
        options: &DetectOptions,
        overlaps: Overlaps,
    ) -> Result<Self, DetectError> {
        let plan = Plan::new(options, engine)?;
        Ok(Self {
            engine,
            doubts: plan.looks_like().then(|| Doubts::new(overlaps)),
            plan,
            normaliser: Normaliser::default(),
            scanned: 0,
            sentence: 0,
            merger: Merger::new(overlaps),
            safe: 0,
            words: Vec::new(),
            candidates: Vec::new(),
            doubtful: Vec::new(),
        })
    }

    /// Scans on; what is certain is added to `findings`, in order.
    ///
    /// # Errors
    ///
    /// [`NotUtf8`]; the stream cannot be scanned further.
    pub fn feed(&mut self, bytes: &[u8], findings: &mut Vec<Finding>) -> Result<(), NotUtf8> {
        for piece in bytes.chunks(PIECE) {
            self.normaliser.push(piece)?;
            while self.normaliser.text().len() >= self.scanned + WINDOW + REACH_AHEAD {
                self.scan(self.scanned + WINDOW);
                self.settle(findings);
            }
        }
        Ok(())
    }

    /// No finding that is still to come begins before this byte of the stream.
    pub fn settled(&self) -> usize {
        let doubts = self.doubts.as_ref().and_then(Doubts::undecided);
        let undecided = self.merger.undecided().into_iter().chain(doubts);
        undecided.fold(self.safe, usize::min)
    }

    /// Scans the rest: nothing follows.
    ///
    /// # Errors
    ///
    /// [`NotUtf8`] when the last character is cut.
    pub fn finish(mut self, findings: &mut Vec<Finding>) -> Result<(), NotUtf8> {
        self.normaliser.finish()?;
        self.scan(self.normaliser.text().len());
        self.decide(usize::MAX, findings);
        Ok(())
    }

    /// Scans up to `to`, or to the beginning of the character there.
    fn scan(&mut self, to: usize) {
        let text = self.normaliser.text();
        let to = text.floor_char_boundary(to);
        scan::scan(
            self.engine,
            &self.plan,
            text,
            self.scanned..to,
            &mut self.words,
            &mut self.candidates,
            &mut self.doubtful,
        );
        if self.plan.names() {
            let found = &mut self.candidates;
            self.sentence = name::scan(self.engine, &self.plan, text, self.sentence..to, found);
        }
        for candidate in self.candidates.drain(..) {
            self.merger
                .add(finding(self.engine, &self.normaliser, candidate));
        }
        if let Some(doubts) = &mut self.doubts {
            for candidate in self.doubtful.drain(..) {
                doubts.add(finding(self.engine, &self.normaliser, candidate));
            }
        }
        self.scanned = to;
    }

    /// Lets out what candidates that begin at `safe` or later cannot change.
    fn decide(&mut self, safe: usize, findings: &mut Vec<Finding>) {
        match &mut self.doubts {
            Some(doubts) => doubts.settle(&mut self.merger, safe, findings),
            None => self.merger.settle(safe, findings),
        }
    }

    /// Lets out what nothing can change that begins where later triggers can reach back to, and
    /// forgets what they cannot.
    fn settle(&mut self, findings: &mut Vec<Finding>) {
        let text = self.normaliser.text();
        let kept = text.floor_char_boundary(self.scanned.saturating_sub(REACH_BACK));
        let (safe, _) = self.normaliser.original(kept, kept + 1);
        self.safe = safe;
        self.decide(safe, findings);
        let forgotten = self.normaliser.forget(kept);
        self.scanned -= forgotten;
        self.sentence = self.sentence.saturating_sub(forgotten);
    }
}

/// A candidate where it stands in the stream.
fn finding(engine: &Engine, normaliser: &Normaliser, candidate: Candidate) -> Finding {
    let Candidate {
        found,
        percent,
        context,
    } = candidate;
    let (start, end) = normaliser.original(found.start, found.end);
    Finding {
        entity: engine.entity(found.identifier),
        start,
        end,
        confidence_percent: percent,
        reason: Reason {
            pattern: found.pattern,
            checksum: found.checksum,
            context,
        },
        joined: false,
    }
}
