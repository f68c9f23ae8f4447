//! Numbered labels in place of values: `PERSON_1` called `PERSON_2`.
//!
//! Equal values of a label have equal numbers within one [`Placeholders`]. What is remembered is a
//! keyed digest of each value, never the value, so that a [`Session`] can lie with the caller between
//! the turns of a conversation and goes on with the same key. Numbers are given in order of
//! appearance. Makes no key. Next: [`crate::pseudonymize`], for labels without a memory.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::derive::BASE32;
use crate::operation::{Class, Normalise, ParameterError, is_entity};
use crate::pseudonymize::digest;

/// What `placeholder` takes.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceholderParameters {
    /// The name before the number: capital letters, digits and underscores. Absent only within a text,
    /// where it is the entity's name.
    #[serde(default)]
    pub label: Option<String>,
    /// What makes values equal.
    #[serde(default)]
    pub normalise: Normalise,
}

impl PlaceholderParameters {
    /// The keys of `placeholder`.
    pub const PARAMETERS: &[&str] = &["label", "normalise"];
    /// What it lets out.
    pub const CLASS: Class = Class::Masked;

    /// Checks what the types do not.
    ///
    /// # Errors
    ///
    /// [`ParameterError::Label`].
    pub fn check(&self) -> Result<(), ParameterError> {
        match &self.label {
            Some(label) if !is_entity(label) => Err(ParameterError::Label),
            _ => Ok(()),
        }
    }
}

/// Why there is no label, or no memory of labels.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PlaceholderError {
    /// There are [`Placeholders::MAX_LABELS`] already.
    #[error("there are {} labels already", Placeholders::MAX_LABELS)]
    Full,
    /// A session that was not made here, or was altered.
    #[error("the session is malformed")]
    Session,
}

impl PlaceholderError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Full => "too_many_labels",
            Self::Session => "session_malformed",
        }
    }
}

type Digest = [u8; 16];

/// The labels given so far, under one key.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Placeholders {
    key: [u8; 32],
    #[zeroize(skip)]
    numbers: HashMap<Digest, u32>,
    #[zeroize(skip)]
    counts: BTreeMap<String, u32>,
    #[zeroize(skip)]
    order: Vec<(String, Digest)>,
}

/// The labels of a conversation so far, in order: digests, no values.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Session {
    /// Label and digest of each value, in order of appearance.
    marks: Vec<(String, String)>,
}

impl Placeholders {
    /// The most values that are told apart.
    pub const MAX_LABELS: usize = 65_536;

    /// Nothing labelled yet. Whoever knows `key` can test guesses against a session.
    pub fn new(key: &[u8; 32]) -> Self {
        Self {
            key: *key,
            numbers: HashMap::new(),
            counts: BTreeMap::new(),
            order: Vec::new(),
        }
    }

    /// Goes on where [`Self::session`] was taken under the same key.
    ///
    /// # Errors
    ///
    /// [`PlaceholderError::Session`].
    pub fn resume(key: &[u8; 32], session: &Session) -> Result<Self, PlaceholderError> {
        let mut placeholders = Self::new(key);
        for (label, shown) in &session.marks {
            let digest = BASE32.decode(shown.as_bytes()).ok();
            let digest = digest.and_then(|digest| Digest::try_from(digest).ok());
            match digest {
                Some(digest) if is_entity(label) && !placeholders.numbers.contains_key(&digest) => {
                    placeholders
                        .number(label, digest)
                        .map_err(|_| PlaceholderError::Session)?;
                }
                _ => return Err(PlaceholderError::Session),
            }
        }
        Ok(placeholders)
    }

    /// What [`Self::resume`] goes on with.
    pub fn session(&self) -> Session {
        let mark = |(label, digest): &(String, Digest)| (label.clone(), BASE32.encode(digest));
        Session {
            marks: self.order.iter().map(mark).collect(),
        }
    }

    /// The label of `value`: the one it has, or the next.
    ///
    /// # Errors
    ///
    /// [`PlaceholderError::Full`].
    pub fn label(
        &mut self,
        label: &str,
        normalise: Normalise,
        value: &str,
    ) -> Result<String, PlaceholderError> {
        let tag = digest(&self.key, &["vl1", label, &normalise.apply(value)]);
        let mut digest = Digest::default();
        digest.copy_from_slice(&tag.as_ref()[..16]);
        let number = self.number(label, digest)?;
        Ok(format!("{label}_{number}"))
    }

