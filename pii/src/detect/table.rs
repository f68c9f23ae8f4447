//! Which forms can begin with the words at hand: one look-up a word.
//!
//! The key of a few words is the class and length of each, so a form is met only where words fall as
//! it needs them, and ordinary prose leaves the table after a word or two. Built once from
//! [`identifier::ALL`](crate::identifier::ALL).

use core::cmp::Reverse;
use core::hash::{BuildHasherDefault, Hasher};
use std::collections::HashMap;

use crate::identifier::{Form, Shape, ShapeError};

/// A form with every repetition decided, and whose it is.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) shape: Shape,
    /// The place of its identifier in the engine's list.
    pub(super) identifier: usize,
    pub(super) form: Form,
}

/// A form that some words may complete: what decides whether it is looked at, kept close together,
/// because of a hundred forms of nine digits most are not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Completion {
    /// Its place in the table.
    entry: u32,
    identifier: u16,
    /// How sure the form is.
    pub(super) percent: u8,
}

impl Completion {
    /// The place of its identifier in the engine's list.
    pub(super) fn identifier(self) -> usize {
        usize::from(self.identifier)
    }
}

/// What is known of some words.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// Forms that these words may complete, the surest first.
    pub(super) complete: Vec<Completion>,
    /// Whether a form goes on after them.
    pub(super) goes_on: bool,
}

/// The forms of many identifiers.
#[derive(Debug, Default)]
pub(super) struct Table {
    nodes: HashMap<u64, Node, BuildHasherDefault<Mix>>,
    /// Whether a key of one word is there, so that most words need no look-up.
    single: [u64; 4],
    entries: Vec<Entry>,
}

impl Table {
    /// Adds a form of the identifier at this place.
    ///
    /// # Errors
    ///
    /// [`ShapeError`] when it means nothing.
    pub(super) fn add(&mut self, identifier: usize, form: &Form) -> Result<(), ShapeError> {
        for shape in Shape::parse(form.shape)? {
            let completion = Completion {
                entry: u32::try_from(self.entries.len()).map_err(|_| ShapeError::TooLarge)?,
                identifier: u16::try_from(identifier).map_err(|_| ShapeError::TooLarge)?,
                percent: form.percent,
            };
            for keys in shape.keys() {
                let Some((complete, beginnings)) = keys.split_last() else {
                    continue;
                };
                if let Some(first) = keys.first().and_then(|key| u8::try_from(*key).ok()) {
                    self.single[usize::from(first / 64)] |= 1 << (first % 64);
                }
                for key in beginnings {
                    self.nodes.entry(*key).or_default().goes_on = true;
                }
                let node = self.nodes.entry(*complete).or_default();
                let last = node.complete.last().map(|last| last.entry);
                if last != Some(completion.entry) {
                    node.complete.push(completion);
                }
            }
            self.entries.push(Entry {
                shape,
                identifier,
                form: *form,
            });
        }
        Ok(())
    }

    /// What these words may be, `None` when nothing begins so.
    pub(super) fn node(&self, key: u64) -> Option<&Node> {
        if let Ok(first) = u8::try_from(key)
            && self.single[usize::from(first / 64)] & (1 << (first % 64)) == 0
        {
            return None;
        }
        self.nodes.get(&key)
    }

    /// Puts the surest forms first. Call it when all are there.
    pub(super) fn sort(&mut self) {
        for node in self.nodes.values_mut() {
            node.complete.sort_by_key(|form| Reverse(form.percent));
        }
    }

    /// The form of a completion.
    pub(super) fn entry(&self, completion: Completion) -> &Entry {
        &self.entries[completion.entry as usize]
    }
}

/// Spreads the bytes of a key. Keys that are looked for cannot be made to collide usefully: only
/// those of the tables, which are constants, are stored.
#[derive(Debug, Default)]
pub(super) struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut eight = [0; 8];
            eight[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(eight));
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.write_u64(u64::from(byte));
    }

    fn write_u64(&mut self, key: u64) {
        // The finaliser of SplitMix64, whose halves both depend on every bit.
        let mut mixed = self.0 ^ key;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        self.0 = mixed ^ (mixed >> 31);
    }
}
