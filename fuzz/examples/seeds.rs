//! Writes the seeds of all targets to `fuzz/corpus`, a folder a target.
//!
//! `VOUCHSAFE_VECTORS` may name a folder of more: attestation documents and envelopes of KMS.
//! A file is named by the digest of its content, so what is there already is not written twice.

use std::io;
use std::path::{Path, PathBuf};

use vouchsafe_common::digest::sha256;
use vouchsafe_fuzz::TARGETS;

/// Folders of `VOUCHSAFE_VECTORS`, and the target that their files are for.
const MORE: &[(&str, &str, &str)] = &[
    ("attestation", "cbor", "document"),
    ("attestation-negative", "cbor", "document"),
    ("kms-cms", "ber", "cms"),
    ("kms-cms-negative", "ber", "cms"),
];

fn main() -> io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for target in TARGETS {
        for seed in (target.seeds)() {
            write(&corpus.join(target.name), &seed)?;
        }
    }
    let Some(vectors) = std::env::var_os("VOUCHSAFE_VECTORS").map(PathBuf::from) else {
        return Ok(());
    };
    for (folder, extension, target) in MORE {
        for file in std::fs::read_dir(vectors.join(folder))? {
            let path = file?.path();
            if path.extension().is_some_and(|found| found == *extension) {
                write(&corpus.join(target), &std::fs::read(path)?)?;
            }
        }
    }
    Ok(())
}

fn write(folder: &Path, seed: &[u8]) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join(hex::encode(&sha256(&[seed])[..8])), seed)
}
