//! Learns the model: a structured perceptron with a margin, averaged over all its steps.
//!
//! Whole numbers only and one thread, so that the same seed gives the same file everywhere.

use super::generate::{Generator, Part, Sample};
use super::random::Random;
use vouchsafe_pii::names::features::{BUCKETS, Facts};
use vouchsafe_pii::names::lexicon::{COMMON, FORM, GIVEN, LISTED, Lexicon, PLACE, SURNAME};
use vouchsafe_pii::names::model::{FILE_BYTES, LABELS, OUTSIDE, Scores, decode};
use vouchsafe_pii::names::sentence::Sentence;
use vouchsafe_pii::names::token::{Shape, Token};

/// How much to learn from.
#[derive(Clone, Copy)]
pub(crate) struct Budget {
    /// Texts to generate.
    pub(crate) samples: usize,
    /// Times to go through them.
    pub(crate) rounds: usize,
    /// Where the numbers begin.
    pub(crate) seed: u64,
}

/// The budget of the committed model.
pub(crate) const FULL: Budget = Budget {
    samples: 400_000,
    rounds: 5,
    seed: 20_260_101,
};

/// Points by which the right labels must win over each wrong one.
const MARGIN: i32 = 40;

/// Tokens in a row that may be parts of names, with the labels they should get.
struct Run {
    facts: Vec<Facts>,
    gold: Vec<u8>,
}

/// A weight, and the same weight times the steps at which it changed.
#[derive(Clone, Copy, Default)]
struct Weight {
    now: i32,
    early: i64,
}

struct Learner {
    rows: Vec<[Weight; LABELS]>,
    transitions: [[Weight; LABELS]; LABELS],
    step: i64,
}

/// Learns from `budget` and returns the model's file.
pub(crate) fn learn(budget: Budget) -> Vec<u8> {
    let mut random = Random::new(budget.seed);
    let runs = runs(budget, &mut random);
    let mut learner = Learner {
        rows: vec![[Weight::default(); LABELS]; BUCKETS],
        transitions: [[Weight::default(); LABELS]; LABELS],
        step: 1,
    };
    let mut order: Vec<usize> = (0..runs.len()).collect();
    for _ in 0..budget.rounds {
        for at in (1..order.len()).rev() {
            order.swap(at, random.below(at + 1));
        }
        for at in &order {
            learner.see(&runs[*at], &mut random);
        }
    }
    learner.file()
}

fn runs(budget: Budget, random: &mut Random) -> Vec<Run> {
    let generator = Generator::new(Part::Training);
    let lexicon = Lexicon::new();
    let mut runs = Vec::new();
    let mut sentence = Sentence::default();
    for _ in 0..budget.samples {
        let sample = generator.sample(random);
        let mut from = 0;
        while from < sample.text.len() {
            sentence.read(&lexicon, &sample.text, from);
            let labels = labels(&sample, &sentence);
            forget(&mut sentence.tokens, &labels, random);
            sentence.prepare();
            collect(&sentence, &labels, &mut runs);
            from = sentence.end.max(from + 1);
        }
    }
    runs
}

fn collect(sentence: &Sentence, labels: &[u8], runs: &mut Vec<Run>) {
    let mut at = 0;
    while let Some(range) = sentence.run(at) {
        at = range.end;
        let gold = labels[range.clone()].to_vec();
        runs.push(Run {
            facts: range.map(|token| sentence.facts(token)).collect(),
            gold,
        });
    }
}

/// The label each token of the sentence should get.
fn labels(sample: &Sample, sentence: &Sentence) -> Vec<u8> {
    let label = |token: &Token| {
        let (start, end) = (
            sentence.start + token.start as usize,
            sentence.start + token.end as usize,
        );
        let name = sample
            .names
            .iter()
            .find(|name| name.0 <= start && end <= name.1);
        let kind = name.and_then(|name| {
            vouchsafe_pii::names::Kind::ALL
                .iter()
                .position(|kind| *kind == name.2)
        });
        kind.map_or(0, |at| u8::try_from(at + 1).unwrap_or_default())
    };
    sentence.tokens.iter().map(label).collect()
}

