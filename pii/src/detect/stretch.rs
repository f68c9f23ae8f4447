//! How far a run of characters goes, asked at many places of it without reading any of it twice.
//!
//! What may be thousands of bytes long and may begin every few bytes would otherwise be read a
//! thousand times: `a.io?,a.io?,…` is one URL after another, each as long as a URL may be.

/// What a character is to a run.
pub(super) enum Part {
    /// It belongs.
    Inside,
    /// It belongs, but not at the end.
    Loose,
    /// The run ends before it.
    Outside,
}

/// The run that was read last.
#[derive(Clone, Copy, Default)]
pub(super) struct Stretch {
    from: usize,
    /// How far it was read.
    until: usize,
    /// Where the last character ends that may be its end.
    solid: usize,
}

impl Stretch {
    /// Where the run from `from` on ends, before `limit`; both are on characters of `text`.
    ///
    /// One stretch serves one text and one kind of run. Questions cost least in the order of the text.
    pub(super) fn end(
        &mut self,
        text: &str,
        from: usize,
        limit: usize,
        part: impl Fn(char) -> Part,
    ) -> usize {
        if from < self.from || from > self.until || limit < self.until {
            (self.until, self.solid) = (from, from);
        }
        self.from = from;
        for character in text.get(self.until..limit).unwrap_or_default().chars() {
            match part(character) {
                Part::Inside => {
                    self.until += character.len_utf8();
                    self.solid = self.until;
                }
                Part::Loose => self.until += character.len_utf8(),
                Part::Outside => break,
            }
        }
        self.solid.max(from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn part(character: char) -> Part {
        match character {
            'a' | '\u{e9}' => Part::Inside,
            '.' => Part::Loose,
            _ => Part::Outside,
        }
    }

    proptest! {
        #[test]
        fn what_was_read_before_changes_no_answer(
            text in "[a.\u{e9} ]{0,40}",
            asked in prop::collection::vec((0_usize..40, 0_usize..12), 1..12),
        ) {
            let mut stretch = Stretch::default();
            for (from, length) in asked {
                let from = text.floor_char_boundary(from.min(text.len()));
                let limit = text.floor_char_boundary((from + length).min(text.len()));
                let expected = Stretch { from, until: from, solid: from }.end(&text, from, limit, part);
                let rest = &text[from..limit];
                let run = &rest[..rest.find(' ').unwrap_or(rest.len())];
                prop_assert_eq!(expected, from + run.trim_end_matches('.').len());
                prop_assert_eq!(stretch.end(&text, from, limit, part), expected);
            }
        }
    }
}
