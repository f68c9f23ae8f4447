//! How to look: the flags that `detect`, `redact` and `transform` share, as the engine takes them.
//!
//! Lists of values come from files, never from the command line, where a shell would remember them.
//! What is wrong with a list is told by file and line. Next: docs/DETECT.md.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use vouchsafe_pii::custom::{self, CustomError};
use vouchsafe_pii::detect::{DEFAULT_THRESHOLD, MAX_LIST_ENTRY_BYTES};
use vouchsafe_pii::{DetectOptions, Engine};

use super::{Failure, Output, files};

/// What to look for, and how sure one must be.
#[derive(clap::Args)]
pub(super) struct Look {
    /// The types to look for; vouchsafe entities lists them. [default: all]
    #[arg(long, value_delimiter = ',', value_name = "A,B", value_parser = trimmed)]
    entities: Option<Vec<String>>,
    /// The least confidence that is reported, from 0 to 1; of one type where its name stands before it.
    /// May be repeated. [default: 0.4]
    #[arg(long, value_name = "[TYPE=]NUMBER", allow_negative_numbers = true)]
    threshold: Vec<Threshold>,
    /// The language of the text, two letters. Names are looked for in English only; all else in any.
    #[arg(long, value_name = "LANGUAGE", default_value = "en")]
    language: String,
    /// Countries, two capital letters each: identifiers of others are not looked for. [default: all]
    #[arg(long, value_delimiter = ',', value_name = "US,DE", value_parser = trimmed)]
    regions: Option<Vec<String>>,
    /// Do not look for names of people, places and organisations, which takes most of the time.
    #[arg(long)]
    no_names: bool,
    /// Report values too whose check digits are wrong, as a mistyped identifier has them.
    #[arg(long)]
    looks_like: bool,
    /// Values that are never reported, one a line.
    #[arg(long, value_name = "FILE")]
    allow_list: Option<PathBuf>,
    /// Values that are always reported, as `DENY_LIST`, one a line.
    #[arg(long, value_name = "FILE")]
    deny_list: Option<PathBuf>,
    /// Recognisers of your own, a JSON object a line; see docs/DETECT.md.
    #[arg(long, value_name = "FILE")]
    recognisers: Option<PathBuf>,
}

/// A threshold of all types, or of one.
#[derive(Clone, Debug)]
struct Threshold {
    entity: Option<String>,
    number: f32,
}

impl FromStr for Threshold {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (entity, number) = match text.split_once('=') {
            Some((entity, number)) => (Some(entity.to_owned()), number),
            None => (None, text),
        };
        let number = number.trim().parse();
        let number = number.map_err(|_| "a number from 0 to 1, as in 0.5 or US_SSN=0.5")?;
        Ok(Self { entity, number })
    }
}

#[allow(
    clippy::unnecessary_wraps,
    reason = "a parser of values may fail, and this one does not"
)]
fn trimmed(text: &str) -> Result<String, core::convert::Infallible> {
    Ok(text.trim().to_owned())
}

impl Look {
    /// The engine, with the recognisers of the file beside its own.
    pub(super) fn engine(&self) -> Result<Engine, Failure> {
        let Some(path) = &self.recognisers else {
            return Ok(Engine::new());
        };
        let failure = |source| Failure::Recogniser {
            path: path.clone(),
            source,
        };
        let customs = custom::parse(&text(path)?).map_err(failure)?;
        Engine::with(customs).map_err(|fault| failure(CustomError { line: 0, fault }))
    }

    /// The files that are read.
    pub(super) fn files(&self) -> impl Iterator<Item = &Path> {
        let files = [&self.allow_list, &self.deny_list, &self.recognisers];
        files.into_iter().filter_map(|file| file.as_deref())
    }

    /// The options of the engine. They may still make no sense to it.
    pub(super) fn options(&self, engine: &Engine) -> Result<DetectOptions, Failure> {
        let named = self.threshold.iter().flat_map(|it| &it.entity);
        for name in self.entities.iter().flatten().chain(named) {
            if !engine.knows(name) {
                return Err(Failure::entity(name));
            }
        }
        let (threshold, thresholds) = self.thresholds()?;
        let options = DetectOptions {
            language: self.language.clone(),
            entities: self.entities.clone(),
            threshold,
            thresholds,
            regions: self.regions.clone(),
            names: !self.no_names,
            looks_like: self.looks_like,
            allow: list(self.allow_list.as_deref())?,
            deny: list(self.deny_list.as_deref())?,
        };
        if options.finds_nothing() {
            return Err(Failure::Conflict {
                one: "--entities of names alone",
                other: "--no-names or another language than en",
            });
        }
        Ok(options)
    }

    /// Tells a person that names are not looked for, which nobody would notice.
    pub(super) fn note(options: &DetectOptions, output: Output) {
        if options.misses_names() {
            output.note("names are looked for in English texts only (--language en)");
        }
    }

    /// The threshold of all types, and those of some. None is given twice: one of them would be
    /// forgotten.
    fn thresholds(&self) -> Result<(f32, BTreeMap<String, f32>), Failure> {
        let (mut all, mut some) = (None, BTreeMap::new());
        for Threshold { entity, number } in &self.threshold {
            let before = match entity {
                Some(entity) => some.insert(entity.clone(), *number),
                None => all.replace(*number),
            };
            if before.is_some() {
                return Err(Failure::Conflict {
                    one: "--threshold",
                    other: "another --threshold of the same types",
                });
            }
        }
        Ok((all.unwrap_or(DEFAULT_THRESHOLD), some))
    }
}

/// The lines of a file that are not blank, without their ends.
fn list(path: Option<&Path>) -> Result<Vec<String>, Failure> {
    let Some(path) = path else {
        return Ok(Vec::new());
    };
    let mut entries = Vec::new();
    for (line, entry) in (1..).zip(text(path)?.lines()) {
        if entry.len() > MAX_LIST_ENTRY_BYTES {
            return Err(Failure::ListEntry {
                path: path.to_owned(),
                line,
            });
        }
        if !entry.trim().is_empty() {
            entries.push(entry.to_owned());
        }
    }
    Ok(entries)
}

/// The text of a small file, without the mark that some editors put in front.
fn text(path: &Path) -> Result<String, Failure> {
    let content = files::read(path, files::MAX_SMALL_FILE_BYTES)?;
    let text = std::str::from_utf8(&content).map_err(|error| Failure::NotUtf8 {
        path: path.to_owned(),
        at: error.valid_up_to(),
    })?;
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}
