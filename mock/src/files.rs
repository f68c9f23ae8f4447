//! Reading and writing the files of an installation.
//!
//! Files that hold a secret are readable by their owner only, from their first byte on, and are
//! replaced whole: a reader sees the old file or the new one.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// A file that cannot be read or written; the cause is in the source.
#[derive(Debug, thiserror::Error)]
#[error("cannot {what} {}", path.display())]
pub struct FileError {
    what: &'static str,
    path: PathBuf,
    source: std::io::Error,
}

impl FileError {
    fn at(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self { what, path, source }
    }
}

/// Reads a whole file.
///
/// # Errors
///
/// [`FileError`] with the path.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    std::fs::read(path).map_err(FileError::at("read", path))
}

/// Creates a directory and those above it.
///
/// # Errors
///
/// [`FileError`] with the path.
pub fn create_directory(path: &Path) -> Result<(), FileError> {
    std::fs::create_dir_all(path).map_err(FileError::at("create", path))
}

/// Replaces a file that holds a secret: mode 0600.
///
/// # Errors
///
/// [`FileError`] with the path.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    replace(path, bytes, 0o600)
}

/// Replaces a file that anyone may read: mode 0644.
///
/// # Errors
///
/// [`FileError`] with the path.
pub fn write_public(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    replace(path, bytes, 0o644)
}

fn replace(path: &Path, bytes: &[u8], mode: u32) -> Result<(), FileError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let fresh = PathBuf::from(name);
    // A file left over by a crash would keep its own mode.
    if fresh.exists() {
        std::fs::remove_file(&fresh).map_err(FileError::at("replace", &fresh))?;
    }
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&fresh)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .map_err(FileError::at("write", &fresh))?;
    std::fs::rename(&fresh, path).map_err(FileError::at("replace", path))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at what cannot fail")]
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_private_file_is_readable_by_its_owner_only_even_when_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        write_public(&path, b"old").unwrap();
        std::fs::write(directory.path().join("secret.new"), b"left over").unwrap();
        write_private(&path, b"new").unwrap();
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(read(&path).unwrap(), b"new");
    }

    #[test]
    fn an_error_names_the_file() {
        let error = read(Path::new("does/not/exist")).unwrap_err();
        assert_eq!(error.to_string(), "cannot read does/not/exist");
    }
}
