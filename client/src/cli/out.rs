//! Where lines or records go: stdout, or a file that takes its name only when it is whole.
//!
//! What is not finished is removed, so that part of an output is never taken for all of it.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Failure;
use crate::client::random;

/// An output that is being written.
pub(super) struct Out {
    path: PathBuf,
    partial: Option<PathBuf>,
    writer: BufWriter<Box<dyn Write + Send>>,
}

/// Writes a value and the end of its line.
pub(super) fn json_line(writer: &mut impl Write, value: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *writer, value)?;
    writer.write_all(b"\n")
}

/// Whether `-` is given.
pub(super) fn is_stdout(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Where a file is, or will be, whatever way its name takes.
pub(super) fn place(path: &Path) -> PathBuf {
    let parent = path.parent().filter(|it| !it.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new(".")).canonicalize();
    match (parent, path.file_name()) {
        (Ok(parent), Some(name)) => parent.join(name),
        _ => path.to_owned(),
    }
}

/// Refuses an output that is the input: what is dropped from it would be gone.
pub(super) fn check_not_input(input: &Path, out: &Path) -> Result<(), Failure> {
    let place = |path: &Path| {
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.dev(), metadata.ino()))
    };
    match (place(input), place(out)) {
        (Some(input), Some(out)) if input == out => Err(Failure::Conflict {
            one: "the input",
            other: "an --out that is the same file",
        }),
        _ => Ok(()),
    }
}

impl Out {
    /// To `path`, where `-` is stdout.
    pub(super) fn to(path: &Path) -> Result<Self, Failure> {
        let (partial, writer): (_, Box<dyn Write + Send>) = if is_stdout(path) {
            (None, Box::new(std::io::stdout()))
        } else {
            let mut partial = path.to_owned().into_os_string();
            partial.push(format!(".{}.partial", hex::encode(random::<8>())));
            let partial = PathBuf::from(partial);
            // Never a file or link that is there already, and nobody else's to read: some of it may
            // be in clear.
            let file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&partial)
                .map_err(|source| Failure::Unwritable {
                    path: path.to_owned(),
                    source,
                })?;
            (Some(partial), Box::new(file))
        };
        Ok(Self {
            path: path.to_owned(),
            partial,
            writer: BufWriter::new(writer),
        })
    }

    /// That it cannot be written.
    pub(super) fn unwritable(&self, source: std::io::Error) -> Failure {
        if is_stdout(&self.path) {
            return Failure::Output(source);
        }
        Failure::Unwritable {
            path: self.path.clone(),
            source,
        }
    }

    /// Nothing follows.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        self.writer
            .flush()
            .map_err(|source| self.unwritable(source))?;
        if let Some(partial) = &self.partial {
            std::fs::rename(partial, &self.path).map_err(|source| self.unwritable(source))?;
        }
        self.partial = None;
        Ok(())
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.writer.flush()
    }
}

impl Drop for Out {
    fn drop(&mut self) {
        // Part of an output, after a failure that is reported already.
        if let Some(partial) = self.partial.take() {
            let _ = std::fs::remove_file(partial);
        }
    }
}