    fn number(&mut self, label: &str, digest: Digest) -> Result<u32, PlaceholderError> {
        if let Some(number) = self.numbers.get(&digest) {
            return Ok(*number);
        }
        if self.order.len() >= Self::MAX_LABELS {
            return Err(PlaceholderError::Full);
        }
        let count = self.counts.entry(label.to_owned()).or_default();
        *count += 1;
        self.numbers.insert(digest, *count);
        self.order.push((label.to_owned(), digest));
        Ok(*count)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn all(placeholders: &mut Placeholders, values: &[(&str, &str)]) -> Vec<String> {
        let label = |(label, value): &(&str, &str)| {
            placeholders
                .label(label, Normalise::TrimCase, value)
                .unwrap()
        };
        values.iter().map(label).collect()
    }

    #[test]
    fn equal_values_of_a_label_share_a_number_and_others_get_the_next() {
        let mut placeholders = Placeholders::new(&KEY);
        let labels = all(
            &mut placeholders,
            &[
                ("PERSON", "Jo"),
                ("PERSON", "Al"),
                ("CITY", "Jo"),
                ("PERSON", " jo "),
                ("CITY", "Rome"),
            ],
        );
        assert_eq!(
            labels,
            ["PERSON_1", "PERSON_2", "CITY_1", "PERSON_1", "CITY_2"]
        );
    }

    #[test]
    fn a_session_goes_on_under_its_key_and_holds_no_value() {
        let mut first = Placeholders::new(&KEY);
        all(&mut first, &[("PERSON", "Jo"), ("PERSON", "Al")]);
        let json = serde_json::to_string(&first.session()).unwrap();
        assert!(
            !json.to_lowercase().contains("\"jo\"") && json.len() < 100,
            "{json}"
        );
        let session = serde_json::from_str(&json).unwrap();
        let mut second = Placeholders::resume(&KEY, &session).unwrap();
        let labels = all(
            &mut second,
            &[("PERSON", "Al"), ("PERSON", "Cy"), ("PERSON", "Jo")],
        );
        assert_eq!(labels, ["PERSON_2", "PERSON_3", "PERSON_1"]);
        let mut other = Placeholders::resume(&[8; 32], &session).unwrap();
        assert_eq!(all(&mut other, &[("PERSON", "Jo")]), ["PERSON_3"]);
    }

    #[test]
    fn a_session_that_was_altered_is_refused() {
        let mut placeholders = Placeholders::new(&KEY);
        all(&mut placeholders, &[("PERSON", "Jo")]);
        let good = serde_json::to_value(placeholders.session()).unwrap();
        let mark = good[0].clone();
        for wrong in [
            serde_json::json!([mark, mark]),
            serde_json::json!([["person", mark[1]]]),
            serde_json::json!([["PERSON", "aa"]]),
            serde_json::json!([["PERSON", "!"]]),
        ] {
            let session = serde_json::from_value(wrong).unwrap();
            let refused = Placeholders::resume(&KEY, &session).err();
            assert_eq!(refused, Some(PlaceholderError::Session));
        }
    }

    #[test]
    fn labels_are_bounded_and_names() {
        let mut placeholders = Placeholders::new(&KEY);
        for number in 0..Placeholders::MAX_LABELS {
            placeholders
                .label("A", Normalise::None, &number.to_string())
                .unwrap();
        }
        let full = placeholders.label("B", Normalise::None, "x");
        assert_eq!(full, Err(PlaceholderError::Full));
        assert_eq!(
            placeholders.label("A", Normalise::None, "0"),
            Ok("A_1".to_owned())
        );
        let of = |label: &str| PlaceholderParameters {
            label: Some(label.to_owned()),
            normalise: Normalise::None,
        };
        assert_eq!(of("PERSON").check(), Ok(()));
        assert_eq!(of("a person").check(), Err(ParameterError::Label));
        assert_eq!(PlaceholderError::Full.code(), "too_many_labels");
        assert_eq!(PlaceholderError::Session.code(), "session_malformed");
    }
}