/// Takes the lists' knowledge from some names, as with names that no list holds, and gives false
/// knowledge to some words that are none.
fn forget(tokens: &mut [Token], labels: &[u8], random: &mut Random) {
    let mut name = 0;
    let mut whole = false;
    for (token, label) in tokens.iter_mut().zip(labels) {
        if *label != name {
            name = *label;
            // Few groups of people are not in the list; many persons are not.
            whole = random.chance([0, 22, 9, 22, 22, 3][usize::from(name)]);
        }
        if *label == 0 {
            let written = !matches!(token.shape, Shape::Lower | Shape::Punctuation);
            if written && random.chance(5) {
                token.bits |=
                    [GIVEN, SURNAME, SURNAME, GIVEN, GIVEN | SURNAME, PLACE][random.below(6)];
            } else if random.chance(3) {
                token.bits &= !(COMMON | FORM);
            }
        } else if whole || (*label != 5 && random.chance(6)) {
            token.bits &= !LISTED;
        }
    }
}

/// The facts whose bit is set in `kept`.
fn held(facts: &Facts, kept: u64) -> impl Iterator<Item = &u16> {
    facts
        .iter()
        .enumerate()
        .filter(move |(at, _)| kept >> at & 1 == 1)
        .map(|(_, fact)| fact)
}

impl Learner {
    fn see(&mut self, run: &Run, random: &mut Random) {
        // One fact in eight is left out at random, so that no decision hangs on a single one.
        let left_out = |random: &mut Random| random.next() & random.next() & random.next();
        let kept: Vec<u64> = run.facts.iter().map(|_| !left_out(random)).collect();
        let transitions = self.transitions.map(|row| row.map(|weight| weight.now));
        let scores = run
            .facts
            .iter()
            .zip(&run.gold)
            .zip(&kept)
            .map(|((facts, gold), kept)| {
                let mut scores: Scores = [0; 8];
                for fact in held(facts, *kept) {
                    for (score, weight) in scores.iter_mut().zip(&self.rows[usize::from(*fact)]) {
                        *score += weight.now;
                    }
                }
                for (label, score) in scores.iter_mut().enumerate() {
                    if label != usize::from(*gold) {
                        *score += MARGIN;
                    }
                }
                scores
            });
        let scores: Vec<Scores> = scores.collect();
        let mut labels = Vec::new();
        decode(&transitions, &scores, &mut labels);
        self.step += 1;
        if labels == run.gold {
            return;
        }
        let (mut wrong, mut right) = (OUTSIDE, OUTSIDE);
        for (((facts, gold), label), kept) in
            run.facts.iter().zip(&run.gold).zip(&labels).zip(&kept)
        {
            let (gold, label) = (usize::from(*gold), usize::from(*label));
            if gold != label {
                for fact in held(facts, *kept) {
                    let row = &mut self.rows[usize::from(*fact)];
                    row[gold].change(1, self.step);
                    row[label].change(-1, self.step);
                }
            }
            self.transitions[right][gold].change(1, self.step);
            self.transitions[wrong][label].change(-1, self.step);
            (wrong, right) = (label, gold);
        }
        self.transitions[right][OUTSIDE].change(1, self.step);
        self.transitions[wrong][OUTSIDE].change(-1, self.step);
    }

    /// The averages in small numbers.
    fn file(&self) -> Vec<u8> {
        let average = |weight: &Weight| i64::from(weight.now) * self.step - weight.early;
        let mut sizes: Vec<i64> = self
            .rows
            .iter()
            .flatten()
            .map(|weight| average(weight).abs())
            .filter(|size| *size > 0)
            .collect();
        sizes.sort_unstable();
        let largest = sizes
            .get(sizes.len() - sizes.len() / 2000 - 1)
            .copied()
            .unwrap_or(1)
            .max(1);
        let small = |weight: &Weight| {
            let scaled = average(weight) * 127;
            (scaled + scaled.signum() * largest / 2) / largest
        };
        let mut file = Vec::with_capacity(FILE_BYTES);
        for weight in self.transitions.iter().flatten() {
            let value = i16::try_from(small(weight)).unwrap_or(i16::MAX);
            file.extend_from_slice(&value.to_le_bytes());
        }
        for weight in self.rows.iter().flatten() {
            let value = i8::try_from(small(weight).clamp(-127, 127)).unwrap_or_default();
            file.extend_from_slice(&value.to_le_bytes());
        }
        file
    }
}

impl Weight {
    fn change(&mut self, by: i32, step: i64) {
        self.now += by;
        self.early += i64::from(by) * step;
    }
}
