//! Where findings of a stream are: counted as the text goes by, so none of it is kept.

use std::io::{BufWriter, Stdout, Write};

use vouchsafe_pii::Finding;
use vouchsafe_pii::detect::Checksum;
use vouchsafe_pii::offsets::{OffsetUnit, Span};

use super::super::Failure;
use super::super::out::json_line;
use super::super::stream::Listener;
use super::FindingJson;

/// How far a text has been counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Place {
    /// In the unit asked for.
    offset: usize,
    /// From 1.
    line: u64,
    /// In characters (code points), from 1.
    column: u64,
}

impl Place {
    const START: Self = Self {
        offset: 0,
        line: 1,
        column: 1,
    };

    fn advance(&mut self, text: &str, unit: OffsetUnit) {
        self.offset += match unit {
            OffsetUnit::Byte => text.len(),
            OffsetUnit::Codepoint => characters(text),
            OffsetUnit::Utf16 => characters(text) + beyond_utf16_unit(text),
        };
        match text.rfind('\n') {
            Some(last) => {
                let ends = text.bytes().filter(|byte| *byte == b'\n').count();
                self.line += ends as u64;
                self.column = 1 + characters(&text[last + 1..]) as u64;
            }
            None => self.column += characters(text) as u64,
        }
    }
}

fn characters(text: &str) -> usize {
    text.bytes().filter(|byte| byte & 0xc0 != 0x80).count()
}

/// Characters that take two units of UTF-16: those of four bytes.
fn beyond_utf16_unit(text: &str) -> usize {
    text.bytes().filter(|byte| *byte >= 0xf0).count()
}

/// How a finding is printed.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Form {
    /// A line for people, with line and column.
    Place,
    /// A line for people, with offsets.
    Offsets,
    /// A line of JSON.
    Json,
}

/// Prints findings to stdout.
pub(super) struct Printer {
    unit: OffsetUnit,
    form: Form,
    place: Place,
    /// Where the finding at hand begins.
    begin: Place,
    stdout: BufWriter<Stdout>,
}

impl Printer {
    pub(super) fn new(unit: OffsetUnit, form: Form) -> Self {
        Self {
            unit,
            form,
            place: Place::START,
            begin: Place::START,
            stdout: BufWriter::new(std::io::stdout()),
        }
    }
}

impl Printer {
    /// Writes a line for people.
    fn write(&mut self, place: &str, finding: &Finding) -> std::io::Result<()> {
        let failed = match finding.reason.checksum {
            Some(Checksum::Failed) => "  checksum failed",
            _ => "",
        };
        writeln!(
            self.stdout,
            "{place:<10}  {:<24}  {:.2}  {}{failed}",
            finding.entity.name(),
            f64::from(finding.confidence_percent) / 100.0,
            finding.reason.pattern,
        )
    }
}

impl Listener for Printer {
    fn outside(&mut self, text: &str) -> Result<(), Failure> {
        self.place.advance(text, self.unit);
        Ok(())
    }

    fn begin(&mut self) {
        self.begin = self.place;
    }

    fn inside(&mut self, text: &str) {
        self.place.advance(text, self.unit);
    }

    fn end(&mut self, finding: &Finding) -> Result<(), Failure> {
        let Place { line, column, .. } = self.begin;
        let (start, end) = (self.begin.offset, self.place.offset);
        let written = match self.form {
            Form::Json => {
                let finding = FindingJson::new(finding, Span { start, end }, Some(line));
                json_line(&mut self.stdout, &finding)
            }
            Form::Place => self.write(&format!("{line}:{column}"), finding),
            Form::Offsets => self.write(&format!("{start}-{end}"), finding),
        };
        written.map_err(Failure::Output)
    }

    fn pause(&mut self) -> Result<(), Failure> {
        self.stdout.flush().map_err(Failure::Output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "é😀a\nb€\n\nc";

    #[test]
    fn places_are_the_same_however_the_text_is_cut() {
        for (unit, offset) in [
            (OffsetUnit::Byte, TEXT.len()),
            (OffsetUnit::Codepoint, TEXT.chars().count()),
            (OffsetUnit::Utf16, TEXT.encode_utf16().count()),
        ] {
            for cut in (0..=TEXT.len()).filter(|cut| TEXT.is_char_boundary(*cut)) {
                let mut place = Place::START;
                place.advance(&TEXT[..cut], unit);
                place.advance(&TEXT[cut..], unit);
                let expected = Place {
                    offset,
                    line: 4,
                    column: 2,
                };
                assert_eq!(place, expected, "{unit:?} {cut}");
            }
        }
    }

    #[test]
    fn a_column_counts_characters_from_the_beginning_of_its_line() {
        let mut place = Place::START;
        place.advance("é😀", OffsetUnit::Byte);
        assert_eq!((place.line, place.column), (1, 3));
        place.advance("\n😀", OffsetUnit::Byte);
        assert_eq!((place.line, place.column), (2, 2));
    }
}
