//! Counts what was found against what should be.

use vouchsafe_pii::names::{Kind, Names, Span};

/// Counts of one kind. A name counts as found when begin, end and kind are right.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Count {
    /// Names that are there.
    pub(crate) there: usize,
    /// Spans that were reported.
    pub(crate) reported: usize,
    /// Spans that were reported and are right.
    pub(crate) right: usize,
    /// Names of which each byte is in some span, whatever its kind.
    pub(crate) covered: usize,
}

impl Count {
    /// Right spans of a hundred reported.
    pub(crate) const fn precision(&self) -> usize {
        percent(self.right, self.reported)
    }

    /// Right spans of a hundred names.
    pub(crate) const fn recall(&self) -> usize {
        percent(self.right, self.there)
    }

    /// Names of a hundred that would not be readable after redaction.
    pub(crate) const fn covered(&self) -> usize {
        percent(self.covered, self.there)
    }
}

const fn percent(part: usize, whole: usize) -> usize {
    match (part * 100).checked_div(whole) {
        Some(percent) => percent,
        None => 100,
    }
}

/// The counts of each kind, in the order of [`Kind::ALL`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts(pub(crate) [Count; 5]);

impl Counts {
    /// Scans `text` and counts what has `percent` or more against `expected`.
    pub(crate) fn add(
        &mut self,
        names: &Names,
        text: &str,
        percent: u8,
        expected: &[(usize, usize, Kind)],
    ) -> Vec<Span> {
        let mut spans = Vec::new();
        names.scan(text, 0, text.len(), &mut spans);
        spans.retain(|span| span.percent >= percent);
        for (kind, count) in Kind::ALL.into_iter().zip(&mut self.0) {
            for (start, end, _) in expected.iter().filter(|name| name.2 == kind) {
                count.there += 1;
                let covered = (*start..*end)
                    .all(|at| spans.iter().any(|span| span.start <= at && at < span.end));
                count.covered += usize::from(covered);
            }
            for span in spans.iter().filter(|span| span.kind == kind) {
                count.reported += 1;
                count.right += usize::from(expected.contains(&(span.start, span.end, kind)));
            }
        }
        spans
    }

    /// All kinds together.
    pub(crate) fn total(&self) -> Count {
        let mut total = Count::default();
        for count in &self.0 {
            total.there += count.there;
            total.reported += count.reported;
            total.right += count.right;
            total.covered += count.covered;
        }
        total
    }
}

impl core::fmt::Display for Counts {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let rows = Kind::ALL
            .map(Kind::name)
            .into_iter()
            .zip(self.0)
            .chain([("all", self.total())]);
        for (name, count) in rows {
            let (precision, recall) = (count.precision(), count.recall());
            let (there, covered) = (count.there, count.covered());
            writeln!(
                f,
                "{name:<13} {there:>6} there, precision {precision:>3} %, recall {recall:>3} %, covered {covered:>3} %"
            )?;
        }
        Ok(())
    }
}
