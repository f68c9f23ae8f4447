//! One JSON document: what is done at each path, everything else as it was written.
//!
//! The document is walked as text and copied, so that numbers keep their digits, members their order
//! and white space its place. A value that an action changed is a string, except that a number stays
//! one where the action makes numbers. `null` stays wherever the recipe has a path: nothing is in it.
//! The names of members are never changed. Next: [`super::json_scan`].

use core::ops::Range;

use zeroize::Zeroizing;

use super::json_scan::{byte, check, lookup, space, string_end, unescaped, value_end};
use super::{Classes, Fault, RecordError};
use crate::action::{Input, Outcome, Prepared, Run};
use crate::keys::Keys;
use crate::operation::Class;
use crate::recipe::{JsonRecipe, Path, Tree, Unlisted};

/// A recipe with its keys.
pub(super) struct Document<'a> {
    recipe: &'a JsonRecipe,
    tree: Tree,
    actions: Vec<Prepared<'a>>,
    /// Whether some document had the path of each.
    seen: Vec<bool>,
}

/// What is done at a place.
#[derive(Clone, Copy)]
enum Fate {
    Leave,
    Copy,
    Enter,
    Act(usize),
}

/// Why not, and at which field of the recipe.
type Refused = (Fault, Option<usize>);

impl<'a> Document<'a> {
    pub(super) fn new(recipe: &'a JsonRecipe, keys: &'a dyn Keys) -> Result<Self, RecordError> {
        let mut tree = Tree::default();
        let mut actions = Vec::with_capacity(recipe.fields.len());
        for (index, (path, action)) in recipe.fields.iter().enumerate() {
            let error = |fault| RecordError::new(0, 0, fault).field(path.as_str());
            // A recipe that was not read but made may hold paths that overlap.
            tree.insert(path, index)
                .map_err(|_| error(Fault::Unlisted))?;
            actions.push(Prepared::new(action, keys).map_err(|fault| error(fault.into()))?);
        }
        tree.spread();
        Ok(Self {
            recipe,
            tree,
            seen: vec![false; actions.len()],
            actions,
        })
    }

    /// The paths that no document had so far.
    pub(super) fn unmatched(&self) -> Vec<Box<str>> {
        let fields = self.recipe.fields.iter().zip(&self.seen);
        let unseen = fields.filter(|(_, seen)| !**seen);
        unseen.map(|((path, _), _)| path.as_str().into()).collect()
    }

    /// Appends what becomes of `text`, the `row`th document, which begins on `line`.
    pub(super) fn write(
        &mut self,
        (row, line): (u64, u64),
        text: &str,
        run: &mut Run<'_>,
        output: &mut Vec<u8>,
    ) -> Result<Classes, RecordError> {
        check(text).map_err(|(fault, at)| RecordError::new(row, line + at.max(1) - 1, fault))?;
        let subject = self.recipe.subject.as_ref().and_then(Path::names);
        let subject = subject.and_then(|names| single(text, lookup(text, &names)?));
        let mut walk = Walk {
            text,
            at: space(text, 0),
            subject: subject.unwrap_or_default(),
            name: Zeroizing::default(),
            unlisted: self.recipe.default,
            actions: &mut self.actions,
            seen: &mut self.seen,
            recipe: self.recipe,
            run,
            output,
            cell: Zeroizing::new(String::new()),
            classes: Classes::default(),
        };
        walk.document(&self.tree).map_err(|(fault, field)| {
            let error = RecordError::new(row, line, fault);
            match field.and_then(|index| self.recipe.fields.get(index)) {
                Some((path, _)) => error.field(path.as_str()),
                None => error,
            }
        })?;
        Ok(walk.classes)
    }
}

/// A string, number or boolean as text.
fn single(text: &str, value: Range<usize>) -> Option<Zeroizing<String>> {
    match byte(text, value.start) {
        b'{' | b'[' | b'n' => None,
        b'"' => unescaped(text, value).map(|it| Zeroizing::new(it.into_owned())),
        _ => text.get(value).map(|it| Zeroizing::new(it.to_owned())),
    }
}

struct Walk<'w, 'a, 'r> {
    text: &'w str,
    at: usize,
    subject: Zeroizing<String>,
    /// What the member is called that is at hand, or of which the elements are.
    name: Zeroizing<String>,
    unlisted: Unlisted,
    actions: &'w mut [Prepared<'a>],
    seen: &'w mut [bool],
    recipe: &'w JsonRecipe,
    run: &'w mut Run<'r>,
    output: &'w mut Vec<u8>,
    cell: Zeroizing<String>,
    classes: Classes,
}

