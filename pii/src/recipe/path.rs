//! Paths into JSON, `items[*].email`, and the tree that finds the one that a place is on.
//!
//! A path is names parted by dots; `[*]` stands for each element of an array, `*` for each member of
//! an object that has no path of its own, `**` at the end for every value beneath that has none, `$`
//! alone for the whole document. A name with other characters is written as a JSON string:
//! `"first name".given`. Next: `records/json.rs`.

use core::fmt;
use std::collections::BTreeMap;

use serde::de::{Deserialize, Deserializer, Error};

/// The longest path, in steps: as deep as documents are read.
const MAX_STEPS: usize = 128;

/// A path into a JSON document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Path {
    text: String,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Step {
    Name(String),
    AnyName,
    Items,
    /// Everything beneath, however deep: always the last.
    Beneath,
}

/// Why a path is none, or cannot stand beside another.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PathError {
    /// It is not written as a path.
    #[error(
        "not a path: names parted by dots, as in order.lines[*].email, without $. in front; [*] for the \
         elements of an array, * for any name, ** for all that is beneath"
    )]
    Malformed,
    /// It is there already.
    #[error("the field is named twice")]
    Twice,
    /// It is beneath another path, or another beneath it.
    #[error("the path is beneath another one, or another one beneath it")]
    Overlap,
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    ///
    /// [`PathError::Malformed`].
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let steps = steps(text).filter(|steps| steps.len() <= MAX_STEPS);
        Ok(Self {
            text: text.to_owned(),
            steps: steps.ok_or(PathError::Malformed)?,
        })
    }

    /// The path of a member of this very name.
    pub(super) fn of_name(name: &str) -> Self {
        Self {
            text: name.to_owned(),
            steps: vec![Step::Name(name.to_owned())],
        }
    }

    /// The path as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it stands for one place alone.
    pub(crate) fn is_single(&self) -> bool {
        self.names().is_some()
    }

    /// Its names, when it is made of nothing else.
    pub(crate) fn names(&self) -> Option<Vec<&str>> {
        let name = |step: &'_ Step| matches!(step, Step::Name(_));
        self.steps.iter().all(name).then(|| {
            let names = self.steps.iter().filter_map(|step| match step {
                Step::Name(name) => Some(name.as_str()),
                _ => None,
            });
            names.collect()
        })
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}

fn steps(text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    if text == "$" {
        return Some(steps);
    }
    let mut rest = text;
    loop {
        if let Some(after) = rest.strip_prefix("[*]") {
            steps.push(Step::Items);
            rest = after;
        } else {
            if !steps.is_empty() {
                rest = rest.strip_prefix('.')?;
            }
            let (step, after) = name(rest)?;
            steps.push(step);
            rest = after;
        }
        if rest.is_empty() {
            return Some(steps);
        }
        if steps.last() == Some(&Step::Beneath) {
            return None;
        }
    }
}

/// A name and what follows it.
fn name(text: &str) -> Option<(Step, &str)> {
    if text.starts_with('"') {
        let mut quoted = serde_json::Deserializer::from_str(text).into_iter::<String>();
        let name = quoted.next()?.ok()?;
        return Some((Step::Name(name), text.get(quoted.byte_offset()..)?));
    }
    let is_special = |it: char| matches!(it, '.' | '[' | ']' | '"' | '$' | '*' | '\\');
    if let Some(after) = text.strip_prefix("**") {
        return Some((Step::Beneath, after));
    }
    if let Some(after) = text.strip_prefix('*') {
        return Some((Step::AnyName, after));
    }
    let end = text.find(is_special).unwrap_or(text.len());
    let (name, after) = text.split_at(end);
    (!name.is_empty()).then(|| (Step::Name(name.to_owned()), after))
}

/// Paths, so that each place of a document is looked up once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    /// Which path ends here.
    index: Option<usize>,
    /// Whether it does so for all that is beneath, too.
    is_deep: bool,
    names: BTreeMap<String, Tree>,
    any_name: Option<Box<Tree>>,
    items: Option<Box<Tree>>,
}

impl Tree {
    /// Adds a path, none beneath another.
    pub(crate) fn insert(&mut self, path: &Path, index: usize) -> Result<(), PathError> {
        let mut node = self;
        for step in &path.steps {
            if node.index.is_some() {
                return Err(PathError::Overlap);
            }
            node = match step {
                Step::Name(name) => node.names.entry(name.clone()).or_default(),
                Step::AnyName => node.any_name.get_or_insert_default(),
                Step::Items => node.items.get_or_insert_default(),
                Step::Beneath => return node.insert_beneath(index),
            };
        }
        if node.index.is_some() {
            return Err(PathError::Twice);
        }
        if node.has_members() || node.items.is_some() {
            return Err(PathError::Overlap);
        }
        node.index = Some(index);
        Ok(())
    }

