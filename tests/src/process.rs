//! A binary under test: started, waited for, read and ended by its own id.

use std::{
    ffi::OsStr,
    io::Read,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Where the binaries are: `VOUCHSAFE_BIN_DIR`, as `scripts/test.sh` sets it, or `target/local`.
pub fn binary(name: &str) -> PathBuf {
    let directory = std::env::var_os("VOUCHSAFE_BIN_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/local"),
        PathBuf::from,
    );
    let path = directory.join(name);
    assert!(
        path.exists(),
        "{} is missing: run scripts/build.sh local",
        path.display()
    );
    path
}

/// A running binary. Ended when dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts a binary whose output goes to `log`.
    pub fn start<S: AsRef<OsStr>>(name: &str, arguments: &[S], log: PathBuf) -> Self {
        Self::start_in(&[], name, arguments, log)
    }

    /// [`Self::start`] with more in its environment than this process has.
    pub fn start_in<S: AsRef<OsStr>>(
        environment: &[(String, String)],
        name: &str,
        arguments: &[S],
        log: PathBuf,
    ) -> Self {
        Self::start_program(environment, &binary(name), arguments, log)
    }

    /// [`Self::start_in`] for a program that is not ours. It leads a process group of its own.
    pub fn start_program<S: AsRef<OsStr>>(
        environment: &[(String, String)],
        program: &Path,
        arguments: &[S],
        log: PathBuf,
    ) -> Self {
        let output = std::fs::File::create(&log).unwrap();
        let child = Command::new(program)
            .args(arguments)
            .envs(environment.iter().cloned())
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap();
        Self { child, log }
    }

    /// What it has written so far.
    pub fn log(&self) -> String {
        let mut text = String::new();
        std::fs::File::open(&self.log)
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        text
    }

    /// The id, for `/proc`.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits for its end; true when it succeeded.
    pub fn wait(&mut self, patience: Duration) -> bool {
        self.exit_code(patience) == Some(0)
    }

    /// Waits for its end; the exit code, if no signal ended it.
    pub fn exit_code(&mut self, patience: Duration) -> Option<i32> {
        let until = Instant::now() + patience;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(
                Instant::now() < until,
                "it still runs; its log:\n{}",
                self.log()
            );
            pause();
        }
    }

    /// Asks it to end: SIGTERM.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Asks it to read its configuration again: SIGHUP.
    pub fn reload(&self) {
        self.signal("HUP");
    }

    fn signal(&self, name: &str) {
        let command = format!("kill -{name} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &command]).status().unwrap();
        assert!(sent.success());
    }

    /// Ends it and what it started at once.
    pub fn kill_group(&mut self) {
        if !self.has_ended() {
            let command = format!("kill -KILL -{}", self.child.id());
            let _ = Command::new("sh").args(["-c", &command]).status();
        }
        self.kill();
    }

    /// Asks it to end, and ends it when it has not by then. For one that would leave processes of
    /// its own behind if it were killed.
    pub fn end(&mut self, patience: Duration) {
        if !self.has_ended() {
            self.terminate();
            let until = Instant::now() + patience;
            while !self.has_ended() && Instant::now() < until {
                pause();
            }
        }
        self.kill();
    }

    /// Ends it at once, as a crash would.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test's own thread waits here, no worker"
)]
pub(crate) fn pause() {
    std::thread::sleep(Duration::from_millis(10));
}
