//! What the released files themselves must not hold.
//!
//! The rules of [`crate::arrows`] speak of what cargo would do; here the bytes that ship are
//! searched for constants that only mock code, sealing code or PII code contains. Each constant
//! must be found in a file where it belongs, so a constant that moves away fails the test instead
//! of blinding it. Needs `VOUCHSAFE_RELEASE_DIR` and `VOUCHSAFE_BIN_DIR`, the folders that
//! `scripts/build.sh release` and `local` fill; scripts/test.sh sets both.

use std::path::PathBuf;

/// A constant of one part of the code, and the files that must and must not hold it.
struct Marker {
    bytes: &'static str,
    present: &'static [File],
    absent: &'static [File],
}

/// A binary by the folder it lies in.
#[derive(Clone, Copy, Debug)]
enum File {
    Released(&'static str),
    Local(&'static str),
}

use File::{Local, Released};

const ENCLAVE: &str = "vouchsafe-enclave";
const PARENT: &str = "vouchsafe-parent";
const CLIENT: &str = "vouchsafe";
const MOCK: &str = "vouchsafe-mock";

const ALL_RELEASED: &[File] = &[Released(ENCLAVE), Released(PARENT), Released(CLIENT)];

/// Paths of sources stand in a binary where the code can panic; stripping leaves them.
const MARKERS: &[Marker] = &[
    // Mock code: what it says at start, the flag of the enclave's local mode, its sources.
    Marker {
        bytes: "MOCK: ",
        present: &[Local(ENCLAVE), Local(CLIENT)],
        absent: ALL_RELEASED,
    },
    Marker {
        bytes: "mock-state",
        present: &[Local(ENCLAVE)],
        absent: ALL_RELEASED,
    },
    Marker {
        bytes: "mock/src/",
        present: &[Local(ENCLAVE), Local(MOCK)],
        absent: ALL_RELEASED,
    },
    // Sealing code: a label that is signed, the packages of HPKE and of identity tokens.
    Marker {
        bytes: "vouchsafe/proof/v1",
        present: &[Released(ENCLAVE), Released(CLIENT)],
        absent: &[Released(PARENT), Local(PARENT)],
    },
    Marker {
        bytes: "/hpke-",
        present: &[Released(ENCLAVE), Released(CLIENT)],
        absent: &[Released(PARENT), Local(PARENT)],
    },
    Marker {
        bytes: "/jsonwebtoken-",
        present: &[Released(ENCLAVE)],
        absent: &[Released(PARENT), Local(PARENT)],
    },
    // The PII engine.
    Marker {
        bytes: "pii/src/",
        present: &[Released(ENCLAVE)],
        absent: &[Released(PARENT), Local(PARENT)],
    },
];

fn folder(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(|folder| crate::root().join(folder))
}

#[test]
fn released_files_hold_no_mock_code_and_the_parent_no_sealing_code() {
    let (Some(release), Some(local)) =
        (folder("VOUCHSAFE_RELEASE_DIR"), folder("VOUCHSAFE_BIN_DIR"))
    else {
        println!("skipped: VOUCHSAFE_RELEASE_DIR or VOUCHSAFE_BIN_DIR is not set");
        return;
    };
    let holds = |file: File, marker: &str| {
        let path = match file {
            Released(name) => release.join(name),
            Local(name) => local.join(name),
        };
        let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        // The markers are ASCII, which the replacement of invalid UTF-8 leaves alone.
        String::from_utf8_lossy(&bytes).contains(marker)
    };
    let mut broken = Vec::new();
    for marker in MARKERS {
        for &file in marker
            .present
            .iter()
            .filter(|file| !holds(**file, marker.bytes))
        {
            broken.push(format!(
                "{file:?} does not hold {:?}: choose another marker",
                marker.bytes
            ));
        }
        for &file in marker
            .absent
            .iter()
            .filter(|file| holds(**file, marker.bytes))
        {
            broken.push(format!("{file:?} holds {:?}", marker.bytes));
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}
