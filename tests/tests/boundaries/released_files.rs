//! What the released files themselves must not hold.
//!
//! The rules of [`crate::arrows`] speak of what cargo would do; here the bytes that ship are
//! searched for constants that only mock code, sealing code or PII code contains. Each constant
//! must be found in a file where it belongs, so a constant that moves away fails the test instead
//! of blinding it. Needs `VOUCHSAFE_RELEASE_DIR` and `VOUCHSAFE_BIN_DIR`, the folders that
//! `scripts/build.sh release` and `local` fill; scripts/test.sh sets both.

use std::path::{Path, PathBuf};
use std::process::Command;

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
    // What an AWS SDK or a TLS library reads from its surroundings. The parent and the client do.
    surroundings("AWS_ENDPOINT_URL"),
    surroundings("AWS_USE_FIPS_ENDPOINT"),
    surroundings("AWS_USE_DUALSTACK_ENDPOINT"),
    surroundings("AWS_REGION"),
    surroundings("AWS_PROFILE"),
    surroundings("AWS_CONFIG_FILE"),
    surroundings("AWS_ACCESS_KEY_ID"),
    surroundings("AWS_EC2_METADATA_SERVICE_ENDPOINT"),
    surroundings("SSL_CERT_FILE"),
    surroundings("HTTPS_PROXY"),
    surroundings("https_proxy"),
    Marker {
        bytes: "SSLKEYLOGFILE",
        present: &[Local(CLIENT)],
        absent: &[Released(ENCLAVE), Local(ENCLAVE)],
    },
    // The endpoint and the authority that the enclave of local mode is told; the client has flags
    // of these names for a data owner's own calls.
    Marker {
        bytes: "kms-endpoint",
        present: &[Local(ENCLAVE)],
        absent: &[Released(ENCLAVE), Released(PARENT)],
    },
    Marker {
        bytes: "kms-ca",
        present: &[Local(ENCLAVE)],
        absent: &[Released(ENCLAVE), Released(PARENT)],
    },
    // The PII engine.
    Marker {
        bytes: "pii/src/",
        present: &[Released(ENCLAVE)],
        absent: &[Released(PARENT), Local(PARENT)],
    },
];

/// A variable that the parent's SDK reads and no enclave does, not even one of local mode.
const fn surroundings(variable: &'static str) -> Marker {
    Marker {
        bytes: variable,
        present: &[Local(PARENT)],
        absent: &[Released(ENCLAVE), Local(ENCLAVE)],
    }
}

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

/// What a released enclave says on its console before it ends.
fn console(enclave: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let mut command = Command::new(enclave);
    command.env_clear().envs(environment.iter().copied());
    let output = command.args(arguments).output().expect("it starts");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr).expect("its console is text")
}

#[test]
fn the_released_enclave_takes_no_argument_and_no_hint_from_its_environment() {
    let Some(release) = folder("VOUCHSAFE_RELEASE_DIR") else {
        println!("skipped: VOUCHSAFE_RELEASE_DIR is not set");
        return;
    };
    let enclave = release.join(ENCLAVE);
    let refused = "vouchsafe-enclave: refuses to start: a released enclave takes no argument: \
                   its settings are measured (argument)\n";
    for arguments in [
        &["--kms-endpoint", "https://127.0.0.1:1"][..],
        &["--kms-ca", "/dev/null"],
        &["--mock-state", "/tmp"],
        &["--help"],
        &[""],
    ] {
        assert_eq!(console(&enclave, arguments, &[]), refused, "{arguments:?}");
    }
    if Path::new("/dev/nsm").exists() {
        println!("skipped in part: with a security module it would serve and not end");
        return;
    }
    // Its first need is the security module, wherever it is told to find whatever else.
    let absent = "vouchsafe-enclave: refuses to start: security module: there is no security \
                  module (nsm_absent)\n";
    assert_eq!(console(&enclave, &[], &[]), absent);
    let hints = [
        ("AWS_ENDPOINT_URL_KMS", "https://127.0.0.1:1"),
        ("AWS_CA_BUNDLE", "/dev/null"),
        ("VOUCHSAFE_KMS_ENDPOINT", "https://127.0.0.1:1"),
        ("RUST_LOG", "trace"),
        ("RUST_BACKTRACE", "full"),
    ];
    assert_eq!(console(&enclave, &[], &hints), absent);
}
