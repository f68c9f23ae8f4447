//! The commands that need no enclave, as their users meet them: the real program, its streams, its
//! exits and its memory.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

#[path = "offline/examples.rs"]
mod examples;
#[path = "offline/lines.rs"]
mod lines;
#[path = "offline/text.rs"]
mod text;
#[path = "offline/transform.rs"]
mod transform;
#[path = "offline/types.rs"]
mod types;

fn start(folder: &Path, args: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_vouchsafe"))
        .current_dir(folder)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Runs the program with `input` on stdin.
fn vouchsafe(args: &[&str], input: &[u8]) -> Output {
    vouchsafe_in(Path::new("."), args, input)
}

fn vouchsafe_in(folder: &Path, args: &[&str], input: &[u8]) -> Output {
    let mut child = start(folder, args);
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        // A command that refuses to start does not read.
        scope.spawn(move || stdin.write_all(input).is_ok());
        child.wait_with_output().unwrap()
    })
}

fn status(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// Every line of stdout as JSON.
fn answers(output: &Output) -> Vec<Value> {
    let lines = stdout(output).lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The last line of stderr as JSON.
fn last(output: &Output) -> Value {
    serde_json::from_str(stderr(output).lines().last().unwrap()).unwrap()
}

/// The code of the failure that a command printed as JSON.
fn code(output: &Output) -> String {
    last(output)["error"]["code"].as_str().unwrap().to_owned()
}

/// Entity, start and end of each finding.
fn spans(findings: &[Value]) -> Vec<(&str, u64, u64)> {
    let number = |value: &Value| value.as_u64().unwrap();
    findings
        .iter()
        .map(|one| {
            (
                one["entity"].as_str().unwrap(),
                number(&one["start"]),
                number(&one["end"]),
            )
        })
        .collect()
}
