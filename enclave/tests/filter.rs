//! What the kernel does with calls that an enclave never makes. Each is made by a process of its
//! own, which the call is to end: this very program once more, told by its environment what to do.

#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::{
    io::{Read, Write},
    os::unix::process::ExitStatusExt,
    process::{Command, ExitStatus},
};

use vouchsafe_enclave::boot::process;

/// Names what a child process does once its filter is on.
const DEED: &str = "VOUCHSAFE_TEST_DEED";

/// A child of this program closes itself off, says so, and does `deed`; how it ends.
fn child(deed: &str) -> (ExitStatus, String) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_child_does_its_deed", "--nocapture"])
        .env(DEED, deed)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status, told)
}

/// Not a test of its own: what a child does.
#[test]
fn a_child_does_its_deed() {
    let Ok(deed) = std::env::var(DEED) else {
        return;
    };
    process::harden().unwrap_or_else(|error| println!("goes on: {error}"));
    process::confine().unwrap();
    println!("confined");
    match deed.as_str() {
        "work" => work(),
        "start a program" => drop(Command::new("/bin/true").status()),
        "open a network socket" => drop(std::net::UdpSocket::bind("127.0.0.1:0")),
        "create a file" => drop(std::fs::File::create("/tmp/never")),
        "list a folder" => drop(std::fs::read_dir("/")),
        "trace itself" => drop(rustix::process::dumpable_behavior()),
        "send a signal" => {
            let own = rustix::process::getpid();
            let _ = rustix::process::kill_process(own, rustix::process::Signal::CONT);
        }
        other => panic!("unknown deed {other}"),
    }
    println!("did it");
}

/// What an enclave does all day.
fn work() {
    let sum = std::thread::spawn(|| {
        vec![1_u8; 32 * 1024 * 1024]
            .iter()
            .map(|&b| u64::from(b))
            .sum::<u64>()
    });
    assert_eq!(sum.join().unwrap(), 32 * 1024 * 1024);
    let mut text = String::new();
    let mut file = std::fs::File::open("/proc/sys/kernel/osrelease").unwrap();
    file.read_to_string(&mut text).unwrap();
    let mut pool = std::fs::OpenOptions::new().write(true).open("/dev/urandom");
    pool.as_mut().unwrap().write_all(&[0; 32]).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        tokio::spawn(async {}).await.unwrap();
    });
}

#[test]
fn an_enclave_at_work_is_let_be() {
    let (status, told) = child("work");
    assert!(
        status.success() && told.contains("did it"),
        "{status}: {told}"
    );
}

#[test]
fn a_call_that_no_enclave_makes_ends_the_process() {
    for deed in [
        "start a program",
        "open a network socket",
        "create a file",
        "list a folder",
        "trace itself",
        "send a signal",
    ] {
        let (status, told) = child(deed);
        assert_eq!(status.signal(), Some(libc::SIGSYS), "{deed}: {told}");
        assert!(
            told.contains("confined") && !told.contains("did it"),
            "{deed}: {told}"
        );
    }
}
