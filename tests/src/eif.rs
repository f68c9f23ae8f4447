//! An enclave image as a file, read by code of our own: its sections, what they measure, and the
//! files in its ramdisks.
//!
//! The format is AWS's (aws-nitro-enclaves-image-format): a header, then sections with a kind and a
//! length each, all big-endian. A test's reader: it stops at the first surprise.

use std::{collections::BTreeMap, ops::Range};

use vouchsafe_common::attestation::Pcr;

/// The header: magic, version, flags, defaults, 32 offsets, 32 sizes, checksum.
const HEADER_BYTES: usize = 548;
/// Where the checksum over everything else stands, to the end of the header (CRC-32, zlib's).
const CHECKSUM_AT: usize = HEADER_BYTES - 4;
/// Kind, flags and length in front of a section.
const SECTION_HEAD_BYTES: usize = 12;

/// What a section holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// The kernel.
    Kernel,
    /// Its command line.
    CommandLine,
    /// An archive of files; the first one counts as the kernel's.
    Ramdisk,
    /// Who signed the image.
    Signature,
    /// What the image says of itself.
    Metadata,
}

/// An image.
pub struct Image {
    bytes: Vec<u8>,
    sections: Vec<(Kind, Range<usize>)>,
}

impl Image {
    /// Reads an image.
    pub fn read(bytes: Vec<u8>) -> Self {
        assert_eq!(&bytes[..4], b".eif");
        let mut sections = Vec::new();
        let mut at = HEADER_BYTES;
        while at < bytes.len() {
            let kind = match number(&bytes[at..at + 2]) {
                1 => Kind::Kernel,
                2 => Kind::CommandLine,
                3 => Kind::Ramdisk,
                4 => Kind::Signature,
                5 => Kind::Metadata,
                other => panic!("a section of kind {other}"),
            };
            let start = at + SECTION_HEAD_BYTES;
            at = start + number(&bytes[at + 4..start]);
            sections.push((kind, start..at));
        }
        assert_eq!(at, bytes.len(), "the last section is cut");
        assert_eq!(bytes[CHECKSUM_AT..HEADER_BYTES], checksum(&bytes));
        Self { bytes, sections }
    }

    /// The sections of a kind.
    pub fn sections(&self, kind: Kind) -> Vec<&[u8]> {
        let of_kind = self.sections.iter().filter(|(found, _)| *found == kind);
        of_kind
            .map(|(_, range)| &self.bytes[range.clone()])
            .collect()
    }

    /// The whole file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The same image with one bit changed in the middle of the first section of a kind.
    #[must_use]
    pub fn with_a_change_in(&self, kind: Kind) -> Self {
        let mut found = self.sections.iter().filter(|(found, _)| *found == kind);
        let (_, range) = found.next().expect("there is such a section");
        self.with_a_change_at(usize::midpoint(range.start, range.end))
    }

    /// The same image with one bit changed in the first byte of a text that is in it once.
    #[must_use]
    pub fn with_a_change_of(&self, text: &[u8]) -> Self {
        let windows = self.bytes.windows(text.len());
        let mut places = (0..)
            .zip(windows)
            .filter(|(_, found)| *found == text)
            .map(|(at, _)| at);
        let place = places.next().expect("the text is in the image");
        assert_eq!(places.next(), None, "the text is in the image twice");
        self.with_a_change_at(place)
    }

    /// One bit changed, and the checksum with it, which anybody can compute.
    fn with_a_change_at(&self, place: usize) -> Self {
        let mut bytes = self.bytes.clone();
        bytes[place] ^= 1;
        let checksum = checksum(&bytes);
        bytes[CHECKSUM_AT..HEADER_BYTES].copy_from_slice(&checksum);
        Self {
            bytes,
            sections: self.sections.clone(),
        }
    }

    /// PCR0, 1 and 2: over all that runs, over kernel and first ramdisk, over the other ramdisks.
    pub fn registers(&self) -> BTreeMap<u8, Pcr> {
        let boot = [
            self.sections(Kind::Kernel),
            self.sections(Kind::CommandLine),
        ]
        .concat();
        let ramdisks = self.sections(Kind::Ramdisk);
        let (first, rest) = ramdisks.split_at(1);
        let measured = [
            [&boot, first, rest].concat(),
            [&boot, first].concat(),
            rest.to_vec(),
        ];
        (0..)
            .zip(measured.map(|parts| Pcr::measure(&parts.concat())))
            .collect()
    }
}

fn checksum(bytes: &[u8]) -> [u8; 4] {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&bytes[..CHECKSUM_AT]);
    hasher.update(&bytes[HEADER_BYTES..]);
    hasher.finalize().to_be_bytes()
}

/// What a kernel says of its version: a text whose place its set-up header names
/// (Documentation/arch/x86/boot.rst, `kernel_version`).
pub fn kernel_version(kernel: &[u8]) -> String {
    let place = 0x200 + usize::from(u16::from_le_bytes([kernel[0x20e], kernel[0x20f]]));
    let text = kernel[place..].split(|&byte| byte == b' ').next();
    String::from_utf8(text.unwrap().to_vec()).unwrap()
}

/// Name, mode and content of each file in a ramdisk, in its order (the kernel's "newc").
pub fn files(mut archive: &[u8]) -> Vec<(String, u32, Vec<u8>)> {
    let mut files = Vec::new();
    loop {
        assert_eq!(&archive[..6], b"070701");
        let field = |index: usize| {
            let digits = std::str::from_utf8(&archive[6 + 8 * index..14 + 8 * index]).unwrap();
            u32::from_str_radix(digits, 16).unwrap()
        };
        let [mode, length, name] = [field(1), field(6), field(11)];
        let [length, name] = [length, name].map(|field| usize::try_from(field).unwrap());
        let content = (110 + name).next_multiple_of(4);
        let text = String::from_utf8(archive[110..110 + name - 1].to_vec()).unwrap();
        if text == "TRAILER!!!" {
            return files;
        }
        files.push((text, mode, archive[content..content + length].to_vec()));
        archive = &archive[(content + length).next_multiple_of(4)..];
    }
}

fn number(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .fold(0, |number, &byte| number << 8 | usize::from(byte))
}
