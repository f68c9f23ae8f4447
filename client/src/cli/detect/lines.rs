//! A text on each line, and a line of JSON for each: its findings, or why there are none.
//!
//! A line that fails is answered in its place and does not stop the others, unless the caller takes
//! the numbers and codes of such lines in a file. No message holds any of a line.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::json;
use vouchsafe_pii::detect::{DetectError, DetectOptions, Overlaps, Scanner};
use vouchsafe_pii::offsets::{self, OffsetUnit};
use vouchsafe_pii::{Engine, Finding};
use zeroize::Zeroizing;

use super::super::lines::{Line, Lines};
use super::super::out::json_line;
use super::super::progress::Progress;
use super::super::stream::Counts;
use super::super::{Failure, Output, input};
use super::FindingJson;

/// Longest line, in bytes.
const MAX_LINE_BYTES: usize = 4 * 1024 * 1024;
/// Deepest JSON of a line.
const MAX_DEPTH: usize = 128;

/// Why a line has no findings.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
enum LineError {
    #[error("line {line}: longer than {MAX_LINE_BYTES} bytes")]
    TooLong { line: u64 },
    #[error("line {line}: byte {at} of the input is not UTF-8")]
    NotUtf8 { line: u64, at: usize },
    #[error("line {line}, byte {column}: not JSON")]
    Syntax { line: u64, column: usize },
    #[error("line {line}, byte {column}: not an object of the documented members")]
    Shape { line: u64, column: usize },
    #[error("line {line}, byte {column}: nested deeper than {MAX_DEPTH}")]
    TooDeep { line: u64, column: usize },
    #[error("line {line}: {source}")]
    Detect { line: u64, source: DetectError },
}

impl LineError {
    /// The stable name of the cause.
    const fn code(self) -> &'static str {
        match self {
            Self::TooLong { .. } => "line_too_long",
            Self::NotUtf8 { .. } => "not_utf8",
            Self::Syntax { .. } => "json_syntax",
            Self::Shape { .. } => "item_shape",
            Self::TooDeep { .. } => "json_too_deep",
            Self::Detect { source, .. } => source.code(),
        }
    }
}

/// A line of NDJSON. Members that are missing are as the command line says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemLine {
    text: String,
    reference: Option<String>,
    language: Option<String>,
    entities: Option<Vec<String>>,
    threshold: Option<f32>,
    thresholds: Option<BTreeMap<String, f32>>,
    regions: Option<Vec<String>>,
    names: Option<bool>,
    looks_like: Option<bool>,
    allow: Option<Vec<String>>,
    deny: Option<Vec<String>>,
}

/// The answer to a line.
#[derive(Serialize)]
struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    findings: Vec<FindingJson>,
    offsets: OffsetUnit,
}

/// A file of lines, and what to do with it.
pub(super) struct Job<'a> {
    pub(super) path: &'a Path,
    pub(super) engine: &'a Engine,
    pub(super) options: &'a DetectOptions,
    pub(super) is_json: bool,
    pub(super) unit: OffsetUnit,
    pub(super) skip_errors: Option<&'a Path>,
}

/// How it went.
pub(super) struct Ended {
    pub(super) found: u64,
    /// Whether a line failed that was not to be skipped.
    pub(super) has_failed: bool,
}

#[derive(Default)]
struct Count {
    lines: u64,
    errors: u64,
    found: Counts,
}

