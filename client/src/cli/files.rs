//! Small files: reading them whole within a bound, and writing keys that only their owner reads.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use zeroize::Zeroizing;

use super::Failure;

/// Longest key, configuration or expectations file, bytes.
pub(super) const MAX_SMALL_FILE_BYTES: usize = 1024 * 1024;

/// The content of `path`, at most `limit` bytes of it.
pub(super) fn read(path: &Path, limit: usize) -> Result<Zeroizing<Vec<u8>>, Failure> {
    read_open(&open(path)?, path, limit)
}

/// The content of a file that holds a secret, and is its owner's alone.
pub(super) fn read_secret(path: &Path, limit: usize) -> Result<Zeroizing<Vec<u8>>, Failure> {
    // To open a pipe could take for ever.
    let before = std::fs::metadata(path).map_err(|source| unreadable(path, source))?;
    if !before.is_file() {
        return Err(unreadable(path, std::io::ErrorKind::InvalidInput.into()));
    }
    let file = open(path)?;
    let metadata = file.metadata().map_err(|source| unreadable(path, source))?;
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(Failure::Permissions {
            path: path.to_owned(),
        });
    }
    read_open(&file, path, limit)
}

fn open(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|source| unreadable(path, source))
}

fn read_open(file: &File, path: &Path, limit: usize) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut content = Zeroizing::new(Vec::new());
    let mut file = file.take(limit as u64 + 1);
    file.read_to_end(&mut content)
        .map_err(|source| unreadable(path, source))?;
    if content.len() > limit {
        return Err(Failure::TooLarge {
            path: path.to_owned(),
            limit,
        });
    }
    Ok(content)
}

fn unreadable(path: &Path, source: std::io::Error) -> Failure {
    Failure::Unreadable {
        path: path.to_owned(),
        source,
    }
}

/// Writes a file that everyone may read, replacing what is there.
pub(super) fn write(path: &Path, content: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, content).map_err(|source| Failure::Unwritable {
        path: path.to_owned(),
        source,
    })
}

/// Writes a new file with mode 0600. A file that is there already is never replaced: it may be the
/// only copy of a key.
pub(super) fn write_secret(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let unwritable = |source| Failure::Unwritable {
        path: path.to_owned(),
        source,
    };
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(unwritable)?;
    file.write_all(content)
        .and_then(|()| file.sync_all())
        .map_err(unwritable)
}
