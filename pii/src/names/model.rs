//! The model: a row of small weights for each fact, and the cost of going from one kind to the next.
//!
//! A token's score for a kind is the sum of its facts' weights; the best sequence of kinds is found
//! by Viterbi over six labels. The file is made by `cargo run --release -p vouchsafe-pii --example
//! train`, is part of the program and is checked by a digest in the tests. Whole numbers only, so
//! that every machine decides alike. Next: [`super`], which turns labels into spans.

use super::features::{BUCKETS, Facts};

/// What a token is part of, as the model counts: nothing, or one of the five kinds.
pub const LABELS: usize = 6;

/// The label of a token that is part of no name.
pub const OUTSIDE: usize = 0;

/// Bytes of the model's file: the transitions, then the rows.
pub const FILE_BYTES: usize = LABELS * LABELS * 2 + BUCKETS * LABELS;

/// The scores of one token for each label; the last two are never used.
pub type Scores = [i32; 8];

/// The weights.
pub struct Model {
    /// `transitions[from][to]`.
    transitions: [[i32; LABELS]; LABELS],
    /// A row a fact, padded so that a row is one read.
    rows: Vec<[i8; 8]>,
}

impl Model {
    /// Reads the file. What is missing from a shorter one counts as zero.
    pub fn read(file: &[u8]) -> Self {
        let (head, body) = file
            .split_at_checked(LABELS * LABELS * 2)
            .unwrap_or_default();
        let mut transitions = [[0; LABELS]; LABELS];
        for (cell, bytes) in transitions.iter_mut().flatten().zip(head.chunks_exact(2)) {
            *cell = bytes
                .try_into()
                .map_or(0, |bytes| i32::from(i16::from_le_bytes(bytes)));
        }
        let mut rows = vec![[0_i8; 8]; BUCKETS];
        for (row, bytes) in rows.iter_mut().zip(body.chunks_exact(LABELS)) {
            for (weight, byte) in row.iter_mut().zip(bytes) {
                *weight = i8::from_le_bytes([*byte]);
            }
        }
        Self { transitions, rows }
    }

    /// The scores of a token with these facts.
    pub fn scores(&self, facts: &Facts) -> Scores {
        let mut scores = [0_i32; 8];
        for fact in facts {
            if let Some(row) = self.rows.get(usize::from(*fact)) {
                for (score, weight) in scores.iter_mut().zip(row) {
                    *score = score.wrapping_add(i32::from(*weight));
                }
            }
        }
        scores
    }

    /// The best labels for tokens with these scores, into `labels`.
    pub fn decode(&self, scores: &[Scores], labels: &mut Vec<u8>) {
        decode(&self.transitions, scores, labels);
    }
}

/// The labels of the best sequence that begins and ends outside any name.
///
/// Time is linear in the number of tokens. Ties go to the lower label.
pub fn decode(transitions: &[[i32; LABELS]; LABELS], scores: &[Scores], labels: &mut Vec<u8>) {
    labels.clear();
    let mut best = [0_i32; LABELS];
    let mut back: Vec<[u8; LABELS]> = Vec::with_capacity(scores.len());
    for (at, token) in scores.iter().enumerate() {
        let mut next = [0_i32; LABELS];
        let mut steps = [0_u8; LABELS];
        for to in 0..LABELS {
            let mut from = OUTSIDE;
            let mut total = best[OUTSIDE].wrapping_add(transitions[OUTSIDE][to]);
            if at > 0 {
                for (label, row) in transitions.iter().enumerate().skip(1) {
                    let other = best[label].wrapping_add(row[to]);
                    if other > total {
                        (from, total) = (label, other);
                    }
                }
            }
            next[to] = total.wrapping_add(token[to]);
            steps[to] = u8::try_from(from).unwrap_or_default();
        }
        best = next;
        back.push(steps);
    }
    let mut label = OUTSIDE;
    let mut total = i32::MIN;
    for (last, score) in best.iter().enumerate() {
        let closed = score.wrapping_add(transitions[last][OUTSIDE]);
        if closed > total {
            (label, total) = (last, closed);
        }
    }
    labels.resize(scores.len(), 0);
    for (slot, steps) in labels.iter_mut().zip(&back).rev() {
        *slot = u8::try_from(label).unwrap_or_default();
        label = usize::from(steps[label]);
    }
}
