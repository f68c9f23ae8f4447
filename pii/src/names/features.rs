//! Evidence: for each token of a sentence that may be part of a name, a few dozen numbered facts.
//!
//! Each fact (this word's shape, the word before, the label before the colon) is hashed into one of
//! [`BUCKETS`] rows of the model. A
//! word is evidence itself only when it is vocabulary; somebody's name counts by its lists, shape
//! and ending, so that the model cannot learn names by heart. Next: [`super::model`].

use super::lexicon::{
    BODY, COMMON, EVIDENCE, FORM, GIVEN, GROUP, LISTED, LONG_ORGANIZATION, LONG_PLACE,
    ORGANIZATION, PLACE, STREET, SURNAME, TIME, TITLE,
};
use super::sentence::Sentence;
use super::token::{Shape, Token};

/// Rows of the model.
pub const BUCKETS: usize = 1 << 16;

/// Facts of one token.
pub const FACTS: usize = 30;

/// The facts of one token, as rows of the model.
pub type Facts = [u16; FACTS];

impl Sentence {
    /// The facts of token `at`.
    pub fn facts(&self, at: usize) -> Facts {
        let token = self.tokens.get(at).copied().unwrap_or_default();
        let near = |offset: isize| {
            let mark = at
                .checked_add_signed(offset)
                .and_then(|at| self.marks.get(at));
            mark.copied()
                .unwrap_or(if offset < 0 { 0x51 } else { 0x52 })
        };
        let bits = |offset: isize| {
            let token = at
                .checked_add_signed(offset)
                .and_then(|at| self.tokens.get(at));
            token.map_or(0, lists)
        };
        let looks = |offset: isize| {
            let token = at
                .checked_add_signed(offset)
                .and_then(|at| self.tokens.get(at));
            token.map_or(0x53, look)
        };
        let (b2, b1, own, n1, n2) = (near(-2), near(-1), near(0), near(1), near(2));
        let listed = lists(&token);
        let shape = look(&token);
        let case = self.case as u64;
        let label = self.labels.get(at).copied().unwrap_or_default();
        let first = u64::from(at == 0);
        let kind = listed << 8 | shape;
        let suffix = u64::from(token.suffix);
        let next_apart = self.tokens.get(at + 1).is_none_or(|next| next.apart);
        let gap =
            u64::from(token.spaced) | u64::from(token.apart) << 1 | u64::from(next_apart) << 2;
        let pairs: [(u64, u64); FACTS] = [
            (kind, case),
            (kind, first << 8 | looks(1) | looks(2) << 24),
            (shape, case << 1 | first),
            (own, 0),
            (own, case << 1 | first),
            (suffix, u64::from(token.shape == Shape::Lower)),
            (suffix & 0xffff, shape),
            (u64::from(token.prefix), shape),
            (b1, 0),
            (n1, 0),
            (b2, 0),
            (n2, 0),
            (b1, kind),
            (n1, kind),
            (b2, kind),
            (n2, kind),
            (b1, own),
            (own, n1),
            (b1, mix(b2, 0)),
            (n1, mix(n2, 0)),
            (b1, mix(n1, kind)),
            (mix(looks(-1), looks(1)), shape | case << 8),
            (bits(-1) << 20 | bits(1), listed),
            (label, 0),
            (label, kind),
            (near(-3), mix(b2, b1)),
            (n1, mix(n2, near(3))),
            (gap, kind),
            (
                mix(looks(-2), looks(2)),
                mix(looks(-1) << 8 | looks(1), shape),
            ),
            (mix(bits(-2), bits(2)), mix(bits(-1) << 20 | bits(1), kind)),
        ];
        let mut facts = [0; FACTS];
        for (at, (fact, (left, right))) in facts.iter_mut().zip(pairs).enumerate() {
            *fact = bucket(at as u64, left, right);
        }
        facts
    }
}

/// What a token is to its neighbours: its word when that is vocabulary, else how it looks.
pub(super) fn mark(token: &Token) -> u64 {
    let listed = token.bits & LISTED;
    if token.shape == Shape::Punctuation {
        return token.hash;
    }
    if token.bits & EVIDENCE != 0 && listed == 0 {
        return token.hash ^ u64::from(token.shape == Shape::Capitalised);
    }
    lists(token) << 8 | look(token) | 1 << 40
}

/// How a token looks, in few words.
fn look(token: &Token) -> u64 {
    if token.shape == Shape::Punctuation {
        return 0x20 | (token.hash & 0xff) << 8;
    }
    token.shape as u64
}

/// The lists a token is of, without those that tell little about a name.
fn lists(token: &Token) -> u64 {
    const KEPT: u32 = GIVEN
        | SURNAME
        | PLACE
        | GROUP
        | ORGANIZATION
        | COMMON
        | FORM
        | TITLE
        | STREET
        | BODY
        | TIME
        | LONG_PLACE
        | LONG_ORGANIZATION;
    u64::from(token.bits & KEPT)
}

fn mix(left: u64, right: u64) -> u64 {
    (left.rotate_left(17) ^ right).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn bucket(kind: u64, left: u64, right: u64) -> u16 {
    let hash = mix(mix(kind.wrapping_add(1), left), right);
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    u16::try_from(hash >> 48).unwrap_or_default()
}
