//! The memory of another process, read through `/proc` and searched.
//!
//! A process that closed itself off is read by whoever has `CAP_SYS_PTRACE` alone: root, on most
//! machines. Where that is refused there is no [`Memory`], so that what was not looked at is never
//! taken for empty. The other process runs on meanwhile: what it moves may be missed or seen twice.

use std::{fs::File, io::ErrorKind, os::unix::fs::FileExt};

use regex::bytes::{Regex, RegexBuilder};

/// Bytes read at a time. A part that cannot be read (a device's) is passed over.
const PART_BYTES: usize = 1 << 16;

/// A stretch of memory.
#[derive(Debug)]
struct Region {
    name: String,
    bytes: Vec<u8>,
}

/// All that a process could write to at one time: heap, stacks, statics.
#[derive(Debug)]
pub struct Memory(Vec<Region>);

impl Memory {
    /// The memory of `process` now, or nothing where this machine does not let us look.
    pub fn of(process: u32) -> Option<Self> {
        let folder = format!("/proc/{process}");
        let open = |name| match File::open(format!("{folder}/{name}")) {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => None,
            file => Some(file.unwrap()),
        };
        let (maps, memory) = (open("maps")?, open("mem")?);
        let maps = std::io::read_to_string(maps).unwrap();
        let writable = maps.lines().filter_map(writable);
        let regions = writable.map(|(name, start, end)| Region {
            name: name.to_owned(),
            bytes: read(&memory, start, end),
        });
        Some(Self(regions.collect()))
    }

    /// In which regions any of these stands, a name for each time that it does.
    pub fn find<T: AsRef<[u8]>>(&self, needles: &[T]) -> Vec<&str> {
        let needles = any_of(needles);
        let found = |region: &Region| needles.find_iter(&region.bytes).count();
        let regions = self.0.iter();
        regions
            .flat_map(|region| std::iter::repeat_n(region.name.as_str(), found(region)))
            .collect()
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.0.iter().map(|region| region.bytes.len()).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Name and bounds of a line of `maps`, if it may be written to.
fn writable(line: &str) -> Option<(&str, u64, u64)> {
    let mut words = line.split_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    words.next()?.starts_with("rw").then_some(())?;
    let name = words.nth(3).unwrap_or("[anonymous]");
    let number = |text| u64::from_str_radix(text, 16).ok();
    Some((name, number(start)?, number(end)?))
}

fn read(memory: &File, start: u64, end: u64) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(end - start).unwrap()];
    let offsets = (start..end).step_by(PART_BYTES);
    for (part, offset) in bytes.chunks_mut(PART_BYTES).zip(offsets) {
        if memory.read_exact_at(part, offset).is_err() {
            part.fill(0);
        }
    }
    bytes
}

fn any_of<T: AsRef<[u8]>>(needles: &[T]) -> Regex {
    let escaped = needles.iter().map(|needle| {
        let escapes: Vec<_> = needle
            .as_ref()
            .iter()
            .map(|byte| format!("\\x{byte:02x}"))
            .collect();
        escapes.concat()
    });
    let pattern = escaped.collect::<Vec<_>>().join("|");
    let mut builder = RegexBuilder::new(&pattern);
    builder.unicode(false).build().unwrap()
}
