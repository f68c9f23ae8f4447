//! The labels of `placeholder` in a file, so that a later run goes on with them.
//!
//! The file holds a key and digests under it, no value. Whoever reads it can test guesses of values, so
//! it is its owner's alone. Next: `vouchsafe_pii::placeholder`.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use vouchsafe_pii::placeholder::{Placeholders, Session};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::out::{Out, json_line};
use super::{Failure, files};
use crate::client::random;

/// The most labels with the longest names, and some room.
const MAX_BYTES: usize = 16 * 1024 * 1024;

type Key = Zeroizing<[u8; 32]>;

/// What stands in the file.
#[derive(Deserialize, Serialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct Content {
    /// In hex.
    key: String,
    #[zeroize(skip)]
    labels: Session,
}

/// The file of labels, which no other run uses meanwhile.
struct Kept {
    path: PathBuf,
    lock: PathBuf,
}

impl Drop for Kept {
    fn drop(&mut self) {
        // What cannot be removed is told to the next run.
        let _ = std::fs::remove_file(&self.lock);
    }
}

/// The labels of a run, kept in a file where one is named.
pub(super) struct Labels {
    kept: Option<Kept>,
    key: Key,
    /// What the run goes on with.
    pub(super) placeholders: Placeholders,
}

impl Labels {
    /// The labels of the file, or none yet where there is no file.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let kept = path.map(lock).transpose()?;
        let read = match &kept {
            Some(kept) => read(&kept.path)?,
            None => None,
        };
        let (key, placeholders) = read.unwrap_or_else(|| {
            let key = Key::new(random());
            let placeholders = Placeholders::new(&key);
            (key, placeholders)
        });
        Ok(Self {
            kept,
            key,
            placeholders,
        })
    }

    /// Keeps the labels, those of a run that failed too: some may have been written.
    pub(super) fn keep(&self) -> Result<(), Failure> {
        let Some(Kept { path, .. }) = &self.kept else {
            return Ok(());
        };
        let content = Content {
            key: hex::encode(*self.key),
            labels: self.placeholders.session(),
        };
        let mut out = Out::to(path)?;
        json_line(&mut out, &content).map_err(|source| out.unwritable(source))?;
        out.finish()
    }
}

/// The file by which a run has a file of labels to itself.
pub(super) fn lock_of(path: &Path) -> PathBuf {
    let mut lock = path.as_os_str().to_owned();
    lock.push(".lock");
    PathBuf::from(lock)
}

/// Takes the file for this run. One that was ended before it kept its labels leaves the lock behind.
fn lock(path: &Path) -> Result<Kept, Failure> {
    // A link stays one: what is replaced is what it leads to.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let lock = lock_of(&path);
    match OpenOptions::new().write(true).create_new(true).open(&lock) {
        Ok(_) => Ok(Kept { path, lock }),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Err(Failure::Locked { path: lock })
        }
        Err(source) => Err(Failure::Unwritable { path: lock, source }),
    }
}

fn read(path: &Path) -> Result<Option<(Key, Placeholders)>, Failure> {
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

fn resume(content: &[u8]) -> Option<(Key, Placeholders)> {
    let content: Content = serde_json::from_slice(content).ok()?;
    let mut key = Key::default();
    hex::decode_to_slice(&content.key, &mut *key).ok()?;
    let placeholders = Placeholders::resume(&key, &content.labels).ok()?;
    Some((key, placeholders))
}
