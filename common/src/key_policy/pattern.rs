//! A value in a policy: literal text, wildcards `*` and `?`, and policy variables.
//!
//! A variable is replaced by the request's value taken literally, so a tag that holds `*` matches
//! an asterisk and nothing else. A variable without a value matches nothing.

use super::PolicyFault;
use super::condition::{Context, ContextKey};

/// Whether `*` and `?` in a value are wildcards or themselves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Wildcards {
    /// `*` is any run of characters, `?` any one.
    Special,
    /// Every character is itself.
    Literal,
}

/// A parsed value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pattern(Vec<Part>);

#[derive(Clone, Debug, Eq, PartialEq)]
enum Part {
    Char(char),
    AnyOne,
    AnyRun,
    Variable(ContextKey),
}

impl Pattern {
    /// Reads a value without policy variables: actions and resources.
    pub fn plain(text: &str) -> Self {
        Self(text.chars().map(wildcard_part).collect())
    }

    /// Reads a condition value: `${key}` is a variable, `${*}`, `${?}` and `${$}` that character.
    ///
    /// # Errors
    ///
    /// [`PolicyFault::Variable`] for an unclosed, unknown or defaulted variable.
    pub fn parse(text: &str, wildcards: Wildcards) -> Result<Self, PolicyFault> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let (before, from) = rest.split_at(start);
            let (name, after) = from[2..].split_once('}').ok_or(PolicyFault::Variable)?;
            push_text(&mut parts, before, wildcards);
            parts.push(match name {
                "*" => Part::Char('*'),
                "?" => Part::Char('?'),
                "$" => Part::Char('$'),
                _ => Part::Variable(ContextKey::parse_variable(name)?),
            });
            rest = after;
        }
        push_text(&mut parts, rest, wildcards);
        Ok(Self(parts))
    }

    /// The text that alone is matched; `None` with a wildcard or a variable.
    pub fn literal(&self) -> Option<String> {
        let characters = self.0.iter().map(|part| match part {
            Part::Char(character) => Some(*character),
            Part::AnyOne | Part::AnyRun | Part::Variable(_) => None,
        });
        characters.collect()
    }

    /// Whether one text alone is matched, once variables have the values of `context`.
    pub(super) fn is_whole(&self, context: &Context) -> bool {
        let parts = self.resolved(context);
        parts.is_some_and(|parts| parts.iter().all(|part| matches!(part, Part::Char(_))))
    }

    /// Whether every text is matched.
    pub fn is_anything(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|part| *part == Part::AnyRun)
    }

    /// Matches exact case, without variables.
    pub fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        matches_parts(&self.0, &text)
    }

    /// Matches whatever the case, without variables. Actions are compared so.
    pub fn matches_ignoring_case(&self, text: &str) -> bool {
        matches_parts(&lowered(&self.0), &lowered_chars(text))
    }

    /// Matches a request's value, with variables replaced from `context`.
    pub fn matches_in(&self, text: &str, ignore_case: bool, context: &Context) -> bool {
        let Some(parts) = self.resolved(context) else {
            return false;
        };
        if ignore_case {
            matches_parts(&lowered(&parts), &lowered_chars(text))
        } else {
            matches_parts(&parts, &text.chars().collect::<Vec<_>>())
        }
    }

    /// Replaces variables; `None` when one has no single value.
    fn resolved(&self, context: &Context) -> Option<Vec<Part>> {
        let mut parts = Vec::new();
        for part in &self.0 {
            match part {
                Part::Variable(key) => match context.values(key) {
                    [value] => parts.extend(value.chars().map(Part::Char)),
                    _ => return None,
                },
                other => parts.push(other.clone()),
            }
        }
        Some(parts)
    }
}

fn push_text(parts: &mut Vec<Part>, text: &str, wildcards: Wildcards) {
    match wildcards {
        Wildcards::Special => parts.extend(text.chars().map(wildcard_part)),
        Wildcards::Literal => parts.extend(text.chars().map(Part::Char)),
    }
}

const fn wildcard_part(c: char) -> Part {
    match c {
        '*' => Part::AnyRun,
        '?' => Part::AnyOne,
        other => Part::Char(other),
    }
}

fn lowered_chars(text: &str) -> Vec<char> {
    text.chars().flat_map(char::to_lowercase).collect()
}

fn lowered(parts: &[Part]) -> Vec<Part> {
    let mut out = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Part::Char(c) => out.extend(c.to_lowercase().map(Part::Char)),
            other => out.push(other.clone()),
        }
    }
    out
}

/// Greedy matching that returns to the last `*` only: time is bounded by pattern × text.
fn matches_parts(parts: &[Part], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match parts.get(p) {
            Some(Part::AnyRun) => {
                retry = Some((p + 1, t));
                p += 1;
            }
            Some(Part::AnyOne) => (p, t) = (p + 1, t + 1),
            Some(Part::Char(c)) if *c == text[t] => (p, t) = (p + 1, t + 1),
            _ => {
                let Some((after_run, consumed)) = retry else {
                    return false;
                };
                retry = Some((after_run, consumed + 1));
                (p, t) = (after_run, consumed + 1);
            }
        }
    }
    parts[p..].iter().all(|part| *part == Part::AnyRun)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_runs_and_single_characters() {
        for (pattern, text, expected) in [
            ("kms:*", "kms:Decrypt", true),
            (
                "kms:Generate*Plaintext",
                "kms:GenerateDataKeyWithoutPlaintext",
                true,
            ),
            ("kms:Generate*Plaintext", "kms:GenerateDataKey", false),
            ("kms:?ecrypt", "kms:Decrypt", true),
            ("*", "", true),
            ("?", "", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("", "x", false),
        ] {
            assert_eq!(
                Pattern::plain(pattern).matches(text),
                expected,
                "{pattern} on {text}"
            );
        }
    }

    #[test]
    fn a_hostile_pattern_ends_in_time() {
        let pattern = "*a".repeat(2_000) + "b";
        assert!(!Pattern::plain(&pattern).matches(&"a".repeat(20_000)));
    }

    #[test]
    fn a_variable_takes_the_tag_literally() {
        let pattern = Pattern::parse("${aws:PrincipalTag/tenant}", Wildcards::Special).unwrap();
        let mut context = Context::default();
        context.insert("aws:PrincipalTag/tenant", "*");
        assert!(pattern.matches_in("*", false, &context));
        assert!(!pattern.matches_in("acme", false, &context));
    }

    #[test]
    fn a_variable_without_value_matches_nothing() {
        let pattern = Pattern::parse("${aws:PrincipalTag/tenant}", Wildcards::Literal).unwrap();
        assert!(!pattern.matches_in("", false, &Context::default()));
    }

    #[test]
    fn escaped_wildcards_are_themselves() {
        let pattern = Pattern::parse("a${*}b${?}${$}", Wildcards::Special).unwrap();
        assert!(pattern.matches("a*b?$"));
        assert!(!pattern.matches("axb?$"));
    }

    #[test]
    fn unknown_unclosed_and_defaulted_variables_are_faults() {
        for text in [
            "${aws:username}",
            "${aws:PrincipalTag/t",
            "${}",
            "${aws:PrincipalTag/t, 'x'}",
        ] {
            assert_eq!(
                Pattern::parse(text, Wildcards::Literal),
                Err(PolicyFault::Variable)
            );
        }
    }
}
