//! The labels of `placeholder` in a file, so that a later run goes on with them.
//!
//! The file holds a key and digests under it, no value. Whoever reads it can test guesses of values, so
//! it is its owner's alone. Next: `vouchsafe_pii::placeholder`.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use vouchsafe_pii::placeholder::{Placeholders, Session};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::out::Out;
use super::{Failure, files};
use crate::client::random;

/// The most labels with the longest names, and some room.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// What stands in the file.
#[derive(Deserialize, Serialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct Content {
    /// In hex.
    key: String,
    #[zeroize(skip)]
    labels: Session,
}

/// The labels of a run, kept in a file where one is named.
pub(super) struct Labels {
    path: Option<PathBuf>,
    key: [u8; 32],
    /// What the run goes on with.
    pub(super) placeholders: Placeholders,
}

impl Labels {
    /// The labels of the file, or none yet where there is no file.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let kept = match path {
            Some(path) => read(path)?,
            None => None,
        };
        let (key, placeholders) = kept.unwrap_or_else(|| {
            let key = random();
            (key, Placeholders::new(&key))
        });
        Ok(Self {
            path: path.map(Path::to_owned),
            key,
            placeholders,
        })
    }

    /// Keeps the labels, those of a run that failed too: some may have been written.
    pub(super) fn keep(&self) -> Result<(), Failure> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let content = Content {
            key: hex::encode(self.key),
            labels: self.placeholders.session(),
        };
        let mut out = Out::to(path)?;
        let written = serde_json::to_writer(&mut out, &content).map_err(std::io::Error::from);
        let written = written.and_then(|()| out.write_all(b"\n"));
        written.map_err(|source| out.unwritable(source))?;
        out.finish()
    }
}

impl Drop for Labels {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

fn read(path: &Path) -> Result<Option<([u8; 32], Placeholders)>, Failure> {
    let content = match files::read_secret(path, MAX_BYTES) {
        Err(Failure::Unreadable { source, .. }) if source.kind() == ErrorKind::NotFound => {
            return Ok(None);
        }
        content => content?,
    };
    let kept = resume(&content).ok_or_else(|| Failure::LabelFile {
        path: path.to_owned(),
    })?;
    Ok(Some(kept))
}

fn resume(content: &[u8]) -> Option<([u8; 32], Placeholders)> {
    let content: Content = serde_json::from_slice(content).ok()?;
    let mut key = [0; 32];
    hex::decode_to_slice(&content.key, &mut key).ok()?;
    let placeholders = Placeholders::resume(&key, &content.labels).ok()?;
    Some((key, placeholders))
}
