//! A process of this same binary in another role, told and answered in lines of JSON.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde::{Serialize, de::DeserializeOwned};

use super::{Role, usage};

/// A running role. Ended when dropped.
pub(super) struct Helper {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Helper {
    /// Starts a role with its settings, and waits for its first answer.
    pub(super) fn start<T: DeserializeOwned>(role: Role, settings: &impl Serialize) -> (Self, T) {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg(role.argument())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut this = Self {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
        };
        let ready = this.ask(settings);
        (this, ready)
    }

    /// One line there and one back.
    pub(super) fn ask<T: DeserializeOwned>(&mut self, question: &impl Serialize) -> T {
        let line = serde_json::to_string(question).unwrap();
        writeln!(self.input, "{line}").unwrap();
        self.input.flush().unwrap();
        let mut answer = String::new();
        tokio::task::block_in_place(|| self.output.read_line(&mut answer)).unwrap();
        assert!(!answer.is_empty(), "a process of the benchmark ended");
        serde_json::from_str(&answer).unwrap()
    }

    /// CPU time so far, microseconds.
    pub(super) fn cpu_us(&self) -> f64 {
        usage::cpu_us(self.child.id())
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