impl Job<'_> {
    pub(super) fn run(&self, output: Output) -> Result<Ended, Failure> {
        Scanner::new(self.engine, self.options, Overlaps::Resolve)?;
        let progress = Progress::over(self.path, output);
        progress.message("detect");
        let mut lines = Lines::new(input::open(self.path, &progress)?, MAX_LINE_BYTES);
        let mut count = Count::default();
        let ended = self.all(self.engine, &mut lines, &mut count);
        progress.finish();
        let share = if ended.is_ok() { "100 % of " } else { "only " };
        let text = format!(
            "vouchsafe: {} lines, {} errors, {}; {share}{} bytes scanned",
            count.lines,
            count.errors,
            count.found.to_text(),
            lines.bytes()
        );
        let value = json!({
            "lines": count.lines,
            "errors": count.errors,
            "findings": count.found.total(),
            "entities": count.found.to_json(),
            "bytes": lines.bytes(),
            "complete": ended.is_ok(),
        });
        output.summary(&value, &text);
        ended.map(|()| Ended {
            found: count.found.total(),
            has_failed: count.errors > 0 && self.skip_errors.is_none(),
        })
    }

    fn all<R: std::io::Read>(
        &self,
        engine: &Engine,
        lines: &mut Lines<R>,
        count: &mut Count,
    ) -> Result<(), Failure> {
        let mut skipped = self.skip_errors.map(Skipped::create).transpose()?;
        let mut stdout = BufWriter::new(std::io::stdout());
        let unreadable = |source| Failure::Unreadable {
            path: self.path.to_owned(),
            source,
        };
        while let Some(line) = lines.next().map_err(unreadable)? {
            count.lines += 1;
            let written = match self.answer(engine, &line, &mut count.found) {
                Ok(answer) => json_line(&mut stdout, &answer),
                Err(error) => {
                    count.errors += 1;
                    if let Some(skipped) = &mut skipped {
                        skipped.add(line.number, error)?;
                        continue;
                    }
                    let answer = json!({
                        "error": { "code": error.code(), "message": error.to_string() },
                        "line": line.number,
                    });
                    json_line(&mut stdout, &answer)
                }
            };
            written.map_err(Failure::Output)?;
        }
        stdout.flush().map_err(Failure::Output)?;
        skipped.map_or(Ok(()), Skipped::finish)
    }

    fn answer(
        &self,
        engine: &Engine,
        line: &Line<'_>,
        found: &mut Counts,
    ) -> Result<Answer, LineError> {
        let number = line.number;
        let content = line.content.ok_or(LineError::TooLong { line: number })?;
        let text = std::str::from_utf8(content).map_err(|error| LineError::NotUtf8 {
            line: number,
            at: line.at + error.valid_up_to(),
        })?;
        if !self.is_json {
            return self.find(engine, text, self.options, number, found);
        }
        let (reference, text, options) = self.item(text, number)?;
        let answer = self.find(engine, &text, &options, number, found)?;
        Ok(Answer {
            reference,
            ..answer
        })
    }

    /// The reference and the text of a line of NDJSON, and how to look.
    fn item(
        &self,
        text: &str,
        line: u64,
    ) -> Result<(Option<String>, Zeroizing<String>, DetectOptions), LineError> {
        let text = text
            .strip_prefix('\u{feff}')
            .filter(|_| line == 1)
            .unwrap_or(text);
        if let Some(column) = too_deep(text) {
            return Err(LineError::TooDeep { line, column });
        }
        let item: ItemLine = serde_json::from_str(text).map_err(|error| {
            let column = error.column();
            if error.is_data() {
                LineError::Shape { line, column }
            } else {
                LineError::Syntax { line, column }
            }
        })?;
        let mut options = self.options.clone();
        if let Some(language) = item.language {
            options.language = language;
        }
        options.threshold = item.threshold.unwrap_or(options.threshold);
        options.thresholds = item.thresholds.unwrap_or(options.thresholds);
        options.names = item.names.unwrap_or(options.names);
        options.looks_like = item.looks_like.unwrap_or(options.looks_like);
        options.entities = item.entities.or(options.entities);
        options.regions = item.regions.or(options.regions);
        options.allow = item.allow.unwrap_or(options.allow);
        options.deny = item.deny.unwrap_or(options.deny);
        Ok((item.reference, Zeroizing::new(item.text), options))
    }

    fn find(
        &self,
        engine: &Engine,
        text: &str,
        options: &DetectOptions,
        line: u64,
        found: &mut Counts,
    ) -> Result<Answer, LineError> {
        let findings = engine
            .detect(text, options)
            .map_err(|source| LineError::Detect { line, source })?;
        // The findings are of this text, so their spans are on its characters.
        let spans = offsets::convert(text, &findings, self.unit).unwrap_or_default();
        for finding in &findings {
            found.add(finding);
        }
        let json = |(finding, span): (&Finding, _)| FindingJson::new(finding, span, None);
        Ok(Answer {
            reference: None,
            findings: findings.iter().zip(spans).map(json).collect(),
            offsets: self.unit,
        })
    }
}

/// Where JSON is nested too deep, from 1. Brackets inside of strings are none.
fn too_deep(text: &str) -> Option<usize> {
    let (mut depth, mut is_string, mut is_escaped) = (0_usize, false, false);
    for (place, byte) in (1..).zip(text.bytes()) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_string => is_escaped = true,
            b'"' => is_string = !is_string,
            b'[' | b'{' if !is_string => depth += 1,
            b']' | b'}' if !is_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Some(place);
        }
    }
    None
}

/// The file of lines that failed.
struct Skipped<'a> {
    path: &'a Path,
    file: BufWriter<File>,
}

impl<'a> Skipped<'a> {
    fn create(path: &'a Path) -> Result<Self, Failure> {
        let file = File::create(path).map_err(|source| unwritable(path, source))?;
        Ok(Self {
            path,
            file: BufWriter::new(file),
        })
    }

    fn add(&mut self, line: u64, error: LineError) -> Result<(), Failure> {
        let entry = json!({ "line": line, "code": error.code() });
        writeln!(self.file, "{entry}").map_err(|source| unwritable(self.path, source))
    }

    fn finish(mut self) -> Result<(), Failure> {
        self.file
            .flush()
            .map_err(|source| unwritable(self.path, source))
    }
}

fn unwritable(path: &Path, source: std::io::Error) -> Failure {
    Failure::Unwritable {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_counts_brackets_that_are_not_text() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(too_deep(&nested(MAX_DEPTH)), None);
        assert_eq!(too_deep(&nested(MAX_DEPTH + 1)), Some(MAX_DEPTH + 1));
        let text = format!(r#"{{"text":"\"{}\\"}}"#, "[".repeat(1000));
        assert_eq!(too_deep(&text), None);
        assert_eq!(too_deep(&"[]{}".repeat(1000)), None);
    }
}
