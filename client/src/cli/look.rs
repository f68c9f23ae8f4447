//! How to look: the flags that `detect` and `redact` share, as the engine takes them.
//!
//! Lists of values come from files, never from the command line, where a shell would remember them.
//! What is wrong with a list is told by file and line. Next: docs/DETECT.md.

use std::path::{Path, PathBuf};

use vouchsafe_pii::custom::{self, CustomError};
use vouchsafe_pii::detect::{DEFAULT_THRESHOLD, MAX_LIST_ENTRY_BYTES};
use vouchsafe_pii::{DetectOptions, Engine};

use super::{Failure, files};

/// What to look for, and how sure one must be.
#[derive(clap::Args)]
pub(super) struct Look {
    /// The types to look for; vouchsafe entities lists them. [default: all]
    #[arg(long, value_delimiter = ',', value_name = "A,B")]
    entities: Option<Vec<String>>,
    /// The least confidence that is reported, from 0 to 1.
    #[arg(long, value_name = "NUMBER", default_value_t = DEFAULT_THRESHOLD)]
    threshold: f32,
    /// The language of the text, two letters.
    #[arg(long, value_name = "LANGUAGE", default_value = "en")]
    language: String,
    /// Countries, two capital letters each: identifiers of others are not looked for. [default: all]
    #[arg(long, value_delimiter = ',', value_name = "US,DE")]
    regions: Option<Vec<String>>,
    /// Do not look for names of people, places and organisations, which takes most of the time.
    #[arg(long)]
    no_names: bool,
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

    /// The options of the engine. They may still make no sense to it.
    pub(super) fn options(&self) -> Result<DetectOptions, Failure> {
        Ok(DetectOptions {
            language: self.language.clone(),
            entities: self.entities.clone(),
            threshold: self.threshold,
            regions: self.regions.clone(),
            names: !self.no_names,
            allow: list(self.allow_list.as_deref())?,
            deny: list(self.deny_list.as_deref())?,
            ..DetectOptions::default()
        })
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