impl Walk<'_, '_, '_> {
    fn document(&mut self, root: &Tree) -> Result<(), Refused> {
        match self.fate(Some(root), self.at)? {
            // Nothing would be left of a document that the recipe does not know.
            Fate::Leave if root.index().is_none() => Err((Fault::Unlisted, None)),
            Fate::Leave => Ok(()),
            fate => {
                self.copy(0..self.at);
                self.value(root, fate)?;
                self.copy(self.at..self.text.len());
                Ok(())
            }
        }
    }

    fn fate(&mut self, node: Option<&Tree>, at: usize) -> Result<Fate, Refused> {
        let first = byte(self.text, at);
        if let Some(node) = node {
            if let Some(index) = node.index() {
                self.seen[index] = true;
            }
            match node.index() {
                Some(index) if self.actions[index].drops() => return Ok(Fate::Leave),
                Some(_) if first == b'n' => return Ok(Fate::Copy),
                Some(_) if node.is_deep() && matches!(first, b'{' | b'[') => {
                    return Ok(Fate::Enter);
                }
                Some(index) => return Ok(Fate::Act(index)),
                None if first == b'{' && node.has_members() => return Ok(Fate::Enter),
                None if first == b'[' && node.items().is_some() => return Ok(Fate::Enter),
                None if first == b'n' => return Ok(Fate::Copy),
                None => {}
            }
        }
        match self.unlisted {
            Unlisted::Drop => Ok(Fate::Leave),
            Unlisted::Refuse => Err((Fault::Unlisted, None)),
        }
    }

    fn value(&mut self, node: &Tree, fate: Fate) -> Result<(), Refused> {
        match fate {
            Fate::Leave => self.at = value_end(self.text, self.at),
            Fate::Copy => self.copy_value(),
            Fate::Enter => self.members(node)?,
            Fate::Act(index) => self.act(index).map_err(|fault| (fault, Some(index)))?,
        }
        Ok(())
    }

    /// An object or array whose members have fates of their own.
    fn members(&mut self, node: &Tree) -> Result<(), Refused> {
        let text = self.text;
        let is_object = byte(text, self.at) == b'{';
        self.copy(self.at..self.at + 1);
        self.at += 1;
        let mut is_first = true;
        // Elements are called as their array is.
        let own = if is_object {
            Zeroizing::default()
        } else {
            self.name.clone()
        };
        loop {
            let start = self.at;
            let member = space(text, start);
            match byte(text, member) {
                b'}' | b']' | 0 => {
                    self.at = (member + 1).min(text.len());
                    self.copy(start..self.at);
                    return Ok(());
                }
                b',' => {
                    // Written anew before each member that is not the first.
                    self.at = member + 1;
                    continue;
                }
                _ => {}
            }
            let mut is_vouched_for = true;
            let (child, value) = if is_object {
                let key = member..string_end(text, member);
                let value = space(text, space(text, key.end) + 1);
                let name = unescaped(text, key).ok_or((Fault::Json, None))?;
                self.name.clear();
                self.name.push_str(&name);
                is_vouched_for = node.has_name(&name);
                (node.member(&name), value)
            } else {
                self.name.clear();
                self.name.push_str(&own);
                (node.items(), member)
            };
            match (self.fate(child, value)?, child) {
                (Fate::Leave, _) | (_, None) => {
                    self.at = space(text, value_end(text, value));
                }
                (fate, Some(child)) => {
                    if !is_first {
                        self.output.push(b',');
                    }
                    is_first = false;
                    if !is_vouched_for {
                        // A name that a wildcard lets through is somebody's, and leaves as it is.
                        self.classes.insert(Class::Plaintext);
                    }
                    self.copy(start..value);
                    self.at = value;
                    self.value(child, fate)?;
                    let end = space(text, self.at);
                    self.copy(self.at..end);
                    self.at = end;
                }
            }
        }
    }

    fn act(&mut self, index: usize) -> Result<(), Fault> {
        let text = self.text;
        if self.actions[index].keeps() {
            self.classes.insert(Class::Plaintext);
            self.copy_value();
            return Ok(());
        }
        let end = value_end(text, self.at);
        let first = byte(text, self.at);
        if matches!(first, b'{' | b'[') {
            return Err(Fault::NotAValue);
        }
        let value = single(text, self.at..end).ok_or(Fault::Json)?;
        self.cell.clear();
        let input = Input {
            value: &value,
            subject: &self.subject,
            entity: None,
            name: &self.name,
        };
        if let Outcome::Written(class) =
            self.actions[index].apply(input, self.run, &mut self.cell)?
        {
            self.classes.insert(class);
        }
        let is_number = matches!(first, b'-' | b'0'..=b'9');
        let is_same = first != b'"' && *self.cell == *value;
        if is_same || is_number && self.recipe.fields[index].1.keeps_numbers() {
            self.output.extend_from_slice(self.cell.as_bytes());
        } else {
            serde_json::to_writer(&mut *self.output, self.cell.as_str())
                .map_err(|_| Fault::Json)?;
        }
        self.at = end;
        Ok(())
    }

    fn copy_value(&mut self) {
        let end = value_end(self.text, self.at);
        self.copy(self.at..end);
        self.at = end;
    }

    fn copy(&mut self, part: Range<usize>) {
        let bytes = self.text.as_bytes().get(part).unwrap_or_default();
        self.output.extend_from_slice(bytes);
    }
}