    /// Adds a path for all that is beneath, the members that have paths of their own apart.
    fn insert_beneath(&mut self, index: usize) -> Result<(), PathError> {
        if self.index.is_some() || self.any_name.is_some() || self.items.is_some() {
            return Err(PathError::Overlap);
        }
        let all = Self {
            index: Some(index),
            is_deep: true,
            ..Self::default()
        };
        self.any_name = Some(Box::new(all.clone()));
        self.items = Some(Box::new(all));
        Ok(())
    }

    /// Lets what is beneath a `**` be reached too beside longer paths. Call it when all paths are there.
    pub(crate) fn spread(&mut self) {
        self.spread_from(None);
    }

    fn spread_from(&mut self, above: Option<&Self>) {
        let own = self.any_name.as_deref().filter(|it| it.is_deep).cloned();
        let all = own.as_ref().or(above);
        if self.index.is_some() {
            return;
        }
        if let Some(all) = all {
            self.any_name.get_or_insert_with(|| Box::new(all.clone()));
            self.items.get_or_insert_with(|| Box::new(all.clone()));
        }
        let others = self.any_name.iter_mut().chain(&mut self.items);
        for child in self.names.values_mut().chain(others.map(Box::as_mut)) {
            child.spread_from(all);
        }
    }

    /// Whether a path names the member of this name, so that no wildcard lets it through.
    pub(crate) fn has_name(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    /// Whether the path that ends here goes on through all that is beneath.
    pub(crate) const fn is_deep(&self) -> bool {
        self.is_deep
    }

    /// Which path ends here.
    pub(crate) const fn index(&self) -> Option<usize> {
        self.index
    }

    /// Whether paths go on through an object here.
    pub(crate) fn has_members(&self) -> bool {
        !self.names.is_empty() || self.any_name.is_some()
    }

    /// Where paths go on through the elements of an array here.
    pub(crate) fn items(&self) -> Option<&Self> {
        if self.is_deep {
            return Some(self);
        }
        self.items.as_deref()
    }

    /// Where paths go on through the member of this name.
    pub(crate) fn member(&self, name: &str) -> Option<&Self> {
        if self.is_deep {
            return Some(self);
        }
        self.names.get(name).or(self.any_name.as_deref())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
    use super::*;

    fn name(name: &str) -> Step {
        Step::Name(name.to_owned())
    }

    #[test]
    fn a_path_is_names_elements_and_any_names() {
        for (text, steps) in [
            ("$", vec![]),
            ("email", vec![name("email")]),
            (
                "items[*].email",
                vec![name("items"), Step::Items, name("email")],
            ),
            ("[*][*]", vec![Step::Items, Step::Items]),
            ("[*].a", vec![Step::Items, name("a")]),
            ("a.*.b", vec![name("a"), Step::AnyName, name("b")]),
            (r#""a.b \u00e9".c"#, vec![name("a.b \u{e9}"), name("c")]),
            ("first name.x", vec![name("first name"), name("x")]),
            ("**", vec![Step::Beneath]),
            ("a[*].**", vec![name("a"), Step::Items, Step::Beneath]),
        ] {
            assert_eq!(Path::parse(text).unwrap().steps, steps, "{text}");
        }
    }

    #[test]
    fn what_is_not_written_as_a_path_is_refused() {
        let long = "a.".repeat(128) + "a";
        for text in [
            "", ".", "a.", ".a", "a..b", "a[0]", "a[*", "a]", "a[*]b", "a.[*]", "\"a", "\"a\"b",
            "$.a", "a*", "***", "**.a", "**[*]", "a**", "a\\b", &long,
        ] {
            assert_eq!(Path::parse(text), Err(PathError::Malformed), "{text}");
        }
    }

    #[test]
    fn no_path_is_beneath_another() {
        let inserted = |paths: &[&str]| {
            let mut tree = Tree::default();
            paths
                .iter()
                .enumerate()
                .try_for_each(|(index, path)| tree.insert(&Path::parse(path).unwrap(), index))
        };
        assert_eq!(inserted(&["a.b", "a.c", "a.*", "a[*]", "d"]), Ok(()));
        assert_eq!(inserted(&["a.b", "a.**", "**"]), Ok(()));
        assert_eq!(inserted(&["a", "a"]), Err(PathError::Twice));
        assert_eq!(inserted(&["a.**", "a[*]"]), Err(PathError::Twice));
        for pair in [
            ["a", "a.b"],
            ["a.b", "a"],
            ["a[*]", "a"],
            ["$", "a"],
            ["a", "$"],
            ["a.*", "a.**"],
            ["a", "a.**"],
            ["a.**", "a"],
        ] {
            assert_eq!(inserted(&pair), Err(PathError::Overlap), "{pair:?}");
        }
    }
}
