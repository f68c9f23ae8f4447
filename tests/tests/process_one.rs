//! Process 1 of the mock image, run in namespaces of its own instead of a machine of its own.
//!
//! Needs root, `unshare` and `VOUCHSAFE_IMAGE_DIR` (see `image.rs`); skipped otherwise. Whatever it
//! mounts and restarts ends with its namespaces: its root is a tmpfs with the image's files.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops where it fails"
)]

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::SystemTime,
};

use vouchsafe_mock::{install, kms::DEFAULT_REGION};
use vouchsafe_tests::images::Images;

/// Makes the root out of a folder and becomes its process 1, with a word as a kernel hands on.
const BECOME_PROCESS_1: &str = r#"
    mount -t tmpfs -o mode=755 tmpfs "$0/root"
    cp -r "$0/image/." "$0/root/"
    mkdir "$0/root/dev" "$0/root/proc" "$0/root/sys"
    chmod 755 "$0/root/etc/vouchsafe/state"
    cd "$0/root"
    exec chroot . /init nomodules
"#;

/// A process 1, its console, and the folder that it was made from.
struct Machine {
    process: Child,
    console: BufReader<std::process::ChildStderr>,
    _folder: tempfile::TempDir,
}

impl Machine {
    /// Starts the image's program with these arguments in its file; none where that cannot be.
    fn start(nsm: &str) -> Option<Self> {
        let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
        if !root {
            println!("SKIPPED: needs root");
            return None;
        }
        let images = Images::find()?;
        let folder = tempfile::tempdir().unwrap();
        let settings = folder.path().join("image/etc/vouchsafe");
        fs::create_dir_all(&settings).unwrap();
        fs::create_dir(folder.path().join("root")).unwrap();
        let init = images.folder("mock").join("rootfs/init");
        fs::copy(init, folder.path().join("image/init")).unwrap();
        let state = settings.join("state");
        install::init(&state, DEFAULT_REGION, SystemTime::now()).unwrap();
        readable(&state);
        let arguments = format!(
            "--listen\nvsock:5005\n--parent\nvsock:2:5006\n--nsm\n{nsm}\n\
             --mock-state\n/etc/vouchsafe/state\n--kms-endpoint\nhttps://127.0.0.1:8443\n\
             --kms-ca\n/etc/vouchsafe/state/kms/ca.pem\n"
        );
        fs::write(settings.join("arguments"), arguments).unwrap();
        let mut process = Command::new("unshare")
            .args(["--mount", "--pid", "--fork", "--kill-child", "sh", "-ec"])
            .arg(BECOME_PROCESS_1)
            .arg(folder.path())
            .env("pci", "off")
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let console = BufReader::new(process.stderr.take().unwrap());
        Some(Self {
            process,
            console,
            _folder: folder,
        })
    }

    /// The console up to the line that begins so, which is the last.
    fn until(&mut self, start: &str) -> Vec<String> {
        let mut lines = Vec::new();
        for line in (&mut self.console).lines() {
            lines.push(line.unwrap());
            if lines.last().unwrap().starts_with(start) {
                return lines;
            }
        }
        panic!("no {start:?} in {lines:#?}");
    }

    /// The one process whose parent this is, again and again.
    fn descendant(&self, generations: u32) -> PathBuf {
        let mut id = self.process.id();
        for _ in 0..generations {
            let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
            id = children.trim().parse().unwrap();
        }
        PathBuf::from(format!("/proc/{id}"))
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What an image has for everyone, as `scripts/build-enclave.sh` leaves it.
fn readable(folder: &Path) {
    let done = Command::new("chmod")
        .arg("-R")
        .arg("a+rX")
        .arg(folder)
        .status();
    assert!(done.unwrap().success());
}

/// The value of a line of `/proc/PID/status`.
fn status(process: &Path, name: &str) -> String {
    let text = fs::read_to_string(process.join("status")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap().trim().to_owned()
}

#[test]
fn the_enclave_is_a_child_without_user_privilege_environment_or_foreign_argument() {
    let Some(mut machine) = Machine::start("software") else {
        return;
    };
    machine.until("MOCK: own NSM root");
    let [first, enclave] = [1, 2].map(|generation| machine.descendant(generation));
    assert_eq!(status(&first, "Uid:"), "0\t0\t0\t0");
    assert_eq!(status(&enclave, "Uid:"), "65534\t65534\t65534\t65534");
    assert_eq!(status(&enclave, "Gid:"), "65534\t65534\t65534\t65534");
    assert_eq!(status(&enclave, "Groups:"), "");
    for set in ["CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"] {
        assert_eq!(status(&enclave, set), "0000000000000000", "{set}");
    }
    assert_eq!(status(&enclave, "NoNewPrivs:"), "1");
    assert_eq!(fs::read(enclave.join("environ")).unwrap(), b"");
    let words = fs::read_to_string(enclave.join("cmdline")).unwrap();
    let words: Vec<_> = words.trim_end_matches('\0').split('\0').collect();
    assert_eq!(words[..3], ["/init", "--listen", "vsock:5005"]);
    assert!(!words.contains(&"nomodules"), "{words:?}");
}

#[test]
fn the_root_is_read_only_and_nothing_beside_three_file_systems_is_mounted() {
    let Some(mut machine) = Machine::start("software") else {
        return;
    };
    machine.until("MOCK: own NSM root");
    let mounts = fs::read_to_string(machine.descendant(2).join("mountinfo")).unwrap();
    // Root, point and options are the fourth to sixth word (proc(5)).
    let mounts: Vec<_> = mounts
        .lines()
        .map(|line| line.split(' ').skip(4).take(2).collect::<Vec<_>>())
        .collect();
    let expected = [
        ["/", "ro,nosuid,nodev,relatime"],
        ["/proc", "rw,nosuid,nodev,noexec,relatime"],
        ["/sys", "ro,nosuid,nodev,noexec,relatime"],
        ["/dev", "rw,nosuid,noexec,relatime"],
    ];
    assert_eq!(mounts, expected);
}

#[test]
fn process_1_says_how_the_enclave_ended_and_ends_the_machine() {
    if Path::new("/dev/nsm").exists() {
        println!("SKIPPED: this machine has a security module");
        return;
    }
    let Some(mut machine) = Machine::start("device") else {
        return;
    };
    let lines = machine.until("vouchsafe-init: the enclave ended");
    assert_eq!(
        lines.last().unwrap(),
        "vouchsafe-init: the enclave ended with status 1"
    );
    assert!(
        lines.iter().any(|line| line.ends_with("(nsm_absent)")),
        "{lines:#?}"
    );
    // A namespace whose process 1 restarts the machine is ended by SIGHUP (reboot(2)), which
    // `unshare` passes on to itself.
    let status = machine.process.wait().unwrap();
    assert_eq!(status.signal(), Some(1), "{status}");
}
