//! The binary itself: its arguments, its exits, its logs, and its end by signal.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use vouchsafe_common::egress::{EgressAnswer, EgressQuery, EgressRefusal};
use vouchsafe_common::limits::MAX_EGRESS_FRAME_BYTES;
use vouchsafe_parent::transport::{read_frame, write_frame};

use crate::enclave::{FakeEnclave, Manner, sealed};
use crate::support::{COSE, Client, configuration, eventually};

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vouchsafe-parent"));
    command
        .args(arguments)
        .env_clear()
        .env("AWS_EC2_METADATA_DISABLED", "true");
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(arguments: &[&str]) -> (Option<i32>, Output) {
    let output = command(arguments).output().unwrap();
    (output.status.code(), output)
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn written(folder: &Path, text: &str) -> String {
    let path = folder.join("parent.toml");
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// A started binary and where it listens.
struct Started {
    child: Child,
    address: SocketAddr,
}

impl Started {
    fn new(config: &str, environment: &[(&str, &str)]) -> Self {
        let mut child = command(&["--config", config])
            .envs(environment.iter().copied())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let line: Value = serde_json::from_str(&line).unwrap();
        let url = line["listen"]
            .as_str()
            .unwrap()
            .strip_prefix("http://")
            .unwrap();
        Self {
            address: url.parse().unwrap(),
            child,
        }
    }

    /// Sends SIGTERM; returns the exit code and the log.
    fn terminate(mut self) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        let code = self.child.wait().unwrap().code();
        let mut log = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut log)
            .unwrap();
        (code, log)
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // It may have ended already; a test that failed before must not leave it behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_good_configuration_passes_the_check_and_help_shows_every_key() {
    let (folder, text) = configuration(1, "", "");
    let file = written(folder.path(), &text);
    assert_eq!(run(&["--check", "--config", &file]).0, Some(0));
    let (code, output) = run(&["--help"]);
    let help = String::from_utf8(output.stdout).unwrap();
    assert_eq!(code, Some(0));
    for line in vouchsafe_parent::config::EXAMPLE
        .lines()
        .filter(|line| line.contains(" = "))
    {
        let key = line.split(" = ").next().unwrap();
        assert!(help.contains(key), "{key} is not in --help");
    }
}

#[test]
fn wrong_arguments_and_configurations_exit_with_2_and_say_where() {
    let (folder, text) = configuration(1, "", "[limits]\nconections = 1");
    let file = written(folder.path(), &text);
    let (code, output) = run(&["--config", &file]);
    assert_eq!(code, Some(2));
    let told = stderr(&output);
    assert!(told.contains("unknown field `conections`"), "{told}");
    assert!(
        told.contains(&format!("line {}", text.lines().count())),
        "{told}\n{text}"
    );
    assert_eq!(run(&["--config", "/nowhere/parent.toml"]).0, Some(2));
    assert_eq!(run(&["--colour"]).0, Some(2));
    assert_eq!(run(&[]).0, Some(2));
}

#[test]
fn an_address_in_use_exits_with_3_and_the_cause() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (folder, text) = configuration(1, "", "");
    let address = taken.local_addr().unwrap().to_string();
    let file = written(folder.path(), &text.replace("127.0.0.1:0", &address));
    let (code, output) = run(&["--config", &file]);
    assert_eq!(code, Some(3));
    let told = stderr(&output);
    assert!(told.contains(&address) && told.contains("in use"), "{told}");
}

#[tokio::test]
async fn sigterm_lets_a_request_finish_and_the_log_tells_nothing_of_it() {
    let (folder, text) = configuration(1, "log = \"debug\"", "");
    let enclave = FakeEnclave::start(&folder.path().join("enclave0"), 1);
    let started = Started::new(&written(folder.path(), &text), &[]);
    let mut client = Client::connect(started.address).await;
    eventually(async || client.call("GET", "/readyz", &[], b"").await.status == 200).await;

    let trace = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let canary = [
        "x-secret: canary-in-header",
        "vouchsafe-nonce: canary-in-nonce",
    ];
    let body = sealed(enclave.keys.key_id, b"canary-in-body");
    let refused = client
        .call("POST", "/v1/process", &[COSE, canary[1]], &body)
        .await;
    assert_eq!(refused.code(), (400, "bad_nonce".into()));
    let request_id = refused.problem()["request_id"].as_str().unwrap().to_owned();
    assert_eq!(
        client
            .call("GET", "/canary-in-path?canary-in-query", &[], b"")
            .await
            .status,
        404
    );

    enclave.behave(Manner::Late(std::time::Duration::from_millis(300)));
    let headers = [COSE, canary[0], trace];
    let in_flight = client.call("POST", "/v1/process", &headers, &body);
    let stop = async {
        eventually(async || enclave.requests() == 1).await;
        tokio::task::spawn_blocking(move || started.terminate())
            .await
            .unwrap()
    };
    let (answered, (code, log)) = tokio::join!(in_flight, stop);
    assert_eq!((answered.status, code), (200, Some(0)));

    assert!(!log.contains("canary"), "{log}");
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let refusal = lines
        .iter()
        .find(|line| line["request_id"] == request_id.as_str())
        .unwrap();
    assert_eq!(
        (&refusal["code"], &refusal["level"]),
        (&"bad_nonce".into(), &"INFO".into())
    );
    let served = lines
        .iter()
        .find(|line| line["trace_id"].is_string())
        .unwrap();
    assert_eq!(served["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(served["parent_id"], "00f067aa0ba902b7");
    assert_eq!(
        (&served["code"], &served["route"]),
        (&"ok".into(), &"process".into())
    );
    assert_eq!(served["received_bytes"], body.len());
    assert_eq!(served["sent_bytes"], body.len());
    assert!(served["took_us"].as_u64().unwrap() >= 300_000);
}

async fn credentials(folder: &Path) -> EgressAnswer {
    let mut stream = tokio::net::UnixStream::connect(folder.join("egress"))
        .await
        .unwrap();
    write_frame(&mut stream, &EgressQuery::Credentials.encode(), 1024)
        .await
        .unwrap();
    let answer = read_frame(&mut stream, MAX_EGRESS_FRAME_BYTES)
        .await
        .unwrap();
    EgressAnswer::decode(&answer).unwrap()
}

#[tokio::test]
async fn credentials_come_from_the_default_provider_chain() {
    let (folder, text) = configuration(1, "", "");
    let file = written(folder.path(), &text);
    let environment = [
        ("AWS_ACCESS_KEY_ID", "AKIDENV"),
        ("AWS_SECRET_ACCESS_KEY", "canary"),
    ];
    let started = Started::new(&file, &environment);
    let EgressAnswer::Credentials(found) = credentials(folder.path()).await else {
        panic!()
    };
    assert_eq!(found.access_key_id, "AKIDENV");
    assert_eq!(found.secret_access_key.expose_secret(), "canary");
    let (code, log) = started.terminate();
    assert_eq!(code, Some(0));
    assert!(!log.contains("canary"));

    let started = Started::new(&file, &[]);
    let EgressAnswer::Refused { code } = credentials(folder.path()).await else {
        panic!()
    };
    assert_eq!(code, EgressRefusal::NoCredentials);
    assert_eq!(started.terminate().0, Some(0));
}
