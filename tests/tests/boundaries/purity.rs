//! `common` and `pii` are pure: bytes and a time in, values out. The sources are searched for the
//! parts of the standard library that touch the world; what stands behind `#[cfg(test)]` may.

use crate::root;
use std::path::{Path, PathBuf};

/// What reaches a file, a socket, a process, a task or a clock.
const IMPURE: &[&str] = &[
    "std::fs",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "UnixStream",
    "UnixListener",
    "ToSocketAddrs",
    "std::process",
    "std::thread",
    "std::env::",
    "SystemTime::now",
    "Instant::now",
    "println!",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The lines of `source` that ship: without comments, up to the tests at the end.
fn shipped(source: &str) -> impl Iterator<Item = &str> {
    let end = source.find("#[cfg(test)]").unwrap_or(source.len());
    source[..end]
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
}

fn impure_calls(source: &str) -> Vec<&str> {
    shipped(source)
        .filter(|line| IMPURE.iter().any(|call| line.contains(call)))
        .collect()
}

#[test]
fn common_and_pii_touch_no_file_socket_task_or_clock() {
    for package in ["common", "pii"] {
        let mut files = Vec::new();
        sources(&root().join(package).join("src"), &mut files);
        assert!(!files.is_empty(), "{package} has sources");
        // A file of tests only is included behind `#[cfg(test)]` by the module beside it.
        files.retain(|path| path.file_name().is_none_or(|name| name != "tests.rs"));
        for path in files {
            let source = std::fs::read_to_string(&path).expect("a source is UTF-8");
            assert_eq!(impure_calls(&source), [""; 0], "{}", path.display());
        }
    }
}

#[test]
fn an_impure_call_is_seen_and_one_in_a_test_or_a_comment_is_not() {
    let source = "// std::fs\nlet now = SystemTime::now();\n#[cfg(test)]\nuse std::fs;\n";
    assert_eq!(impure_calls(source), ["let now = SystemTime::now();"]);
}
