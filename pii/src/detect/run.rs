//! A run of digit groups: `4111 1111 1111 1111`, `078-05-1123`, `192.168.0.1`.
//!
//! Cards, social security numbers, telephone numbers and IPv4 addresses are all groups of digits
//! with something small between them. A run is read once where it starts and never past
//! [`MAX_DIGITS`] digits, so each costs a bounded amount of work. Next: [`super::number`].

/// The most digits of any identifier that is looked for (a card number).
pub(super) const MAX_DIGITS: usize = 19;

/// What stands between two groups.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Gap {
    /// A space, breaking or not.
    Space,
    /// A hyphen or en dash.
    Dash,
    /// A full stop.
    Dot,
    /// A slash.
    Slash,
    /// A bracket, with at most one more separator.
    Bracket,
}

/// One group of digits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Group {
    pub(super) start: usize,
    pub(super) end: usize,
    /// What stands between this group and the one before it. `None` for the first.
    pub(super) gap: Option<Gap>,
    /// How many digits the run has up to the end of this group.
    pub(super) through: usize,
}

impl Group {
    pub(super) const fn len(&self) -> usize {
        self.end - self.start
    }
}

/// Groups that start at one place, at most [`MAX_DIGITS`] digits together.
#[derive(Debug, Default)]
pub(super) struct Run {
    digits: [u8; MAX_DIGITS],
    groups: [Group; MAX_DIGITS],
    count: usize,
}

impl Run {
    /// Reads the run whose first group is `start..end`, a maximal group of ASCII digits.
    ///
    /// False when that group alone is too long.
    pub(super) fn read(&mut self, text: &str, start: usize, end: usize) -> bool {
        self.count = 0;
        let mut group = Group {
            start,
            end,
            gap: None,
            through: end - start,
        };
        let mut used = 0;
        while group.through <= MAX_DIGITS {
            self.digits[used..group.through]
                .copy_from_slice(&text.as_bytes()[group.start..group.end]);
            self.groups[self.count] = group;
            self.count += 1;
            used = group.through;
            let Some((gap, next)) = gap_at(text, group.end) else {
                break;
            };
            let length = text.as_bytes()[next..]
                .iter()
                .take(MAX_DIGITS + 1)
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            group = Group {
                start: next,
                end: next + length,
                gap: Some(gap),
                through: used + length,
            };
        }
        self.count > 0
    }

    pub(super) fn groups(&self) -> &[Group] {
        &self.groups[..self.count]
    }

    /// The digits of the first `groups` groups, one at least, without what stands between them.
    pub(super) fn digits(&self, groups: usize) -> &[u8] {
        &self.digits[..self.groups[groups - 1].through]
    }
}

/// The gap at byte `at` and where the digits after it begin. `None` when no digit follows.
fn gap_at(text: &str, at: usize) -> Option<(Gap, usize)> {
    let mut characters = text[at..].chars();
    let first = characters.next()?;
    let second = characters.next()?;
    let single = |gap| {
        second
            .is_ascii_digit()
            .then_some((gap, at + first.len_utf8()))
    };
    let third = characters.next();
    let double = || {
        third
            .is_some_and(|digit| digit.is_ascii_digit())
            .then_some((Gap::Bracket, at + first.len_utf8() + second.len_utf8()))
    };
    match (first, second) {
        (')', ' ' | '\u{a0}' | '-' | '.' | '/') | (' ' | '\u{a0}' | '-' | ')', '(') => double(),
        (' ' | '\u{a0}' | '\u{202f}', _) => single(Gap::Space),
        ('-' | '\u{2010}' | '\u{2011}' | '\u{2013}', _) => single(Gap::Dash),
        ('.', _) => single(Gap::Dot),
        ('/', _) => single(Gap::Slash),
        ('(' | ')', _) => single(Gap::Bracket),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(text: &str) -> Vec<usize> {
        let end = text.bytes().take_while(u8::is_ascii_digit).count();
        let mut run = Run::default();
        run.read(text, 0, end);
        run.groups().iter().map(Group::len).collect()
    }

    #[test]
    fn groups_are_read_across_each_kind_of_gap() {
        assert_eq!(lengths("4111 1111-1111.1111"), [4, 4, 4, 4]);
        assert_eq!(lengths("415) 555-0132"), [3, 3, 4]);
        assert_eq!(lengths("44 (20) 7123\u{a0}4567"), [2, 2, 4, 4]);
        assert_eq!(lengths("1\u{2013}2"), [1, 1]);
    }

    #[test]
    fn a_run_stops_at_what_is_no_gap_and_before_too_many_digits() {
        assert_eq!(lengths("12  34"), [2]);
        assert_eq!(lengths("12-x"), [2]);
        assert_eq!(lengths("12-"), [2]);
        assert_eq!(lengths("12"), [2]);
        assert_eq!(lengths("1234567890 123456789 0"), [10, 9]);
        assert_eq!(lengths("12345678901234567890"), [0; 0]);
    }
}
