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

/// Refuses outputs that are one file, or an input: what was there would be gone.
pub(super) fn check_apart(outputs: &[&Path], inputs: &[&Path]) -> Result<(), Failure> {
    let is_file = |path: &&&Path| !is_stdout(path);
    let inputs: Vec<_> = inputs
        .iter()
        .filter(is_file)
        .map(|path| place(path))
        .collect();
    let mut taken: Vec<Place> = Vec::new();
    for path in outputs.iter().filter(is_file) {
        let place = place(path);
        if inputs.iter().chain(&taken).any(|other| place.is(other)) {
            return Err(Failure::SameFile {
                path: path.to_path_buf(),
            });
        }
        taken.push(place);
    }
    Ok(())
}

/// Where a file is, or will be, whatever way its name takes.
struct Place {
    path: PathBuf,
    /// Device and number of one that is there.
    node: Option<(u64, u64)>,
}

impl Place {
    fn is(&self, other: &Self) -> bool {
        self.path == other.path || (self.node.is_some() && self.node == other.node)
    }
}

fn place(path: &Path) -> Place {
    let mut path = path.to_owned();
    // A link may lead to what is not there yet; links in a circle lead nowhere.
    for _ in 0..8 {
        let Ok(target) = std::fs::read_link(&path) else {
            break;
        };
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
    let parent = path.parent().filter(|it| !it.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new(".")).canonicalize();
    let metadata = std::fs::metadata(&path).ok();
    Place {
        node: metadata.map(|it| (it.dev(), it.ino())),
        path: match (parent, path.file_name()) {
            (Ok(parent), Some(name)) => parent.join(name),
            _ => path,
        },
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
